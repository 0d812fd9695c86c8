"""The way from a sample to the picture: planted delays are found, and are in the session."""

import math
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pylsl
import pytest
from session_parts import INFO, SFREQ, ManualClock, cut, eeg, short_protocol

from neurofeedback.acquisition.lsl import LslSource
from neurofeedback.acquisition.outlet import describe_stream
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, FeedbackFrame, StreamInfo
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.latency import CONCEALED_STAGES, LatencyMeter
from neurofeedback.session.light import Flash, LightLoop, light_delays
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.verification.verify import verify_session

PLANTED = 0.083
WITHIN = 0.002


def frame(sample: int, stamp: float) -> FeedbackFrame:
    return FeedbackFrame(sample, stamp, 0.5, 0.1, 0.0, False, True, 0, "train")


def chunk(first: int, stamp: float, arrival: float, offset: float = 0.0) -> Chunk:
    return Chunk(np.zeros((1, 4)), np.array([stamp]), first, arrival=arrival, clock_offset=offset)


def test_each_stage_is_found() -> None:
    meter = LatencyMeter()
    for i in range(200):
        stamp = 5000.0 + i * 0.032  # on a clock that is 3000 s ahead
        arrival = stamp - 3000.0 + 0.030
        one = frame(i, stamp)
        meter.computed(chunk(i, stamp, arrival, -3000.0), arrival, [one], arrival + 0.013)
        meter.painted(one, arrival + 0.013 + 0.040)
        meter.painted(one, arrival + 1.0)  # painted again, in another mode
    found = meter.latency(limit=0.2)
    medians = {name: stage.p50 for name, stage in found.stages.items()}
    assert medians == pytest.approx(
        {"arrival": 0.030, "engine": 0.013, "screen": 0.040, "total": PLANTED}, abs=WITHIN
    )
    assert found.ok
    assert not meter.latency(limit=0.08).ok
    assert "from sample to screen 83 ms" in found.in_words.casefold()
    assert "engine_p50" not in found.details(CONCEALED_STAGES)


def test_frames_are_painted_while_others_are_computed() -> None:
    meter, failed, newest, n = LatencyMeter(), [], [0], 20_000
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads meet at every line

    def paint() -> None:
        while newest[0] < n - 1 and not failed:
            for behind in range(240, 256):  # the oldest that may still be painted
                meter.painted(frame(newest[0] - behind, 0.0), 1.0)

    thread = threading.Thread(target=paint)
    thread.start()
    try:
        for newest[0] in range(n):
            meter.computed(chunk(newest[0], 0.0, 0.0), 0.0, [frame(newest[0], 0.0)], 0.0)
    except (RuntimeError, KeyError) as error:
        failed.append(error)
    finally:
        sys.setswitchinterval(interval)
        newest[0] = n
        thread.join()
    assert failed == []


def test_stamps_of_another_clock_leave_the_way_to_the_machine_out() -> None:
    meter = LatencyMeter()
    one = frame(0, 1e9)
    meter.computed(chunk(0, 1e9, 2000.0), 2000.0, [one], 2000.01)
    meter.painted(one, 2000.05)
    found = meter.latency(limit=0.2)
    assert found.stages["arrival"].n == 0
    assert math.isnan(found.stages["arrival"].p50)
    assert found.stages["total"].p50 == pytest.approx(0.05, abs=0.001)
    assert "arrival to screen" in found.in_words


class Delayed:
    """Samples of a live amplifier that are on their way for a while; the test keeps the clock."""

    live = connected = True

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._chunks = iter(cut(eeg(6.0, artefacts=False), range(0, round(6 * SFREQ), 4)))
        self.exhausted = False

    def open(self) -> StreamInfo:
        return INFO

    def read(self, timeout: float) -> Chunk | None:
        one = next(self._chunks, None)
        if one is None:
            self.exhausted = True
            return None
        arrival = self._clock()
        return replace(one, timestamps=one.timestamps.copy(), arrival=arrival,
                       clock_offset=arrival - PLANTED - float(one.timestamps[-1]))  # fmt: skip

    def close(self) -> None:
        pass


def test_a_planted_delay_is_in_the_sessions_file(tmp_path: Path) -> None:
    clock = ManualClock()
    session = prepare_session(
        Delayed(clock), short_protocol(2.0, 3.0, 1), root=tmp_path, participant="01",
        started=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    display = PictureModel()

    def paint(frame: FeedbackFrame) -> None:
        display.show(frame, None)
        scene = display.advance(0.032)
        runner.painted(frame, scene.mode, scene.value, clock() + 0.010)

    runner = SessionRunner(
        session.source, session.info, session.spec, session.engine, session.recorder, clock=clock,
        on_feedback=paint,
    )  # fmt: skip
    runner.start()
    assert runner.wait(30)
    (event,) = [
        e
        for e in SessionReader(session.recorder.path).events()
        if e.kind is EventKind.LATENCY_MEASURED
    ]
    assert event.details["arrival_p50"] == pytest.approx(PLANTED, abs=WITHIN)
    assert event.details["total_p50"] == pytest.approx(PLANTED + 0.010, abs=WITHIN)
    assert event.details["ok"] is True
    report = verify_session(session.recorder.path)
    assert report.ok, report.problems


def arrival_by_lsl(root: Path, planted: float) -> float:
    """Record a stream whose stamps are so much older than its samples; return what is logged."""
    name = f"latency-{planted}-{time.monotonic_ns()}"
    info = SyntheticSource(ch_names=("F3", "F4", "Cz", "Pz")).open()
    outlet = pylsl.StreamOutlet(describe_stream(info, name=name))
    session = prepare_session(
        LslSource(f"name={name}"), load_protocol("faa-demo"), root=root, participant="01",
        started=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    runner = SessionRunner.of(session)
    runner.start()
    rng = np.random.default_rng(3)
    start = pylsl.local_clock()
    for i in range(round(4 * info.sfreq)):
        due = start + i / info.sfreq
        time.sleep(max(0.0, due - pylsl.local_clock()))  # a sender's pace, not a wait
        values = rng.normal(0, 10, info.n_channels).tolist()
        outlet.push_sample(values, pylsl.local_clock() - planted)
    runner.stop()
    runner.wait()
    events = SessionReader(session.recorder.path).events()
    (event,) = [e for e in events if e.kind is EventKind.LATENCY_MEASURED]
    assert event.details["ok"] is None  # nobody painted
    return float(event.details["arrival_p50"])


@pytest.mark.lsl
def test_a_planted_delay_of_a_real_stream_is_found(tmp_path: Path) -> None:
    plain = arrival_by_lsl(tmp_path / "plain", 0.0)
    late = arrival_by_lsl(tmp_path / "late", PLANTED)
    assert late - plain == pytest.approx(PLANTED, abs=WITHIN)


def looped(delay: float, n_flashes: int = 20) -> np.ndarray:
    """Flash a patch 40 ms after each 300th sample, in time that passes only when it is waited."""
    clock = ManualClock()

    def sleep(seconds: float) -> None:
        clock.now += seconds

    participant = SyntheticSource(sfreq=1000, chunk_seconds=0.01, clock=clock, sleep=sleep)
    loop = LightLoop(participant, delay=delay)
    light_at = loop.open().ch_names.index("light")
    flashes: list[Flash] = []
    columns = []
    began = math.nan
    while len(flashes) < n_flashes or columns[-1].stop_sample < flashes[-1].sample + 500:
        one = loop.read(1.0)
        assert one is not None
        columns.append(one)
        began = one.arrival - (one.stop_sample - 1) / 1000 if math.isnan(began) else began
        sample = one.stop_sample - 1
        if len(flashes) < n_flashes and sample >= 300 * (len(flashes) + 1):
            when = began + sample / 1000 + 0.040
            flashes.append(Flash(sample, len(flashes) % 2 == 0, when))
            loop.show(bright=flashes[-1].bright, when=when)
    light = np.concatenate([c.data[:, light_at] for c in columns])
    return light_delays(light, 0, 1000.0, flashes)


def test_a_planted_delay_of_the_monitor_is_found() -> None:
    plain, late = looped(0.0), looped(PLANTED)
    assert len(plain) == len(late) == 20
    assert np.median(plain) == pytest.approx(0.040, abs=WITHIN)
    assert np.median(late) == pytest.approx(0.040 + PLANTED, abs=WITHIN)


def test_a_sensor_that_sees_nothing_is_said() -> None:
    flashes = [Flash(100 * i, i % 2 == 0, 0.0) for i in range(10)]
    for light in (np.zeros(2000), np.empty(0), np.full(2000, np.nan)):
        with pytest.raises(UserError, match="saw 0"):
            light_delays(light, 0, 250.0, flashes)
