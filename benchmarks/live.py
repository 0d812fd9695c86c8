"""Live over LSL: from the arrival of a chunk to the painted frame, and the share of a core.

Sender, receiver and rival are processes of their own on a private LSL network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np

from benchmarks.data import endless
from benchmarks.pacing import Pace, Times, memory_table, pace_table
from benchmarks.table import Table

N_CHANNELS, SFREQ = 64, 1000.0
FILTER_AND_SMOOTHING_MS = 1e3 * (0.04 + 0.25 / 2)
WELCH_MS = 1e3 * 0.5


@contextmanager
def private_network() -> Iterator[None]:
    """Give liblsl, here and in children, a session of its own; before it is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "lsl_api.cfg"
        config.write_text(
            f"[lab]\nSessionID = bench-{uuid4().hex}\nKnownPeers = {{127.0.0.1}}\n"
            "[multicast]\nResolveScope = machine\n"
            "[log]\nlevel = -3\n"
        )
        os.environ["LSLAPICFG"] = str(config)
        yield


@contextmanager
def sender(seconds: float) -> Iterator[str]:
    """Run a sender for `seconds`; give its source id."""
    source_id = f"bench-{uuid4().hex}"
    command = [sys.executable, "-m", "benchmarks.sender", str(N_CHANNELS), str(SFREQ)]
    process = subprocess.Popen([*command, str(seconds), source_id])
    try:
        yield source_id
    finally:
        process.terminate()
        process.wait()


def consumer_figures(windows: bool, seconds: float) -> dict[str, float]:
    """Receive, compute, record and (with windows) show for `seconds`, in a process of its own."""
    with sender(seconds + 120) as source_id:
        command = [sys.executable, "-m", "benchmarks.live", source_id, str(seconds)]
        command.append("windows" if windows else "headless")
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def rival_figures(seconds: float) -> dict[str, float]:
    """The same stream, received by mne-lsl."""
    with sender(seconds + 30) as source_id:
        command = [sys.executable, "-m", "benchmarks.rival", source_id, str(seconds)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def live(quick: bool) -> list[Table]:
    """Latency with both windows open, and CPU beside the rival.

    Mean age: of the newest sample behind the value that stands, half the time to the next value
    included. Estimator: what the method itself lags, filter delay and half of the smoothing.
    """
    seconds = 15.0 if quick else 60.0
    with private_network():
        shown = consumer_figures(True, seconds)
        plain = consumer_figures(False, seconds)
        rival = rival_figures(seconds)
    latency = Table(
        f"Chunk in to frame painted, both windows, {N_CHANNELS} channels, 1 kHz (limit: p99 < 33)",
        ["painted frames", "p50 ms", "p99 ms", "max ms", "frames a second", "share of a core"],
    )
    latency.add(
        shown["n_painted"], shown["p50"], shown["p99"], shown["max"], shown["painted_per_s"],
        f"{shown['cpu_share']:.0%}",
    )  # fmt: skip
    compared = Table(
        f"Receiving and computing FAA from LSL, {N_CHANNELS} channels, 1 kHz, same sender",
        ["what", "share of a core", "values a second", "step ms", "mean age ms", "estimator ms"],
    )
    compared.add(
        "this program, every sample recorded", f"{plain['cpu_share']:.1%}",
        plain["updates_per_s"], plain["step_ms"], _mean_age(plain),
        FILTER_AND_SMOOTHING_MS,
    )  # fmt: skip
    compared.add(
        "StreamLSL + 1 s Welch at 2 Hz, nothing recorded", f"{rival['cpu_share']:.1%}",
        rival["updates_per_s"], rival["step_ms"],
        _mean_age(rival), WELCH_MS,
    )  # fmt: skip
    return [latency, pace_table(shown, N_CHANNELS, SFREQ), compared]


def soak(quick: bool, minutes: float = 3.0) -> list[Table]:
    """Both windows for many minutes: whether the pace holds and the memory stays."""
    with private_network():
        shown = consumer_figures(True, 30.0 if quick else 60.0 * minutes)
    return [pace_table(shown, N_CHANNELS, SFREQ), memory_table(shown)]


def _mean_age(figures: dict[str, float]) -> float:
    return figures["newest_sample_age_ms"] + 500.0 / figures["updates_per_s"]


def _receive(source_id: str, seconds: float, windows: bool) -> dict[str, float]:
    """Run one session and read its figures off what it recorded."""
    from neurofeedback.acquisition.lsl import LslSource
    from neurofeedback.session.prepare import prepare_session
    from neurofeedback.session.runner import SessionRunner

    with tempfile.TemporaryDirectory() as folder:
        source = LslSource(f"source_id={source_id}", timeout=20.0)
        session = prepare_session(
            source, endless(), root=Path(folder), participant="01",
            started=datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        ages = Times()
        runner = SessionRunner(
            source, session.info, session.spec, session.engine, session.recorder,
            on_feedback=lambda frame: ages.append(time.monotonic() - frame.time),
        )  # fmt: skip
        runner.start()
        seen = _show(runner, seconds) if windows else {"cpu_share": _wait(seconds)}
        runner.stop()
        runner.wait(30.0)
        per_s = session.info.sfreq / (session.engine.hop)
        figures = {"updates_per_s": per_s, **seen}
        figures["newest_sample_age_ms"] = 1e3 * float(np.median(ages.values[len(ages) // 4 :]))
        figures["step_ms"] = _step_ms(session.recorder.path) if not windows else 0.0
        if windows:
            figures |= _painted(session.recorder.path, seconds)
        return figures


def _wait(seconds: float) -> float:
    time.sleep(2.0)
    cpu, start = time.process_time(), time.perf_counter()
    time.sleep(seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - start)


def _show(runner: object, seconds: float) -> dict[str, float]:
    from neurofeedback.gui._qt import QtCore
    from neurofeedback.gui.application import application
    from neurofeedback.gui.windows import SessionWindows

    app = application()
    windows = SessionWindows(runner)  # type: ignore[arg-type]
    windows.operator.resize(1366, 768)
    windows.participant.resize(1280, 720)
    windows.show()
    pace = Pace(windows)
    loop = QtCore.QEventLoop(app)
    moving = QtCore.QTimer(loop)

    def look() -> None:
        """Begin with the training: before it the picture stands still."""
        frame = runner.latest  # type: ignore[attr-defined]
        if frame is not None and frame.phase == "train":
            moving.stop()
            pace.begin()
            QtCore.QTimer.singleShot(int(1e3 * seconds), loop.quit)

    moving.timeout.connect(look)
    moving.start(1000)
    loop.exec()
    figures = pace.figures()
    windows.close()
    return figures


def _step_ms(path: Path) -> float:
    """Median time of the engine's step over the recorded chunks, as they arrived."""
    from benchmarks.engine import step_times
    from neurofeedback.recording.read.reader import SessionReader
    from neurofeedback.session.engine import SessionEngine

    reader = SessionReader(path)
    return float(np.median(step_times(list(reader.iter_chunks()), _fresh(reader, SessionEngine))))


def _fresh(reader: object, engine: type) -> object:
    return engine(reader.info, endless())  # type: ignore[attr-defined]


def _painted(path: Path, seconds: float) -> dict[str, float]:
    """Time from the arrival of the chunk that completed a frame to its painting, from the logs."""
    from neurofeedback.recording.read.reader import SessionReader

    reader = SessionReader(path)
    stops = np.array([row.stop_sample for row in reader.chunk_rows])
    arrivals = np.array([row.arrival for row in reader.chunk_rows])
    rows = reader.display_rows()
    samples = np.array([row.sample for row in rows])
    painted = np.array([row.painted for row in rows])
    ms = 1e3 * (painted - arrivals[np.searchsorted(stops, samples, side="right")])
    ms = ms[samples > 3 * SFREQ]
    p50, p99 = np.percentile(ms, [50, 99])
    return {
        "n_painted": float(ms.size), "p50": p50, "p99": p99, "max": float(ms.max()),
        "painted_per_s": len(rows) / (painted[-1] - painted[0]),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(_receive(sys.argv[1], float(sys.argv[2]), sys.argv[3] == "windows")))
