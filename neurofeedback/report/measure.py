"""Measures of a whole recording.

Responsible for putting together what is measured of a recording: frontal alpha asymmetry by pair
and reference, occipital alpha, and the sections of `SECTIONS`, each number with everything one must
know to compare it with another. Not responsible for any section (`faa`, `alpha`, `frontal`), nor
for cleaning: every sample counts, artefacts included.

Powers are given in microvolts squared per hertz, since a person reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.report.alpha import (
    ALPHA_TITLE,
    APERIODIC_TITLE,
    alpha_section,
    alpha_wants,
    aperiodic_section,
)
from neurofeedback.report.faa import (
    FORMULA,
    SIGN,
    LeftOut,
    PairAsymmetry,
    ReferenceAsymmetry,
    asymmetry_by_reference,
    asymmetry_wants,
    band_powers,
    measure_pairs,
    no_pairs,
)
from neurofeedback.report.frontal import (
    CORDANCE_TITLE,
    THETA_TITLE,
    cordance_section,
    cordance_wants,
    theta_section,
    theta_wants,
)
from neurofeedback.report.quality import QUALITY_TITLE, quality_section
from neurofeedback.report.roi import ROI_TITLE, roi_section, roi_wants
from neurofeedback.report.sampling import SAMPLING_TITLE, sampling_section
from neurofeedback.report.sections import WINDOW, Reading, Section, measured, require_band
from neurofeedback.report.sums import Progress, Wanted
from neurofeedback.signal.features.asymmetry import NO_DIAGNOSIS
from neurofeedback.signal.measures.asymmetry import Pair, frontal_pairs
from neurofeedback.signal.measures.spectrum import ALPHA_BAND
from neurofeedback.signal.passband import weakened
from neurofeedback.signal.reference import MIN_AVERAGED, AnyReference
from neurofeedback.words.message import Message

OCCIPITAL = ("O1", "O2")
SENTENCES = (
    Message("FAA = {formula}; {sign}.", formula=Message(FORMULA), sign=Message(SIGN)),
    NO_DIAGNOSIS,
    Message("Do not compare FAA across references: the same recording can give either sign."),
    Message("Every sample counts, artefacts included."),
)

# Key, title and function of each section, in the order they are shown. One more is one more line.
SECTIONS: tuple[tuple[str, str, Callable[[Reading], Section]], ...] = (
    ("sampling", SAMPLING_TITLE, sampling_section),
    ("quality", QUALITY_TITLE, quality_section),
    ("alpha_frequency", ALPHA_TITLE, alpha_section),
    ("aperiodic", APERIODIC_TITLE, aperiodic_section),
    ("midline_theta", THETA_TITLE, theta_section),
    ("cordance", CORDANCE_TITLE, cordance_section),
    ("roi", ROI_TITLE, roi_section),
)
# What sections want to be summed up. A section that is not here costs a pass of its own.
WANTS: tuple[Callable[[Reading], Iterable[Wanted]], ...] = (
    lambda reading: (reading.wanted(OCCIPITAL),),
    alpha_wants,
    theta_wants,
    cordance_wants,
    roi_wants,
)
_READ = 0.95  # share of the work


@dataclass(frozen=True, slots=True)
class Method:
    """How asymmetries came about, in words.

    Parameters
    ----------
    formula, sign, log, quantity : str
        Of the asymmetry.
    reference : str
        What was subtracted, e.g. ``average of 64``.
    band : (float, float)
        Hz, inclusive.
    window : str
        How spectra were estimated.
    n_windows : int
        How many windows were averaged; 0 where there is no pair.
    """

    formula: str
    sign: str
    log: str
    quantity: str
    reference: str
    band: tuple[float, float]
    window: str
    n_windows: int


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of a recording.

    Parameters
    ----------
    name : str
        Name of the file or stream.
    sfreq : float
        Hz.
    n_times : int
        Number of samples.
    seconds : float
        Length without gaps.
    eeg_channels : tuple of str
        Channels taken for EEG.
    other_channels : tuple of str
        Channels that are not.
    native_unit : str
        Unit of the samples as written in the file, or what was assumed.
    gaps : int
        Number of places where samples are missing.
    notes : tuple of Message
        What the user should know about how the file was read.
    method : Method
    faa : tuple of PairAsymmetry
        Frontal alpha asymmetry with the chosen reference, a pair each.
    faa_left_out : tuple of LeftOut
        Pairs without a value, as an electrode of theirs or of the reference had no signal.
    faa_by_reference : tuple of ReferenceAsymmetry
        The same pairs with every reference the recording allows.
    occipital_alpha : float or None
        Mean of O1 and O2 in the same band and reference; None without both.
    power_unit : str
        Unit of the powers in `faa` and of `occipital_alpha`.
    sections : tuple of Section
        Everything else, in the order of `SECTIONS`.
    sentences : tuple of Message
        To be shown beside the asymmetries.
    faa_missing : str
        Why there are no asymmetries though a pair is there, a `Message`; else empty.
    """

    name: str
    sfreq: float
    n_times: int
    seconds: float
    eeg_channels: tuple[str, ...]
    other_channels: tuple[str, ...]
    native_unit: str
    gaps: int
    notes: tuple[Message, ...]
    method: Method
    faa: tuple[PairAsymmetry, ...]
    faa_left_out: tuple[LeftOut, ...]
    faa_by_reference: tuple[ReferenceAsymmetry, ...]
    occipital_alpha: float | None
    power_unit: str
    sections: tuple[Section, ...]
    sentences: tuple[Message, ...] = SENTENCES
    faa_missing: str = ""

    def section(self, key: str) -> Section:
        """Return the section of a name."""
        return next(section for section in self.sections if section.key == key)

    def to_dict(self) -> dict[str, Any]:
        """Return the measures as plain JSON types; sections are found by their key."""
        return {**asdict(self), "sections": {s.key: s.to_dict() for s in self.sections}}


def measure_recording(
    recording: Recording,
    reference: AnyReference = "average",
    pairs: Sequence[Pair] | None = None,
    progress: Progress = lambda done: None,
) -> Measures:
    """Measure a whole recording.

    Parameters
    ----------
    recording : Recording
        As `acquisition.replay.load_recording` returns it.
    reference : 'average', 'as-recorded', 'csd' or tuple of str
        See `signal.asymmetry.reference_matrix`. Asymmetries of different references must not be
        compared.
    pairs : sequence of (str, str), optional
        Left and right channels. By default those of F3/F4, F7/F8, F1/F2 and F5/F6 that are there.
    progress : callable
        Called with the share that is done.

    Returns
    -------
    Measures

    Raises
    ------
    UserError
        If a channel that was asked for is missing, has values that are no numbers or no power at
        all, if its rate is too low, its band was filtered away or the recording is too short, or if
        nothing can be measured.
    """
    info = recording.info
    reference, on_reference = _usable_reference(info, reference)
    reading = Reading(recording, reference)
    asked = pairs is not None
    if pairs is None:
        pairs = [p for p in frontal_pairs(info.ch_names) if not set(p) & set(reading.own)]
    _require(info, pairs)
    reading.sums.prepare(_wanted(reading, pairs), lambda read: progress(_READ * read))
    reading = reading.checked()
    if reading.lost:  # averages are others without these channels
        reading.sums.prepare(_wanted(reading, pairs))
    chosen, refused = _asymmetry(reading, pairs)
    if asked and refused is not None:
        raise refused
    by_reference = asymmetry_by_reference(reading, pairs)
    sections = []
    for i, (key, title, measure) in enumerate(SECTIONS):
        sections.append(measured(key, title, measure, reading))
        progress(_READ + (1 - _READ) * (i + 1) / len(SECTIONS))
    if not chosen.pairs and all(
        s.missing for s in sections if s.key not in ("sampling", "quality")
    ):
        if refused is not None:
            raise refused
        _require(info, [("F3", "F4")])
    return Measures(
        name=info.name,
        sfreq=info.sfreq,
        n_times=recording.n_times,
        seconds=recording.seconds,
        eeg_channels=tuple(info.ch_names[i] for i in info.eeg),
        other_channels=tuple(
            n for n, t in zip(info.ch_names, info.ch_types, strict=True) if t != "eeg"
        ),
        native_unit=info.native_unit,
        gaps=len(recording.gaps),
        notes=(*recording.notes, *on_reference, *map(_left_out, reading.lost.values())),
        method=_method(reading, chosen.n_windows),
        faa=chosen.pairs,
        faa_left_out=chosen.left_out,
        faa_by_reference=by_reference,
        occipital_alpha=_occipital_alpha(reading),
        power_unit=reading.power_scale()[1],
        sections=tuple(sections),
        sentences=(*SENTENCES, *_on_band(info, pairs)),
        faa_missing="" if refused is None else refused.message,
    )


def _left_out(why: Message) -> Message:
    return Message("{why}: it is left out of values, averages and Laplacian.", why=why)


def _usable_reference(
    info: StreamInfo, reference: AnyReference
) -> tuple[AnyReference, tuple[Message, ...]]:
    """Return a reference that one or two channels have, and what is to be said of it."""
    n = sum(info.units[i] == "V" for i in info.eeg)
    if reference != "average" or not 0 < n < MIN_AVERAGED:
        return reference, ()
    said = Message(
        "{stream} has too few EEG channels for an average reference ({n}): it is measured as "
        "recorded.",
        stream=info.name, n=n,
    )  # fmt: skip
    return "as-recorded", (said,)


def _asymmetry(
    reading: Reading, pairs: Sequence[Pair]
) -> tuple[ReferenceAsymmetry, UserError | None]:
    """Return the asymmetries with the chosen reference, and why there are none."""
    try:
        found = measure_pairs(reading, pairs)
    except UserError as error:
        return no_pairs(reading), error
    if found.pairs or not found.missing:
        return found, None
    return found, UserError("{stream}: {why}.", stream=reading.info.name, why=found.missing)


def _on_band(info: StreamInfo, pairs: Sequence[Pair]) -> tuple[Message, ...]:
    said = weakened(info, {name for pair in pairs for name in pair}, ALPHA_BAND)
    return () if said is None else (said,)


def _wanted(reading: Reading, pairs: Sequence[Pair]) -> list[Wanted]:
    """Return the spectra of everything that can be measured."""
    found = list(asymmetry_wants(reading, pairs))
    for wants in WANTS:
        with suppress(UserError):  # this section cannot be measured, and will say so
            found += wants(reading)
    return found


def _require(info: StreamInfo, pairs: Sequence[Pair]) -> None:
    names = dict.fromkeys(name for pair in pairs for name in pair)
    missing = [name for name in names if name not in info.ch_names]
    if missing:
        absent: str = missing[0]
        for name in missing[1:]:
            absent = Message("{names} and no {name}", names=absent, name=name)
        raise UserError(
            "{stream} has no channel {names}, so its asymmetry cannot be measured; its "
            "channels are {there}.",
            stream=info.name,
            names=absent,
            there=", ".join(info.ch_names),
        )


def _occipital_alpha(reading: Reading) -> float | None:
    try:
        require_band(reading, OCCIPITAL, ALPHA_BAND)
        spectrum = reading.spectrum(OCCIPITAL)
    except UserError:  # a channel is missing, or has no usable values in the band: no such number
        return None
    power = band_powers(spectrum, OCCIPITAL, ALPHA_BAND)
    return sum(power.values()) / len(power) * reading.power_scale()[0]


def _method(reading: Reading, n_windows: int) -> Method:
    return Method(
        formula=FORMULA,
        sign=SIGN,
        log="natural",
        quantity="power",
        reference=reading.words,
        band=ALPHA_BAND,
        window=WINDOW,
        n_windows=n_windows,
    )
