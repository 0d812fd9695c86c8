"""The filter of the traces: what passes, what a gap leaves behind, and that it is the screen's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from neurofeedback.frames import Chunk
from neurofeedback.gui._qt import Qt
from neurofeedback.gui.operator.filtering.display_filter import USUAL, DisplayFilter, FilterRun
from neurofeedback.gui.operator.filtering.menu import FilterButton
from neurofeedback.gui.operator.filtering.store import TraceStore
from neurofeedback.gui.windows import SessionWindows

SFREQ = 250.0
ALL = DisplayFilter(1.0, 35.0, 50.0)


def wave(hz: float, seconds: float = 8.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * SFREQ)) / SFREQ)[:, None]


def kept(chosen: DisplayFilter, hz: float) -> float:
    """Return how much of a wave passes, once the filter has settled."""
    drawn = FilterRun(chosen, SFREQ, 1)(wave(hz))
    return float(np.abs(drawn[-500:]).max())


@pytest.mark.parametrize(
    ("chosen", "passed", "stopped"),
    [
        (DisplayFilter(5.0), 40.0, 0.5), (DisplayFilter(lowpass=15.0), 5.0, 60.0),
        (DisplayFilter(notch=50.0), 10.0, 50.0), (DisplayFilter(notch=60.0), 50.0, 60.0),
    ],
)  # fmt: skip
def test_a_filter_passes_what_it_says(chosen, passed: float, stopped: float) -> None:
    assert kept(chosen, passed) > 0.8
    assert kept(chosen, stopped) < 0.15


def test_the_low_pass_is_a_butterworth_of_second_order() -> None:
    data = np.random.default_rng(0).standard_normal((1000, 2))
    both = FilterRun(DisplayFilter(0.5, 35.0), SFREQ, 2)(data)
    high = FilterRun(DisplayFilter(0.5), SFREQ, 2)(data)
    expected = sosfilt(butter(2, 35.0, fs=SFREQ, output="sos"), high, axis=0)
    np.testing.assert_allclose(both, expected, atol=1e-12)


def test_chunks_do_not_matter_and_neither_does_when_the_filter_is_chosen() -> None:
    data = np.random.default_rng(1).standard_normal((600, 3)).astype(np.float32).astype(float)
    times = np.arange(600) / SFREQ
    early, late = TraceStore(3, SFREQ, 4.0, ALL), TraceStore(3, SFREQ, 4.0)
    early.append(Chunk(data, times, 0))
    for a, b in ((0, 350), (350, 351), (351, 600)):
        late.append(Chunk(data[a:b], times[a:b], a))
    late.use(ALL)
    np.testing.assert_allclose(late.page()[0], early.page()[0], atol=1e-9)


@pytest.mark.parametrize("chosen", [USUAL, ALL])
@pytest.mark.parametrize("kind", ["between chunks", "within a chunk", "in the numbers"])
def test_after_any_gap_the_filter_begins_anew(chosen, kind: str) -> None:
    before, after = np.zeros((300, 1)), np.full((200, 1), 500e-6)
    first = 340 if kind == "in the numbers" else 300
    jump = 0.16 if kind == "in the numbers" else 3.0
    times = np.arange(300) / SFREQ, (300 + np.arange(200)) / SFREQ + jump
    store = TraceStore(1, SFREQ, 4.0, chosen)
    if kind == "within a chunk":
        store.append(Chunk(np.concatenate([before, after]), np.concatenate(times), 0))
    else:
        store.append(Chunk(before, times[0], 0))
        store.append(Chunk(after, times[1], first))
    for _ in range(2):
        page, start = store.page()
        assert np.nanmax(np.abs(page)) < 1e-6
        assert np.isnan(page[first - start, 0])
        store.use(chosen)  # what is filtered anew knows of the gap too


def test_what_is_no_number_leaves_nothing_behind() -> None:
    data = 1e-5 * np.random.default_rng(0).standard_normal((400, 1))
    bad = data.copy()
    bad[100:103] = [[np.nan], [np.inf], [-np.inf]]
    drawn = FilterRun(ALL, SFREQ, 1)(bad)
    assert np.isnan(drawn[100:103]).all()
    assert np.isfinite(drawn[103:]).all()


def test_corners_that_the_rate_cannot_hold_are_not_offered(qtbot) -> None:
    button = FilterButton(100.0)
    qtbot.addWidget(button)
    words = [a.text() for a in button.menu_of_corners.actions() if a.isCheckable()]
    assert "Low-pass: 35 Hz" in words
    assert not [w for w in words if "70 Hz" in w or "50 Hz" in w or "60 Hz" in w]


def test_a_key_offers_filters_and_the_page_is_drawn_anew(qtbot, session) -> None:
    windows = SessionWindows(session, session.clock)
    operator = windows.operator
    operator.resize(1366, 748)
    with qtbot.waitActive(operator):
        windows.show()
    windows.bridge.stop()
    n = session.info.n_channels
    hum = np.repeat(40e-6 * wave(50.0, 4.0), n, axis=1)
    recorded = Chunk(hum, np.arange(len(hum)) / SFREQ, session.ring.cursor())
    session.ring.append(recorded)
    operator.add_samples(recorded)
    panel = operator.traces
    assert "for display only" in panel.about.text()
    before = panel.view.grab().toImage()
    qtbot.keyClick(operator, Qt.Key.Key_H)
    menu = panel.filter.menu_of_corners
    qtbot.waitUntil(menu.isVisible)
    assert menu.activeAction().text() == "High-pass: 0.5 Hz"
    wanted = next(a for a in menu.actions() if a.text() == "Notch: 50 Hz")
    while menu.activeAction() is not wanted:
        qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert panel.view.filter == replace(USUAL, notch=50.0)
    assert panel.filter.text() == "Filter from 0.5 Hz, notch 50 Hz  (H)"
    assert panel.view.grab().toImage() != before
    assert np.array_equal(session.ring.read_since(recorded.first_sample)[0].data, hum)
    windows.release()
