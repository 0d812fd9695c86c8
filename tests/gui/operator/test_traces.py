from __future__ import annotations

import numpy as np
import pytest

from neurofeedback.frames import StreamInfo
from neurofeedback.gui.operator.montages import from_front_to_back, montages
from neurofeedback.gui.operator.traces import GUTTER, SCALES, SMALLEST_ROW, TraceView
from neurofeedback.gui.operator.traces_panel import TracesPanel
from neurofeedback.gui.theme import DARK, rgb


def make_view(qtbot, session, size=(600, 400), sides=None) -> TraceView:
    view = TraceView(session.info, sides or {"F3": "left", "F4": "right"})
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    return view


def feed(view: TraceView, session, seconds: float, step: float = 0.05) -> None:
    for _ in range(round(seconds / step)):
        cursor = session.ring.cursor()
        session.feed(step)
        view.add_samples(session.ring.read_since(cursor)[0])


def picture(view: TraceView) -> np.ndarray:
    """The page as painted on the widget, shape (height, width, 3), without the labels."""
    image = view.grab().toImage().convertToFormat(view._image.format())
    pixels = np.frombuffer(image.constBits(), np.uint8)
    shape = (image.height(), image.width(), 4)
    return pixels.reshape(shape)[:, GUTTER:, 2::-1].astype(int)


def drawn(page: np.ndarray) -> np.ndarray:
    """Where the page is clearly brighter than background and grid."""
    return page.max(axis=2) > 80


@pytest.mark.parametrize(("n_channels", "sfreq"), [(19, 250.0), (64, 1000.0), (256, 512.0)])
def test_all_channels_draw(qtbot, make_session, n_channels, sfreq) -> None:
    session = make_session(n_channels, sfreq)
    view = make_view(qtbot, session, (900, 700))
    feed(view, session, 4.0)
    page = drawn(picture(view))
    pitch = (700 - 16) / view.n_rows
    for row in range(view.n_rows):
        top = round(8 + row * pitch)
        band = page[top : top + max(2, round(pitch)), 20:200]
        assert band.any(), f"row {row} is empty"
    assert view.n_rows == min(n_channels, int(684 / SMALLEST_ROW))


def test_channels_that_do_not_fit_are_reached_by_scrolling(qtbot, make_session) -> None:
    session = make_session(256, 128.0)
    panel = TracesPanel(session.info, {})
    qtbot.addWidget(panel)
    panel.resize(800, 500)
    panel.show()
    assert panel.bar.isVisible()
    assert "of 256" in panel.rows.text()
    seen = set()
    for _ in range(6):
        first = panel.view.first_row
        seen |= set(range(first, first + panel.view.n_rows))
        panel.turn_page(1)
    assert seen == set(range(256))
    panel.turn_page(-100)
    assert panel.view.first_row == 0


def test_fewer_channels_at_once_and_all_again(qtbot, make_session) -> None:
    session = make_session(64, 128.0)
    panel = TracesPanel(session.info, {})
    qtbot.addWidget(panel)
    panel.resize(800, 600)
    panel.show()
    counts = []
    for _ in range(4):
        panel.next_choice()
        counts.append(panel.view.n_rows)
    assert counts == [32, 16, 8, 64]


@pytest.mark.parametrize("sfreq", [160.0, 250.0, 2048.0])
def test_drawing_piece_by_piece_equals_drawing_at_once(qtbot, make_session, sfreq) -> None:
    session = make_session(8, sfreq)
    view = make_view(qtbot, session, (500, 300))
    feed(view, session, 7.0, step=0.033)
    newest = view._next_column
    pieces = view._pixels.copy()
    view._redraw()
    columns = np.arange(0, newest)
    np.testing.assert_array_equal(pieces[:, columns], view._pixels[:, columns])


def test_page_wraps_around_with_a_gap_before_the_oldest(qtbot, session) -> None:
    view = make_view(qtbot, session)
    feed(view, session, 13.0)
    page = drawn(picture(view)).any(axis=0)
    at = view._next_column % view._width
    assert page[at - 5 : at].all()
    assert not page[at + 2 : at + 13].any()
    assert page[at + 16 : at + 40].all()


def test_trained_channels_stand_out_by_colour(qtbot, session) -> None:
    view = make_view(qtbot, session)
    feed(view, session, 5.0)
    page = picture(view)
    for side in ("left", "right"):
        wanted = np.array(rgb(getattr(DARK.palette, side)))
        assert (np.abs(page - wanted).max(axis=2) < 12).sum() > 50


def test_scale_makes_traces_taller(qtbot, make_session) -> None:
    session = make_session(4, 250.0)
    view = make_view(qtbot, session)
    feed(view, session, 5.0)
    small = drawn(picture(view)).sum()
    view.zoom(2)
    assert view.scale == 50
    large = drawn(picture(view)).sum()
    assert large > 1.5 * small
    view.zoom(100)
    assert view.scale == SCALES[0]
    view.zoom(-100)
    assert view.scale == SCALES[-1]


def test_scale_is_true_in_microvolts(qtbot, make_session) -> None:
    """A sine of 20 uV amplitude is 40 uV high, give or take the noise and the stroke's width."""
    session = make_session(3, 250.0)
    view = make_view(qtbot, session, (400, 616), sides={"F4": "left"})
    feed(view, session, 6.0)
    page = drawn(picture(view))[:208, 100:130]
    height = np.flatnonzero(page.any(axis=1))
    pixels_per_microvolt = 200 / view.scale
    measured = (height[-1] - height[0]) / pixels_per_microvolt
    assert measured == pytest.approx(40 + 4 * 4, abs=12)


def test_hidden_page_catches_up_when_shown(qtbot, session) -> None:
    view = make_view(qtbot, session)
    view.hide()
    feed(view, session, 4.0)
    view.show()
    assert drawn(picture(view))[:, 50:150].any(axis=0).all()


def test_resizing_draws_the_page_anew(qtbot, session) -> None:
    view = make_view(qtbot, session)
    feed(view, session, 6.0)
    view.resize(900, 500)
    assert drawn(picture(view))[:, 50:400].any(axis=0).all()
    feed(view, session, 2.0)


def test_channel_without_volts_fills_its_row(qtbot, session) -> None:
    info = session.info
    units = ("V",) * (info.n_channels - 1) + ("n/a",)
    session.info = type(info)(
        **{**info.to_dict(), "units": units, "ch_names": info.ch_names, "ch_types": info.ch_types}
    )
    view = make_view(qtbot, session, (600, 416))
    feed(view, session, 5.0)
    pitch = 400 / info.n_channels
    last = drawn(picture(view))[round(8 + pitch * (info.n_channels - 1)) :, 50:150]
    assert last.any(axis=0).all()
    assert last.any(axis=1).sum() < pitch + 8


NAMES = ("O1", "O2", "Fp2", "Fp1", "F3", "Fz", "F4", "C3", "Cz", "C4", "P3", "Pz", "P4", "X1")


def info_of(*names: str) -> StreamInfo:
    n = len(names)
    return StreamInfo("test", "", 250.0, names, ("eeg",) * n, ("V",) * n)


def test_channels_stand_from_front_to_back_and_left_to_right() -> None:
    assert [NAMES[i] for i in from_front_to_back(NAMES)] == [
        "Fp1", "Fp2", "F3", "Fz", "F4", "C3", "Cz", "C4", "P3", "Pz", "P4", "O1", "O2", "X1",
    ]  # fmt: skip
    older = ("T4", "Cz", "T3")
    assert [older[i] for i in from_front_to_back(older)] == ["T3", "Cz", "T4"]


def test_rows_of_a_montage_are_what_they_are_called() -> None:
    info = info_of(*NAMES)
    found = {one.words: {row.label: row for row in one.rows} for one in montages(info)}
    assert list(found) == ["as recorded", "average reference", "bipolar, front to back",
                           "Laplacian"]  # fmt: skip
    samples = np.random.default_rng(0).standard_normal((5, len(NAMES)))
    at = {name: samples[:, i] for i, name in enumerate(NAMES)}
    np.testing.assert_array_equal(found["as recorded"]["Cz"].of(samples), at["Cz"])
    eeg = samples[:, list(info.eeg)]
    np.testing.assert_allclose(
        found["average reference"]["Cz"].of(samples), at["Cz"] - eeg.mean(axis=1)
    )
    np.testing.assert_allclose(
        found["bipolar, front to back"]["C3-P3"].of(samples), at["C3"] - at["P3"]
    )
    near = np.mean([at[name] for name in ("Fz", "C3", "C4", "Pz")], axis=0)
    np.testing.assert_allclose(found["Laplacian"]["Cz"].of(samples), at["Cz"] - near)


def test_a_stream_of_few_or_unknown_channels_is_shown_as_recorded_alone() -> None:
    assert [one.words for one in montages(info_of("E1", "E2"))] == ["as recorded"]


def test_the_page_is_shown_anew_in_another_montage(qtbot, make_session) -> None:
    session = make_session(len(NAMES), names=NAMES)
    panel = TracesPanel(session.info, {"F3": "left"})
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    feed(panel.view, session, 4.0)
    before = panel.view._pixels.copy()
    panel.next_montage()
    assert panel.about.text().startswith("average reference")
    assert (panel.view._pixels != before).any()
    for _ in range(3):
        panel.next_montage()
    assert panel.about.text().startswith("as recorded")
    np.testing.assert_array_equal(panel.view._pixels, before)
