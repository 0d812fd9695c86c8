"""The weeks of a course: a square a day, filled where there was a session.

Responsible for painting it. Not responsible for sessions nor for when the next is due
(`app.progress`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from neurofeedback.app.progress import Progress
from neurofeedback.app.progress_text import plan_words
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.progress.plot import day_words
from neurofeedback.gui.theme import current, mix
from neurofeedback.words.language import tr

LEAST_WEEKS = 8
CELL = 15  # px, at the usual size of text


class Calendar(QtWidgets.QWidget):
    """Weeks from left to right, days of the week from top to bottom."""

    def __init__(self) -> None:
        super().__init__()
        self._days: Collection[date] = ()
        self._due: date | None = None
        self._today = date.today()
        self.setAccessibleName(tr("Calendar of the sessions"))
        self._fit()
        look().changed.connect(self._fit)

    def show_progress(self, progress: Progress, today: date) -> None:
        """Show the sessions of a course, and when the next is due."""
        self._days = {entry.started.astimezone().date() for entry in progress.sessions}
        self._due, self._today = progress.next_due(today), today
        self.setAccessibleDescription(plan_words(progress, today))
        self.update()

    def _fit(self) -> None:
        self.setFixedHeight(round(7.2 * self._cell() + 1.5 * current().small))
        self.setMinimumWidth(LEAST_WEEKS * self._cell())

    def _cell(self) -> int:
        return current().px(CELL)

    def weeks(self) -> tuple[date, int]:
        """Return the Monday of the first week that is shown, and how many fit."""
        fit = max(LEAST_WEEKS, self.width() // self._cell())
        last = max([self._today, *([self._due] if self._due else [])])
        first = min([*self._days, self._today])
        monday = last - timedelta(days=last.weekday())
        n = max(LEAST_WEEKS, min(fit, ((monday - first).days + 13) // 7))
        return monday - timedelta(weeks=n - 1), n

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the weeks, the first day of each month below them."""
        painter, palette = QtGui.QPainter(self), current().palette
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        cell = self._cell()
        start, n = self.weeks()
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small)
        painter.setFont(font)
        free_from = 0.0
        for week in range(n):
            monday = start + timedelta(weeks=week)
            for place in range(7):
                day = monday + timedelta(days=place)
                box = QtCore.QRectF(week * cell + 1, place * cell + 1, cell - 3, cell - 3)
                self._paint_day(painter, box, day)
            width = painter.fontMetrics().horizontalAdvance("88.88. ")
            if week * cell >= free_from and week * cell + width <= self.width():
                painter.setPen(QtGui.QColor(palette.muted))
                below = QtCore.QRectF(week * cell, 7.1 * cell, width, 1.4 * current().small)
                painter.drawText(below, Qt.AlignmentFlag.AlignLeft, day_words(monday))
                free_from = week * cell + 1.3 * width
        painter.end()

    def _paint_day(self, painter: QtGui.QPainter, box: QtCore.QRectF, day: date) -> None:
        palette = current().palette
        empty = mix(palette.panel, palette.line, 0.55 if day <= self._today else 0.25)
        done, due = day in self._days, day == self._due
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(palette.focus if done else empty))
        painter.drawRoundedRect(box, 2, 2)
        if due or day == self._today:
            colour = palette.caution if due else palette.text
            painter.setPen(QtGui.QPen(QtGui.QColor(colour), 2.0 if due else 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 2, 2)
