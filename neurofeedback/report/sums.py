"""What the sections of `measure` are made of, summed up in one pass over a recording.

Responsible for reading a recording once, in stretches, for all sections and all references: one
spatial product for every signal that is wanted, spectra as running sums, the state of the channels.
Not responsible for what is made of the sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.acquisition.recorded import Recording
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.report.no_signal import SignalLoss
from neurofeedback.signal.measures.spectrum import (
    WINDOW_SECONDS,
    RunningSpectrum,
    Spectrum,
    Window,
)
from neurofeedback.signal.quality import Assessment, ChannelState

Progress = Callable[[float], None]
_Kind = tuple[float, Window]  # of windows


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Signals whose spectra are wanted.

    Parameters
    ----------
    matrix : ndarray, shape (n_signals, n_channels)
        ``signals = data @ matrix.T``.
    seconds : float
        Length of a window.
    window : 'hann' or 'hamming'
        Its shape.
    """

    matrix: FloatArray
    seconds: float = WINDOW_SECONDS
    window: Window = "hann"


class Sums:
    """Spectra and states of the channels of a recording.

    What was said to be wanted before is found in one pass; anything else costs a pass of its own.

    Parameters
    ----------
    recording : Recording
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        # Of one signal each, by its weights; None without a window.
        self._spectra: dict[_Kind, dict[bytes, Spectrum | None]] = {}
        self._broken = np.zeros(recording.info.n_channels, dtype=bool)
        self._states: tuple[ChannelState, ...] | None = None
        self._loss: SignalLoss | None = None

    def prepare(self, wanted: Iterable[Wanted], progress: Progress = lambda done: None) -> None:
        """Read the recording once for all that is wanted, and judge its channels.

        Parameters
        ----------
        wanted : iterable of Wanted
        progress : callable
            Called with the share of the recording that was read.
        """
        rows: dict[bytes, FloatArray] = {}
        kinds: dict[_Kind, dict[bytes, None]] = {}
        for one in wanted:
            known = self._spectra.setdefault((one.seconds, one.window), {})
            for row in one.matrix:
                key = row.tobytes()
                if key not in known:
                    rows[key] = row
                    kinds.setdefault((one.seconds, one.window), {})[key] = None
        self._sum(rows, kinds, progress)

    def spectrum(self, wanted: Wanted) -> Spectrum:
        """Return the spectra of signals.

        Raises
        ------
        UserError
            If a channel that has a weight holds values that are no numbers.
        ValueError
            If no stretch without a gap is as long as a window.
        """
        kind = (wanted.seconds, wanted.window)
        keys = [row.tobytes() for row in wanted.matrix]
        if not set(keys) <= set(self._spectra.get(kind, {})):
            self.prepare([wanted])
        info = self._recording.info
        broken = np.flatnonzero(self._broken & wanted.matrix.any(axis=0))
        if broken.size:
            raise UserError(
                "{stream} has values that are no numbers in {names}; choose another reference "
                "or channels.",
                stream=info.name,
                names=", ".join(info.ch_names[i] for i in broken),
            )
        found = [spectrum for key in keys if (spectrum := self._spectra[kind][key]) is not None]
        if not found:
            raise ValueError(f"No stretch of samples is as long as {wanted.seconds} s.")
        psd = np.column_stack([spectrum.psd for spectrum in found])
        return Spectrum(found[0].freqs, psd, found[0].n_windows)

    def states(self) -> tuple[ChannelState, ...]:
        """Return what is thought of each EEG channel, see `signal.quality.assess`."""
        if self._states is None:
            self.prepare(())
        return self._states or ()

    def loss(self) -> SignalLoss:
        """Return which channels have no signal of their own."""
        if self._loss is None:
            self.prepare(())
        return self._loss or SignalLoss(self._recording.info)

    def _sum(
        self,
        rows: dict[bytes, FloatArray],
        kinds: dict[_Kind, dict[bytes, None]],
        progress: Progress,
    ) -> None:
        recording, info = self._recording, self._recording.info
        order = {key: i for i, key in enumerate(rows)}
        matrix = np.array(list(rows.values())).reshape(-1, info.n_channels)
        running = {
            kind: (RunningSpectrum(len(keys), info.sfreq, *kind), [order[key] for key in keys])
            for kind, keys in kinds.items()
        }
        assessment = None if self._states is not None else Assessment(info, positions=_places())
        loss = SignalLoss(info) if self._loss is None else None
        gaps = {gap.sample for gap in recording.gaps}
        for stretch in recording.stretches():
            data = recording.samples[stretch]
            if assessment is not None:
                assessment.add(data)
            if loss is not None:
                loss.add(data)
            signals = matrix @ self._numbers(data).T
            for spectrum, of in running.values():
                if stretch.start in gaps:
                    spectrum.gap()
                spectrum.add(signals[of].T)
            progress(stretch.stop / recording.n_times)
        if assessment is not None:
            self._states = assessment.states()
        self._loss = loss or self._loss
        for kind, keys in kinds.items():
            self._spectra[kind] |= _each(running[kind][0], list(keys))

    def _numbers(self, data: FloatArray) -> FloatArray:
        """Return the samples without what is no number; channels that have any are refused."""
        finite = np.isfinite(data)
        if finite.all():
            return data
        self._broken |= ~finite.all(axis=0)
        return np.where(finite, data, 0.0)


def _places() -> dict[str, tuple[float, ...]]:
    return {name: tuple(map(float, place)) for name, place in positions().items()}


def _each(running: RunningSpectrum, keys: list[bytes]) -> dict[bytes, Spectrum | None]:
    if not running.n_windows:
        return dict.fromkeys(keys)
    whole = running.spectrum()
    columns = np.hsplit(whole.psd, len(keys))
    return {
        key: Spectrum(whole.freqs, column, whole.n_windows)
        for key, column in zip(keys, columns, strict=True)
    }
