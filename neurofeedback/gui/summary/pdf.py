"""The summary of a session on one sheet of A4, as a PDF.

Responsible for the layout on paper: vector graphics, light colours, always one page. What does not
fit is counted, never squeezed or dropped silently. Not responsible for figures (`report.summary`)
nor for words (`app.summary_text`).

Lengths are points, 1/72 inch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neurofeedback.app import summary_text as words
from neurofeedback.app.summary_headline import headline, title_line
from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.paper import (
    FINE,
    HEIGHT,
    MARGIN,
    SMALL,
    TITLE,
    WIDTH,
    Column,
    paper_font,
    write_paper,
)
from neurofeedback.gui.summary.plot import paint_summary
from neurofeedback.gui.theme import LIGHT
from neurofeedback.report.summary_parts import SessionSummary
from neurofeedback.words.language import tr

GAP = 14.0
PLOT = 150.0
FOOT = 190.0  # at most, of the fine print
TROUBLE = 60.0  # at most, of what is wrong with the recording


def write_pdf(summary: SessionSummary, path: Path | str) -> None:
    """Write the summary as a PDF of one page, A4; it appears whole or not at all.

    There must be a QGuiApplication.

    Parameters
    ----------
    summary : SessionSummary
    path : path-like
        Replaced if it exists.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    write_paper(
        path,
        tr("Summary of {name}", name=summary.stem),
        lambda painter, _: _Sheet(painter, summary).paint(),
    )


class _Sheet:
    """The whole page."""

    def __init__(self, painter: QtGui.QPainter, summary: SessionSummary) -> None:
        self._painter, self._summary = painter, summary
        self._page = QtCore.QRectF(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN)

    def paint(self) -> None:
        summary, page = self._summary, self._page
        foot = self._foot()
        top = Column(self._painter, QtCore.QRectF(page.topLeft(), foot.topRight()))
        top.text(title_line(summary), SMALL, muted=True)
        top.space(2)
        top.text(headline(summary), TITLE, bold=True)
        trouble = words.trouble_lines(summary)
        if trouble:
            room = QtCore.QRectF(page.left(), top.y, page.width(), TROUBLE)
            said = Column(self._painter, room)
            said.paragraphs(trouble, SMALL)
            top.y = said.y
        top.space(4)
        for line in words.measure_lines(summary):
            top.text(line, SMALL, muted=True)
        plot = QtCore.QRectF(page.left(), top.y + 2, page.width(), PLOT)
        self._painter.setFont(paper_font())
        paint_summary(self._painter, plot, summary, LIGHT.palette, SMALL)
        body = QtCore.QRectF(
            page.left(), plot.bottom() + 6, page.width(), foot.top() - plot.bottom() - 12
        )
        wide = body.width() * 0.62
        self._results(QtCore.QRectF(body.left(), body.top(), wide - GAP / 2, body.height()))
        self._conditions(
            QtCore.QRectF(
                body.left() + wide + GAP / 2, body.top(), body.width() - wide - GAP / 2,
                body.height(),
            )
        )  # fmt: skip

    def _results(self, box: QtCore.QRectF) -> None:
        summary = self._summary
        column = Column(self._painter, box)
        column.heading(tr("Blocks"))
        head, rows = words.block_columns(summary), words.block_rows(summary)
        column.table(rows, SMALL, head, most=box.height() * 0.5)
        column.paragraphs(words.block_notes(summary), SMALL - 1, muted=True)
        changes = words.change_rows(summary)
        if changes and column.left_over > 30:
            column.space(6)
            column.heading(tr("Change within the session"))
            lines = [f"{name}: {number}; {clarity}." for name, number, clarity in changes]
            column.paragraphs(lines, SMALL)
        debrief = words.debrief_lines(summary)
        if debrief and column.left_over > 30:
            column.space(6)
            column.heading(tr("Debrief"))
            column.paragraphs(debrief, SMALL)
        remarks = words.remark_lines(summary)
        if remarks and column.left_over > 30:
            column.space(6)
            column.heading(tr("Notes and markers"))
            column.paragraphs(remarks, SMALL)
        sampling = words.sampling_rows(summary)
        if sampling and column.left_over > 30:
            column.space(6)
            column.heading(tr("Sampling"))
            column.table(sampling, SMALL)

    def _conditions(self, box: QtCore.QRectF) -> None:
        summary = self._summary
        column = Column(self._painter, box)
        rewards = words.reward_rows(summary) if not summary.concealed else []
        if rewards:
            column.heading(tr("Reward"))
            column.table(rewards, SMALL)
            said = words.true_reward_lines(summary.true_rewards)
            column.paragraphs(said, SMALL - 1, muted=True)
            column.space(6)
        column.heading(tr("Baseline"))
        column.paragraphs(words.baseline_lines(summary), SMALL)
        if column.left_over > 40:
            column.space(6)
            column.heading(tr("Held"))
            column.text(words.hold_line(summary), SMALL)
            column.table(words.hold_rows(summary), SMALL, most=column.left_over * 0.6)
        if column.left_over > 30:
            column.space(6)
            column.heading(tr("Electrodes"))
            column.paragraphs(words.electrode_lines(summary), SMALL)

    def _foot(self) -> QtCore.QRectF:
        """Write what must be read beside the numbers at the bottom; return its room."""
        page, lines = self._page, words.fine_print(self._summary)
        probe = Column(self._painter, page)
        fitting = [s for s in FINE if self._tall(probe, lines, s) <= FOOT]
        size = fitting[0] if fitting else FINE[-1]
        height = min(self._tall(probe, lines, size), FOOT)
        box = QtCore.QRectF(page.left(), page.bottom() - height, page.width(), height)
        column = Column(self._painter, box)
        column.heading(tr("What the numbers can and cannot tell you"))
        column.paragraphs(lines, size, muted=True)
        return box

    def _tall(self, probe: Column, lines: Sequence[str], size: int) -> float:
        return 20 + sum(probe.height_of(line, size) + 1.5 for line in lines)
