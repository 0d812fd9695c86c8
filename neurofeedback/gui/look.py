"""The look in use: which theme, how large the text, and telling the windows when that changes.

Responsible for following the system (dark or light, high contrast, size of text) and what was
chosen instead. Not responsible for colours (`gui.theme`) nor for how Qt draws them (`gui.style`).

Nearly everything that is painted needs to do nothing: it asks `theme.current()` when it is painted,
and Qt paints it anew. What keeps colours or sizes connects `look().changed`.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.style import dress
from neurofeedback.gui.theme import TEXT_PERCENT, THEMES, Theme, current

SCHEMES = ("system", "dark", "light", "dark-contrast", "light-contrast")
WIDE_SCREENS = ((2400, 115), (1600, 110))  # from which width on, px, text is how large, %
USUAL_PIXELS = 15.0  # systems' own text is 12 to 15 pixels high unless it was made larger


class Look(QtCore.QObject):
    """The look of all windows.

    Parameters
    ----------
    app : QApplication
        Owner.

    Attributes
    ----------
    changed : Signal()
        Another theme or size of text is in use, and the style sheet has been set.
    scheme : {'system', 'dark', 'light', 'dark-contrast', 'light-contrast'}
        What was chosen.
    percent : int
        Size of text that was chosen, 80 to 200; the system's own enlargement and that of a wide
        screen come on top, up to 200 in all.
    """

    changed = Signal()

    def __init__(self, app: QtWidgets.QApplication) -> None:
        super().__init__(app)
        self._app = app
        self.scheme = "system"
        self.percent = 100
        self._system_percent = system_percent(QtGui.QFontInfo(app.font()).pixelSize())
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self.follow)
        hints.accessibility().contrastPreferenceChanged.connect(self.follow)
        app.primaryScreenChanged.connect(lambda _: self.follow())

    def choose(self, scheme: str | None = None, percent: int | None = None) -> None:
        """Choose a scheme, a size of text, or both; None leaves what there is.

        Parameters
        ----------
        scheme : {'system', 'dark', 'light', 'dark-contrast', 'light-contrast'}, optional
        percent : int, optional
            80 to 200.

        Raises
        ------
        ValueError
            If there is no such scheme or size.
        """
        scheme = self.scheme if scheme is None else scheme
        percent = self.percent if percent is None else percent
        if scheme not in SCHEMES:
            raise ValueError(f"{scheme!r} is none of {', '.join(SCHEMES)}")
        if not TEXT_PERCENT[0] <= percent <= TEXT_PERCENT[1]:
            raise ValueError(f"{percent} % is not within 80 to 200 %")
        self.scheme, self.percent = scheme, percent
        self.follow()

    def wanted(self) -> Theme:
        """Return the theme that follows from the system and from what was chosen."""
        hints = self._app.styleHints()
        chosen = system_scheme(hints) if self.scheme == "system" else self.scheme
        scheme, _, contrast = chosen.partition("-")
        screen = self._app.primaryScreen()
        wide = screen_percent(screen.size().width()) if screen is not None else 100
        percent = self.percent * self._system_percent * wide / 10_000
        return THEMES[scheme, bool(contrast) or wants_contrast(hints)].scaled(percent)

    def follow(self) -> None:
        """Use the theme that is wanted, and tell if it is another one."""
        theme = self.wanted()
        if theme != current() or not self._app.styleSheet():
            dress(self._app, theme)
            self.changed.emit()


def system_scheme(hints: QtGui.QStyleHints) -> str:
    """Return ``light`` where the system is light, ``dark`` where it is dark or does not say."""
    return "light" if hints.colorScheme() is Qt.ColorScheme.Light else "dark"


def wants_contrast(hints: QtGui.QStyleHints) -> bool:
    """Return whether the system asks for high contrast."""
    return hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast


def system_percent(pixels: float) -> int:
    """Return how much larger than usual the system's text is, in percent, 100 to 200."""
    return round(min(max(100 * pixels / USUAL_PIXELS, 100), TEXT_PERCENT[1]))


def screen_percent(width: int) -> int:
    """Return how large text is on a screen of a width in px, in percent: one sits farther away."""
    return next((percent for least, percent in WIDE_SCREENS if width >= least), 100)


def look() -> Look:
    """Return the look of the application, made on the first call.

    Raises
    ------
    RuntimeError
        If there is no QApplication yet.
    """
    app = QtWidgets.QApplication.instance()
    if not isinstance(app, QtWidgets.QApplication):
        raise RuntimeError("the look belongs to an application, and there is none yet")
    found = app.findChild(Look)
    return Look(app) if found is None else found
