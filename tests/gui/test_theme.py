from __future__ import annotations

import ast
import colorsys
import re
from pathlib import Path

import pytest

from neurofeedback import gui
from neurofeedback.gui.style import style_sheet
from neurofeedback.gui.theme import (
    DARK,
    LIGHT,
    THEMES,
    Palette,
    contrast,
    mark_pairs,
    mix,
    rgb,
    text_pairs,
)  # fmt: skip

GUI = Path(gui.__file__).parent
PAIRS = sorted(text_pairs(Palette()))
MARKS = sorted(mark_pairs(Palette()))
# Okabe and Ito's colours, and what of the palette is one of them, darker or lighter.
OKABE_ITO = {
    "good": "#009e73", "caution": "#e69f00", "alarm": "#d55e00", "focus": "#0072b2",
    "left": "#0072b2", "right": "#e69f00",
}  # fmt: skip


@pytest.mark.parametrize("which", THEMES)
@pytest.mark.parametrize("name", PAIRS)
def test_words_can_be_read_on_their_surface(which: tuple[str, bool], name: str) -> None:
    ink, surface = text_pairs(THEMES[which].palette)[name]
    assert contrast(ink, surface) >= 4.5


@pytest.mark.parametrize("which", THEMES)
@pytest.mark.parametrize("name", MARKS)
def test_marks_are_told_from_their_surface(which: tuple[str, bool], name: str) -> None:
    mark, surface = mark_pairs(THEMES[which].palette)[name]
    assert contrast(mark, surface) >= 3.0


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_high_contrast_is_higher(scheme: str) -> None:
    palette = THEMES[scheme, True].palette
    for surface in ("window", "panel", "field", "raised"):
        for role in ("text", "muted", "good", "caution", "alarm", "focus"):
            assert contrast(getattr(palette, role), getattr(palette, surface)) >= 7.0
        assert contrast(palette.line, getattr(palette, surface)) >= 7.0


@pytest.mark.parametrize("which", THEMES)
@pytest.mark.parametrize("role", OKABE_ITO)
def test_meaning_is_told_by_okabe_and_itos_hues(which: tuple[str, bool], role: str) -> None:
    def hue(colour: str) -> float:
        return 360 * colorsys.rgb_to_hsv(*(part / 255 for part in rgb(colour)))[0]

    assert abs(hue(getattr(THEMES[which].palette, role)) - hue(OKABE_ITO[role])) < 12


def test_the_participants_colours_are_the_same_in_every_theme() -> None:
    assert {(t.palette.sun, t.palette.sky) for t in THEMES.values()} == {
        (DARK.palette.sun, DARK.palette.sky)
    }


def test_contrast_agrees_with_its_definition() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, "#102030"), (1.0, "#f0e0d0"), (0.5, "#808080")]
)
def test_mix(share: float, expected: str) -> None:
    assert mix("#102030", "#f0e0d0", share) == expected


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_sides_differ_for_the_colour_blind(theme) -> None:
    """Left and right differ strongly in blue, which red-green blindness leaves intact."""
    left, right = theme.palette.left, theme.palette.right
    assert int(left[5:], 16) - int(right[5:], 16) > 150


@pytest.mark.parametrize("theme", [*THEMES.values(), LIGHT.scaled(200)])
def test_style_sheet_has_no_hole(theme) -> None:
    sheet = style_sheet(theme)
    assert "{{" not in sheet
    assert sheet.count("{") == sheet.count("}")
    assert theme.palette.window in sheet


@pytest.mark.parametrize(
    ("percent", "body", "kept"),
    [(80, 10, 80), (60, 10, 80), (100, 13, 100), (150, 20, 150), (200, 26, 200), (300, 26, 200)],
)
def test_text_is_scaled(percent: int, body: int, kept: int) -> None:
    theme = LIGHT.scaled(percent)
    assert (theme.body, theme.percent) == (body, kept)
    assert theme.px(10) == 10 * kept / 100
    assert theme.palette == LIGHT.palette
    assert theme.scaled(100) == LIGHT


def modules() -> list[Path]:
    """Every module of the windows, but for the theme, what the participant sees, and the page."""
    painted = {
        GUI / "participant" / "between.py",
        GUI / "participant" / "layers.py",
        GUI / "participant" / "sign.py",
        GUI / "summary" / "html.py",
        GUI / "summary" / "take_home.py",
    }
    return [
        path
        for path in GUI.rglob("*.py")
        if path.name != "theme.py" and path.parent.name != "scenes" and path not in painted
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
def test_colours_and_sizes_of_text_come_from_the_theme(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.search(r"#[0-9a-fA-F]{6}\b", node.value), (node.lineno, node.value)
            assert not re.search(r"font-size:\s*\d", node.value), (node.lineno, node.value)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", "")
            sized = name in ("setPixelSize", "setPointSize", "setPointSizeF")
            coloured = name == "QColor" and isinstance(node.args[0].value, int)
            assert not sized, (node.lineno, name)
            assert not coloured, (node.lineno, name)
