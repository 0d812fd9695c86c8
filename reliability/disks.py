"""Disks that fail under a running session: how soon the operator knows, and what is lost."""

from __future__ import annotations

import logging
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.table import Table
from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.recover import recover_session, unfinished
from neurofeedback.recording.write.writer import SessionRecorder
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.sink import Record
from neurofeedback.session.status import ENDED
from neurofeedback.session.verification.verify import verify_session
from reliability import faults
from reliability.endurance import LiveSource
from reliability.sessions import bids_errors, protocol

BEFORE = 2.5  # s of recording before the disk fails
AFTER = 3.0  # s of recording afterwards
CALM = 20.0  # s to wait until there is no alarm before the disk fails
PATIENCE = 3.0  # s to wait for an alarm
LOOK = 0.005


@dataclass(frozen=True)
class Case:
    """One way to fail.

    Parameters
    ----------
    name : str
        In words.
    fault : callable
        Breaks the disk of a recorder; returns what mends it.
    second : bool
        Whether there is a second place.
    mend : bool
        Whether the disk is mended while the session runs.
    small : bool
        Whether the disk is a small one of its own.
    alarm : bool
        Whether there must be an alarm.
    after : float
        How long the session goes on then, s.
    """

    name: str
    fault: Callable[[SessionRecorder], faults.Undo]
    second: bool = True
    mend: bool = False
    small: bool = False
    alarm: bool = True
    after: float = AFTER


CASES = (
    Case("full, second place", faults.fill, small=True),
    Case("full, space freed after 3 s", faults.fill, second=False, mend=True, small=True),
    Case("full for good, no second place", faults.fill, second=False, small=True, after=40.0),
    Case("EIO in the samples, second place", faults.broken("raw")),
    Case("EIO in the log, second place", faults.broken("log")),
    Case("EIO in the samples, no second place", faults.broken("raw"), second=False),
    Case("never confirms: fdatasync fails", faults.unconfirmed),
    Case("data file made read-only", faults.protected),
    Case("session folder removed", faults.removed),
    Case("dataset moved away", faults.moved),
    Case("each write takes 500 ms", faults.slow(0.5), second=False),
    Case("writes of samples take 500 ms", faults.slow(0.5, "_eeg.eeg"), second=False),
    Case("each fdatasync takes 500 ms", faults.slow_sync(0.5), second=False, alarm=False),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a session under a failing disk."""

    latency: float
    sentence: str
    acknowledged: int
    kept: int
    wrong: tuple[str, ...]


class Stand:
    """A session in real time whose disk can be broken.

    Parameters
    ----------
    root : Path
        The dataset.
    second : Path or None
    """

    def __init__(self, root: Path, second: Path | None) -> None:
        self.root, self.second = root, second
        source = LiveSource(seed=3, n_channels=64, sfreq=1000.0, chunk_seconds=0.032)
        session = prepare_session(
            source,
            protocol(2.0, 120.0),
            root=root,
            participant="p1",
            started=datetime.now(UTC),
            second=second,
        )
        self.recorder = recorder = session.recorder
        self.acknowledged = 0
        append = recorder.append

        def told(records: Sequence[Record]) -> None:
            append(records)
            self.acknowledged = recorder.n_samples

        recorder.append = told  # type: ignore[method-assign]
        self.runner = SessionRunner(source, session.info, session.spec, session.engine, recorder)

    def alarm(self) -> str | None:
        return self.runner.status().alarm

    def run(self, seconds: float) -> None:
        """Let it run for so long, or until it has ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.runner.status().state not in ENDED:
            time.sleep(LOOK)

    def wait_for_calm(self) -> str | None:
        """Wait while the machine is busy with other things; return an alarm that does not end."""
        until = time.monotonic() + CALM
        while (said := self.alarm()) is not None and time.monotonic() < until:
            time.sleep(LOOK)
        return said

    def seconds_to_alarm(self) -> tuple[float, str]:
        """Wait for an alarm; return how long it took and what it says."""
        began = time.monotonic()
        while (said := self.alarm()) is None and time.monotonic() - began < PATIENCE:
            time.sleep(LOOK)
        return (time.monotonic() - began if said else math.nan), said or ""


def fail_once(case: Case, folder: Path) -> Outcome:
    """Run a session, break its disk, end and recover it, and say what became of it."""
    with ExitStack() as stack:
        disk = folder / "disk"
        if case.small:
            stack.enter_context(faults.small_disk(disk))
        stand = Stand(disk / "data", folder / "second" if case.second else None)
        stand.runner.start()
        stand.run(BEFORE)
        early = stand.wait_for_calm()
        undo = case.fault(stand.recorder)
        latency, sentence = stand.seconds_to_alarm()
        mended = False
        stand.run(1.0)
        sentence = stand.alarm() or sentence  # of a disk that is full, first that it will be soon
        stand.run(case.after - 1.0)
        if case.mend:
            undo()
            mended = True
            stand.run(AFTER)
        stand.runner.stop()
        stand.runner.wait(60.0)
        if not mended:
            undo()
        wrong = [f"an alarm before the disk failed: {early}"] if early else []
        if case.alarm and not latency <= 1.0:
            wrong.append(f"the alarm came after {latency:.2f} s")
        kept, more = _recovered(stand)
    return Outcome(latency, sentence, stand.acknowledged, kept, (*wrong, *more))


def _recovered(stand: Stand) -> tuple[int, list[str]]:
    """Put the session in order; return how many samples it has and what is wrong with it."""
    root, second = stand.root, stand.second
    layout = stand.recorder.layout
    if root.exists():
        for each in unfinished(root, second):
            report = recover_session(each, second)
            layout = each if report.joined is None else _first(root)
    wrong = list(verify_session(layout.session_dir).problems)
    wrong += bids_errors(layout.root)
    kept = SessionReader(layout).n_samples
    if kept < stand.acknowledged:
        wrong.append(f"{stand.acknowledged - kept} acknowledged samples are lost")
    return kept, wrong


def _first(root: Path) -> SessionLayout:
    return SessionLayout.find(next(root.glob("sub-*/ses-*")))


def disks(quick: bool) -> list[Table]:
    """Break the disk of a session in every way."""
    logging.getLogger("neurofeedback").setLevel(logging.CRITICAL)  # the failures are wanted
    table = Table(
        "A disk that fails under a session of 64 channels at 1 kHz",
        ["what", "alarm after, s", "acknowledged", "kept", "verified, BIDS without error"],
    )
    said = Table("What the operator reads", ["what", "sentence"])
    for case in CASES[:2] if quick else CASES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = fail_once(case, Path(folder))
            except faults.NotHere as error:
                table.add(case.name, "not tried", "", "", str(error))
                continue
            text = found.sentence.replace(folder, "").replace("/disk/data", "/DATA")
        for problem in found.wrong:
            print(f"  WRONG {case.name}: {problem}", flush=True)
        row = found.latency if case.alarm else "none needed"
        yes = "yes" if not found.wrong else "NO"
        table.add(case.name, row, found.acknowledged, found.kept, yes)
        said.add(case.name, text)
    return [table, said, _refused()]


def _refused() -> Table:
    """Start where nothing can be recorded."""
    table = Table("Refused before the first sample", ["where", "sentence"])
    for where, place in _bad_places():
        try:
            Stand(place / "data", None).recorder.abandon()
            sentence = "NOT REFUSED"
        except UserError as error:
            sentence = str(error).replace(str(place.parent), "")
        table.add(where, sentence)
    return table


def _bad_places() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            with faults.small_disk(Path(folder) / "small", "20m") as place:
                yield "a disk of 20 MB", place
            with faults.small_disk(Path(folder) / "read-only", "300m", ",ro") as place:
                yield "a read-only disk", place
        except faults.NotHere:
            pass
        (Path(folder) / "file").write_text("")
        yield "a file in the place of the folder", Path(folder) / "file"
