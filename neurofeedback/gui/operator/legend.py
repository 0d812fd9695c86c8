"""What the marks of the trend plot mean.

Responsible for the line of marks and words above the plot. Not responsible for the plot
(`gui.operator.trend`).
"""

from __future__ import annotations

import math

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.icons import paint_symbol
from neurofeedback.gui.theme import current, mix
from neurofeedback.words.language import number, tr

MARK, GAP = 21, 13  # room of a mark before its word; after the word
WIDTH, HEIGHT = 16, 10  # of a mark


class Legend(QtWidgets.QWidget):
    """What the marks of the trend plot mean, with the newest threshold.

    Parameters
    ----------
    unit : str
        Unit of the threshold.
    """

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit
        self._texts = [tr("no threshold yet"), tr("reward"), tr("held")]
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Fixed, policy.Fixed)
        self.setAccessibleName(tr("Marks of the trend"))

    @property
    def threshold(self) -> str:
        """The threshold in words."""
        return self._texts[0]

    def show_threshold(self, threshold: float) -> None:
        """Show the newest threshold; NaN for none yet."""
        known = math.isfinite(threshold)
        text = tr("no threshold yet")
        if known:
            text = tr(
                "threshold {value} {unit}", value=number(threshold, "+.2f"), unit=tr(self._unit)
            )
        if text != self._texts[0]:
            self._texts[0] = text
            self.setAccessibleDescription(text)
            self.updateGeometry()
            self.update()

    def _font(self) -> QtGui.QFont:
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small)
        return font

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return the room that marks and words take."""
        metrics = QtGui.QFontMetrics(self._font())
        width = sum(metrics.horizontalAdvance(t) + current().px(MARK) + GAP for t in self._texts)
        return QtCore.QSize(width, metrics.height() + 2)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint each mark with its word."""
        theme = current()
        palette, wide, high = theme.palette, theme.px(WIDTH), theme.px(HEIGHT)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font())
        x, middle = 8.0, self.height() / 2
        for kind, text in enumerate(self._texts):
            mark = QtCore.QRectF(x, middle - high / 2, wide, high)
            _paint_mark(painter, kind, mark)
            painter.setPen(QtGui.QColor(palette.muted))
            words = QtCore.QRectF(x + theme.px(MARK), 0, self.width(), self.height())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)
            x += painter.fontMetrics().horizontalAdvance(text) + theme.px(MARK) + GAP
        painter.end()


def _paint_mark(painter: QtGui.QPainter, kind: int, box: QtCore.QRectF) -> None:
    """Paint a dashed line, a triangle or a shaded area."""
    palette = current().palette
    if kind == 0:
        pen = QtGui.QPen(QtGui.QColor(palette.caution), 2)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(
            QtCore.QPointF(box.left(), box.center().y()),
            QtCore.QPointF(box.right(), box.center().y()),
        )
        return
    painter.setPen(Qt.PenStyle.NoPen)
    if kind == 1:
        paint_symbol(painter, "up", box.adjusted(3, 0, -3, 0), palette.good)
    else:
        painter.setBrush(QtGui.QColor(mix(palette.field, palette.muted, 0.3)))
        painter.drawRect(box.adjusted(3, -1, -2, 1))
