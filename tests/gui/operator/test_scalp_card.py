"""The map of band power for the operator: brighter where power is higher, off in a study."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.frames import Chunk
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.scalp_map import coloured
from neurofeedback.gui.operator.scalp_words import bands, few, span_of
from neurofeedback.gui.theme import POWER, current, luminance
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.session.scalp_power import ScalpReading
from neurofeedback.signal.quality import ChannelState, QualityReport

SFREQ = 250.0
CAP = standard_montage(19)
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def session(make_session):
    """One with the 19 electrodes of the 10-20 system."""
    return make_session(names=CAP)


def feed(session, seconds: float = 5.0, jump: float = 0.0, **scales: float) -> None:
    first, n = session.ring.cursor(), session.info.n_channels
    times = jump + (first + np.arange(round(seconds * SFREQ))) / SFREQ
    factor = np.array([scales.get(name, 1.0) for name in session.info.ch_names])
    noise = np.random.default_rng(5).standard_normal((len(times), n))
    session.ring.append(Chunk(1e-5 * noise * factor, times, first))


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


@pytest.fixture
def scheme() -> Iterator[Callable[[str], None]]:
    yield lambda name: look().choose(name)
    look().choose("system")


def tick(windows: SessionWindows, session, n: int = 8) -> None:
    for _ in range(n):
        session.now += 0.11
        windows.bridge.tick()


def reading(*values: float) -> ScalpReading:
    return ScalpReading((8.0, 13.0), np.arange(len(values)), np.array(values))


def test_a_key_shows_the_map_in_place_of_the_electrodes(qtbot, opened, session) -> None:
    windows = opened(session)
    operator = windows.operator
    feed(session, O1=8.0)
    tick(windows, session)
    assert not operator.scalp.isVisible()
    assert operator.scalp.high.text() == "", "nothing is computed while nobody looks"
    qtbot.keyClick(operator, Qt.Key.Key_B)
    tick(windows, session)
    assert operator.scalp.view.isVisible()
    assert not operator.electrodes.isVisible()
    assert operator.traces.isVisible()
    assert operator.scalp.high.text().startswith("O1 +")
    assert "\u2212" in operator.scalp.low.text()
    assert operator.scalp.measure.text() == (
        "8-13 Hz, last 4 s, average reference, dB around the mean of electrodes"
    )
    said = operator.scalp.view.accessibleDescription()
    assert said == f"highest {operator.scalp.high.text()}, lowest {operator.scalp.low.text()}"
    qtbot.keyClick(operator, Qt.Key.Key_B)
    assert operator.electrodes.isVisible()
    assert not operator.scalp.isVisible()


def test_the_map_stays_when_the_electrodes_fill_the_page(qtbot, opened, session) -> None:
    operator = opened(session).operator
    qtbot.keyClick(operator, Qt.Key.Key_Q)
    assert not operator.electrodes.isVisible()
    qtbot.keyClick(operator, Qt.Key.Key_B)
    assert operator.scalp.isVisible()
    assert operator.electrodes_page.isVisible()
    qtbot.keyClick(operator, Qt.Key.Key_B)
    assert not operator.page.corner.isVisible()
    qtbot.keyClick(operator, Qt.Key.Key_Q)
    assert operator.electrodes.isVisible()


def test_keys_go_through_the_bands(qtbot, opened, session) -> None:
    session.band = (12.0, 15.0)
    windows = opened(session)
    scalp = windows.operator.scalp
    feed(session)
    seen = []
    for _ in range(5):
        qtbot.keyClick(windows.operator, Qt.Key.Key_B, SHIFT)
        tick(windows, session)
        seen.append((scalp.band.text().split("  ")[0], scalp.measure.text().split(",")[0]))
    assert seen == [
        ("trained band", "12-15 Hz"), ("theta", "4-8 Hz"), ("alpha", "8-13 Hz"),
        ("beta", "13-30 Hz"), ("trained band", "12-15 Hz"),
    ]  # fmt: skip


def test_the_map_follows_the_band_that_the_baseline_found(opened, session) -> None:
    windows = opened(session)
    windows.operator.toggle_scalp()
    feed(session)
    tick(windows, session)
    session.band = (8.6, 12.6)
    tick(windows, session)
    assert windows.operator.scalp.measure.text().startswith("8.6-12.6 Hz, ")
    assert windows.operator.scalp.power.band == (8.6, 12.6)


def brightness(image: QtGui.QImage, x: float, y: float) -> float:
    ratio = image.devicePixelRatio()
    found = [
        luminance(image.pixelColor(round((x + dx) * ratio), round((y + dy) * ratio)).name())
        for dx, dy in ((5, 4), (-5, 4), (5, -4), (-5, -4))
    ]
    return float(np.median(found))


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_picture_is_brighter_where_power_is_higher(opened, scheme, name: str, session) -> None:
    scheme(name)
    windows = opened(session)
    windows.operator.toggle_scalp()
    feed(session, Pz=6.0, Fz=0.3)
    tick(windows, session)
    view = windows.operator.scalp.view
    assert current().name == name
    image = view.grab().toImage()
    level = [brightness(image, view.spots[n].x(), view.spots[n].y()) for n in ("Fz", "C3", "Pz")]
    assert level == sorted(level)
    assert level[2] > level[0] + 0.2


def test_themes_differ_around_the_head_not_in_its_colours(opened, scheme, session) -> None:
    windows = opened(session)
    windows.operator.toggle_scalp()
    feed(session, Pz=6.0, Fz=0.3)
    tick(windows, session)
    view, found = windows.operator.scalp.view, []
    for name in ("dark", "light"):
        scheme(name)
        QtWidgets.QApplication.processEvents()
        image, spot = view.grab().toImage(), view.spots["Pz"]
        found.append((image.pixelColor(2, 2).name(), brightness(image, spot.x(), spot.y())))
    assert found[0][0] != found[1][0]
    assert found[0][1] == pytest.approx(found[1][1], abs=0.02)


def test_colours_only_grow_lighter_and_nothing_is_painted_where_nothing_is_known() -> None:
    image = coloured(np.array([[-6.0, -3.0, 0.0, 3.0, 6.0, 99.0, np.nan]]), 6.0)
    level = [luminance(image.pixelColor(x, 0).name()) for x in range(5)]
    assert (np.diff(level) > 0.02).all()
    assert image.pixelColor(0, 0).name() == POWER[0]
    assert image.pixelColor(4, 0).name() == image.pixelColor(5, 0).name() == POWER[-1]
    assert image.pixelColor(6, 0).alpha() == 0


def test_what_is_left_out_is_named_with_its_cause_and_crossed(opened, make_session) -> None:
    session = make_session(names=(*CAP[:-1], "X1"))
    windows = opened(session)
    windows.operator.toggle_scalp()
    feed(session, Cz=50.0)
    scalp = windows.operator.scalp
    tick(windows, session)
    assert scalp.high.text().startswith("Cz")
    assert scalp.left_out.text() == "left out\n1 without a known position"
    before = scalp.view.grab().toImage()
    spot = scalp.view.spots["Cz"]
    states = tuple(
        ChannelState(n, "bad", "railed", 0.0, 0.0, 0.0) if n == "Cz"
        else ChannelState(n, "good", "", 1e-5, 1e-6, 0.9)
        for n in session.info.ch_names
    )  # fmt: skip
    session.quality = QualityReport(10, 5.0, states)
    feed(session, 1.0, Cz=50.0)
    tick(windows, session)
    assert not scalp.high.text().startswith("Cz")
    assert scalp.left_out.text() == "left out\nCz: railed\n1 without a known position"
    assert scalp.view.accessibleDescription().endswith("; Cz: railed")
    after = scalp.view.grab().toImage()
    arms = [(round(spot.x()) + d, round(spot.y()) + d) for d in (-2, 2)]
    assert all(luminance(after.pixelColor(*at).name()) > 0.3 for at in arms)
    assert all(before.pixelColor(*at) != after.pixelColor(*at) for at in arms)


@pytest.mark.parametrize("names", [("F3", "F4", "Cz"), ("F3", "F4", "E1", "E2")])
def test_too_few_known_electrodes_are_told(opened, make_session, names) -> None:
    session = make_session(names=names)
    windows = opened(session)
    windows.operator.next_band()
    windows.operator.next_band()
    feed(session)
    tick(windows, session)
    scalp = windows.operator.scalp
    n = len(set(names) & set(CAP))
    assert scalp.note.isVisible()
    assert scalp.note.text().startswith("A map needs at least 4 electrodes")
    assert scalp.note.text().endswith(f"{n} can be used.")


def test_a_gap_and_a_silent_stream_take_the_map_away(opened, session) -> None:
    windows = opened(session)
    windows.operator.toggle_scalp()
    scalp = windows.operator.scalp
    tick(windows, session)
    assert scalp.note.text() == "The map needs 4 s without a gap."
    feed(session)
    tick(windows, session)
    assert scalp.view.isVisible()
    session.change(since_sample=1.4)
    tick(windows, session)
    assert not scalp.view.isVisible()
    assert scalp.note.text() == "No samples are arriving, so there is no current map."
    session.change(since_sample=0.0)
    feed(session, 1.0, jump=3.0)
    tick(windows, session)
    assert scalp.note.text() == "The map needs 4 s without a gap."
    feed(session, 5.0, jump=3.0)
    tick(windows, session)
    assert scalp.view.isVisible()


def test_in_a_study_it_is_off_and_says_why(qtbot, opened, session) -> None:
    session.concealed = True
    windows = opened(session)
    feed(session, O1=8.0)
    for modifier in (Qt.KeyboardModifier.NoModifier, SHIFT, SHIFT):
        qtbot.keyClick(windows.operator, Qt.Key.Key_B, modifier)
        tick(windows, session)
        scalp = windows.operator.scalp
        assert (scalp.power, scalp.view) == (None, None)
        assert scalp.note.isVisible()
        assert scalp.note.text().startswith("In a session of a study the map of band power stays")
        assert scalp.high.text() == scalp.measure.text() == ""
    session.change(since_sample=2.0)
    tick(windows, session)
    assert scalp.note.text().startswith("In a session of a study")


def test_the_tick_that_works_for_the_map_does_nothing_else(opened, monkeypatch, session) -> None:
    windows = opened(session)
    operator = windows.operator
    drawn: list[bool] = []
    monkeypatch.setattr(operator.trend.plot, "redraw", lambda: drawn.append(True))
    operator.toggle_scalp()
    feed(session)
    for _ in range(3):
        operator.paint_slower_parts()
    assert drawn == []
    operator.paint_slower_parts()
    assert drawn == [True]


def test_bands_that_the_stream_cannot_hold_are_no_choice() -> None:
    assert [b for _, b in bands((8.0, 13.0), 250.0)] == [(8.0, 13.0), (4.0, 8.0), (13.0, 30.0)]
    assert [b for _, b in bands((4.0, 8.0), 50.0)] == [(4.0, 8.0), (8.0, 13.0)]


def test_the_range_grows_at_once_and_shrinks_when_it_is_sure() -> None:
    assert span_of(reading(0.5, -0.5), 0.0) == 1.0
    assert span_of(reading(7.0, -7.0), 3.0) == 10.0
    assert span_of(reading(5.9, -5.9), 10.0) == 10.0
    assert span_of(reading(4.0, -4.0), 10.0) == 6.0
    assert span_of(reading(50.0, -50.0), 0.0) == 30.0


def test_a_few_are_named_and_the_rest_counted() -> None:
    assert few(["a", "b", "c"]) == ["a", "b", "c"]
    assert few(["a", "b", "c", "d"]) == ["a", "b", "2 more"]
