"""Everybody at a glance: who is due, and where something is missing or went badly.

Responsible for the list, its search and filters, and for archive and renaming. Not responsible for
what needs somebody to act (`app.plan`), nor for a participant's own page (`gui.progress.page`).

Keys: type to search; Up and Down move; Enter opens a participant's progress.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from neurofeedback.app.overview import FILTERS, Everybody, Line, filter_words, need_words
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.button_rows import ButtonRows
from neurofeedback.gui.forms.keeping import Draft, KeptLine
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex
_NONE = QtCore.QModelIndex()
_MOVES = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class _Table(QtCore.QAbstractTableModel):
    """The lines that are shown, a row each."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._head = (tr("code"), tr("sessions"), tr("last session"), tr("next due"),
                      tr("needs attention"))  # fmt: skip

    def show_lines(self, lines: list[Line]) -> None:
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index = _NONE) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = _NONE) -> int:  # noqa: N802
        return len(self._head)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        shown = role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal
        return self._head[section] if shown else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._cells(line)[index.column()]
        return None

    def _cells(self, line: Line) -> tuple[str, ...]:
        plan = line.line.plan
        done = line.line.n_completed
        last = line.line.last_session
        return (
            line.line.code,
            str(line.line.n_sessions) if plan is None
            else tr("{n} of {total}", n=done, total=plan.sessions),
            "\u2013" if last is None else f"{last.astimezone():%Y-%m-%d}",
            "\u2013" if line.due is None else f"{line.due:%Y-%m-%d}",
            "  \u00b7  ".join(need_words(line, need) for need in line.needs),
        )  # fmt: skip


class OverviewPage(QtWidgets.QWidget):
    """All participants.

    Parameters
    ----------
    everybody : Everybody
    today : date, optional
    draft : callable, optional
        Gets a name and returns where a text is kept while it is being typed.

    Attributes
    ----------
    progress_asked : Signal(str)
        A participant's page is to be opened.
    closed : Signal()
        The page is to be left.
    """

    progress_asked = Signal(str)
    closed = Signal()

    def __init__(
        self,
        everybody: Everybody,
        *,
        today: date | None = None,
        draft: Callable[[str], Draft] | None = None,
    ) -> None:
        super().__init__()
        self._draft = draft
        self._everybody = everybody
        self._today = today or date.today()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("All participants"))
        self.search = QtWidgets.QLineEdit()
        self.filters: dict[str, QtWidgets.QPushButton] = {}
        self.model = _Table()
        self.table = QtWidgets.QTableView()
        self.empty = label("", wrap=True)
        self.message = label("", "error", wrap=True)
        self._compose()
        self._connect()
        self.refresh()
        self.setFocusProxy(self.search)

    def refresh(self) -> None:
        """Read everybody anew, such as after a participant's page."""
        self._attempt(lambda: self._everybody.refresh(self._today))
        for name, button in self.filters.items():
            button.setText(filter_words(name, len(self._everybody.matching("", name))))
        self._chips.arrange()
        self._show()

    @property
    def filter(self) -> str:
        """Name of the filter that is on."""
        return next(name for name, button in self.filters.items() if button.isChecked())

    def chosen(self) -> Line | None:
        """Return the participant that is chosen."""
        row = self.table.currentIndex().row()
        return self.model.lines[row] if 0 <= row < len(self.model.lines) else None

    # -- what the user does -------------------------------------------------------------------

    def open_progress(self) -> None:
        """Open the page of the participant that is chosen."""
        line = self.chosen()
        if line is not None:
            self.progress_asked.emit(line.line.code)

    def toggle_archived(self) -> None:
        """Put the one that is chosen into the archive, or take them out of it."""
        line = self.chosen()
        if line is not None:
            self._attempt(lambda: self._everybody.archive(line.line.code, not line.line.archived))
            self.refresh()

    def ask_name(self) -> None:
        """Ask for another code for the one that is chosen."""
        line = self.chosen()
        if line is None:
            return
        ask = QtWidgets.QInputDialog(self)
        ask.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ask.setWindowTitle(tr("Correct the code"))
        ask.setLabelText(
            tr(
                "Another code for {code}, after a typing error. The audit trail keeps both.",
                code=line.line.code,
            )
        )  # fmt: skip
        ask.setTextValue(line.line.code)
        ask.textValueSelected.connect(lambda new: self.rename(line.line.code, new))
        ask.open()
        if self._draft is not None:
            (field,) = ask.findChildren(QtWidgets.QLineEdit)
            kept = KeptLine(field, self._draft(f"rename_{line.line.code}"))
            ask.finished.connect(lambda _: kept.settle())

    def rename(self, old: str, new: str) -> None:
        """Give a participant another code."""
        if new.strip() != old and self._attempt(lambda: self._everybody.rename(old, new.strip())):
            self.refresh()

    def _attempt(self, do: Callable[[], object]) -> bool:
        try:
            do()
        except UserError as error:
            self.message.setText(tr(message_of(error)))
            self.message.show()
            return False
        self.message.hide()
        return True

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        outer = QtWidgets.QVBoxLayout(self)
        spaced(outer, margin=4, gap=3)
        outer.addWidget(label(tr("All participants"), "number"))
        self.search.setPlaceholderText(tr("Search by code or protocol"))
        self.search.setAccessibleName(tr("Search"))
        self.search.setClearButtonEnabled(True)
        outer.addWidget(self.search)
        group = QtWidgets.QButtonGroup(self)
        for name in FILTERS:
            button = QtWidgets.QPushButton(filter_words(name, 0))
            button.setCheckable(True)
            button.setProperty("role", "choice")
            group.addButton(button)
            self.filters[name] = button
        self.filters[FILTERS[0]].setChecked(True)
        group.buttonClicked.connect(lambda _: self._show())
        self._chips = ButtonRows(list(self.filters.values()))
        outer.addWidget(self._chips)
        outer.addWidget(self.empty)
        outer.addWidget(self.table, 1)
        self.open = _button(tr("Open progress"), "Enter", self.open_progress)
        self.archive = _button(tr("Move to archive"), "", self.toggle_archived)
        self.correct = _button(tr("Correct the code\u2026"), "F2", self.ask_name)
        self.leave = _button(tr("Back"), "Esc", self.closed.emit)
        self.open.setProperty("role", "primary")
        for button in (self.open, self.leave):
            button.setShortcut("")  # Enter and Esc are the window's
        outer.addWidget(self.message)
        self.message.hide()
        outer.addWidget(
            ButtonRows([self.leave, self.archive, self.correct, self.open], from_right=True)
        )
        self._table()

    def _table(self) -> None:
        shown = self.table
        shown.setModel(self.model)
        shown.setAccessibleName(tr("All participants"))
        shown.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        shown.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        shown.setTabKeyNavigation(False)
        shown.setMinimumHeight(current().px(100))
        shown.setShowGrid(False)
        shown.setWordWrap(False)
        shown.verticalHeader().hide()
        head = shown.horizontalHeader()
        head.setHighlightSections(False)
        head.setStretchLastSection(True)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _: self._show())
        self.search.installEventFilter(self)
        self.table.doubleClicked.connect(lambda _: self.open_progress())
        self.table.selectionModel().currentChanged.connect(lambda *_: self._offer())

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Move in the list while the keyboard is in the search field."""
        if event.type() == QtCore.QEvent.Type.KeyPress and isinstance(event, QtGui.QKeyEvent):
            if event.key() in _MOVES:
                QtCore.QCoreApplication.sendEvent(self.table, event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.open_progress()
                return True
        return False

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Enter opens the participant in the list."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.table.hasFocus():
            self.open_progress()
        else:
            super().keyPressEvent(event)

    def _show(self) -> None:
        kept = self.chosen()
        lines = self._everybody.matching(self.search.text(), self.filter)
        self.model.show_lines(lines)
        codes = [line.line.code for line in lines]
        at = codes.index(kept.line.code) if kept and kept.line.code in codes else 0
        if lines:
            self.table.setCurrentIndex(self.model.index(at, 0))
        self._widths()
        self.empty.setText(self._nobody(codes))
        self.empty.setVisible(not lines)
        self.table.setVisible(bool(lines))
        self._offer()

    def _widths(self) -> None:
        self.table.verticalHeader().setDefaultSectionSize(current().px(28))
        metrics = self.table.fontMetrics()
        for column in range(self.model.columnCount() - 1):
            cells = [str(self.model.index(row, column).data())
                     for row in range(min(len(self.model.lines), 200))]  # fmt: skip
            head = str(self.model.headerData(column, Qt.Orientation.Horizontal))
            widest = max(map(metrics.horizontalAdvance, [*cells, head]))
            self.table.setColumnWidth(column, widest + current().px(28))

    def _nobody(self, codes: Collection[str]) -> str:
        if codes:
            return ""
        if not self._everybody.matching("", FILTERS[0]):
            return tr("No participants yet. Press Esc and type a code, for example P01.")
        return tr("Nobody matches. Clear the search or choose another filter.")

    def _offer(self) -> None:
        line = self.chosen()
        for button in (self.open, self.archive, self.correct):
            button.setEnabled(line is not None)
        archived = line is not None and line.line.archived
        self.archive.setText(tr("Restore from archive") if archived else tr("Move to archive"))


def _button(text: str, key: str, do: Callable[[], object]) -> QtWidgets.QPushButton:
    button = QtWidgets.QPushButton(f"{text}  ({key_words(key)})" if key else text)
    button.setShortcut(QtGui.QKeySequence(key))
    button.setAccessibleName(text)
    button.clicked.connect(lambda _=False: do())
    return button
