"""Colours, sizes and spacing of the windows, as plain values.

Responsible for one type scale, one spacing grid, a dark and a light palette (Okabe and Ito's
colours for meaning), for which of them is in use, and for the arithmetic of contrast. Knows no Qt;
`gui.style` turns a theme into a style sheet and `gui.look` changes it while windows are open.

Whoever paints asks `current()` while painting and keeps no colour: so a change is seen at once.

References
----------
Okabe M, Ito K (2008), Color Universal Design. Nunez JR, Anderton CR, Renslow RS (2018), Optimizing
colormaps with consideration for color vision deficiency (cividis), PLOS ONE 13(7), e0199239.
WCAG 2.2, relative luminance and contrast ratio.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

Rgb = tuple[int, int, int]

FONT_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")
TEXT_PERCENT = (80, 200)  # least and greatest size of text


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
        The participant's disc and its background; the same in every theme.
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

    @property
    def edge(self) -> str:
        """Border of a card."""
        return mix(self.panel, self.line, 0.6)

    @property
    def hover(self) -> str:
        """A button under the mouse."""
        return mix(self.raised, self.line, 0.3)

    @property
    def faded(self) -> str:
        """Words of what cannot be used now."""
        return mix(self.panel, self.muted, 0.7)

    @property
    def focus_hover(self) -> str:
        """A filled button under the mouse."""
        return mix(self.focus, self.text, 0.18)

    @property
    def chosen(self) -> str:
        """A chosen row of a list."""
        return mix(self.field, self.focus, 0.24)


@dataclass(frozen=True, slots=True)
class Theme:
    """Everything a look consists of.

    Attributes
    ----------
    name : {'dark', 'light'}
    palette : Palette
    small, body, title, number, clock, hero : int
        Type scale, in device-independent pixels.
    unit : int
        Spacing grid; every distance is a multiple of it.
    radius : int
        Corner radius.
    percent : int
        Size of text, in percent of the plain one; see `scaled`.
    """

    name: str = "dark"
    palette: Palette = Palette()
    small: int = 12
    body: int = 13
    title: int = 16
    number: int = 26
    clock: int = 28
    hero: int = 40
    unit: int = 4
    radius: int = 8
    percent: int = 100

    def px(self, length: float) -> int:
        """Return a length that holds text, in pixels at this size of text.

        Parameters
        ----------
        length : float
            Pixels at 100 %.
        """
        return round(length * self.percent / 100)

    def scaled(self, percent: float) -> Theme:
        """Return this theme with text of another size.

        Parameters
        ----------
        percent : float
            80 to 200; what lies beyond is taken as the nearest of them.

        Returns
        -------
        Theme
            Colours and spacing as before; large numbers grow less than the words around them.
        """
        low, high = TEXT_PERCENT
        kept = round(min(max(percent, low), high))
        larger, less = kept / 100, 1 + (kept / 100 - 1) * 0.6
        plain = Theme()
        return replace(
            self, percent=kept, small=round(plain.small * larger), body=round(plain.body * larger),
            title=round(plain.title * larger), number=round(plain.number * less),
            clock=round(plain.clock * less), hero=round(plain.hero * less),
        )  # fmt: skip


DARK = Theme()
LIGHT = Theme(
    "light",
    Palette(
        window="#eef1f5", panel="#fafbfc", raised="#e3e8ee", field="#ffffff",
        line="#b3bdc9", grid="#e6eaef", text="#16202b", muted="#4b5865",
        focus="#00639b", good="#006f53", caution="#835600", alarm="#b04300",
        on_accent="#ffffff", trace="#66727f", left="#0072b2", right="#a35f00",
    ),
)  # fmt: skip
DARK_CONTRAST = replace(
    DARK,
    palette=replace(
        DARK.palette, window="#000000", panel="#000000", raised="#141414", field="#000000",
        line="#ffffff", grid="#303030", text="#ffffff", muted="#e4e4e4", focus="#7cc8f5",
        good="#4fd8ae", caution="#ffbf3a", alarm="#ff8a45", on_accent="#000000",
        trace="#d0d0d0", left="#7cc8f5", right="#ffbf3a",
    ),
)  # fmt: skip
LIGHT_CONTRAST = replace(
    LIGHT,
    palette=replace(
        LIGHT.palette, window="#ffffff", panel="#ffffff", raised="#f2f2f2", field="#ffffff",
        line="#000000", grid="#d4d4d4", text="#000000", muted="#242424", focus="#004a75",
        good="#00523d", caution="#5e3d00", alarm="#7d2f00", trace="#3a3a3a",
        left="#00548a", right="#6f4000",
    ),
)  # fmt: skip

# From least to most power, ever lighter, for all kinds of colour vision alike; in every theme.
POWER = (
    "#00224e", "#1a386f", "#434e6c", "#61656f", "#7d7c78", "#9b9476", "#bcae6c", "#dec958",
    "#fee838",
)  # fmt: skip

THEMES = {
    ("dark", False): DARK, ("light", False): LIGHT,
    ("dark", True): DARK_CONTRAST, ("light", True): LIGHT_CONTRAST,
}  # fmt: skip

_current = DARK


def current() -> Theme:
    """Return the theme in use; ask anew each time something is painted or laid out."""
    return _current


def use(theme: Theme) -> None:
    """Make a theme the one in use; `gui.look` does this, and tells the windows."""
    global _current
    _current = theme


def text_pairs(palette: Palette) -> dict[str, tuple[str, str]]:
    """Return every pair of words and surface that the windows use, name to (text, surface)."""
    p = palette
    pairs = {
        f"{role} on {surface}": (getattr(p, role), getattr(p, surface))
        for role in ("text", "muted", "good", "caution", "alarm", "focus")
        for surface in ("window", "panel", "field")
    }
    pairs |= {
        f"{role} on {surface}": (getattr(p, role), getattr(p, surface))
        for role in ("text", "muted")
        for surface in ("raised", "hover", "chosen")
    }
    pairs |= {
        f"on {role}": (p.on_accent, getattr(p, role))
        for role in ("good", "caution", "alarm", "focus", "focus_hover")
    }
    pairs |= {f"{role} trace": (getattr(p, role), p.field) for role in ("trace", "left", "right")}
    return pairs


def mark_pairs(palette: Palette) -> dict[str, tuple[str, str]]:
    """Return every pair of painted mark and surface, name to (mark, surface)."""
    p = palette
    return {
        f"{role} on {surface}": (getattr(p, role), getattr(p, surface))
        for role in ("good", "caution", "alarm", "focus", "muted")
        for surface in ("window", "panel", "raised", "field")
    } | {"faded words": (p.faded, p.panel)}


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
