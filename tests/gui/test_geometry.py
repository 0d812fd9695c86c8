"""What lies where, found by using the desk: on one line, in the middle, inside its frame."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from summary_sessions import trained

from neurofeedback.app.participants import Details, NoteLine, PromptLine, SessionLine
from neurofeedback.app.summary_text import debrief_lines
from neurofeedback.frames import Chunk
from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets
from neurofeedback.gui.desk.fidelity_plot import FidelityPlot
from neurofeedback.gui.desk.participant_details import DetailsView
from neurofeedback.gui.desk.protocol_page import ProtocolPage
from neurofeedback.gui.desk.spectrum_plot import SpectrumCard
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.filtering.store import TraceStore
from neurofeedback.gui.operator.page import Header
from neurofeedback.gui.operator.recording.replay_controls import TimeLine
from neurofeedback.gui.operator.side_panel import SidePanel
from neurofeedback.gui.participant.scenes import disc, image, ring
from neurofeedback.gui.participant.scenes.scene import MIDDLE
from neurofeedback.gui.summary.plot import SummaryPlot
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.protocols.file.reading import library, load_protocol
from neurofeedback.recording.debrief import Debrief, Effect, write_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.report.summary import session_summary
from neurofeedback.words.language import set_language

SAVED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def windows(qtbot, session):
    made = SessionWindows(session, session.clock)
    made.show()
    made.bridge.stop()
    yield made
    made.release()


@pytest.fixture(params=[100, 200])
def size_of_text(request, qapp):
    """Text of the usual size, and twice as large."""
    look().choose("dark", request.param)
    yield request.param
    look().choose("system", 100)


def shown(qtbot, widget: QtWidgets.QWidget, *size: int) -> QtWidgets.QWidget:
    qtbot.addWidget(widget)
    widget.resize(*size)
    widget.show()
    QtWidgets.QApplication.processEvents()
    return widget


def inner(widget: QtWidgets.QWidget, above: QtWidgets.QWidget) -> QtCore.QRect:
    return QtCore.QRect(widget.mapTo(above, QtCore.QPoint(0, 0)), widget.size())


def test_what_clears_a_search_stands_in_its_middle(qtbot, size_of_text) -> None:
    field = QtWidgets.QLineEdit("P01")
    field.setClearButtonEnabled(True)
    shown(qtbot, field, 300, field.sizeHint().height())
    (button,) = field.findChildren(QtWidgets.QToolButton)
    assert abs(button.geometry().center().y() - field.rect().center().y()) <= 1
    assert field.rect().contains(button.geometry())


@pytest.mark.parametrize("size", [(1024, 740), (1366, 768)])
def test_no_number_of_the_trends_axes_is_cut(windows, session, size_of_text, size) -> None:
    operator = windows.operator
    operator.resize(*size)
    operator.show()
    session.now += 0.2
    session.frame(-2.25, threshold=-1.5)
    windows.bridge.tick()
    plot = operator.trend.plot
    plot.redraw()
    plot.redraw()
    QtWidgets.QApplication.processEvents()
    assert cut_numbers(plot.plot) == []


def test_no_number_of_the_fidelity_is_cut(qtbot, size_of_text) -> None:
    plot = FidelityPlot(0.0)
    plot.setVisible(True)
    shown(qtbot, plot, 500, plot.sizeHint().height())
    assert cut_numbers(plot.plot) == []


def cut_numbers(plot) -> list[str]:
    """Return the numbers and names at the axes of a plot that reach beyond it, or over its line."""
    found = []
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        image = QtGui.QPicture()
        painter = QtGui.QPainter(image)
        _, _, texts = axis.generateDrawSpecs(painter)
        painter.end()
        room = axis.mapRectFromScene(QtCore.QRectF(plot.viewport().rect()))
        assert texts
        for place, _, words in texts:
            wide = QtGui.QFontMetricsF(axis.style["tickFont"]).horizontalAdvance(words)
            needed = QtCore.QRectF(place.center().x() - wide / 2, place.center().y() - 4, wide, 8)
            if not room.contains(needed) or wide > place.width() + 2:
                found.append(words)
        margin = axis.label.document().documentMargin() + 1
        words = axis.label.boundingRect().adjusted(margin, margin, -margin, -margin)
        label = axis.label.mapRectToScene(words)
        if not QtCore.QRectF(plot.viewport().rect()).contains(label):
            found.append(axis.labelText)
    return found


def test_the_name_of_a_block_is_whole_however_large_the_text(qtbot, size_of_text, session) -> None:
    windows = SessionWindows(session, session.clock)
    operator = windows.operator
    operator.resize(683, 384)
    operator.show()
    windows.bridge.tick()
    header = operator.findChild(Header)
    for label in (header.block, header.clock):
        label.setText("Training 1" if label is header.block else "12:34")
    QtWidgets.QApplication.processEvents()
    for label in (header.block, header.clock):
        wide = label.fontMetrics().horizontalAdvance(label.text())
        assert inner(label, operator).right() <= operator.width()
        assert label.width() >= wide
    windows.release()


def test_the_last_tick_of_a_summary_is_whole(qtbot, tmp_path, size_of_text) -> None:
    plot = SummaryPlot(session_summary(trained(tmp_path)))
    shown(qtbot, plot, 700, plot.minimumHeight())
    pixels = plot.grab().toImage()
    right = [pixels.pixelColor(pixels.width() - 1, y).name() for y in range(pixels.height())]
    assert len(set(right)) == 1  # nothing reaches the edge


def test_a_block_of_the_summary_reaches_to_its_last_point_after_a_pause(tmp_path) -> None:
    from neurofeedback.gui.summary.plot import _stops
    from neurofeedback.protocols import commands

    paused = {45.0: commands.PAUSE, 55.0: commands.RESUME}
    summary = session_summary(trained(tmp_path, commands=paused))
    for index, stop in enumerate(_stops(summary)):
        points = [point.seconds for point in summary.course if point.block == index]
        assert all(point <= stop for point in points)


def test_after_a_gap_nothing_is_drawn_of_the_offset_before_it() -> None:
    store = TraceStore(1, 250.0, 10.0)
    store.append(Chunk(np.zeros((500, 1)), np.arange(500) / 250.0, 0))
    after = Chunk(np.full((50, 1), 500e-6), 4.0 + np.arange(50) / 250.0, 1000)
    store.append(after)
    values, _ = store.page()
    assert np.nanmax(np.abs(values)) < 5e-6


def test_a_long_note_is_wrapped_and_the_newest_line_is_in_sight(windows) -> None:
    windows.operator.resize(1366, 748)
    windows.operator.show()
    side = windows.operator.findChild(SidePanel)
    side.tell("No sound: no audio device was found, and nothing is heard of any reward. " * 2)
    for number in range(12):
        side.tell(f"marker {number}")
    QtWidgets.QApplication.processEvents()
    assert not side.log.horizontalScrollBar().isVisible()
    bar = side.log.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert side.log.viewport().height() >= 2 * side.log.fontMetrics().height()


def test_a_protocol_is_found_by_its_name_before_what_is_said_of_it(qtbot) -> None:
    page = ProtocolPage([(name, load_protocol(name)) for name in library()], lambda _: None)
    qtbot.addWidget(page)
    page._later.stop()
    page.choose("faa-demo")
    page.search.setText("F4 against")
    assert "F4 against F3" in page.list.currentItem().text()
    page._later.stop()


@pytest.mark.parametrize("scene", [disc, image, ring])
def test_the_point_to_look_at_is_in_the_middle_of_the_picture(scene) -> None:
    rect = QtCore.QRectF(0, 0, 1920, 1080)
    assert scene._centre(rect).y() == MIDDLE * 1080


def test_a_spectrum_that_is_not_known_has_no_numbers(qtbot) -> None:
    card = SpectrumCard()
    shown(qtbot, card, 500, 300)
    assert not card.plot.getPlotItem().getAxis("left").isVisible()


def test_the_summary_has_note_and_adverse_effects_of_the_debrief(tmp_path: Path) -> None:
    folder = trained(tmp_path, seconds=60.0)
    layout = SessionLayout.find(folder)
    write_debrief(layout, Debrief(SAVED, note="slept badly", effects=(Effect("headache", "mild"),)))
    said = " ".join(debrief_lines(session_summary(folder)))
    assert "slept badly" in said
    assert "eadache" in said


def test_buttons_of_a_file_dialog_are_seen_on_the_dark_theme(qtbot) -> None:
    look().choose("dark", 100)
    try:
        dialog = QtWidgets.QFileDialog()
        dialog.setOption(QtWidgets.QFileDialog.Option.DontUseNativeDialog)
        shown(qtbot, dialog, 700, 400)
        buttons = [b for b in dialog.findChildren(QtWidgets.QToolButton)
                   if b.isVisible() and not b.icon().isNull() and b.isEnabled()]  # fmt: skip
        assert buttons
        assert [b.objectName() for b in buttons if not stands_out(b)] == []
    finally:
        look().choose("system", 100)


def stands_out(button: QtWidgets.QToolButton) -> bool:
    """Whether a picture on a button differs clearly in lightness from the button."""
    pixels = button.grab().toImage()
    middle = button.rect().center()
    light = [pixels.pixelColor(middle.x() + x, middle.y() + y).lightness()
             for x in range(-7, 8) for y in range(-7, 8)]  # fmt: skip
    return max(light) - min(light) > 70


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_known_of_a_participant_is_never_scrolled_sideways(
    qtbot, size_of_text, language
) -> None:
    set_language(language)
    try:
        view = DetailsView()
        lines = tuple(SessionLine(SAVED, "alpha-up-individual", "crashed", 1234.0, 120)
                      for _ in range(3))  # fmt: skip
        notes = (NoteLine(1, SAVED, "A. Smith", "Relax the jaw; the cap slips."),
                 NoteLine(2, SAVED, "A. Smith", "Another note.", struck_by="B. Jones"))  # fmt: skip
        view.show_details(
            Details("P01", True, SAVED.date(), "alpha-up", ("A1",), "amplifier", 3, lines, notes,
                    (PromptLine(SAVED, "phq-9"),)),
            indexed=True,
        )  # fmt: skip
        shown(qtbot, view, 720, 600)
        assert view.horizontalScrollBar().maximum() == 0
    finally:
        set_language("en")


@pytest.mark.parametrize("total", [20.0, 53.0, 3600.0])
def test_the_knob_of_a_recording_lies_below_its_page(qtbot, size_of_text, total) -> None:
    line = TimeLine(total - 10.0, total)
    line.lay_out(below=True)
    shown(qtbot, line, 1318, line.sizeHint().height())
    for seconds in (0.0, (total - 10.0) / 3, total - 10.0):
        line.go(seconds)
        option = QtWidgets.QStyleOptionSlider()
        line.slider.initStyleOption(option)
        style, part = line.slider.style(), QtWidgets.QStyle.SubControl.SC_SliderHandle
        knob = style.subControlRect(
            QtWidgets.QStyle.ComplexControl.CC_Slider, option, part, line.slider
        )
        knob = knob.translated(line.slider.pos())
        wide = line.width() / total
        least = 36 if total > 1000 else 6  # a page of a long recording is narrower than a knob
        assert abs(knob.left() - seconds * wide) <= least
        assert abs(knob.right() - (seconds + 10.0) * wide) <= least
