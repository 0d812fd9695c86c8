"""How evenly the windows are painted: frame intervals, traces a second, CPU, memory over time.

Measured from outside, by paint events of the two widgets that must not stutter. A picture that
is looked at and has not changed, such as one at its upper end, is not painted again: it is current
all the same, so that look counts like a painting, and is counted apart.
"""

from __future__ import annotations

import time

import numpy as np
import psutil

from benchmarks.table import Table

MEMORY_EVERY = 1.0
ROOM = 1_000_000  # numbers: paintings of more than three hours
FILLING = 12 * 60.0  # s; the histories that are kept are full after 11 min


class Times:
    """Numbers in memory that is taken, and touched, beforehand: measuring must not grow it."""

    def __init__(self) -> None:
        self._values = np.full(ROOM, np.nan)
        self.clear()

    def __len__(self) -> int:
        return self._n

    def append(self, value: float) -> None:
        self._values[self._n] = value
        self._n += 1

    def clear(self) -> None:
        self._n = 0

    @property
    def values(self) -> np.ndarray:
        return self._values[: self._n]


class Pace:
    """Notes when the participant's display and the traces are painted, and the memory used.

    Made with the windows open; `figures` tells what happened between `begin` and now.
    """

    def __init__(self, windows: object) -> None:
        from neurofeedback.gui._qt import QtCore

        painted: dict[object, Times] = {}

        class Filter(QtCore.QObject):
            def eventFilter(self, target: object, event: QtCore.QEvent) -> bool:  # noqa: N802
                if event.type() == QtCore.QEvent.Type.Paint:
                    painted[target].append(time.perf_counter())
                return False

        operator = windows.operator  # type: ignore[attr-defined]
        self._participant, self._traces = windows.participant, operator.traces.view  # type: ignore[attr-defined]
        self._painted = painted
        self._filter = Filter(operator)
        for widget in (self._participant, self._traces):
            painted[widget] = Times()
            widget.installEventFilter(self._filter)
        self._still, self._picture, self._n_painted = Times(), self._participant.picture, 0
        windows.bridge.ticked.connect(self._look_at_picture)  # type: ignore[attr-defined]
        self._process = psutil.Process()
        self._timer = QtCore.QTimer(operator)
        self._timer.timeout.connect(self._look_at_memory)
        self.begin()

    def begin(self) -> None:
        """Count from now on."""
        for times in self._painted.values():
            times.clear()
        self._still.clear()
        self._cpu, self._start = time.process_time(), time.perf_counter()
        self._memory = Times()
        self._timer.start(round(1e3 * MEMORY_EVERY))

    def _look_at_picture(self) -> None:
        """Note a tick that painted nothing since the picture is the same as before."""
        before, self._picture = self._picture, self._participant.picture
        n_painted, self._n_painted = self._n_painted, len(self._painted[self._participant])
        if self._picture == before and n_painted == self._n_painted:
            self._still.append(time.perf_counter())

    def _look_at_memory(self) -> None:
        self._memory.append(self._process.memory_info().rss / 2**20)

    def figures(self) -> dict[str, float]:
        seconds = time.perf_counter() - self._start
        cpu = time.process_time() - self._cpu
        painted, still = self._painted[self._participant].values, self._still.values
        intervals = 1e3 * np.diff(np.sort(np.concatenate([painted, still])))
        p50, p95, p99, p999 = np.percentile(intervals, [50, 95, 99, 99.9])
        memory = self._memory.values
        if memory.size * MEMORY_EVERY > 1.3 * FILLING:
            memory = memory[round(FILLING / MEMORY_EVERY) :]
        quarter = max(1, memory.size // 4)
        first, last = np.median(memory[:quarter]), np.median(memory[-quarter:])
        apart = (memory.size - quarter) * MEMORY_EVERY / 60.0
        return {
            "frames_per_s": len(intervals) / seconds,
            "still": still.size / (painted.size + still.size),
            "interval_p50": p50,
            "interval_p95": p95,
            "interval_p99": p99,
            "interval_p999": p999,
            "interval_max": float(intervals.max()),
            "late": float(np.mean(intervals > 20.0)),
            "traces_per_s": len(self._painted[self._traces]) / seconds,
            "cpu_share": cpu / seconds,
            "memory_first": float(first),
            "memory_last": float(last),
            "memory_mb_per_10_min": float(10 * (last - first) / apart) if apart else 0.0,
            "minutes": seconds / 60.0,
            "memory_minutes": memory.size * MEMORY_EVERY / 60.0,
        }


def pace_table(figures: dict[str, float], n_channels: int, sfreq: float) -> Table:
    """Return what was seen of both windows; the limits stand in the title."""
    table = Table(
        f"Both windows, {n_channels} channels, {sfreq:g} Hz (limits: interval p99 < 20 ms, "
        "traces >= 25 a second, share < 80 %)",
        ["frames a second", "still", "interval p50 ms", "p95", "p99", "p99.9", "max",
         "above 20 ms", "traces a second", "share of a core"],
    )  # fmt: skip
    table.add(
        figures["frames_per_s"], f"{figures['still']:.1%}", figures["interval_p50"],
        figures["interval_p95"],
        figures["interval_p99"], figures["interval_p999"], figures["interval_max"],
        f"{figures['late']:.2%}", figures["traces_per_s"], f"{figures['cpu_share']:.0%}",
    )  # fmt: skip
    return table


def memory_table(figures: dict[str, float]) -> Table:
    """Return how the memory of the whole program changed: medians of first and last quarter.

    Of runs of 16 min and more the first 12 are left out: histories of fixed length fill.
    """
    table = Table(
        f"Memory, last {figures['memory_minutes']:.1f} of {figures['minutes']:.1f} min, both "
        "windows, recording",
        ["MB first quarter", "MB last quarter", "MB in 10 min"],
    )
    table.add(figures["memory_first"], figures["memory_last"], figures["memory_mb_per_10_min"])
    return table
