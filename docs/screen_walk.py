"""The walk through the application that `make_screens` takes pictures of.

Responsible for bringing every screen about, from the first code to the summary and beside it. Not
responsible for looks and files.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtTest import QTest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.app.services import Services
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.application import application, speak
from neurofeedback.gui.desk.beside_steps import BesideSteps
from neurofeedback.gui.desk.steps import Step
from neurofeedback.gui.desk.window import Desk
from neurofeedback.gui.forms.safety import SafetyPanel, raise_prompts
from neurofeedback.gui.forms.scales_page import ScalesPage
from neurofeedback.gui.look import look as looks
from neurofeedback.gui.operator.actions import KeysDialog
from neurofeedback.gui.operator.recording.page import RecordingPage
from neurofeedback.gui.participant import sound
from neurofeedback.gui.participant.scenes import SCENES
from neurofeedback.gui.participant.speaker import Speaker
from neurofeedback.gui.progress.page import ProgressPage
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import GAD7, MOOD, PHQ9
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.sink import Frames
from neurofeedback.settings.editor import SettingsEditor
from neurofeedback.settings.operators import Operators

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
SPEED = 1.0  # another would be taken for a stream of a wrong rate
PROTOCOL = "faa-demo"
PATIENCE, LONGER_SECONDS = 300.0, 60.0  # s
EARLIER = datetime.now(UTC) - timedelta(days=7)


class Falling(SyntheticSource):
    """A synthetic participant whose stream falls silent when it is told to."""

    live = True
    silent = False

    def open(self) -> StreamInfo:
        """Open it."""
        return super().open()

    def read(self, timeout: float) -> Chunk | None:
        """Read on, or wait for nothing."""
        if not self.silent:
            return super().read(timeout)
        time.sleep(min(timeout, 0.02))
        return None


class Silent(Speaker):
    """An audio device that is there and makes no sound."""

    n_free = 0
    ran_dry = False

    def open(self) -> None:
        """There is nothing to open."""

    def push(self, samples: object) -> None:
        """Nothing is heard."""

    def problem(self) -> None:
        """There is none."""

    def close(self) -> None:
        """There is nothing to close."""


class Shown(Services):
    """The program around the desk, on a participant who is faster than life."""

    source: Falling

    def make_source(self, text: str) -> Falling:
        """Return the synthetic participant, whatever was chosen."""
        self.source = Falling(learner=True, speed=SPEED)
        return self.source


def walk(folder: Path, look, save: Callable[[str, QtGui.QImage], None]) -> None:  # type: ignore[no-untyped-def]
    """Take pictures of everything, in a look of `make_screens`."""
    speak(application(), look.language)
    looks().choose(look.scheme)
    SettingsEditor().set("operator", "A. Smith")
    Operators().set("A. Smith", "correct horse")
    sound.Speaker = Silent  # type: ignore[misc]  # a machine of the pictures has sound
    root = folder / "recordings"
    made = Services(root, str(folder / "index.sqlite3"))
    earlier_sessions(root, made)
    one = Walk(folder, root, look.size, save)
    one.steps()
    one.pages_beside()
    one.release()


def earlier_sessions(root: Path, services: Services) -> None:
    """Have a participant with a session of last week, and one whose session was cut."""
    from neurofeedback.store.rebuild import rebuild

    record(root, "P01", finish=True)
    record(root, "P02", finish=False)
    index = services.index()
    assert index is not None
    rebuild(index)
    people = services.people()
    people.add_note("P01", "Relax the jaw before round 1; the cap slips at T8.")
    people.set_consent("P01", True)
    for code in ("P03", "P04", "P05"):
        people.add(code)


def record(root: Path, participant: str, *, finish: bool) -> None:
    """Record a session as fast as it goes; to its end, or cut in the second round."""
    source = SyntheticSource(learner=True, speed=float("inf"), chunk_seconds=0.5, seed=4)
    session = prepare_session(
        source, load_protocol(PROTOCOL), root=root, participant=participant, started=EARLIER
    )
    for chunk in chunks_of(session.source):
        session.recorder.append([chunk])
        result = session.engine.step(chunk)
        session.recorder.append([Frames(result.features, result.feedback), *result.events])
        for frame in result.feedback:
            source.reinforce(frame)
        if session.engine.finished or (not finish and session.engine.progress.block == 3):
            break
    if finish:
        session.recorder.finalize("completed")
    else:
        session.recorder.abandon()
    session.source.close()


class Walk:
    """The desk, a keyboard and a camera."""

    def __init__(
        self, folder: Path, root: Path, size: tuple[int, int],
        save: Callable[[str, QtGui.QImage], None],
    ) -> None:  # fmt: skip
        self._size, self._save = size, save
        self.services = Shown(root, str(folder / "index.sqlite3"))
        self.editor, self.operators = SettingsEditor(), Operators()
        self.desk = Desk(self.services)
        self.beside = BesideSteps(
            self.desk, self.services, self.editor, self.operators, lambda *_, **__: None,
            time.monotonic,
        )  # fmt: skip
        self._framed = QtGui.QGuiApplication.platformName() != "offscreen"
        if self._framed:
            self.desk.showMaximized()
        else:
            self.desk.setFixedSize(*size)
            self.desk.show()
        self.desk.activateWindow()
        QTest.qWaitForWindowActive(self.desk)
        self.desk.preparation.participant.start()

    def press(
        self, *keys: Qt.Key | str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Press keys, or type."""
        self.until(lambda: not self.desk.pages.guard.active)
        for each in (one for key in keys for one in (key if isinstance(key, str) else [key])):
            if QtWidgets.QApplication.activeWindow() is None:
                self.desk.activateWindow()
                QTest.qWaitForWindowActive(self.desk)
            QTest.keyClick(QtWidgets.QApplication.focusWidget() or self.desk, each, modifier)

    def until(self, met: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until something is so, however busy the machine is; what never comes fails."""
        limit = time.monotonic() + seconds
        while not met():
            if time.monotonic() > limit:
                banner = "" if self.desk.session is None else self.desk.session.banner.text
                raise RuntimeError(f"waited in vain at {self.desk.visit.trail.step}: {banner}")
            QTest.qWait(10)

    def picture(self, name: str, settle: int = 300, over: QtWidgets.QWidget | None = None) -> None:
        """Take a picture of the screen, or of the desk with a dialog over it if there is one."""
        if self._framed and over is None:
            self.desk.raise_()
            self.desk.activateWindow()
        QTest.qWait(settle)
        if self._framed:
            self._save(name, self.desk.screen().grabWindow(0).toImage())
            return
        image = self.desk.grab()
        if over is not None:
            painter = QtGui.QPainter(image)
            painter.fillRect(self.desk.rect(), QtGui.QColor(0, 0, 0, 120))
            at = self.desk.rect().center() - over.rect().center()
            painter.drawPixmap(at, over.grab())
            painter.end()
        self._save(name, image.toImage())

    # -- the steps --------------------------------------------------------------------------------

    def steps(self) -> None:
        """From the first code to the summary."""
        self.beside.offer_recovery()
        self.picture("recovery")
        self.press(Key.Key_Escape)
        self.press("P0", Key.Key_Down)
        self.picture("participant")
        self.press("6")
        self.picture("participant-new")
        self.press(Key.Key_Return, Key.Key_Return)
        QTest.qWait(2000)  # delay and noise are worked out
        self.picture("protocol")
        self.press(Key.Key_Return)
        self.picture("stream")
        self.press(Key.Key_Return)
        self.picture("check", round(16_000 / SPEED))
        self.press(Key.Key_Return)
        self.picture("baseline", round(5_000 / SPEED))
        self.until(lambda: self.desk.visit.trail.step is Step.THRESHOLD)
        self.press(Key.Key_Right)
        banner = self.desk.session.banner
        self.until(lambda: banner.kind != "alarm")  # a busy machine is late after the fit
        self.picture("threshold", 700)
        self.press(Key.Key_Return)
        self.until(lambda: self.desk.visit.trail.step is Step.ROUNDS)
        self.rounds()
        self.until(lambda: self.desk.visit.trail.step is Step.DEBRIEF)
        self.picture("debrief", 800)
        self.take_debrief()
        self.until(lambda: self.desk.visit.trail.step is Step.SUMMARY)
        self.picture("summary", 800)
        self.press(Key.Key_N, modifier=CONTROL)
        self.until(lambda: self.desk.visit.trail.step is Step.PARTICIPANT)

    def rounds(self) -> None:
        """The panels of a session in each of its states, and the participant's window."""
        shown = self.desk.session
        assert shown is not None
        operator, participant = shown.operator, shown.windows.participant
        participant.setFixedSize(*self._size)
        self.press("1")
        session = shown.session
        for _ in SCENES:  # all pictures are of this round, however slow the machine is
            self.press("j", modifier=CONTROL)
        self.until(lambda: session.status().progress.elapsed > 9)

        def good() -> bool:
            """Whether all is well; a block that would end before that is made longer."""
            block = session.status().progress
            if block.seconds - block.elapsed < LONGER_SECONDS:
                self.press("j", modifier=CONTROL)
            return participant.picture.value > 0.4 and operator.banner.kind == "good"

        self.until(good)
        self.picture("rounds", 0)
        for _ in SCENES:
            self.participants(f"participant-sees-{participant.scene}")
            operator.next_scene()
        self.press("q")
        self.picture("rounds-electrodes")
        self.press("q", Key.Key_Space)
        self.until(lambda: operator.banner.kind == "pause")
        self.picture("rounds-paused", 700)
        self.participants("participant-sees-paused")
        self.press(Key.Key_Space)
        self.until(lambda: operator.banner.kind == "good")
        self.services.source.silent = True
        self.until(lambda: operator.banner.kind == "alarm")
        self.picture("rounds-stale", 1200)
        self.participants("participant-sees-stale")
        self.services.source.silent = False
        self.until(lambda: operator.banner.kind == "good")
        self.press(Key.Key_F1, modifier=SHIFT)
        (keys,) = [w for w in QtWidgets.QApplication.topLevelWidgets()
                   if isinstance(w, KeysDialog) and w.isVisible()]  # fmt: skip
        self.picture("keys", over=keys)
        self.press(Key.Key_Escape)
        self.beside.lock.lock_now()
        self.picture("lock")
        self.press(Key.Key_Return, "correct horse", Key.Key_Return)
        self.until(lambda: not self.beside.lock.locked)
        self.press("k", modifier=CONTROL)

    def participants(self, name: str) -> None:
        """Take a picture of what the participant sees."""
        QTest.qWait(400)
        shown = self.desk.session
        assert shown is not None
        self._save(name, shown.windows.participant.grab().toImage())

    def take_debrief(self) -> None:
        """Write a note, say that there were no effects, and save."""
        page = self.desk.pages.stack.currentWidget()
        page.effects.none.click()
        for _ in range(2):  # what was left out is said once
            if self.desk.visit.trail.step is Step.DEBRIEF:
                page.submit()

    # -- beside the steps -----------------------------------------------------------------------

    def pages_beside(self) -> None:
        """Settings, recordings, questionnaires and the safety prompt."""
        self.beside.open_settings()
        self.picture("settings")
        self.desk.pages.leave_aside()
        self.beside.open_overview()
        self.picture("overview")
        self.beside.open_progress("P01")
        course = self.desk.pages.stack.currentWidget()
        assert isinstance(course, ProgressPage)
        self.until(lambda: not course.reading.isVisible())
        self.picture("progress", 600)
        self.desk.pages.leave_asides()
        self.beside.open_protocol_form()
        self.picture("protocol-form", 1500)
        self.desk.pages.leave_aside()
        self.beside.help.open_guide()
        self.picture("guide", 600, over=self.beside.help.guide)
        self.beside.help.guide.close()
        self.beside.open_recordings()
        page = self.desk.pages.stack.currentWidget()
        assert isinstance(page, RecordingPage)
        page.open(next(self.services.root.glob("sub-P01/ses-*/eeg/*.vhdr")))
        page.go(20.0)
        self.picture("recordings", 600)
        self.desk.pages.leave_aside()
        responses = self.services.responses()
        assert responses is not None
        for name, one, keys in (
            ("phq-9", PHQ9, "10"), ("gad-7", GAD7, "0101010"), ("mood", MOOD, "")
        ):  # fmt: skip
            scales = ScalesPage([one], "P06", Timing.BEFORE, responses)
            self.desk.pages.show_aside(scales)
            QTest.qWait(100)
            scales.take_focus()
            self.press(keys)
            self.picture(f"questionnaire-{name}")
            self.desk.pages.leave_aside()
        responses.keep("P03", Response(PHQ9, (1, 2, 0, 1, 0, 0, 1, 0, 1, 1)), Timing.BEFORE)
        panel = raise_prompts(responses.waiting(), responses, self.desk)
        assert isinstance(panel, SafetyPanel)
        self.picture("safety", over=panel)
        panel.read.setChecked(True)
        panel.name.setText("A. Smith")
        panel.confirm.click()

    def release(self) -> None:
        """Close everything."""
        self.desk.end_now()
        self.beside.release()
        self.desk.close()
        QtCore.QCoreApplication.processEvents()
