"""A calm bar that fills from below.

Height is the value; the two strokes beside it mark the threshold (0.5). Its top edge is a straight
bright line, which is level with the strokes exactly at the threshold.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import dusk
from neurofeedback.gui.participant.scenes.scene import glow, ink, mark, short_side, ticks, tint
from neurofeedback.gui.theme import mix

WIDTH, HEIGHT = 0.115, 0.60  # of the short side
MIDDLE = 0.45  # of the height
REACH = 0.17  # of its light
TROUGH = "#2a3858"
COOL, WARM = "#9d6a7c", "#a77b3c"  # of about equal light


class BarScene:
    """See the module."""

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the evening sky."""
        return dusk(size)

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return the bar with the reach of its light."""
        trough = _trough(QtCore.QRectF(rect))
        reach = REACH * short_side(QtCore.QRectF(rect)) + 2
        return trough.adjusted(-reach, -reach, reach, reach).toAlignedRect() & rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint trough, filling, light and threshold."""
        trough, side = _trough(rect), short_side(rect)
        shape = QtGui.QPainterPath()
        shape.addRoundedRect(trough, 0.03 * side, 0.03 * side)
        painter.fillPath(shape, tint(TROUGH, 0.9 * picture.presence))
        if picture.presence > 0.01:
            self._paint_filling(painter, trough, shape, side, picture)
        painter.setPen(QtGui.QPen(ink(0.35 * picture.presence), max(1.2, side / 420)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
        gap = 0.03 * side
        ticks(painter, bar_top(trough, 0.5), trough.left() - gap, trough.right() + gap, side,
              picture.presence)  # fmt: skip

    def _paint_filling(
        self,
        painter: QtGui.QPainter,
        trough: QtCore.QRectF,
        shape: QtGui.QPainterPath,
        side: float,
        picture: Picture,
    ) -> None:
        top = bar_top(trough, picture.level)
        bar = QtCore.QRectF(trough.left(), top, trough.width(), trough.bottom() - top)
        body = mix(TROUGH, mix(COOL, WARM, picture.brightness), picture.light)
        edge = QtCore.QPointF(bar.center().x(), top)
        glow(painter, edge, REACH * side, "#ffdf9a",
             0.5 * picture.halo * picture.light * picture.presence)  # fmt: skip
        painter.save()
        painter.setClipPath(shape)
        fade = QtGui.QLinearGradient(trough.bottomLeft(), trough.topLeft())
        fade.setColorAt(0.0, tint(mix(body, TROUGH, 0.35), picture.presence))
        fade.setColorAt(1.0, tint(body, picture.presence))
        painter.fillRect(bar, QtGui.QBrush(fade))
        painter.restore()
        inset = 0.012 * side
        mark(painter, side, lambda: painter.drawLine(
            QtCore.QPointF(trough.left() + inset, top), QtCore.QPointF(trough.right() - inset, top)
        ), picture.presence)  # fmt: skip


def bar_top(trough: QtCore.QRectF, value: float) -> float:
    """Return how high the bar stands in its trough, in pixels from the top of the surface."""
    return trough.bottom() - value * trough.height()


def _trough(rect: QtCore.QRectF) -> QtCore.QRectF:
    side = short_side(rect)
    width, height = WIDTH * side, HEIGHT * side
    centre = QtCore.QPointF(rect.center().x(), rect.top() + MIDDLE * rect.height())
    return QtCore.QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)
