"""A session on a desk with a second monitor; says where each window is and who has the keyboard.

``two_screens_child.py FOLDER``: needs a display with two monitors, a window manager and xdotool.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from desk_walk import Key, ShortServices, Walk
from PySide6.QtTest import QTest

from neurofeedback.gui._qt import QtGui
from neurofeedback.gui.application import application
from neurofeedback.gui.desk.steps import Step


def xdotool(*words: str) -> str:
    return subprocess.run(["xdotool", *words], capture_output=True, text=True).stdout.strip()


def main() -> None:
    application()
    walk = Walk(ShortServices(Path(sys.argv[1]), train=60.0))
    desk = walk.desk
    walk.to_baseline()
    display = desk.session.windows.participant
    walk.until(display.isFullScreen, what="the participant's window")
    QTest.qWait(500)
    found = {
        "monitors": [list(s.geometry().getRect()) for s in QtGui.QGuiApplication.screens()],
        "display": list(display.frameGeometry().getRect()),
        "desk": desk.frameGeometry().center().x(),
        "active": [xdotool("getactivewindow", "getwindowname") == desk.windowTitle()],
    }
    walk.until_step(Step.THRESHOLD, 90)
    at = display.geometry().center()
    xdotool("mousemove", str(at.x()), str(at.y()), "click", "1")
    QTest.qWait(300)
    walk.until(lambda: not desk.pages.guard.active)
    xdotool("key", "Return")  # a real key, after a click into the participant's window
    walk.until_step(Step.ROUNDS, 30)
    found["active"].append(xdotool("getactivewindow", "getwindowname") == desk.windowTitle())
    xdotool("key", "Escape")  # which ends full screen where the window has the keyboard
    QTest.qWait(300)
    found["still full"] = display.isFullScreen()
    walk.press(Key.Key_P)
    walk.release()
    sys.stdout.write(json.dumps(found) + "\n")


main()
