"""Walk the desk through a session with real keys; say what lies outside the screen at each step.

``framed_child.py FOLDER LANGUAGE PERCENT``: needs a display with a window manager and xdotool.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from accessible import interactive
from desk_walk import ShortServices, Walk
from PySide6.QtTest import QTest

from neurofeedback.gui._qt import QtCore, QtWidgets
from neurofeedback.gui.application import application, speak
from neurofeedback.gui.desk.steps import Step
from neurofeedback.gui.desk.window_place import WindowPlace, fit_screen
from neurofeedback.gui.look import look

NORMAL = QtCore.QRect(500, 300, 1366, 768)  # partly outside of a screen of that size


def outside(window: QtWidgets.QWidget) -> list[str]:
    """Name the controls that are not wholly on the screen; what is scrolled to does not count."""
    room = window.screen().availableGeometry()
    found = []
    for widget in interactive(window):
        place = QtCore.QRect(widget.mapToGlobal(QtCore.QPoint(0, 0)), widget.size())
        if not room.contains(place) and not _scrolled(widget):
            found.append(f"{type(widget).__name__} {widget.accessibleName()} {place.getRect()}")
    if not room.contains(window.frameGeometry()) and not window.isMaximized():
        found.append(f"frame {window.frameGeometry().getRect()} of {room.getRect()}")
    return found


def _scrolled(widget: QtWidgets.QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QtWidgets.QScrollArea):
            return parent.verticalScrollBar().maximum() > 0
        parent = parent.parentWidget()
    return False


def xdotool(*words: str) -> str:
    return subprocess.run(["xdotool", *words], capture_output=True, text=True).stdout.strip()


def main() -> None:
    folder, language, percent = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    app = application()
    speak(app, language)
    look().choose("dark", percent)
    walk = Walk(ShortServices(folder, train=40.0))
    desk = walk.desk
    found: dict[str, dict[str, list[str]]] = {}
    active = []

    def look_over() -> None:
        QTest.qWait(300)
        name = xdotool("getactivewindow", "getwindowname")
        active.append("desk" if name == desk.windowTitle() else name)
        wrong = outside(desk)
        desk.showNormal()
        desk.setGeometry(NORMAL)
        QTest.qWait(300)
        fit_screen(desk)
        QTest.qWait(300)
        found[str(walk.step)] = {"outside": wrong + outside(desk)}
        desk.showMaximized()
        walk.until(lambda: desk.isMaximized(), what="the large window")
        desk.activateWindow()
        QTest.qWait(300)

    desk.hide()
    place = WindowPlace(desk, folder)
    place.show()
    walk.until(desk.isMaximized, what="the large window")
    QTest.qWait(300)
    maximised, frame = desk.isMaximized(), desk.windowHandle().frameMargins().top()
    look_over()
    for keys in (["P", "0", "7", "Return", "Return"], ["Return"], ["Return"], ["Return"]):
        for key in keys:
            walk.until(lambda: not desk.pages.guard.active)
            xdotool("key", key)
            QTest.qWait(150)
        step = {1: Step.PROTOCOL, 2: Step.STREAM, 3: Step.CHECK, 4: Step.THRESHOLD}[len(found)]
        walk.until_step(step)
        look_over()
    display = desk.session.windows.participant
    xdotool("key", "Return")
    walk.until_step(Step.ROUNDS)
    look_over()
    display.showFullScreen()  # as on a second monitor; it lies over the desk here
    QTest.qWait(300)
    xdotool("mousemove", *map(str, display.geometry().center().toTuple()), "click", "1")
    QTest.qWait(300)
    xdotool("key", "space")
    walk.until(lambda: desk.session.banner.kind == "pause", what="the pause by a real key")
    display.showNormal()
    desk.raise_()
    xdotool("key", "space")
    walk.until_step(Step.DEBRIEF, 60)
    look_over()
    desk.pages.stack.currentWidget().skip.click()
    walk.until_step(Step.SUMMARY)
    look_over()
    place.remember()
    again = WindowPlace(QtWidgets.QMainWindow(), folder)
    again.show()
    walk.until(again._window.isMaximized, what="the window where it was")
    said = {
        "steps": found, "active": active, "maximised": maximised, "frame": frame,
        "kept": again._window.isMaximized(),
    }  # fmt: skip
    again._window.close()
    walk.release()
    sys.stdout.write(json.dumps(said) + "\n")


main()
