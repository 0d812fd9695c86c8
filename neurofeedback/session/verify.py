"""Run a recorded session through the engine again and compare.

Responsible for finding out whether every logged feature, threshold, reward, hold, feedback value
and engine event follows from the recorded samples and commands, bit for bit, and for naming the
first difference. Not responsible for reading files (`recording.read.reader`) nor for mending them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.events import ENGINE_KINDS, Event, EventKind
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.concealment import SealedPart
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import DamagedSession, SessionReader
from neurofeedback.recording.tables import MISSING, DisplayRow, feedback_columns, to_float
from neurofeedback.session.display import FedBack, check_display, mode_of_frame
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.prepare import versions
from neurofeedback.session.rerun import (
    RUN_SECONDS,
    CommandAt,
    in_long_runs,
    logged_commands,
    with_commands,
)
from neurofeedback.session.rerun_concealed import Rerun, open_sealed, sealed_boundary, within
from neurofeedback.study.donors import DonorPool

UNFINISHED = ("failed", "recovered")  # there may be samples that were never processed
SILENCE = (
    EventKind.STREAM_LOST,
    EventKind.FEEDBACK_STALE,
    EventKind.RECORDING_ALARM,
    EventKind.ERROR,
)


@dataclass(slots=True)
class VerifyReport:
    """What was compared and what differs.

    Parameters
    ----------
    folder : Path
        The session's folder.
    n_samples : int
        Samples run through the engine again.
    n_frames, n_events, n_displayed : int
        Logged feedback rows and engine events found again, and displayed values that belong to a
        logged frame.
    problems : list of str
        A sentence for each kind of difference or damage; the first place of each is named.
    notes : list of str
        Facts that are no fault: other versions, a session that was cut short.
    """

    folder: Path
    n_samples: int = 0
    n_frames: int = 0
    n_events: int = 0
    n_displayed: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything was found again."""
        return not self.problems


def verify_session(
    path: Path | str,
    progress: Callable[[int, int], None] | None = None,
    key: RSAPrivateKey | None = None,
    donors: DonorPool | None = None,
) -> VerifyReport:
    """Verify a recorded session.

    Parameters
    ----------
    path : path-like
        Session folder or any file of it.
    progress : callable or None
        Called with the samples done and the samples in all.
    key : RSAPrivateKey or None
        Unblinding key of the study, to verify what is sealed in a concealed session too. Without
        it everything that lies open is verified.
    donors : DonorPool or None
        Donors of the study, of which the sealed part may name one.

    Returns
    -------
    VerifyReport

    Raises
    ------
    UserError
        If there is no session there, or what was known at its start cannot be read.
    """
    reader = SessionReader(path)
    report = VerifyReport(reader.layout.session_dir, problems=check_files(path))
    report.notes += _version_notes(reader)
    with suppress(DamagedSession):  # reported already
        _check_start(reader, report)
    whole = _is_whole(reader, report)
    part = _open(reader, key, report)
    engine = _engine(reader, part, donors, report)
    if report.problems or engine is None:
        return report
    events = reader.events()
    commands = _commands(events, report)
    found = Rerun(reader.start)
    runs = in_long_runs(reader.iter_chunks(), round(RUN_SECONDS * reader.info.sfreq))
    for chunk in with_commands(runs, commands, engine):
        found.add(engine.step(chunk))
        report.n_samples += chunk.n_times
        if progress is not None:
            progress(report.n_samples, reader.n_samples)
    _compare_rows(reader, found.open_rows, whole, report)
    _compare_events(events, found.events, whole, report)
    if part is not None:
        if not whole:
            part = within(part, reader)
        _compare_sealed(part, found, whole, report)
    if part is not None or not found.concealed:
        shown = reader.display_rows() if part is None else part.display
        _check_display(reader, shown, found.rows, events, report)
    return report


def _open(
    reader: SessionReader, key: RSAPrivateKey | None, report: VerifyReport
) -> SealedPart | None:
    if reader.start.study is None:
        return None
    if key is None:
        there = reader.layout.sealed.exists()
        report.notes.append(
            "The arm of this session is concealed: what lies open is verified. "
            + (
                "With the unblinding key of the study the rest is too."
                if there
                else "The sealed part is not here."
            )
        )
        return None
    try:
        return open_sealed(reader, key)
    except UserError as error:
        report.problems.append(str(error))
        return None


def _compare_sealed(part: SealedPart, found: Rerun, whole: bool, report: VerifyReport) -> None:
    def differs(i: int, was: str, now: str) -> str:
        return f"Sealed line {i + 1} is logged as {was[:200]}, comes out as {now[:200]}."

    for noun, logged, now in (
        ("sealed frames", part.frames, found.sealed_frames),
        ("sealed events", part.events, found.sealed_events),
    ):
        _count_equal(logged, now, whole, ("", noun), differs, report)


def _is_whole(reader: SessionReader, report: VerifyReport) -> bool:
    stopped = reader.stopped
    if stopped is None:
        report.notes.append("The session was not ended: everything up to its end was compared.")
        report.notes += reader.beyond
        return False
    if stopped.details.get("status") in UNFINISHED:
        reason = stopped.details.get("reason")
        report.notes.append(f"The session was cut short ({reason}): what it logged was compared.")
        return False
    return True


def _version_notes(reader: SessionReader) -> list[str]:
    now, then = versions(), reader.start.versions
    changed = [
        f"{name} {then.get(name, 'unknown')} then, {now[name]} now"
        for name in now
        if then.get(name) != now[name]
    ]
    if not changed:
        return []
    return [f"Versions differ, so the last bits may too: {'; '.join(changed)}."]


def _engine(
    reader: SessionReader, part: SealedPart | None, donors: DonorPool | None, report: VerifyReport
) -> SessionEngine | None:
    start = reader.start
    try:
        spec = ProtocolSpec.model_validate(start.protocol)
        boundary = None if part is None else sealed_boundary(reader, spec, part, donors)
        engine = SessionEngine(start.stream, spec, start.bads, boundary)
    except ValidationError as error:
        report.problems.append(f"This version cannot run the recorded protocol: {error}.")
        return None
    except UserError as error:
        report.problems.append(str(error))
        return None
    if spec.hash != start.protocol_hash:
        report.problems.append(
            f"{reader.layout.protocol}: the protocol does not have the hash that was recorded."
        )
    if tuple(engine.descriptors) != tuple(start.descriptors):
        report.problems.append(
            f"{reader.layout.protocol}: the features are described otherwise than computed."
        )
    return engine


def _check_start(reader: SessionReader, report: VerifyReport) -> None:
    """Compare what was known at the start with the first event of the log."""
    known = reader.start.to_dict()
    first = next(iter(reader.events()), None)
    if first is None or first.kind is not EventKind.SESSION_STARTED:
        report.problems.append(f"{reader.layout.log} does not begin with SessionStarted.")
        return
    for key, value in known.items():
        if first.details.get(key) != value:
            report.problems.append(
                f"{reader.layout.protocol}: {key} is not what SessionStarted in the log says."
            )


def _commands(events: Sequence[Event], report: VerifyReport) -> list[CommandAt]:
    try:
        return logged_commands(events)
    except UserError as error:
        report.problems.append(f"No command of this program is logged: {error}")
        return []


def _compare_rows(
    reader: SessionReader, rows: Sequence[str], whole: bool, report: VerifyReport
) -> None:
    table, names = reader.layout.feedback, list(reader.start.feedback_columns)

    def differs(i: int, was: str, now: str) -> str:
        return f"{table}, line {i + 2}: {_difference(names, was, now)}"

    logged = reader.feedback_lines()
    report.n_frames = _count_equal(logged, rows, whole, (f"{table}: ", "rows"), differs, report)


def _compare_events(
    logged: Sequence[Event], found: Sequence[Event], whole: bool, report: VerifyReport
) -> None:
    def differs(i: int, was: str, now: str) -> str:
        return f"Engine event {i + 1} is logged as {was}, comes out as {now}."

    before = [e.to_json() for e in logged if e.kind in ENGINE_KINDS]
    now = [e.to_json() for e in found]
    report.n_events = _count_equal(before, now, whole, ("", "engine events"), differs, report)


def _count_equal(
    logged: Sequence[str],
    found: Sequence[str],
    whole: bool,
    what: tuple[str, str],
    differs: Callable[[int, str, str], str],
    report: VerifyReport,
) -> int:
    """Count the lines found again up to the first difference, and report that or a missing end."""
    for i, (was, now) in enumerate(zip(logged, found, strict=False)):
        if was != now:
            report.problems.append(differs(i, was, now))
            return i
    if len(logged) > len(found) or (whole and len(logged) < len(found)):
        where, noun = what
        report.problems.append(
            f"{where}{len(logged)} {noun} are logged, the samples give {len(found)}."
        )
    return min(len(logged), len(found))


def _difference(names: Sequence[str], was: str, now: str) -> str:
    cells = zip_longest(names, was.split("\t"), now.split("\t"))
    sample = was.split("\t", 1)[0]
    for name, old, new in cells:
        if old != new:
            return f"at sample {sample}, {name} is logged as {old}, and comes out as {new}."
    return f"at sample {sample}, the row is not as it would be written."


def _check_display(
    reader: SessionReader,
    shown: Sequence[DisplayRow],
    rows: Sequence[str],
    events: Sequence[Event],
    report: VerifyReport,
) -> None:
    """Check that what is logged as displayed can follow from what was fed back."""
    columns = list(feedback_columns(reader.start.descriptors))
    at, held, phase = (columns.index(name) for name in ("value", "held", "phase"))
    cells = [row.split("\t") for row in rows]
    fed_back = FedBack(
        samples=np.array([int(row[0]) for row in cells], dtype=np.int64),
        values=np.array([to_float(row[at]) for row in cells]),
        modes=[
            mode_of_frame(row[phase], None if row[held] == MISSING else row[held]) for row in cells
        ],
    )
    silent = any(event.kind in SILENCE for event in events)
    resumed = [e.sample + 1 for e in events if e.kind is EventKind.SESSION_RESUMED]
    report.n_displayed, problem = check_display(shown, fed_back, silent, resumed)
    if problem:
        line = report.n_displayed + 2
        report.problems.append(f"{reader.layout.display}, line {line}: {problem}.")
