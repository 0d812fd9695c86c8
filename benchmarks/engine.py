"""The engine alone: time of a step, throughput of a replay, and how cost grows."""

from __future__ import annotations

import gc
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.data import chunks, endless, features, noise, stream
from benchmarks.table import Table
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.offline import run_offline
from neurofeedback.session.prepare import prepare_session

STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def step_times(parts: list[Chunk], engine: SessionEngine) -> np.ndarray:
    """Return the time of each step in ms, the first 50 left out."""
    taken = np.empty(len(parts))
    for i, chunk in enumerate(parts):
        start = time.perf_counter_ns()
        engine.step(chunk)
        taken[i] = time.perf_counter_ns() - start
    return taken[50:] / 1e6


def cost(n_channels: int, sfreq: float, spec: ProtocolSpec, seconds: float, n_times: int) -> float:
    """Return the engine's time in ms for one second of stream, best of three."""
    info = stream(n_channels, sfreq)
    parts = chunks(noise(info, min(seconds, 20.0)), info, n_times, seconds)
    best = np.inf
    for _ in range(3):
        engine = SessionEngine(info, spec)
        start = time.perf_counter()
        for chunk in parts:
            engine.step(chunk)
        best = min(best, time.perf_counter() - start)
    return 1e3 * best * sfreq / sum(chunk.n_times for chunk in parts)


def steps(quick: bool) -> Table:
    """Time one step at 64 channels, 1 kHz, for chunks as they come live."""
    table = Table(
        "Engine step, 64 channels, 1 kHz, faa-up (limit: p99 < 2 ms)",
        ["samples in a chunk", "chunks a second", "p50 ms", "p99 ms", "max ms", "share of a core"],
    )
    info = stream(64, 1000.0)
    data = noise(info, 20.0)
    for n_times in (4, 16, 32, 100):
        parts = chunks(data, info, n_times, 20.0 if quick else 120.0)
        engine = SessionEngine(info, endless())
        gc.collect()
        taken = step_times(parts, engine)
        p50, p99 = np.percentile(taken, [50, 99])
        share = taken.mean() / 1e3 * info.sfreq / n_times
        table.add(n_times, round(info.sfreq / n_times), p50, p99, taken.max(), f"{share:.1%}")
    return table


def throughput(quick: bool) -> Table:
    """Replay at top speed: 64 channels, 512 Hz, on one core."""
    table = Table(
        "Replay at top speed, 64 channels, 512 Hz, faa-up, times real time",
        ["what", "stream s", "wall s", "x real time", "limit"],
    )
    info = stream(64, 512.0)
    seconds = 300.0 if quick else 1200.0
    data = noise(info, 60.0)
    for n_times, what in ((16, "chunks of 31 ms"), (5120, "chunks of 10 s")):
        rate = 1e3 / cost(64, 512.0, endless(), seconds, n_times)
        limit = "> 1000" if n_times > 1000 else "-"
        table.add(f"engine alone, {what}", seconds, seconds / rate, rate, limit)
    both = [*features(1), {"kind": "roi", "name": "pg", "roi": "pgACC"}]
    rate = 1e3 / cost(64, 512.0, endless(features=both), seconds, 5120)
    table.add("engine alone, FAA + pgACC power, 10 s", seconds, seconds / rate, rate, "> 500")
    rate = 1e3 / cost(64, 512.0, endless(asr={"seconds": 20.0}), seconds, 5120)
    table.add("engine alone, FAA with ASR, chunks of 10 s", seconds, seconds / rate, rate, "-")
    with tempfile.TemporaryDirectory() as folder:
        recorded = _record(Path(folder), data, seconds)
        start = time.perf_counter()
        source = ReplaySource(recorded)
        session = prepare_session(
            source, endless(), root=Path(folder) / "again", participant="02", started=STARTED
        )
        result = run_offline(source, session.engine, info.sfreq, session.recorder)
        wall = time.perf_counter() - start
    stream_s = result.stream_seconds
    table.add("file read, everything written", stream_s, wall, stream_s / wall, "> 300")
    return table


def _record(root: Path, data: np.ndarray, seconds: float) -> Path:
    """Record noise as a session and return its BrainVision header."""
    info = stream(64, 512.0)

    class Memory:
        live, connected, exhausted = False, True, False

        def open(self) -> object:
            return info

        def close(self) -> None:
            pass

    session = prepare_session(
        Memory(), endless(), root=root / "first", participant="01", started=STARTED
    )
    for chunk in chunks(data, info, 5120, seconds):
        session.recorder.append([chunk])
    session.recorder.finalize("completed", "benchmark")
    return session.recorder.layout.vhdr


def fit(quick: bool) -> Table:
    """Time the step that ends a baseline of 30 s and fits the estimators to it."""
    table = Table(
        "The step that fits the estimators (auto) at the end of 30 s of baseline, 64 channels",
        ["features", "Hz", "median ms of CPU", "worst", "limit"],
    )
    region = {"kind": "roi", "name": "pg", "roi": "pgACC"}
    region["envelope"] = {**features(1)[0]["envelope"], "band": [4.0, 8.0], "estimator": "auto"}
    asymmetries = [{**f, "envelope": {**f["envelope"], "estimator": "auto"}} for f in features(8)]
    cases = {
        "FAA": asymmetries[:1],
        "FAA + pgACC theta": [asymmetries[0], region],
        "8 features, bands from 4 to 15 Hz": asymmetries,
    }
    limits = {("FAA", 1000.0): "< 50", ("FAA", 5000.0): "< 150"}
    for name, declared in cases.items():
        for sfreq in (250.0, 512.0, 1000.0, 2048.0, 5000.0)[1 if quick else 0 :]:
            taken = [_fit_time(sfreq, declared, seed) for seed in range(2 if quick else 5)]
            limit = limits.get((name, sfreq), "-")
            table.add(name, sfreq, float(np.median(taken)), max(taken), limit)
    return table


def _fit_time(sfreq: float, declared: list[dict[str, object]], seed: int) -> float:
    """Return the processor time in ms of the one step that logs what was fitted."""
    info = stream(64, sfreq)
    n_times = round(sfreq * 0.032)
    engine = SessionEngine(info, endless(features=declared))
    for chunk in chunks(noise(info, 45.0, seed), info, n_times, 45.0):
        start = time.process_time()  # other programs' turns on the processor are not the fit's
        events = engine.step(chunk).events
        if any(event.kind == EventKind.ESTIMATOR_FITTED for event in events):
            return 1e3 * (time.process_time() - start)
    raise RuntimeError("the baseline did not end within 45 s")


def scaling(quick: bool) -> list[Table]:
    """How the engine's cost grows with channels, rate and features, in live chunks of 32 ms."""
    seconds = 20.0 if quick else 60.0
    by_channels = Table("Cost and channels (512 Hz)", ["channels", "ms per s", "% of a core"])
    for n in (8, 16, 32, 64, 128, 256):
        ms = cost(n, 512.0, endless(), seconds, 16)
        by_channels.add(n, ms, ms / 10)
    by_rate = Table("Cost and rate (64 channels)", ["Hz", "ms per s", "% of a core"])
    for sfreq in (125.0, 250.0, 512.0, 1000.0, 2048.0):
        ms = cost(64, sfreq, endless(), seconds, round(sfreq * 0.032))
        by_rate.add(sfreq, ms, ms / 10)
    by_features = Table(
        "Cost and features (64 channels, 512 Hz)", ["features", "ms per s", "% of a core"]
    )
    for n in (1, 2, 4, 8, 16, 32):
        ms = cost(64, 512.0, endless(features=features(n)), seconds, 16)
        by_features.add(n, ms, ms / 10)
    largest = Table("The largest case", ["what", "ms per s", "% of a core", "limit"])
    ms = cost(256, 2048.0, endless(), seconds, 66)
    largest.add("256 channels, 2048 Hz", ms, ms / 10, "< 25")
    return [by_channels, by_rate, by_features, largest]


def length(quick: bool) -> Table:
    """Memory and cost over the length of a session: 64 channels, 512 Hz, offline."""
    table = Table(
        "Cost and session length (64 channels, 512 Hz, chunks of 31 ms)",
        ["stream min", "ms per s", "peak memory MB"],
    )
    info = stream(64, 512.0)
    data = noise(info, 20.0)
    engine = SessionEngine(info, endless())
    template = chunks(data, info, 16, 20.0)
    n_steps, first = len(template), 0
    for minutes in (1, 10, 30) if quick else (1, 10, 60, 180):
        start, begun = time.perf_counter(), first
        while first < minutes * 60 * info.sfreq:
            part = template[(first // 16) % n_steps]
            engine.step(Chunk(part.data, part.timestamps, first))
            first += 16
        wall = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        table.add(minutes, 1e3 * wall * info.sfreq / (first - begun), peak)
    return table
