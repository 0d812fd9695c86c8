"""Keys that are pressed in one window and meant for another.

Responsible for giving a key to a window as the system would: to what has the keyboard there, else
to its shortcuts. Qt itself looks for shortcuts only in the window that is active. Not responsible
for which window is meant (`gui.windows`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets

_Type = QtCore.QEvent.Type


def forward_key(event: QtGui.QKeyEvent, window: QtWidgets.QWidget) -> None:
    """Press a key in another window.

    Parameters
    ----------
    event : QKeyEvent
        As it was pressed elsewhere.
    window : QWidget
        A top-level window.
    """
    target = window.focusWidget() or window
    wanted = _again(event, _Type.ShortcutOverride)
    wanted.ignore()
    QtWidgets.QApplication.sendEvent(target, wanted)
    if wanted.isAccepted() or not _trigger(event, window):
        QtWidgets.QApplication.sendEvent(target, _again(event, _Type.KeyPress))
        QtWidgets.QApplication.sendEvent(target, _again(event, _Type.KeyRelease))


def _again(event: QtGui.QKeyEvent, kind: QtCore.QEvent.Type) -> QtGui.QKeyEvent:
    return QtGui.QKeyEvent(
        kind, event.key(), event.modifiers(), event.text(), event.isAutoRepeat(), event.count()
    )


def _trigger(event: QtGui.QKeyEvent, window: QtWidgets.QWidget) -> bool:
    """Do what the key is the shortcut of; return whether there is such a thing."""
    pressed = QtGui.QKeySequence(event.keyCombination())
    for action in window.findChildren(QtGui.QAction):
        owner = action.parent()
        if isinstance(owner, QtWidgets.QWidget) and not owner.isVisibleTo(window):
            continue
        if pressed in action.shortcuts() and action.isEnabled():
            action.trigger()
            return True
    for shortcut in window.findChildren(QtGui.QShortcut):
        owner = shortcut.parent()
        if isinstance(owner, QtWidgets.QWidget) and not owner.isVisibleTo(window):
            continue
        if pressed in shortcut.keys() and shortcut.isEnabled():
            shortcut.activated.emit()
            return True
    for button in window.findChildren(QtWidgets.QAbstractButton):
        if button.isVisibleTo(window) and button.isEnabled() and button.shortcut() == pressed:
            button.click()
            return True
    return False
