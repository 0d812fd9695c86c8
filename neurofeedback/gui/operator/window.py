"""The operator's window: what the signal, the protocol and the participant are doing.

Responsible for composing the panels, for the operator's commands and for closing safely.
Not responsible for the session itself: it tells a `SessionRunner` what the operator wants and is
told by the bridge what is so.

Longer than most modules: what every key and menu entry does, in one table and a few lines each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neurofeedback.app.states import clock, stream_line
from neurofeedback.frames import Chunk, FeedbackFrame, StreamInfo
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.operator.actions import (
    CommandsMenu,
    KeysDialog,
    add_marker_keys,
    make_actions,
    offer_on_right_click,
)
from neurofeedback.gui.operator.block_strip import BlockStrip
from neurofeedback.gui.operator.difficulty import Difficulty
from neurofeedback.gui.operator.electrodes import ElectrodeCard
from neurofeedback.gui.operator.end_question import EndQuestion
from neurofeedback.gui.operator.offers import Offers
from neurofeedback.gui.operator.override import FeedbackWindow, OverrideDialog
from neurofeedback.gui.operator.page import Header, OperatorPage
from neurofeedback.gui.operator.presenter import (
    OperatorPresenter,
    OperatorText,
    put_away_words,
    summary,
)
from neurofeedback.gui.operator.scalp_card import ScalpCard
from neurofeedback.gui.operator.side_panel import SidePanel
from neurofeedback.gui.operator.spectrum.card import TrainedSpectrumCard
from neurofeedback.gui.operator.traces_panel import TracesPanel
from neurofeedback.gui.operator.trend_panel import TrendPanel
from neurofeedback.gui.participant.scenes import SCENES
from neurofeedback.gui.participant.window import ParticipantWindow
from neurofeedback.gui.steering import Steering
from neurofeedback.gui.widgets import StateBanner
from neurofeedback.protocols import commands
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.ends import STOPPED
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import ENDED, RunState, Status
from neurofeedback.session.threads.stream_monitor import STALE_SECONDS
from neurofeedback.signal.quality import QualityReport
from neurofeedback.words.language import later, tr, tr_spaced

DEFAULT_MARKER = "marker"
LONGER_SECONDS = 30.0


def trained_sides(spec: ProtocolSpec) -> dict[str, str]:
    """Return the channels that decide on reward, name to ``left`` or ``right``.

    A region takes all channels: none stands out.
    """
    sides: dict[str, str] = {}
    for feature in spec.signal.features:
        if spec.target is not None and feature.name not in spec.target.features:
            continue
        left, right = feature.sides
        sides |= dict.fromkeys(left, "left") | dict.fromkeys(right, "right")
    return sides


def judged_names(info: StreamInfo) -> tuple[str, ...]:
    """Return the electrodes whose quality is judged: EEG channels in volts."""
    return tuple(info.ch_names[i] for i in info.eeg if info.units[i] == "V")


class OperatorWindow(QtWidgets.QMainWindow):
    """The operator's window.

    Parameters
    ----------
    session : SessionRunner
        Started.
    participant : ParticipantWindow
        The participant's display, for its small copy and for full screen.

    Attributes
    ----------
    closed : Signal()
        The window was closed after the session had ended.
    sound_asked : Signal(str)
        The operator wants the participant's sound to be changed: ``mute``, ``louder``, ``softer``.
    steering : Steering
        Where commands go.
    """

    closed = Signal()
    sound_asked = Signal(str)

    def __init__(self, session: SessionRunner, participant: ParticipantWindow) -> None:
        super().__init__()
        self._session = session
        self.steering = Steering(session)
        self._participant = participant
        hidden = session.concealed
        self._presenter = OperatorPresenter(session.spec, concealed=hidden)
        self._status = session.status()
        self._frame: FeedbackFrame | None = None
        self._ended = False
        self._close_when_ended = False
        self._put_away = False
        self._sound_problem = ""
        self._question: EndQuestion | None = None
        self._override: OverrideDialog | None = None
        self._feedback: FeedbackWindow | None = None
        sides = trained_sides(session.spec)
        names = judged_names(session.info)
        self.difficulty = Difficulty(self.steering, tr(session.spec.threshold.in_words))
        self.actions_by_name = make_actions(self, self._handlers())
        self.actions_by_name["reveal"].setVisible(hidden)
        self.difficulty.connect_actions(self.actions_by_name)
        add_marker_keys(self, self.mark)
        self._menu = CommandsMenu(self, self)
        self.banner, self.offers = StateBanner(), Offers()
        self.offers.accepted.connect(session.accept)
        self.strip = BlockStrip(list(session.spec.iter_blocks()))
        self.spectrum = TrainedSpectrumCard(session, sides)
        self.traces = TracesPanel(session.info, sides, self.spectrum.unfold)
        self.trend = TrendPanel(session.score, participant.model.smoothing, concealed=hidden)
        self.electrodes = ElectrodeCard(names, sides)
        self.electrodes_page = ElectrodeCard(names, sides, whole=True)
        self.scalp = ScalpCard(session, sides)
        for button in (self.spectrum.unfold, self.spectrum.fold):
            button.clicked.connect(lambda _=False: self.toggle_spectrum())
        title = tr_spaced(session.spec.title)
        self.header = Header(title, stream_line(session.info), self.strip)
        self.block, self.block_clock = self.header.block, self.header.clock
        self.block_note = self.header.note
        self.side = SidePanel(
            self.actions_by_name, self.difficulty, session.spec, participant.scene,
            concealed=hidden,
        )  # fmt: skip
        self.difficulty.said.connect(self._tell_now)
        self.side.note.kept.connect(self._keep_note)
        self.steering.dropped.connect(self.side.tell)
        participant.put_away.connect(self._participant_closed)
        self.setWindowTitle(tr("{title} \u2013 operator", title=title))
        self.page = OperatorPage(
            self.header, self.banner, self.offers, self.traces, self.trend,
            self.electrodes, self.electrodes_page, self.scalp, self.spectrum, self.side,
        )  # fmt: skip
        self.upper = self.page.upper
        self.setCentralWidget(self.page)
        self.page.setFocus()
        self.resize(1280, 760)
        self.setMinimumSize(480, 320)
        self._offer_on_right_click()
        self.show_status(self._status)

    def _offer_on_right_click(self) -> None:
        """Offer on each panel what can be done with it, and everything anywhere else."""
        actions = self.actions_by_name
        for panel, menus in (
            (self.traces, ("Traces",)), (self.electrodes, ("electrodes", "power")),
            (self.electrodes_page, ("electrodes", "power")), (self.scalp, ("power", "band")),
            (self.side.picture, ("Participant",)),
            (self.side.rate_card, ("easier", "harder", "easier-back")),
            (self.strip, ("pause", "skip", "repeat", "extend", "redo")),
            (self.trend, ("value", "spectrum", "marker", "note", "pause")),
            (self.spectrum, ("spectrum",)),
        ):  # fmt: skip
            offer_on_right_click(panel, actions, *menus)

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent) -> None:  # noqa: N802
        """Offer every command."""
        self._menu.popup(event.globalPos())

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "skip": lambda: self._command(commands.SKIP),
            "repeat": lambda: self._command(commands.REPEAT),
            "extend": lambda: self._command(Command(CommandName.EXTEND, LONGER_SECONDS)),
            "redo": lambda: self._command(commands.REDO_BASELINE),
            "easier": self.difficulty.easier, "harder": self.difficulty.harder,
            "easier-back": self.difficulty.step_back,
            "pause": self.toggle_pause, "marker": lambda: self.mark(DEFAULT_MARKER),
            "note": self._begin_note, "reveal": self.ask_to_show,
            "stop": self.ask_to_stop, "close": self.close,
            "full": self._full_screen, "show": self.show_participant,
            "larger": lambda: self.traces.view.zoom(1),
            "smaller": lambda: self.traces.view.zoom(-1),
            "up": lambda: self.traces.turn_page(-1), "down": lambda: self.traces.turn_page(1),
            "fewer": lambda: self.traces.next_choice(), "keys": self._show_keys,
            "electrodes": self.toggle_electrodes, "scene": self.next_scene,
            "montage": lambda: self.traces.next_montage(),
            "filter": lambda: self.traces.filter.open(), "spectrum": self.toggle_spectrum,
            "value": lambda: self.trend.open_about(),
            "power": self.toggle_scalp, "band": self.next_band,
            "mute": lambda: self.sound_asked.emit("mute"),
            "louder": lambda: self.sound_asked.emit("louder"),
            "softer": lambda: self.sound_asked.emit("softer"),
        }  # fmt: skip

    def become_page(self) -> None:
        """Be a page of another window: without menus, title and margins.

        All keys stay but those of the window: F1, and what closes it.
        """
        self.setWindowFlags(Qt.WindowType.Widget)
        self.menuBar().hide()
        keys = self.actions_by_name["keys"]
        others = [key for key in keys.shortcuts() if key.toString() != "F1"]  # that is the window's
        keys.setShortcuts(others)
        self.actions_by_name["close"].setShortcuts([])
        self.setMinimumSize(0, 0)
        layout = self.page.layout()
        assert layout is not None
        layout.setContentsMargins(0, 0, 0, 0)

    # -- told by the bridge -------------------------------------------------------------------

    def show_before_rounds(self, yes: bool) -> None:
        """Take over whether it is paused so that the threshold is looked at."""
        self._presenter.before_rounds = yes
        self.show_status(self._status)

    def show_sound_problem(self, sentence: str) -> None:
        """Say in the banner why nothing is heard; an empty sentence takes that back."""
        self._sound_problem = sentence
        self.show_status(self._status)

    def show_frame(self, frame: FeedbackFrame | None) -> None:
        """Take over the newest frame."""
        self._frame = frame

    def paint_slower_parts(self) -> None:
        """Do what map or spectrum have to do, else copy the picture and draw the trend."""
        if self.scalp.poll() or self.spectrum.poll():
            return
        if not self._session.concealed:
            self.side.preview.show_picture(self._participant.picture)
            self.trend.plot.redraw()

    def show_status(self, status: Status) -> None:
        """Take over a fresh status."""
        self._status = status
        text = self._presenter.text(status, self._frame)
        if not self._ended:
            self.banner.tell(*self._banner(text))
        self.offers.show_status(status)
        self.strip.show_progress(status.progress)
        self.side.show_text(text)
        self.difficulty.show_status(status)
        if self._feedback is not None:
            self._feedback.show_now(status, self._frame)
        stale = status.since_sample > STALE_SECONDS
        for judged in (self.scalp, self.spectrum, self.electrodes, self.electrodes_page):
            judged.show_stale(stale)
        self.trend.show_estimator(self._session.score, status.estimator)
        for shown, words in (
            (self.block, text.block), (self.block_clock, text.block_clock),
            (self.block_note, text.block_note),
        ):  # fmt: skip
            if shown.text() != words:
                shown.setText(words)

    def _banner(self, text: OperatorText) -> tuple[str, str, str, str]:
        """Say before all but an alarm that the participant sees nothing."""
        first = put_away_words() if self._put_away else self._sound_problem
        if not first or text.banner_kind == "alarm":
            return text.banner_kind, text.banner, text.banner_full, text.banner_more
        kind = "caution" if text.banner_kind == "good" else text.banner_kind
        said = f"{first} \u00b7 {text.banner}"
        return kind, said, said, ""

    def add_frames(self, frames: Sequence[FeedbackFrame]) -> None:
        """Take over new feedback frames."""
        self._presenter.see(frames)
        self.trend.add_frames(frames)

    def add_samples(self, chunk: Chunk) -> None:
        """Take over new samples."""
        self.traces.add_samples(chunk)
        self.spectrum.add_samples(chunk)

    def show_quality(self, report: QualityReport) -> None:
        """Take over a new verdict on the electrodes."""
        self.electrodes.show_states(report.states)
        self.electrodes_page.show_states(report.states)

    def show_end(self, status: Status) -> None:
        """Say how the session ended and where it lies."""
        self._ended = True
        self.show_status(status)
        kind = "alarm" if status.state is RunState.FAILED else "good"
        said = summary(status, concealed=self._session.concealed)
        self.banner.tell(kind, f"{said} {tr('Ctrl+W closes.')}")
        if self._question is not None:
            self._question.reject()
        if self._close_when_ended:
            self.close()

    # -- the operator's commands --------------------------------------------------------------

    def toggle_pause(self) -> None:
        """Pause or resume."""
        paused = self._session.status().state is RunState.PAUSED
        self.steering.ask(commands.RESUME if paused else commands.PAUSE)

    def _command(self, command: Command) -> None:
        """Ask something of the protocol if it may be asked now, and show that it was."""
        if command.name not in self._status.progress.allowed or self._status.state in ENDED:
            self.side.tell(tr("not available now"))
            return
        if not self.steering.ask(command):
            return
        words = {
            CommandName.SKIP: tr("block skipped"),
            CommandName.REPEAT: tr("block restarted"),
            CommandName.EXTEND: tr("block extended"),
            CommandName.REDO_BASELINE: tr("baseline repeated"),
        }
        self._tell_now(words[command.name])

    def _tell_now(self, words: str) -> None:
        """Say that something was done, with the time of the recording."""
        self.side.tell(f"{clock(self._status.recorded_seconds)}  {words}")

    def mark(self, name: str) -> None:
        """Set a marker at the newest sample."""
        if self._status.state in ENDED:
            return
        self._session.marker(name)
        self._tell_now(tr("marker: {name}", name=name))

    def _begin_note(self) -> None:
        self.uncover()
        self.side.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _keep_note(self, text: str) -> None:
        self._session.note(text)
        self._tell_note(text)

    def _tell_note(self, text: str) -> None:
        self._tell_now(tr("note: {text}", text=text))

    def ask_to_stop(self, *, asked: bool = True) -> None:
        """Ask whether to end the session; recording goes on while the question is open.

        Parameters
        ----------
        asked : bool
            Whether somebody asked for its end; see `EndQuestion`.
        """
        if self._status.state in ENDED or self._question is not None:
            return
        self.uncover()
        box = EndQuestion(self, asked=asked)
        box.finished.connect(lambda _: self._answered(box.agreed))
        self._question = box
        box.open()

    def _answered(self, yes: bool) -> None:
        self._question = None
        if yes:
            self._session.stop(STOPPED)
        else:
            self._close_when_ended = False

    def ask_to_show(self) -> None:
        """Ask whether what is fed back is to be shown in a session of a study, and why."""
        if not self._session.concealed or self._status.state in ENDED:
            return
        self.uncover()
        if self._feedback is not None:
            self._feedback.show()
        elif self._override is None:
            box = OverrideDialog(self)
            box.finished.connect(lambda agreed: self._answered_override(box, bool(agreed)))
            self._override = box
            box.open()

    def _answered_override(self, box: OverrideDialog, agreed: bool) -> None:
        self._override = None
        if not agreed:
            return
        self._session.show_feedback(box.who.text().strip(), box.reason.text().strip())
        self._feedback = FeedbackWindow(self, self._session.score.label)
        self._feedback.show()
        said = tr("feedback shown; the session is unblinded to the operator")
        self.side.tell(f"{clock(self._status.recorded_seconds)}  {said}")

    def _full_screen(self) -> None:
        self.show_participant()
        self._participant.toggle_full_screen(self.screen())
        if not self._participant.isFullScreen():
            self._come_forward()

    def uncover(self) -> None:
        """Make the participant's display a window if it lies over this one."""
        if self._participant.covers(self.screen()):
            self._participant.showNormal()
            self._come_forward()

    def _come_forward(self) -> None:
        self.window().raise_()
        self.window().activateWindow()

    def show_participant(self) -> None:
        """Bring the participant's window to the front, back if it was closed."""
        self._participant.show()
        self._participant.raise_()
        if self._put_away:
            self._tell_put_away(False, later("participant's window is open again"))

    def _participant_closed(self) -> None:
        self._tell_put_away(True, later("participant's window was closed; P shows it again"))

    def _tell_put_away(self, away: bool, fact: str) -> None:
        self._put_away = away
        self.keep_fact(fact)
        self.show_status(self._status)

    def next_scene(self) -> None:
        """Show the participant the next scene, and keep that in the log."""
        names = list(SCENES)
        name = names[(names.index(self._participant.scene) + 1) % len(names)]
        self._participant.show_scene(name)
        self.side.preview.show_scene(name)
        self.keep_fact(later("participant's display: {scene}"), scene=name)

    def keep_fact(self, text: str, **fields: str) -> None:
        """Note something that has happened: in English in the record, in this language here."""
        if self._status.state not in ENDED:
            self._session.note(text.format(**fields))
            self._tell_note(tr(text, **fields))

    def toggle_electrodes(self) -> None:
        """Show all electrodes in place of the traces, or the traces again."""
        large = self.upper.currentWidget() is self.traces
        self.upper.setCurrentWidget(self.electrodes_page if large else self.traces)
        card = self.page.corner.currentWidget()
        assert card is not None
        self._show_corner(card)

    def toggle_scalp(self) -> None:
        """Show the map of band power in place of the electrodes beside the trend, or back."""
        self._toggle_corner(self.scalp)

    def toggle_spectrum(self) -> None:
        """Show the spectrum in place of the electrodes beside the trend, or back."""
        self._toggle_corner(self.spectrum)

    def next_band(self) -> None:
        """Show the map, or its next band."""
        if self.page.corner.currentWidget() is self.scalp:
            self.scalp.next_band()
        else:
            self.toggle_scalp()

    def _toggle_corner(self, card: QtWidgets.QWidget) -> None:
        shown = self.page.corner.currentWidget() is card
        self._show_corner(self.electrodes if shown else card)

    def _show_corner(self, card: QtWidgets.QWidget) -> None:
        """Show a card beside the trend; the electrodes never twice."""
        self.page.corner.setCurrentWidget(card)
        large = self.upper.currentWidget() is self.electrodes_page
        self.page.corner.setVisible(card is not self.electrodes or not large)

    def _show_keys(self) -> None:
        self.uncover()
        KeysDialog(self).open()

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802
        """Close at once after the end; while the session runs, ask, end it, and close then."""
        if self._session.status().state in ENDED:
            event.accept()
            self.closed.emit()
            return
        event.ignore()
        self._close_when_ended = True
        self.ask_to_stop(asked=False)
