"""Looking through recordings: what is read, what is said of it, and the page with its keys."""

import math
from pathlib import Path

import numpy as np
import pytest
from accessible import problems
from recorded_session import record_session
from summary_sessions import blinded, trained

from neurofeedback.acquisition.recorded import Annotation, Gap, Recording
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.operator.band_strip import BandStrip, in_words, within
from neurofeedback.gui.operator.recording.page import RecordingPage
from neurofeedback.gui.operator.recording.replay_controls import ReplayControls, TimeLine
from neurofeedback.gui.operator.recording.view import (
    BLOCK,
    GAP,
    HOLD,
    REMARK,
    REWARD,
    Band,
    FileView,
    open_recording,
)
from neurofeedback.gui.operator.traces import TraceView
from neurofeedback.gui.style import dress
from neurofeedback.gui.theme import DARK, LIGHT
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader

INFO = StreamInfo("test", "", 100.0, ("F3", "F4"), ("eeg", "eeg"), ("V", "V"))


def recording(seconds=60.0, gaps=(), annotations=()):
    n = round(seconds * 100)
    data = np.random.default_rng(1).standard_normal((n, 2)) * 1e-5
    return Recording(INFO, data, np.arange(n) / 100, gaps, annotations)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("look")
    return trained(folder, seconds=75.0, notes={30.0: "yawns"})


@pytest.fixture
def make_page(qtbot):
    def make(view=None, **options):
        protocols = [(name, load_protocol(name)) for name in ("faa-demo", "faa-up")]
        if view is not None:
            options["open_view"] = lambda path: view
        page = RecordingPage(protocols, **options)
        qtbot.addWidget(page)
        page.resize(1366, 768)
        page.show()
        if view is not None:
            page.open(Path("some.edf"))
        return page

    return make


def press(page, key):
    """Press a key as the window would get it."""
    for found in page.findChildren(QtGui.QShortcut):
        if found.key() == QtGui.QKeySequence(key):
            found.activated.emit()
            return
    for button in page.findChildren(QtWidgets.QPushButton):
        if button.shortcut() == QtGui.QKeySequence(key):
            button.click()
            return
    raise AssertionError(f"nothing has the key {key}")


# -- reading ----------------------------------------------------------------------------------


def test_any_part_of_a_session_is_read_as_it_was_recorded(session):
    view = open_recording(session)
    reader = SessionReader(session)
    whole = np.concatenate([chunk.data for chunk in reader.iter_chunks()])
    assert view.n_times == len(whole)
    for start, n in ((0, 10), (31, 1), (31, 2), (1000, 700), (len(whole) - 5, 50)):
        chunk = view.read(start, n)
        assert np.array_equal(chunk.data, whole[start : start + n])
        assert chunk.first_sample == start


def test_a_session_has_blocks_holds_rewards_and_notes_where_they_were(session):
    view = open_recording(session)
    events = SessionReader(session).events()
    first = SessionReader(session).chunk_rows[0].first_sample

    def at(kind):
        return [(e.sample - first) / 128.0 for e in events if e.kind is kind]

    def starts(kind):
        return [b.start for b in view.bands if b.kind == kind]

    assert starts(BLOCK) == at(EventKind.BLOCK_STARTED)
    assert starts(HOLD) == at(EventKind.HOLD_STARTED)
    assert starts(REWARD) == at(EventKind.REWARD) != []
    assert [b.text for b in view.bands if b.kind == REMARK] == ["yawns"]
    blocks = [b for b in view.bands if b.kind == BLOCK]
    assert [b.stop for b in blocks[:-1]] == at(EventKind.BLOCK_ENDED)
    assert blocks[-1].stop == view.n_times / 128.0, "the last was not ended"


def test_of_a_blinded_session_no_reward_is_seen(tmp_path):
    view = open_recording(blinded(tmp_path))
    assert {b.kind for b in view.bands} == {BLOCK, HOLD}


def test_gaps_are_marked(tmp_path):
    view = open_recording(record_session(tmp_path, gap=0.25).session_dir)
    gaps = [b for b in view.bands if b.kind == GAP]
    assert [(b.start, b.text) for b in gaps] == [(10.0, "0.25 s missing")]
    remark = Annotation(3.0, 2.0, "eyes closed")
    file = FileView(Path("a.edf"), recording(10.0, (Gap(500, 1.5),), (remark,)))
    assert [(b.kind, b.start, b.stop) for b in file.bands] == [(REMARK, 3.0, 5.0), (GAP, 5.0, 5.0)]


def test_a_recorded_file_is_opened(data_dir):
    view = open_recording(data_dir / "edf" / "S001R01.edf")
    assert (view.info.n_channels, view.n_times) == (64, 9760)
    assert view.path == data_dir / "edf" / "S001R01.edf"


def test_a_session_names_the_file_that_a_protocol_runs_over(session):
    view = open_recording(session)
    assert view.path == SessionLayout.find(session).vhdr
    source = ReplaySource(view.path, start=10.0)
    source.open()
    chunk = source.read(0.0)
    again = view.read(chunk.first_sample, chunk.n_times)
    np.testing.assert_allclose(chunk.data, again.data, rtol=1e-6, atol=1e-12)


def test_what_is_no_recording_is_one_sentence(tmp_path):
    (tmp_path / "note.edf").write_text("nothing")
    for path in (tmp_path, tmp_path / "none.edf", tmp_path / "note.edf"):
        with pytest.raises(UserError):
            open_recording(path)


# -- words ------------------------------------------------------------------------------------

BANDS = (
    Band(BLOCK, 0.0, 20.0, "Baseline", "baseline"),
    Band(HOLD, 5.0, 6.0, "blink at Fp1"),
    Band(REMARK, 12.0, 12.0, "yawns"),
    Band(BLOCK, 20.0, 50.0, "Training", "train"),
    Band(REWARD, 25.0, 25.0, "reward"),
    Band(REWARD, 26.0, 26.0, "reward"),
    Band(HOLD, 27.0, 28.0, "blink at Fp1"),
    Band(HOLD, 28.5, 29.0, "blink at Fp1"),
)


def test_what_happened_in_a_stretch_is_said():
    assert in_words(BANDS, 0.0, 10.0) == "Baseline; held: blink at Fp1"
    assert in_words(BANDS, 20.0, 30.0) == "Training; held: blink at Fp1; 2 rewards"
    assert in_words(BANDS, 11.0, 13.0) == "Baseline; 0:12 yawns"
    assert within(BANDS, 60.0, 70.0) == []


# -- the page ---------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", [DARK, LIGHT.scaled(200)], ids=["plain", "twice as large"])
def test_it_can_be_read_and_used_without_a_mouse(make_page, theme, qapp):
    dress(qapp, theme)
    page = make_page(FileView(Path("some.edf"), recording()))
    qapp.processEvents()
    found = problems(page)
    dress(qapp, DARK)
    assert found == []


def test_keys_go_through_the_recording(make_page):
    page = make_page(FileView(Path("some.edf"), recording()))
    assert page.position == 0.0
    press(page, "PgDown")
    assert page.position == 10.0
    press(page, "PgDown")
    press(page, "PgUp")
    assert page.position == 10.0
    press(page, "End")
    assert page.position == 50.0
    press(page, "PgDown")
    assert page.position == 50.0
    press(page, "Home")
    assert page.position == 0.0
    assert "0:00" in page.here.text()
    assert page.line.slider.accessibleDescription() == "0:00 of 1:00 min"


def test_keys_reach_the_page_whatever_has_the_keyboard(make_page, qtbot):
    page = make_page(FileView(Path("some.edf"), recording()))
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    for focused in (page.line.slider, page.from_here, page.protocol):
        focused.setFocus()
        page.go(0.0)
        qtbot.keyClick(focused, Qt.Key.Key_PageDown)
        assert page.position == 10.0
        qtbot.keyClick(focused, Qt.Key.Key_End)
        assert page.position == 50.0
    page.protocol.setFocus()
    qtbot.keyClick(page.protocol, Qt.Key.Key_Down)
    assert page.protocol.currentIndex() == 1, "lists keep their arrows"
    page.line.slider.setFocus()
    qtbot.keyClick(page.line.slider, Qt.Key.Key_Left)
    assert page.position == 49.0
    before = page.traces.scale
    qtbot.keyClick(page.line.slider, Qt.Key.Key_Plus)
    assert page.traces.scale < before


def test_a_shorter_recording_than_a_page_has_one_page(make_page):
    page = make_page(FileView(Path("some.edf"), recording(3.0)))
    press(page, "End")
    assert page.position == 0.0
    assert ink(page.traces, 0.05, 0.28) > 50
    assert ink(page.traces, 0.35, 0.95) == 0


def test_a_protocol_is_run_from_here_or_from_the_beginning(make_page, qtbot):
    page = make_page(FileView(Path("some.edf"), recording()))
    page.protocol.setCurrentIndex(1)
    page.speed.setCurrentText("5\u00d7")
    page.go(12.5)
    with qtbot.waitSignal(page.run_requested) as asked:
        press(page, "Ctrl+R")
    assert asked.args == [Path("some.edf"), "faa-up", 12.5, 5.0]
    with qtbot.waitSignal(page.run_requested) as asked:
        press(page, "Ctrl+B")
    assert asked.args[2] == 0.0
    with qtbot.waitSignal(page.closed):
        press(page, "Ctrl+W")


def test_without_a_recording_nothing_can_be_run(make_page, qtbot):
    page = make_page()
    assert not page.from_here.isEnabled()
    with qtbot.assertNotEmitted(page.run_requested):
        page.run(0.0)
    press(page, "PgDown")
    assert page.position == 0.0


def test_what_cannot_be_opened_is_said_and_the_page_stays(make_page, tmp_path):
    page = make_page(FileView(Path("some.edf"), recording()))
    page._open_view = open_recording
    page.open(tmp_path / "none.edf")
    assert "there is no such file" in page.message.text()
    assert page.title.text() == "some.edf"


def test_a_file_is_asked_for(make_page, session):
    page = make_page(ask=lambda parent: session)
    press(page, "Ctrl+O")
    assert page.title.text() == SessionLayout.find(session).stem
    page.go(25.0)
    assert "Training" in page.here.text()
    assert "reward" in page.strip.accessibleDescription()
    other = make_page(ask=lambda parent: None)
    press(other, "Ctrl+O")
    assert other.traces is None


def test_another_recording_takes_the_place_of_the_first(make_page):
    page = make_page(FileView(Path("some.edf"), recording()))
    first = page.traces
    page._open_view = lambda path: FileView(Path("other.edf"), recording(20.0))
    page.open(Path("other.edf"))
    QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
    assert page.traces is not first
    assert len(page.findChildren(TraceView)) == 1
    press(page, "End")
    assert page.position == 10.0


def test_a_damaged_part_is_said_and_the_rest_can_be_seen(make_page, tmp_path):
    layout = SessionLayout.find(trained(tmp_path, seconds=60.0))
    data = bytearray(layout.eeg.read_bytes())
    data[len(data) // 2] ^= 1
    layout.eeg.write_bytes(data)
    page = make_page(open_view=open_recording)
    page.open(layout.session_dir)
    assert page.message.text() == ""
    page.go(25.0)
    assert "fails its checksum" in page.message.text()
    page.go(0.0)
    assert ink(page.traces, 0.1, 0.9) > 100


# -- the traces stand still -------------------------------------------------------------------


def ink(view, begin, end):
    """Count the pixels of traces between two shares of the page's width."""
    image = view.grab().toImage().convertToFormat(QtGui.QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8)
    pixels = pixels.reshape(image.height(), image.width(), 4)[:, :, :3].astype(int)
    gutter = 74
    width = image.width() - gutter
    part = pixels[:, gutter + int(begin * width) : gutter + int(end * width)]
    return int((part.min(axis=2) > 90).sum())


def pulse(at, n=1000):
    data = np.zeros((n, 2))
    data[round(at * 100) : round(at * 100) + 5] = 2e-4
    return Chunk(data, np.arange(n) / 100, 0)


@pytest.fixture
def traces(qtbot):
    view = TraceView(INFO)
    qtbot.addWidget(view)
    view.resize(1074, 300)
    view.show()
    return view


@pytest.mark.parametrize("n_lead", [0, 150, 2500])
def test_a_page_shows_a_moment_where_it_is(traces, n_lead):
    def fast(begin, end):
        columns = traces._pixels[:, round(begin * 100) : round(end * 100)].astype(int)
        lit = columns.min(axis=2) > 60
        return int(lit.sum(axis=0).max(initial=0))

    chunk = pulse(6.0 + n_lead / 100, 1000 + n_lead)
    traces.show_page(chunk, n_lead)
    assert fast(5.9, 6.2) > 40
    assert fast(0.1, 5.5) < 12
    traces.resize(1074, 400)
    assert fast(5.9, 6.2) > 40


def test_a_page_begins_at_its_left_edge_and_ends_at_its_right(traces):
    data = np.random.default_rng(2).standard_normal((1000, 2)) * 3e-5
    traces.show_page(Chunk(data, np.arange(1000) / 100, 0))
    assert ink(traces, 0.0, 0.02) > 10
    assert ink(traces, 0.97, 0.995) > 10


# -- strips, the line of time, and the bar ----------------------------------------------------


def test_the_strip_says_what_it_shows(qtbot):
    strip = BandStrip(BANDS, 74)
    qtbot.addWidget(strip)
    strip.resize(800, strip.height())
    strip.show_range(20.0, 30.0)
    strip.show_window(22.0, 24.0)
    assert strip.accessibleDescription() == in_words(BANDS, 20.0, 30.0)
    strip.show()
    image = strip.grab().toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(0, 800, 2) for y in range(image.height())
    }
    assert len(colours) > 4


def test_the_line_tells_of_the_user_alone(qtbot):
    line = TimeLine(50.0, 60.0)
    qtbot.addWidget(line)
    with qtbot.assertNotEmitted(line.moved):
        line.show_position(12.3)
    assert line.time.text() == "0:12 of 1:00 min"
    with qtbot.waitSignal(line.moved) as moved:
        line.go(20.0)
    assert moved.args == [20.0]
    line.go(1e9)
    assert line.position == 50.0


class FakeTime:
    now = 0.0

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_the_bar_holds_steps_and_changes_the_speed_of_a_replay(qtbot):
    time = FakeTime()
    source = ReplaySource(recording(), speed=1.0, clock=time.clock, sleep=time.sleep)
    source.open()
    bar = ReplayControls(source)
    qtbot.addWidget(bar)
    bar.show()
    assert bar.play.text().startswith("Pause")
    assert not bar.line.slider.isEnabled()
    bar.play.click()
    assert source.held
    assert bar.play.text().startswith("Play")
    assert source.read(0.1) is None
    bar.step.click()
    while source.read(0.0) is not None:
        pass
    assert 97 <= source.position <= 100
    bar.refresh()
    assert bar.line.time.text() == f"0:0{source.position // 100} of 1:00 min"
    assert bar.line.position == pytest.approx(source.position / 100, abs=0.06)
    bar.change_speed(2)
    assert (source.speed, bar.speed.currentText()) == (5.0, "5\u00d7")
    bar.change_speed(-9)
    assert source.speed == 0.5
    bar.speed.activated.emit(4)
    assert source.speed == 10.0
    bar.toggle()
    assert not source.held
    assert math.isfinite(time.now)
