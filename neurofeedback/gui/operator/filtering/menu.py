"""The button that says what the traces are filtered with, and its menu.

Responsible for offering the corners that a stream allows. Not responsible for filtering
(`gui.operator.filtering.display_filter`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import QtGui, QtWidgets, Signal
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.operator.actions import entry_of
from neurofeedback.gui.operator.filtering.display_filter import (
    HIGHPASS,
    LOWPASS,
    NOTCH,
    USUAL,
    DisplayFilter,
)
from neurofeedback.gui.style import tip
from neurofeedback.words.language import later, number, tr

_CHOICES = (
    ("highpass", later("High-pass"), HIGHPASS),
    ("lowpass", later("Low-pass"), LOWPASS),
    ("notch", later("Notch"), NOTCH),
)


class FilterButton(QtWidgets.QPushButton):
    """Says the filter of the traces in a few words; a press offers others.

    Parameters
    ----------
    sfreq : float
        Sampling rate in Hz.

    Attributes
    ----------
    chosen : Signal(DisplayFilter)
        Another is wanted.
    menu_of_corners : QMenu
    """

    chosen = Signal(object)

    def __init__(self, sfreq: float) -> None:
        super().__init__()
        self._filter = USUAL
        self.setProperty("role", "quiet")
        self.menu_of_corners = QtWidgets.QMenu(self)
        self._actions: dict[tuple[str, float | None], QtGui.QAction] = {}
        for name, words, corners in _CHOICES:
            self.menu_of_corners.addSection(tr(words))
            group = QtGui.QActionGroup(self)
            for corner in corners:
                if USUAL.with_corner(name, corner).fits(sfreq):
                    self._offer(group, name, tr(words), corner)
        self.clicked.connect(lambda _=False: self.open())
        self._tell()

    def _offer(
        self, group: QtGui.QActionGroup, name: str, words: str, corner: float | None
    ) -> None:
        if corner is None:
            text = tr("{filter}: none", filter=words)
        else:
            text = tr("{filter}: {hz} Hz", filter=words, hz=number(corner, "g"))
        action = self.menu_of_corners.addAction(text)
        action.setCheckable(True)
        group.addAction(action)
        action.triggered.connect(
            lambda _=False: self._choose(self._filter.with_corner(name, corner))
        )
        self._actions[name, corner] = action

    def open(self) -> None:
        """Offer the corners, with the keyboard on the first that is in use."""
        at = self.mapToGlobal(self.rect().bottomLeft())
        self.menu_of_corners.popup(at)
        self.menu_of_corners.setActiveAction(self._actions["highpass", self._filter.highpass])

    def _choose(self, chosen: DisplayFilter) -> None:
        self._filter = chosen
        self._tell()
        self.chosen.emit(chosen)

    def _tell(self) -> None:
        said, entry = self._filter.in_words(), entry_of("filter")
        self.setText(tr("Filter {said}  ({key})", said=said, key=key_words(entry.keys[0])))
        self.setAccessibleName(tr("Display filter: {said}", said=said))
        self.setToolTip(tip(tr(entry.help)))
        for (name, corner), action in self._actions.items():
            action.setChecked(getattr(self._filter, name) == corner)
