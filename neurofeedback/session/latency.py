"""How long it takes from a sample to the picture, on this machine.

Responsible for the times of a session's frames on their way, for their percentiles, and for whether
they are short enough. Not responsible for the delay of the method (`FeatureDescriptor.delay`), nor
for what the monitor adds after painting (`session.light`).

::

    sample stamp ── arrival ──► arrived ── engine ──► computed ── screen ──► painted
         └───────────────────────────── total ─────────────────────────────────┘

The stamp is on the sender's clock; `Chunk.clock_offset` takes it to the local one. Where that clock
is not known (a file, a sender whose stamps are of another clock) the way to this machine is not
known either, and the total begins with the arrival.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.frames import Chunk, FeedbackFrame
from neurofeedback.session.live.age import PLAUSIBLE
from neurofeedback.words.message import Message, joined

STAGES = ("arrival", "engine", "screen", "total")
# In a session of a study, what follows from the times of chunks and of painting anyhow: how long
# the engine takes could differ between arms.
CONCEALED_STAGES = ("arrival", "total")
FIGURES = ("n", "p50", "p95", "p99", "max")
_BIN = 0.00025  # s
_RANGE = (-1.0, 5.0)  # s; what is beyond counts as its end
_PENDING = 256  # frames that may still be painted


@dataclass(frozen=True, slots=True)
class Percentiles:
    """The times of one stage.

    Parameters
    ----------
    n : int
        Number of frames.
    p50, p95, p99, most : float
        Seconds; NaN where there are none.
    """

    n: int
    p50: float
    p95: float
    p99: float
    most: float

    def to_dict(self) -> dict[str, float]:
        """Return them as plain JSON types, in seconds."""
        values = (self.n, self.p50, self.p95, self.p99, self.most)
        return dict(zip(FIGURES, values, strict=True))


class _Times:
    """Times as counts in narrow bins, so that a session of hours takes no more memory."""

    def __init__(self) -> None:
        self._counts = np.zeros(round((_RANGE[1] - _RANGE[0]) / _BIN), dtype=np.uint32)
        self._most = math.nan

    def add(self, seconds: float) -> None:
        if not math.isfinite(seconds):
            return
        at = int((seconds - _RANGE[0]) / _BIN)
        self._counts[min(max(at, 0), len(self._counts) - 1)] += 1
        self._most = seconds if math.isnan(self._most) else max(self._most, seconds)

    @property
    def percentiles(self) -> Percentiles:
        counted = np.cumsum(self._counts)
        n = int(counted[-1])
        if n == 0:
            return Percentiles(0, math.nan, math.nan, math.nan, math.nan)
        at = np.searchsorted(counted, n * np.array([0.5, 0.95, 0.99]))
        p50, p95, p99 = np.round(_RANGE[0] + (at + 0.5) * _BIN, 6).tolist()
        return Percentiles(n, p50, min(p95, self._most), min(p99, self._most), self._most)


@dataclass(frozen=True, slots=True)
class Latency:
    """What was measured.

    Parameters
    ----------
    stages : mapping of str to Percentiles
        By name, see `STAGES`.
    limit : float
        The protocol's own delay, s: its filter and half of its smoothing.
    """

    stages: Mapping[str, Percentiles]
    limit: float

    @property
    def known(self) -> bool:
        """Whether a frame has been painted."""
        return self.stages["total"].n > 0

    @property
    def begun(self) -> bool:
        """Whether a frame has been computed."""
        return self.stages["engine"].n > 0

    @property
    def ok(self) -> bool:
        """Whether 95 % of frames are painted within the protocol's own delay.

        The picture then comes at most twice as late as it has to.
        """
        return self.known and self.stages["total"].p95 <= self.limit

    def to_dict(self) -> dict[str, object]:
        """Return it as plain JSON types, in seconds; only stages that were measured."""
        measured = {name: s.to_dict() for name, s in self.stages.items() if s.n}
        return {"stages": measured, "limit": self.limit, "ok": self.ok if self.known else None}

    def details(self, stages: Sequence[str] = STAGES) -> dict[str, object]:
        """Return what is logged: ``total_p95`` and so on, in seconds, and the verdict."""
        measured = {name: self.stages[name].to_dict() for name in stages if self.stages[name].n}
        figures = {f"{name}_{key}": v for name, s in measured.items() for key, v in s.items()}
        return {**figures, "limit": self.limit, "ok": self.ok if self.known else None}

    @property
    def in_words(self) -> Message:
        """Say the total, and whether it is short enough."""
        total = self.stages["total"]
        if not self.known:
            return Message("No frame was painted: the way to the screen is not known.")
        begins = Message("sample to screen")
        if not self.stages["arrival"].n:
            begins = Message("arrival to screen")
        figures = Message(
            "From {begins} {median:.0f} ms, for 95 % of frames within {p95:.0f} ms.",
            begins=begins, median=1e3 * total.p50, p95=1e3 * total.p95,
        )  # fmt: skip
        if self.ok:
            verdict = Message(
                "That is less than the protocol's own delay of {limit:.0f} ms: fast enough.",
                limit=1e3 * self.limit,
            )
        else:
            verdict = Message(
                "That is more than the protocol's own delay of {limit:.0f} ms: close other "
                "programs, and connect the amplifier by cable.",
                limit=1e3 * self.limit,
            )
        return joined((figures, verdict))


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    age: float  # of its sample at arrival; NaN where not known
    arrived: float
    computed: float


class LatencyMeter:
    """Follows frames through a session; each method is called by one thread of its own."""

    def __init__(self) -> None:
        self._pending: dict[int, _OnItsWay] = {}
        self._lock = threading.Lock()  # of `_pending`, which frames enter and leave by two threads
        self._times = {name: _Times() for name in STAGES}

    def computed(
        self, chunk: Chunk, arrived: float, frames: Sequence[FeedbackFrame], now: float
    ) -> None:
        """Take the newest of the frames that a chunk gave.

        Parameters
        ----------
        chunk : Chunk
        arrived : float
            When it came out of its source, on the clock of `now`.
        frames : sequence of FeedbackFrame
        now : float
            The time, s.
        """
        if not frames:
            return
        newest = frames[-1]
        age = chunk.arrival - newest.time - chunk.clock_offset  # NaN where no clock is known
        if not PLAUSIBLE[0] <= age <= PLAUSIBLE[1]:
            age = math.nan
        self._times["arrival"].add(age)
        self._times["engine"].add(now - arrived)
        with self._lock:
            while len(self._pending) >= _PENDING:
                self._pending.pop(next(iter(self._pending)))
            self._pending[newest.sample] = _OnItsWay(age, arrived, now)

    def painted(self, frame: FeedbackFrame, when: float) -> None:
        """Take the time at which a frame was painted, on the same clock; its first time counts."""
        with self._lock:
            sent = self._pending.pop(frame.sample, None)
        if sent is None:
            return
        self._times["screen"].add(when - sent.computed)
        known = 0.0 if math.isnan(sent.age) else sent.age
        self._times["total"].add(known + when - sent.arrived)

    def latency(self, limit: float) -> Latency:
        """Return what was measured so far; any thread may ask.

        Parameters
        ----------
        limit : float
            The protocol's own delay, s.
        """
        return Latency({name: times.percentiles for name, times in self._times.items()}, limit)
