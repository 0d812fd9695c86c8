"""A ring that closes.

Two arms grow from the foot of the ring up both sides; their ends stand level with the strokes
exactly at the threshold (0.5) and meet at the top at 1.
"""

from __future__ import annotations

import math

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import dusk
from neurofeedback.gui.participant.scenes.scene import glow, mark, short_side, ticks, tint
from neurofeedback.gui.theme import mix

RADIUS, WIDTH = 0.25, 0.046  # of the short side
MIDDLE = 0.45
REACH = 0.36
TRACK = "#2a3858"
COOL, WARM = "#9d6a7c", "#a77b3c"  # of about equal light


class RingScene:
    """See the module."""

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the evening sky."""
        return dusk(size)

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return a square around ring and glow."""
        reach = math.ceil(REACH * min(rect.width(), rect.height())) + 2
        centre = _centre(QtCore.QRectF(rect)).toPoint()
        return QtCore.QRect(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach) & rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint track, arms, their ends and the threshold."""
        centre, side = _centre(rect), short_side(rect)
        radius = RADIUS * side
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QtGui.QPen(tint(TRACK, 0.9 * picture.presence), WIDTH * side))
        painter.drawEllipse(centre, radius, radius)
        if picture.presence > 0.01:
            self._paint_arms(painter, centre, radius, side, picture)
        edge = radius + (WIDTH / 2 + 0.02) * side
        ticks(painter, centre.y(), centre.x() - edge, centre.x() + edge, side, picture.presence)

    def _paint_arms(
        self,
        painter: QtGui.QPainter,
        centre: QtCore.QPointF,
        radius: float,
        side: float,
        picture: Picture,
    ) -> None:
        glow(painter, centre, REACH * side, "#ffdf9a",
             0.2 * picture.halo * picture.light * picture.presence)  # fmt: skip
        body = mix(TRACK, mix(COOL, WARM, picture.brightness), picture.light)
        half = max(0.5, 180.0 * picture.level)
        pen = QtGui.QPen(tint(body, picture.presence), WIDTH * side)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # a round one would reach past the value
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = QtCore.QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        painter.drawArc(box, round(16 * (270.0 - half)), round(32 * half))
        mark(painter, side, lambda: self._draw_ends(painter, centre, radius, half, side),
             picture.presence)  # fmt: skip

    def _draw_ends(
        self,
        painter: QtGui.QPainter,
        centre: QtCore.QPointF,
        radius: float,
        half: float,
        side: float,
    ) -> None:
        angle, reach = math.radians(half), 0.5 * WIDTH * side
        for way in (-1, 1):
            outward = QtCore.QPointF(way * math.sin(angle), math.cos(angle))
            painter.drawLine(
                centre + outward * (radius - reach), centre + outward * (radius + reach)
            )


def _centre(rect: QtCore.QRectF) -> QtCore.QPointF:
    return QtCore.QPointF(rect.center().x(), rect.top() + MIDDLE * rect.height())
