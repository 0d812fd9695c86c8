"""The list in which a participant is looked for.

Responsible for showing the first of those that match, one line each, and for moving through them
while the keyboard stays in the search field. Not responsible for who matches
(`app.participants`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.words.language import tr

if TYPE_CHECKING:
    from neurofeedback.store.overview import ParticipantLine

MOST_SHOWN = 200
ROW_MARGIN = 18
_CODE, _NEW, _FACTS = (Qt.ItemDataRole.UserRole + n for n in range(3))


class ParticipantList(QtWidgets.QListWidget):
    """Participants, and at the end a code that could be added."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Participants"))
        self.setItemDelegate(_Lines(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_lines(self, lines: Sequence[ParticipantLine], new: str, new_words: str) -> None:
        """Show those who match.

        Parameters
        ----------
        lines : sequence of ParticipantLine
        new : str
            A code that could be added; empty for none.
        new_words : str
            How that is offered.

        Nobody is moved to: whoever comes first in an alphabet is not meant by that.
        """
        self.clear()
        for line in lines[:MOST_SHOWN]:
            self._add(line.code, _facts(line), code=line.code)
        if len(lines) > MOST_SHOWN:
            more = tr("and {n} more: keep typing", n=len(lines) - MOST_SHOWN)
            self._add(more, "").setFlags(Qt.ItemFlag.NoItemFlags)
        if new:
            self._add(new_words, "", code=new, new=True)

    def select(self, code: str) -> None:
        """Move to a participant, if that one is shown."""
        for row in range(self.count()):
            if self.item(row).data(_CODE) == code:
                self.setCurrentRow(row)

    def chosen(self) -> tuple[str, bool]:
        """Return the code moved to, empty for none, and whether it is a new one."""
        chosen = self.currentIndex()
        return str(chosen.data(_CODE) or ""), bool(chosen.data(_NEW))

    def step(self, steps: int) -> None:
        """Move up or down by so many lines, passing over those that cannot be chosen."""
        row, last = self.currentRow() + steps, self.count() - 1
        row = min(max(row, 0), last)
        while 0 <= row <= last and not self.item(row).flags() & Qt.ItemFlag.ItemIsSelectable:
            row += 1 if steps > 0 else -1
        if 0 <= row <= last:
            self.setCurrentRow(row)

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:  # noqa: N802
        """Move to nobody only because the keyboard has come here, as Qt would."""
        with QtCore.QSignalBlocker(self):
            row = self.currentRow()
            super().focusInEvent(event)
            self.setCurrentRow(row)

    def _add(
        self, text: str, facts: str, *, code: str = "", new: bool = False
    ) -> QtWidgets.QListWidgetItem:
        item = QtWidgets.QListWidgetItem(text)
        item.setData(_CODE, code)
        item.setData(_NEW, new)
        item.setData(_FACTS, facts)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text}, {facts}" if facts else text)
        item.setSizeHint(QtCore.QSize(0, self.fontMetrics().height() + ROW_MARGIN))
        self.addItem(item)
        return item


class _Lines(QtWidgets.QStyledItemDelegate):
    """Paints the facts of a line at its right end."""

    def paint(
        self,
        painter: QtGui.QPainter,
        option: QtWidgets.QStyleOptionViewItem,
        index: QtCore.QModelIndex | QtCore.QPersistentModelIndex,
    ) -> None:
        """Paint the line as the theme has it, then the facts as far as there is room."""
        super().paint(painter, option, index)
        facts = str(index.data(_FACTS) or "")
        metrics = option.fontMetrics
        area: QtCore.QRect = option.rect.adjusted(12, 0, -12, 0)
        area.setLeft(area.left() + metrics.horizontalAdvance(str(index.data())) + 24)
        if not facts or area.width() < 40:
            return
        painter.save()
        palette: QtGui.QPalette = option.palette
        painter.setPen(palette.color(QtGui.QPalette.ColorRole.PlaceholderText))
        shown = metrics.elidedText(facts, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()


def _facts(line: ParticipantLine) -> str:
    parts = []
    if line.waiting:
        parts.append(tr("\u25b2 safety prompt"))
    if not line.consent:
        parts.append(tr("no consent"))
    if line.last_session is not None:
        day = f"{line.last_session.astimezone():%Y-%m-%d}"
        parts += [line.last_protocol, tr("{n}\u00d7, last {day}", n=line.n_sessions, day=day)]
    else:
        parts.append(tr("no session yet"))
    return "  \u00b7  ".join(part for part in parts if part)
