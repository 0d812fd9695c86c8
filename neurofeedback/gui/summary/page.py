"""The summary of a session on the screen: one page, and onto paper.

Responsible for the page, its keys and where the PDF goes. Not responsible for figures
(`report.summary`), words (`app.summary_text`), the plot (`gui.summary.plot`) nor the paper
(`gui.summary.pdf`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from neurofeedback.app import summary_text as words
from neurofeedback.app.summary_headline import headline, large_figures, title_line
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.summary.html import write_html
from neurofeedback.gui.summary.pdf import write_pdf
from neurofeedback.gui.summary.plot import SummaryPlot
from neurofeedback.gui.summary.take_home import write_take_home
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card, Scroll
from neurofeedback.report.summary_parts import SessionSummary
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

__all__ = ["SummaryPage", "ask_for_file", "default_pdf", "open_in_files", "write_pdf"]

AskFile = Callable[[QtWidgets.QWidget, Path], Path | None]
OpenFolder = Callable[[Path], object]


def default_pdf(summary: SessionSummary) -> Path:
    """Return where the PDF is proposed to go: the user's documents, named as the session."""
    place = QtCore.QStandardPaths.StandardLocation.DocumentsLocation
    folder = QtCore.QStandardPaths.writableLocation(place)
    return Path(folder or Path.home()) / f"{summary.stem}_summary.pdf"


def ask_for_file(parent: QtWidgets.QWidget, proposed: Path) -> Path | None:
    """Ask where to write; None where that was given up. Asks before a file is replaced."""
    chosen, _ = QtWidgets.QFileDialog.getSaveFileName(
        parent, tr("Write to a file"), str(proposed), f"(*{proposed.suffix})"
    )
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix else path.with_suffix(proposed.suffix)


def open_in_files(folder: Path) -> None:
    """Show a folder in the system's own program for files."""
    QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(folder)))


WIDE = 900  # px, at the usual size of text: room for cards beside each other
BUTTONS = 1300  # room for all buttons in a row


class SummaryPage(QtWidgets.QWidget):
    """The summary of a session.

    Parameters
    ----------
    summary : SessionSummary
    ask : callable
        Where to write the PDF; see `ask_for_file`.
    open_folder : callable
        Shows a folder to the user.
    fresh : bool
        Whether the session has just ended, so that another may begin.

    Attributes
    ----------
    closed : Signal()
        The page is to be left.
    new_session : Signal()
        Another session is wanted.
    """

    closed = Signal()
    new_session = Signal()

    def __init__(
        self,
        summary: SessionSummary,
        *,
        ask: AskFile = ask_for_file,
        open_folder: OpenFolder = open_in_files,
        fresh: bool = True,
    ) -> None:
        super().__init__()
        self._summary, self._ask, self._open = summary, ask, open_folder
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Session {name}", name=summary.stem))
        self.headline = label(headline(summary), "title", wrap=True)
        self.headline.setAccessibleName(tr("In short"))
        self.message = label("", "muted", wrap=True)
        self.print = _button(tr("Print to PDF"), "Ctrl+P", self.print_pdf)
        self.take_home = _button(tr("Page to take home"), "Ctrl+T", self.print_take_home)
        self.html = _button(tr("Page for a browser"), "Ctrl+B", self.write_page)
        self.folder = _button(tr("Open folder"), "Ctrl+O", self.open_folder)
        self.another = _button(tr("New session"), "Ctrl+N", self.new_session.emit)
        self.leave = _button(tr("Close"), "Ctrl+W", self.closed.emit)
        self._main = self.another if fresh else self.print
        self._main.setProperty("role", "primary")
        self.another.setVisible(fresh)
        self.plot = SummaryPlot(summary)
        self._compose()

    def print_pdf(self) -> None:
        """Ask where to, write the PDF there, and say so."""
        self._write(write_pdf, default_pdf(self._summary))

    def print_take_home(self) -> None:
        """Do the same with the page that the participant takes home."""
        proposed = default_pdf(self._summary)
        self._write(write_take_home, proposed.with_name(f"{self._summary.stem}_take-home.pdf"))

    def write_page(self) -> None:
        """Do the same with the page for a browser."""
        proposed = default_pdf(self._summary)
        self._write(write_html, proposed.with_name(f"{self._summary.stem}_summary.html"))

    def _write(self, write: Callable[[SessionSummary, Path], None], proposed: Path) -> None:
        path = self._ask(self, proposed)
        if path is None:
            return
        try:
            write(self._summary, path)
        except UserError as error:
            self._say(tr(message_of(error)), "error")
        else:
            self._say(tr("Written: {path}", path=path), "muted")

    def open_folder(self) -> None:
        """Show the folder of the session."""
        self._open(Path(self._summary.folder))

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, margin=4, gap=3)
        self.body = Scroll(self._content())
        self.body.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.body.setAccessibleName(tr("Summary of the session"))
        layout.addWidget(self.body, 1)
        layout.addLayout(self._bottom())
        self.setFocusProxy(self._main)

    def _bottom(self) -> QtWidgets.QBoxLayout:
        self._rows = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight)
        spaced(self._rows, gap=2)
        self._rows.addWidget(self.message, 1)
        for pair in (
            (self.leave, self.folder), (self.take_home, self.html), (self.print, self.another)
        ):  # fmt: skip
            row = QtWidgets.QHBoxLayout()
            spaced(row, gap=3)
            for button in pair:
                row.addWidget(button)
            self._rows.addLayout(row)
        return self._rows

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Put the cards below each other, and the buttons into two rows, where there is no room."""
        super().resizeEvent(event)
        ways = QtWidgets.QBoxLayout.Direction
        for beside, room in (
            (self._rows, BUTTONS), (self._columns, WIDE), (self._figures, WIDE)
        ):  # fmt: skip
            wide = self.width() >= current().px(room)
            beside.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        in_a_row = self._rows.direction() is ways.LeftToRight
        self.message.setVisible(in_a_row or bool(self.message.text()))

    def _content(self) -> QtWidgets.QWidget:
        content = QtWidgets.QWidget()
        outer = QtWidgets.QVBoxLayout(content)
        spaced(outer, gap=3)
        outer.addWidget(self.headline)
        outer.addWidget(label(title_line(self._summary), "muted", wrap=True))
        outer.addLayout(self._large())
        columns = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight)
        spaced(columns, gap=3)
        self._columns = columns
        left, right = QtWidgets.QVBoxLayout(), QtWidgets.QVBoxLayout()
        for column, cards, share in (
            (left, self._results(), 8), (right, self._conditions(), 5)
        ):  # fmt: skip
            spaced(column, gap=3)
            for card in cards:
                column.addWidget(card)
            column.addStretch(1)
            columns.addLayout(column, share)
        outer.addLayout(columns)
        foot = Card(tr("WHAT THE NUMBERS CAN AND CANNOT TELL YOU"))
        foot.add(*(label(line, "muted", wrap=True) for line in words.fine_print(self._summary)))
        outer.addWidget(foot)
        outer.addStretch(1)
        return content

    def _large(self) -> QtWidgets.QBoxLayout:
        """Return the figures that are read first."""
        self._figures = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight)
        spaced(self._figures, gap=3)
        for figure in large_figures(self._summary):
            card = Card(figure.words.upper())
            card.add(label(figure.number, "hero", wrap=True))
            if figure.note:
                card.add(label(figure.note, "muted", wrap=True))
            card.body.addStretch(1)
            self._figures.addWidget(card, 1)
        return self._figures

    def _results(self) -> list[Card]:
        summary = self._summary
        course = Card(tr("TIMELINE"))
        course.add(*(label(line, "muted", wrap=True) for line in words.measure_lines(summary)))
        course.add(self.plot)
        blocks = Card(tr("BLOCKS"))
        head, rows = words.block_columns(summary), words.block_rows(summary)
        blocks.body.addLayout(_table(rows, head))
        blocks.add(*(label(line, "muted", wrap=True) for line in words.block_notes(summary)))
        return [course, blocks]

    def _conditions(self) -> list[Card]:
        summary, cards = self._summary, []
        trouble = words.trouble_lines(summary)
        if trouble:
            cards.append(_lines(tr("RECORDING"), trouble))
        rewards = words.reward_rows(summary)
        if rewards and not summary.concealed:
            card = Card(tr("REWARD"))
            card.body.addLayout(_table(rewards))
            for line in words.true_reward_lines(summary.true_rewards):
                card.add(label(line, "muted", wrap=True))
            cards.append(card)
        changes = words.change_rows(summary)
        if changes:
            card = Card(tr("CHANGE WITHIN THE SESSION"))
            for name, number, clarity in changes:
                card.add(label(f"{name}: {number}", wrap=True), label(clarity, "muted", wrap=True))
            cards.append(card)
        cards.append(_lines(tr("BASELINE"), words.baseline_lines(summary)))
        held = _lines(tr("HELD"), [words.hold_line(summary)])
        held.body.addLayout(_table(words.hold_rows(summary)))
        cards += [held, _lines(tr("ELECTRODES"), words.electrode_lines(summary))]
        debrief = words.debrief_lines(summary)
        if debrief:
            cards.append(_lines(tr("DEBRIEF"), debrief))
        sampling = words.sampling_rows(summary)
        if sampling:
            card = Card(tr("SAMPLING"))
            card.body.addLayout(_table(sampling))
            cards.append(card)
        remarks = words.remark_lines(summary)
        if remarks:
            cards.append(_lines(tr("NOTES AND MARKERS"), remarks))
        return cards

    def _say(self, text: str, role: str) -> None:
        self.message.setProperty("role", role)
        self.message.style().unpolish(self.message)
        self.message.style().polish(self.message)
        self.message.setText(text)
        self.message.show()


def _button(text: str, key: str, do: Callable[[], object]) -> QtWidgets.QPushButton:
    shown = QtGui.QKeySequence(key)
    button = QtWidgets.QPushButton(f"{text}  ({key_words(key)})")
    button.setShortcut(shown)
    button.setAccessibleName(text)
    button.clicked.connect(lambda _=False: do())
    return button


def _lines(heading: str, lines: Sequence[str]) -> Card:
    card = Card(heading)
    card.add(*(label(line, wrap=True) for line in lines))
    return card


def _table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> QtWidgets.QGridLayout:
    """Return labels in a grid: words to the left, numbers to the right."""
    grid = QtWidgets.QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(4)
    for line, cells in enumerate([head, *rows] if head else rows):
        for column, cell in enumerate(cells):
            made = label(cell, "muted" if head and line == 0 else "", wrap=column == 0)
            align = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            made.setAlignment(align | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(made, line, column)
    grid.setColumnStretch(0, 1)
    return grid
