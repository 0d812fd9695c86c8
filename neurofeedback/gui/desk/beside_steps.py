"""What belongs to the place of work and not to one session: settings, lock, operator, recordings.

Responsible for the buttons beside the steps and the pages they open, for the screen lock, and for
what is asked when the program starts: sessions that were cut, safety prompts nobody has read, and
debriefs that are missing.
Not responsible for the pages themselves nor for the steps (`gui.desk.visit.preparation`,
`gui.desk.visit.conduct`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.app.services import Services
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets
from neurofeedback.gui.application import speak
from neurofeedback.gui.desk.operator_name import OperatorName
from neurofeedback.gui.desk.window import Desk
from neurofeedback.gui.help.desk_help import DeskHelp
from neurofeedback.gui.lock.idle_lock import Audit, IdleLock
from neurofeedback.gui.lock.screen_lock import SafetyKey, ScreenLock
from neurofeedback.gui.lock.session_words import session_words
from neurofeedback.gui.look import look
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.session.ends import LOCKED
from neurofeedback.settings.editor import SettingsEditor
from neurofeedback.settings.effective import value_of
from neurofeedback.settings.model import Settings
from neurofeedback.settings.operators import Operators
from neurofeedback.words.language import tr, wanted_language
from neurofeedback.words.message import message_of

if TYPE_CHECKING:
    from neurofeedback.gui.progress.overview import OverviewPage


def wear(settings: Settings) -> None:
    """Use language, colours and size of text as they are set; for windows that are opened now."""
    app = QtWidgets.QApplication.instance()
    assert isinstance(app, QtWidgets.QApplication)
    chosen = value_of(settings, "language")
    system = QtCore.QLocale.system().name() if chosen in ("", "system") else chosen
    speak(app, wanted_language(system=system))
    look().choose(settings.theme, settings.text_size)


class BesideSteps:
    """The desk with everything beside its steps.

    Parameters
    ----------
    desk : Desk
    services : Services
    editor : SettingsEditor
    operators : Operators
        Who has a passphrase.
    audit : Audit
        Hears of the screen lock.
    clock : callable
        Monotonic seconds.
    """

    def __init__(
        self,
        desk: Desk,
        services: Services,
        editor: SettingsEditor,
        operators: Operators,
        audit: Audit,
        clock: Callable[[], float],
    ) -> None:
        self.desk, self._services = desk, services
        self._editor, self._operators = editor, operators
        self.operator = OperatorName(editor)
        rules = IdleLock(
            operators,
            audit,
            clock,
            minutes=editor.settings.lock_minutes,
            operator=self.operator.name,
        )
        self.lock = ScreenLock(desk, rules, session_state=self._session_state)
        self._rules = rules
        self.overview = self._action(tr("All participants"), "Ctrl+Shift+P", self.open_overview)
        self.recordings = self._action(tr("Recordings"), "Ctrl+Shift+O", self.open_recordings)
        self.settings = self._action(tr("Settings"), "Ctrl+,", self.open_settings)
        self.help = DeskHelp(desk)
        desk.add_beside(self.operator)
        beside = (self.overview, self.recordings, self.settings, self.lock.action, self.help.action)
        for action in beside:
            desk.add_button(action)
        desk.preparation.participant.progress_asked.connect(self.open_progress)
        desk.preparation.protocol.form_asked.connect(self.open_protocol_form)
        self.operator.known.connect(self._take_operator)
        self.lock.changed.connect(self._lock_changed)
        desk.session_opened.connect(self._guard_session)

    def _action(self, text: str, key: str, do: Callable[[], object]) -> QtGui.QAction:
        action = QtGui.QAction(text, self.desk)
        action.setShortcut(QtGui.QKeySequence(key))
        action.triggered.connect(lambda _=False: do())
        return action

    def _session_state(self) -> tuple[str, str] | None:
        """Return how the session is; None without one."""
        if self.desk.session is None:
            return None
        session = self.desk.session.session
        return session_words(session.status(), session.latest)

    def begin(self) -> None:
        """Ask what has to be asked first.

        Prompts nobody has read, then sessions that were cut, then debriefs that are missing.
        """
        from neurofeedback.gui.forms.safety import raise_prompts

        responses = self._services.responses()
        waiting = [] if responses is None else responses.waiting()
        if responses is None or not waiting:
            self.offer_recovery()
        else:
            raise_prompts(waiting, responses, self.desk, self.offer_recovery)

    def offer_recovery(self) -> None:
        """Show what can be done with sessions that were cut, if any; then missing debriefs."""
        from neurofeedback.gui.desk.recovery_page import RecoveryPage

        recovery = self._services.recovery()
        if not recovery.sessions:
            self.offer_debriefs()
            return
        page = RecoveryPage(recovery)
        page.done.connect(self._debrief_next)
        page.resume_requested.connect(self.desk.preparation.resume)
        self.desk.pages.show_aside(page, by_itself=True)

    def offer_debriefs(self) -> None:
        """Show the debriefs that were neither saved nor left out, one after the other."""
        from neurofeedback.gui.forms.debrief import DebriefPage

        try:
            missing = self._services.missing_debriefs()
            if not missing:
                return
            page = DebriefPage(self._services.debrief(missing[0], late=True))
        except UserError as error:
            self.desk.pages.footer.say(message_of(error))
            return
        page.saved.connect(lambda _: self._write_page(missing[0]))
        page.saved.connect(lambda _: self._debrief_next())
        page.skipped.connect(self._debrief_next)
        page.postponed.connect(self.desk.pages.leave_aside)
        self.desk.pages.show_aside(page, by_itself=True, of=SessionLayout.find(missing[0]))

    def _write_page(self, folder: Path) -> None:
        """Write the session's page for a browser anew, with what was said late."""
        from neurofeedback.app.summary_messages import with_messages
        from neurofeedback.gui.summary.html import write_html
        from neurofeedback.report.summary import session_summary

        try:
            summary = with_messages(session_summary(folder))
            write_html(summary, SessionLayout.find(folder).report)
        except UserError as error:
            self.desk.pages.footer.say(message_of(error))

    def _debrief_next(self) -> None:
        self.desk.pages.leave_aside()
        self.offer_debriefs()

    def open_overview(self) -> None:
        """Show all participants."""
        from neurofeedback.gui.progress.overview import OverviewPage

        services = self._services
        page = self._made(lambda: OverviewPage(services.everybody(), draft=services.text_draft))
        if isinstance(page, OverviewPage):
            page.progress_asked.connect(lambda code: self.open_progress(code, page))
            page.closed.connect(self._leave_overview)
            self.desk.pages.show_aside(page)

    def _leave_overview(self) -> None:
        self.desk.pages.leave_aside()
        self.desk.preparation.participant.refresh()

    def open_progress(self, code: str, overview: OverviewPage | None = None) -> None:
        """Show a participant over the course of the sessions."""
        from neurofeedback.gui.progress.page import ProgressPage

        services = self._services
        page = self._made(
            lambda: ProgressPage(
                services.course(code),
                lambda plan: services.set_plan(code, plan),
                draft=services.text_draft,
            )
        )
        if not isinstance(page, ProgressPage):
            return
        page.summary_asked.connect(self._open_summary)
        page.recording_asked.connect(self._open_recording)
        page.closed.connect(self.desk.pages.leave_aside)
        if overview is not None:
            page.planned.connect(overview.refresh)
        self.desk.pages.show_aside(page)

    def _open_summary(self, path: Path) -> None:
        from neurofeedback.app.summary_messages import with_messages
        from neurofeedback.gui.summary.page import SummaryPage
        from neurofeedback.report.summary import session_summary

        page = self._made(lambda: SummaryPage(with_messages(session_summary(path)), fresh=False))
        if isinstance(page, SummaryPage):
            page.closed.connect(self.desk.pages.leave_aside)
            self.desk.pages.show_aside(page)

    def _open_recording(self, path: Path) -> None:
        from neurofeedback.gui.operator.recording.page import RecordingPage

        self.open_recordings()
        shown = self.desk.pages.stack.currentWidget()
        if isinstance(shown, RecordingPage):
            shown.open(path)

    def _made(self, make: Callable[[], QtWidgets.QWidget]) -> QtWidgets.QWidget | None:
        """Make a page; where that is refused, say why below the step and make none."""
        QtWidgets.QApplication.setOverrideCursor(QtCore.Qt.CursorShape.WaitCursor)
        try:
            return make()
        except UserError as error:
            self.desk.pages.footer.say(message_of(error))
            self.desk.pages.footer.show()
            return None
        finally:
            QtWidgets.QApplication.restoreOverrideCursor()

    def open_settings(self) -> None:
        """Show the page of settings."""
        from neurofeedback.gui.desk.settings_page import SettingsPage

        protocols = [(name, tr(spec.title)) for name, spec in self._services.protocols()]
        monitors = [screen.name() for screen in QtGui.QGuiApplication.screens()]
        page = SettingsPage(self._editor, self._operators, protocols, monitors)
        page.changed.connect(self._take_settings)
        page.closed.connect(self.desk.pages.leave_aside)
        self.desk.pages.show_aside(page)

    def open_protocol_form(self) -> None:
        """Show the form for a protocol of the clinic's own."""
        from neurofeedback.gui.forms.protocol_form import ProtocolForm

        services = self._services
        page = ProtocolForm(
            services.explain,
            services.simulate,
            services.save_protocol,
            services.text_draft("protocol"),
        )
        page.saved.connect(self._offer_protocol)
        page.closed.connect(self.desk.pages.leave_aside)
        self.desk.pages.show_aside(page)

    def _offer_protocol(self, path: Path) -> None:
        self.desk.pages.leave_aside()
        spec = dict(self._services.protocols())[str(path)]
        self.desk.preparation.protocol.add(str(path), spec)

    def open_recordings(self) -> None:
        """Show the page to look through a recording and run a protocol over it."""
        from neurofeedback.gui.operator.recording.page import RecordingPage, ask_for_recording

        root = self._services.root
        page = RecordingPage(
            self._services.protocols(), ask=lambda parent: ask_for_recording(parent, root)
        )
        page.run_requested.connect(self._replay)
        page.closed.connect(self.desk.pages.leave_aside)
        self.desk.pages.show_aside(page)

    def _replay(self, path: Path, protocol: str, start: float, speed: float) -> None:
        self.desk.pages.leave_asides()
        self.desk.replay(path, protocol, start, speed)

    def _take_settings(self, settings: Settings) -> None:
        look().choose(settings.theme, settings.text_size)
        self._rules.minutes = settings.lock_minutes
        self.operator.refresh()
        self._rules.operator = self.operator.name

    def _take_operator(self, name: str) -> None:
        self._rules.operator = name

    def _lock_changed(self, locked: bool) -> None:
        if not locked:  # whoever opened it works here now
            self.operator.take_over(self._rules.operator)

    def _guard_session(self) -> None:
        """Leave the participant's window alone, and let the session be held while locked."""
        shown = self.desk.session
        if shown is None:
            return
        session = shown.session
        self.lock.leave_out(shown.windows.participant)

        self.lock.set_safety(
            [
                SafetyKey(tr("Pause or resume"), "Space", shown.operator.toggle_pause),
                SafetyKey(tr("End the session"), "Ctrl+E", lambda: session.stop(LOCKED)),
            ]
        )

    def release(self) -> None:
        """Let go of the screen."""
        self.lock.release()
