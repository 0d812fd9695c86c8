"""Looking through a recording, and choosing where a protocol is to be run over it.

Responsible for the page: opening, paging through the traces with what happened above them, and the
wish to run a protocol from the beginning or from here. Not responsible for reading
(`gui.operator.recording.view`) nor for running.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from neurofeedback.app.states import clock, microvolts, stream_line
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.file_kinds import FILE_FILTER
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.band_strip import BandStrip, in_words
from neurofeedback.gui.operator.recording.replay_controls import SPEEDS, TimeLine, speed_choice
from neurofeedback.gui.operator.recording.view import RecordingView, open_recording
from neurofeedback.gui.operator.traces import GUTTER, PAGE_SECONDS, TraceView
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Combo, LongLabel
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

LEAD_SECONDS = 2.0  # before the page, from which drift is removed
CHOICES = (32, 16, 8)
WIDE, HIGH = 1000, 420  # px, at the usual size of text
WIDE_PERCENT = 130  # size of text up to which all stands in one row

AskFile = Callable[[QtWidgets.QWidget], Path | None]
Open = Callable[[Path], RecordingView]


def ask_for_recording(parent: QtWidgets.QWidget, folder: Path | None = None) -> Path | None:
    """Ask for a recorded file, from a folder on; None where that was given up."""
    chosen, _ = QtWidgets.QFileDialog.getOpenFileName(
        parent,
        tr("Open a recording"),
        str(folder or ""),
        f"{tr('Recordings')} {FILE_FILTER};;{tr('All files')} (*)",
    )
    return Path(chosen) if chosen else None


class RecordingPage(QtWidgets.QWidget):
    """A page to look through a recording.

    Parameters
    ----------
    protocols : sequence of (str, ProtocolSpec)
        To choose from: name and content.
    ask : callable
        Asks for a file; see `ask_for_recording`.
    open_view : callable
        Opens it; see `open_recording`.

    Attributes
    ----------
    run_requested : Signal(Path, str, float, float)
        A protocol is to be run over a file: its path, the protocol's name, where to begin (s), and
        the speed. `ReplaySource` takes path, start and speed.
    closed : Signal()
        The page is to be left.
    """

    run_requested = Signal(object, str, float, float)
    closed = Signal()

    def __init__(
        self,
        protocols: Sequence[tuple[str, ProtocolSpec]],
        *,
        ask: AskFile = ask_for_recording,
        open_view: Open = open_recording,
    ) -> None:
        super().__init__()
        self._protocols, self._ask, self._open_view = list(protocols), ask, open_view
        self._view: RecordingView | None = None
        self.traces: TraceView | None = None
        self.line: TimeLine | None = None
        self.strip: BandStrip | None = None
        self.overview: BandStrip | None = None
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Recording"))
        self.title = label(tr("No recording is open"), "title", wrap=True)
        self.about = LongLabel("", "muted")
        self.here = LongLabel("", "muted")
        self.scale = label("", "muted")
        self.message = label("", "error", wrap=True)
        self.message.hide()
        self.protocol, self.speed = Combo(), speed_choice(SPEEDS, 1.0)
        self._buttons()
        self._compose()
        self._keys()
        self._allow(False)

    # -- opening ------------------------------------------------------------------------------

    def ask_and_open(self) -> None:
        """Ask for a file and open it."""
        path = self._ask(self)
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> None:
        """Open a recording at its beginning; what cannot be opened is said, and all else stays."""
        app = QtWidgets.QApplication.instance()
        assert isinstance(app, QtWidgets.QApplication)
        app.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            view = self._open_view(path)
        except UserError as error:
            self._complain(tr(message_of(error)))
            return
        finally:
            app.restoreOverrideCursor()
        self._complain(" ".join(view.notes))
        self._show(view)

    def _show(self, view: RecordingView) -> None:
        self._view = view
        seconds = view.n_times / view.info.sfreq
        self.title.setText(view.name)
        length = tr("{time} min", time=clock(seconds))
        self.about.tell(f"{stream_line(view.info)} \u00b7 {length}")
        self.traces = TraceView(view.info)
        self.line = TimeLine(max(0.0, seconds - PAGE_SECONDS), seconds, PAGE_SECONDS)
        self.strip = BandStrip(view.bands, GUTTER)
        self.overview = BandStrip(view.bands)
        self.overview.show_range(0.0, seconds)
        self.traces.view_changed.connect(self._say_scale)
        self.line.moved.connect(lambda _: self.show_position())
        while self.body.count():
            item = self.body.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.deleteLater()
        self.body.addWidget(self.strip)
        self.body.addWidget(self.traces, 1)
        self.body.addWidget(self.overview)
        self.body.addWidget(self.line)
        self._allow(True)
        self._fit()
        self._say_scale()
        self.show_position()
        self.line.slider.setFocus()

    # -- where one is -------------------------------------------------------------------------

    @property
    def position(self) -> float:
        """Left edge of the page, s."""
        return 0.0 if self.line is None else self.line.position

    def go(self, seconds: float) -> None:
        """Turn to a position, s; beyond the ends, to the end."""
        if self.line is not None:
            self.line.go(seconds)

    def turn(self, pages: float) -> None:
        """Turn pages, on or (negative) back."""
        self.go(self.position + pages * PAGE_SECONDS)

    def show_position(self) -> None:
        """Show the page where the slider stands."""
        view = self._view
        if view is None or self.traces is None or self.strip is None or self.overview is None:
            return
        start, stop = self.position, self.position + PAGE_SECONDS
        first = min(round(start * view.info.sfreq), view.n_times - 1)
        n_lead = min(first, round(LEAD_SECONDS * view.info.sfreq))
        n_page = round(PAGE_SECONDS * view.info.sfreq)
        try:
            chunk = view.read(first - n_lead, n_lead + n_page)
        except UserError as error:  # a part that is damaged
            self._complain(tr(message_of(error)))
            return
        self.traces.show_page(chunk, n_lead)
        self.strip.show_range(start, stop)
        self.overview.show_window(start, stop)
        words = in_words(view.bands, start, stop)
        self.here.tell(f"{clock(start)} \u2013 {clock(stop)}{'  ' if words else ''}{words}")

    def _channels(self, pages: int) -> None:
        if self.traces is not None:
            self.traces.scroll_to(self.traces.first_row + pages * self.traces.n_rows)

    def _at_once(self) -> None:
        if self.traces is None or self._view is None:
            return
        n_channels = self._view.info.n_channels
        fewer = [n for n in CHOICES if n < min(self.traces.n_rows, n_channels)]
        self.traces.show_at_once(fewer[0] if fewer else n_channels)

    def _zoom(self, steps: int) -> None:
        if self.traces is not None:
            self.traces.zoom(steps)

    # -- running ------------------------------------------------------------------------------

    def run(self, start: float) -> None:
        """Ask for the chosen protocol to be run from a position, s."""
        if self._view is None or self.protocol.currentIndex() < 0:
            return
        name = self._protocols[self.protocol.currentIndex()][0]
        speed = SPEEDS[self.speed.currentIndex()]
        self.run_requested.emit(self._view.path, name, start, speed)

    # -- layout -------------------------------------------------------------------------------

    def _buttons(self) -> None:
        self.choose = _button(tr("Open\u2026"), "Ctrl+O", self.ask_and_open)
        self.leave = _button(tr("Close"), "Ctrl+W", self.closed.emit)
        self.from_start = _button(tr("Run from the start"), "Ctrl+B", lambda: self.run(0.0))
        self.from_here = _button(
            tr("Run protocol from here"), "Ctrl+R", lambda: self.run(self.position)
        )
        self.from_here.setProperty("role", "primary")
        for name, spec in self._protocols:
            self.protocol.addItem(tr(spec.title), name)
        self.protocol.setAccessibleName(tr("Protocol"))
        self.protocol.setMinimumContentsLength(24)
        self.protocol.setSizeAdjustPolicy(
            QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )

    def _compose(self) -> None:
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, margin=4, gap=2)
        head = QtWidgets.QHBoxLayout()
        spaced(head, gap=4)
        head.addWidget(self.title, 1)
        head.addWidget(self.choose)
        head.addWidget(self.leave)
        layout.addLayout(head)
        layout.addWidget(self.about)
        layout.addWidget(self.message)
        facts = QtWidgets.QHBoxLayout()
        spaced(facts, gap=3)
        facts.addWidget(self.here)
        facts.addStretch(1)
        facts.addWidget(self.scale)
        layout.addLayout(facts)
        self.body = QtWidgets.QVBoxLayout()
        spaced(self.body, gap=1)
        empty = label(tr("Open a recorded file, or any file of a session, with Ctrl+O."), "muted")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(empty, 1)
        layout.addLayout(self.body, 1)
        keys = tr(
            "PgUp and PgDn turn pages, Home and End go to the start and the end, + and − "
            "change the scale, Ctrl+Up and Ctrl+Down show other channels, C changes "
            "their number."
        )
        self.keys = label(keys, "muted", wrap=True)
        self.keys.hide()
        layout.addWidget(self.keys)
        self._foot = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight)
        spaced(self._foot, gap=3)
        choice, buttons = QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout()
        for row, widgets in (
            (choice, (label(tr("Protocol"), "muted"), self.protocol, label(tr("Speed"), "muted"),
                      self.speed)),
            (buttons, (self.from_start, self.from_here)),
        ):  # fmt: skip
            spaced(row, gap=3)
            for widget in widgets:
                row.addWidget(widget)
        choice.setStretch(1, 1)
        self._foot.addLayout(choice, 1)
        self._foot.addLayout(buttons)
        layout.addLayout(self._foot)
        self._fit()
        look().changed.connect(self._fit)

    def _fit(self) -> None:
        """Put the buttons below the choices where there is no room beside them; traces first."""
        ways = QtWidgets.QBoxLayout.Direction
        wide = current().percent <= WIDE_PERCENT and self.width() >= current().px(WIDE)
        self._foot.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        high = self.height() >= current().px(HIGH)
        self.about.setVisible(high)
        self.keys.setVisible(high and self._view is not None)
        if self.line is not None:
            self.line.lay_out(below=high)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Lay out anew."""
        super().resizeEvent(event)
        self._fit()

    def _keys(self) -> None:
        for keys, do in (
            (("PgDown",), lambda: self.turn(1)), (("PgUp",), lambda: self.turn(-1)),
            (("Home",), lambda: self.go(0.0)), (("End",), self._to_end),
            (("+", "="), lambda: self._zoom(1)), (("-",), lambda: self._zoom(-1)),
            (("Ctrl+Down",), lambda: self._channels(1)),
            (("Ctrl+Up",), lambda: self._channels(-1)),
            (("C",), self._at_once),
        ):  # fmt: skip
            for key in keys:
                shortcut = QtGui.QShortcut(QtGui.QKeySequence(key), self)
                shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
                shortcut.activated.connect(do)

    def _to_end(self) -> None:
        if self.line is not None:
            self.line.slider.setValue(self.line.slider.maximum())

    def _allow(self, opened: bool) -> None:
        for button in (self.from_start, self.from_here):
            button.setEnabled(opened and bool(self._protocols))

    def _say_scale(self) -> None:
        if self.traces is None or self._view is None:
            return
        total, shown = self._view.info.n_channels, self.traces.n_rows
        first = self.traces.first_row + 1
        which = (
            tr("all {n} channels", n=total)
            if shown == total
            else tr("channels {first}\u2013{last} of {n}", first=first,
                    last=first + shown - 1, n=total)
        )  # fmt: skip
        row = tr("row = {height}", height=microvolts(self.traces.scale * 1e-6))
        self.scale.setText(f"{which} \u00b7 {row}")

    def _complain(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))


def _button(text: str, key: str, do: Callable[[], object]) -> QtWidgets.QPushButton:
    button = QtWidgets.QPushButton(f"{text}  ({key_words(key)})")
    button.setShortcut(QtGui.QKeySequence(key))
    button.setAccessibleName(text)
    button.clicked.connect(lambda _=False: do())
    return button


__all__ = ["RecordingPage", "ask_for_recording"]
