from __future__ import annotations

import numpy as np
import pytest

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.acquisition.ring_buffer import RingBuffer
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.session.quality import QualityMonitor

SFREQ = 250.0


def info(n_channels: int = 19, sfreq: float = SFREQ) -> StreamInfo:
    names = standard_montage(n_channels)
    return StreamInfo("amp", "", sfreq, names, ("eeg",) * n_channels, ("V",) * n_channels)


class Fed:
    """A watch on a ring with synthetic EEG in it."""

    def __init__(self, ring_seconds: float = 20.0, first: int = 0) -> None:
        source = SyntheticSource(speed=np.inf, seconds=60.0, artifacts=False)
        self.info = source.open()
        self.ring = RingBuffer(self.info.n_channels, round(ring_seconds * SFREQ))
        self.watch = QualityMonitor(self.info, self.ring)
        self._source, self._next, self._time = source, first, 0.0

    def feed(self, seconds: float, jump: float = 0.0, **bad: float) -> None:
        """Add samples; channels named in `bad` are at that value."""
        stop = self._next + round(seconds * SFREQ)
        self._time += jump
        while self._next < stop:
            chunk = self._source.read(1.0)
            assert chunk is not None
            data = chunk.data.copy()
            for name, value in bad.items():
                data[:, self.info.ch_names.index(name)] = value
            times = self._time + np.arange(1, chunk.n_times + 1) / SFREQ
            self.ring.append(Chunk(data, times, self._next))
            self._next, self._time = self._next + chunk.n_times, float(times[-1])

    def lights(self) -> dict[str, str]:
        self.watch.poll()
        report = self.watch.report
        return {} if report is None else {s.name: s.reason for s in report.states if s.reason}


@pytest.mark.parametrize("first", [0, 123_457])
def test_the_newest_samples_are_judged_once_there_are_enough(first: int) -> None:
    fed = Fed(first=first)
    fed.feed(3.0)
    fed.watch.poll()
    assert fed.watch.report is None
    fed.feed(1.5, F3=0.0)
    assert "F3" not in fed.lights()
    fed.feed(4.0, F3=0.0)
    assert fed.lights() == {"F3": "flat"}
    fed.feed(4.5)
    assert fed.lights() == {}
    assert fed.watch.report.time == pytest.approx(fed._time, abs=0.3)


def test_what_has_not_changed_is_not_judged_again() -> None:
    fed = Fed()
    fed.feed(5.0)
    fed.watch.poll()
    report = fed.watch.report
    fed.watch.poll()
    assert fed.watch.report is report


def test_no_verdict_spans_a_gap() -> None:
    fed = Fed()
    fed.feed(5.0)
    fed.watch.poll()
    report = fed.watch.report
    fed.feed(2.0, jump=3.0)
    fed.watch.poll()
    assert fed.watch.report is report
    fed.feed(2.5)
    fed.watch.poll()
    assert fed.watch.report is not report


def test_a_ring_that_is_too_short_gives_no_verdict_and_no_error() -> None:
    fed = Fed(ring_seconds=2.0)
    fed.feed(10.0)
    fed.watch.poll()
    assert fed.watch.report is None


def test_a_stream_without_volts_is_not_judged() -> None:
    stream = StreamInfo("amp", "", SFREQ, ("a", "b"), ("eeg", "misc"), ("n/a", "n/a"))
    ring = RingBuffer(2, 2500)
    ring.append(Chunk(np.zeros((2500, 2)), np.arange(2500) / SFREQ, 0))
    watch = QualityMonitor(stream, ring)
    watch.poll()
    assert watch.report is None
