"""Record a session of 64 channels at 1 kHz and say what was acknowledged, until killed.

``python -m reliability.record_until_killed FOLDER SEED SPEED``

Prints the number of samples after each call that acknowledged some, in one write.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.sink import Record
from reliability.sessions import FRAME, protocol


def source(seed: int, speed: float) -> SyntheticSource:
    """Return the stream; its samples follow from the seed."""
    return SyntheticSource(seed=seed, n_channels=64, sfreq=1000.0, speed=speed, chunk_seconds=0.032)


def main(folder: str, seed: str, speed: str) -> None:
    """Record for ever."""
    opened = source(int(seed), float(speed))
    session = prepare_session(
        opened, protocol(), root=Path(folder), participant="p1", started=datetime.now(UTC)
    )
    recorder = session.recorder
    append = recorder.append

    def told(records: Sequence[Record]) -> None:
        append(records)
        os.write(1, b"%d\n" % recorder.n_samples)

    recorder.append = told
    picture = PictureModel()

    def paint(frame: FeedbackFrame) -> None:
        picture.show(frame, None)
        now = picture.advance(FRAME)
        runner.painted(frame, now.mode, now.value, frame.time)
        if frame.sample % 997 < 32:
            runner.note(f"note at {frame.sample}")

    runner = SessionRunner(
        opened, session.info, session.spec, session.engine, recorder, on_feedback=paint
    )
    runner.start()
    runner.wait()
    sys.exit(f"not killed in time: {runner.status().alarm}")


if __name__ == "__main__":
    main(*sys.argv[1:])
