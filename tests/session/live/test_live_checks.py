"""What a live stream is checked for, on samples that are made: no clock, no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from session_parts import ManualClock

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.holds import STALE
from neurofeedback.session.live.age import DataAge
from neurofeedback.session.live.checks import LiveChecks
from neurofeedback.session.live.rate import RateMonitor
from neurofeedback.session.live.repeats import Repeats
from neurofeedback.session.live.size import Size

SFREQ = 250.0
NAMES = ("F3", "F4", "Cz", "Pz")
INFO = StreamInfo("amp", "", SFREQ, NAMES, ("eeg",) * 4, ("V",) * 4, "microvolts", "lsl")
RNG = np.random.default_rng(0)
DATA = 1e-5 * RNG.standard_normal((round(60 * SFREQ), 4))


def chunks(
    n: int = 10, *, late: float = 0.02, start: float = 500.0, rate: float = SFREQ, stop: int = 7500
) -> list[Chunk]:
    """Return chunks of `n` samples, each arriving `late` s after its last sample."""
    stamps = start + np.arange(stop) / rate
    return [
        Chunk(
            DATA[i : i + n].copy(), stamps[i : i + n].copy(), i,
            arrival=500.0 + (i + n - 1) / rate + late, clock_offset=0.0,
        )
        for i in range(0, stop - n + 1, n)
    ]  # fmt: skip


def late_samples(age: DataAge, given: list[Chunk]) -> int:
    return sum(int((age.of(chunk, 0.0) > 1.0).sum()) for chunk in given)


@pytest.mark.parametrize("start", [500.0, 10.0, 1.7e9], ids=["LSL", "device", "wall clock"])
@pytest.mark.parametrize("n", [1, 10, 200])
def test_samples_on_time_are_never_late_whatever_clock_stamps_them(n: int, start: float) -> None:
    assert late_samples(DataAge(), chunks(n, start=start)) == 0


@pytest.mark.parametrize("start", [500.0, 10.0], ids=["LSL", "device"])
def test_samples_that_become_late_are_found_and_stay_found(start: float) -> None:
    age, given = DataAge(), chunks(start=start)
    moved = [
        c if c.first_sample < 1000 else Chunk(c.data, c.timestamps, c.first_sample,
                                              arrival=c.arrival + 5.0, clock_offset=0.0)
        for c in given
    ]  # fmt: skip
    assert late_samples(age, moved[:100]) == 0
    assert late_samples(age, moved[100:]) == 6500
    assert age.seconds == pytest.approx(5.0, abs=0.1)


def test_samples_that_are_late_from_the_start_are_found_by_the_clock_of_lsl() -> None:
    assert late_samples(DataAge(), chunks(late=5.0)) == 7500


def test_a_clock_that_is_a_thousandth_slow_is_followed_for_an_hour() -> None:
    age, n = DataAge(), 250
    for i in range(3600):
        seconds = i + np.arange(n) / SFREQ
        chunk = Chunk(DATA[:n].copy(), 500.0 + 0.999 * seconds, i * n, arrival=500.0 + i + 1.0)
        assert not (age.of(chunk, 0.0)[n // 2 :] > 1.0).any()


def test_the_time_in_the_program_counts() -> None:
    age, (first, second, *_) = DataAge(), chunks()
    assert not (age.of(first, 0.5) > 1.0).any()
    assert (age.of(second, 1.1) > 1.0).all()


@pytest.mark.parametrize("rate", [185.9, 247.0, 253.0, 256.0])
def test_a_rate_that_is_off_is_found_within_seconds(rate: float) -> None:
    monitor = RateMonitor(SFREQ)
    for chunk in chunks(rate=rate, stop=round(4 * rate)):
        monitor.see(chunk)
    assert monitor.off
    assert monitor.rate == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize("rate", [249.0, 249.75, 250.0, 250.25, 251.0])
@pytest.mark.parametrize("jitter", [0.0, 0.05])
@pytest.mark.parametrize("n", [1, 10, 500])
def test_jitter_chunks_and_drift_are_no_wrong_rate(rate: float, jitter: float, n: int) -> None:
    monitor, rng = RateMonitor(SFREQ), np.random.default_rng(1)
    for chunk in chunks(n, rate=rate, stop=15000):
        stamps = chunk.timestamps + rng.uniform(0, jitter, chunk.n_times)
        arrival = chunk.arrival + rng.uniform(0, jitter)
        monitor.see(Chunk(chunk.data, stamps, chunk.first_sample, arrival=arrival))
        assert not monitor.off


def test_repeats_are_found_and_standing_still_is_none() -> None:
    repeats = Repeats(range(4), SFREQ)
    still = np.zeros((1000, 4))
    again = np.concatenate((DATA[:1000], DATA[750:1000], DATA[1000:2000], still, DATA[2000:2500]))
    found = []
    for i in range(0, len(again), 10):
        last = repeats.last(Chunk(again[i : i + 10].copy(), np.arange(10.0), i))
        found += [] if last is None else [last]
    assert found[0] == 1009
    assert found[-1] == 1249
    assert len(found) == 25


def test_a_fault_is_held_told_once_and_logged_once() -> None:
    clock = ManualClock()
    checks = LiveChecks(INFO, [0, 1], clock)
    holds, doubts = [], []
    for chunk in chunks():
        data = chunk.data.copy()
        if chunk.first_sample >= 2500:
            data[:, 1] = data[:, 0]
        found = checks.look(Chunk(data, chunk.timestamps, chunk.first_sample,
                                  arrival=chunk.arrival), 0.0)  # fmt: skip
        clock.now += 10 / SFREQ
        holds += found[0]
        doubts += found[1]
    assert {command.cause for command in holds} == {"bridge F3-F4"}
    spans = [command.span for command in holds if command.span]
    assert 2500 < spans[0][0] <= 2600
    assert all(b[0] == a[1] + 1 for a, b in zip(spans[:-1], spans[1:], strict=True))
    assert spans[-1][1] >= 7499
    assert [kind for kind, _ in doubts] == [EventKind.STREAM_DOUBTED]
    assert "F3-F4 measure the same point" in (checks.alarm or "")
    clock.now += 6.0
    assert checks.alarm is None


def test_a_burst_of_any_length_is_held_as_far_as_it_is_late() -> None:
    checks = LiveChecks(INFO, [0, 1], ManualClock())
    (first, *_) = chunks(100)
    assert checks.look(first, 0.0) == ([], [])
    stamps = 500.4 + np.arange(10000) / SFREQ
    burst = Chunk(DATA[100:10100].copy(), stamps, 100, arrival=float(stamps[-1]))
    (command,), ((kind, details),) = checks.look(burst, 0.0)
    assert (command.cause, kind) == (STALE, EventKind.FEEDBACK_STALE)
    assert command.span == (100, 10099 - 251)
    assert details == {"behind": pytest.approx(40.0, abs=0.1)}


def test_what_waited_for_the_session_to_begin_is_held_and_no_fault() -> None:
    checks = LiveChecks(INFO, [0, 1], ManualClock())
    waiting = Chunk(DATA[:500].copy(), 500.0 + np.arange(500) / SFREQ, 0, arrival=502.5)
    (command,), doubts = checks.look(waiting, 0.0)
    assert (command.cause, command.span[0], doubts) == (STALE, 0, [])
    assert checks.alarm is None
    late = Chunk(DATA[500:600].copy(), 502.0 + np.arange(100) / SFREQ, 500, arrival=504.0)
    holds, ((kind, _),) = checks.look(late, 0.0)
    assert (len(holds), kind) == (1, EventKind.FEEDBACK_STALE)
    assert "after they were taken" in str(checks.alarm)


def test_stamps_that_cannot_be_used_are_told() -> None:
    checks = LiveChecks(INFO, [0, 1], ManualClock())
    for chunk in chunks():
        stamps = np.full(chunk.n_times, np.nan)
        holds, _ = checks.look(Chunk(chunk.data, stamps, chunk.first_sample), 0.0)
        assert holds == []
    assert "are no numbers" in (checks.alarm or "")


def sized(data: np.ndarray, info: StreamInfo, scale: Callable[[int], float]) -> list[int]:
    """Return the numbers of the first samples of chunks after which the unit is doubted."""
    size, found = Size(info), []
    for first in range(0, len(data) - 50, 50):
        part = data[first : first + 50] * scale(first)
        size.see(Chunk(part, first / SFREQ + np.arange(50) / SFREQ, first))
        found += [first] if size.doubt is not None else []
    return found


@pytest.mark.parametrize("name", ["rest/H_S1_EC.edf", "rest/H_S10_EO.edf"])
def test_a_gain_that_is_wrong_by_ten_is_doubted_in_seconds_and_later(
    real_data_dir: Path, name: str
) -> None:
    recording = load_recording(real_data_dir / name)
    info, data = recording.info, recording.samples[:6000]
    assert sized(data, info, lambda _: 1.0) == []
    assert sized(data, info, lambda _: 0.1)[0] < 3 * info.sfreq
    changed = sized(data, info, lambda first: 0.1 if first > 3000 else 1.0)
    assert 3000 < changed[0] < 3000 + 11 * info.sfreq
    assert sized(data, info, lambda _: 10.0)[0] < 3 * info.sfreq


def test_a_wrong_gain_is_not_told_as_single_electrodes() -> None:
    clock = ManualClock()
    checks = LiveChecks(INFO, [0, 1], clock)
    for chunk in chunks(stop=1000):
        data = chunk.data * 0.06
        checks.look(Chunk(data, chunk.timestamps, chunk.first_sample, arrival=chunk.arrival), 0.0)
        clock.now += 10 / SFREQ
    assert "unit or gain are probably wrong" in (checks.alarm or "")
    assert "measures nothing" not in (checks.alarm or "")


def test_of_a_flat_wrong_unit_the_unit_is_told_and_no_electrode() -> None:
    checks = LiveChecks(INFO, [0, 1], ManualClock())
    causes = set()
    for chunk in chunks():
        tiny = Chunk(chunk.data * 1e-3, chunk.timestamps, chunk.first_sample, arrival=chunk.arrival)
        causes |= {command.cause for command in checks.look(tiny, 0.0)[0]}
    assert causes == {"unit"}
    assert "unit is probably wrong" in (checks.alarm or "")


def test_of_a_unit_a_million_times_too_large_no_offset_is_told() -> None:
    checks = LiveChecks(INFO, [0, 1], ManualClock())
    for chunk in chunks():
        data = 1e6 * (chunk.data + 1e-4)
        checks.look(Chunk(data, chunk.timestamps, chunk.first_sample, arrival=chunk.arrival), 0.0)
    assert "unit is probably wrong" in (checks.alarm or "")
    assert "offset" not in (checks.alarm or "")
