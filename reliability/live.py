"""Faults of live streams: what is injected, and what becomes of a session under it.

A session runs over a real LSL loopback with a protocol that rewards every clean frame, so that a
frame that is fed back wrongly is a reward that is counted. `FAULTS` names what is broken.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pylsl

from neurofeedback.acquisition.lsl import LslSource
from neurofeedback.events import Event, EventKind
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.markers import Markers
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import ENDED
from neurofeedback.session.threads.backlog import BACKLOG_SECONDS
from neurofeedback.session.verification.verify import verify_session
from reliability.live_sender import (
    F3,
    F4,
    NAMES,
    SFREQ,
    Numbers,
    Packets,
    Samples,
    Sender,
    described,
    noise,
)
from reliability.pace import PacedClock

FOUND = (EventKind.FEEDBACK_STALE, EventKind.STREAM_DOUBTED, EventKind.STREAM_LOST)
PATIENCE = 30.0
# A frame sees a fault when that fills half of the window it is computed from; before, it is of the
# brain, and a reward is right.
SEEN = round(0.3 * SFREQ)


def protocol(baseline: float = 4.0) -> ProtocolSpec:
    """Return a protocol with a short baseline, s, that rewards as often as can be."""
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["signal"]["features"][0]["envelope"]["estimator"] = "cfir"
    fields["threshold"] = {"rule": "manual", "target_rate": 0.9}
    fields["reward"] |= {"dwell": 0.0, "refractory": 0.2}
    fields["blocks"] = [
        {"kind": "baseline", "seconds": baseline},
        {"kind": "train", "seconds": 300.0},
    ]
    return ProtocolSpec.model_validate(fields)


class Live:
    """A session that runs, and the sender it listens to.

    Parameters
    ----------
    name : str
        Of the stream.
    root : Path
        Where it is recorded.
    sender : Sender
    baseline : float
        Its length, s.
    clock : PacedClock, optional
        The sender's too; it waits for both of them. By default the machine's.
    markers : Markers, optional
        Recorded beside it.
    """

    def __init__(
        self,
        name: str,
        root: Path,
        sender: Sender,
        baseline: float = 4.0,
        clock: PacedClock | None = None,
        markers: Markers | None = None,
    ) -> None:
        self.name, self.sender = name, sender
        self.told: list[str] = []
        self._clock = clock or pylsl.local_clock
        self._least = math.inf
        session = prepare_session(
            LslSource(name, timeout=15.0, clock=self._clock), protocol(baseline), root=root,
            participant="01", started=datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        self.folder = session.recorder.path
        self.runner = SessionRunner.of(session, clock=self._clock, markers=markers)
        if clock is not None:
            clock.follow(sender.behind)
            clock.follow(self.behind)
        self.runner.start()

    def behind(self) -> float:
        """Return how much of what was sent is not computed with yet, s.

        What was sent before it listened is not known; the least that was ever missing is taken.
        """
        status = self.runner.status()
        if not status.recorded_samples or status.state in ENDED:
            return 0.0
        missing = (self.sender.n_pushed - status.recorded_samples) / SFREQ
        self._least = min(self._least, missing)
        return missing - self._least + status.queued * BACKLOG_SECONDS

    def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Wait for a condition, noting what the operator reads; return whether it came."""
        end = self._clock() + seconds
        while True:
            alarm = self.runner.status().alarm
            if alarm and alarm not in self.told:
                self.told.append(alarm)
            if condition():
                return True
            if self._clock() > end or self.runner.wait(0.02):
                return condition()

    def run(self, seconds: float) -> None:
        """Let so much time go by."""
        self.until(lambda: False, seconds)

    def train(self) -> bool:
        """Wait for training, and have every clean frame rewarded; return whether it came."""
        came = self.until(lambda: self.runner.status().progress.phase == "train", 12.0)
        self.runner.command(Command(CommandName.THRESHOLD, -1e6))
        return came and self.until(lambda: bool(self.runner.status().rewards), 5.0)

    @property
    def n_recorded(self) -> int:
        """Samples on disk."""
        return self.runner.status().recorded_samples


@dataclass(slots=True)
class Outcome:
    """What became of a session.

    Parameters
    ----------
    trained : bool
        Whether training had begun when the fault came; a fault from the start may prevent it.
    rewards_before, rewards_bad : int
        Rewards before the fault, and on samples that it spoilt.
    found_after : float
        Stream time from the first bad sample until feedback was held, s; NaN where none came.
    told : list of str
        What the operator read.
    logged : set of str
        Kinds of events that tell of it, and causes of holds.
    problems : list of str
        What `verify` found wrong.
    status : str
        How the session ended.
    """

    trained: bool
    rewards_before: int
    rewards_bad: int
    found_after: float
    told: list[str]
    logged: set[str]
    problems: list[str] = field(default_factory=list)
    status: str = ""


Clock = Callable[[], float]


def as_declared(name: str, clock: Clock) -> Sender:
    """Send what is declared."""
    return Sender(described(name), clock=clock)


Script = Callable[[Live], tuple[int, int]]  # breaks the session; the first and last bad sample


@dataclass(frozen=True, slots=True)
class Case:
    """A fault.

    Parameters
    ----------
    name : str
    script : callable
        Is given the session when training has begun, or `from_start`; breaks it, and returns the
        numbers of the first and the last bad sample, as recorded.
    from_start : bool
        Whether the fault is there before the session.
    quick : bool
        Whether it takes a few seconds only.
    paced : bool
        Whether its clock may wait for a busy machine: not where liblsl itself times something.
    sender : callable
        Makes the sender from the name of the stream and the clock.
    """

    name: str
    script: Script
    from_start: bool = False
    quick: bool = True
    paced: bool = True
    sender: Callable[[str, Clock], contextlib.AbstractContextManager[Sender]] = as_declared


def run(case: Case, root: Path) -> Outcome:
    """Run a session with a fault and see what became of it."""
    name = f"fault-{os.getpid()}-{time.monotonic_ns()}"
    with contextlib.ExitStack() as stack:
        clock = stack.enter_context(PacedClock()) if case.paced else None
        sender = stack.enter_context(case.sender(name, clock or pylsl.local_clock))
        live = Live(name, root, sender, clock=clock)
        trained = False if case.from_start else live.train()
        try:
            first, last = case.script(live)
        finally:
            live.runner.stop()
            live.runner.wait(PATIENCE)
    return _outcome(live, trained, first, last)


def _outcome(live: Live, trained: bool, first: int, last: int) -> Outcome:
    reader = SessionReader(live.folder)
    events = list(reader.events())
    rewards = [e.sample for e in events if e.kind is EventKind.REWARD]
    table = reader.feedback_rows()
    onset = max(0, first - SEEN)
    held = [
        int(sample)
        for sample, cause in zip(table["sample"], table["held"], strict=True)
        if int(sample) >= onset and cause not in ("n/a", "settling")
    ]
    stopped = events[-1]
    return Outcome(
        trained,
        sum(sample < first for sample in rewards),
        sum(first <= sample <= last for sample in rewards),
        (min(held) - onset) / SFREQ if held else math.nan,
        live.told,
        {logged_as(e) for e in events if e.sample >= onset - 10 or e.kind in FOUND} - {""},
        [str(problem) for problem in verify_session(live.folder).problems],
        str(stopped.details.get("status")),
    )


def logged_as(event: Event) -> str:
    """Return the word under which an event tells of a fault; empty where it tells of none."""
    if event.kind is EventKind.COMMAND:
        return str(event.details.get("cause", ""))
    known = (*FOUND, EventKind.STREAM_REFUSED, EventKind.GAP_DETECTED, EventKind.STREAM_RECOVERED)
    return str(event.kind) if event.kind in known else ""


# ---- scripts ---------------------------------------------------------------------------------


def stall(seconds: float) -> Script:
    """Have the sender stand still, then send everything."""

    def script(live: Live) -> tuple[int, int]:
        first = live.n_recorded
        live.sender.stalled = True
        live.run(seconds)
        live.sender.stalled = False
        live.until(lambda: live.n_recorded > first + (seconds - 0.5) * SFREQ)
        last = first + round((seconds - 1.2) * SFREQ)
        live.run(2.0)
        return first + SEEN, last

    return script


def late(delay: float, seconds: float = 3.0) -> Script:
    """Have every sample come late from now on."""

    def script(live: Live) -> tuple[int, int]:
        first = live.n_recorded
        live.sender.delay = delay
        live.until(lambda: live.n_recorded > first + seconds * SFREQ)
        return first + SEEN, live.n_recorded

    return script


def faulty(
    fault: Callable[[], Callable[..., Packets]], seconds: float = 4.0, after: float = 0.0
) -> Script:
    """Change what is sent from now on; it is bad `after` s later."""

    def script(live: Live) -> tuple[int, int]:
        first = live.n_recorded + round(after * SFREQ)
        live.sender.fault = fault()
        live.run(after + seconds)
        return first + SEEN, live.n_recorded

    return script


def watch(seconds: float = 8.0) -> Script:
    """Look at a stream that is wrong from its start."""

    def script(live: Live) -> tuple[int, int]:
        live.train()
        live.run(seconds)
        return 0, live.n_recorded

    return script


def lose_pieces() -> Callable[..., Packets]:
    """Lose 16 of 80 samples."""

    def fault(numbers: Numbers, stamps: Samples, values: Samples) -> Packets:
        kept = numbers % 80 >= 16
        return [(values[kept], stamps[kept])]

    return fault


def send_twice() -> Callable[..., Packets]:
    """Send each packet twice."""
    return lambda numbers, stamps, values: [(values, stamps), (values, stamps)]


def repeat_a_second() -> Callable[..., Packets]:
    """Send the same second for ever."""
    kept: list[Samples] = []

    def fault(numbers: Numbers, stamps: Samples, values: Samples) -> Packets:
        if sum(map(len, kept)) < SFREQ:
            kept.append(values)
            return [(values, stamps)]
        second = np.concatenate(kept)[: int(SFREQ)]
        return [(second[numbers % len(second)], stamps)]

    return fault


def bridge() -> Callable[..., Packets]:
    """Have F4 be F3, bit for bit."""

    def fault(numbers: Numbers, stamps: Samples, values: Samples) -> Packets:
        same = values.copy()
        same[:, F4] = same[:, F3]
        return [(same, stamps)]

    return fault


def short() -> Callable[..., Packets]:
    """Have F3 measure 0.3 uV of noise."""
    rng = np.random.default_rng(1)

    def fault(numbers: Numbers, stamps: Samples, values: Samples) -> Packets:
        shorted = values.copy()
        shorted[:, F3] = 0.3 * rng.standard_normal(len(values))
        return [(shorted, stamps)]

    return fault


def with_stamps(change: Callable[[Numbers, Samples], Samples]) -> Callable[..., Packets]:
    """Change the stamps alone."""
    return lambda numbers, stamps, values: [(values, change(numbers, stamps))]


def suspended(seconds: float) -> Script:
    """Stop this very process for a while, as a closed lid does; the sender goes on."""

    def script(live: Live) -> tuple[int, int]:
        first = live.n_recorded
        waker = f"sleep {seconds:g}; kill -CONT {os.getpid()}"
        with subprocess.Popen(["/bin/sh", "-c", waker]):
            os.kill(os.getpid(), signal.SIGSTOP)
        live.until(lambda: live.n_recorded > first + (seconds - 0.5) * SFREQ)
        live.run(2.0)
        return first + SEEN, first + round((seconds - 1.5) * SFREQ)

    return script


@contextlib.contextmanager
def elsewhere(name: str, clock: Clock) -> Iterator[Sender]:
    """Send from a process of its own, by the machine's clock."""
    process = subprocess.Popen([sys.executable, "-m", "reliability.live_sender", name])
    try:
        yield None  # type: ignore[misc]
    finally:
        process.kill()
        process.wait()


def comes_back(**changed: object) -> Script:
    """Have the stream go and another one come that looks like it."""

    def script(live: Live) -> tuple[int, int]:
        first = live.n_recorded
        live.sender.stop()
        live.until(lambda: "is lost" in (live.runner.status().alarm or ""))
        with Sender(described(live.name, **{"source_id": f"id-{live.name}", **changed})):  # type: ignore[arg-type]
            live.until(lambda: "it is not used" in (live.runner.status().alarm or ""))
            live.run(1.0)
        return first + SEEN, live.n_recorded + 1

    return script


def twin() -> Script:
    """Have a twin that was there before the loss wait to take over."""

    def script(live: Live) -> tuple[int, int]:
        with Sender(described(live.name)):
            live.run(1.0)
            first = live.n_recorded
            live.sender.stop()
            live.until(lambda: "it is not used" in (live.runner.status().alarm or ""))
            live.run(1.0)
        return first + SEEN, live.n_recorded + 1

    return script


def _at_rate(rate: float) -> Callable[[str, Clock], Sender]:
    return lambda name, clock: Sender(described(name), rate=rate, clock=clock)


FAULTS = (
    Case("sender stalls 4 s, then sends all", stall(4.0)),
    Case("sender stalls 20 s, then sends all", stall(20.0), quick=False),
    Case("sender stalls 45 s, then sends all", stall(45.0), quick=False),
    Case("lid closed 40 s", suspended(40.0), quick=False, paced=False, sender=elsewhere),
    Case("every sample 5 s late", late(5.0)),
    Case("declares 250 Hz, delivers 185.9", watch(), from_start=True, sender=_at_rate(185.9)),
    Case("declares 250 Hz, delivers 256", watch(), from_start=True, sender=_at_rate(256.0)),
    Case("20 % lost in pieces of 64 ms", faulty(lose_pieces)),
    Case("every packet twice", faulty(send_twice)),
    Case("the same second for ever", faulty(repeat_a_second, after=1.0)),
    Case("F4 is F3, bit for bit", faulty(bridge)),
    Case("F3 shorted, 0.3 uV", faulty(short)),
    Case(
        "unit wrong by a thousand", watch(4.0), from_start=True,
        sender=lambda name, clock: Sender(described(name, unit="nV"), clock=clock),
    ),
    Case(
        "a tenth of the size", watch(4.0), from_start=True,
        sender=lambda name, clock: Sender(
            described(name), data=0.1 * noise(60.0, len(NAMES)), clock=clock
        ),
    ),
    Case("comes back at 500 Hz", comes_back(sfreq=500.0), paced=False),
    Case("comes back with another source id", comes_back(source_id="other"), paced=False),
    Case("comes back in another unit", comes_back(unit="nV"), paced=False),
    Case("a twin that was there before", twin(), paced=False),
)  # fmt: skip
