from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from neurofeedback.gui._qt import QtGui, QtWidgets
from neurofeedback.gui.look import Look, look, screen_percent, system_percent
from neurofeedback.gui.theme import DARK, DARK_CONTRAST, LIGHT, LIGHT_CONTRAST, current
from neurofeedback.gui.windows import SessionWindows


@pytest.fixture
def own_look(qapp: QtWidgets.QApplication) -> Iterator[Look]:
    yield look()
    look().choose("system", 100)


class System:
    """What the system asks for, as `Look` reads it."""

    def __init__(self, scheme: str, strong: bool) -> None:
        self.scheme, self.strong = scheme, strong


def test_a_chosen_scheme_is_used_and_told(qtbot: QtBot, own_look: Look, qapp) -> None:
    own_look.choose("dark")
    with qtbot.waitSignal(own_look.changed):
        own_look.choose("light")
    assert current().palette == LIGHT.palette
    assert LIGHT.palette.window in qapp.styleSheet()
    assert qapp.palette().color(QtGui.QPalette.ColorRole.Window).name() == LIGHT.palette.window
    with qtbot.assertNotEmitted(own_look.changed):
        own_look.choose("light")


def test_the_size_of_text_is_chosen(qtbot: QtBot, own_look: Look, qapp) -> None:
    shown = QtWidgets.QLabel("words")
    qtbot.addWidget(shown)
    shown.show()
    before = shown.sizeHint().height()
    own_look.choose(percent=200)
    assert current().body == 2 * DARK.body
    assert shown.sizeHint().height() >= 1.8 * before


@pytest.mark.parametrize("wrong", [{"scheme": "pink"}, {"percent": 70}, {"percent": 250}])
def test_what_there_is_not_is_refused(own_look: Look, wrong) -> None:
    with pytest.raises(ValueError, match="none of|not within"):
        own_look.choose(**wrong)


def test_the_system_is_followed_while_windows_are_open(own_look: Look, monkeypatch) -> None:
    from neurofeedback.gui import look as module

    seen = System("light", False)
    monkeypatch.setattr(module, "system_scheme", lambda hints: seen.scheme)
    monkeypatch.setattr(module, "wants_contrast", lambda hints: seen.strong)
    hints = QtGui.QGuiApplication.styleHints()
    for scheme, strong, expected in (
        ("light", False, LIGHT), ("dark", False, DARK),
        ("light", True, LIGHT_CONTRAST), ("dark", True, DARK_CONTRAST),
    ):  # fmt: skip
        seen.scheme, seen.strong = scheme, strong
        hints.colorSchemeChanged.emit(hints.colorScheme())
        assert current().palette == expected.palette


@pytest.mark.parametrize(("pixels", "percent"), [(12, 100), (15, 100), (18, 120), (60, 200)])
def test_larger_text_of_the_system_is_kept(pixels: float, percent: int) -> None:
    assert system_percent(pixels) == percent


def test_open_windows_change_their_colours(qtbot: QtBot, session, own_look: Look) -> None:
    own_look.choose("dark")
    windows = SessionWindows(session, session.clock)
    windows.operator.resize(1366, 768)
    windows.operator.show()
    session.feed(4.0)
    windows.operator.add_samples(session.ring.read_since(0)[0])
    for theme in (LIGHT, DARK):
        own_look.choose(theme.name)
        picture = windows.operator.grab().toImage()
        places = [(x, y) for x in range(0, 1366, 7) for y in range(0, 768, 7)]
        shades = [picture.pixelColor(x, y).lightness() for x, y in places]
        dark = sum(s < 128 for s in shades) / len(shades)
        assert (dark > 0.8) if theme is DARK else (dark < 0.2), dark
    windows.release()


def test_the_participants_picture_stays_dark(qtbot: QtBot, session, own_look: Look) -> None:
    windows = SessionWindows(session, session.clock)
    windows.participant.show()
    own_look.choose("dark")
    dark = windows.participant.grab().toImage()
    own_look.choose("light")
    assert windows.participant.grab().toImage() == dark
    windows.release()


@pytest.mark.parametrize(
    ("scheme", "theme"), [("dark-contrast", DARK_CONTRAST), ("light-contrast", LIGHT_CONTRAST)]
)
def test_high_contrast_can_be_chosen(own_look: Look, scheme: str, theme) -> None:
    own_look.choose(scheme)
    assert current().palette == theme.palette


@pytest.mark.parametrize(
    ("width", "body"), [(1366, 13), (1599, 13), (1600, 14), (1920, 14), (2560, 15), (3840, 15)]
)
def test_text_is_larger_on_a_wide_screen(width: int, body: int) -> None:
    assert DARK.scaled(screen_percent(width)).body == body
