"""The conduct of a session: from its first sample through debrief to summary.

Responsible for the steps from the start on, which the session itself leads through, and for
closing it. Not responsible for its panels (`gui.desk.session`), for what is chosen before it
(`gui.desk.visit.preparation`), nor for which page is on top (`gui.desk.visit.pages`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.app.services import REPLAYED, Services
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import QtCore, Signal
from neurofeedback.gui.desk.steps import RECORDING, Move, Step
from neurofeedback.gui.desk.visit.pages import DeskPages
from neurofeedback.gui.desk.visit.visit import Visit
from neurofeedback.gui.forms.keeping import KeptLine
from neurofeedback.gui.participant.clinic_media import ClinicMedia
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.session.ends import INTERRUPTED, RATE_WAS_WRONG

if TYPE_CHECKING:
    from neurofeedback.acquisition.replay import ReplaySource
    from neurofeedback.gui.desk.session import DeskSession
    from neurofeedback.session.runner import SessionRunner


class Conduct(QtCore.QObject):
    """The steps from the start of a recording to the summary.

    Parameters
    ----------
    services : Services
    visit : Visit
        Changed as the session goes on.
    pages : DeskPages
        Where the steps are shown.

    Attributes
    ----------
    session : DeskSession or None
        The session that runs, or that has ended and is not summed up yet.
    opened : Signal()
        `session` is another one.
    ended_for_rate : Signal(float)
        The session was ended because its stream has this true rate, Hz, and is written.
    finished : Signal()
        The summary was left.
    """

    opened = Signal()
    ended_for_rate = Signal(float)
    finished = Signal()

    def __init__(self, services: Services, visit: Visit, pages: DeskPages) -> None:
        super().__init__()
        self._services, self._visit, self._pages = services, visit, pages
        self._true_rate: float | None = None  # of a stream that declared another
        self.session: DeskSession | None = None

    # -- the start, and on to the rounds ----------------------------------------------------------

    def replay(self, path: Path, protocol: str, start: float, speed: float) -> None:
        """Run a protocol over a recording, from a place in it.

        Raises
        ------
        UserError
            If the recording cannot be replayed.
        """
        session, replayed = self._services.open_replay(path, protocol, start, speed)
        self.watch(session, REPLAYED, replayed)

    def watch(
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

        self.let_go()
        folder = session.status().folder
        self._visit.participant = participant
        self._visit.number = None if folder is None else SessionLayout.find(folder).session
        self._visit.trail.step = Step.CHECK
        self._visit.trail.move(Move.START)
        own = self._services.own_files()
        media = ClinicMedia(music=own["music"], picture=own["picture"], film=own["film"])
        self.session = DeskSession(session, self._visit.trail.step, replayed, media)
        self.session.stepped.connect(self._follow)
        self.session.blocked.connect(self._pages.footer.block)
        self.session.offers.anew.connect(self._end_for_rate)
        if folder is not None and replayed is None:
            self._keep_note(self.session, folder)
        self.session.ended.connect(self._session_ended)
        self._pages.put(self.session, *RECORDING)
        self._pages.put_beside_rail(self.session.head)
        self._pages.show_step()
        self.session.show_participant(self._pages.screen(), self._services.monitor())
        self.opened.emit()

    def _keep_note(self, session: DeskSession, folder: Path) -> None:
        """Keep a note while it is typed; at the end the debrief takes over what was not added."""
        line = session.operator.side.note
        kept = KeptLine(line, self._services.session_note(folder))
        session.ended.connect(kept.finish)
        for settled in (line.kept, line.given_up):
            settled.connect(kept.settle)

    def begin_rounds(self) -> None:
        """Go on after the threshold has been looked at."""
        if self.session is not None:
            self.session.begin_rounds()

    def _follow(self, step: Step) -> None:
        self._visit.trail.follow(step)
        self._pages.show_step(by_itself=step is Step.THRESHOLD)

    # -- the end, debrief and summary -------------------------------------------------------------

    def _end_for_rate(self, rate: float) -> None:
        """End the session; its stream is looked at anew as soon as it is written."""
        self._true_rate = rate
        if self.session is not None:
            self.session.session.stop(RATE_WAS_WRONG)

    def _session_ended(self) -> None:
        if self.session is None or self._visit.trail.step not in RECORDING:
            return
        session = self.session.session
        rate, self._true_rate = self._true_rate, None
        self._visit.trail.move(Move.END if rate is None else Move.ANEW)
        self._pages.trying(lambda: self._services.close_session(session))
        if rate is not None:
            self.let_go()
            self.ended_for_rate.emit(rate)
            return
        self._pages.trying(self._to_summary if self.session.replayed else self._debrief)

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
        page.saved.connect(lambda _: self._pages.trying(self._to_summary))
        for left in (page.skipped, page.postponed):
            left.connect(lambda: self._pages.trying(self._to_summary))
        self._pages.show_passing(page)
        self._pages.show_step(by_itself=True)

    def _to_summary(self) -> None:
        from neurofeedback.app.summary_messages import with_messages
        from neurofeedback.gui.summary.html import write_html
        from neurofeedback.gui.summary.page import SummaryPage
        from neurofeedback.report.summary import session_summary

        if self.session is None:  # asked for twice
            return
        folder = self.session.session.status().folder
        assert folder is not None
        self._visit.trail.move(Move.NEXT)
        try:
            summary = with_messages(session_summary(folder))
            page = SummaryPage(summary)
            write_html(summary, SessionLayout.find(folder).report)
        except UserError:
            self.let_go()
            self._finish()
            raise
        page.closed.connect(self._finish)
        page.new_session.connect(self._finish)
        self.let_go()
        self._pages.show_passing(page)
        self._pages.show_step(by_itself=True)

    def _finish(self) -> None:
        self._visit.trail.move(Move.NEW)
        self.finished.emit()

    def let_go(self) -> None:
        """Close the windows of a session that is over."""
        if self.session is not None:
            self._pages.remove(self.session)
            self._pages.remove_beside_rail()
            self.session.release()
            self.session = None

    def end_now(self) -> None:
        """End whatever runs, without asking: the program was told to end."""
        if self.session is not None and self.session.running:
            session = self.session.session
            session.stop(INTERRUPTED)
            self._services.close_session(session)
        self.let_go()
