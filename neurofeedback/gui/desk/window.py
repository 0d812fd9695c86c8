"""The operator's desk: one window, one step of a session after the other.

Responsible for which page is shown, for the way from one to the next, and for handing what was
chosen to whoever opens streams and sessions (`desk_services`). Not responsible for what the pages
show, nor for the session itself (`gui.desk.session`). Pages that come later are loaded when they
do, so that the first one need not wait for them.

Keys: Enter goes on, Alt+Left goes back, Ctrl+1 to 9 goes to a step that was reached; Esc leaves a
page that lies beside the steps.

Longer than most modules: the ways between the steps are one table of moves, each a few lines, and
every one is here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.app.services import REPLAYED, Services, SessionRequest
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.bottom_bar import BottomBar
from neurofeedback.gui.desk.dialogs.names import NamesDialog
from neurofeedback.gui.desk.footer import Footer
from neurofeedback.gui.desk.head import Head
from neurofeedback.gui.desk.page_guard import PageGuard
from neurofeedback.gui.desk.participant_page import ParticipantPage
from neurofeedback.gui.desk.protocol_page import ProtocolPage
from neurofeedback.gui.desk.step_rail import StepRail
from neurofeedback.gui.desk.steps import RECORDING, STEPS, Move, Step, StepTrail
from neurofeedback.gui.desk.stream_page import SYNTHETIC, StreamPage
from neurofeedback.gui.desk.window_place import first_size
from neurofeedback.gui.forms.asking import AskingPage
from neurofeedback.gui.operator.actions import entry_of
from neurofeedback.gui.participant.clinic_media import ClinicMedia
from neurofeedback.gui.style import spaced
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.keeping import Timing
from neurofeedback.session.ends import INTERRUPTED, RATE_WAS_WRONG
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

if TYPE_CHECKING:
    from neurofeedback.acquisition.replay import ReplaySource
    from neurofeedback.gui.desk.check_page import CheckPage
    from neurofeedback.gui.desk.session import DeskSession
    from neurofeedback.session.runner import SessionRunner

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Desk(QtWidgets.QMainWindow):
    """The operator's window from the first code to the summary, again and again.

    Parameters
    ----------
    services : Services

    Attributes
    ----------
    closed : Signal()
        The window was closed; no session runs any more.
    session_opened : Signal()
        `session` is another one.
    """

    closed = Signal()
    session_opened = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self.course = StepTrail()
        self._participant = ""
        self._number: int | None = None  # of the session
        self._warned = ""  # of a participant who is being recorded elsewhere
        self._resuming: SessionLayout | None = None
        self._anew = False  # whether the session is ended for its stream to be looked at anew
        self.head, self.guard = Head(), PageGuard(self)
        self.rail, self.footer, self.stack = StepRail(), Footer(), QtWidgets.QStackedWidget()
        self.participant = ParticipantPage(services.people())
        self.protocol = ProtocolPage(services.protocols(), services.explain, services.strata())
        self.stream = StreamPage(services.list_streams, services.list_boards)
        self.check: CheckPage | None = None
        self.session: DeskSession | None = None
        self._passing: QtWidgets.QWidget | None = None  # made for one use
        self._asides: list[QtWidgets.QWidget] = []  # the last one is shown
        self.setWindowTitle(tr("Neurofeedback"))
        self._compose()
        self._connect()
        self.resize(first_size(self.screen()))
        self._show_step(by_itself=True)

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        page = QtWidgets.QWidget()
        page.setObjectName("page")
        layout = QtWidgets.QVBoxLayout(page)
        spaced(layout, margin=2, gap=2)
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.head)
        top.addWidget(self.rail, 1)
        layout.addLayout(top)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.footer)
        self.bottom = BottomBar()
        layout.addWidget(self.bottom)
        self.setCentralWidget(page)
        policy = QtWidgets.QSizePolicy.Policy
        self.stack.setSizePolicy(policy.Ignored, policy.Ignored)  # pages lay out for any size
        for step in (self.participant, self.protocol, self.stream):
            self.stack.addWidget(step)

    def _connect(self) -> None:
        self.participant.chosen.connect(self._participant_chosen)
        self.stream.said.connect(self.footer.say)
        self.rail.asked.connect(self.jump)
        self.footer.back_asked.connect(self.go_back)
        self.footer.next_asked.connect(self.go_on)
        for number, step in enumerate(STEPS, start=1):
            self._key(f"Ctrl+{number}", partial(self.jump, step))
        closing = [self._key(keys, self.close) for keys in entry_of("close").keys]
        self.stack.currentChanged.connect(lambda _: self._give_keys(closing))

    def _key(self, keys: str, do: Callable[[], object]) -> QtGui.QShortcut:
        made = QtGui.QShortcut(QtGui.QKeySequence(keys), self)
        made.activated.connect(do)
        return made

    def _give_keys(self, closing: Sequence[QtGui.QShortcut]) -> None:
        """Leave a key to a page that has a button for it."""
        page = self.stack.currentWidget()
        assert page is not None
        taken = [button.shortcut() for button in page.findChildren(QtWidgets.QPushButton)]
        for shortcut in closing:
            shortcut.setEnabled(shortcut.key() not in taken)

    def add_beside(self, widget: QtWidgets.QWidget) -> None:
        """Show something below the steps while nothing is recorded."""
        self.bottom.add_widget(widget)

    def add_button(self, action: QtGui.QAction) -> None:
        """Offer an action below the steps, with its key; the key works at every step."""
        self.addAction(action)
        self.bottom.add_action(action)

    # -- the way through the steps --------------------------------------------------------------

    def go_on(self) -> None:
        """Take the step's way on, or say why there is none."""
        ways: dict[Step, Callable[[], object]] = {
            Step.PARTICIPANT: self.participant.take,
            Step.PROTOCOL: self._protocol_chosen,
            Step.STREAM: self._stream_chosen,
            Step.CHECK: self._start,
            Step.THRESHOLD: self._begin_rounds,
        }
        if not self._asides and self.course.step in ways and self.footer.next.isEnabled():
            self._trying(ways[self.course.step])

    def go_back(self) -> None:
        """Take the way back, where there is one."""
        if not self._asides and self.course.allows(Move.BACK):
            self._leave_page(self._back)

    def _back(self) -> None:
        if self._resuming is not None:
            self._resuming = None
            self._to_first()
            return
        self._leave_check()
        self.course.move(Move.BACK)
        self._show_step()

    def jump(self, step: Step) -> None:
        """Go to a step that was reached before; of any other, nothing comes."""
        if not self._asides and self.course.reachable(step) and step is not self.course.step:
            self._leave_page(lambda: self._jump(step))

    def _jump(self, step: Step) -> None:
        self._leave_check()
        self.course.jump(step)
        if step is Step.CHECK:
            self.course.jump(Step.STREAM)
            self._trying(self._stream_chosen)
        self._show_step()

    def _trying(self, do: Callable[[], object]) -> None:
        """Do something that may be refused; a refusal is one sentence below the step."""
        self.footer.say("")
        QtWidgets.QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            do()
        except UserError as error:
            self.footer.say(message_of(error))
            self.footer.show()
        finally:
            QtWidgets.QApplication.restoreOverrideCursor()

    def _participant_chosen(self, code: str, protocol: str) -> None:
        recorded = self._services.recorded_now(code)
        if recorded is not None and self._warned != code:
            self._warned = code
            self.footer.say(
                tr(
                    "{code} is being recorded now, in session {n}, by another window of this "
                    "program. Choose somebody else, or press Enter again to go on all the same.",
                    code=code, n=recorded,
                )
            )  # fmt: skip
            self.footer.show()
            return
        self._warned = ""
        self._participant, self._number = code, self._services.next_session(code)
        name = protocol or self._services.usual_protocol()
        self._trying(lambda: self.protocol.choose(name, self._services.last_protocol(code)))
        self.course.move(Move.NEXT)
        self._show_step()
        if self.participant.lacks_consent(code):
            self.footer.say(
                tr(
                    "No consent is recorded for {code}. Go back to record it, or continue "
                    "without it.",
                    code=code,
                )
            )

    def _protocol_chosen(self) -> None:
        spec = self.protocol.spec
        if spec is None:
            raise UserError("Choose a protocol.")
        responses = self._services.responses()
        due = self._services.scales_before(self._participant, spec)
        if due and responses is not None:
            from neurofeedback.gui.forms.scales_page import ScalesPage

            page = ScalesPage(due, self._participant, Timing.BEFORE, responses)
            page.finished.connect(self._to_stream)
            self._pass(page)
            self.footer.offer("", back=True)
        else:
            self._to_stream()

    def _to_stream(self) -> None:
        self._drop_page()
        self.course.move(Move.NEXT)
        self._show_step()
        self._trying(self.stream.find_streams)

    def request(self) -> SessionRequest:
        """Return what has been chosen so far."""
        return SessionRequest(
            self._participant,
            self.protocol.name or "",
            self.stream.chosen,
            self.protocol.stratum,
        )

    def _stream_chosen(self) -> None:
        if self._resuming is not None:
            self._go_on_with(self._resuming)
            return
        self._look_at_stream()
        self.course.move(Move.NEXT)
        self._show_step()
        if self.stream.chosen == SYNTHETIC:
            self.footer.say(
                tr(
                    "The synthetic participant is chosen: what is recorded for {code} will be a "
                    "demonstration, not EEG of a person.",
                    code=self._participant,
                )
            )

    def _look_at_stream(self) -> None:
        from neurofeedback.gui.desk.check_page import CheckPage

        self.check = CheckPage(*self._services.open_check(self.request()))
        self.check.offers.anew.connect(self._check_anew)
        self.check.names_asked.connect(self._ask_for_names)
        self.stack.addWidget(self.check)
        self.check.start()

    def _ask_for_names(self) -> None:
        if self.check is not None:
            info = self.check.info
            dialog = NamesDialog(self, info, partial(self._services.amplifiers.remember, info))
            dialog.accepted.connect(self._look_again)
            dialog.open()

    def _look_again(self) -> None:
        """Open the stream anew under the names that it has now."""
        self._leave_check()
        self._trying(self._look_at_stream)
        if self.check is None:
            self.course.move(Move.BACK)
        self._show_step()

    def _go_on_with(self, cut: SessionLayout) -> None:
        try:
            session = self._services.resume_session(
                cut, self.stream.chosen, self.footer.show_progress
            )
        finally:
            self.footer.show_progress(1.0)
        self._resuming = None
        self.watch_session(session, cut.participant)

    def _leave_check(self) -> None:
        if self.check is not None:
            self.check.stop()
            self._forget(self.check)
            self.check = None

    def _start(self) -> None:
        """Let go of the stream that was looked at, and open it again for the session."""
        self._leave_check()
        try:
            session = self._services.open_session(self.request())
        except UserError:
            self.course.move(Move.BACK)
            self._show_step()
            raise
        self.watch_session(session, self._participant)

    def resume(self, layout: SessionLayout) -> None:
        """Go on with a session that was cut, once its stream has been chosen."""
        self._drop_page()
        self.leave_asides()
        self._resuming, self._participant = layout, layout.participant
        self._number = layout.session
        self.course.step = Step.STREAM
        self._show_step()
        self._trying(self.stream.find_streams)

    def replay(self, path: Path, protocol: str, start: float, speed: float) -> None:
        """Run a protocol over a recording, from a place in it."""

        def begin() -> None:
            session, replayed = self._services.open_replay(path, protocol, start, speed)
            self.watch_session(session, REPLAYED, replayed)

        if self.course.step is Step.CHECK:
            self.go_back()
        self._leave_page(lambda: self._trying(begin))

    def watch_session(
        self, session: SessionRunner, participant: str, replayed: ReplaySource | None = None
    ) -> None:
        """Show a session that has been started.

        Parameters
        ----------
        session : SessionRunner
        participant : str
            Code.
        replayed : ReplaySource or None
            The recording, if it is one: its pace can be held.
        """
        from neurofeedback.gui.desk.session import DeskSession

        self._let_go()
        folder = session.status().folder
        self._participant = participant
        self._number = None if folder is None else SessionLayout.find(folder).session
        self.course.step = Step.CHECK
        self.course.move(Move.START)
        own = self._services.own_files()
        media = ClinicMedia(music=own["music"], picture=own["picture"], film=own["film"])
        self.session = DeskSession(session, self.course.step, replayed, media)
        self.session.stepped.connect(self._follow)
        self.session.blocked.connect(self.footer.block)
        self.session.ended.connect(self._session_ended)
        self.session.offers.anew.connect(self._start_anew)
        self.stack.addWidget(self.session)
        self._show_step()
        self.session.show_participant(self.screen(), self._services.monitor())
        self.session_opened.emit()

    def _check_anew(self, rate: float) -> None:
        """Look at the stream anew, with its true rate."""
        self.stream.choose_rate(rate)
        if self.course.step is Step.CHECK:
            self._back()
            self._trying(self._stream_chosen)

    def _start_anew(self, rate: float) -> None:
        """End the session, and look at its stream anew as soon as it is written."""
        self.stream.choose_rate(rate)
        self._anew = True
        if self.session is not None:
            self.session.session.stop(RATE_WAS_WRONG)

    def _begin_rounds(self) -> None:
        if self.session is not None:
            self.session.begin_rounds()

    def _follow(self, step: Step) -> None:
        self.course.follow(step)
        self._show_step(by_itself=step is Step.THRESHOLD)

    def _session_ended(self) -> None:
        if self.session is None or self.course.step not in RECORDING:
            return
        session = self.session.session
        anew, self._anew = self._anew, False
        self.course.move(Move.ANEW if anew else Move.END)
        self._trying(lambda: self._services.close_session(session))
        if anew:
            self._let_go()
            self._number = self._services.next_session(self._participant)
            self._trying(self._stream_chosen)
            self._show_step()
            return
        self._trying(self._to_summary if self.session.replayed else self._debrief)

    def _debrief(self) -> None:
        from neurofeedback.gui.forms.debrief import DebriefPage

        assert self.session is not None
        folder = self.session.session.status().folder
        if folder is None:
            raise UserError("This session has no recording.")
        try:
            page = DebriefPage(self._services.debrief(folder))
        except UserError:
            self._to_summary()
            raise
        page.saved.connect(lambda _: self._trying(self._to_summary))
        page.skipped.connect(lambda: self._trying(self._to_summary))
        self._pass(page)
        self._show_step(by_itself=True)

    def _to_summary(self) -> None:
        from neurofeedback.app.summary_messages import with_messages
        from neurofeedback.gui.summary.page import SummaryPage
        from neurofeedback.report.summary import session_summary

        if self.session is None:  # asked for twice
            return
        folder = self.session.session.status().folder
        assert folder is not None
        self.course.move(Move.NEXT)
        try:
            page = SummaryPage(with_messages(session_summary(folder)))
        except UserError:
            self._let_go()
            self.begin_anew()
            raise
        page.closed.connect(self.begin_anew)
        page.new_session.connect(self.begin_anew)
        self._let_go()
        self._pass(page)
        self._show_step(by_itself=True)

    def _let_go(self) -> None:
        """Close the windows of a session that is over."""
        if self.session is not None:
            self._forget(self.session)
            self.session.release()
            self.session = None

    def begin_anew(self) -> None:
        """Go to the first step for the next participant."""
        self.course.move(Move.NEW)
        self._to_first()

    def _to_first(self) -> None:
        self._drop_page()
        self.course, self._participant, self._number = StepTrail(), "", None
        self.participant.start()
        self._show_step()

    # -- which page is shown -----------------------------------------------------------------

    def _show_step(self, *, by_itself: bool = False) -> None:
        """Show the page of the step, deaf for a moment if nobody asked for it now."""
        if by_itself:
            self.guard.begin()
        step = self.course.step
        self.rail.show_course(self.course)
        pages: dict[Step, QtWidgets.QWidget | None] = {
            Step.PARTICIPANT: self.participant,
            Step.PROTOCOL: self.protocol,
            Step.STREAM: self.stream,
            Step.CHECK: self.check,
            **dict.fromkeys(RECORDING, self.session),
        }
        page = self._passing or pages.get(step)
        if page is None:
            return
        if not self._asides:
            self.stack.setCurrentWidget(page)
            _take_keyboard(page)
            named = step is not Step.PARTICIPANT  # there the page says who would be taken
            self.head.show_who(self._participant if named else "", self._number)
            self.setWindowTitle(
                tr("Neurofeedback \u2013 {step}", step=self.rail.title())
                + (f" \u2013 {self._participant}" if self._participant else "")
            )
        words = {
            Step.PROTOCOL: tr("Continue (Enter)"),
            Step.STREAM: tr("Check the signal (Enter)")
            if self._resuming is None
            else tr("Continue the session (Enter)"),
            Step.CHECK: tr("Start the session (Enter)"),
            Step.THRESHOLD: tr("Start the rounds (Enter)"),
        }
        self.footer.offer(words.get(step, ""), back=self.course.allows(Move.BACK))
        self.bottom.setVisible(step not in RECORDING)

    def _pass(self, page: QtWidgets.QWidget) -> None:
        """Show a page that is made for one use."""
        self._drop_page()
        self._passing = page
        self.stack.addWidget(page)
        self.stack.setCurrentWidget(page)
        _take_keyboard(page)

    def _drop_page(self) -> None:
        if self._passing is not None:
            self._forget(self._passing)
            self._passing = None

    def _leave_page(self, then: Callable[[], object]) -> None:
        """Leave a page that is made for one use: what was answered is kept, prompts are read."""

        def left() -> None:
            self._drop_page()
            then()

        if isinstance(self._passing, AskingPage):
            self._passing.leave(left)
        else:
            left()

    def _forget(self, page: QtWidgets.QWidget) -> None:
        self.stack.removeWidget(page)
        page.deleteLater()

    def show_aside(
        self, page: QtWidgets.QWidget, *, by_itself: bool = False, of: SessionLayout | None = None
    ) -> None:
        """Show a page that lies beside the steps; `leave_aside` comes back to them.

        Parameters
        ----------
        page : QWidget
        by_itself : bool
            Whether nobody asked for it now.
        of : SessionLayout or None
            Which session it is about, if it is about one.
        """
        same = [shown for shown in self._asides if type(shown) is type(page)]
        if same or self.course.step in RECORDING:
            page.deleteLater()
            return
        if by_itself:
            self.guard.begin()
        if of is not None:
            self.head.show_who(of.participant, of.session)
        self._asides.append(page)
        self.stack.addWidget(page)
        self._show_aside(page)

    def _show_aside(self, page: QtWidgets.QWidget) -> None:
        self.stack.setCurrentWidget(page)
        _take_keyboard(page)
        self.rail.hide()
        self.footer.hide()
        name = page.windowTitle()
        self.setWindowTitle(
            tr("Neurofeedback \u2013 {step}", step=name) if name else tr("Neurofeedback")
        )

    def leave_aside(self) -> None:
        """Come back to the page from which this one was opened, or to the steps."""
        if not self._asides:
            return
        self._forget(self._asides.pop())
        if self._asides:
            self._show_aside(self._asides[-1])
            return
        self.rail.show()
        self._show_step()

    def leave_asides(self) -> None:
        """Come back to the steps, from however many pages aside."""
        while self._asides:
            self.leave_aside()

    # -- keys, and closing ---------------------------------------------------------------------

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Enter presses the button that has the keyboard, else goes on; Esc leaves a page aside."""
        if event.key() in _ENTER:
            chosen = self.focusWidget()
            if isinstance(chosen, QtWidgets.QAbstractButton):
                chosen.click()
            else:
                self.go_on()
        elif event.key() == Qt.Key.Key_Escape and self._asides:
            self.leave_aside()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802
        """Close; while a session runs, ask first, end it, and stay for its debrief."""
        if self.session is not None and self.session.running:
            event.ignore()
            self.session.ask_to_stop(asked=False)
            return
        if isinstance(self._passing, AskingPage):
            event.ignore()
            self._leave_page(lambda: QtCore.QTimer.singleShot(0, self.close))
            return
        self._leave_check()
        self._let_go()
        event.accept()
        self.closed.emit()

    def end_now(self) -> None:
        """End whatever runs, without asking: the program was told to end."""
        if self.session is not None and self.session.running:
            session = self.session.session
            session.stop(INTERRUPTED)
            self._services.close_session(session)
        for page in self.findChildren(AskingPage):
            page.keep_draft()
        self._let_go()
        self._leave_check()


def _take_keyboard(page: QtWidgets.QWidget) -> None:
    """Give the keyboard to a page, or to what it asks first."""
    if isinstance(page, AskingPage):
        page.take_focus()
    else:
        page.setFocus()
