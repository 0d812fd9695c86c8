"""Clean EEG sent live in uncomfortable ways: how much of it is held for no reason.

Real recordings are sent with jitter of the stamps, a clock that drifts, in chunks of any size and
in bursts. What a session over the real loopback holds that an offline run of the same samples does
not is a false alarm. Of a chunk longer than a second, the beginning is older than a second when it
comes: that it is held (`stale`) is right, and counted apart.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.engine import SessionEngine
from reliability.live import Live, protocol
from reliability.live_sender import Numbers, Packets, Samples, Sender, described
from reliability.pace import PacedClock


@dataclass(frozen=True, slots=True)
class Held:
    """What was held of a recording.

    Parameters
    ----------
    frames : int
        Frames of the session.
    wrongly : float
        Share held live, not offline, and not for being late.
    late : float
        Share held as stale.
    causes : tuple of str
        Of what was held wrongly.
    """

    frames: int
    wrongly: float
    late: float
    causes: tuple[str, ...]


def jitter(seconds: float) -> Callable[[], Callable[..., Packets]]:
    """Jitter each stamp by up to so much."""
    rng = np.random.default_rng(0)
    return lambda: (
        lambda n, stamps, values: [(values, stamps - rng.uniform(0.0, seconds, len(stamps)))]
    )


def drift(share: float, sfreq: float) -> Callable[[], Callable[..., Packets]]:
    """Stamp by a clock that is slow."""
    return lambda: lambda n, stamps, values: [(values, stamps - share * n / sfreq)]


def in_chunks(least: int, most: int) -> Callable[[], Callable[..., Packets]]:
    """Send chunks of random sizes, each when its last sample was taken."""

    def make() -> Callable[..., Packets]:
        rng = np.random.default_rng(0)
        waiting: list[tuple[Samples, Samples]] = []
        due = int(rng.integers(least, most + 1))

        def fault(numbers: Numbers, stamps: Samples, values: Samples) -> Packets:
            nonlocal due
            waiting.append((values, stamps))
            packets = []
            data, times = (np.concatenate(part) for part in zip(*waiting, strict=True))
            while len(times) >= due:
                packets.append((data[:due], times[:due]))
                data, times = data[due:], times[due:]
                due = int(rng.integers(least, most + 1))
            waiting[:] = [(data, times)]
            return packets

        return fault

    return make


def bursts(n: int) -> Callable[[], Callable[..., Packets]]:
    """Send bursts, all stamped as they are sent."""
    chunks = in_chunks(n, n)

    def make() -> Callable[..., Packets]:
        inner = chunks()

        def fault(numbers: Numbers, stamps: Samples, values: Samples) -> Packets:
            return [
                (data, times[-1] + 1e-4 * np.arange(len(times)))
                for data, times in inner(numbers, stamps, values)
            ]

        return fault

    return make


def held_of(
    path: Path, fault: Callable[[], Callable[..., Packets]], root: Path, seconds: float
) -> Held:
    """Send a recording so, and see what is held of it."""
    recording = load_recording(path)
    info = recording.info
    columns = [i for i in info.eeg if info.units[i] == "V"]
    names = [info.ch_names[i] for i in columns]
    name = f"clean-{os.getpid()}-{time.monotonic_ns()}"
    stream = described(name, sfreq=info.sfreq, names=names)
    data = recording.data[:, columns] * 1e6
    with (
        PacedClock() as clock,
        Sender(stream, rate=info.sfreq, fault=fault(), data=data, clock=clock) as sender,
    ):
        live = Live(name, root, sender, clock=clock)
        live.run(seconds)
        live.runner.stop()
        live.runner.wait(30.0)
    return _compare(SessionReader(live.folder))


def _compare(reader: SessionReader) -> Held:
    samples = np.concatenate([chunk.data for chunk in reader.iter_chunks()])
    info: StreamInfo = reader.info
    first = reader.chunk_rows[0].first_sample
    times = np.arange(len(samples)) / info.sfreq
    offline = SessionEngine(info, protocol()).step(Chunk(samples, times, first)).features
    table = reader.feedback_rows()
    gate = dict(zip(map(int, table["sample"]), table["gate"], strict=True))
    quiet = [int(s) for s, held in zip(offline.samples, offline.held, strict=True) if held is None]
    causes = [gate[sample] for sample in quiet if sample in gate]
    late = sum(cause == "stale" for cause in causes)
    wrong = [cause for cause in causes if cause not in ("n/a", "stale")]
    n = max(1, len(causes))
    return Held(len(gate), len(wrong) / n, late / n, tuple(sorted(set(wrong))))
