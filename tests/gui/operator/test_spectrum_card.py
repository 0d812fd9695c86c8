"""The live spectrum of the operator: off until asked for, of the trained electrodes, none blind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.frames import Chunk
from neurofeedback.gui._qt import Qt, QtGui
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.spectrum.card import _in_turns
from neurofeedback.gui.operator.spectrum.view import _range
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.session.trained_spectrum import TrainedSpectrum

SFREQ = 250.0


@pytest.fixture
def session(make_session):
    return make_session(names=standard_montage(19))


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Callable[..., SessionWindows]]:
    made: list[SessionWindows] = []

    def open_windows(session) -> SessionWindows:
        windows = SessionWindows(session, session.clock)
        made.append(windows)
        windows.operator.resize(1366, 768)
        with qtbot.waitActive(windows.operator):
            windows.show()
        windows.bridge.stop()
        return windows

    yield open_windows
    for windows in made:
        windows.release()


def live(windows: SessionWindows, session, seconds: float) -> None:
    """Let time pass, with alpha at F3."""
    for _ in range(round(seconds / 0.1)):
        first, n = session.ring.cursor(), round(0.1 * SFREQ)
        times = (first + np.arange(n)) / SFREQ
        data = 1e-6 * np.random.default_rng(first).standard_normal((n, session.info.n_channels))
        data[:, session.info.ch_names.index("F3")] += 2e-5 * np.sin(2 * np.pi * 10 * times)
        session.ring.append(Chunk(data, times, first))
        for _ in range(2):
            session.now += 0.05
            windows.bridge.tick()


def test_it_is_off_costs_nothing_and_is_shown_by_key_and_button(qtbot, opened, session) -> None:
    windows = opened(session)
    operator = windows.operator
    live(windows, session, 5.0)
    assert not operator.spectrum.isVisible()
    assert operator.spectrum.reader.missing == 4.0  # nothing was collected
    qtbot.keyClick(operator, Qt.Key.Key_X)
    assert operator.spectrum.isVisible()
    assert operator.spectrum.note.text() == "A spectrum needs 4 s without a gap; 4 s to go."
    live(windows, session, 4.5)
    assert operator.spectrum.view.isVisible()
    assert "dB of 1 \u00b5V\u00b2/Hz" in operator.spectrum.measure.text()
    assert "last 4 s in windows of 2 s" in operator.spectrum.measure.text()
    operator.spectrum.fold.click()
    assert operator.electrodes.isVisible()
    operator.spectrum.unfold.click()
    assert operator.spectrum.isVisible()
    assert not operator.spectrum.view.isVisible()  # what was before is not shown as current


def test_the_band_is_shaded_and_the_peak_is_in_it(opened, session) -> None:
    look().choose("dark", 100)
    windows = opened(session)
    windows.operator.toggle_spectrum()
    live(windows, session, 5.0)
    view = windows.operator.spectrum.view
    found = view._found
    assert found.freqs[found.decibels[:, 0].argmax()] == 10.0
    image = view.grab().toImage()
    shades = {image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}
    session.band = (20.0, 21.0)
    live(windows, session, 0.5)
    other = view.grab().toImage()
    assert isinstance(image, QtGui.QImage)
    assert other != image
    assert len(shades) > 2
    look().choose("system", 100)


def test_a_silent_stream_takes_it_away(opened, session) -> None:
    windows = opened(session)
    operator = windows.operator
    operator.toggle_spectrum()
    live(windows, session, 5.0)
    assert operator.spectrum.view.isVisible()
    session.change(since_sample=2.0)
    for _ in range(8):
        session.now += 0.11
        windows.bridge.tick()
    assert not operator.spectrum.view.isVisible()
    assert operator.spectrum.note.text().startswith("No samples are arriving")


def test_in_a_study_it_is_off_and_says_why(qtbot, opened, session) -> None:
    session.concealed = True
    windows = opened(session)
    operator = windows.operator
    qtbot.keyClick(operator, Qt.Key.Key_X)
    live(windows, session, 5.0)
    assert (operator.spectrum.reader, operator.spectrum.view) == (None, None)
    assert operator.spectrum.note.text().startswith("In a session of a study the spectrum stays")
    assert operator.spectrum.measure.text() == ""


def test_the_first_few_are_of_both_sides() -> None:
    sides = {"F3": "left", "C3": "left", "P3": "left", "F4": "right"}
    assert _in_turns(sides) == ["F3", "F4", "C3", "P3"]


def test_the_range_rests_as_long_as_it_fits() -> None:
    def spectrum(low: float, high: float) -> TrainedSpectrum:
        return TrainedSpectrum(np.array([1.0, 2.0]), np.array([[low], [high]]))

    assert _range(spectrum(-11.0, 23.0), None) == (-20.0, 30.0)
    assert _range(spectrum(-5.0, 12.0), (-20.0, 30.0)) == (-20.0, 30.0)
    assert _range(spectrum(-5.0, 32.0), (-20.0, 30.0)) == (-10.0, 40.0)
    assert _range(spectrum(np.nan, np.nan), (-20.0, 30.0)) == (-20.0, 30.0)
