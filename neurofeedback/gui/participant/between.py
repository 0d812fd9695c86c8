"""What is in the middle of the picture while no value is shown: a sign for each kind of block.

Responsible for these signs, so that a baseline, a rest, a transfer and the end can be told apart at
a glance. Not responsible for the words below them (`gui.participant.texts`).
"""

from __future__ import annotations

import math

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.scene import CASING, MIDDLE, glow, ink, short_side, tint
from neurofeedback.session.display import Mode

POINT = 0.012  # radius, of the short side
RING = 0.085
MOON = 0.075
STAR = 0.085


def paint_sign(painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
    """Paint the sign of what is going on, as far as no value is visible.

    A point to look at; in a transfer the point in a broken ring, where the picture was; a moon for
    a rest, in which nobody has to look at anything; a star at the end.
    """
    alpha = 1.0 - picture.presence
    if alpha <= 0.01:
        return
    side = short_side(rect)
    centre = QtCore.QPointF(rect.center().x(), rect.top() + MIDDLE * rect.height())
    painter.setPen(QtGui.QPen(tint(CASING, 0.8 * alpha), 0.004 * side))
    if picture.mode is Mode.REST:
        _paint_moon(painter, centre, side, alpha)
    elif picture.mode is Mode.FINISHED:
        _paint_star(painter, centre, side, alpha)
    else:
        painter.setBrush(ink(0.95 * alpha))
        painter.drawEllipse(centre, POINT * side, POINT * side)
    if picture.mode is Mode.TRANSFER:
        pen = QtGui.QPen(ink(0.9 * alpha), 0.006 * side)
        pen.setDashPattern([5.0, 4.0])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, RING * side, RING * side)


def _paint_moon(painter: QtGui.QPainter, centre: QtCore.QPointF, side: float, alpha: float) -> None:
    whole, bite = QtGui.QPainterPath(), QtGui.QPainterPath()
    whole.addEllipse(centre, MOON * side, MOON * side)
    beside = centre + QtCore.QPointF(0.42, -0.18) * (MOON * side)
    bite.addEllipse(beside, 0.86 * MOON * side, 0.86 * MOON * side)
    painter.setBrush(tint("#f3e6c2", alpha))
    painter.drawPath(whole.subtracted(bite))


def _paint_star(painter: QtGui.QPainter, centre: QtCore.QPointF, side: float, alpha: float) -> None:
    glow(painter, centre, 2.2 * STAR * side, "#ffdf9a", 0.3 * alpha)
    corners = []
    for i in range(10):
        reach = STAR * side * (1.0 if i % 2 == 0 else 0.45)
        angle = math.pi * i / 5
        corners.append(centre + QtCore.QPointF(math.sin(angle), -math.cos(angle)) * reach)
    pen = QtGui.QPen(tint(CASING, 0.8 * alpha), 0.004 * side)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(tint("#f6d488", alpha))
    painter.drawPolygon(QtGui.QPolygonF(corners))
