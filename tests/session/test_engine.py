import math
from collections.abc import Sequence

import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from session_parts import INFO, SFREQ, cut, eeg, short_protocol

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FeedbackFrame
from neurofeedback.holds import STALE
from neurofeedback.protocols.commands import PAUSE, RESUME, Command, hold
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.tables import format_feedback_rows
from neurofeedback.session.engine import SessionEngine

DATA = eeg(22.0)
LAST = len(DATA) - 1


def run(
    chunks: Sequence[Chunk], commands: dict[int, Command] | None = None
) -> tuple[str, list[FeedbackFrame], list[Event]]:
    """Return everything a run gives: the logged text, the frames and the events."""
    engine = SessionEngine(INFO, short_protocol())
    text, frames, events = [], [], []
    for chunk in chunks:
        if commands and chunk.first_sample in commands:
            command = engine.apply(commands[chunk.first_sample])
            events += [] if command is None else [command]
        result = engine.step(chunk)
        text.append(format_feedback_rows(result.features, result.feedback))
        frames += result.feedback
        events += result.events
    return "".join(text), frames, events


def as_text(events: list[Event]) -> list[str]:
    return [event.to_json() for event in events]


@settings(max_examples=examples(30), deadline=None)
@given(
    cuts=st.lists(st.integers(1, LAST), max_size=40),
    gaps=st.dictionaries(st.integers(1, LAST), st.floats(0.01, 100.0), max_size=3),
    pause=st.none() | st.tuples(st.integers(1, LAST // 2), st.integers(1, LAST // 2)),
)
def test_chunking_changes_nothing_that_is_logged(
    cuts: list[int], gaps: dict[int, float], pause: tuple[int, int] | None
) -> None:
    commands: dict[int, Command] = {}
    if pause:
        commands = {pause[0]: PAUSE, pause[0] + pause[1]: RESUME}
    few = run(cut(DATA, list(commands), gaps), commands)
    many = run(cut(DATA, [*commands, *cuts], gaps), commands)
    assert few[0] == many[0]
    assert repr(few[1]) == repr(many[1])
    assert as_text(few[2]) == as_text(many[2])


def test_sample_by_sample_equals_the_whole_at_once() -> None:
    whole = run(cut(DATA, []))
    single = run(cut(DATA, range(len(DATA))))
    assert whole[0] == single[0]
    assert as_text(whole[2]) == as_text(single[2])
    assert any(event.kind is EventKind.REWARD for event in whole[2])
    assert any(frame.held for frame in whole[1])


def test_empty_chunks_change_nothing() -> None:
    chunks = cut(DATA, range(0, len(DATA), 50))
    mixed = [
        part
        for chunk in chunks
        for part in (Chunk(chunk.data[:0], chunk.timestamps[:0], chunk.first_sample), chunk)
    ]
    assert run(chunks)[0] == run(mixed)[0]
    assert as_text(run(chunks)[2]) == as_text(run(mixed)[2])


def test_a_gap_is_logged_and_holds_feedback() -> None:
    at = round(7 * SFREQ)
    _, frames, events = run(cut(DATA, [], {at: 2.5}))
    gap = next(e for e in events if e.kind is EventKind.GAP_DETECTED)
    assert (gap.sample, gap.details["seconds"]) == (at, 2.5)
    after = [f for f in frames if at <= f.sample < at + 0.5 * SFREQ]
    assert after
    assert all(f.held for f in after)
    assert not any(f.reward for f in after)


def test_no_reward_falls_on_a_held_frame_and_each_reward_is_an_event() -> None:
    _, frames, events = run(cut(DATA, []))
    assert not any(f.reward and f.held for f in frames)
    rewards = [e.sample for e in events if e.kind is EventKind.REWARD]
    assert rewards == [f.sample for f in frames if f.reward]


def test_the_baseline_fits_the_estimator_before_the_threshold_is_set() -> None:
    text, frames, events = run(cut(DATA, []))
    kinds = [event.kind for event in events]
    at = kinds.index(EventKind.ESTIMATOR_FITTED)
    assert kinds[at - 1 : at + 2] == [
        EventKind.BLOCK_ENDED, EventKind.ESTIMATOR_FITTED, EventKind.THRESHOLD_CHANGED,
    ]  # fmt: skip
    assert events[at].details["feature"] == "faa"
    assert events[at].details["estimator"] in ("cfir", "wiener", "posterior")
    after = [f for f in frames if f.sample > events[at].sample]
    assert after[0].held == "settling"  # what came before was computed otherwise
    assert text


def test_a_baseline_too_dirty_to_learn_from_leaves_the_estimator_as_it_is() -> None:
    dirty = DATA.copy()
    dirty[:: round(0.9 * SFREQ)] += 5e-4
    engine = SessionEngine(INFO, short_protocol(2.0, 60.0))
    events = [e for chunk in cut(dirty, []) for e in engine.step(chunk).events]
    kinds = [event.kind for event in events]
    assert EventKind.ESTIMATOR_FITTED not in kinds


def test_after_the_end_nothing_more_comes() -> None:
    engine = SessionEngine(INFO, short_protocol(2.0, 1.0, 1))
    first, rest = cut(DATA, [round(10 * SFREQ)])
    assert not engine.finished
    result = engine.step(first)
    assert engine.finished
    assert engine.progress.phase == "done"
    assert len(result.features) == len(result.feedback)
    assert result.events[-1].kind is EventKind.PROTOCOL_ENDED
    after = engine.step(rest)
    assert not after.feedback
    assert not after.events
    assert len(after.features) == 0


def test_a_stream_without_the_channels_is_refused_with_what_it_has() -> None:
    info = type(INFO)("other", "", SFREQ, ("O1", "O2"), ("eeg",) * 2, ("V",) * 2)
    with pytest.raises(UserError, match="no channel F3.*It has O1, O2"):
        SessionEngine(info, short_protocol())


def test_the_band_is_the_one_that_the_baseline_found() -> None:
    fields = load_protocol("alpha-up").model_dump(mode="json")
    fields["blocks"] = [{"kind": "baseline", "seconds": 30.0}, {"kind": "train", "seconds": 5.0}]
    spec = ProtocolSpec.model_validate(fields)
    source = SyntheticSource(speed=math.inf, seconds=60.0, artifacts=False, seed=1)
    engine = SessionEngine(source.open(), spec)
    fallback = engine.band
    assert fallback == (8.0, 12.0)
    events = []
    while not engine.finished:
        chunk = source.read(1.0)
        assert chunk is not None
        events += engine.step(chunk).events
    (fitted,) = [e for e in events if e.kind is EventKind.ESTIMATOR_FITTED]
    assert engine.band == tuple(fitted.details["band"]) != fallback


def test_late_samples_are_held_and_their_time_does_not_count() -> None:
    spans = {0: hold(0, 99, STALE), 300: hold(300, 555, STALE), 1400: hold(1400, 1527, STALE)}
    text, frames, events = run(cut(DATA, list(spans)), spans)
    stale = [f for f in frames if f.held == STALE]
    # Each frame with a sample of a span: the hops at its edges are touched by it.
    assert [f.sample for f in frames if f.sample in range(300, 556)] == [
        f.sample for f in stale if f.sample in range(300, 556)
    ]
    assert not any(f.reward or f.success for f in stale)
    plain = [event for event in run(cut(DATA, []))[2] if event.kind is EventKind.BLOCK_ENDED]
    ended = [event for event in events if event.kind is EventKind.BLOCK_ENDED]
    # A baseline and a block last as long as without, in time that counts, and end later.
    assert ended[0].details["clean_seconds"] == plain[0].details["clean_seconds"]
    assert ended[1].details["seconds"] == plain[1].details["seconds"]
    assert ended[0].sample - plain[0].sample >= 256
    started = next(event for event in events if event.kind is EventKind.BLOCK_STARTED)
    assert started.sample > 99
    many = run(cut(DATA, [*spans, *range(0, len(DATA), 7)]), spans)
    assert many[0] == text
    assert as_text(many[2]) == as_text(events)


def test_other_holds_from_outside_count_as_held_time() -> None:
    spans = {300: hold(300, 555, "bridge F3-F4"), 1000: hold(1000, 1100, "rate")}
    _, frames, events = run(cut(DATA, list(spans)), spans)
    causes = {f.held for f in frames if 300 <= f.sample <= 555}
    assert causes == {"bridge F3-F4"}
    block = next(e for e in events if e.kind is EventKind.BLOCK_ENDED and e.details["block"] == 1)
    assert block.details["seconds"] == pytest.approx(6.0, abs=0.05)


def test_nothing_is_learned_from_what_came_while_a_baseline_was_paused() -> None:
    fields = load_protocol("faa-up").model_dump(mode="json")
    fields["blocks"] = [{"kind": "baseline", "seconds": 24.0}, {"kind": "train", "seconds": 6.0}]
    spec, fitted = ProtocolSpec.model_validate(fields), []
    pause, resume = round(10 * SFREQ), round(25 * SFREQ)
    for gain in (1.0, 3.0):
        engine, data, events = SessionEngine(INFO, spec), eeg(50.0, artefacts=False), []
        data[round(12 * SFREQ) : round(20 * SFREQ), 0] *= gain
        for chunk in cut(data, [pause, resume]):
            if command := {pause: PAUSE, resume: RESUME}.get(chunk.first_sample):
                engine.apply(command)
            events += engine.step(chunk).events
        learned = (EventKind.ESTIMATOR_FITTED, EventKind.THRESHOLD_CHANGED)
        fitted.append(as_text([event for event in events if event.kind in learned]))
    assert len(fitted[0]) > 1
    assert fitted[0] == fitted[1]
