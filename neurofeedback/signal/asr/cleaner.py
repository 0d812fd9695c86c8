"""Artifact subspace reconstruction (ASR) on the hop grid.

Responsible for rebuilding, hop by hop, components that are far larger than in clean data from the
others, and for telling how much of each hop is a guess. Not responsible for learning what clean
data look like (`signal.asr.calibration`), nor for holding feedback.

Every fourth hop (by absolute number) the covariance of the last half second is judged. Components
beyond their limit are taken off and put back as the others let expect; between two verdicts the
same is done to every sample, and a change is blended in over one hop. Where nothing is beyond its
limit the samples come out as they went in, to the last bit. Offset and drift are not touched.

A hop depends on `AsrCleaner.memory` hops before it. It comes out late by `AsrCleaner.n_ahead` hops.

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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.signal.asr.calibration import (
    STEP,
    AsrCalibration,
    covariances,
    steps_in_window,
)
from neurofeedback.signal.asr.filters import AsrFilters
from neurofeedback.signal.asr.settings import AsrSettings

BATCH = 64  # hops whose covariances are held in memory at once
MOST_REPLACED = 0.66  # share of components; the smallest others are always kept


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Hops that ASR has been over.

    Parameters
    ----------
    data : ndarray, shape (n_hops, hop, n_channels)
        V, late by the look-ahead.
    rebuilt : ndarray, shape (n_hops,)
        How much of the hop is a guess, 0..1: the larger of the share of components replaced, and of
        the share of what is usual in a signal of interest that is replaced with them.
    removed : ndarray, shape (n_hops,)
        Share of the hop's variance, offset and drift apart, that was taken off, 0..1.
    doubtful : ndarray of bool, shape (n_hops,)
        Hops that must not count: more was rebuilt than the settings allow, or something was from
        a memory that holds a bad hop, or the beginning of an artefact got through.
    """

    data: FloatArray
    rebuilt: FloatArray
    removed: FloatArray
    doubtful: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Verdict:
    """What is done to samples until the next verdict."""

    artefact: FloatArray | None  # (n_eeg, n_eeg), rows times it is what is taken off; None: nothing
    rebuilt: float


NOTHING = _Verdict(None, 0.0)


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
    signals : ndarray, shape (n_channels, n_signals), optional
        Signals of interest as weights of channels; `Cleaned.rebuilt` minds them.
    """

    def __init__(
        self,
        calibration: AsrCalibration,
        sfreq: float,
        hop: int,
        settings: AsrSettings | None = None,
        signals: FloatArray | None = None,
    ) -> None:
        settings = settings or AsrSettings()
        fit = self._fit = calibration
        n_eeg, n_components = fit.vectors.shape
        self.n_ahead = settings.hops_ahead(sfreq, hop)
        self._allowed = settings.rebuilt
        self._filters = AsrFilters(sfreq, hop, n_eeg)
        self._n_window = steps_in_window(settings, sfreq, hop)
        self._n_keep = n_components - round(n_components * MOST_REPLACED)
        self._relative = fit.vectors / fit.limit  # rows times it: components, 1 at their limit
        chosen = np.zeros((n_eeg, 0)) if signals is None else signals[fit.columns]
        self._signals = fit.vectors.T @ chosen
        self._blend = ((1 - np.cos(np.pi * np.arange(1, hop + 1) / hop)) / 2)[:, None]
        self.memory = self._filters.memory + max((self._n_window + 1) * STEP, self.n_ahead)
        self.reset()

    def reset(self) -> None:
        """Forget all samples, but not the calibration."""
        n = self._relative.shape[1]
        self._filters.reset()
        self._rows: FloatArray | None = None
        self._sums = np.zeros((self._n_window - 1, n, n))
        self._verdict = NOTHING
        self._last_bad: int | None = None
        self._ahead: tuple[FloatArray, FloatArray] | None = None

    def process(self, hops: FloatArray, first: int, bad: NDArray[np.bool_]) -> Cleaned:
        """Clean hops.

        Parameters
        ----------
        hops : ndarray, shape (n_hops, hop, n_channels)
            Finite values, V.
        first : int
            Number of the first hop.
        bad : ndarray of bool, shape (n_hops,)
            Hops that must not count.

        Returns
        -------
        Cleaned
            As many hops; before the first, its first sample. Channels that are not cleaned are
            only delayed.
        """
        data, rebuilt, removed = np.empty(hops.shape), np.zeros(len(hops)), np.zeros(len(hops))
        for at in range(0, len(hops), BATCH):
            some = slice(at, at + BATCH)
            self._clean(hops[some], first + at, data[some], rebuilt[some], removed[some])
        return Cleaned(data, rebuilt, removed, self._doubtful(rebuilt, first, bad))

    def _doubtful(
        self, rebuilt: FloatArray, first: int, bad: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        if not len(bad):
            return np.zeros(0, dtype=bool)
        if self._last_bad is None:  # what was before the first hop is not known
            self._last_bad = first - 1
        numbers = np.arange(first, first + len(bad))
        last_bad = np.maximum.accumulate(np.where(bad, numbers, self._last_bad))
        self._last_bad = int(last_bad[-1])
        unsure = (rebuilt > 0.0) & (numbers - last_bad <= self.memory)
        return np.asarray(unsure | (rebuilt > self._allowed))

    def _clean(
        self,
        hops: FloatArray,
        first: int,
        data: FloatArray,
        rebuilt: FloatArray,
        removed: FloatArray,
    ) -> None:
        """Fill in the samples of hops, what of each is rebuilt, and what was removed."""
        passed, shaped = self._filters.process(hops[:, :, self._fit.columns])
        late = self._delayed(hops, passed, data)
        verdicts = self._judged(shaped, first)
        if not verdicts and self._verdict is NOTHING:
            return
        for k in range(len(hops)):
            before, now = self._verdict, verdicts.get(first + k, self._verdict)
            self._verdict = now
            if before is NOTHING and now is NOTHING:
                continue
            taken = self._taken(late[k], before, now)
            data[k][:, self._fit.columns] -= taken
            unseen = before is NOTHING and self.n_ahead < STEP - 1
            rebuilt[k] = 1.0 if unseen else max(before.rebuilt, now.rebuilt)
            removed[k] = 1.0 - _power(late[k] - taken) / max(_power(late[k]), 1e-30)

    def _delayed(self, hops: FloatArray, passed: FloatArray, data: FloatArray) -> FloatArray:
        """Fill in the samples that come out now; return those without offset and drift."""
        n = len(hops)
        if self._ahead is None:  # as if the first sample had always been there: no step in offset
            shape = self.n_ahead, hops.shape[1]
            before = np.empty((*shape, hops.shape[2]))
            before[:] = hops[:1, 0]
            self._ahead = before, np.zeros((*shape, passed.shape[2]))
        whole, late = (np.concatenate(p) for p in zip(self._ahead, (hops, passed), strict=True))
        self._ahead = whole[n:].copy(), late[n:].copy()
        data[:] = whole[:n]
        return late[:n]

    def _judged(self, shaped: FloatArray, first: int) -> dict[int, _Verdict]:
        """Return the verdicts that differ from "nothing", or end such a one, by number of hop."""
        n_rows = self._filters.n_rows
        if self._rows is None:  # what is missing of a step that the stream began within is zero
            self._rows = np.zeros((first % STEP * n_rows, shaped.shape[2]))
        rows = np.concatenate((self._rows, shaped.reshape(-1, shaped.shape[2])))
        n_steps = len(rows) // (STEP * n_rows)
        used = n_steps * STEP * n_rows
        self._rows = rows[used:].copy()
        if n_steps == 0:
            return {}
        steps = rows[:used].reshape(n_steps, STEP * n_rows, -1)
        sums = np.concatenate((self._sums, covariances(np.matmul(steps, self._relative))))
        self._sums = sums[n_steps:].copy()
        total = sums[self._n_window - 1 :].copy()
        for back in range(1, self._n_window):  # a fixed order of additions, whatever the chunking
            total += sums[self._n_window - 1 - back : len(sums) - back]
        total /= self._n_window * STEP * n_rows
        flat = total.reshape(n_steps, 1, -1)
        beyond = np.matmul(flat, flat.transpose(0, 2, 1))[:, 0, 0] >= 1.0
        step, found, last = first // STEP, {}, self._verdict
        for i in range(n_steps):
            # No eigenvalue is larger than the root of the sum of squares: often that is enough.
            suspect = beyond[i] and _any_above_1(total[i])
            verdict = self._verdict_on(total[i]) if suspect else NOTHING
            if verdict is not NOTHING or last is not NOTHING:
                found[(step + i) * STEP + STEP - 1] = verdict
            last = verdict
        return found

    def _verdict_on(self, relative: FloatArray) -> _Verdict:
        """Judge a covariance of components in units of their limits."""
        fit = self._fit
        variance, turned = np.linalg.eigh(fit.limit[:, None] * relative * fit.limit)
        keep = variance < ((fit.limit[:, None] * turned) ** 2).sum(axis=0)
        keep |= np.arange(1, len(variance) + 1) < self._n_keep
        if keep.all():
            return NOTHING
        # From the components kept, the rest as it goes with them in clean data.
        kept = np.linalg.pinv(keep[:, None] * (turned.T * fit.deviation))
        guessed = np.eye(len(keep)) - fit.deviation[:, None] * kept @ turned.T
        share = max(float((~keep).mean()), self._share_of_signals(turned[:, ~keep]))
        return _Verdict(fit.vectors @ guessed.T @ fit.vectors.T, min(1.0, share))

    def _share_of_signals(self, replaced: FloatArray) -> float:
        """Return the largest share of a signal's clean variance that is within what is replaced."""
        deviation = self._fit.deviation[:, None]
        within = ((deviation * (replaced @ (replaced.T @ self._signals))) ** 2).sum(axis=0)
        clean = ((deviation * self._signals) ** 2).sum(axis=0)
        return float((within / np.maximum(clean, 1e-300)).max(initial=0.0))

    def _taken(self, passed: FloatArray, before: _Verdict, now: _Verdict) -> FloatArray:
        """Return what is taken off a hop in which one verdict is followed by another."""
        if before is now and now.artefact is not None:
            return np.asarray(np.matmul(passed, now.artefact))
        old = 0.0 if before.artefact is None else np.matmul(passed, before.artefact)
        new = 0.0 if now.artefact is None else np.matmul(passed, now.artefact)
        return np.asarray(self._blend * new + (1 - self._blend) * old)


def _any_above_1(relative: FloatArray) -> bool:
    """Tell whether any eigenvalue is 1 or more, sooner than by computing them."""
    try:
        np.linalg.cholesky(np.eye(len(relative)) - relative)
    except np.linalg.LinAlgError:
        return True
    return False


def _power(samples: FloatArray) -> float:
    return float((samples * samples).sum())
