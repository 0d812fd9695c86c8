"""A person at the operator's desk who has nothing but a keyboard.

Responsible for the desk with everything around it in a folder of its own, for keys, and for waiting
until something is seen. Not responsible for what a test expects.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtTest import QTest

from neurofeedback.acquisition.source import Source
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.app.services import Services
from neurofeedback.gui._qt import Qt, QtCore, QtWidgets
from neurofeedback.gui.desk.beside_steps import BesideSteps
from neurofeedback.gui.desk.steps import RECORDING, Step
from neurofeedback.gui.desk.window import Desk
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.settings.editor import SettingsEditor
from neurofeedback.settings.operators import Operators

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
LIBRARY = Path(__file__).parents[2] / "neurofeedback/protocols/library"


class ShortServices(Services):
    """The program around the desk, with one short protocol of its own.

    Parameters
    ----------
    root : Path
        Folder of everything; recordings lie in ``data`` below it.
    speed : float
        How much faster than life the synthetic participant is.
    baseline, train : float
        Length of the blocks, s.
    scales : str
        The protocol's ``[scales]``, as TOML; empty for none.
    """

    def __init__(
        self, root: Path, *, speed: float = 8.0, baseline: float = 4.0, train: float = 12.0,
        scales: str = "",
    ) -> None:  # fmt: skip
        super().__init__(root / "data", str(root / "index.sqlite3"))
        root.mkdir(exist_ok=True)
        self._speed = speed
        self.protocol = root / "short.toml"
        text = (LIBRARY / "faa-demo.toml").read_text(encoding="utf-8")
        text = text.replace("seconds = 10.0", f"seconds = {baseline}")
        text = text.replace("seconds = 20.0", f"seconds = {train}")
        text = text.replace("rest = 3.0", "rest = 1.0")
        self.protocol.write_text(text + (f"\n[scales]\n{scales}\n" if scales else ""))
        self._protocols = {str(self.protocol): load_protocol(str(self.protocol))}

    def usual_protocol(self) -> str:
        return str(self.protocol)

    def make_source(self, text: str) -> Source:
        if text == "synthetic":
            return SyntheticSource(learner=True, speed=self._speed)
        return super().make_source(text)


class Walk:
    """The desk with a person at its keyboard, who counts what is pressed.

    Parameters
    ----------
    services : ShortServices
    """

    def __init__(self, services: ShortServices) -> None:
        place = services.protocol.parent
        self.services = services
        self.desk = Desk(services)
        self.beside = BesideSteps(
            self.desk, services, SettingsEditor(place / "settings.toml", {}),
            Operators(place / "operators.json"), lambda *_, **__: None, time.monotonic,
        )  # fmt: skip
        self.presses = 0
        self.desk.show()
        self.desk.activateWindow()
        QTest.qWaitForWindowActive(self.desk)
        self.desk.preparation.participant.start()

    @property
    def step(self) -> Step:
        return self.desk.visit.trail.step

    def press(self, *keys: Qt.Key | str, modifier: Qt.KeyboardModifier = NONE) -> None:
        """Press keys at whatever has the keyboard; words are typed."""
        self.until(
            lambda: not self.desk.pages.guard.active, what="the end of the moment without keys"
        )
        for each in (one for key in keys for one in (key if isinstance(key, str) else [key])):
            if QtWidgets.QApplication.activeWindow() is None:
                self.desk.activateWindow()  # as a window manager does when a dialog has closed
                QTest.qWaitForWindowActive(self.desk)
            target = QtWidgets.QApplication.focusWidget()
            assert target is not None, "nothing has the keyboard"
            self.presses += 1
            QTest.keyClick(target, each, modifier)
            QtWidgets.QApplication.processEvents()

    def until(self, met: Callable[[], bool], seconds: float = 60.0, what: str = "") -> None:
        """Let the windows live until something is so."""
        loop, timer, limit = QtCore.QEventLoop(), QtCore.QTimer(), QtCore.QElapsedTimer()
        limit.start()
        timer.timeout.connect(
            lambda: loop.quit() if met() or limit.hasExpired(int(1000 * seconds)) else None
        )
        timer.start(5)
        loop.exec()
        timer.stop()
        said = self.desk.pages.footer.message.text()
        assert met(), f"{what or 'it'} did not come; at {self.step}: {said}"

    def until_step(self, step: Step, seconds: float = 60.0) -> None:
        self.until(lambda: self.step is step, seconds, str(step))

    def to_stream(self, code: str = "P07") -> None:
        """Choose a new participant and the protocol."""
        self.press(code, Key.Key_Return, Key.Key_Return)
        assert self.step is Step.PROTOCOL
        self.press(Key.Key_Return)

    def to_baseline(self, code: str = "P07") -> None:
        """Go to a running session."""
        self.to_stream(code)
        assert self.step is Step.STREAM, self.desk.pages.footer.message.text()
        self.press(Key.Key_Return)
        assert self.step is Step.CHECK, self.desk.pages.footer.message.text()
        self.press(Key.Key_Return)
        assert self.step in RECORDING, self.desk.pages.footer.message.text()

    def to_rounds(self, code: str = "P07", seconds: float = 30.0) -> None:
        """Go to the first round of training."""
        self.to_baseline(code)
        self.until_step(Step.THRESHOLD, seconds)
        self.press(Key.Key_Return)
        self.until_step(Step.ROUNDS)

    def release(self) -> None:
        """Leave nothing behind."""
        self.desk.end_now()
        self.beside.release()
        self.desk.close()
        QtWidgets.QApplication.processEvents()
        self.desk.deleteLater()
