"""Where the desk's window stands: inside the screen with its frame, and where it was last time.

Responsible for size and place of the window and for the file that remembers them. Not responsible
for what is in it. What cannot be read or written is passed over: the window opens all the same.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets

_NAME = "window.ini"
_KEY = "desk/geometry"
USUAL = QtCore.QSize(1366, 768)
FRAME = QtCore.QMargins(4, 36, 4, 4)  # of a window that has not been framed yet


class WindowPlace:
    """The place of one window.

    Parameters
    ----------
    window : QWidget
    folder : Path
        Where it is remembered; need not exist.
    """

    def __init__(self, window: QtWidgets.QWidget, folder: Path) -> None:
        file = folder / _NAME
        self._window = window
        self._settings = QtCore.QSettings(str(file), QtCore.QSettings.Format.IniFormat)
        self._file = file

    def show(self) -> None:
        """Show the window where it was; over the whole screen at the first start."""
        kept = self._settings.value(_KEY)
        if isinstance(kept, QtCore.QByteArray) and self._window.restoreGeometry(kept):
            self._window.show()
        else:
            self._window.showMaximized()
        fit_screen(self._window)

    def remember(self) -> None:
        """Keep where the window is now."""
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
        self._settings.setValue(_KEY, self._window.saveGeometry())
        self._settings.sync()


def fit_screen(window: QtWidgets.QWidget) -> None:
    """Make a window that is neither maximised nor full screen no larger than its screen has room.

    Parameters
    ----------
    window : QWidget
        Shown or not; its frame counts, and is guessed before it has one.
    """
    if window.isMaximized() or window.isFullScreen():
        return
    room = window.screen().availableGeometry()
    handle = window.windowHandle()
    frame = handle.frameMargins() if handle is not None and window.isVisible() else FRAME
    if frame.isNull():
        frame = FRAME
    inner = room.marginsRemoved(frame)
    size = window.size().boundedTo(inner.size())
    at = window.geometry().topLeft()
    place = QtCore.QRect(
        max(inner.left(), min(at.x(), inner.right() + 1 - size.width())),
        max(inner.top(), min(at.y(), inner.bottom() + 1 - size.height())),
        size.width(),
        size.height(),
    )
    if place != window.geometry():
        window.setGeometry(place)


def first_size(screen: QtGui.QScreen) -> QtCore.QSize:
    """Return the usual size of the window, or what the screen has room for."""
    return USUAL.boundedTo(screen.availableGeometry().marginsRemoved(FRAME).size())
