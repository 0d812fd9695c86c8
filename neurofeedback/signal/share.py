"""The share of the data that a region can explain, hop by hop.

Responsible for saying where it is too small for feedback (the gate of Bauer and Pllana). Not
responsible for what a region can explain (`source_roi`), nor for holding feedback (`pipeline`).

The data are filtered to the feature's band; power is averaged over a moving window. The share is
the *most* that the region could account for: a low one is reason to suspend feedback, a high one
does not show that the region was active.

References
----------
Bauer H, Pllana A (2014). EEG-based local brain activity feedback training - tomographic
neurofeedback. Front Hum Neurosci 8, 1005. doi:10.3389/fnhum.2014.01005
"""

from __future__ import annotations

import numpy as np

from neurofeedback.frames import FloatArray
from neurofeedback.signal.envelope import BandPower
from neurofeedback.signal.estimators import cfir
from neurofeedback.signal.settings import RoiFeature
from neurofeedback.signal.source_roi import RoiKernel

LEAST_SMOOTHING = 0.5  # s; over less, the share itself is mostly noise


class RegionShare:
    """Running share of a region.

    Parameters
    ----------
    feature : RoiFeature
        With the band in Hz.
    kernel : RoiKernel
        Its region, for all channels of the stream.
    spatial : ndarray, shape (n_columns, n_channels)
        What makes the channels of the stream of the columns that come in, transposed; a column
        that the kernel uses must come in.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.

    Attributes
    ----------
    least : float
        Below this share feedback is to be held.
    support : int
        Number of hops, the last included, that a share depends on.
    """

    def __init__(
        self, feature: RoiFeature, kernel: RoiKernel, spatial: FloatArray, sfreq: float, hop: int
    ) -> None:
        assert feature.least_share is not None
        self.least = feature.least_share
        self._roi = feature.roi
        used = list(kernel.used)
        centred = np.zeros((len(used), spatial.shape[1]))
        centred[:, used] = np.eye(len(used)) - 1.0 / len(used)
        self._matrix = np.ascontiguousarray(spatial @ np.vstack([kernel.fit, centred]).T)
        self._n_fit = len(kernel.fit)
        envelope = feature.envelope
        longer = max(envelope.smoothing, LEAST_SMOOTHING)
        design = cfir(envelope.model_copy(update={"smoothing": longer}), sfreq, hop)
        n = self._matrix.shape[1]
        self._power = BandPower(hop, n, [(row, design) for row in range(n)])
        self.support = self._power.support

    def reset(self) -> None:
        """Forget all samples."""
        self._power.reset()

    def process(self, clean: FloatArray) -> FloatArray:
        """Compute the share at the end of each hop.

        Parameters
        ----------
        clean : ndarray, shape (n_hops, hop, n_columns)
            Finite values, V.

        Returns
        -------
        ndarray, shape (n_hops,)
            0..1; 0 where there is no power at all.
        """
        power = self._power.process(np.matmul(clean, self._matrix))[:, None, :]
        ones = np.ones((power.shape[2], 1))
        region = np.matmul(power[:, :, : self._n_fit], ones[: self._n_fit])[:, 0, 0]
        whole = np.matmul(power[:, :, self._n_fit :], ones[self._n_fit :])[:, 0, 0]
        return np.asarray(region / np.where(whole > 0.0, whole, 1.0))

    def cause(self, share: float) -> str:
        """Put a share that is too small into words."""
        return f"region {self._roi} explains {100.0 * share:.0f} %"
