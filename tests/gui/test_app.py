"""The windows on the real runner."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.app.states import delay_line
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets
from neurofeedback.gui.application import ICON, speak
from neurofeedback.gui.operator.end_question import EndQuestion
from neurofeedback.gui.windows import SessionWindows, run_windows
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import SMOOTHING, ProtocolSpec
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.sink import NullSink
from neurofeedback.session.status import RunState
from neurofeedback.words.language import language


class Kept(NullSink):
    """Keeps what was displayed."""

    def __init__(self) -> None:
        self.rows: list[DisplayRow] = []

    def append(self, records) -> None:
        self.rows += [record for record in records if isinstance(record, DisplayRow)]


def short_protocol() -> ProtocolSpec:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["blocks"] = [{"kind": "baseline", "seconds": 4.0}, {"kind": "train", "seconds": 12.0}]
    return ProtocolSpec.model_validate(fields)


def make_runner(sink: NullSink | None = None, source: object | None = None) -> SessionRunner:
    source = source or SyntheticSource(speed=8.0, seconds=60.0, artifacts=False)
    info, spec = source.open(), short_protocol()
    return SessionRunner(source, info, spec, SessionEngine(info, spec), sink)


def test_demo_runs_to_its_end_and_closes(qapp) -> None:
    sink = Kept()
    runner = make_runner(sink)
    runner.start()
    assert run_windows(runner, close_when_done=True) == 0
    assert runner.wait(10)
    assert runner.status().state is RunState.FINISHED
    shown = [row.value for row in sink.rows if not math.isnan(row.value)]
    assert len(sink.rows) > 30
    assert len(shown) > 10
    assert all(0 <= value <= 1 for value in shown)
    painted = [row.painted for row in sink.rows]
    assert painted == sorted(painted)
    samples = [row.sample for row in sink.rows]
    assert len(set(samples)) == len(samples)


class Broken(SyntheticSource):
    def read(self, timeout: float) -> Chunk | None:
        raise RuntimeError("the amplifier is on fire")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_failure_gives_an_exit_code_and_its_reason(qapp, caplog) -> None:
    runner = make_runner(source=Broken())
    runner.start()
    assert run_windows(runner, close_when_done=True) == 1
    assert runner.wait(10)
    assert "on fire" in str(runner.status().alarm)


def test_stopping_from_the_window_ends_the_runner(qtbot) -> None:
    runner = make_runner(source=SyntheticSource(speed=4.0))
    runner.start()
    windows = SessionWindows(runner)
    windows.show()
    qtbot.waitUntil(lambda: runner.latest is not None, timeout=10_000)
    windows.operator.mark("here")
    windows.operator.close()
    windows.operator.findChild(EndQuestion).end.click()
    qtbot.waitUntil(lambda: not windows.operator.isVisible(), timeout=10_000)
    assert runner.wait(10)
    assert runner.status().state is RunState.FINISHED
    windows.release()


def test_after_the_baseline_the_fitted_estimators_delay_is_shown(qtbot) -> None:
    runner = make_runner()
    windows = SessionWindows(runner)
    windows.show()
    before = runner.score
    runner.start()
    qtbot.waitUntil(lambda: bool(windows.bridge.status.estimator), timeout=30_000)
    assert (runner.score.delay, runner.score.window) != (before.delay, before.window)
    assert windows.operator.trend.about.delay.text() == delay_line(runner.score, SMOOTHING)
    assert windows.operator.trend.about.estimator.text() == runner.status().estimator
    runner.stop()
    assert runner.wait(10)
    windows.release()


class Silent:
    """A live stream that falls silent after a second."""

    live = True
    connected = True
    exhausted = False

    def __init__(self) -> None:
        self._inner = SyntheticSource(seconds=1.0)

    def open(self) -> StreamInfo:
        return self._inner.open()

    def read(self, timeout: float) -> Chunk | None:
        if not self._inner.exhausted:
            return self._inner.read(timeout)
        QtCore.QThread.msleep(int(1000 * min(timeout, 0.02)))
        return None

    def close(self) -> None:
        self._inner.close()


def test_silence_is_seen_by_both_within_a_second_of_the_alarm(qtbot) -> None:
    runner = make_runner(source=Silent())
    runner.start()
    windows = SessionWindows(runner)
    windows.show()
    qtbot.waitUntil(lambda: runner.status().alarm is not None, timeout=10_000)
    qtbot.waitUntil(lambda: windows.operator.banner.kind == "alarm", timeout=500)
    assert windows.operator.banner.text.startswith("STALE")
    qtbot.waitUntil(lambda: windows.participant.picture.word == "One moment please", timeout=3000)
    frozen = windows.participant.picture.value
    windows.bridge.tick()
    np.testing.assert_equal(windows.participant.picture.value, frozen)
    runner.stop()
    assert runner.wait(10)
    windows.release()


def test_qts_own_words_are_in_the_language_too(qapp) -> None:
    def cancel() -> str:
        box = QtWidgets.QMessageBox()
        words = box.addButton(box.StandardButton.Cancel).text()
        box.deleteLater()
        return words.replace("&", "")

    speak(qapp, "de")
    assert (cancel(), language()) == ("Abbrechen", "de")
    speak(qapp, "en")
    assert (cancel(), language()) == ("Cancel", "en")


def test_the_icon_can_be_painted_small(qapp) -> None:
    image = QtGui.QIcon(str(ICON)).pixmap(QtCore.QSize(16, 16), 1.0).toImage()
    assert image.width() == 16
    colours = {image.pixelColor(x, 5).name() for x in range(16)}
    assert len(colours) > 2


def test_a_replay_is_paused_and_goes_on_from_the_windows(qtbot) -> None:
    info = SyntheticSource().open()
    data = np.random.default_rng(3).standard_normal((round(60 * info.sfreq), info.n_channels))
    recording = Recording(info, data * 1e-5, np.arange(len(data)) / info.sfreq)
    source = ReplaySource(recording, speed=10.0, start=2.0)
    runner = make_runner(source=source)
    runner.start()
    windows = SessionWindows(runner)
    bar = windows.add_replay(source)
    windows.show()
    qtbot.waitUntil(lambda: bar.line.position > 3.0, timeout=10_000)
    bar.toggle()
    seen: list[int] = []

    def stands_still() -> bool:  # what was due when it was held still comes
        seen.append(source.position)
        qtbot.wait(120)
        return source.position == seen[-1]

    qtbot.waitUntil(stands_still, timeout=10_000)
    at = source.position
    assert runner.status().alarm is None, "a file that waits is not a stream that is lost"
    bar.one_step()
    qtbot.waitUntil(lambda: source.position > at, timeout=5_000)
    runner.stop("enough")
    assert runner.wait(10)
    windows.release()
