"""The way to a recording: participant, protocol, questionnaires, stream, and the signal's check.

Responsible for the steps up to the start, and for opening streams and sessions with what was
chosen. Not responsible for what the pages show (`participant_page`, `protocol_page`, `stream_page`,
`check_page`), for the session once it runs (`gui.desk.visit.conduct`), nor for which page is on top
(`gui.desk.visit.pages`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from neurofeedback.app.services import FIRST, Services, SessionRequest
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import QtCore, Signal
from neurofeedback.gui.desk.dialogs.names import NamesDialog
from neurofeedback.gui.desk.participant_page import ParticipantPage
from neurofeedback.gui.desk.protocol_page import ProtocolPage
from neurofeedback.gui.desk.steps import Move, Step
from neurofeedback.gui.desk.stream_page import SYNTHETIC, StreamPage
from neurofeedback.gui.desk.visit import demonstration
from neurofeedback.gui.desk.visit.pages import DeskPages
from neurofeedback.gui.desk.visit.visit import Visit
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.keeping import Timing
from neurofeedback.words.language import tr

if TYPE_CHECKING:
    from neurofeedback.gui.desk.check_page import CheckPage


class Preparation(QtCore.QObject):
    """The steps before a recording, each with its page and its way on.

    Parameters
    ----------
    services : Services
    visit : Visit
        Changed as one goes on.
    pages : DeskPages
        Where the steps are shown.

    Attributes
    ----------
    check : CheckPage or None
        While a stream is looked at.
    started : Signal(SessionRunner, str)
        A session runs, of the participant with this code.
    """

    started = Signal(object, str)

    def __init__(self, services: Services, visit: Visit, pages: DeskPages) -> None:
        super().__init__()
        self._services, self._visit, self._pages = services, visit, pages
        self._warned = ""  # of a participant who is being recorded elsewhere
        self.participant = ParticipantPage(services.people())
        self.protocol = ProtocolPage(services.protocols(), services.explain, services.strata())
        self.protocol.show_refused([tr(refused) for refused in services.refused_protocols])
        self.protocol.new.setVisible(services.may_add_protocols)
        self.stream = StreamPage(
            services.list_streams, services.list_boards, services.watch_streams
        )
        self.check: CheckPage | None = None
        self.ways: dict[Step, Callable[[], object]] = {
            Step.PARTICIPANT: self.participant.take,
            Step.PROTOCOL: self._take_protocol,
            Step.STREAM: self.take_stream,
            Step.CHECK: self._start,
        }
        self.participant.chosen.connect(self._take_participant)
        self.participant.demonstration_asked.connect(self.demonstrate)
        self.stream.said.connect(pages.footer.say)
        pages.put(self.participant, Step.PARTICIPANT)
        pages.put(self.protocol, Step.PROTOCOL)
        pages.put(self.stream, Step.STREAM)

    # -- back and forth -------------------------------------------------------------------------

    def back(self) -> None:
        """Take the way back; from the stream of a session that was cut, to the first step."""
        if self._visit.resuming is not None:
            self.begin_anew()
            return
        self.stop_check()
        self._visit.trail.move(Move.BACK)
        self._pages.show_step()

    def jump(self, step: Step) -> None:
        """Go to a step that was reached before."""
        self.stop_check()
        self._visit.trail.jump(Step.STREAM if step is Step.CHECK else step)
        self._pages.show_step()
        if step is Step.CHECK:
            self._pages.trying(self.take_stream)

    def begin_anew(self) -> None:
        """Go to the first step, for the next participant."""
        self._pages.drop_passing()
        self._visit.clear()
        self.participant.start()
        self._pages.show_step()

    def resume(self, layout: SessionLayout) -> None:
        """Go on with a session that was cut, once its stream has been chosen."""
        self._pages.drop_passing()
        self._pages.leave_asides()
        self._visit.resuming, self._visit.participant = layout, layout.participant
        self._visit.number = layout.session
        self._visit.trail.step = Step.STREAM
        self._pages.show_step()
        self._pages.trying(self.stream.find_streams)

    def demonstrate(self) -> None:
        """Begin a session of the synthetic participant in which each step says what it is for."""
        self._visit.demonstration = True
        self._take_participant(demonstration.CODE, FIRST)

    # -- participant and protocol -----------------------------------------------------------------

    def _take_participant(self, code: str, protocol: str) -> None:
        recorded = self._services.recorded_now(code)
        if recorded is not None and self._warned != code:
            self._warned = code
            self._pages.footer.say(
                tr(
                    "{code} is being recorded now, in session {n}, by another window of this "
                    "program. Choose somebody else, or press Enter again to go on all the same.",
                    code=code, n=recorded,
                )
            )  # fmt: skip
            self._pages.footer.show()
            return
        self._warned = ""
        self._visit.demonstration = code == demonstration.CODE
        self._visit.participant, self._visit.number = code, self._services.next_session(code)
        name = protocol or self._services.usual_protocol()
        last = self._services.last_protocol(code)
        self._pages.trying(lambda: self.protocol.choose(name, last))
        self._visit.trail.move(Move.NEXT)
        self._pages.show_step()
        if self.participant.lacks_consent(code) and not self._visit.demonstration:
            self._pages.footer.say(
                tr(
                    "No consent is recorded for {code}. Go back to record it, or continue "
                    "without it.",
                    code=code,
                )
            )

    def _take_protocol(self) -> None:
        spec = self.protocol.spec
        if spec is None:
            raise UserError("Choose a protocol.")
        responses = self._services.responses()
        due = self._services.scales_before(self._visit.participant, spec)
        if due and responses is not None:
            from neurofeedback.gui.forms.handed_over import HandedOver
            from neurofeedback.gui.forms.scales_page import ScalesPage

            code = self._visit.participant
            drafts = self._services.answer_drafts(code)
            desk = self._pages.window()
            scales = ScalesPage(due, code, Timing.BEFORE, responses, True, desk, drafts)
            page = HandedOver(scales, self._pages.screen, self._services.monitor())
            page.finished.connect(self._to_stream)
            self._pages.show_passing(page)
            self._pages.footer.offer("", back=True)
        else:
            self._to_stream()

    # -- stream and check -------------------------------------------------------------------------

    def _to_stream(self) -> None:
        self._pages.drop_passing()
        self._visit.trail.move(Move.NEXT)
        self._pages.show_step()
        if self._visit.demonstration:
            self.stream.choose_synthetic()
        else:
            self._pages.trying(self.stream.find_streams)

    def request(self) -> SessionRequest:
        """Return what has been chosen so far."""
        return SessionRequest(
            self._visit.participant,
            self.protocol.name or "",
            self.stream.chosen,
            self.protocol.stratum,
        )

    def take_stream(self) -> None:
        """Look at the stream that is chosen, or go on with the session that was cut.

        Raises
        ------
        UserError
            If the stream cannot be opened.
        """
        if self._visit.resuming is not None:
            self._go_on_with(self._visit.resuming)
            return
        self._look_at_stream()
        self._visit.trail.move(Move.NEXT)
        self._pages.show_step()
        if self.stream.chosen == SYNTHETIC:
            self._pages.footer.say(
                tr(
                    "The synthetic participant is chosen: what is recorded for {code} will be a "
                    "demonstration, not EEG of a person.",
                    code=self._visit.participant,
                )
            )

    def _look_at_stream(self) -> None:
        from neurofeedback.gui.desk.check_page import CheckPage

        self.check = CheckPage(*self._services.open_check(self.request()))
        self.check.offers.anew.connect(self.look_anew)
        self.check.names_asked.connect(self._ask_for_names)
        self._pages.put(self.check, Step.CHECK)
        self.check.start()

    def _ask_for_names(self) -> None:
        if self.check is not None:
            info = self.check.info
            remember = partial(self._services.amplifiers.remember, info)
            draft = self._services.text_draft("electrodes")
            dialog = NamesDialog(self._pages.window(), info, remember, draft)
            dialog.accepted.connect(self._look_again)
            dialog.open()

    def _look_again(self) -> None:
        """Open the stream anew under the names that it has now."""
        self.back()
        self._pages.trying(self.take_stream)

    def look_anew(self, rate: float) -> None:
        """Look at the stream anew, with its true rate, Hz: from its check, or after a session."""
        self.stream.choose_rate(rate)
        if self._visit.trail.step is Step.CHECK:
            self.back()
        else:
            self._visit.number = self._services.next_session(self._visit.participant)
            self._pages.show_step()
        self._pages.trying(self.take_stream)

    def stop_check(self) -> None:
        """Let go of the stream that is looked at."""
        if self.check is not None:
            self.check.stop()
            self._pages.remove(self.check)
            self.check = None

    # -- the start --------------------------------------------------------------------------------

    def _start(self) -> None:
        """Let go of the stream that was looked at, and open it again for the session."""
        self.stop_check()
        try:
            session = self._services.open_session(self.request())
        except UserError:
            self._visit.trail.move(Move.BACK)
            self._pages.show_step()
            raise
        self.started.emit(session, self._visit.participant)

    def _go_on_with(self, cut: SessionLayout) -> None:
        footer = self._pages.footer
        try:
            session = self._services.resume_session(cut, self.stream.chosen, footer.show_progress)
        finally:
            footer.show_progress(1.0)
        self._visit.resuming = None
        self.started.emit(session, cut.participant)
