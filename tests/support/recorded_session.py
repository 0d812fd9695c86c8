"""Sessions on disk to read, export and bundle, made by the program's own engine and recorder."""

import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from session_parts import INFO, cut, eeg, short_protocol

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, StreamInfo, from_storage
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.recording.write.writer import Frames, SessionRecorder
from neurofeedback.session.display import FROZEN, Mode, mode_of_frame
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.prepare import versions

STARTED = datetime.fromisoformat("2026-03-01T09:30:15.250000+01:00")
BADS = ("Pz",)


def record_session(
    root: Path,
    participant: str = "P01",
    *,
    info: StreamInfo = INFO,
    started: datetime = STARTED,
    gap: float = 0.0,
    missing: bool = False,
    uptime: float = 0.0,
    extra: tuple[Event, ...] = (),
    finish: bool = True,
    reason: str = "end of the recording",
) -> SessionLayout:
    """Record 20 s with two rounds of training; everything there is to log happens.

    Parameters
    ----------
    gap : float
        Seconds missing at 10 s.
    missing : bool
        Whether a sample is not a number.
    uptime : float
        Added to the sender's clock; twice that to this machine's.
    extra : tuple of Event
        Logged at 10 s.
    finish : bool
        Otherwise the session is left as one that was killed.
    """
    spec, data = short_protocol(), eeg(20.0)
    data = data if missing else np.nan_to_num(data)
    engine = SessionEngine(info, spec, BADS)
    recorder = SessionRecorder(
        SessionLayout.new(root, participant, spec.name),
        info,
        spec.model_dump(mode="json"),
        protocol_name=spec.name,
        protocol_hash=spec.hash,
        descriptors=engine.descriptors,
        versions=versions(),
        started=started,
        bads=BADS,
    )
    for number, chunk in enumerate(cut(data, range(0, len(data), 32), {1280: gap} if gap else {})):
        chunk = replace(
            chunk,
            timestamps=chunk.timestamps + uptime,
            arrival=chunk.arrival + 2 * uptime,
            clock_offset=uptime,
        )
        recorder.append([chunk])
        result = engine.step(chunk)
        recorder.append([Frames(result.features, result.feedback), *result.events])
        if number == 0:
            recorder.append(extra)
        if result.feedback:
            frame = result.feedback[-1]
            mode = mode_of_frame(frame.phase, frame.held)
            if mode in FROZEN:  # it stays as it is, and nothing new is painted
                continue
            value = frame.value if mode is Mode.FEEDBACK else math.nan
            recorder.append([DisplayRow(frame.sample, mode, value, chunk.arrival + 0.02)])
    if finish:
        recorder.finalize("completed", reason)
    return recorder.layout


def record_samples(
    root: Path, stored: NDArray[np.float32], sfreq: float = 250.0, **known: object
) -> SessionLayout:
    """Record samples alone, as float32 of shape (n_times, n_channels), in one chunk."""
    n_times, n_channels = stored.shape
    fields = {
        "name": "amp",
        "source_id": "",
        "sfreq": sfreq,
        "ch_names": tuple(f"E{i}" for i in range(n_channels)),
        "ch_types": ("eeg",) * n_channels,
        "units": ("V",) * n_channels,
    }
    info = StreamInfo(**(fields | known))
    recorder = SessionRecorder(
        SessionLayout.new(root, "P01", "faa-up"),
        info,
        {},
        protocol_name="faa-up",
        protocol_hash="",
        descriptors=(),
        versions={},
        started=STARTED,
    )
    data = from_storage(stored, info.storage_scale)
    recorder.append([Chunk(data, np.arange(n_times) / sfreq, 0)])
    recorder.finalize("completed")
    return recorder.layout


def personal_events(time: float = 100.0) -> tuple[Event, ...]:
    """Return events in which a person may have written anything."""
    return (
        Event(EventKind.OPERATOR_NOTE, 20, time, {"text": "Anna Smith, tired; yawns"}),
        Event(EventKind.MARKER, 20, time, {"label": "Dr. Jones came in"}),
        Event(EventKind.ERROR, 20, 0.0, {"error": "/home/anna/recordings is full"}),
        Event(EventKind.STREAM_LOST, 20, time, {"seconds": 1.5, "host": "office-pc-17"}),
    )
