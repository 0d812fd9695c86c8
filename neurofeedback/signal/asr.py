"""Artifact subspace reconstruction (ASR) on the hop grid.

Responsible for rebuilding, hop by hop, components that are far larger than in clean data from the
others. Not responsible for learning what clean data look like (`signal.asr_calibration`), for
deciding when to use it, nor for holding feedback: what it rebuilt is a guess.

ASR changes the samples and is late: each output hop belongs to `AsrCleaner.delay` s before. EEG
comes out without its electrode offset and drift (2nd order Butterworth high-pass at 1 Hz). That
filter alone looks back without end; 2 s after a disturbance it has forgotten it but for 1e-3.

References
----------
Mullen TR, Kothe CAE, Chi YM, Ojeda A, Kerth T, Makeig S, Jung T-P, Cauwenberghs G (2015). Real-time
neuroimaging and cognitive monitoring using wearable dry EEG. IEEE Trans Biomed Eng 62, 2553-2567.
https://doi.org/10.1109/TBME.2015.2481482
Chang C-Y, Hsu S-H, Pion-Tonachini L, Jung T-P (2020). Evaluation of artifact subspace
reconstruction for automatic artifact components removal in multi-channel EEG recordings. IEEE Trans
Biomed Eng 67, 1114-1121. https://doi.org/10.1109/TBME.2019.2930186
"""

from __future__ import annotations

import numpy as np
from scipy import signal as sp

from neurofeedback.frames import FloatArray
from neurofeedback.signal.asr_calibration import (
    AsrCalibration,
    AsrSettings,
    filled,
    high_pass,
)

BATCH = 64  # hops whose covariances are held in memory at once


class AsrCleaner:
    """Clean a stream hop by hop.

    Parameters
    ----------
    calibration : AsrCalibration
        From the same montage.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    settings : AsrSettings, optional
    """

    def __init__(
        self,
        calibration: AsrCalibration,
        sfreq: float,
        hop: int,
        settings: AsrSettings | None = None,
    ) -> None:
        settings = settings or AsrSettings()
        self._fit, self._hop, self._sfreq = calibration, hop, sfreq
        self._n_window = max(1, round(settings.window * sfreq / hop))
        self._n_ahead = min(round(settings.lookahead * sfreq / hop), self._n_window - 1)
        n_eeg = len(calibration.columns)
        self._n_keep = n_eeg - round(n_eeg * settings.max_dims)
        self._sos = high_pass(sfreq)
        self._blend = ((1 - np.cos(np.pi * np.arange(1, hop + 1) / hop)) / 2)[:, None]
        self.reset()

    @property
    def delay(self) -> float:
        """Delay of the output in s: the look-ahead in whole hops."""
        return self._n_ahead * self._hop / self._sfreq

    @property
    def support(self) -> int:
        """Number of hops, the last included, over which components are judged and blended."""
        return self._n_window + self._n_ahead + 1

    def reset(self) -> None:
        """Forget all samples, but not the calibration."""
        n = len(self._fit.columns)
        self._past_pass = np.zeros((self._sos.shape[0], 2, n))
        self._past_shape = np.zeros((len(self._fit.shaping) - 1, n))
        self._covariances = np.zeros((self._n_window - 1, n, n))
        self._last_sample: FloatArray | None = None
        self._offset: FloatArray = np.zeros(n)
        self._ahead: FloatArray | None = None
        self._rebuild: FloatArray | None = None

    def process(self, hops: FloatArray) -> FloatArray:
        """Clean hops.

        Parameters
        ----------
        hops : ndarray, shape (n_hops, hop, n_channels)
            V; may hold NaN and infinities, which are filled with the sample before.

        Returns
        -------
        ndarray, shape (n_hops, hop, n_channels)
            Late by `delay`; zero before the first sample. Channels that are not cleaned are only
            delayed.
        """
        parts = [self._some(hops[at : at + BATCH]) for at in range(0, len(hops), BATCH)]
        return np.concatenate(parts) if parts else hops.copy()

    def _some(self, hops: FloatArray) -> FloatArray:
        n_hops, columns = len(hops), self._fit.columns
        passed, shaped = self._filter(hops[:, :, columns])
        whole = hops.copy()
        whole[:, :, columns] = passed
        if self._ahead is None:
            self._ahead = np.zeros((self._n_ahead, *hops.shape[1:]))
        stream = np.concatenate((self._ahead, whole))
        self._ahead, out = stream[n_hops:].copy(), stream[:n_hops].copy()
        for k, covariance in enumerate(self._covariance(shaped)):
            before, self._rebuild = self._rebuild, self._reconstruction(covariance)
            if before is None and self._rebuild is None:
                continue
            x = np.ascontiguousarray(out[k][:, columns])
            old = x if before is None else np.matmul(x, before.T)
            new = x if self._rebuild is None else np.matmul(x, self._rebuild.T)
            out[k][:, columns] = self._blend * new + (1 - self._blend) * old
        return out

    def _filter(self, hops: FloatArray) -> tuple[FloatArray, FloatArray]:
        """High-pass, and shape the spectrum for the statistics; sample after sample."""
        samples = hops.reshape(-1, hops.shape[2])
        if self._last_sample is None:
            self._last_sample = np.zeros(hops.shape[2])
            first = filled(samples, self._last_sample)[0][0]
            self._last_sample, self._offset = first.copy(), first.copy()
        samples, self._last_sample = filled(samples, self._last_sample)
        passed, self._past_pass = sp.sosfilt(
            self._sos, samples - self._offset, axis=0, zi=self._past_pass
        )
        taps = self._fit.shaping
        # The idle pole makes scipy go sample by sample, so that the chunking changes no bit.
        shaped, self._past_shape = sp.lfilter(taps, [1.0, 0.0], passed, axis=0, zi=self._past_shape)
        return passed.reshape(hops.shape), np.asarray(shaped).reshape(hops.shape)

    def _covariance(self, shaped: FloatArray) -> FloatArray:
        """Mean covariance of the window that ends with each hop."""
        n_hops, last = len(shaped), self._n_window - 1
        new = np.matmul(np.ascontiguousarray(shaped.transpose(0, 2, 1)), shaped)
        stream = np.concatenate((self._covariances, new))
        self._covariances = stream[n_hops:].copy()
        total = stream[last:].copy()
        for back in range(1, self._n_window):  # a fixed order of additions
            total += stream[last - back : last - back + n_hops]
        return total / (self._n_window * self._hop)

    def _reconstruction(self, covariance: FloatArray) -> FloatArray | None:
        """Return the matrix that rebuilds bad components from good ones; None where all are."""
        variance, vectors = np.linalg.eigh(covariance)
        limit = ((self._fit.threshold @ vectors) ** 2).sum(axis=0)
        keep = (variance < limit) | (np.arange(1, len(variance) + 1) < self._n_keep)
        if keep.all():
            return None
        kept = np.linalg.pinv(keep[:, None] * (vectors.T @ self._fit.mixing))
        return np.asarray(self._fit.mixing @ kept @ vectors.T)
