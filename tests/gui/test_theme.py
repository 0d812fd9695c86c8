from __future__ import annotations

import pytest

from neurofeedback.gui.style import style_sheet
from neurofeedback.gui.theme import DARK, contrast, mix, text_pairs


@pytest.mark.parametrize("name", sorted(text_pairs(DARK.palette)))
def test_words_can_be_read_on_their_surface(name: str) -> None:
    ink, surface = text_pairs(DARK.palette)[name]
    assert contrast(ink, surface) >= 4.5


def test_contrast_agrees_with_its_definition() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, "#102030"), (1.0, "#f0e0d0"), (0.5, "#808080")]
)
def test_mix(share: float, expected: str) -> None:
    assert mix("#102030", "#f0e0d0", share) == expected


def test_sides_differ_for_the_colour_blind() -> None:
    """Left and right differ strongly in blue, which red-green blindness leaves intact."""
    left, right = DARK.palette.left, DARK.palette.right
    assert int(left[5:], 16) - int(right[5:], 16) > 150


def test_style_sheet_has_no_hole() -> None:
    sheet = style_sheet()
    assert "{{" not in sheet
    assert sheet.count("{") == sheet.count("}")
    assert DARK.palette.window in sheet
