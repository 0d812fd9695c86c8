"""The screen lock on the operator's windows.

Responsible for seeing that somebody is active, for covering every window of the operator while it
is locked, and for uncovering them. Not responsible for the rules (`gui.lock.idle_lock`) nor for
what covers them (`gui.lock.panel`). What runs goes on: the session is not touched, and the
participant's window is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.lock.idle_lock import IdleLock
from neurofeedback.gui.lock.panel import LockPanel, SafetyKey
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

__all__ = ["LockPanel", "SafetyKey", "ScreenLock"]

LOCK_KEY = "Ctrl+L"
LOOK_MILLISECONDS = 1000
_ACTIVITY = frozenset(
    {
        QtCore.QEvent.Type.KeyPress,
        QtCore.QEvent.Type.MouseButtonPress,
        QtCore.QEvent.Type.MouseMove,
        QtCore.QEvent.Type.Wheel,
        QtCore.QEvent.Type.TouchBegin,
    }
)
_COVERED = (Qt.WindowType.Window, Qt.WindowType.Dialog, Qt.WindowType.Sheet, Qt.WindowType.Tool)


class ScreenLock(QtCore.QObject):
    """Locks the operator's windows when nobody is there, or by Ctrl+L.

    Parameters
    ----------
    window : QWidget
        The operator's main window; owns the lock.
    lock : IdleLock
        The rules.
    exempt : sequence of QWidget
        Windows that stay as they are: the participant's.
    safety : sequence of SafetyKey
        What is possible while locked. None may ask back in a window: that would be covered too.
    session_state : callable
        Returns kind and words of how the session is, see `gui.lock.session_words`; None without a
        session.

    Attributes
    ----------
    action : QAction
        Locks; has the key, for a menu.
    exempt : list of QWidget
        Windows that are left as they are.
    changed : Signal(bool)
        It was locked (True) or opened (False).
    """

    changed = Signal(bool)

    def __init__(
        self,
        window: QtWidgets.QWidget,
        lock: IdleLock,
        *,
        exempt: Sequence[QtWidgets.QWidget] = (),
        safety: Sequence[SafetyKey] = (),
        session_state: Callable[[], tuple[str, str] | None] = lambda: None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._lock = lock
        self.exempt = list(exempt)
        self._safety = list(safety)
        self._session_state = session_state
        self._panels: dict[QtWidgets.QWidget, LockPanel] = {}
        self._waited = False
        self.action = QtGui.QAction(tr("Lock the screen"), window)
        self.action.setShortcut(QtGui.QKeySequence(LOCK_KEY))
        self.action.setToolTip(tr("Lock this window ({key})", key=key_words(LOCK_KEY)))
        self.action.triggered.connect(self.lock_now)
        window.addAction(self.action)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.poll)
        self._timer.start(LOOK_MILLISECONDS)
        app = QtWidgets.QApplication.instance()
        assert isinstance(app, QtWidgets.QApplication)
        app.focusWindowChanged.connect(self._watch)
        app.focusChanged.connect(self._keep_focus)
        self._watch(window.windowHandle())

    @property
    def locked(self) -> bool:
        """Whether it is locked."""
        return self._lock.locked

    @property
    def panels(self) -> list[LockPanel]:
        """What covers the windows now; empty while it is open."""
        return list(self._panels.values())

    def leave_out(self, window: QtWidgets.QWidget) -> None:
        """Leave a window as it is from now on, such as a participant's that was just made."""
        self.exempt.append(window)
        window.destroyed.connect(lambda: self.exempt.remove(window))

    def set_safety(self, safety: Sequence[SafetyKey]) -> None:
        """Say anew what is possible while locked; counts from the next time."""
        self._safety = list(safety)

    def lock_now(self) -> None:
        """Lock at once."""
        if self._lock.lock():
            self._cover()

    def poll(self) -> None:
        """Lock if nobody was active for long enough; called once a second."""
        if self._lock.tick() or self._lock.locked:
            self._cover()
            self._count_down()
            for panel in self.panels:
                panel.tell_session(self._session_state())

    def release(self) -> None:
        """Cease to watch; what covers the windows goes."""
        app = QtWidgets.QApplication.instance()
        assert isinstance(app, QtWidgets.QApplication)
        self._timer.stop()
        app.focusWindowChanged.disconnect(self._watch)
        app.focusChanged.disconnect(self._keep_focus)
        self._uncover()

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Take note of keys and mouse in a window of the operator."""
        if event.type() in _ACTIVITY:
            self._lock.activity()
        return False

    # -- covering -----------------------------------------------------------------------------

    def _cover(self) -> None:
        new = [each for each in self._windows() if each not in self._panels]
        if not new:
            return
        while (popup := QtWidgets.QApplication.activePopupWidget()) is not None:
            popup.close()
        first = not self._panels
        for window in new:
            panel = LockPanel(window, self._safety)
            panel.tried.connect(self._try)
            window.destroyed.connect(lambda _=None, w=window: self._panels.pop(w, None))
            self._panels[window] = panel
            self._tell(panel)
        self._rest_active()
        if first:
            self.changed.emit(True)

    def _windows(self) -> list[QtWidgets.QWidget]:
        return [
            each
            for each in QtWidgets.QApplication.topLevelWidgets()
            if each.isVisible() and each.windowType() in _COVERED and each not in self.exempt
        ]

    def _tell(self, panel: LockPanel) -> None:
        operator = self._lock.operator
        panel.tell(
            tr("Locked by {name}.", name=operator) if operator else tr("The screen is locked."),
            name=operator,
            asks_passphrase=self._lock.asks_passphrase,
        )
        panel.tell_session(self._session_state())

    def _rest_active(self) -> None:
        active = QtWidgets.QApplication.activeWindow()
        panel = self._panels.get(active) if active is not None else None
        if panel is not None:
            panel.rest()

    def _try(self, name: str, passphrase: str) -> None:
        try:
            self._lock.unlock(name, passphrase)
        except UserError as error:
            self._say(message_of(error))
            return
        self._uncover()
        self.changed.emit(False)

    def _count_down(self) -> None:
        waits = self._lock.wait > 0
        if waits:
            seconds = math.ceil(self._lock.wait)
            self._say(tr("Try again in {seconds} s.", seconds=seconds))
        elif self._waited:
            self._say("")
        self._waited = waits

    def _say(self, text: str) -> None:
        for panel in self.panels:
            panel.say(text)

    def _uncover(self) -> None:
        panels, self._panels = self._panels, {}
        for window, panel in panels.items():
            window.removeEventFilter(panel)
            panel.leave()

    def _watch(self, window: QtGui.QWindow | None) -> None:
        """Look at the keys and mouse of a window that has come to the front."""
        if window is None or any(each.windowHandle() is window for each in self.exempt):
            return
        window.installEventFilter(self)
        if self._lock.locked:
            self._cover()

    def _keep_focus(self, _: QtWidgets.QWidget | None, new: QtWidgets.QWidget | None) -> None:
        """Give the keyboard back to the panel when something below has taken it."""
        panel = self._panels.get(new.window()) if new is not None and self._panels else None
        if (
            new is not None
            and panel is not None
            and new is not panel
            and not panel.isAncestorOf(new)
        ):
            panel.rest()
