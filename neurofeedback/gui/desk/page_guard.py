"""Keys and clicks that were meant for the page before do not reach a page that comes by itself.

Responsible for taking them away from a window until its new page has been seen and the hands have
come to rest. Not responsible for which pages come by themselves (`gui.desk.visit.pages`).

A page that somebody asked for takes keys at once, since whoever knows the way presses them in a
row. It takes no second click, which a double click has, and no key that is being held down.

A person who is typing, or who clicks twice, goes on for a moment after the page has changed. What
is pressed in that moment is dropped as a whole: each press begins the moment anew, so that never
the first half of a word is dropped and the second half taken.
"""

from __future__ import annotations

from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets

QUIET_MILLISECONDS = 600
_Type = QtCore.QEvent.Type
_PRESSES = frozenset(
    {
        _Type.ShortcutOverride,
        _Type.KeyPress,
        _Type.MouseButtonPress,
        _Type.MouseButtonDblClick,
        _Type.TouchBegin,
    }
)
_RELEASES = frozenset({_Type.KeyRelease, _Type.MouseButtonRelease, _Type.TouchEnd})


class PageGuard(QtCore.QObject):
    """Makes a window deaf for a moment.

    Parameters
    ----------
    window : QWidget
        The window; owns the guard.

    Attributes
    ----------
    active : bool
        Whether it is deaf now.
    listens : bool
        Whether it drops clicks now, and keys that are held down; also while it is active.
    """

    def __init__(self, window: QtWidgets.QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.active = False
        self.listens = False
        self._quiet = QtCore.QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MILLISECONDS)
        self._quiet.timeout.connect(self.lift)

    def begin(self) -> None:
        """Be deaf until the window has been painted and nothing was pressed for a moment."""
        self.active = True
        self._start()

    def begin_for_clicks(self) -> None:
        """Be deaf in the same way, but for keys that are pressed anew."""
        self._start()

    def _start(self) -> None:
        if not self.listens:
            self.listens = True
            _application().installEventFilter(self)
        self._quiet.stop()
        self._window.update()

    def lift(self) -> None:
        """Hear again."""
        self.active = False
        if self.listens:
            self.listens = False
            self._quiet.stop()
            _application().removeEventFilter(self)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Drop what is pressed in the window; the first painting starts the clock."""
        kind = event.type()
        if kind == _Type.Paint:
            if not self._quiet.isActive() and self._is_mine(watched):
                self._quiet.start()
            return False
        if kind not in _PRESSES and kind not in _RELEASES or not self._is_mine(watched):
            return False
        if isinstance(event, QtGui.QKeyEvent) and not self.active and not event.isAutoRepeat():
            return False
        if kind in _PRESSES and self._quiet.isActive():
            self._quiet.start()
        if kind == _Type.ShortcutOverride:
            event.accept()  # so that Qt looks for no shortcut
        return True

    def _is_mine(self, watched: QtCore.QObject) -> bool:
        if isinstance(watched, QtWidgets.QWidget):
            return watched.window() is self._window
        return watched == self._window.windowHandle()


def _application() -> QtCore.QCoreApplication:
    found = QtCore.QCoreApplication.instance()
    assert found is not None
    return found
