"""256 channels at 2 kHz for ten minutes, in real time, with everything that is ever logged."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.table import Table
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.frames import FeedbackFrame, to_storage
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.prepare import PreparedSession, prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.sink import Record
from neurofeedback.session.verification.verify import verify_session
from reliability.sessions import FRAME, bids_errors, protocol

N_CHANNELS, SFREQ = 256, 2000.0
LOOK = 0.05  # s between two looks at the queue
SEED = 5


class LiveSource(SyntheticSource):
    """A stream that does not wait: if the session fell 30 s behind, it would fail."""

    @property
    def live(self) -> bool:
        return True


class Watched:
    """Measures what a recorder is asked to do.

    Parameters
    ----------
    session : PreparedSession
        Its recorder is measured from here on.
    """

    def __init__(self, session: PreparedSession) -> None:
        self.appends: list[float] = []
        self.syncs: list[float] = []
        self.most_records = 0
        recorder = session.recorder
        append, sync = recorder.append, recorder.sync

        def timed_append(records: Sequence[Record]) -> None:
            began = time.perf_counter()
            append(records)
            self.appends.append(time.perf_counter() - began)
            self.most_records = max(self.most_records, len(records))

        def timed_sync() -> None:
            began = time.perf_counter()
            sync()
            self.syncs.append(time.perf_counter() - began)

        recorder.append, recorder.sync = timed_append, timed_sync  # type: ignore[method-assign]


def endure(root: Path, seconds: float) -> tuple[PreparedSession, Watched, dict[str, float]]:
    """Record for so long; return the session, what its recorder did and further figures."""
    source = LiveSource(
        seed=SEED, n_channels=N_CHANNELS, sfreq=SFREQ, chunk_seconds=0.032, seconds=seconds
    )
    session = prepare_session(
        source, protocol(30.0), root=root, participant="p1", started=datetime.now(UTC)
    )
    watched = Watched(session)
    picture = PictureModel()

    def paint(frame: FeedbackFrame) -> None:
        picture.show(frame, None)
        now = picture.advance(FRAME)
        runner.painted(frame, now.mode, now.value, time.monotonic())
        if frame.sample % 9973 < 64:
            runner.note(f"note at {frame.sample}")

    runner = SessionRunner(
        source, session.info, session.spec, session.engine, session.recorder, on_feedback=paint
    )
    depths, alarms = [], set()
    cpu = time.process_time()
    began = time.monotonic()
    runner.start()
    while not runner.wait(LOOK):
        status = runner.status()
        depths.append(status.queued)
        alarms.add(status.alarm)
    took = time.monotonic() - began
    for alarm in sorted(filter(None, alarms)):
        print(f"  ALARM {alarm}")
    print(f"  ended: {runner.status().state}", file=sys.stderr)
    return session, watched, {
        "depth": max(depths),
        "depth99": float(np.percentile(depths, 99)),
        "cpu": (time.process_time() - cpu) / took,
        "took": took,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def sizes(session: PreparedSession) -> dict[str, int]:
    """Return the bytes of each file of a session, by its ending."""
    layout = session.recorder.layout
    return {
        path.name.removeprefix(layout.stem): path.stat().st_size
        for folder in (layout.eeg_dir, layout.derivatives_dir)
        for path in sorted(folder.iterdir())
    }


def differing(reader: SessionReader) -> int:
    """Return how many recorded samples are not those that the source gives once more."""
    again = SyntheticSource(
        seed=SEED, n_channels=N_CHANNELS, sfreq=SFREQ, chunk_seconds=1.0, speed=float("inf")
    )
    again.open()
    wrong = 0
    with reader.layout.eeg.open("rb") as file:
        left = reader.n_samples
        while left:
            chunk = again.read(1.0)
            assert chunk is not None
            wanted = to_storage(chunk.data, reader.info.storage_scale)[:left]
            found = np.frombuffer(file.read(wanted.nbytes), "<f4").reshape(-1, N_CHANNELS)
            wrong += int((found.view("<u4") != wanted.view("<u4")).any(axis=1).sum())
            left -= len(wanted)
    return wrong


def endurance(quick: bool, minutes: float | None = None) -> list[Table]:
    """Record, then hold what is on the disk against what was sent."""
    seconds = 60.0 * (minutes or (0.25 if quick else 10.0))
    with tempfile.TemporaryDirectory() as folder:
        session, watched, figures = endure(Path(folder) / "data", seconds)
        reader = SessionReader(session.recorder.layout)
        found = sizes(session)
        lost = round(seconds * SFREQ) - reader.n_samples
        wrong = differing(reader)
        verified = verify_session(reader.layout.session_dir)
        errors = bids_errors(Path(folder) / "data")
    for problem in [*verified.problems, *errors]:
        print(f"  WRONG {problem}")
    return [
        _speed(seconds, lost, wrong, watched, figures),
        _sizes(reader, found),
        _verified(verified.n_samples, verified.n_frames, verified.ok, errors),
    ]


def _speed(
    seconds: float, lost: int, wrong: int, watched: Watched, figures: dict[str, float]
) -> Table:
    append = 1e3 * np.array(watched.appends)
    table = Table(
        f"{N_CHANNELS} channels at {SFREQ:.0f} Hz for {seconds / 60:g} min in real time, all logs",
        ["what", "value", "unit"],
    )
    for what, value, unit in (
        ("samples lost", lost, ""),
        ("samples that differ from what was sent", wrong, ""),
        ("appends", len(append), ""),
        ("append p50", float(np.percentile(append, 50)), "ms"),
        ("append p99", float(np.percentile(append, 99)), "ms"),
        ("append longest", float(append.max()), "ms"),
        ("sync p99", 1e3 * float(np.percentile(watched.syncs, 99)), "ms"),
        ("sync longest", 1e3 * max(watched.syncs), "ms"),
        ("queue, of its 30 s, 99 of 100 looks below", 30 * figures["depth99"], "s"),
        ("queue, of its 30 s, deepest", 30 * figures["depth"], "s"),
        ("records written in one go, most", watched.most_records, ""),
        ("took", figures["took"], "s"),
        ("CPU, source included", 100 * figures["cpu"], "% of a core"),
        ("memory at its most", figures["memory"], "MB"),
    ):
        table.add(what, value, unit)
    return table


def _sizes(reader: SessionReader, found: dict[str, int]) -> Table:
    raw = 4 * reader.n_samples * reader.info.n_channels
    table = Table("Bytes on the disk", ["file", "bytes", "% of the raw float32 bytes"])
    for name, size in sorted(found.items(), key=lambda item: -item[1]):
        if size > raw / 1e5:
            table.add(name, size, 100 * size / raw)
    table.add("all files", sum(found.values()), 100 * sum(found.values()) / raw)
    return table


def _verified(n_samples: int, n_frames: int, ok: bool, errors: Sequence[str]) -> Table:
    table = Table("The session afterwards", ["verified", "samples", "frames", "BIDS errors"])
    table.add("bit for bit" if ok else "NO", n_samples, n_frames, len(errors))
    return table
