"""From what was asked for to the parts of a session.

Responsible for building source, protocol and recorder from arguments, and for which value counts
where none was given: the environment, then the settings. Not responsible for running a session, nor
for the settings themselves (`neurofeedback.settings`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.app.remarks import remark
from neurofeedback.errors import UserError
from neurofeedback.words.message import Message

if TYPE_CHECKING:
    from neurofeedback.acquisition.given_names import GivenNames
    from neurofeedback.acquisition.lsl.markers import MarkerStreams
    from neurofeedback.acquisition.source import Source
    from neurofeedback.frames import FeedbackFrame
    from neurofeedback.session.prepare import PreparedSession
    from neurofeedback.settings.model import Settings

RATE = "?rate="
SOURCES = Message("lsl, lsl:NAME, brainflow:BOARD, file:PATH or synthetic")

_remarked: set[str] = set()


def workstation_settings() -> Settings:
    """Return the settings in use; that a file was refused is said once, and the defaults count."""
    from neurofeedback.settings.store import load

    loaded = load()
    if loaded.problem is not None and loaded.problem not in _remarked:
        _remarked.add(loaded.problem)
        remark(loaded.problem)
    return loaded.workstation.settings


def index_address(where: str | None) -> str | None:
    """Return where the index lies: as given, from the environment, or as set; else None."""
    from neurofeedback.settings.effective import value_of

    return where or value_of(workstation_settings(), "index") or None


def operator_or_set(name: str) -> str:
    """Return who works here: as given, from the environment, or as set; else empty."""
    from neurofeedback.settings.effective import value_of

    return name or value_of(workstation_settings(), "operator")


def output_root(out: Path | None) -> Path:
    """Return where recordings go: as given, from the environment, as set, or the user's own."""
    if out is not None:
        return out
    from neurofeedback.settings.effective import recordings_folder

    return recordings_folder(workstation_settings())


def second_root(second: Path | None) -> Path:
    """Return where a recording goes on when its disk fails: as given, as set, or the user's own."""
    if second is not None:
        return second.absolute()
    from neurofeedback.settings.effective import second_folder

    return second_folder(workstation_settings())


@dataclass(frozen=True, slots=True)
class InStudy:
    """Which study a session belongs to, as typed.

    Parameters
    ----------
    folder : Path
    station_key : Path or None
    stratum : str or None
    operator : str
    """

    folder: Path
    station_key: Path | None
    stratum: str | None
    operator: str


def prepare(
    source: Source,
    protocol: str | None,
    *,
    participant: str,
    out: Path | None,
    bads: Sequence[str] | None,
    study: InStudy | None = None,
    second: Path | None = None,
) -> PreparedSession:
    """Return a session ready to run; nothing is written before source and protocol fit.

    Parameters
    ----------
    source : Source
        Not yet opened.
    protocol : str or None
        Name or path of the protocol; None where a study is given, which has its own.
    participant : str
        Participant code.
    out : Path or None
        Folder of the recordings; see `output_root`.
    bads : sequence of str or None
        Channels to leave out.
    study : InStudy or None
    second : Path or None
        Where the recording goes on when its disk fails; see `second_root`.

    Raises
    ------
    UserError
        If anything of it is refused.
    """
    from neurofeedback.protocols.file.reading import load_protocol
    from neurofeedback.session.prepare import prepare_session

    if study is not None:
        return _prepare_in_study(source, protocol, participant, out, bads, study, second)
    if protocol is None:
        raise UserError("Give the protocol with -p, or the study with --study.")
    return prepare_session(
        source,
        load_protocol(protocol),
        root=output_root(out),
        participant=participant,
        started=datetime.now().astimezone(),
        bads=tuple(bads or ()),
        second=second_root(second),
    )


def _prepare_in_study(
    source: Source,
    protocol: str | None,
    participant: str,
    out: Path | None,
    bads: Sequence[str] | None,
    given: InStudy,
    second: Path | None,
) -> PreparedSession:
    from neurofeedback.session.prepare import prepare_study_session
    from neurofeedback.study.folder import Study
    from neurofeedback.study.keys import load_station_key

    study = Study(given.folder)
    if protocol is not None:
        raise UserError("Study {study!r} has its own protocol; leave out -p.", study=study.name)
    if given.station_key is None:
        raise UserError("A session of study {study!r} needs --station-key FILE.", study=study.name)
    return prepare_study_session(
        source,
        study,
        root=output_root(out),
        participant=participant,
        started=datetime.now().astimezone(),
        station_key=load_station_key(given.station_key),
        stratum=given.stratum,
        operator=given.operator,
        bads=tuple(bads or ()),
        second=second_root(second),
    )


def in_study(
    folder: Path | None, station_key: Path | None, stratum: str | None, operator: str
) -> InStudy | None:
    """Return what was typed of a study; None where there is none."""
    if folder is None:
        return None
    return InStudy(folder, station_key, stratum, operator_or_set(operator))


def make_source(text: str, *, unit: str | None = None, given: GivenNames | None = None) -> Source:
    """Return the source that `text` names; it is not opened yet.

    Parameters
    ----------
    text : str
        ``lsl``, ``lsl:NAME``, ``brainflow:BOARD?key=value``, ``file:PATH`` or ``synthetic``; an
        LSL stream may be followed by its true rate, ``lsl:NAME?rate=256``.
    unit : str or None
        Unit of the voltage channels, overruling what the sender or file says.
    given : GivenNames or None
        Names of electrodes that the user gives.

    Raises
    ------
    UserError
        If `text` names no kind of source, or one whose channels cannot be named.
    """
    kind, _, rest = text.partition(":")
    if kind == "lsl":
        from neurofeedback.acquisition.lsl.settings import use_settings

        use_settings()
        from neurofeedback.acquisition.lsl import LslSource

        query, rate = _query_and_rate(rest)
        return LslSource(query, rate=rate, unit=unit, given=given)
    if kind == "brainflow":
        from neurofeedback.acquisition.boards.source import BoardSource

        return BoardSource(rest, unit=unit, given=given)
    if kind == "file" and rest:
        from neurofeedback.acquisition.replay import ReplaySource

        return ReplaySource(rest, speed=1.0, unit=unit, given=given)
    if text == "synthetic" and given is not None:
        raise UserError("The channels of the synthetic participant have names: leave these out.")
    if text == "synthetic":
        from neurofeedback.acquisition.synthetic import SyntheticSource

        return SyntheticSource(learner=True)
    raise UserError("There is no source {text!r}: give {known}.", text=text, known=SOURCES)


def at_rate(text: str, rate: float) -> str:
    """Return the name of a source of LSL with a rate that overrules what its sender declares."""
    kind, _, rest = text.partition(":")
    return f"{kind}:{rest.partition(RATE)[0]}{RATE}{rate:g}"


def _query_and_rate(text: str) -> tuple[str, float | None]:
    query, asked, given = text.partition(RATE)
    if not asked:
        return query, None
    try:
        rate = float(given)
    except ValueError:
        rate = math.nan
    if not 1.0 <= rate <= 100_000.0:
        raise UserError("The rate {rate!r} is not valid: give samples a second.", rate=given)
    return query, rate


def markers_beside(source: str, names: Sequence[str] | None) -> MarkerStreams | None:
    """Return the marker streams to be recorded beside a source; they are listened to from now on.

    Parameters
    ----------
    source : str
        As for `make_source`.
    names : sequence of str or None
        Which streams; None for all that are found on this machine.

    Returns
    -------
    MarkerStreams or None
        None for a source whose samples are not stamped by the clock of LSL.

    Raises
    ------
    UserError
        If streams are named beside such a source, or one is not there.
    """
    if source.partition(":")[0] != "lsl":
        if names:
            raise UserError(
                "Markers can be recorded beside an LSL stream only: leave out --markers."
            )
        return None
    from neurofeedback.acquisition.lsl.settings import use_settings

    use_settings()
    from neurofeedback.acquisition.lsl.markers import MarkerStreams

    return MarkerStreams(names)


def learner_of(source: Source) -> Callable[[FeedbackFrame], None] | None:
    """Return what a source wants to hear of its feedback: a synthetic participant learns."""
    from neurofeedback.acquisition.synthetic import SyntheticSource

    return source.reinforce if isinstance(source, SyntheticSource) else None


def parse_speed(text: str) -> float:
    """Return a speed as a factor; ``max`` is infinity.

    Raises
    ------
    UserError
        If it is neither ``max`` nor a number from 0.1 to 1000.
    """
    if text == "max":
        return math.inf
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0.1 <= speed <= 1000:
        raise UserError(
            "The speed {text!r} is not valid: give 1, 10, another factor, or max.", text=text
        )
    return speed
