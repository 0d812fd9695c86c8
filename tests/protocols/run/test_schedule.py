import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_parts import (
    BLOCKS,
    FRAME,
    INHIBIT,
    UP_A,
    commands_at,
    frames_of,
    make,
    noise,
    part_of,
    protocol,
    run,
)

from neurofeedback.events import EventKind
from neurofeedback.frames import FeatureFrames
from neurofeedback.protocols.commands import (
    ABORT,
    PAUSE,
    REDO_BASELINE,
    REPEAT,
    RESUME,
    SKIP,
    Command,
    CommandName,
)
from neurofeedback.protocols.run.schedule import Schedule, State
from neurofeedback.protocols.spec import Block

BASELINE, TRAIN, REST = 500, 375, 50  # frames of `BLOCKS`
EXTEND = Command(CommandName.EXTEND, 2.0)
WITHIN = {"skip", "repeat", "redo-baseline", "extend", "abort"}
HELD = "amplitude Cz"


def with_holds(n: int, *spans: tuple[int, int]) -> FeatureFrames:
    held: list[str | None] = [None] * n
    for start, stop in spans:
        held[start:stop] = [HELD] * (stop - start)
    return frames_of(noise(n), held)


@pytest.mark.parametrize(
    ("at", "paused", "allowed"),
    [
        (0, False, {"pause", "extend", "abort"}),  # nothing to repeat, no baseline to skip yet
        (10, False, {"pause", "extend", "abort", "repeat", "redo-baseline"}),
        (10, True, {"resume", "extend", "abort", "repeat", "redo-baseline"}),
        (200, False, WITHIN | {"pause"}),  # a third of the baseline is clean
        (BASELINE, False, (WITHIN - {"repeat"}) | {"pause", "target-rate"}),
        (BASELINE + 5, True, WITHIN | {"resume", "target-rate"}),
        (9999, False, set()),
    ],
)
def test_what_is_allowed_when(at: int, paused: bool, allowed: set[str]) -> None:
    evaluator = make(protocol())
    evaluator.update(frames_of(noise(at)))
    if paused:
        evaluator.obey(PAUSE)
    assert evaluator.progress.allowed == allowed
    for name in set(CommandName) - {CommandName.HOLD}:
        value = {"extend": 5.0, "threshold": 0.5, "target-rate": 0.5}.get(name)
        if name not in allowed:
            assert not evaluator.obey(Command(name, value))
    assert evaluator.progress.allowed == allowed


def test_skip_ends_a_block_with_the_frame_before_and_learns_from_it() -> None:
    done = run(protocol(), noise(3000), {250: [SKIP], 550: [SKIP]})
    first, second = done.of(EventKind.BLOCK_ENDED)[:2]
    assert (first.details["ended_by"], first.details["clean_seconds"]) == ("skip", 250 * FRAME)
    assert first.sample == done.frames[249].sample
    assert second.details["seconds"] == 300 * FRAME
    assert [f.block for f in done.frames[249:251]] == [0, 1]
    assert len(done.thresholds("baseline")) == 1
    assert len(done.thresholds("block")) == 2  # 12 s of training are enough to learn from


def test_repeat_starts_the_block_again_and_learns_nothing_from_the_first_try() -> None:
    done = run(protocol(), noise(3000), {BASELINE + 300: [REPEAT]})
    started = [(e.details["block"], e.details["attempt"]) for e in done.of(EventKind.BLOCK_STARTED)]
    assert started[:4] == [(0, 1), (1, 1), (1, 2), (2, 1)]
    ended = done.of(EventKind.BLOCK_ENDED)
    assert [e.details["ended_by"] for e in ended[:3]] == ["time", "repeat", "time"]
    assert ended[2].details["seconds"] == TRAIN * FRAME
    thresholds = {f.threshold for f in done.frames if f.block == 1}
    assert len(thresholds) == 1


def test_redo_baseline_goes_back_and_the_schedule_goes_on_from_there() -> None:
    at = BASELINE + TRAIN + REST + 30
    values = noise(6000)
    done = run(protocol(), values, {at: [REDO_BASELINE]})
    phases = [f.phase for f in done.frames]
    assert phases[at : at + BASELINE] == ["baseline"] * BASELINE
    assert phases[at + BASELINE] == "train"
    first, second = done.thresholds("baseline")
    again = run(protocol(), values[at:])
    assert second.details["threshold"] == again.thresholds("baseline")[0].details["threshold"]
    assert first.details["threshold"] != second.details["threshold"]
    assert done.of(EventKind.PROTOCOL_ENDED)[0].details["reason"] == "completed"


def test_extend_makes_this_block_longer_and_a_repeat_has_its_own_length_again() -> None:
    done = run(protocol(), noise(4000), {BASELINE + 10: [EXTEND]})
    assert done.of(EventKind.BLOCK_ENDED)[1].details["seconds"] == pytest.approx(
        15.0 + 2.0, abs=FRAME
    )
    done = run(protocol(), noise(4000), {BASELINE + 10: [EXTEND], BASELINE + 20: [REPEAT]})
    assert done.of(EventKind.BLOCK_ENDED)[2].details["seconds"] == TRAIN * FRAME
    evaluator = make(protocol())
    evaluator.update(frames_of(noise(10)))
    evaluator.obey(EXTEND)
    assert evaluator.progress.seconds == 22.0
    evaluator.update(frames_of(noise(BASELINE)))
    assert evaluator.progress.phase == "baseline"  # 22 s of clean data wanted


def test_abort_ends_the_protocol_at_once() -> None:
    done = run(protocol(), noise(3000), {BASELINE + 100: [ABORT]})
    assert len(done.frames) == BASELINE + 100
    ended, protocol_ended = done.events[-2:]
    assert (ended.kind, ended.details["ended_by"]) == (EventKind.BLOCK_ENDED, "abort")
    assert protocol_ended.details["reason"] == "aborted by the operator"
    assert len(done.thresholds("baseline")) == 1


def test_a_block_is_made_longer_by_what_was_held_up_to_what_it_declares() -> None:
    for held, more in ((40, 40), (300, 100)):  # extend is 4 s: 100 frames
        features = with_holds(4000, (BASELINE + 20, BASELINE + 20 + held))
        done = run(protocol(), features)
        assert done.of(EventKind.BLOCK_ENDED)[1].details["seconds"] == (TRAIN + more) * FRAME
    # A hold in the part that was added counts too.
    features = with_holds(4000, (BASELINE + 20, BASELINE + 40), (BASELINE + 380, BASELINE + 390))
    assert run(protocol(), features).of(EventKind.BLOCK_ENDED)[1].details["seconds"] == (
        (TRAIN + 30) * FRAME
    )


def test_a_pause_freezes_time_in_every_block() -> None:
    plain = run(protocol(), noise(3000))
    paused = run(
        protocol(), noise(4000), {100: [PAUSE], 300: [RESUME], 900: [PAUSE], 1000: [RESUME]}
    )
    assert len(paused.frames) == len(plain.frames) + 300
    assert [e.details.get("seconds") for e in plain.of(EventKind.BLOCK_ENDED)] == [
        e.details.get("seconds") for e in paused.of(EventKind.BLOCK_ENDED)
    ]
    assert {f.held for f in paused.frames[100:300]} == {"paused"}


@settings(max_examples=examples(60), deadline=None)
@given(
    commands=commands_at(2000), spans=st.lists(st.tuples(st.integers(0, 1900), st.integers(1, 90)))
)
def test_no_block_ends_within_the_frames_ahead(
    commands: dict[int, list[Command]], spans: list[tuple[int, int]]
) -> None:
    features = with_holds(2000, *((a, min(2000, a + n)) for a, n in spans))
    evaluator, at = make(protocol()), 0
    while at < 2000:
        for command in commands.get(at, ()):
            evaluator.obey(command)
        if evaluator.ended:
            break
        assert evaluator.frames_ahead >= 1
        stop = min([at + evaluator.frames_ahead, 2000, *(c for c in commands if c > at)])
        inside = evaluator.update(part_of(features, at, stop))
        events = evaluator.take_events()
        assert len(inside) == stop - at
        assert len({(f.block, f.phase) for f in inside}) == 1
        ended = [e for e in events if e.kind is EventKind.BLOCK_ENDED]
        assert all(
            e.sample in (features.samples[stop - 1], features.samples[at - 1]) for e in ended
        )
        at = stop


@settings(max_examples=examples(40), deadline=None)
@given(commands=commands_at(2500))
def test_every_block_that_starts_ends_and_time_adds_up(commands: dict[int, list[Command]]) -> None:
    end = {2500: [ABORT]}
    done = run(protocol(), noise(2500), {**commands, **end})
    started, ended = done.of(EventKind.BLOCK_STARTED), done.of(EventKind.BLOCK_ENDED)
    key = [(e.details["block"], e.details["attempt"]) for e in started]
    assert key == [(e.details["block"], e.details["attempt"]) for e in ended]
    assert len(set(key)) == len(key)
    running = [f for f in done.frames if f.held != "paused"]
    assert sum(e.details["seconds"] for e in ended) == pytest.approx(len(running) * FRAME)
    assert len(done.of(EventKind.PROTOCOL_ENDED)) == 1


def test_a_short_block_has_at_least_one_frame() -> None:
    schedule = Schedule((Block("train", 0.001), Block("rest", 0.001)), FRAME)
    assert schedule.frames_ahead() == 1
    schedule.tally.frames += 1
    assert schedule.block_is_over()
    schedule.enter(1)
    assert schedule.state is State.RUNNING
    schedule.enter(2)
    assert schedule.state is State.ENDED


def test_the_last_baseline_is_the_one_that_was_started_last() -> None:
    blocks = [
        BLOCKS[0],
        {"kind": "train", "seconds": 2.0},
        BLOCKS[0],
        {"kind": "train", "seconds": 2.0},
    ]
    spec = protocol(blocks=blocks)

    def index_after(n_frames: int) -> int:
        evaluator = make(spec)
        evaluator.update(frames_of(noise(n_frames)))
        assert evaluator.obey(REDO_BASELINE)
        return evaluator.progress.block

    assert index_after(BASELINE + 10) == 0
    assert index_after(BASELINE + 50) == 0  # the second is on but has no frame yet
    assert index_after(BASELINE + 60) == 2
    assert index_after(2 * BASELINE + 60) == 2


def test_steady_success_is_rewarded_where_there_is_feedback_and_nowhere_else() -> None:
    values = noise(3000)
    values[BASELINE:] = 9.0 + 0.01 * np.arange(2500)[:, None]  # beyond what each block teaches
    done = run(protocol(), values)
    for phase, fed_back in {"train": True, "transfer": False}.items():
        assert all(frame.success for frame in done.phase(phase))
        assert any(frame.reward for frame in done.phase(phase)) == fed_back
    assert not any(frame.success or frame.reward for frame in done.phase("rest"))


def test_what_is_told_of_a_block_is_what_its_frames_say() -> None:
    features = with_holds(3000, (BASELINE + 40, BASELINE + 90))
    done = run(protocol({**UP_A, **INHIBIT}), features)
    scored = [e for e in done.of(EventKind.BLOCK_ENDED) if e.details["phase"] != "rest"][1:]
    assert [e.details["phase"] for e in scored] == ["train", "train", "transfer", "control"]
    for event in scored:
        frames = [f for f in done.frames if f.block == event.details["block"]]
        clean = [f for f in frames if f.held is None]
        assert event.details["clean_seconds"] == len(clean) * FRAME
        assert event.details["success_rate"] == sum(f.success for f in clean) / len(clean)
        inhibited = sum(f.inhibit is not None for f in clean)
        assert 0 < inhibited < len(clean)
        assert event.details["inhibited_rate"] == inhibited / len(clean)
        assert event.details["rewards"] == sum(f.reward for f in frames)


def test_progress_names_the_block_that_runs_and_the_last_one_at_the_end() -> None:
    evaluator, features, seen = make(protocol()), frames_of(noise(3000)), []
    for start in range(0, len(features), 10):
        seen.append(evaluator.progress.block)
        evaluator.update(part_of(features, start, start + 10))
    assert list(dict.fromkeys(seen)) == list(range(evaluator.progress.n_blocks))
    assert evaluator.ended
    assert evaluator.progress.block == evaluator.progress.n_blocks - 1


def test_a_baseline_may_be_skipped_with_exactly_the_least_clean_data() -> None:
    baseline = {"kind": "baseline", "seconds": 300 * FRAME}
    evaluator = make(protocol(blocks=[baseline, *BLOCKS[1:]]))
    evaluator.update(frames_of(noise(99)))
    assert not evaluator.obey(SKIP)
    evaluator.update(frames_of(noise(1)))
    assert evaluator.obey(SKIP)
    assert evaluator.progress.phase == "train"


def test_a_command_that_moves_the_threshold_is_obeyed_and_says_so() -> None:
    evaluator = make(protocol())
    evaluator.update(frames_of(noise(BASELINE + 10)))
    assert evaluator.obey(Command(CommandName.TARGET_RATE, 0.4))
    assert evaluator.progress.target_rate == 0.4


def test_pausing_is_told_and_a_marker_is_awaited_until_the_block_goes_on() -> None:
    train = {"kind": "train", "seconds": 15.0, "start": "marker:go"}
    evaluator = make(protocol(blocks=[BLOCKS[0], train]))
    assert not evaluator.paused
    assert evaluator.in_baseline
    evaluator.obey(PAUSE)
    assert evaluator.paused
    assert not evaluator.in_baseline
    evaluator.obey(RESUME)
    evaluator.update(frames_of(noise(BASELINE)))
    assert (evaluator.paused, evaluator.progress.awaits) == (True, "go")
    evaluator.obey(RESUME)
    assert (evaluator.paused, evaluator.progress.awaits) == (False, "")
