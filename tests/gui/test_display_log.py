"""What the windows log as displayed, held against what was fed back."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from effort import examples
from forge import forge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.frames import Chunk, FeedbackFrame
from neurofeedback.gui._qt import QtCore
from neurofeedback.gui.participant.window import ParticipantWindow
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.display import FedBack, Mode, check_display, mode_of_frame
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import BlockProgress, RunState, Status
from neurofeedback.session.verification.verify import verify_session

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PROGRESS = BlockProgress(1, 4, "train", 1.0, 20.0, 0.5, 0.0)


class Steered(SyntheticSource):
    """A synthetic participant whose electrodes the test can pull off, in a stream it can halt."""

    live = True

    def __init__(self) -> None:
        super().__init__(speed=4.0, seconds=400.0, n_channels=8, sfreq=128.0, artifacts=False)
        self.loose = False
        self.halted = False

    def read(self, timeout: float) -> Chunk | None:
        if self.halted:
            return None
        chunk = super().read(timeout)
        if chunk is None or not self.loose:
            return chunk
        return Chunk(np.zeros(chunk.data.shape), chunk.timestamps.copy(), chunk.first_sample)


def blocks() -> ProtocolSpec:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 12.0},
        {"kind": "train", "seconds": 24.0, "repeat": 4, "rest": 8.0},
    ]
    return ProtocolSpec.model_validate(fields)


@pytest.fixture
def recorded(qtbot, tmp_path: Path) -> Path:
    """A session in windows: baseline, feedback, hold, pause, silence, rest, feedback, the end."""
    source = Steered()
    session = prepare_session(
        source, blocks(), root=tmp_path, participant="01", started=STARTED
    )  # fmt: skip
    runner = SessionRunner(source, session.info, session.spec, session.engine, session.recorder)
    windows = SessionWindows(runner)
    windows.show()
    runner.start()  # after the windows, so that they miss nothing on a busy machine

    def wait_for(mode: Mode) -> None:
        qtbot.waitUntil(lambda: windows.participant.picture.mode is mode, timeout=60_000)

    wait_for(Mode.BASELINE)
    wait_for(Mode.FEEDBACK)
    source.loose = True
    wait_for(Mode.HELD)
    source.loose = False
    wait_for(Mode.FEEDBACK)
    windows.operator.toggle_pause()
    wait_for(Mode.PAUSED)
    qtbot.waitUntil(lambda: windows.bridge.status.state is RunState.PAUSED)
    windows.operator.toggle_pause()
    wait_for(Mode.FEEDBACK)
    source.halted = True
    wait_for(Mode.STALE)
    source.halted = False
    wait_for(Mode.REST)
    wait_for(Mode.FEEDBACK)
    runner.stop()
    wait_for(Mode.FINISHED)
    qtbot.waitUntil(lambda: runner.wait(0), timeout=10_000)
    windows.release()
    return session.recorder.path


def test_a_session_in_windows_is_verified_and_a_forged_row_is_refused(recorded: Path) -> None:
    report = verify_session(recorded)
    assert report.problems == []
    reader = SessionReader(recorded)
    rows = reader.display_rows()
    assert report.n_displayed == len(rows) > 100
    modes = {row.shown for row in rows}
    assert {row.ground for row in rows if row.shown == "feedback"} != {0.5}
    assert max(row.lights for row in rows) > 0
    assert modes >= {"baseline", "feedback", "held", "paused", "stale", "rest"}
    frozen = next(i for i, row in enumerate(rows) if row.shown == "paused")
    moving = [i for i, row in enumerate(rows) if row.shown == "feedback"][-2]
    resting = next(i for i, row in enumerate(rows) if row.shown == "rest")
    table = reader.layout.display
    for at, row, says in (
        (frozen, replace(rows[frozen], value=1.0), "(paused), but"),
        (moving, replace(rows[moving], value=1.0), "1.0 is displayed"),
        (resting, replace(rows[resting], value=0.5), "there is none in rest"),
        (moving, replace(rows[moving], ground=1.5), "is not between 0 and 1"),
        (moving, replace(rows[moving], lights=900), "900 lights are displayed"),
    ):
        honest, forged = rows[at].to_text().rstrip(), row.to_text().rstrip()
        forge(table, honest, forged)
        assert says in verify_session(recorded).problems[0]
        forge(table, forged, honest)


PHASES = ("baseline", "train", "train", "train", "rest", "transfer", "control")
FRAME = st.tuples(
    st.sampled_from(PHASES),
    st.sampled_from((None, None, None, "flat F3", "paused")),
    st.floats(0, 1),
)
MOMENT = st.tuples(
    st.lists(FRAME, max_size=3),  # frames since the last tick; the window sees the last one
    st.sampled_from((False, False, False, True)),  # the stream falls silent or returns
    st.floats(0, 0.3),  # seconds between ticks
    st.sampled_from((True, True, False)),  # whether there is time to paint
)


@settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(MOMENT, min_size=5, max_size=40), st.integers(0, 40))
def test_no_order_of_frames_ticks_and_paintings_is_refused(qapp, moments, end) -> None:
    """The window may miss frames, paint late, paint one frame twice, or be silenced in between."""
    window = ParticipantWindow(lambda: now)
    window.resize(320, 240)
    window.show()
    qapp.processEvents()  # until it is exposed, nothing is painted
    rows: list[DisplayRow] = []
    window.painted.connect(
        lambda frame, shown, value, when: rows.append(DisplayRow(frame.sample, shown, value, when))
    )
    now, silent, painted = 0.0, False, 0
    frames: list[FeedbackFrame] = []
    for number, (new, change, seconds, paint) in enumerate(moments):
        frames += [_frame(8 * (len(frames) + i), *facts) for i, facts in enumerate(new)]
        silent ^= change
        now += seconds
        newest = frames[-1] if frames else None
        if newest is not None and silent:
            newest = replace(newest, held="stale")
        state = RunState.STOPPING if number >= end else RunState.RUNNING
        window.show_frame(newest, Status(state, PROGRESS, None, 0.0, 0, 0.0, 0, 0.0, None))
        window.advance(now)
        if paint:
            window.repaint()
            painted += newest is not None
    window.close()
    window.deleteLater()
    qapp.sendPostedEvents(window, QtCore.QEvent.Type.DeferredDelete.value)
    assert bool(rows) == bool(painted)
    fed = FedBack(
        np.array([f.sample for f in frames], dtype=np.int64),
        np.array([f.value for f in frames]),
        [mode_of_frame(f.phase, f.held) for f in frames],
    )
    assert check_display(rows, fed, True) == (len(rows), None)


def _frame(sample: int, phase: str, held: str | None, value: float) -> FeedbackFrame:
    value = value if phase in ("train", "control") else math.nan
    return FeedbackFrame(sample, 0.0, value, 0.0, 0.0, False, False, 0, phase, held)
