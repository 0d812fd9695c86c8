"""The artefact gate for what takes a filter to see: muscle, blinks and line noise.

Responsible for watching a few channels, whichever features a protocol has, and for saying hop by
hop what they show. Not responsible for samples that are bad in themselves (`signal.gate.samples`)
nor for how long feedback holds (`signal.pipeline`).

Filters are FIR on the hop grid, so that a verdict looks back on a fixed span and on nothing else:
muscle on 0.25 + 0.13 s, line noise on 0.5 + 0.25 s, blinks on 0.1 + 0.6 s. What is normal for
muscle is remembered for longer (`signal.gate.muscle`). Hops that are bad already, and those whose
filters still reach one, are not judged: one wild sample is not muscle. `support` says how long they
must be held. Channels that are watched but enter no feature are looked at for large steps here, for
that reason. Where all hops of half a second are bad, line noise is judged all the same: it may be
the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray, IntArray, StreamInfo
from neurofeedback.signal.gate.filters import band_taps, line_taps, off_mains
from neurofeedback.signal.gate.muscle import MuscleLevel
from neurofeedback.signal.gate.samples import Steps, in_a_row, told
from neurofeedback.signal.gate.settings import GateSettings
from neurofeedback.signal.reference import Reference, spatial_matrix
from neurofeedback.words.message import Message

CAUSES = (
    Message("line noise"),
    Message("gradient"),
    Message("muscle"),
    Message("blink"),
)
MUSCLE_CHANNELS = ("F7", "F8", "T7", "T8", "T3", "T4")
BLINK_CHANNELS = ("Fp1", "Fp2", "Fpz", "AF7", "AF8")
MUSCLE_BANDS = ((20.0, 40.0), (45.0, 60.0))
BROAD_BANDS = ((4.0, 40.0),)
MAINS: dict[str | int, tuple[float, ...]] = {
    "auto": (50.0, 60.0), "none": (), 50: (50.0,), 60: (60.0,)
}  # fmt: skip
HIGHEST = 0.46  # of the sampling rate; above, filters of amplifiers have taken over
MUSCLE_SECONDS, MUSCLE_MEAN = 0.25, 0.13
LINE_SECONDS, LINE_MEAN = 0.5, 0.25
BLINK_SECONDS, BLINK_RISE = 0.1, 0.6
LEAST_LINE = 2e-6  # V RMS; less is never called line noise


class ArtifactFilters:
    """Look for muscle, blinks and line noise.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    settings : GateSettings
        What to look for, and the limits.
    reference : str or tuple of str
        The reference of the features. EEG channels are watched under it, or under the average where
        it is none that keeps volts; EOG channels as recorded.
    picks : sequence of str
        The channels of the features.
    bads : collection of str
        Channels marked bad; not watched.
    hop : int
        Samples in a hop.
    """

    def __init__(
        self,
        info: StreamInfo,
        settings: GateSettings,
        reference: str | tuple[str, ...],
        picks: Sequence[str],
        bads: Collection[str],
        hop: int,
    ) -> None:
        self._hop, self._settings = hop, settings
        usable = [c for c, u in zip(info.ch_names, info.units, strict=True) if u == "V"]
        usable = [c for c in usable if c not in bads]
        eog = [c for c in usable if info.ch_types[info.ch_names.index(c)] == "eog"]
        picks = [c for c in dict.fromkeys(picks) if c in usable]
        self._mains = [f for f in MAINS[settings.mains] if f < HIGHEST * info.sfreq]
        bands = off_mains(MUSCLE_BANDS, MAINS[settings.mains], HIGHEST * info.sfreq)
        muscle = [c for c in MUSCLE_CHANNELS if c in usable] or picks
        muscle = muscle if bands and (settings.muscle or settings.muscle_amplitude) else []
        blink = [*(c for c in BLINK_CHANNELS if c in usable and c not in eog), *eog]
        blink = blink if settings.blink else []
        line = picks if self._mains and settings.line_noise else []
        names = list(dict.fromkeys([*muscle, *blink, *line]))
        by_cause = (line, names, muscle, blink)
        watched = zip(CAUSES, by_cause, strict=True)
        self._causes = [told(cause, name) for cause, channels in watched for name in channels]
        self._of = [[names.index(c) for c in channels] for channels in (muscle, blink, line)]
        self._either_way = np.array([c in eog for c in blink], dtype=bool)
        self._weigh(info, names, eog, reference, bads)
        self._design(info.sfreq, bands)
        self._steps = Steps(len(names), info.sfreq, hop, settings.reference_gradient)
        self._level = MuscleLevel(len(muscle), hop / info.sfreq, settings.muscle_memory)
        self.reset()

    def _weigh(
        self,
        info: StreamInfo,
        names: Sequence[str],
        eog: Collection[str],
        reference: str | tuple[str, ...],
        bads: Collection[str],
    ) -> None:
        matrix = np.zeros((len(names), info.n_channels))
        plain: Reference = reference if isinstance(reference, tuple) else "average"
        for row, name in enumerate(names):
            own = name in eog or reference == "as-recorded"
            matrix[row] = spatial_matrix(info, [name], "as-recorded" if own else plain, bads)[0]
        columns = np.flatnonzero(np.abs(matrix).any(axis=0))
        self._columns = slice(None) if columns.size == info.n_channels else columns
        self._matrix = np.ascontiguousarray(matrix[:, columns].T)

    def _design(self, sfreq: float, bands: Sequence[tuple[float, float]]) -> None:
        """Lay out the filters: muscle, broadband, each mains frequency complex; blink real."""
        n = [max(2, round(s * sfreq)) for s in (MUSCLE_SECONDS, LINE_SECONDS, BLINK_SECONDS)]
        self._n_taps = max(n)
        taps = [band_taps(sfreq, bands, n[0], self._mains)]
        taps.append(band_taps(sfreq, BROAD_BANDS, n[1], self._mains))
        taps += [line_taps(sfreq, f, n[1]) for f in self._mains]
        parts = [part for t in taps for part in (t.real, t.imag)]
        window = np.hanning(n[2] + 2)[1:-1]
        parts.append(window / window.sum())
        self._taps = np.zeros((self._n_taps, len(parts)))
        for column, part in enumerate(parts):
            self._taps[self._n_taps - part.size :, column] = part[::-1]
        self._reach = [-(-k // self._hop) for k in n]  # hops that a filter reaches, muscle first
        in_hops = [s * sfreq / self._hop for s in (MUSCLE_MEAN, LINE_MEAN, BLINK_RISE)]
        self._span = [max(1, round(s)) for s in in_hops]

    @property
    def support(self) -> int:
        """Number of hops after a bad one, it included, that cannot all be judged."""
        if not self._causes:
            return 1
        return self._reach[0] + -(-self._span[0] // 2)

    def reset(self) -> None:
        """Forget all samples."""
        self._past = np.zeros((self._matrix.shape[1], self._n_taps - 1))
        self._age: IntArray = np.zeros(self._matrix.shape[1], dtype=np.int64)
        n_muscle, n_blink, n_line = (len(of) for of in self._of)
        self._bad_run: IntArray = np.zeros(1, dtype=np.int64)
        self._muscle = _Mean(self._span[0], n_muscle)
        self._line = _Mean(self._span[1], n_line * (1 + len(self._mains)))
        self._low = np.full((self._span[2] - 1, n_blink), np.inf)
        self._high = np.full((self._span[2] - 1, n_blink), -np.inf)
        self._steps.reset()
        self._level.reset()

    def process(self, hops: FloatArray, bad: NDArray[np.bool_]) -> IntArray:
        """Judge each hop.

        Parameters
        ----------
        hops : ndarray, shape (n_hops, hop, n_channels)
            All channels of the stream, V; may hold NaN and infinities.
        bad : ndarray of bool, shape (n_hops,)
            Hops known to be bad, or not to follow on from the one before.

        Returns
        -------
        ndarray of int64, shape (n_hops,)
            0 for a good hop, else a number that `cause` puts into words. Hops known to be bad get 0
            too, unless line noise tells why they are.
        """
        n_hops = hops.shape[0]
        if n_hops == 0 or not self._causes:
            return np.zeros(n_hops, dtype=np.int64)
        signals, unusable = self._signals(hops[:, :, self._columns])
        steep = self._steps.process(signals) & ~unusable
        judged = ~bad[:, None]
        age = self._ages(unusable | steep | bad[:, None])
        runs = in_a_row(bad[:, None], self._bad_run)
        self._bad_run = runs[-1].copy()
        clear = (age >= self._reach[1]) | ((runs >= self._reach[1]) & ~unusable)
        filtered = self._filter(signals)
        found = np.concatenate(
            (
                self._see_line(filtered, clear[:, self._of[2]]),
                steep & judged,
                self._see_muscle(filtered, age[:, self._of[0]] >= self._reach[0]) & judged,
                self._see_blinks(filtered, age[:, self._of[1]] >= self._reach[2]) & judged,
            ),
            axis=1,
        )
        codes = np.zeros(n_hops, dtype=np.int64)
        hit = found.any(axis=1)
        codes[hit] = 1 + found[hit].argmax(axis=1)
        return codes

    def cause(self, code: int) -> Message | None:
        """Put a code into words, e.g. ``muscle F7``; None for 0."""
        return None if code == 0 else self._causes[code - 1]

    def _signals(self, data: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Apply the spatial weights; tell which signals of which hops are of no use."""
        with np.errstate(invalid="ignore"):
            signals = np.matmul(data, self._matrix)
        if np.isfinite(signals).all():
            return signals, np.zeros((len(data), self._matrix.shape[1]), dtype=bool)
        missing: NDArray[np.bool_] = np.any(~np.isfinite(data), axis=1)
        signals = np.matmul(np.where(np.isfinite(data), data, 0.0), self._matrix)
        unusable = (missing[:, :, None] & (self._matrix != 0.0)).any(axis=1)
        return np.where(np.isfinite(signals), signals, 0.0), np.asarray(unusable)

    def _ages(self, unusable: NDArray[np.bool_]) -> IntArray:
        """Count the hops since each signal was last of no use, the start of the stream included."""
        index = np.arange(1, len(unusable) + 1)[:, None]
        last = np.maximum.accumulate(np.where(unusable, index, -self._age), axis=0)
        age = np.asarray(index - last, dtype=np.int64)
        self._age = age[-1].copy()
        return age

    def _filter(self, signals: FloatArray) -> FloatArray:
        n_hops, hop, n_signals = signals.shape
        new = signals.reshape(n_hops * hop, n_signals).T
        stream = np.concatenate((self._past, new), axis=1)
        self._past = stream[:, n_hops * hop :].copy()
        row, item = stream.strides
        windows = as_strided(
            stream[:, hop - 1 :],
            (n_hops, n_signals, self._n_taps),
            (hop * item, row, item),
            writeable=False,
        )
        # One product of the same shape per hop: its rounding cannot depend on the chunking.
        return np.asarray(np.matmul(windows, self._taps))

    def _see_muscle(self, filtered: FloatArray, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
        power = _power(filtered[:, self._of[0], 0], filtered[:, self._of[0], 1])
        mean, known = self._muscle.process(power, valid)
        normal = self._level.process(power, valid)
        ratio, most = self._settings.muscle, self._settings.muscle_amplitude
        found = np.zeros(mean.shape, dtype=bool)
        if ratio is not None:
            limit = np.maximum(ratio**2 * normal, self._settings.muscle_floor**2)
            found = mean > limit  # never where nothing is known to be normal yet
        if most is not None:
            found = found | (mean > most**2)
        return found & known

    def _see_blinks(self, filtered: FloatArray, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
        slow = filtered[:, self._of[1], -1]
        lowest = np.concatenate((self._low, np.where(valid, slow, np.inf)))
        highest = np.concatenate((self._high, np.where(valid, slow, -np.inf)))
        self._low, self._high = lowest[len(slow) :].copy(), highest[len(slow) :].copy()
        rise = slow - _sliding(np.minimum, lowest, self._span[2])
        fall = _sliding(np.maximum, highest, self._span[2]) - slow
        change = np.where(self._either_way, np.maximum(rise, fall), rise)
        return valid & (change > (self._settings.blink or np.inf))

    def _see_line(self, filtered: FloatArray, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
        n_mains = len(self._mains)
        parts = [filtered[:, self._of[2], 2 + 2 * k : 4 + 2 * k] for k in range(1 + n_mains)]
        power = np.concatenate([_power(p[..., 0], p[..., 1]) for p in parts], axis=1)
        mean, known = self._line.process(power, np.tile(valid, (1, 1 + n_mains)))
        broad, *lines = np.split(mean, 1 + n_mains, axis=1)
        limit = np.maximum((self._settings.line_noise or np.inf) ** 2 * broad, LEAST_LINE**2)
        found = np.zeros(valid.shape, dtype=bool)
        for line in lines:
            found |= line > limit
        return np.asarray(found & np.split(known, 1 + n_mains, axis=1)[0])


class _Mean:
    """Mean of the valid ones of the last `n` rows; known where at least half of them are."""

    def __init__(self, n: int, n_columns: int) -> None:
        self._n = n
        self._values = np.zeros((n - 1, n_columns))
        self._valid = np.zeros((n - 1, n_columns), dtype=np.int64)

    def process(
        self, values: FloatArray, valid: NDArray[np.bool_]
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        n = len(values)
        stream = np.concatenate((self._values, np.where(valid, values, 0.0)))
        counts = np.concatenate((self._valid, valid.astype(np.int64)))
        self._values, self._valid = stream[n:].copy(), counts[n:].copy()
        total, count = stream[self._n - 1 :].copy(), counts[self._n - 1 :].copy()
        for back in range(1, self._n):  # a fixed order of additions, whatever the chunking
            first = self._n - 1 - back
            total += stream[first : first + n]
            count += counts[first : first + n]
        return total / np.maximum(count, 1), 2 * count >= self._n


def _power(real: FloatArray, imag: FloatArray) -> FloatArray:
    """Mean square of the band signal whose analytic signal is given, V^2."""
    return 0.5 * (real * real + imag * imag)


def _sliding(extreme: np.ufunc, stream: FloatArray, n: int) -> FloatArray:
    """Return the extreme of each `n` rows in a row, shape (n_rows - n + 1, n_columns)."""
    span = 1
    while span < n:
        step = min(span, n - span)
        stream = extreme(stream[step:], stream[:-step])
        span += step
    return stream
