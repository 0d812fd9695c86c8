"""Walk the desk through a session with real keys or a real mouse; say what lies off the screen.

``framed_child.py FOLDER LANGUAGE PERCENT SCHEME keys|mouse``: needs a display with a window manager
and xdotool. Nothing but keys is pressed with ``keys``, nothing but buttons of a mouse with
``mouse``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from accessible import interactive
from desk_walk import ShortServices, Walk
from PySide6.QtTest import QTest

from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets
from neurofeedback.gui.application import application, speak
from neurofeedback.gui.desk.steps import Step
from neurofeedback.gui.desk.window_place import WindowPlace, fit_screen
from neurofeedback.gui.look import look

NORMAL = QtCore.QRect(500, 300, 1366, 768)  # partly outside of a screen of that size
CODE = "P07"
SETTLED = 5.0  # s
KEYS = {"Return": "Return", "Esc": "Escape", "+": "plus", ",": "comma", "-": "minus"}


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


class Hands:
    """Somebody at the desk, with a keyboard alone or a mouse alone."""

    def __init__(self, walk: Walk, *, mouse: bool) -> None:
        self.walk, self.desk, self.mouse = walk, walk.desk, mouse
        self.found: dict[str, list[str]] = {}
        self.active: list[str] = []

    def keys(self, *keys: str) -> None:
        """Press keys, each as it is called on screen: ``Ctrl+Shift+P``."""
        for key in keys:
            self.walk.until(lambda: not self.desk.pages.guard.active)
            *held, last = key.replace("++", "+plus").split("+")
            letter = last.lower() if held else last  # a capital is pressed with Shift
            xdotool("key", "+".join([*map(str.lower, held), KEYS.get(last, letter)]))
            QTest.qWait(150)

    def click(self, widget: QtWidgets.QWidget, at: QtCore.QRect | None = None) -> None:
        """Bring a widget into sight as the wheel does, and click into its middle."""
        self.walk.until(lambda: not self.desk.pages.guard.listens)
        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, QtWidgets.QScrollArea):
                parent.ensureWidgetVisible(widget)
            parent = parent.parentWidget()
        QTest.qWait(50)
        middle = (at or widget.rect()).center()
        x, y = widget.mapToGlobal(middle).toTuple()
        xdotool("mousemove", str(x), str(y), "click", "1")
        QTest.qWait(200)

    def press(self, button: QtWidgets.QAbstractButton) -> None:
        """Press a button: with the mouse, or with the key that it names."""
        if self.mouse:
            box = isinstance(button, QtWidgets.QCheckBox)
            self.click(button, QtCore.QRect(0, 0, 24, button.height()) if box else None)
            return
        key = button.shortcut() or QtGui.QKeySequence.mnemonic(button.text())
        self.keys(key.toString(QtGui.QKeySequence.SequenceFormat.PortableText))

    def look_over(self, name: str) -> None:
        """Note what lies outside, in the large window and in a small one that lay wrong."""
        QTest.qWait(300)
        title = xdotool("getactivewindow", "getwindowname")
        self.active.append("desk" if title == self.desk.windowTitle() else title)
        wrong = outside(self.desk)
        self.desk.showNormal()
        self.desk.setGeometry(NORMAL)
        self._settle(lambda: self.desk.geometry().topLeft() == NORMAL.topLeft())
        fit_screen(self.desk)
        self._settle(lambda: not outside(self.desk))
        self.found[name] = wrong + outside(self.desk)
        self.desk.showMaximized()
        self.walk.until(self.desk.isMaximized, what="the large window")
        self.desk.activateWindow()
        QTest.qWait(300)

    def _settle(self, met: Callable[[], bool]) -> None:
        """Wait until a window manager has done what was asked, a few seconds at most."""
        QTest.qWait(300)
        limit = time.monotonic() + SETTLED
        while not met() and time.monotonic() < limit:
            QTest.qWait(50)

    # -- the walk -----------------------------------------------------------------------------

    def beside(self) -> None:
        """Open each page beside the steps, and come back."""
        beside = self.walk.beside
        pages = {"overview": beside.overview, "recordings": beside.recordings,
                 "settings": beside.settings}  # fmt: skip
        for name, action in pages.items():
            self._open(action)
            self.walk.until(lambda: self.desk.pages.aside is not None, what=name)
            self.look_over(name)
            page = self.desk.pages.aside
            if self.mouse:
                self.click(page.leave)
            else:
                self.keys("Esc")
            self.walk.until(lambda: self.desk.pages.aside is None, what=f"back from {name}")
        self._open(beside.help.action)
        self.walk.until(lambda: beside.help.guide is not None, what="the guide")
        QTest.qWait(400)
        self.found["guide"] = outside(beside.help.guide)
        if self.mouse:
            self.click(beside.help.guide.leave)
        else:
            self.keys("Esc")
        self.walk.until(lambda: beside.help.guide is None, what="back from the guide")

    def _open(self, action: QtGui.QAction) -> None:
        if not self.mouse:
            self.keys(action.shortcut().toString(QtGui.QKeySequence.SequenceFormat.PortableText))
            return
        bar = self.desk.pages.bottom
        button = next(b for b in bar.buttons if b.text().startswith(action.text()))
        if button.isVisible():
            self.click(button)
            return

        def choose() -> None:
            """Click in the menu; it waits in a loop of its own until that is done."""
            menu = QtWidgets.QApplication.activePopupWidget()
            if menu is None:
                QtCore.QTimer.singleShot(100, choose)
                return
            x, y = menu.mapToGlobal(menu.actionGeometry(action).center()).toTuple()
            xdotool("mousemove", str(x), str(y), "click", "1")

        QtCore.QTimer.singleShot(300, choose)
        self.click(bar.more)

    def to_rounds(self) -> None:
        """From the first step to the rounds."""
        people = self.desk.preparation.participant
        if self.mouse:
            self.click(people.list.viewport(), people.list.visualItemRect(people.list.item(0)))
            self.press(people.go_on)
        else:
            self.keys("P", "0", "7", "Return")
            if self.walk.step is Step.PARTICIPANT:
                self.keys("Return")
        for step in (Step.PROTOCOL, Step.STREAM, Step.CHECK):
            self.walk.until_step(step)
            self.look_over(str(step))
            self._go_on()
        self.walk.until_step(Step.THRESHOLD)
        self.look_over("threshold")
        self._go_on()
        self.walk.until_step(Step.ROUNDS)
        self.look_over("rounds")

    def _go_on(self) -> None:
        if self.mouse:
            self.click(self.desk.pages.footer.next)
        else:
            self.keys("Return")

    def rounds(self) -> None:
        """Change the difficulty, and pause after a click into the participant's window."""
        operator = self.desk.session.operator
        if self.mouse:
            self.click(operator.difficulty.findChildren(QtWidgets.QAbstractButton)[1])
        else:
            self.keys("Ctrl++")
        session = self.desk.session.session
        at = session.spec.target_rate

        def changed() -> bool:
            return session.status().progress.target_rate not in (None, at)

        self.walk.until(changed, what="another target")
        pause = operator.side.buttons["pause"]
        if self.mouse:
            self.click(pause)
            self.walk.until(lambda: self.desk.session.banner.kind == "pause", what="the pause")
            self.click(pause)
            return
        display = self.desk.session.windows.participant
        display.showFullScreen()  # as on a second monitor; it lies over the desk here
        QTest.qWait(300)
        xdotool("mousemove", *map(str, display.geometry().center().toTuple()), "click", "1")
        QTest.qWait(300)
        self.keys("space")
        self.walk.until(lambda: self.desk.session.banner.kind == "pause", what="the pause")
        display.showNormal()
        self.desk.raise_()
        self.keys("space")

    def to_the_end(self) -> None:
        """Say that there were no adverse effects, save, and begin anew."""
        self.walk.until_step(Step.DEBRIEF, 90)
        self.look_over("debrief")
        page = self.desk.pages.stack.currentWidget()
        self.press(page.effects.none)
        self.walk.until(page.effects.none.isChecked, what="the answer")
        for _ in range(2):  # what was left out is said once
            if self.walk.step is Step.DEBRIEF:
                if self.mouse:
                    self.click(page.save)
                else:
                    self.keys("Ctrl+Return")
                QTest.qWait(300)
        self.walk.until_step(Step.SUMMARY)
        self.look_over("summary")
        page = self.desk.pages.stack.currentWidget()
        if self.mouse:
            self.click(page.another)
        else:
            self.keys("Ctrl+N")
        self.walk.until_step(Step.PARTICIPANT)


def main() -> None:
    folder, code, percent, scheme, hands = Path(sys.argv[1]), *sys.argv[2:6]
    app = application()
    speak(app, code)
    look().choose(scheme, int(percent))
    services = ShortServices(folder, train=60.0)
    if hands == "mouse":
        services.people().add(CODE)
    walk = Walk(services)
    desk = walk.desk
    desk.hide()
    place = WindowPlace(desk, folder)
    place.show()
    walk.until(desk.isMaximized, what="the large window")
    QTest.qWait(300)
    frame = desk.windowHandle().frameMargins().top()
    person = Hands(walk, mouse=hands == "mouse")
    person.look_over("participant")
    person.beside()
    person.to_rounds()
    person.rounds()
    person.to_the_end()
    place.remember()
    again = WindowPlace(QtWidgets.QMainWindow(), folder)
    again.show()
    walk.until(again._window.isMaximized, what="the window where it was")
    said = {
        "outside": person.found, "active": person.active, "frame": frame,
        "kept": again._window.isMaximized(),
    }  # fmt: skip
    again._window.close()
    walk.release()
    sys.stdout.write(json.dumps(said) + "\n")


main()
