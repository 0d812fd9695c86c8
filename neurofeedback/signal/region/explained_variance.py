"""The share of the data that a region can explain, of a stretch or hop by hop.

Responsible for the share and for saying which one is too small for feedback (the gate of Bauer and
Pllana). Not responsible for regions (`kernel`), nor for holding feedback (`pipeline`).

The potentials are projected on what dipoles in the region can bring about (least squares). The
share is the *most* that the region could account for: a low one is reason to suspend feedback, a
high one does not show that the region was active.

References
----------
Bauer H, Pllana A (2014). EEG-based local brain activity feedback training - tomographic
neurofeedback. Front Hum Neurosci 8, 1005. doi:10.3389/fnhum.2014.01005
"""

from __future__ import annotations

import numpy as np

from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.estimators import cfir
from neurofeedback.signal.power.settings import EnvelopeSettings
from neurofeedback.signal.region.kernel import RoiKernel
from neurofeedback.words.message import Message

LEAST_SMOOTHING = 0.5  # s; over less, the share itself is mostly noise


def explained(kernel: RoiKernel, data: FloatArray) -> FloatArray:
    """Give the share of the data's power that the sources of the region can explain.

    Parameters
    ----------
    kernel : RoiKernel
        The region.
    data : ndarray, shape (..., n_times, n_channels)
        Data in V with any reference, best filtered to the band. Leading axes may be hops; each is
        computed by operations of its own size.

    Returns
    -------
    ndarray, shape (...)
        Shares 0..1; compare `RoiKernel.chance`. NaN where there is no power at all.
    """
    used = data[..., kernel.used]
    centred = used - used.mean(axis=-1, keepdims=True)
    fitted = np.matmul(centred, np.ascontiguousarray(kernel.fit[:, kernel.used].T))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(_power(fitted) / _power(centred))


def _power(values: FloatArray) -> FloatArray:
    flat = np.ascontiguousarray(values).reshape(*values.shape[:-2], 1, -1)
    total: FloatArray = np.matmul(flat, flat.swapaxes(-1, -2))[..., 0, 0]
    return total


class RegionShare:
    """Running share of a region: data filtered to the band, power averaged over a moving window.

    Parameters
    ----------
    least : float
        Below this share feedback is to be held.
    envelope : EnvelopeSettings
        How power is estimated; with the band in Hz.
    kernel : RoiKernel
        Its region, for all channels of the stream.
    spatial : ndarray, shape (n_columns, n_channels)
        ``channels = clean @ spatial``, for the columns that come in; every channel that the kernel
        uses must be among them.
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
        self,
        least: float,
        envelope: EnvelopeSettings,
        kernel: RoiKernel,
        spatial: FloatArray,
        sfreq: float,
        hop: int,
    ) -> None:
        self.least = least
        self._roi = kernel.roi
        used = list(kernel.used)
        centred = np.zeros((len(used), spatial.shape[1]))
        centred[:, used] = np.eye(len(used)) - 1.0 / len(used)
        self._matrix = np.ascontiguousarray(spatial @ np.vstack([kernel.fit, centred]).T)
        self._n_fit = len(kernel.fit)
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

    def cause(self, share: float) -> Message:
        """Put a share that is too small into words."""
        return Message("region {roi} explains {share:.0f} %", roi=self._roi, share=100.0 * share)
