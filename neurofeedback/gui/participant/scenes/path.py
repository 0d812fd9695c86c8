"""A flight over hills at night.

Height is the value: the dashed line marks the threshold (0.5). The hills pass by while feedback is
given, the faster the brighter, and the trail tells where the flight has been.
"""

from __future__ import annotations

import math
from collections import deque

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import (
    Ridge,
    add_light,
    to_image,
    vertical,
)
from neurofeedback.gui.participant.scenes.scene import glow, mark, short_side, tint
from neurofeedback.gui.theme import mix

SKY = ((0.0, "#22335c"), (0.5, "#3c5488"), (0.8, "#6079a8"), (1.0, "#6f86b2"))
LOWEST, HIGHEST = 0.66, 0.16  # of the height
ACROSS = 0.42  # of the width
SPEED = 0.2  # short sides a second
TRAIL = 2.6  # seconds
RIDGES = (
    (0.76, 0.06, 0.25, "#44588a"),
    (0.85, 0.055, 0.55, "#2e3f68"),
    (0.95, 0.05, 1.0, "#1e2b4b"),
)
WING = ((1.0, 0.0), (-0.75, -0.62), (-0.38, -0.05), (-0.75, 0.42))
FOLD = ((1.0, 0.0), (-0.38, -0.05), (-0.75, 0.42))


class PathScene:
    """See the module."""

    def __init__(self) -> None:
        self._ridges = [Ridge(seed, roughness=0.3) for seed in (31, 8, 17)]
        self._trail: deque[tuple[float, float]] = deque()

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the sky."""
        sky = vertical(size, SKY)
        add_light(sky, 0.5, 0.82, 0.34, "#7389b5", 0.5)
        return to_image(sky)

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return everything: the hills pass by."""
        return rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint threshold, trail, flyer and hills."""
        side = short_side(rect)
        self._remember(picture)
        self._paint_threshold(painter, rect, side, picture.presence)
        if picture.presence > 0.01:
            self._paint_trail(painter, rect, side, picture)
            self._paint_flyer(painter, rect, side, picture)
        painter.setPen(Qt.PenStyle.NoPen)
        for ridge, (base, height, near, colour) in zip(self._ridges, RIDGES, strict=True):
            start = picture.travel * SPEED * near * side / (2.4 * rect.width())
            painter.setBrush(QtGui.QColor(colour))
            painter.drawPolygon(ridge.polygon(rect, base, height, start % 1.0, 1 / 2.4))

    def _remember(self, picture: Picture) -> None:
        """Keep where the flight has been; begin anew when there was no value or time went back."""
        trail = self._trail
        if math.isnan(picture.value) or (trail and picture.travel < trail[-1][0]):
            trail.clear()
        elif not trail or picture.travel - trail[-1][0] > 0.02:
            trail.append((picture.travel, picture.level))
        while trail and picture.travel - trail[0][0] > TRAIL:
            trail.popleft()

    def _paint_threshold(
        self, painter: QtGui.QPainter, rect: QtCore.QRectF, side: float, presence: float
    ) -> None:
        y = rect.top() + rect.height() * flight_height(0.5)
        step, length = 0.075 * side, 0.03 * side

        def draw() -> None:
            for i in range(math.ceil(rect.width() / step)):
                x = rect.left() + i * step
                painter.drawLine(QtCore.QPointF(x, y), QtCore.QPointF(x + length, y))

        mark(painter, side, draw, 0.85 * presence)

    def _paint_trail(
        self, painter: QtGui.QPainter, rect: QtCore.QRectF, side: float, picture: Picture
    ) -> None:
        points = [
            QtCore.QPointF(
                rect.left() + ACROSS * rect.width() - (picture.travel - at) * 1.5 * SPEED * side,
                rect.top() + rect.height() * flight_height(value),
            )
            for at, value in [*self._trail, (picture.travel, picture.level)]
        ]
        if len(points) < 2:
            return
        colour = mix("#a5cbe2", "#ffe0a0", picture.brightness)
        fade = QtGui.QLinearGradient(points[0], QtCore.QPointF(points[-1].x(), points[0].y()))
        for at, alpha in ((0.0, 0.0), (0.5, 0.18), (1.0, 0.75)):
            fade.setColorAt(at, tint(colour, alpha * picture.presence))
        pen = QtGui.QPen(QtGui.QBrush(fade), 0.008 * side)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QtGui.QPolygonF(points))

    def _paint_flyer(
        self, painter: QtGui.QPainter, rect: QtCore.QRectF, side: float, picture: Picture
    ) -> None:
        at = QtCore.QPointF(rect.left() + ACROSS * rect.width(),
                            rect.top() + rect.height() * flight_height(picture.level))  # fmt: skip
        warm = mix("#9cc9e6", "#ffd98f", picture.brightness)
        strength = (0.12 + 0.35 * picture.halo) * picture.light
        glow(painter, at, 0.13 * side, warm, picture.presence * strength)
        painter.save()
        painter.translate(at)
        painter.rotate(self._slope(picture))
        painter.setPen(Qt.PenStyle.NoPen)
        size = 0.055 * side
        for shape, colour in ((WING, "#f6f8fb"), (FOLD, mix("#c8d4e4", warm, 0.35))):
            outline = QtGui.QPolygonF([QtCore.QPointF(x * size, y * size) for x, y in shape])
            painter.setBrush(tint(colour, picture.presence))
            painter.drawPolygon(outline)
        painter.restore()

    def _slope(self, picture: Picture) -> float:
        """Return the tilt of the flyer in degrees: it points where it is going."""
        before = next((v for t, v in reversed(self._trail) if picture.travel - t > 0.25), None)
        climb = 0.0 if before is None else picture.level - before
        return max(-16.0, min(16.0, -55.0 * climb))


def flight_height(value: float) -> float:
    """Return how high the flight is, as a share of the height from the top."""
    return LOWEST + (HIGHEST - LOWEST) * value
