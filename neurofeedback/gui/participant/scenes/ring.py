"""A ring that closes.

Two arms grow from the foot of the ring up both sides; they stand level with the strokes at the
threshold (0.5) and meet at the top at 1.
"""

from __future__ import annotations

import math

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import night
from neurofeedback.gui.participant.scenes.scene import EDGE, glow, ink, short_side, ticks, tint
from neurofeedback.gui.theme import mix

RADIUS, WIDTH = 0.27, 0.052  # of the short side
MIDDLE = 0.44
REACH = 0.34
LOW, HIGH = "#3f8fb0", "#f2c14e"


class RingScene:
    """See the module."""

    highest = EDGE

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the night."""
        return night(size)

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
        painter.setPen(QtGui.QPen(ink(0.10), WIDTH * side))
        painter.drawEllipse(centre, radius, radius)
        if picture.presence > 0.01:
            self._paint_arms(painter, centre, radius, side, picture)
        edge = radius + (WIDTH / 2 + 0.02) * side
        ticks(painter, centre.y(), centre.x() - edge, centre.x() + edge, side, 0.7)

    def _paint_arms(
        self,
        painter: QtGui.QPainter,
        centre: QtCore.QPointF,
        radius: float,
        side: float,
        picture: Picture,
    ) -> None:
        warm = mix(LOW, HIGH, 0.1 + 0.9 * picture.brightness)
        light = mix(warm, "#fff8e6", 0.15 + 0.35 * picture.brightness)
        strength = 0.05 + 0.12 * picture.brightness + 0.4 * picture.halo
        glow(painter, centre, REACH * side, warm, picture.presence * strength)
        half = max(0.5, 180.0 * picture.level)
        foot, top = centre + QtCore.QPointF(0, radius), centre - QtCore.QPointF(0, radius)
        fade = QtGui.QLinearGradient(foot, top)
        for at, colour in ((0.0, LOW), (0.5, mix(LOW, warm, 0.6)), (1.0, light)):
            fade.setColorAt(at, tint(colour, picture.presence))
        pen = QtGui.QPen(QtGui.QBrush(fade), WIDTH * side)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        box = QtCore.QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        painter.drawArc(box, round(16 * (270.0 - half)), round(32 * half))
        for way in (-1, 1):
            angle = math.radians(half)
            end = centre + QtCore.QPointF(way * math.sin(angle), math.cos(angle)) * radius
            glow(painter, end, 1.7 * WIDTH * side, light, 0.55 * picture.presence)


def _centre(rect: QtCore.QRectF) -> QtCore.QPointF:
    return QtCore.QPointF(rect.center().x(), rect.top() + MIDDLE * rect.height())
