"""Run a recorded session through the engine again and compare.

Responsible for finding out whether every logged feature, threshold, reward, hold, feedback value
and engine event follows from the recorded samples and commands, bit for bit, and for naming the
first difference. Not responsible for reading files (`recording.reader`) nor for mending them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.events import ENGINE_KINDS, Event, EventKind
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.checks import check_files
from neurofeedback.recording.reader import SessionReader
from neurofeedback.recording.tables import MISSING, feedback_columns, format_feedback_rows, to_float
from neurofeedback.session.display import FedBack, check_display, mode_of_frame
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.prepare import versions
from neurofeedback.session.rerun import CommandAt, logged_commands, with_commands

STARTED = ("protocol_name", "protocol_hash", "versions", "stream", "bads", "started")
SILENCE = (EventKind.STREAM_LOST, EventKind.FEEDBACK_STALE, EventKind.ERROR)


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
    path: Path | str, progress: Callable[[int, int], None] | None = None
) -> VerifyReport:
    """Verify a recorded session.

    Parameters
    ----------
    path : path-like
        Session folder or any file of it.
    progress : callable or None
        Called with the samples done and the samples in all.

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
    _check_start(reader, report)
    whole = _is_whole(reader, report)
    engine = _engine(reader, report)
    if report.problems or engine is None:
        return report
    events = reader.events()
    commands = _commands(events, report)
    rows: list[str] = []
    found: list[Event] = []
    for chunk in with_commands(reader.iter_chunks(), commands, engine):
        result = engine.step(chunk)
        rows += format_feedback_rows(result.features, result.feedback).splitlines()
        found += result.events
        report.n_samples += chunk.n_times
        if progress is not None:
            progress(report.n_samples, reader.n_samples)
    _compare_rows(reader, rows, whole, report)
    _compare_events(events, found, whole, report)
    _check_display(reader, rows, events, report)
    return report


def _is_whole(reader: SessionReader, report: VerifyReport) -> bool:
    stopped = reader.stopped
    if stopped is None:
        report.notes.append("The session was not ended: everything up to its end was compared.")
        report.notes += reader.beyond
        return False
    if stopped.details.get("status") == "failed":
        reason = stopped.details.get("reason")
        report.notes.append(f"The session failed ({reason}): what it logged was compared.")
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


def _engine(reader: SessionReader, report: VerifyReport) -> SessionEngine | None:
    start = reader.start
    try:
        spec = ProtocolSpec.model_validate(start.protocol)
        engine = SessionEngine(start.stream, spec, start.bads)
    except (ValidationError, UserError) as error:
        report.problems.append(f"This version cannot run the recorded protocol: {error}.")
        return None
    if spec.hash != start.protocol_hash:
        report.problems.append(
            f"{reader.layout.protocol}: the protocol does not have the hash that was recorded."
        )
    if tuple(engine.descriptors) != tuple(start.descriptors):
        report.problems.append(
            f"{reader.layout.protocol}: the features are described otherwise than computed."
        )
    if list(reader.feedback_rows()) not in ([], list(feedback_columns(start.descriptors))):
        report.problems.append(
            f"{reader.layout.feedback}: its columns are not those of the session."
        )
    return engine


def _check_start(reader: SessionReader, report: VerifyReport) -> None:
    """Compare what was known at the start with the first event of the log."""
    known = reader.start.to_dict()
    first = next(iter(reader.events()), None)
    if first is None or first.kind is not EventKind.SESSION_STARTED:
        report.problems.append(f"{reader.layout.log} does not begin with SessionStarted.")
        return
    for key in STARTED:
        if first.details.get(key) != known[key]:
            report.problems.append(
                f"{reader.layout.protocol}: {key} is not what SessionStarted in the log says."
            )


def _commands(events: Sequence[Event], report: VerifyReport) -> list[CommandAt]:
    """Return the operator's commands with the samples they took effect at."""
    try:
        return logged_commands(events)
    except UserError as error:
        report.problems.append(f"No command of this program is logged: {error}")
        return []


def _compare_rows(
    reader: SessionReader, rows: Sequence[str], whole: bool, report: VerifyReport
) -> None:
    table, names = reader.layout.feedback, list(feedback_columns(reader.start.descriptors))

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
    reader: SessionReader, rows: Sequence[str], events: Sequence[Event], report: VerifyReport
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
    report.n_displayed, problem = check_display(reader.display_rows(), fed_back, silent)
    if problem:
        line = report.n_displayed + 2
        report.problems.append(f"{reader.layout.display}, line {line}: {problem}.")
