"""A page for the participant to take home.

Responsible for one side in large letters: when it was, how long, and the stars that were gathered,
as a night sky. It has no statistics and promises nothing. In a study it says nothing of how it
went. Not responsible for figures (`report.summary`).

Lengths are points, 1/72 inch.
"""

from __future__ import annotations

from pathlib import Path

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.paper import HEIGHT, MARGIN, WIDTH, paper_font, write_paper
from neurofeedback.gui.participant.layers import paint_star_field
from neurofeedback.report.summary_parts import SessionSummary
from neurofeedback.words.language import tr, tr_n

SKY = QtCore.QRectF(MARGIN, 228.0, WIDTH - 2 * MARGIN, 312.0)
TOP, FOOT = "#22335c", "#6079a8"
INK = "#1d2a44"
LARGE, LINE = 34, 20


def write_take_home(summary: SessionSummary, path: Path | str) -> None:
    """Write the page as a PDF, A4; it appears whole or not at all.

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
    write_paper(path, tr("Your session"), lambda painter, _: _paint(painter, summary))


def take_home_lines(summary: SessionSummary) -> list[str]:
    """Return what the page says below its heading."""
    minutes = round(sum(b.seconds for b in summary.blocks if b.phase == "train") / 60.0)
    lines = [f"{summary.started:%Y-%m-%d}"]
    if minutes:
        lines.append(tr_n("You trained for {n} minute.", "You trained for {n} minutes.", minutes))
    if stars := gathered(summary):
        lines.append(tr_n("You have gathered {n} star.", "You have gathered {n} stars.", stars))
    return lines


def gathered(summary: SessionSummary) -> int:
    """Return the rewards that may be told of; none in a study."""
    return 0 if summary.concealed or summary.study else summary.rewards or 0


def _paint(painter: QtGui.QPainter, summary: SessionSummary) -> None:
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    _write(painter, 70.0, tr("Thank you for today"), LARGE)
    for i, line in enumerate(take_home_lines(summary)):
        _write(painter, 122.0 + 28.0 * i, line, LINE)
    sky = QtGui.QLinearGradient(SKY.topLeft(), SKY.bottomLeft())
    sky.setColorAt(0.0, QtGui.QColor(TOP))
    sky.setColorAt(1.0, QtGui.QColor(FOOT))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QBrush(sky))
    painter.drawRoundedRect(SKY, 12.0, 12.0)
    paint_star_field(painter, SKY, gathered(summary))
    _write(painter, 575.0, tr("Something I noticed:"), LINE)
    painter.setPen(QtGui.QPen(QtGui.QColor(INK), 0.6))
    for i in range(4):
        y = 640.0 + 42.0 * i
        painter.drawLine(QtCore.QPointF(MARGIN, y), QtCore.QPointF(WIDTH - MARGIN, y))
    _write(painter, HEIGHT - 52.0, tr("Rest a little if you are tired, and drink something."), 14)


def _write(painter: QtGui.QPainter, y: float, text: str, size: int) -> None:
    font = paper_font()
    font.setPixelSize(size)
    painter.setFont(font)
    painter.setPen(QtGui.QColor(INK))
    box = QtCore.QRectF(MARGIN, y, WIDTH - 2 * MARGIN, 1.5 * size)
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
