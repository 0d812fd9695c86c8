"""A sheet of A4 as a PDF, and what is written on it.

Responsible for the paper itself, and for columns of headings, paragraphs and tables in light
colours. What does not fit is counted, never squeezed or dropped silently. Not responsible for what
is written (`gui.summary.pdf`, `gui.progress.pdf`).

Lengths are points, 1/72 inch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from neurofeedback import __version__
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.theme import FONT_FAMILIES, LIGHT
from neurofeedback.gui.typeface import emphasise
from neurofeedback.recording.files import replace_bytes, why
from neurofeedback.words.language import tr_n

WIDTH, HEIGHT = 595.0, 842.0
MARGIN = 40.0
DOTS = 1200  # an inch
SMALL, BODY, TITLE = 8, 9, 11
FINE = (7, 6, 5)  # sizes to try for the fine print
_WRAP = int(Qt.TextFlag.TextWordWrap)
FIRST = 62.0  # width of the first column of a table that it may need without wrapping
PAD = 6.0  # between columns

Paint = Callable[[QtGui.QPainter, Callable[[], object]], None]


def write_paper(path: Path | str, title: str, paint: Paint) -> None:
    """Write a PDF on A4; it appears whole or not at all.

    There must be a QGuiApplication.

    Parameters
    ----------
    path : path-like
        Replaced if it exists.
    title : str
        Of the document.
    paint : callable
        Gets a painter that counts points, and what begins another page.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    path = Path(path)
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    writer = QtGui.QPdfWriter(buffer)
    writer.setResolution(DOTS)
    writer.setPageSize(QtGui.QPageSize(QtGui.QPageSize.PageSizeId.A4))
    writer.setPageMargins(QtCore.QMarginsF(0, 0, 0, 0))
    writer.setTitle(title)
    writer.setCreator(f"neurofeedback {__version__}")
    painter = QtGui.QPainter(writer)
    painter.scale(DOTS / 72.0, DOTS / 72.0)
    paint(painter, writer.newPage)
    painter.end()
    buffer.close()
    try:
        replace_bytes(path, bytes(buffer.data().data()))
    except OSError as error:
        raise UserError(
            "{path} cannot be written: {reason}; choose another folder.",
            path=path,
            reason=why(error),
        ) from error


def paper_font() -> QtGui.QFont:
    """Return the font of what is written on paper.

    Its letters do not depend on their neighbours: a PDF cannot say which sign the raised colon of
    "1:44" or a bracket before a capital stands for, so that it could not be copied or found.
    """
    font = QtGui.QFont(list(FONT_FAMILIES))
    font.setFeature(QtGui.QFont.Tag("calt"), 0)
    return font


class Column:
    """Paints one thing below the other in a column of the sheet."""

    def __init__(self, painter: QtGui.QPainter, box: QtCore.QRectF) -> None:
        self._painter = painter
        self.box = box
        self.y = box.top()

    @property
    def left_over(self) -> float:
        """Height that is left."""
        return self.box.bottom() - self.y

    def space(self, height: float) -> None:
        """Leave some room."""
        self.y += height

    def heading(self, text: str) -> None:
        """Write a heading with a line below it."""
        self._font(BODY, bold=True)
        self.text(text, BODY, bold=True)
        self._painter.setPen(QtGui.QPen(QtGui.QColor(LIGHT.palette.line), 0.5))
        self._painter.drawLine(
            QtCore.QPointF(self.box.left(), self.y + 1),
            QtCore.QPointF(self.box.right(), self.y + 1),
        )
        self.y += 4

    def text(self, text: str, size: int, *, bold: bool = False, muted: bool = False) -> None:
        """Write a paragraph."""
        self._font(size, bold=bold)
        height = self.height_of(text, size, bold=bold)
        palette = LIGHT.palette
        self._painter.setPen(QtGui.QColor(palette.muted if muted else palette.text))
        box = QtCore.QRectF(self.box.left(), self.y, self.box.width(), height + 1)
        self._painter.drawText(box, _WRAP, text)
        self.y += height + 1.5

    def paragraphs(self, texts: Sequence[str], size: int, *, muted: bool = False) -> None:
        """Write paragraphs as far as there is room; count the others."""
        for i, text in enumerate(texts):
            rest = len(texts) - i
            needed = self.height_of(text, size) + (1.6 * size if rest > 1 else 0)
            if needed > self.left_over:
                self._more(rest, size)
                return
            self.text(text, size, muted=muted)

    def table(
        self,
        rows: Sequence[Sequence[str]],
        size: int,
        head: Sequence[str] = (),
        most: float | None = None,
    ) -> None:
        """Write a table as far as there is room, the first column wrapped; count other rows.

        Letters are smaller where the other columns would leave too little for the first.
        """
        stop = self.box.bottom() if most is None else min(self.box.bottom(), self.y + most)
        every = [head, *rows] if head else rows
        while (widths := self._widths(every, size))[0] < 0 and size > FINE[-1]:
            size -= 1
        widths[0] += self._first(every, size)
        if head:
            self._row(head, widths, size, muted=True)
        for i, cells in enumerate(rows):
            height = self._row_height(cells, widths, size)
            room = height + (1.6 * size if i + 1 < len(rows) else 0)
            if self.y + room > stop:
                self._more(len(rows) - i, size)
                return
            self._row(cells, widths, size)

    def _widths(self, rows: Sequence[Sequence[str]], size: int) -> list[float]:
        """Return what the widest cell of each column needs; of the first, what is left beyond."""
        self._font(size)
        metrics = QtGui.QFontMetricsF(self._painter.font(), self._painter.device())
        needed = [
            max(metrics.horizontalAdvance(cell) for cell in column) + PAD
            for column in list(zip(*rows, strict=True))[1:]
        ]
        return [self.box.width() - sum(needed) - self._first(rows, size), *needed]

    def _first(self, rows: Sequence[Sequence[str]], size: int) -> float:
        """Return the width that the first column must have."""
        self._font(size)
        metrics = QtGui.QFontMetricsF(self._painter.font(), self._painter.device())
        return min(max((metrics.horizontalAdvance(row[0]) for row in rows), default=0) + PAD, FIRST)

    def height_of(self, text: str, size: int, *, bold: bool = False, width: float = 0.0) -> float:
        """Return the height of a paragraph."""
        self._font(size, bold=bold)
        room = QtCore.QRectF(0, 0, width or self.box.width(), 10_000)
        return self._painter.boundingRect(room, _WRAP, text).height()

    def _row_height(self, cells: Sequence[str], widths: Sequence[float], size: int) -> float:
        width = widths[0] - 4
        return max(self.height_of(cells[0], size, width=width), 1.3 * size)

    def _row(
        self, cells: Sequence[str], widths: Sequence[float], size: int, *, muted: bool = False
    ) -> None:
        height = self._row_height(cells, widths, size)
        self._font(size)
        palette, x = LIGHT.palette, self.box.left()
        self._painter.setPen(QtGui.QColor(palette.muted if muted else palette.text))
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            align = Qt.AlignmentFlag.AlignLeft if i == 0 else Qt.AlignmentFlag.AlignRight
            flags = int(align) | (_WRAP if i == 0 else 0)
            room = QtCore.QRectF(x, self.y, width - (4 if i == 0 else 0), height + 1)
            self._painter.drawText(room, flags, cell)
            x += width
        self.y += height + 1.5

    def _more(self, n: int, size: int) -> None:
        if self.left_over >= size:
            self.text(tr_n("and {n} more", "and {n} more", n), size, muted=True)

    def _font(self, size: int, *, bold: bool = False) -> None:
        font = paper_font()
        font.setPixelSize(size)
        emphasise(font, bold)
        self._painter.setFont(font)
