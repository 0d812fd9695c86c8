"""Which monitor is the participant's.

Responsible for filling it with a window. Not responsible for what the window shows, nor for
monitors that come and go (`gui.monitors`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import QtGui, QtWidgets


def fill_screen(window: QtWidgets.QWidget, operators: QtGui.QScreen, monitor: str = "") -> None:
    """Fill a second monitor with a window if there is one, else the only one.

    Parameters
    ----------
    window : QWidget
    operators : QScreen
        The operator's monitor, which is left free.
    monitor : str
        Name of the one that is taken of several others, if it is there; else the first.
    """
    free = [s for s in QtGui.QGuiApplication.screens() if s is not operators]
    free.sort(key=lambda screen: screen.name() != monitor)
    if free:
        window.setGeometry(free[0].availableGeometry())
    window.showFullScreen()
