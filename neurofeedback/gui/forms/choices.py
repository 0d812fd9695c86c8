"""A few answers of which one is chosen, by digit, arrow or mouse.

Responsible for the buttons, their keys and for telling which was chosen. Not responsible for what
an answer means. All of it is one stop for Tab; what is chosen has a mark as well as a colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.forms.form_area import FormButton
from neurofeedback.gui.style import spaced

CHOSEN, OPEN = "\u25cf", "\u25cb"
_STEPS = {
    int(Qt.Key.Key_Up): -1, int(Qt.Key.Key_Left): -1,
    int(Qt.Key.Key_Down): 1, int(Qt.Key.Key_Right): 1,
}  # fmt: skip


class _Button(FormButton):
    """A button that leaves Up and Down to the choices too."""

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Take Space alone."""
        if event.key() in _STEPS:
            event.ignore()
        else:
            super().keyPressEvent(event)


class Choices(QtWidgets.QWidget):
    """Answers below or beside each other.

    Parameters
    ----------
    choices : sequence of (int, str)
        Value, which is its key too, and words.
    name : str
        What is being chosen, for screen readers.
    vertical : bool
        Whether they stand below each other; then Left and Right are left to whoever holds them.
    large : bool
        Whether it is read from further away.

    Attributes
    ----------
    moved : Signal(int)
        Chosen with an arrow: the next may follow.
    settled : Signal(int)
        Chosen with a digit, Space or the mouse.
    """

    moved = Signal(int)
    settled = Signal(int)

    def __init__(
        self,
        choices: Sequence[tuple[int, str]],
        name: str,
        *,
        vertical: bool = False,
        large: bool = False,
    ) -> None:
        super().__init__()
        self.value: int | None = None
        self.buttons: dict[int, QtWidgets.QPushButton] = {}
        self._name = name
        self._words = dict(choices)
        self._vertical = vertical
        layout = QtWidgets.QVBoxLayout(self) if vertical else QtWidgets.QHBoxLayout(self)
        spaced(layout, gap=2 if vertical else 1)
        self.setAccessibleName(name)
        for value in self._words:
            button = self._button(value, large)
            layout.addWidget(button)
            self.buttons[value] = button
        self.choose(None)

    def _button(self, value: int, large: bool) -> QtWidgets.QPushButton:
        button = _Button("", "large" if large else "")
        button.setCheckable(True)
        button.setProperty("role", "choice")
        button.setAccessibleName(f"{self._name}: {self._words[value]}")
        button.clicked.connect(lambda _=False, v=value: self._settle(v))
        return button

    def choose(self, value: int | None) -> None:
        """Show another choice; tells nobody."""
        self.value = value if value in self._words else None
        stop = self.value if self.value is not None else next(iter(self._words))
        for key, button in self.buttons.items():
            chosen = key == self.value
            button.setChecked(chosen)
            button.setText(f"{CHOSEN if chosen else OPEN}  {key}  {self._words[key]}")
            policy = Qt.FocusPolicy
            button.setFocusPolicy(policy.StrongFocus if key == stop else policy.ClickFocus)
        self.setFocusProxy(self.buttons[stop])

    def take_focus(self) -> None:
        """Give the keyboard to what is chosen, or to the first."""
        stop = self.value if self.value is not None else next(iter(self._words))
        self.buttons[stop].setFocus(Qt.FocusReason.TabFocusReason)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Digits choose, arrows move the choice."""
        by = _STEPS.get(event.key(), 0)
        if self._vertical and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = 0
        text = event.text()
        if by and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._move(by)
        elif text.isdecimal() and text.isascii() and int(text) in self._words:
            self._settle(int(text))
        else:
            super().keyPressEvent(event)

    def _move(self, by: int) -> None:
        values = list(self._words)
        if self.value is None:
            place = 0 if by > 0 else len(values) - 1
        else:
            place = min(max(values.index(self.value) + by, 0), len(values) - 1)
        self.choose(values[place])
        self.take_focus()
        self.moved.emit(values[place])

    def _settle(self, value: int) -> None:
        self.choose(value)
        self.take_focus()
        self.settled.emit(value)
