"""Recordings to test with: small, seeded, and with everything in them that a stream may bring."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import (
    Chunk,
    FeatureDescriptor,
    FeatureFrames,
    FeedbackFrame,
    StreamInfo,
    from_storage,
    to_storage,
)
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.recording.write.writer import Frames, SessionRecorder

HOP = 8


class Maker:
    """Makes streams, chunks and recorders below one folder."""

    started = datetime(2026, 3, 1, 9, 30, 15, 250000, tzinfo=UTC)
    protocol = {"version": 1, "name": "faa-up", "signal": {"features": [{"name": "faa"}]}}
    descriptors = (
        FeatureDescriptor("faa", "ln ratio", "ln P(F4) - ln P(F3), 8-13 Hz", 0.04, 0.25),
        FeatureDescriptor("value", "ln V^2", "named like another column", 0.04, 0.25, "a note"),
    )

    def __init__(self, root: Path) -> None:
        self.root = root
        self.info = StreamInfo(
            name="amp",
            source_id="amp-1",
            sfreq=250.0,
            ch_names=("F3", "F4", "Cz", "VEOG", "TRIGGER"),
            ch_types=("eeg", "eeg", "eeg", "eog", "stim"),
            units=("V", "V", "V", "V", "n/a"),
            native_unit="microvolts",
            origin="synthetic",
        )

    def chunk(
        self, first_sample: int, n_times: int, *, info: StreamInfo | None = None, **fields: Any
    ) -> Chunk:
        """Return a chunk that depends on `first_sample` and the stream alone."""
        info = info or self.info
        rng = np.random.default_rng(first_sample)
        stored = rng.normal(0.0, 20.0, (n_times, info.n_channels)).astype("<f4")
        times = 1000.1 + (first_sample + np.arange(n_times)) / info.sfreq
        known = {"arrival": 1000.2 + first_sample / info.sfreq, "clock_offset": -0.1} | fields
        return Chunk(from_storage(stored, info.storage_scale), times, first_sample, **known)

    def stored(self, *chunks: Chunk, info: StreamInfo | None = None) -> np.ndarray:
        """Return the float32 values that must be on disk for these chunks."""
        scale = (info or self.info).storage_scale
        return np.concatenate([to_storage(chunk.data, scale) for chunk in chunks])

    def frames(self, chunk: Chunk) -> tuple[FeatureFrames, list[FeedbackFrame]]:
        """Return frames on a hop grid within a chunk; every third is held."""
        rng = np.random.default_rng(chunk.first_sample + 1)
        samples = np.arange(chunk.first_sample, chunk.stop_sample, HOP)
        times = chunk.timestamps[samples - chunk.first_sample]
        values = rng.normal(size=(len(samples), len(self.descriptors)))
        held = ["amplitude F3" if i % 3 == 0 else None for i in range(len(samples))]
        values[::3] = math.nan
        feedback = [
            FeedbackFrame(
                sample=int(sample),
                time=float(times[i]),
                value=float(rng.random()),
                feature=float(values[i, 0]),
                threshold=math.nan if i < 2 else 0.125,
                reward=i == 4,
                success=i % 2 == 0,
                block=1,
                phase="train",
                held=held[i],
            )
            for i, sample in enumerate(samples)
        ]
        return FeatureFrames(samples, times, values, held), feedback

    def events(self, chunk: Chunk) -> list[Event]:
        """Return an event of each sort that goes to the marker file, and a note."""
        at, time = chunk.first_sample, float(chunk.timestamps[0])
        return [
            Event(EventKind.BLOCK_STARTED, at, time, {"block": 1, "phase": "train"}),
            Event(EventKind.REWARD, at + 1, time, {"block": 1}),
            Event(EventKind.OPERATOR_NOTE, at + 1, time, {"text": "tab\there,\nline"}),
        ]

    def layout(self, participant: str = "P01", task: str = "faa-up") -> SessionLayout:
        return SessionLayout.new(self.root, participant, task)

    def recorder(
        self, layout: SessionLayout | None = None, info: StreamInfo | None = None, **options: Any
    ) -> SessionRecorder:
        known: dict[str, Any] = {
            "protocol_name": "faa-up",
            "protocol_hash": "ab12",
            "descriptors": self.descriptors,
            "versions": {"neurofeedback": "0.1.0", "numpy": np.__version__},
            "started": self.started,
            "bads": ("Cz",),
        }
        return SessionRecorder(
            layout or self.layout(), info or self.info, self.protocol, **(known | options)
        )

    def record(self, recorder: SessionRecorder, chunk: Chunk) -> None:
        """Record a chunk and all that follows from it."""
        recorder.append([chunk])
        recorder.append([Frames(*self.frames(chunk))])
        recorder.append(self.events(chunk))
        recorder.append([DisplayRow(chunk.first_sample, "feedback", 0.25, chunk.arrival + 0.02)])

    def session(self, n_chunks: int = 3, n_times: int = 40, *, finish: bool = True) -> Any:
        """Record a session; return its recorder and chunks, the second of them after a gap."""
        recorder = self.recorder()
        chunks = [
            self.chunk(7 + i * n_times, n_times, gap=0.5 if i == 1 else 0.0)
            for i in range(n_chunks)
        ]
        for chunk in chunks:
            self.record(recorder, chunk)
        if finish:
            recorder.finalize("completed", "all blocks done")
        return recorder, chunks


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "data")


@pytest.fixture
def make_in() -> Callable[[Path], Maker]:
    return Maker
