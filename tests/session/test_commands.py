"""Commands in whole sessions: any chunking gives the same, and a recorded one is found again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_parts import RULES, commands_at
from session_parts import INFO, SFREQ, FeedSource, cut, eeg

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FeedbackFrame
from neurofeedback.protocols.commands import (
    ABORT,
    PAUSE,
    REDO_BASELINE,
    REPEAT,
    RESUME,
    SKIP,
    Command,
    CommandName,
    hold,
)
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.tables import format_feedback_rows
from neurofeedback.session.engine import SessionEngine, StepResult
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.resume import ContinuedSource, resumed_engine
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import RunState
from neurofeedback.session.verification.verify import verify_session

DATA = eeg(40.0)
LAST = len(DATA) - 1
FEATURES = [
    {"kind": "asymmetry", "name": "faa", "left": ["F3"], "right": ["F4"],
     "envelope": {"estimator": "wiener"}},
    {"kind": "power", "name": "beta", "channels": ["Cz"], "envelope": {"band": [18.0, 30.0]}},
]  # fmt: skip
BETA_DOWN = {"feature": "beta", "direction": "down"}
TARGETS: dict[str, dict[str, Any]] = {
    "one": {"conditions": [{"feature": "faa"}]},
    "inhibited": {"conditions": [{"feature": "faa"}],
                  "inhibits": [{"feature": "beta", "percentile": 80.0}]},
    "weighted": {"conditions": [{"feature": "faa"}, BETA_DOWN]},
    "all": {"conditions": [{"feature": "faa"}, BETA_DOWN], "combine": "all"},
}  # fmt: skip


def protocol(rule: str, target: str) -> ProtocolSpec:
    fields = {
        "version": 1, "name": "made-up", "title": "Made up",
        "signal": {"features": FEATURES},
        "target": TARGETS[target],
        "threshold": {**RULES[rule], "window": 5.0} if rule == "continuous" else RULES[rule],
        "blocks": [
            {"kind": "baseline", "seconds": 6.0},
            {"kind": "train", "seconds": 11.0, "extend": 3.0},
            {"kind": "transfer", "seconds": 3.0},
            {"kind": "control", "seconds": 3.0},
            {"kind": "train", "seconds": 5.0},
        ],
    }  # fmt: skip
    return ProtocolSpec.model_validate(fields)


class Log:
    """What a run gives, as it would be written."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.events: list[str] = []

    def add(self, result: StepResult) -> None:
        self.rows += format_feedback_rows(result.features, result.feedback).splitlines()
        self.events += [event.to_json() for event in result.events]


def run(
    spec: ProtocolSpec, chunks: Sequence[Chunk], commands: Mapping[int, Sequence[Command]]
) -> Log:
    engine, log = SessionEngine(INFO, spec), Log()
    for chunk in chunks:
        log.events += [
            event.to_json()
            for command in commands.get(chunk.first_sample, ())
            if (event := engine.apply(command)) is not None
        ]
        log.add(engine.step(chunk))
    return log


@settings(max_examples=examples(30), deadline=None)
@given(
    rule=st.sampled_from(sorted(RULES)),
    target=st.sampled_from(sorted(TARGETS)),
    commands=commands_at(LAST),
    cuts=st.lists(st.integers(1, LAST), max_size=40),
    gaps=st.dictionaries(st.integers(1, LAST), st.floats(0.01, 100.0), max_size=3),
)
def test_chunking_changes_nothing_whatever_is_commanded(
    rule: str,
    target: str,
    commands: dict[int, list[Command]],
    cuts: list[int],
    gaps: dict[int, float],
) -> None:
    spec = protocol(rule, target)
    few = run(spec, cut(DATA, list(commands), gaps), commands)
    many = run(spec, cut(DATA, [*commands, *cuts], gaps), commands)
    assert few.rows == many.rows
    assert few.events == many.events


EVERY_COMMAND = [
    PAUSE, RESUME, Command(CommandName.EXTEND, 2.0), SKIP, Command(CommandName.THRESHOLD, 0.25),
    REPEAT, Command(CommandName.TARGET_RATE, 0.4), REDO_BASELINE, SKIP, hold(0, 9999, "rate"),
    REPEAT, ABORT,
]  # fmt: skip
EVERY = 3.1  # s between them; a third of the baseline is clean by the time of the first skip


def test_a_session_with_every_command_is_found_again_bit_for_bit(tmp_path: Path) -> None:
    spec, source = protocol("manual", "inhibited"), FeedSource(live=False)
    started = datetime(2026, 1, 2, tzinfo=UTC)
    session = prepare_session(source, spec, root=tmp_path, participant="01", started=started)
    waiting = list(EVERY_COMMAND)

    def steer(frame: FeedbackFrame) -> None:
        if waiting and frame.time > 100.0 + EVERY * (len(EVERY_COMMAND) - len(waiting) + 1):
            runner.command(waiting.pop(0))

    runner = SessionRunner(
        source, session.info, spec, session.engine, session.recorder, on_feedback=steer
    )
    runner.start()
    source.feed(*cut(DATA, range(0, len(DATA), 17), {1000: 2.0}), None)
    assert runner.wait(20.0)
    assert runner.status().state is RunState.FINISHED
    report = verify_session(session.recorder.path)
    assert report.problems == []
    assert report.n_frames > 900
    log = [Event.from_json(line) for line in session.recorder.layout.log.read_text().splitlines()]
    given = [Command.from_details(e.details) for e in log if e.kind is EventKind.COMMAND]
    assert given == EVERY_COMMAND
    assert set(CommandName) == {command.name for command in given}
    stopped = log[-1]
    assert (stopped.details["status"], stopped.details["reason"]) == (
        "stopped", "aborted by the operator",
    )  # fmt: skip


def test_a_command_that_changes_nothing_is_not_logged() -> None:
    engine = SessionEngine(INFO, protocol("target-rate", "one"))
    for command in (RESUME, SKIP, REPEAT, REDO_BASELINE, Command(CommandName.THRESHOLD, 1.0)):
        assert engine.apply(command) is None
    event = engine.apply(PAUSE)
    assert event is not None
    assert (event.kind, event.sample) == (EventKind.COMMAND, -1)
    assert engine.paused


@settings(max_examples=15, deadline=None)
@given(
    target=st.sampled_from(sorted(TARGETS)),
    cut_at=st.integers(1, LAST - 500),
    commands=commands_at(LAST),
    missing=st.sampled_from([-500.0, 0.0, 0.5, 3600.0]),
)
def test_a_cut_session_goes_on_as_if_only_a_gap_and_a_repeat_had_come(
    target: str, cut_at: int, commands: dict[int, list[Command]], missing: float
) -> None:
    spec = protocol("target-rate", target)
    edges = [*range(0, len(DATA), 50), *commands, cut_at]
    before = {at: what for at, what in commands.items() if at < cut_at}
    after = {at: what for at, what in commands.items() if at > cut_at}
    recorded = [chunk for chunk in cut(DATA, edges) if chunk.first_sample < cut_at]
    last_time = float(recorded[-1].timestamps[-1])

    source = FeedSource(live=True)
    rest = cut(DATA[cut_at:], [at - cut_at for at in edges if at > cut_at])
    for chunk in rest:  # a fresh stream: numbers and times of its own
        times = chunk.timestamps - 100.0 + last_time + 1.0 / SFREQ + missing
        source.feed(Chunk(chunk.data, times, chunk.first_sample))
    continued = ContinuedSource(source, INFO, cut_at, last_time)
    assert continued.open() == INFO
    news = [chunk for _ in rest if (chunk := continued.read(1.0)) is not None]
    assert news[0].gap == pytest.approx(missing if missing else 1.0 / SFREQ, abs=1e-9)
    assert [chunk.gap for chunk in news[1:]] == [0.0] * (len(news) - 1)

    # The session, cut; run again; gone on with.
    log = Log()
    at_samples = [(at, command) for at in sorted(before) for command in before[at]]
    engine = resumed_engine(INFO, spec, recorded, at_samples, on_step=log.add)
    for chunk in news:
        for command in [REPEAT] if chunk is news[0] else after.get(chunk.first_sample, ()):
            engine.apply(command)
        log.add(engine.step(chunk))

    # The same samples and commands, never cut.
    whole = run(spec, [*recorded, *news], {**before, cut_at: [REPEAT], **after})
    assert log.rows == whole.rows
    assert log.events == [event for event in whole.events if '"event": "Command"' not in event]


def test_another_stream_cannot_go_on_with_a_session() -> None:
    other = type(INFO)(**{**INFO.to_dict(), "sfreq": 256.0})
    source = FeedSource(live=True)
    continued = ContinuedSource(source, other, 100, 1.0)
    with pytest.raises(UserError, match="differs from the one of the session"):
        continued.open()
    assert source.closed
