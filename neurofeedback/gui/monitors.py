"""Keeping the participant's display in sight while monitors come and go.

Responsible for what becomes of a full-screen display whose monitor is unplugged, and for putting it
back when a monitor returns. Not responsible for choosing a monitor (`gui.participant.window`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.operator.window import OperatorWindow
from neurofeedback.gui.participant.window import ParticipantWindow
from neurofeedback.words.language import later


class MonitorWatch(QtCore.QObject):
    """Watch the monitors of both windows.

    Without this, the system would move a full-screen display onto the operator's monitor and hide
    the operator's window at the worst of moments.

    Parameters
    ----------
    participant : ParticipantWindow
    operator : OperatorWindow
        Told what happens; its monitor is left free.
    screens : callable
        Returns the monitors there are.
    """

    def __init__(
        self,
        participant: ParticipantWindow,
        operator: OperatorWindow,
        screens: Callable[[], Sequence[QtGui.QScreen]] = QtGui.QGuiApplication.screens,
    ) -> None:
        super().__init__(operator)
        self._participant = participant
        self._operator = operator
        self._screens = screens
        self._lost = False
        app = QtGui.QGuiApplication.instance()
        if isinstance(app, QtGui.QGuiApplication):
            app.screenRemoved.connect(self._soon)
            app.screenAdded.connect(self._soon)

    def _soon(self) -> None:
        """Look once the system has moved the windows."""
        QtCore.QTimer.singleShot(0, self, self.poll)

    def poll(self) -> None:
        """Make the display a window if its monitor is gone, full screen again if one is back."""
        several = len(self._screens()) > 1
        if not several and self._participant.isFullScreen():
            self._lost = True
            self._participant.showNormal()
            self._operator.raise_()
            self._operator.activateWindow()
            self._operator.keep_fact(
                later("participant's monitor unplugged; the display is now a window")
            )
        elif several and self._lost:
            self._lost = False
            if not self._participant.isFullScreen():
                self._participant.toggle_full_screen(self._operator.screen())
            self._operator.keep_fact(later("participant's monitor connected again"))
