"""Run a recorded session through the engine again and compare.

Responsible for finding out whether every logged feature, threshold, reward, hold, feedback value
and engine event follows from the recorded samples and commands, bit for bit, and for naming the
first difference. Not responsible for reading files (`recording.read.reader`) nor for mending them.

Longer than most modules: everything that is compared, in the order in which a reader wants to know
it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.events import ENGINE_KINDS, Event, EventKind
from neurofeedback.protocols.file.problems import problems_of
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.concealment import SealedPart
from neurofeedback.recording.debrief import debrief_path
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import DamagedSession, SessionReader
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.display import FedBack, check_display
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.prepare import versions
from neurofeedback.session.verification.concealed import Rerun, open_sealed, sealed_boundary, within
from neurofeedback.session.verification.delivery import delivered_in
from neurofeedback.session.verification.rerun import (
    RUN_SECONDS,
    CommandAt,
    in_long_runs,
    logged_commands,
    with_commands,
)
from neurofeedback.session.verification.rounding import Rounding
from neurofeedback.session.verification.rows import FedBackRows, RowComparison, other_number
from neurofeedback.signal.power.prior import recorded_prior
from neurofeedback.study.delivery import Allocated
from neurofeedback.study.donors import DonorPool
from neurofeedback.study.keys import UnblindingKey
from neurofeedback.words.message import Message, joined

# What the last digits depend on.
ROUNDS = ("python", "numpy", "scipy", "machine", "processor", "system")
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
    problems : list of Message
        A sentence for each kind of difference or damage; the first place of each is named.
    notes : list of Message
        Facts that are no fault: other versions, a session that was cut short.
    rounding : Rounding or None
        What differs in the last digits, for a session of other versions of Python, NumPy or SciPy
        or another machine; None where every bit must be the same.
    unopened : bool
        Whether the samples are sealed and there was no key, so that nothing was run again.
    """

    folder: Path
    n_samples: int = 0
    n_frames: int = 0
    n_events: int = 0
    n_displayed: int = 0
    problems: list[Message] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    rounding: Rounding | None = None
    unopened: bool = False

    @property
    def exact(self) -> bool:
        """Whether everything was found again to the last bit."""
        return self.ok and not (self.rounding and self.rounding.n_lines)

    @property
    def ok(self) -> bool:
        """Whether everything was found again, but for rounding where that may differ."""
        return not self.problems


def verify_session(
    path: Path | str,
    progress: Callable[[int, int], None] | None = None,
    key: UnblindingKey | None = None,
    donors: DonorPool | None = None,
    allocated: Allocated | None = None,
) -> VerifyReport:
    """Verify a recorded session.

    Parameters
    ----------
    path : path-like
        Session folder or any file of it.
    progress : callable or None
        Called with the samples done and the samples in all.
    key : UnblindingKey or None
        Unblinding key of the study, to verify what is sealed in a concealed session too. Without
        it everything that lies open is verified.
    donors : DonorPool or None
        Donors of the study, of which the sealed part may name one.
    allocated : Allocated or None
        The opened list of the study, to tell whether a station of the study sealed the session and
        gave it what was allocated.

    Returns
    -------
    VerifyReport

    Raises
    ------
    UserError
        If there is no session there, or what was known at its start cannot be read.
    """
    reader = SessionReader(path, key=None if key is None else key.private)
    report = VerifyReport(reader.layout.session_dir, problems=check_files(path))
    _compare_versions(reader, report)
    with suppress(DamagedSession):  # reported already
        _check_start(reader, report)
    report.notes += _unprotected(reader.layout)
    whole = _is_whole(reader, report)
    part = _open(reader, key, report)
    if part is not None and key is not None:
        _check_delivery(reader, key, allocated, report)
    engine = _engine(reader, part, donors, report)
    if report.problems or engine is None:
        return report
    if key is None and reader.start.samples_sealed:
        report.unopened = True
        report.notes.append(
            Message("The samples are sealed: without the key their checksums alone were verified.")
        )
        return report
    events = reader.events()
    commands = _commands(events, report)
    found, fed_back = Rerun(reader.start), FedBackRows(reader)
    compared = RowComparison(reader, report.rounding)
    runs = in_long_runs(reader.iter_chunks(), round(RUN_SECONDS * reader.info.sfreq))
    for chunk in with_commands(runs, commands, engine):
        found.add(engine.step(chunk))
        rows, open_rows = found.take_rows()
        compared.take(open_rows)
        fed_back.take(rows)
        report.n_samples += chunk.n_times
        if progress is not None:
            progress(report.n_samples, reader.n_samples)
    report.n_frames, problem = compared.finish(whole)
    report.problems += [problem] if problem is not None else []
    _compare_events(events, found.events, whole, report)
    if part is not None:
        if not whole:
            part = within(part, reader)
        _compare_sealed(part, found, whole, report)
    if part is not None or not found.concealed:
        shown = reader.display_rows() if part is None else part.display
        _check_display(reader, shown, fed_back.frames, events, report)
    return report


def _unprotected(layout: SessionLayout) -> list[Message]:
    """Say which files were made after the log had ended, so that nothing in it vouches for them."""
    made = [path.name for path in (layout.report, debrief_path(layout)) if path.exists()]
    if not made:
        return []
    return [
        Message(
            "Not verified, since nothing in the log vouches for what is written after its end: "
            "{names}.",
            names=", ".join(made),
        )
    ]


def _open(
    reader: SessionReader, key: UnblindingKey | None, report: VerifyReport
) -> SealedPart | None:
    if reader.start.study is None:
        return None
    if key is None:
        rest = Message("The sealed part is not here.")
        if reader.layout.sealed.exists():
            rest = Message("With the unblinding key of the study the rest is too.")
        is_open = Message("The arm of this session is concealed: what lies open is verified.")
        report.notes.append(joined((is_open, rest)))
        return None
    try:
        return open_sealed(reader, key)
    except UserError as error:
        report.problems.append(error.message)
        return None


def _check_delivery(
    reader: SessionReader, key: UnblindingKey, allocated: Allocated | None, report: VerifyReport
) -> None:
    if allocated is not None:
        report.problems += allocated.differences(delivered_in(reader, key))
        return
    report.notes.append(
        Message("Who sealed the session was not verified: that takes the study's folder.")
    )


def _compare_sealed(part: SealedPart, found: Rerun, whole: bool, report: VerifyReport) -> None:
    def differs(i: int, was: str, now: str) -> Message:
        return Message(
            "Sealed line {number} is logged as {was}, comes out as {now}.",
            number=i + 1, was=was[:200], now=now[:200],
        )  # fmt: skip

    for noun, logged, now in (
        (Message("sealed frames"), part.frames, found.sealed_frames),
        (Message("sealed events"), part.events, found.sealed_events),
    ):
        _count_equal(logged, now, whole, noun, differs, report)


def _is_whole(reader: SessionReader, report: VerifyReport) -> bool:
    stopped = reader.stopped
    if stopped is None:
        report.notes.append(
            Message("The session was not ended: everything up to its end was compared.")
        )
        report.notes += reader.beyond
        return False
    if stopped.details.get("status") in UNFINISHED:
        report.notes.append(
            Message(
                "The session was cut short ({reason}): what it logged was compared.",
                reason=Message(str(stopped.details.get("reason"))),
            )
        )
        return False
    return True


def _compare_versions(reader: SessionReader, report: VerifyReport) -> None:
    """Note what is of another version, and allow for rounding where that may be why.

    Early sessions do not tell the processor.
    """
    now, then = versions(), reader.start.versions
    told = [
        Message("{name} {then} then, {now} now", name=name, then=then[name], now=now[name])
        for name in now
        if name in then and then[name] != now[name]
    ]
    if told:
        report.notes.append(
            Message(
                "Versions differ, so the last bits may too: {versions}.",
                versions=joined(told, "; "),
            )
        )
    if any(then.get(name) != now[name] for name in ROUNDS):
        report.rounding = Rounding()


def _engine(
    reader: SessionReader, part: SealedPart | None, donors: DonorPool | None, report: VerifyReport
) -> SessionEngine | None:
    start = reader.start
    try:
        spec = ProtocolSpec.model_validate(start.protocol)
        boundary = None if part is None else sealed_boundary(reader, spec, part, donors)
        engine = SessionEngine(
            start.stream,
            spec,
            start.bads,
            boundary,
            recorded_prior(start.versions),
        )
    except ValidationError as error:
        first = problems_of(error, start.protocol, {})[0]
        report.problems.append(
            Message(
                "{path}: this version cannot run the recorded protocol: {problem}.",
                path=reader.layout.protocol, problem=first.text,
            )
        )  # fmt: skip
        return None
    except UserError as error:
        report.problems.append(error.message)
        return None
    path = reader.layout.protocol
    if spec.hash != start.protocol_hash:
        report.problems.append(
            Message("{path}: the protocol does not have the hash that was recorded.", path=path)
        )
    described, known = (
        json.dumps([one.to_dict() for one in descriptors])
        for descriptors in (engine.descriptors, start.descriptors)
    )
    if described != known and not (report.rounding and report.rounding.equal(known, described)):
        report.problems.append(
            Message("{path}: the features are described otherwise than computed.", path=path)
        )
    return engine


def _check_start(reader: SessionReader, report: VerifyReport) -> None:
    """Compare what was known at the start with the first event of the log."""
    known = reader.start.to_dict()
    first = next(iter(reader.events()), None)
    if first is None or first.kind is not EventKind.SESSION_STARTED:
        report.problems.append(
            Message("{path} does not begin with SessionStarted.", path=reader.layout.log)
        )
        return
    for key, value in known.items():
        if first.details.get(key) != value:
            report.problems.append(
                Message(
                    "{path}: {key} is not what SessionStarted in the log says.",
                    path=reader.layout.protocol, key=key,
                )
            )  # fmt: skip


def _commands(events: Sequence[Event], report: VerifyReport) -> list[CommandAt]:
    try:
        return logged_commands(events)
    except UserError as error:
        report.problems.append(
            Message("No command of this program is logged: {reason}", reason=error)
        )
        return []


def _compare_events(
    logged: Sequence[Event], found: Sequence[Event], whole: bool, report: VerifyReport
) -> None:
    def differs(i: int, was: str, now: str) -> Message:
        return Message(
            "Engine event {number} is logged as {was}, comes out as {now}.",
            number=i + 1, was=was, now=now,
        )  # fmt: skip

    before = [e.to_json() for e in logged if e.kind in ENGINE_KINDS]
    now = [e.to_json() for e in found]
    noun = Message("engine events")
    report.n_events = _count_equal(before, now, whole, noun, differs, report)


def _count_equal(
    logged: Sequence[str],
    found: Sequence[str],
    whole: bool,
    noun: Message,
    differs: Callable[[int, str, str], Message],
    report: VerifyReport,
) -> int:
    """Count the lines found again up to the first difference, and report that or a missing end."""
    for i, (was, now) in enumerate(zip(logged, found, strict=False)):
        if was != now and not (report.rounding and report.rounding.equal(was, now)):
            report.problems.append(differs(i, was, now))
            return i
    if len(logged) > len(found) or (whole and len(logged) < len(found)):
        report.problems.append(other_number(len(logged), noun, len(found)))
    return min(len(logged), len(found))


def _check_display(
    reader: SessionReader,
    shown: Sequence[DisplayRow],
    fed_back: FedBack,
    events: Sequence[Event],
    report: VerifyReport,
) -> None:
    """Check that what is logged as displayed can follow from what was fed back."""
    silent = any(event.kind in SILENCE for event in events)
    resumed = [e.sample + 1 for e in events if e.kind is EventKind.SESSION_RESUMED]
    report.n_displayed, problem = check_display(shown, fed_back, silent, resumed)
    if problem:
        report.problems.append(
            Message(
                "{path}, line {number}: {reason}.",
                path=reader.layout.display, number=report.n_displayed + 2, reason=problem,
            )
        )  # fmt: skip
