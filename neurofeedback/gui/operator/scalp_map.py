"""The head from above, coloured by band power, with a legend in decibels.

Responsible for painting a reading: colours, legend, outline, electrodes. A value is a colour and,
for the highest and the lowest electrode, words. Not responsible for the numbers
(`session.scalp_power`), the interpolation (`signal.measures.scalp_map`) nor the card around it
(`gui.operator.scalp_card`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.electrode_map import head_place
from neurofeedback.gui.operator.scalp_words import extremes, left_out_lines, span_of
from neurofeedback.gui.theme import POWER, current, rgb
from neurofeedback.session.scalp_power import ScalpReading
from neurofeedback.signal.measures.scalp_map import ScalpMap
from neurofeedback.words.language import number, tr

BAR, GAP, MARGIN = 10, 6, 8  # px at 100 %
DOT, LINE, CROSS, RING = 3.0, 1.3, 3.5, 5.0
NAMED_TRAINED, NAMED_LEFT_OUT = 4, 6


class ScalpView(QtWidgets.QWidget):
    """Paint band power on the head.

    Parameters
    ----------
    names : sequence of str
        Electrodes at known places.
    points : ndarray, shape (n_names, 3)
        Their unit vectors (right, front, up).
    trained : collection of str
        Those that decide on reward get a ring, and their names where they are few.

    Attributes
    ----------
    span : float
        Range of the colours on either side of 0, dB; 0 before there is a reading.
    head : QRectF
        Where the field is painted, out to the farthest electrode.
    spots : dict of str to QPointF
        Where each electrode is painted.
    """

    def __init__(
        self, names: Sequence[str], points: FloatArray, trained: Collection[str] = ()
    ) -> None:
        super().__init__()
        self._names = tuple(names)
        self._places = [head_place(name) or (0.0, 0.0) for name in names]
        self._trained = [name for name in names if name in trained]
        self._rim = max([1.0, *(math.hypot(*place) for place in self._places)])
        self._map = ScalpMap(points, self._rim)
        self._reading: ScalpReading | None = None
        self._image = QtGui.QImage()
        self.span = 0.0
        self.head = QtCore.QRectF()
        self.spots: dict[str, QtCore.QPointF] = {}
        look().changed.connect(self._fit)
        self.setAccessibleName(tr("Band power on the head"))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return room for a head that can be recognised, and its legend."""
        return QtCore.QSize(current().px(150), current().px(96))

    def show_reading(self, reading: ScalpReading) -> None:
        """Take over new values.

        Parameters
        ----------
        reading : ScalpReading
            With values.
        """
        if self._reading is None or reading.band != self._reading.band:
            self.span = 0.0
        self.span = span_of(reading, self.span)
        self._reading = reading
        values = self._map.values(reading.used, reading.decibels)
        self._image = coloured(values, self.span)
        high, low = extremes(self._names, reading)
        said = [tr("highest {high}, lowest {low}", high=high, low=low)]
        self.setAccessibleDescription("; ".join([*said, *left_out_lines(reading, ())]))
        self.update()

    # -- painting -----------------------------------------------------------------------------

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Find a place for every electrode."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        theme = current()
        legend = theme.px(BAR + GAP) + QtGui.QFontMetrics(self._font()).horizontalAdvance("+30 dB")
        margin = theme.px(MARGIN)
        side = max(1.0, min(self.width() - legend - margin - 4.0, self.height() - margin - 2.0))
        left = max(2.0, (self.width() - legend - theme.px(GAP) - side) / 2)
        self.head = QtCore.QRectF(left, (self.height() - side + margin) / 2, side, side)
        centre = self.head.center()
        points = [QtCore.QPointF(x, y) * side / 2 / self._rim for x, y in self._places]
        self.spots = {n: centre + p for n, p in zip(self._names, points, strict=True)}

    def _font(self) -> QtGui.QFont:
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small - 1)
        return font

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint field, outline, electrodes and legend."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(self._font())
        if self._reading is not None:
            field = QtGui.QPainterPath()
            field.addEllipse(self.head)
            painter.save()
            painter.setClipPath(field)
            painter.drawImage(self.head, self._image)
            painter.restore()
            self._paint_legend(painter)
        self._paint_outline(painter)
        self._paint_electrodes(painter)
        painter.end()

    def _paint_outline(self, painter: QtGui.QPainter) -> None:
        painter.setPen(QtGui.QPen(QtGui.QColor(current().palette.muted), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edge, centre = self.head.width() / 2 / self._rim, self.head.center()
        painter.drawEllipse(centre, edge, edge)
        nose = [QtCore.QPointF(centre.x() + dx, centre.y() - edge + dy)
                for dx, dy in ((-7, 1.0), (0, -6), (7, 1.0))]  # fmt: skip
        painter.drawPolyline(QtGui.QPolygonF(nose))

    def _paint_electrodes(self, painter: QtGui.QPainter) -> None:
        """Paint a dot for each, a cross where it is left out, rings and names of the few."""
        left_out = {} if self._reading is None else dict(self._reading.left_out)
        dots = QtGui.QPolygonF([at for name, at in self.spots.items() if name not in left_out])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for wider, colour in ((2.0, _rim()), (0.0, QtGui.QColor(Qt.GlobalColor.white))):
            pen = QtGui.QPen(colour, DOT + wider)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(dots)
            painter.setPen(QtGui.QPen(colour, LINE + wider))
            for name in left_out:
                _paint_cross(painter, self.spots[name])
            for name in self._trained:
                painter.drawEllipse(self.spots[name], RING, RING)
        for name in self._named(left_out):
            self._paint_name(painter, name)

    def _named(self, left_out: Collection[str]) -> list[str]:
        """Return the electrodes that are named: left out, trained, highest and lowest."""
        named = [*left_out][:NAMED_LEFT_OUT]
        if len(self._trained) <= NAMED_TRAINED:
            named += self._trained
        if self._reading is not None:
            values, used = self._reading.decibels, self._reading.used
            named += [self._names[used[i]] for i in (values.argmax(), values.argmin())]
        return list(dict.fromkeys(named))

    def _paint_name(self, painter: QtGui.QPainter, name: str) -> None:
        """Write a name that can be read on every colour: light letters with a dark rim."""
        metrics, at = painter.fontMetrics(), self.spots[name]
        x = at.x() - metrics.horizontalAdvance(name) / 2
        y = at.y() + RING + 1 + metrics.ascent()
        if y + metrics.descent() > self.head.bottom():
            y = at.y() - RING - 1 - metrics.descent()
        letters = QtGui.QPainterPath()
        letters.addText(QtCore.QPointF(x, y), painter.font(), name)
        rim = QtGui.QPen(_rim(), 3.0)
        rim.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(letters, rim)
        painter.fillPath(letters, QtGui.QColor(Qt.GlobalColor.white))

    def _paint_legend(self, painter: QtGui.QPainter) -> None:
        theme, head = current(), self.head
        high = 0.8 * head.height()
        left = head.right() + theme.px(GAP) + 4
        bar = QtCore.QRectF(left, head.center().y() - high / 2, theme.px(BAR), high)
        colours = QtGui.QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for i, colour in enumerate(POWER):
            colours.setColorAt(i / (len(POWER) - 1), QtGui.QColor(colour))
        painter.setPen(QtGui.QPen(QtGui.QColor(theme.palette.muted), 1))
        painter.setBrush(QtGui.QBrush(colours))
        painter.drawRect(bar)
        metrics = painter.fontMetrics()
        for value, y in (
            (self.span, bar.top()), (0.0, bar.center().y()), (-self.span, bar.bottom()),
        ):  # fmt: skip
            words = number(value, "+g" if value else "g").replace("-", "\u2212")
            words = f"{words} dB" if value > 0 else words
            box = QtCore.QRectF(bar.right() + 4, y - metrics.height() / 2, 200, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)


def coloured(values: FloatArray, span: float) -> QtGui.QImage:
    """Return values as an image: `-span` is darkest, `span` lightest, NaN is not painted.

    Parameters
    ----------
    values : ndarray, shape (height, width)
        dB.
    span : float
        dB, positive.
    """
    known = np.isfinite(values)
    share = np.where(known, values, 0.0) / (2 * span) + 0.5
    steps = np.clip(share * 255, 0, 255).astype(np.intp)
    pixels = np.ascontiguousarray(np.where(known, _colours()[steps], 0))
    height, width = values.shape
    kind = QtGui.QImage.Format.Format_ARGB32_Premultiplied
    return QtGui.QImage(pixels.tobytes(), width, height, 4 * width, kind).copy()


def _paint_cross(painter: QtGui.QPainter, at: QtCore.QPointF) -> None:
    for turn in (1, -1):
        arm = QtCore.QPointF(CROSS, turn * CROSS)
        painter.drawLine(at - arm, at + arm)


def _rim() -> QtGui.QColor:
    """Return what is painted around light marks, so that they are seen on light colours too."""
    return QtGui.QColor(POWER[0]).darker(200)


@cache
def _colours() -> NDArray[np.uint32]:
    """Return 256 colours from the least to the most power, 0xffrrggbb."""
    stops = np.array([rgb(colour) for colour in POWER], dtype=np.float64)
    at = np.linspace(0.0, len(stops) - 1, 256)
    parts = [np.interp(at, np.arange(len(stops)), part).round() for part in stops.T]
    red, green, blue = (part.astype(np.uint32) for part in parts)
    return np.asarray(0xFF000000 | red << 16 | green << 8 | blue, dtype=np.uint32)
