"""What a measure of a recording is made of: numbers with all they need, in sections with words.

Responsible for the form of sections and for reading signals out of a recording. Not responsible for
any measure.

Every section is a function from a `Reading` to a `Section`. What it cannot measure it refuses with
a `UserError`, whose sentence becomes the section's `missing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.errors import UserError
from neurofeedback.frames import MICROVOLTS_PER_VOLT, FloatArray, StreamInfo
from neurofeedback.signal.measures.spectrum import WINDOW_SECONDS, Spectrum, welch_spectrum
from neurofeedback.signal.reference import AnyReference, describe, reference_matrix
from neurofeedback.words.message import Message

POWER_UNIT = "uV^2/Hz"
CSD_POWER_UNIT = "(uV/cm^2)^2/Hz"
WINDOW = f"Welch, Hann windows of {WINDOW_SECONDS:g} s, half overlapping, constant removed"


@dataclass(frozen=True, slots=True)
class Number:
    """One measured number.

    Parameters
    ----------
    name : str
        What it is.
    value : float or None
        None where there is none, e.g. no clear peak.
    unit : str
        Unit as a person reads it.
    band : (float, float) or None
        Hz; None where no band belongs to the number.
    reference : str
        What was subtracted.
    window : str
        How spectra were estimated, and over how many windows.
    """

    name: str
    value: float | None
    unit: str
    band: tuple[float, float] | None
    reference: str
    window: str


@dataclass(frozen=True, slots=True)
class Section:
    """Some numbers that belong together, and what must be said beside them.

    Parameters
    ----------
    key : str
        Name in JSON.
    title : str
        Name for a person.
    numbers : tuple of Number
    sentences : tuple of Message
        To be shown wherever the numbers are.
    details : dict
        More for a program, plain JSON types.
    missing : str
        Why there are no numbers, a `Message`; empty where there are.
    """

    key: str
    title: str
    numbers: tuple[Number, ...] = ()
    sentences: tuple[Message, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    missing: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the section as plain JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reading:
    """A recording with the reference it is to be read with.

    Parameters
    ----------
    recording : Recording
    reference : 'average', 'as-recorded', 'csd' or tuple of str
        See `signal.asymmetry.reference_matrix`.
    """

    recording: Recording
    reference: AnyReference = "average"

    @property
    def info(self) -> StreamInfo:
        """What is known of the recording's channels."""
        return self.recording.info

    @property
    def segments(self) -> list[slice]:
        """Stretches without a gap."""
        return list(self.recording.segments())

    @property
    def own(self) -> tuple[str, ...]:
        """Channels that are the reference, and so have no signal of their own."""
        return self.reference if isinstance(self.reference, tuple) else ()

    @property
    def words(self) -> str:
        """The reference in words."""
        return describe(self.reference, self.info)

    def with_reference(self, reference: AnyReference) -> Reading:
        """Return the same recording with another reference."""
        return Reading(self.recording, reference)

    def power_scale(self) -> tuple[float, str]:
        """Return the factor from the powers of `spectrum` to a person's unit, and that unit."""
        if self.reference == "csd":
            return (MICROVOLTS_PER_VOLT * 1e-4) ** 2, CSD_POWER_UNIT  # V/m^2 to uV/cm^2
        return MICROVOLTS_PER_VOLT**2, POWER_UNIT

    def signals(self, picks: Sequence[str]) -> FloatArray:
        """Return referenced channels, shape (n_times, n_picks).

        Raises
        ------
        UserError
            If a channel is missing, or one that is needed has values that are no numbers.
        """
        return self.apply(reference_matrix(self.info, picks, self.reference))

    def apply(self, matrix: FloatArray) -> FloatArray:
        """Return ``data @ matrix.T``, refusing channels whose values are no numbers."""
        used = np.flatnonzero(matrix.any(axis=0))
        data = self.recording.data[:, used]
        bad = used[~np.isfinite(data).all(axis=0)]
        if bad.size:
            raise UserError(
                "{stream} has values that are no numbers in {names}; choose another reference "
                "or channels.",
                stream=self.info.name,
                names=", ".join(self.info.ch_names[i] for i in bad),
            )
        return np.asarray(data @ matrix[:, used].T)

    def spectrum(self, picks: Sequence[str]) -> Spectrum:
        """Return spectra of referenced channels by windows of 2 s.

        Raises
        ------
        UserError
            As `signals`, or if the recording is too short.
        """
        return self.spectrum_of(self.signals(picks))

    def spectrum_of(self, signals: FloatArray) -> Spectrum:
        """Return spectra of signals made by `signals` or `apply`, by windows of 2 s."""
        try:
            return welch_spectrum(signals, self.info.sfreq, self.segments)
        except ValueError as error:
            raise self.too_short(WINDOW_SECONDS) from error

    def too_short(self, seconds: float) -> UserError:
        """Return the error for a recording without one window."""
        return UserError(
            "{stream} is too short: a stretch of {seconds:g} s without a gap is needed.",
            stream=self.info.name,
            seconds=seconds,
        )


def measured(
    key: str, title: str, measure: Callable[[Reading], Section], reading: Reading
) -> Section:
    """Return a section, or the reason why there is none."""
    try:
        return measure(reading)
    except UserError as error:
        return Section(key, title, missing=error.message)


def require_rate(reading: Reading, highest: float) -> None:
    """Refuse a recording that was sampled too slowly for a frequency.

    Raises
    ------
    UserError
        If half the sampling rate is below `highest` Hz.
    """
    info = reading.info
    if info.sfreq < 2 * highest:
        raise UserError(
            "{stream} was sampled at {rate:g} Hz, too slowly for {highest:g} Hz.",
            stream=info.name,
            rate=info.sfreq,
            highest=highest,
        )


def counted(window: str, n_windows: int) -> str:
    """Return how spectra were estimated, with the number of windows."""
    return f"{window}, {n_windows} windows"
