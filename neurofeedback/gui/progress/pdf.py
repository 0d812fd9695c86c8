"""A participant's course on paper: plan, sessions, every series with what it amounts to.

Responsible for the layout on A4, as many pages as it takes. Not responsible for numbers
(`app.progress`) nor words (`app.progress_text`).

Lengths are points, 1/72 inch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from neurofeedback.app import progress_text as words
from neurofeedback.app.progress import Progress, Series
from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.paper import (
    BODY,
    HEIGHT,
    MARGIN,
    SMALL,
    TITLE,
    WIDTH,
    Column,
    paper_font,
    write_paper,
)
from neurofeedback.gui.progress.plot import paint_series
from neurofeedback.gui.theme import LIGHT
from neurofeedback.words.language import tr

PLOT = 84.0
GAP = 14.0
CARD = 142.0  # least room for a series


def write_progress_pdf(
    progress: Progress, path: Path | str, today: date, protocol: str = ""
) -> None:
    """Write a course as a PDF on A4; it appears whole or not at all.

    Parameters
    ----------
    progress : Progress
    path : path-like
        Replaced if it exists.
    today : date
    protocol : str
        See `Progress.series`.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    write_paper(
        path,
        tr("Progress of {code}", code=progress.code),
        lambda painter, new_page: _Sheets(painter, new_page, progress, today, protocol).paint(),
    )


class _Sheets:
    """All pages."""

    def __init__(
        self,
        painter: QtGui.QPainter,
        new_page: Callable[[], object],
        progress: Progress,
        today: date,
        protocol: str,
    ) -> None:
        self._painter, self._new_page = painter, new_page
        self._progress, self._today = progress, today
        self._series = progress.series(protocol)
        self._direction = progress.direction(protocol)
        self._page = QtCore.QRectF(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN)

    def paint(self) -> None:
        column = Column(self._painter, self._page)
        code = self._progress.code
        column.text(tr("Progress of {code}", code=code), TITLE, bold=True)
        column.text(f"{self._today:%Y-%m-%d}", SMALL, muted=True)
        column.text(words.plan_words(self._progress, self._today), BODY)
        column.space(4)
        column.paragraphs(words.fine_print(self._progress), SMALL - 1, muted=True)
        y = self._plots(column.y + 8)
        self._sessions(y + 4)

    def _plots(self, y: float) -> float:
        """Paint two series beside each other, row by row; return where the last row ends."""
        moments = [p.when for s in self._series for p in s.points]
        if not moments:
            return y
        span = (min(moments), max(moments))
        width = (self._page.width() - GAP) / 2
        for first in range(0, len(self._series), 2):
            if y + CARD > self._page.bottom():
                self._new_page()
                y = self._page.top()
            ends = []
            for place, series in enumerate(self._series[first : first + 2]):
                left = self._page.left() + place * (width + GAP)
                box = QtCore.QRectF(left, y, width, self._page.bottom() - y)
                ends.append(self._one(box, series, span))
            y = max(ends) + 6
        return y

    def _one(self, box: QtCore.QRectF, series: Series, span: tuple[datetime, datetime]) -> float:
        column = Column(self._painter, box)
        column.heading(words.title(series))
        self._painter.setFont(paper_font())
        plot = QtCore.QRectF(box.left(), column.y, box.width(), PLOT)
        paint_series(self._painter, plot, series, span, LIGHT.palette, SMALL - 1)
        column.space(PLOT + 2)
        said = (words.verdict(series, self._direction), words.smallest(series))
        column.paragraphs([text for text in said if text], SMALL - 1)
        under = words.conditions(series)
        if under:
            column.paragraphs([under], SMALL - 2, muted=True)
        return column.y

    def _sessions(self, y: float) -> None:
        n = len(self._progress.sessions)
        rows = [words.session_row(self._progress, place)[1:] for place in range(n)]
        if y + 80 > self._page.bottom():
            self._new_page()
            y = self._page.top()
        box = QtCore.QRectF(self._page.left(), y, self._page.width(), self._page.bottom() - y)
        column = Column(self._painter, box)
        column.heading(tr("Sessions"))
        head = (tr("started"), tr("protocol"), tr("minutes"), tr("training \u2212 baseline"),
                tr("past threshold"), tr("status"))  # fmt: skip
        room = int(column.left_over / (1.3 * (SMALL - 1) + 1.5)) - 2
        column.table(rows[:room], SMALL - 1, head)
        if rows[room:]:
            self._new_page()
            rest = Column(self._painter, self._page)
            rest.heading(tr("Sessions"))
            rest.table(rows[room:], SMALL - 1, head)
