"""64 channels at 1 kHz for an hour, live, with everything around it; and eight hours of replay.

Live: sender, markers and the receiver of OSC are another process; both windows are open. Replayed:
as fast as it goes, without windows, every frame painted and sent over OSC.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.data import endless
from benchmarks.out import free_port
from benchmarks.pacing import FILLING, Pace
from benchmarks.table import Table
from neurofeedback.acquisition.lsl.settings import private_network
from neurofeedback.acquisition.out.address import LOOPBACK, Address
from neurofeedback.acquisition.out.osc import OscOutlet
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, FeedbackFrame, FloatArray, StreamInfo, to_storage
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.prepare import PreparedSession, prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.verification.verify import verify_session
from reliability.sessions import FRAME

N_CHANNELS, SFREQ, SEED = 64, 1000.0, 7
LOOP_SECONDS = 20.0  # s of EEG that a replay repeats
PARTS = 10  # of the run, each with a p99 of its own


def soak(quick: bool, minutes: float | None = None, hours: float | None = None) -> Iterator[Table]:
    """Run live for so many minutes, 60 by default, and replay so many hours, 8 by default."""
    minutes = minutes or (0.5 if quick else 60.0)
    hours = hours or (0.05 if quick else 8.0)
    with private_network("nf-soak"), tempfile.TemporaryDirectory() as folder:
        yield _live(Path(folder) / "live", 60.0 * minutes)
    with tempfile.TemporaryDirectory() as folder:
        yield _replayed(Path(folder) / "replay", 3600.0 * hours)


# ---- live ------------------------------------------------------------------------------------


@contextmanager
def _peer(name: str, port: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "reliability.soak_peer", name, str(port)]
    given = [str(N_CHANNELS), str(SFREQ), str(SEED)]
    with subprocess.Popen(
        [*command, *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as peer:
        try:
            yield peer
        finally:
            peer.kill()


def _live(root: Path, seconds: float) -> Table:
    from neurofeedback.acquisition.lsl import LslSource

    name, port = f"soak-{time.monotonic_ns()}", free_port()
    with _peer(name, port) as peer, closing(OscOutlet(Address(LOOPBACK, port))) as outlet:
        markers = _markers(f"{name}-markers")
        session = _prepared(LslSource(name, timeout=60.0), root)
        outlet.begin(session.engine.score, concealed=False)
        runner = SessionRunner.of(session, on_feedback=outlet.send, markers=markers)
        runner.start()
        pace, alarms = _watch(runner, seconds)
        runner.stop()
        runner.wait()
        heard = json.loads(peer.communicate("end\n")[0])
    reader = SessionReader(session.recorder.layout)
    numbers = [
        int(e.details["label"])
        for e in reader.events()
        if e.kind is EventKind.MARKER and e.details["label"].isdigit()
    ]
    n_frames = len(reader.feedback_rows()["sample"])
    for alarm in alarms:
        print(f"  ALARM {alarm}")
    problems = verify_session(reader.layout.session_dir).problems
    table = Table(
        f"{N_CHANNELS} channels at {SFREQ:.0f} Hz live for {seconds / 60:g} min, both windows, "
        "markers, OSC",
        ["what", "value", "unit"],
    )
    _add(table, {
        "samples": (reader.n_samples, ""),
        "samples lost, or other than sent": (_wrong(reader), ""),
        "markers": (len(numbers), ""),
        "markers lost": (numbers[-1] - numbers[0] + 1 - len(set(numbers)), ""),
        "frames": (n_frames, ""),
        "frames lost over OSC": (n_frames - heard["heard"], ""),
        "frames out of order over OSC": (heard["disordered"], ""),
        **_latencies(reader),
        "painted": (pace["frames_per_s"], "frames a second"),
        "CPU": (100 * pace["cpu_share"], "% of a core"),
        "memory, first and last quarter":
            (f"{pace['memory_first']:.1f}, {pace['memory_last']:.1f}", "MB"),
        "memory grew by": (6 * pace["memory_mb_per_10_min"], "MB/h"),
        "of which minutes are left out, while histories fill":
            (FILLING / 60 if pace["minutes"] > pace["memory_minutes"] + 1 else 0.0, "min"),
        "alarms": (len(alarms), "sentences"),
        "verified": ("NO" if problems else "bit for bit", ""),
    })  # fmt: skip
    return table


def _markers(name: str) -> Any:
    from neurofeedback.acquisition.lsl.markers import MarkerStreams

    while True:
        try:
            return MarkerStreams([name])
        except UserError:
            continue


def _prepared(source: Any, root: Path) -> PreparedSession:
    return prepare_session(
        source, endless(), root=root, participant="p1", started=datetime.now(UTC)
    )


def _watch(runner: SessionRunner, seconds: float) -> tuple[dict[str, float], list[str]]:
    """Keep both windows open for so long; return how they were painted, and what was alarmed."""
    from neurofeedback.gui._qt import QtCore
    from neurofeedback.gui.application import application
    from neurofeedback.gui.windows import SessionWindows

    application()
    windows = SessionWindows(runner)
    windows.operator.resize(1366, 768)
    windows.participant.resize(1280, 720)
    windows.show()
    pace, loop, timer = Pace(windows), QtCore.QEventLoop(), QtCore.QTimer()
    alarms: list[str] = []

    def look() -> None:
        alarm = runner.status().alarm
        if alarm and alarm not in alarms:
            alarms.append(str(alarm))

    timer.timeout.connect(look)
    timer.start(500)
    QtCore.QTimer.singleShot(round(1e3 * seconds), loop.quit)
    loop.exec()
    timer.stop()
    figures = pace.figures()
    windows.close()
    return figures, alarms


def _latencies(reader: SessionReader) -> dict[str, tuple[float, str]]:
    """Return how long frames took from sample to paint: over all, and the p99 over time."""
    rows = reader.feedback_rows()
    stamps = dict(zip(map(int, rows["sample"]), map(float, rows["time"]), strict=True))
    offset = float(np.nanmedian([row.clock_offset for row in reader.chunk_rows]))
    first: dict[int, float] = {}
    for row in reader.display_rows():
        first.setdefault(row.sample, row.painted)
    ms = np.array([1e3 * (first[n] - stamps[n] - offset) for n in sorted(first) if n in stamps])
    parts = [float(np.percentile(part, 99)) for part in np.array_split(ms, PARTS)]
    figures = {"p50": float(np.median(ms)), "p99": float(np.percentile(ms, 99))}
    figures |= {"p99 of the first tenth": parts[0], "p99 of the last tenth": parts[-1]}
    figures |= {"lowest p99 of a tenth": min(parts), "highest p99 of a tenth": max(parts)}
    return {f"sample to painted, {what}": (value, "ms") for what, value in figures.items()}


def _wrong(reader: SessionReader) -> int:
    """Return how many recorded samples are not those that the sender gives once more."""
    again = SyntheticSource(
        seed=SEED, n_channels=N_CHANNELS, sfreq=SFREQ, chunk_seconds=1.0, speed=math.inf
    )
    again.open()
    scale, sent = reader.info.storage_scale, np.empty((0, N_CHANNELS), "<f4")
    recorded = np.memmap(reader.layout.eeg, "<f4", "r").reshape(-1, N_CHANNELS)
    first = -1
    while first < 0:  # what was sent before somebody listened is not missing
        sent = np.concatenate([sent, _block(again, scale)])
        (at,) = np.nonzero((sent == recorded[0]).all(axis=1))
        first = int(at[0]) if len(at) else -1
    wrong, n = 0, 0
    sent = sent[first:]
    while n < len(recorded):
        part = recorded[n : n + len(sent)]
        wrong += int((part.view("<u4") != sent[: len(part)].view("<u4")).any(axis=1).sum())
        n += len(part)
        sent = _block(again, scale)
    return wrong


def _block(source: SyntheticSource, scale: FloatArray) -> Any:
    chunk = source.read(1.0)
    assert chunk is not None
    return to_storage(chunk.data, scale)


# ---- replayed --------------------------------------------------------------------------------


class Repeated:
    """Some seconds of a synthetic participant, over and over: a recording of any length."""

    live, connected = False, True

    def __init__(self, seconds: float) -> None:
        self._n_left = round(seconds * SFREQ)
        self._next = 0
        source = SyntheticSource(
            seed=SEED, n_channels=N_CHANNELS, sfreq=SFREQ, chunk_seconds=0.1, speed=math.inf
        )
        self._info = source.open()
        whole = (source.read(1.0) for _ in range(round(10 * LOOP_SECONDS)))
        self._chunks = [chunk.data for chunk in whole if chunk is not None]

    @property
    def exhausted(self) -> bool:
        """Whether all was given."""
        return self._n_left <= 0

    def open(self) -> StreamInfo:
        """Describe it."""
        return self._info

    def read(self, timeout: float) -> Chunk | None:
        """Return the next tenth of a second."""
        data = self._chunks[self._next // len(self._chunks[0]) % len(self._chunks)]
        numbers = self._next + np.arange(len(data))
        chunk = Chunk(data, numbers / SFREQ, self._next)
        self._next += len(data)
        self._n_left -= len(data)
        return chunk

    def close(self) -> None:
        """Nothing is held."""

    def wrong(self, path: Path) -> int:
        """Return how many recorded samples are not these, in order."""
        sent = np.concatenate([to_storage(c, self._info.storage_scale) for c in self._chunks])
        recorded = np.memmap(path, "<f4", "r").reshape(-1, N_CHANNELS)
        return sum(
            int((part.view("<u4") != sent[: len(part)].view("<u4")).any(axis=1).sum())
            for part in (recorded[n : n + len(sent)] for n in range(0, len(recorded), len(sent)))
        )


def _replayed(root: Path, seconds: float) -> Table:
    source, picture = Repeated(seconds), PictureModel()
    session = _prepared(source, root)
    with closing(OscOutlet(Address(LOOPBACK, free_port()))) as outlet:
        outlet.begin(session.engine.score, concealed=False)

        def paint(frame: FeedbackFrame) -> None:
            outlet.send(frame)
            picture.show(frame, None)
            now = picture.advance(FRAME)
            runner.painted(frame, now.mode, now.value, time.monotonic())

        runner = SessionRunner.of(session, on_feedback=paint)
        process, looks = psutil.Process(), []
        began = time.monotonic()
        runner.start()
        while not runner.wait(0.5):
            looks.append((runner.status().recorded_seconds, process.memory_info().rss / 2**20))
    took = time.monotonic() - began
    n_samples = runner.status().recorded_samples
    table = Table(
        f"{N_CHANNELS} channels at {SFREQ:.0f} Hz replayed for {seconds / 3600:g} h",
        ["what", "value", "unit"],
    )
    _add(table, {
        "samples": (n_samples, ""),
        "samples lost": (round(seconds * SFREQ) - n_samples, ""),
        "samples other than sent": (source.wrong(session.recorder.layout.eeg), ""),
        "as fast as real time": (seconds / took, "times"),
        "memory at most": (max(mb for _, mb in looks), "MB"),
        "memory grew by": (_slope(looks, seconds), "MB/h of the recording"),
        "ended": (str(runner.status().state), ""),
    })  # fmt: skip
    return table


def _slope(looks: list[tuple[float, float]], seconds: float) -> float:
    """Return the change of memory after histories have filled, MB/h; NaN for a short replay."""
    if seconds < 2 * FILLING:
        return math.nan
    at, mb = np.array(looks).T
    warm = at > FILLING
    return 3600 * float(np.polyfit(at[warm], mb[warm], 1)[0])


def _add(table: Table, rows: dict[str, tuple[object, str]]) -> None:
    for what, (value, unit) in rows.items():
        table.add(what, value, unit)
