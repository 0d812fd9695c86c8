"""Colours, sizes and spacing of the windows, as plain values.

Responsible for one type scale, one spacing grid and one palette (Okabe and Ito's colours for
meaning), and for the arithmetic of contrast. Knows no Qt; `gui.style` turns it into a style sheet.

References
----------
Okabe M, Ito K (2008), Color Universal Design. WCAG 2.2, relative luminance and contrast ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[int, int, int]

FONT_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as ``#rrggbb``.

    Attributes
    ----------
    window, panel, raised, field : str
        Surfaces: behind everything, of a card, of a button, of an entry field or plot.
    line, grid : str
        Borders and grid lines; carry no meaning.
    text, muted : str
        Words; words of less weight.
    focus : str
        Ring around what has the keyboard.
    good, caution, alarm : str
        States; each is always shown with a symbol and a word as well.
    on_accent : str
        Words on a filled `good`, `caution`, `alarm` or `focus`.
    trace, left, right : str
        Traces: all channels, the trained channels of the left and of the right side.
    sun, sky : str
        The participant's disc and its background.
    """

    window: str = "#0e1319"
    panel: str = "#171e27"
    raised: str = "#232d39"
    field: str = "#0b0f14"
    line: str = "#33404f"
    grid: str = "#1b242e"
    text: str = "#e8edf2"
    muted: str = "#a3b0bf"
    focus: str = "#56b4e9"
    good: str = "#2fb890"
    caution: str = "#e69f00"
    alarm: str = "#e8702a"
    on_accent: str = "#0b0f14"
    trace: str = "#8f9dac"
    left: str = "#56b4e9"
    right: str = "#e69f00"
    sun: str = "#f2c14e"
    sky: str = "#0c1420"


@dataclass(frozen=True, slots=True)
class Theme:
    """Everything a look consists of.

    Attributes
    ----------
    palette : Palette
    small, body, title, number, clock : int
        Type scale, in device-independent pixels.
    unit : int
        Spacing grid; every distance is a multiple of it.
    radius : int
        Corner radius.
    """

    palette: Palette = Palette()
    small: int = 12
    body: int = 13
    title: int = 16
    number: int = 26
    clock: int = 28
    unit: int = 4
    radius: int = 8


DARK = Theme()


def text_pairs(palette: Palette) -> dict[str, tuple[str, str]]:
    """Return every pair of words and surface that the windows use, name to (text, surface)."""
    p = palette
    pairs = {
        f"{role} on {surface}": (getattr(p, role), getattr(p, surface))
        for role in ("text", "muted", "good", "caution", "focus")
        for surface in ("window", "panel", "field")
    }
    pairs |= {f"{role} on raised": (getattr(p, role), p.raised) for role in ("text", "muted")}
    pairs |= {
        f"on {role}": (p.on_accent, getattr(p, role))
        for role in ("good", "caution", "alarm", "focus")
    }
    pairs |= {f"{role} trace": (getattr(p, role), p.field) for role in ("trace", "left", "right")}
    return pairs


def rgb(colour: str) -> Rgb:
    """Split ``#rrggbb`` into its three parts, 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Return WCAG's relative luminance of ``#rrggbb``, 0..1."""
    parts = [c / 255 for c in rgb(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return WCAG's contrast ratio of two colours, 1..21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def mix(first: str, second: str, share: float) -> str:
    """Return the colour `share` (0..1) of the way from `first` to `second`."""
    parts = zip(rgb(first), rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)
