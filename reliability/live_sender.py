"""A sender of EEG over LSL that can be made to misbehave while it sends.

Run as ``python -m reliability.live_sender NAME`` it sends well until it is killed.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pylsl
from numpy.typing import NDArray

SFREQ = 250.0
NAMES = ("Fp1", "Fp2", "F3", "F4", "Cz", "Pz")
F3, F4 = NAMES.index("F3"), NAMES.index("F4")
TICK = 0.01
SECONDS = 120.0

Numbers = NDArray[np.int64]
Samples = NDArray[np.float64]
Packets = list[tuple[Samples, Samples]]  # values and stamps
Fault = Callable[[Numbers, Samples, Samples], Packets]


def noise(seconds: float, n_channels: int, seed: int = 0) -> Samples:
    """Return something of the size and colour of EEG, uV, shape (n_times, n_channels)."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal((round(seconds * SFREQ), n_channels + 1))
    for i in range(1, len(white)):
        white[i] += 0.85 * white[i - 1]
    return np.asarray(4.0 * (white[:, 1:] + 0.7 * white[:, :1]))


def described(
    name: str,
    *,
    source_id: str = "",
    sfreq: float = SFREQ,
    names: Sequence[str] = NAMES,
    unit: str = "uV",
) -> pylsl.StreamInfo:
    """Return the description of a stream."""
    info = pylsl.StreamInfo(
        name, "EEG", len(names), sfreq, pylsl.cf_float32, source_id or f"id-{name}"
    )
    channels = info.desc().append_child("channels")
    for label in names:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit)
        channel.append_child_value("type", "EEG")
    return info


def as_it_is(numbers: Numbers, stamps: Samples, values: Samples) -> Packets:
    """Send what was taken."""
    return [(values, stamps)]


class Sender:
    """Sends in real time, in a thread of its own, until it is stopped.

    Attributes
    ----------
    fault : callable
        Makes of the numbers, stamps and values of new samples the packets that are sent.
    stalled : bool
        Keeps everything; when no longer, sends all of it at once.
    delay : float
        How much later than they are taken samples are sent, s.
    n_pushed : int
        Samples that were handed to LSL.
    """

    def __init__(
        self,
        info: pylsl.StreamInfo,
        *,
        rate: float = SFREQ,
        fault: Fault = as_it_is,
        data: Samples | None = None,
        tick: float = TICK,
        clock: Callable[[], float] = pylsl.local_clock,
    ) -> None:
        self.fault, self.stalled, self.delay = fault, False, 0.0
        self.n_pushed = 0
        self._clock = clock
        self._start, self._n_taken = clock(), 0
        self._rate, self._tick = rate, tick
        self._data = noise(SECONDS, info.channel_count()) if data is None else data
        self._outlet: pylsl.StreamOutlet | None = pylsl.StreamOutlet(info)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def behind(self) -> float:
        """Return how long ago the next sample should have been sent, s."""
        if self.stalled or self._stopping.is_set():
            return 0.0
        return self._clock() - self.delay - self._start - self._n_taken / self._rate

    def stop(self) -> None:
        """Take the stream off the network."""
        self._stopping.set()
        self._thread.join()
        self._outlet = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            time.sleep(self._tick)
            due = int((self._clock() - self.delay - self._start) * self._rate)
            if self.stalled or due <= self._n_taken:
                continue
            numbers = np.arange(self._n_taken, due)
            values = self._data[numbers % len(self._data)]
            stamps = self._start + numbers / self._rate
            for packet, times in self.fault(numbers, stamps, values):
                if self._outlet is not None and len(times):
                    self._outlet.push_chunk(packet.astype(np.float32), times.tolist())
                    self.n_pushed += len(times)
            self._n_taken = due


if __name__ == "__main__":
    sender = Sender(described(sys.argv[1]))
    while True:
        time.sleep(1.0)
