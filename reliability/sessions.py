"""Sessions to be broken, made by the program's own engine and recorder."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FeedbackFrame
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.lines import read_log, read_table
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import PreparedSession, prepare_session
from neurofeedback.session.sink import Frames

STARTED = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
FRAME = 1 / 60  # s between two that are painted


def protocol(baseline: float = 10.0, train: float = 7200.0) -> ProtocolSpec:
    """Return a protocol with a short baseline and a round that does not end soon."""
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["blocks"] = [
        {"kind": "baseline", "seconds": baseline},
        {"kind": "train", "seconds": train},
    ]
    return ProtocolSpec.model_validate(fields)


def small_session(
    root: Path, *, finish: bool, participant: str = "p1", seed: int = 0
) -> PreparedSession:
    """Record 6 s of three channels in short chunks, with everything that is ever logged."""
    source = SyntheticSource(
        ch_names=("F3", "F4", "Cz"), sfreq=64.0, seconds=6.0, speed=math.inf, chunk_seconds=0.25,
        seed=seed,
    )  # fmt: skip
    session = prepare_session(
        source, protocol(2.0, 3.0), root=root, participant=participant, started=STARTED
    )
    display = Display()
    for number, chunk in enumerate(chunks_of(source)):
        session.recorder.append([chunk])
        result = session.engine.step(chunk)
        frames = Frames(result.features, result.feedback)
        session.recorder.append([frames, *result.events, *display.shown(result.feedback)])
        if number in (3, 20):
            text = {"text": f"note {number}: \u00fc, tab\t"}
            at = chunk.stop_sample - 1, float(chunk.timestamps[-1])
            session.recorder.append([Event(EventKind.OPERATOR_NOTE, *at, text)])
    if finish:
        session.recorder.finalize("completed", "end of the recording")
    source.close()
    return session


class Display:
    """What a screen paints of feedback frames."""

    def __init__(self) -> None:
        self._picture = PictureModel()
        self._now = 100.0

    def shown(self, frames: list[FeedbackFrame]) -> list[DisplayRow]:
        """Return a row for each frame, as if each had been painted."""
        rows = []
        for frame in frames:
            self._picture.show(frame, None)
            self._now += FRAME
            picture = self._picture.advance(FRAME)
            rows.append(DisplayRow(frame.sample, str(picture.mode), picture.value, self._now))
        return rows


@dataclass(frozen=True)
class Truth:
    """What an undamaged session says."""

    chunks: tuple[Chunk, ...]
    log: tuple[str, ...]
    feedback: tuple[str, ...]
    display: tuple[str, ...]

    @classmethod
    def of(cls, layout: SessionLayout) -> Truth:
        """Read it."""
        return cls(
            tuple(SessionReader(layout).iter_chunks()),
            tuple(read_log(layout.log).texts),
            tuple(read_table(layout.feedback).texts),
            tuple(read_table(layout.display).texts),
        )


def copy_of(layout: SessionLayout, root: Path) -> SessionLayout:
    """Copy the dataset of a session to a new folder; return the session there."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(layout.root, root)
    return SessionLayout.find(root / layout.session_dir.relative_to(layout.root))


def same_bits(a: Chunk, b: Chunk) -> bool:
    """Whether two chunks are equal in samples, times, place and gap, to the last bit."""
    return (
        a.data.tobytes() == b.data.tobytes()
        and a.timestamps.tobytes() == b.timestamps.tobytes()
        and (a.first_sample, a.gap) == (b.first_sample, b.gap)
        and repr((a.arrival, a.clock_offset)) == repr((b.arrival, b.clock_offset))
    )


def bids_errors(folder: Path) -> list[str]:
    """Return the errors that the official BIDS validator finds (bids-validator-deno)."""
    program = Path(sys.executable).with_name("bids-validator-deno")
    command = [program, "--format", "json", "--max-rows", "-1", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["issues"]["issues"]
    return [f"{i['code']} {i.get('location')}" for i in found if i["severity"] == "error"]
