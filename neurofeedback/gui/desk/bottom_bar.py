"""The line below the steps: who works here, and the pages beside the steps.

Responsible for showing its widgets and actions in one line, and the actions in a menu where there
is no room for them. Not responsible for what they do (`gui.desk.beside_steps`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.style import spaced
from neurofeedback.words.language import tr


class BottomBar(QtWidgets.QWidget):
    """Widgets on the left, actions with their keys on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: list[QtWidgets.QToolButton] = []
        self._widgets: list[QtWidgets.QWidget] = []
        self._line = QtWidgets.QHBoxLayout(self)
        spaced(self._line, gap=1)
        self._menu = QtWidgets.QMenu(self)
        self.more = _quiet(tr("More"))
        self.more.setAccessibleName(tr("More: settings, recordings, lock, keys"))
        self.more.setMenu(self._menu)
        self.more.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.hide()
        self._line.addWidget(self.more)

    def add_widget(self, widget: QtWidgets.QWidget) -> None:
        """Add a widget, to the left of all actions."""
        self._line.insertWidget(len(self._widgets), widget, 1)
        self._widgets.append(widget)

    def add_action(self, action: QtGui.QAction) -> None:
        """Add an action; it stands with its key."""
        button = _quiet(f"{action.text()}  {key_words(action.shortcut().toString())}")
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text())
        button.clicked.connect(action.trigger)
        self._menu.addAction(action)
        self.buttons.append(button)
        self._line.insertWidget(self._line.count() - 1, button)
        self._fit()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Show the actions, or the menu that holds them."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return the least room: what it takes with the menu."""
        each = [*self._widgets, self.more]
        width = self._wide([w.minimumSizeHint().width() for w in each])
        height = max(w.minimumSizeHint().height() for w in [*each, *self.buttons])
        return QtCore.QSize(width, height)

    def _wide(self, widths: list[int]) -> int:
        return sum(widths) + self._line.spacing() * max(len(widths) - 1, 0)

    def _fit(self) -> None:
        least = [w.minimumSizeHint().width() for w in self._widgets]
        room = self._wide([*least, *(b.sizeHint().width() for b in self.buttons)])
        all_of_them = room <= self.width()
        for button in self.buttons:
            button.setVisible(all_of_them)
        self.more.setVisible(not all_of_them)


def _quiet(text: str) -> QtWidgets.QToolButton:
    button = QtWidgets.QToolButton()
    button.setText(text)
    button.setProperty("role", "quiet")
    return button
