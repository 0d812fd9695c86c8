"""What a measure of a recording is made of: numbers with all they need, in sections with words.

Responsible for the form of sections and for reading signals out of a recording. Not responsible for
any measure.

Every section is a function from a `Reading` to a `Section`; a function beside it says which spectra
the section wants, so that those of all sections are found in one pass (`sums`). What a section
cannot measure it refuses with a `UserError`, whose sentence becomes its `missing`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.errors import UserError
from neurofeedback.frames import MICROVOLTS_PER_VOLT, StreamInfo
from neurofeedback.report.no_signal import SignalLoss
from neurofeedback.report.sums import Sums, Wanted
from neurofeedback.signal.measures.spectrum import WINDOW_SECONDS, Spectrum, Window
from neurofeedback.signal.passband import check_band, weakened
from neurofeedback.signal.reference import AnyReference, describe, reference_matrix
from neurofeedback.words.message import Message, joined

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


class Reading:
    """A recording with the reference it is to be read with.

    Parameters
    ----------
    recording : Recording
    reference : 'average', 'as-recorded', 'csd' or tuple of str
        See `signal.asymmetry.reference_matrix`.
    sums : Sums, optional
        What was found in the recording so far; shared by readings of all references.
    loss : SignalLoss, optional
        Which channels have no signal of their own; see `checked`. By default none is looked for.

    Attributes
    ----------
    lost : mapping of str to Message
        Channels without a signal of their own, with the reason: refused where they are asked for,
        and no part of an average or Laplacian.
    """

    def __init__(
        self,
        recording: Recording,
        reference: AnyReference = "average",
        sums: Sums | None = None,
        loss: SignalLoss | None = None,
    ) -> None:
        self.recording = recording
        self.reference = reference
        self.sums = sums or Sums(recording)
        self.loss = loss or SignalLoss(recording.info)
        self.lost: Mapping[str, Message] = self.loss.lost()

    @property
    def info(self) -> StreamInfo:
        """What is known of the recording's channels."""
        return self.recording.info

    @property
    def own(self) -> tuple[str, ...]:
        """Channels that are the reference, and so have no signal of their own."""
        return self.reference if isinstance(self.reference, tuple) else ()

    @property
    def words(self) -> str:
        """The reference in words."""
        return describe(self.reference, self.info, self.lost)

    def with_reference(self, reference: AnyReference) -> Reading:
        """Return the same recording with another reference."""
        return Reading(self.recording, reference, self.sums, self.loss)

    def checked(self) -> Reading:
        """Return the same reading without channels that have no signal as recorded."""
        return Reading(self.recording, self.reference, self.sums, self.sums.loss())

    def require_signal(self, names: Iterable[str]) -> None:
        """Refuse channels that have no signal of their own, and a reference that has none.

        Raises
        ------
        UserError
            Naming the first of them.
        """
        for name in (*names, *self.own):
            if name in self.lost:
                raise UserError(
                    "{stream}: {why}, so there is nothing to measure with any reference.",
                    stream=self.info.name,
                    why=self.lost[name],
                )

    def power_scale(self) -> tuple[float, str]:
        """Return the factor from the powers of `spectrum` to a person's unit, and that unit."""
        if self.reference == "csd":
            return (MICROVOLTS_PER_VOLT * 1e-4) ** 2, CSD_POWER_UNIT  # V/m^2 to uV/cm^2
        return MICROVOLTS_PER_VOLT**2, POWER_UNIT

    def wanted(
        self, picks: Sequence[str], seconds: float = WINDOW_SECONDS, window: Window = "hann"
    ) -> Wanted:
        """Return what is to be summed up for spectra of referenced channels.

        Raises
        ------
        UserError
            If a channel is missing, or has no signal of its own.
        """
        self.require_signal(picks)
        try:
            matrix = reference_matrix(self.info, picks, self.reference, tuple(self.lost))
        except UserError as error:
            if not self.lost:
                raise
            why = joined(self.lost.values(), "; ")
            raise UserError("{refused} ({why}.)", refused=error.message, why=why) from error
        return Wanted(matrix, seconds, window)

    def spectrum(self, picks: Sequence[str]) -> Spectrum:
        """Return spectra of referenced channels by windows of 2 s.

        Raises
        ------
        UserError
            As `wanted`, if a channel that is needed has values that are no numbers, or the
            recording is too short.
        """
        return self.spectrum_of(self.wanted(picks))

    def spectrum_of(self, wanted: Wanted) -> Spectrum:
        """Return spectra of signals that are wanted.

        Raises
        ------
        UserError
            As `spectrum`.
        """
        try:
            return self.sums.spectrum(wanted)
        except ValueError as error:
            raise self.too_short(wanted.seconds) from error

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


def require_band(
    reading: Reading, names: Collection[str], band: tuple[float, float]
) -> tuple[Message, ...]:
    """Refuse a recording that has no such band, and say if it has a part of it only.

    Raises
    ------
    UserError
        As `require_rate` and `signal.passband.check_band`.
    """
    require_rate(reading, band[1])
    check_band(reading.info, names, Message("The measure"), band)
    said = weakened(reading.info, names, band)
    return () if said is None else (said,)


def counted(window: str, n_windows: int) -> str:
    """Return how spectra were estimated, with the number of windows."""
    return f"{window}, {n_windows} windows"
