"""A participant over the course of the sessions.

Responsible for the page: sessions that open, plan and calendar, a card for each series, print and
export. Not responsible for numbers (`app.progress`), words (`app.progress_text`), nor for the pages
that open from here.

The sessions are read one after the other while the page is shown, the newest first; what was read
once is there at once the next time.

Longer than most modules: one page whose cards share the person, the course and the language.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from neurofeedback.app import progress_text as words
from neurofeedback.app.progress import MARKERS, TRAINED, Progress, ProgressReader, Series
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.button_rows import ButtonRows
from neurofeedback.gui.forms.keeping import Draft, KeptLine
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.progress.calendar import Calendar
from neurofeedback.gui.progress.pdf import write_progress_pdf
from neurofeedback.gui.progress.plot import SeriesPlot
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card, Combo, Scroll
from neurofeedback.store.care import MOST_DAYS, MOST_SESSIONS, Plan
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

AskFile = Callable[[QtWidgets.QWidget, str, str], Path | None]
SetPlan = Callable[[Plan | None], object]
MakeDraft = Callable[[str], Draft]
WIDE = 1100  # px, at the usual size of text: two cards beside each other
ROWS = 9  # sessions that are seen at once
USUAL_DAYS = 7
NUMBERS = (0, 3, 4, 5)  # columns


def ask_where(parent: QtWidgets.QWidget, name: str, kinds: str) -> Path | None:
    """Ask where to write a file; None where that was given up."""
    place = QtCore.QStandardPaths.StandardLocation.DocumentsLocation
    folder = Path(QtCore.QStandardPaths.writableLocation(place) or Path.home())
    chosen, _ = QtWidgets.QFileDialog.getSaveFileName(
        parent, tr("Write to a file"), str(folder / name), kinds
    )
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix else path.with_suffix(Path(name).suffix)


class ProgressPage(QtWidgets.QWidget):
    """A participant's course.

    Parameters
    ----------
    reader : ProgressReader
    set_plan : callable
        Keeps another plan; may raise UserError.
    draft : callable, optional
        Returns where a text of this name is kept while it is being typed.
    ask : callable
        Where to write a file; see `ask_where`.
    today : date, optional

    Attributes
    ----------
    summary_asked, recording_asked : Signal(Path)
        A session is to be opened: its folder.
    planned : Signal()
        Another plan was kept.
    closed : Signal()
        The page is to be left.
    """

    summary_asked = Signal(object)
    recording_asked = Signal(object)
    planned = Signal()
    closed = Signal()

    def __init__(
        self,
        reader: ProgressReader,
        set_plan: SetPlan,
        *,
        draft: MakeDraft | None = None,
        ask: AskFile = ask_where,
        today: date | None = None,
    ) -> None:
        super().__init__()
        self._reader, self._set_plan, self._ask = reader, set_plan, ask
        self._today = today or date.today()
        self._protocol = ""
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Progress"))
        self.sessions = QtWidgets.QTableWidget(0, 7)
        self.calendar = Calendar()
        self.plan = label("", wrap=True)
        self.n_planned, self.days = _number(MOST_SESSIONS), _number(MOST_DAYS)
        self.protocol = Combo()
        self.message = label("", "muted", wrap=True)
        self.reading = QtWidgets.QProgressBar()
        self.cards: list[Card] = []
        self._buttons()
        self._compose()
        self._kept_lines = [] if draft is None else self._keep_typing(draft)
        self.message.hide()
        self._fill()
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._read)
        self._timer.start(0)
        self.setFocusProxy(self.sessions)

    def _keep_typing(self, draft: MakeDraft) -> list[KeptLine]:
        lines = {"sessions": self.n_planned, "days": self.days}
        return [
            KeptLine(line, draft(f"plan_{self.progress.code}_{name}"))
            for name, line in lines.items()
        ]

    @property
    def progress(self) -> Progress:
        """What was read so far."""
        return self._reader.progress

    # -- what the user does -------------------------------------------------------------------

    def open_summary(self) -> None:
        """Open the summary of the session that is chosen."""
        self._open(self.summary_asked)

    def open_recording(self) -> None:
        """Open the recording of the session that is chosen."""
        self._open(self.recording_asked)

    def _open(self, signal: QtCore.SignalInstance) -> None:
        row = self.sessions.currentRow()
        if row >= 0:
            entry = self.progress.sessions[len(self.progress.sessions) - 1 - row]
            if not entry.found:
                self._say(tr("The folder of this session is missing: {path}", path=entry.folder))
                return
            signal.emit(entry.layout.protocol)

    def print_pdf(self) -> None:
        """Ask where to, and write the page as a PDF there."""
        name = f"sub-{self.progress.code}_progress.pdf"
        self._write(
            name,
            tr("PDF (*.pdf)"),
            lambda path: write_progress_pdf(self.progress, path, self._today, self._protocol),
        )

    def export(self) -> None:
        """Ask where to, and write all points as a table there."""
        name = f"sub-{self.progress.code}_progress.tsv"
        self._write(
            name,
            tr("Table (*.tsv)"),
            lambda path: words.write_table(self.progress, path, self._protocol),
        )

    def _write(self, name: str, kinds: str, write: Callable[[Path], object]) -> None:
        path = self._ask(self, name, kinds)
        if path is None:
            return
        try:
            write(path)
        except UserError as error:
            self._say(tr(message_of(error)))
        else:
            self._say(tr("Written: {path}", path=path))

    def keep_plan(self) -> None:
        """Keep the plan as it was entered; no sessions are no plan."""
        n, days = (int(field.text() or 0) for field in (self.n_planned, self.days))
        try:
            plan = Plan(n, days or 1) if n else None
            if plan != self.progress.plan:
                self._set_plan(plan)
        except UserError as error:
            self._say(tr(message_of(error)))
            return
        for kept in self._kept_lines:
            kept.settle()
        if plan == self.progress.plan:
            return
        self._reader.set_plan(plan)
        self._say("")
        self._show_plan()
        self.planned.emit()

    # -- layout -------------------------------------------------------------------------------

    def _buttons(self) -> None:
        self.summary = _button(tr("Open summary"), "Enter", self.open_summary)
        self.recording = _button(tr("Open recording"), "Ctrl+O", self.open_recording)
        self.print = _button(tr("Print to PDF"), "Ctrl+P", self.print_pdf)
        self.table = _button(tr("Export table"), "Ctrl+S", self.export)
        self.leave = _button(tr("Back"), "Esc", self.closed.emit)
        for button, key in ((self.summary, ""), (self.leave, "")):
            button.setShortcut(key)  # Enter and Esc are the window's
        self.summary.setProperty("role", "primary")

    def _compose(self) -> None:
        outer = QtWidgets.QVBoxLayout(self)
        spaced(outer, margin=4, gap=2)
        content = QtWidgets.QWidget()
        self._columns = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight, content)
        spaced(self._columns, gap=3)
        self._columns.addLayout(self._left(), 8)
        right = QtWidgets.QVBoxLayout()
        spaced(right, gap=3)
        self.empty = label("", wrap=True)
        self._grid = QtWidgets.QGridLayout()
        self._grid.setSpacing(3 * current().unit)
        self.fine = Card(tr("WHAT THE NUMBERS CAN AND CANNOT TELL YOU"))
        right.addWidget(self.empty)
        right.addLayout(self._grid)
        right.addWidget(self.fine)
        right.addStretch(1)
        self._columns.addLayout(right, 9)
        self.body = Scroll(content)
        self.body.setAccessibleName(tr("Progress"))
        outer.addWidget(self.body, 1)
        self.reading.setAccessibleName(tr("Sessions read"))
        self.reading.setFormat(tr("%v of %m sessions read"))
        outer.addWidget(self.reading)
        outer.addWidget(self.message)
        outer.addWidget(
            ButtonRows(
                [self.leave, self.print, self.table, self.recording, self.summary],
                from_right=True,
            )
        )

    def _left(self) -> QtWidgets.QLayout:
        left = QtWidgets.QVBoxLayout()
        spaced(left, gap=3)
        who = label(self.progress.code, "number")
        who.setAccessibleName(tr("Participant"))
        left.addWidget(who)
        plan = Card(tr("PLAN"))
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=2)
        self.n_planned.setPlaceholderText(tr("none"))
        for text, field in (
            (tr("Sessions planned"), self.n_planned), (tr("Days between"), self.days)
        ):  # fmt: skip
            name = label(text, "muted")
            name.setBuddy(field)
            field.setAccessibleName(text)
            row.addWidget(name)
            row.addWidget(field)
            field.editingFinished.connect(self.keep_plan)
        row.addStretch(1)
        plan.add(self.plan, self.calendar)
        plan.body.addLayout(row)
        card = self._list = Card(tr("SESSIONS"))
        card.add(self.sessions)
        self.protocol.setAccessibleName(tr("Protocol"))
        self.protocol.currentIndexChanged.connect(self._choose_protocol)
        card.add(self.protocol)
        left.addWidget(plan)
        left.addWidget(card, 1)
        left.addStretch(0)
        self._table()
        return left

    def _table(self) -> None:
        shown = self.sessions
        heads = (tr("no."), tr("started"), tr("protocol"), tr("min"), tr("change"), tr("reward"),
                 tr("status"))  # fmt: skip
        meant = {4: tr("Training minus baseline"), 5: tr("Time past the threshold")}
        for column, words_above in enumerate(heads):
            head = QtWidgets.QTableWidgetItem(words_above)
            head.setToolTip(meant.get(column, ""))
            side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
            head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            shown.setHorizontalHeaderItem(column, head)
        wide = QtWidgets.QHeaderView.ResizeMode.ResizeToContents
        shown.horizontalHeader().setSectionResizeMode(wide)
        shown.horizontalHeader().setStretchLastSection(True)
        shown.setAccessibleName(tr("Sessions"))
        shown.verticalHeader().hide()
        shown.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        shown.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        shown.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        shown.setTabKeyNavigation(False)
        shown.setWordWrap(False)
        shown.setShowGrid(False)
        shown.itemDoubleClicked.connect(lambda _: self.open_summary())
        shown.horizontalHeader().setHighlightSections(False)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Put the columns below each other where there is no room beside."""
        super().resizeEvent(event)
        ways = QtWidgets.QBoxLayout.Direction
        wide = self.width() >= current().px(WIDE)
        self._columns.setDirection(ways.LeftToRight if wide else ways.TopToBottom)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Enter opens the session in the list."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.sessions.hasFocus():
            self.open_summary()
        else:
            super().keyPressEvent(event)

    # -- what is shown ------------------------------------------------------------------------

    def _read(self) -> None:
        if self._reader.n_left:
            self._reader.read_one()
            done = len(self.progress.sessions) - self._reader.n_left
            self.reading.setValue(done)
        if not self._reader.n_left:
            self._timer.stop()
            self.reading.hide()
            self._fill()
            self._say(" ".join(map(tr, self.progress.unread[:1])))

    def _fill(self) -> None:
        n = len(self.progress.sessions)
        self.reading.setRange(0, max(n, 1))
        self.reading.setVisible(self._reader.n_left > 0)
        self._show_plan()
        self._show_sessions()
        self._show_protocols()
        self._show_series()
        self._list.setVisible(n > 0)
        for button in (self.summary, self.recording, self.print, self.table):
            button.setEnabled(n > 0)

    def _show_plan(self) -> None:
        self.plan.setText(words.plan_words(self.progress, self._today))
        plan = self.progress.plan
        days = str(plan.days if plan else USUAL_DAYS)
        for field, text in (
            (self.n_planned, str(plan.sessions) if plan else ""), (self.days, days)
        ):  # fmt: skip
            if not field.isModified():  # else it is being typed
                field.setText(text)
        self.calendar.show_progress(self.progress, self._today)

    def _show_sessions(self) -> None:
        shown, n = self.sessions, len(self.progress.sessions)
        chosen = max(shown.currentRow(), 0)
        shown.setRowCount(n)
        for row in range(n):
            for column, cell in enumerate(words.session_row(self.progress, n - 1 - row)):
                item = QtWidgets.QTableWidgetItem(cell)
                if column in NUMBERS:
                    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    item.setTextAlignment(right)
                shown.setItem(row, column, item)
        shown.resizeRowsToContents()
        header, one = shown.horizontalHeader().height(), current().px(26)
        shown.setMinimumHeight(header + min(max(n, 3), ROWS) * one)
        if n:
            shown.setCurrentCell(min(chosen, n - 1), 0)

    def _show_protocols(self) -> None:
        names = self.progress.protocols() if not self.progress.concealed else ()
        with QtCore.QSignalBlocker(self.protocol):
            self.protocol.clear()
            for name in names:
                self.protocol.addItem(tr("Trends of {protocol}", protocol=name), name)
        self._protocol = names[0] if names else ""
        self.protocol.setVisible(len(names) > 1)

    def _choose_protocol(self, place: int) -> None:
        self._protocol = str(self.protocol.itemData(place) or "")
        self._show_series()

    def _show_series(self) -> None:
        for card in self.cards:
            self._grid.removeWidget(card)
            card.deleteLater()
        found = self.progress.series(self._protocol)
        direction = self.progress.direction(self._protocol)
        span = span_of(found)
        self.cards = [_card(series, span, direction) for series in found]
        for place, card in enumerate(self.cards):
            self._grid.addWidget(card, place // 2, place % 2)
        self._show_words(found)

    def _show_words(self, found: tuple[Series, ...]) -> None:
        waiting = self._reader.n_left > 0
        if not self.progress.sessions:
            text = tr("No session is recorded yet. Press Esc and start one with this participant.")
        elif waiting:
            text = tr("The sessions are being read; the trends follow.")
        elif not {s.key for s in found} & {*TRAINED, *MARKERS}:
            text = tr("No session can be read, so there is no trend.")
        else:
            text = ""
        self.empty.setText(text)
        self.empty.setVisible(bool(text))
        while self.fine.body.count() > 1:
            item = self.fine.body.takeAt(1)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.deleteLater()
        lines = words.fine_print(self.progress)
        self.fine.add(*(label(line, "muted", wrap=True) for line in lines))
        self.fine.setVisible(bool(found))

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))


def span_of(found: tuple[Series, ...]) -> tuple[datetime, datetime]:
    """Return the days from the first to the last point of several series."""
    moments = [point.when for series in found for point in series.points]
    now = datetime.now(UTC)
    return (min(moments, default=now), max(moments, default=now))


def _card(series: Series, span: tuple[datetime, datetime], direction: str) -> Card:
    card = Card(words.title(series))
    card.heading.setWordWrap(True)
    card.add(SeriesPlot(series, span, direction))
    said = words.verdict(series, direction)
    if said:
        card.add(label(said, wrap=True))
    for line in (words.smallest(series), words.conditions(series)):
        if line:
            card.add(label(line, "muted", wrap=True))
    card.body.addStretch(1)
    return card


def _number(most: int) -> QtWidgets.QLineEdit:
    field = QtWidgets.QLineEdit()
    field.setValidator(
        QtGui.QRegularExpressionValidator(QtCore.QRegularExpression(r"\d*"), field)
    )  # nothing is allowed
    field.setMaxLength(len(str(most)))
    field.setFixedWidth(current().px(64))
    return field


def _button(text: str, key: str, do: Callable[[], object]) -> QtWidgets.QPushButton:
    button = QtWidgets.QPushButton(f"{text}  ({key_words(key)})")
    button.setShortcut(QtGui.QKeySequence(key))
    button.setAccessibleName(text)
    button.clicked.connect(lambda _=False: do())
    return button
