"""The plot of a live spectrum: a few lines over a shaded band.

Responsible for painting it. Not responsible for the spectrum (`session.trained_spectrum`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.theme import current, mix
from neurofeedback.session.trained_spectrum import SHOWN, TrainedSpectrum
from neurofeedback.words.language import number, tr

TICKS = (10, 20, 30, 40)  # Hz
STEP = 10.0  # dB between two lines
SPARE = 2 * STEP  # more room than this above or below is given up
STROKES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine,
           Qt.PenStyle.DashDotLine)  # fmt: skip

Band = tuple[float, float]


class SpectrumView(QtWidgets.QWidget):
    """Spectra from 1 to 45 Hz, in dB.

    Parameters
    ----------
    names : sequence of str
        Electrodes.
    sides : sequence of str
        ``left``, ``right`` or ``trace`` of each; decides its colour. Those of one side differ in
        their strokes.
    """

    def __init__(self, names: Sequence[str], sides: Sequence[str]) -> None:
        super().__init__()
        self._names, self._sides = tuple(names), tuple(sides)
        self._strokes = [STROKES[self._sides[:i].count(s)] for i, s in enumerate(self._sides)]
        self._found: TrainedSpectrum | None = None
        self._band: Band = (0.0, 0.0)
        self._range: tuple[float, float] | None = None
        self.setAccessibleName(tr("Spectrum of the trained electrodes"))
        look().changed.connect(self.update)

    def show_spectrum(self, found: TrainedSpectrum, band: Band) -> None:
        """Take over a spectrum, and the band that is trained, Hz."""
        self._found, self._band = found, band
        self._range = _range(found, self._range)
        self.update()

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return room for the lines and their numbers."""
        return QtCore.QSize(current().px(180), current().px(90))

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint band, grid, lines and names."""
        if self._found is None or self._range is None:
            return
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        left = metrics.horizontalAdvance("\u2212100") + 6
        area = QtCore.QRectF(self.rect()).adjusted(left, 2, -2, -metrics.height() - 2)
        painter.fillRect(area, QtGui.QColor(current().palette.field))
        self._paint_band(painter, area)
        self._paint_grid(painter, area)
        painter.setClipRect(area)
        for i in range(len(self._names)):
            self._paint_line(painter, area, i)
        self._paint_names(painter, area)
        painter.end()

    def _x(self, area: QtCore.QRectF, hz: float) -> float:
        return area.left() + (hz - SHOWN[0]) / (SHOWN[1] - SHOWN[0]) * area.width()

    def _y(self, area: QtCore.QRectF, decibels: float) -> float:
        low, high = self._range or (0.0, 1.0)
        return area.bottom() - (decibels - low) / (high - low) * area.height()

    def _paint_band(self, painter: QtGui.QPainter, area: QtCore.QRectF) -> None:
        palette = current().palette
        a, b = (min(max(self._x(area, hz), area.left()), area.right()) for hz in self._band)
        box = QtCore.QRectF(a, area.top(), b - a, area.height())
        painter.fillRect(box, QtGui.QColor(mix(palette.field, palette.focus, 0.25)))

    def _paint_grid(self, painter: QtGui.QPainter, area: QtCore.QRectF) -> None:
        palette = current().palette
        grid, words = QtGui.QColor(palette.grid), QtGui.QColor(palette.muted)
        high = painter.fontMetrics().height()
        for hz in TICKS:
            x = self._x(area, hz)
            painter.setPen(grid)
            painter.drawLine(QtCore.QPointF(x, area.top()), QtCore.QPointF(x, area.bottom()))
            painter.setPen(words)
            box = QtCore.QRectF(x - 30, area.bottom() + 1, 60, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, number(hz, "g"))
        low, top = self._range or (0.0, 1.0)
        most = max(1.0, area.height() / (1.5 * high))
        every = STEP * math.ceil((top - low) / STEP / most)
        for level in np.arange(math.ceil(low / every) * every, top + 1e-6, every):
            y = self._y(area, float(level))
            painter.setPen(grid)
            painter.drawLine(QtCore.QPointF(area.left(), y), QtCore.QPointF(area.right(), y))
            painter.setPen(words)
            place = min(max(y - high / 2, 0.0), area.bottom() - high + 2)
            box = QtCore.QRectF(0, place, area.left() - 4, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, number(float(level), ".0f"))

    def _pen(self, index: int) -> QtGui.QPen:
        pen = QtGui.QPen(QtGui.QColor(getattr(current().palette, self._sides[index])), 1.5)
        pen.setStyle(self._strokes[index])
        return pen

    def _paint_line(self, painter: QtGui.QPainter, area: QtCore.QRectF, index: int) -> None:
        assert self._found is not None
        values = self._found.decibels[:, index]
        known = np.isfinite(values)
        if not known.any():
            return
        points = [
            QtCore.QPointF(self._x(area, float(hz)), self._y(area, float(level)))
            for hz, level in zip(self._found.freqs[known], values[known], strict=True)
        ]
        painter.setPen(self._pen(index))
        painter.drawPolyline(QtGui.QPolygonF(points))

    def _paint_names(self, painter: QtGui.QPainter, area: QtCore.QRectF) -> None:
        """Write the electrodes below each other at the right, each beside its line."""
        metrics = painter.fontMetrics()
        wide = max(map(metrics.horizontalAdvance, self._names))
        for i, name in enumerate(self._names):
            box = QtCore.QRectF(area.right() - wide - 6, area.top() + 4 + i * metrics.height(),
                                wide + 2, metrics.height())  # fmt: skip
            painter.setPen(self._pen(i))
            y = box.center().y()
            painter.drawLine(QtCore.QPointF(box.left() - 26, y), QtCore.QPointF(box.left() - 4, y))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, name)


def _range(
    found: TrainedSpectrum, before: tuple[float, float] | None
) -> tuple[float, float] | None:
    """Return lower and upper end in dB: the ones before as long as they fit, so that they rest."""
    known = found.decibels[np.isfinite(found.decibels)]
    if not known.size:
        return before
    least, most = float(known.min()), float(known.max())
    if before is not None:
        low, high = before
        if low <= least <= low + SPARE and high - SPARE <= most <= high:
            return before
    low, high = STEP * math.floor(least / STEP), STEP * math.ceil(most / STEP)
    return low, max(high, low + STEP)
