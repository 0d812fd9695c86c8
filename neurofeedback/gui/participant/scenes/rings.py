"""A glider that flies through rings.

The flight is that of `path`. Each reward is a ring around the glider, which falls behind as the
glider flies on; nothing can be missed and nothing is lost.
"""

from __future__ import annotations

import math
from collections import deque

from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.path import ACROSS, SPEED, PathScene, flight_height
from neurofeedback.gui.participant.scenes.scene import mark, short_side

RADIUS, THIN = 0.075, 0.35  # of the short side; width to height: it is seen from the side
KEPT = 12
APART = 0.4  # s of travel between two rings


class RingsScene(PathScene):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self._rings: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._lights = 0

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint the flight, and the rings that it has passed."""
        if self._rings and picture.travel < self._rings[-1][0]:  # another session
            self._rings.clear()
        last = self._rings[-1][0] if self._rings else -math.inf
        if picture.lights > self._lights and picture.travel - last > APART:
            self._rings.append((picture.travel, picture.level))
        self._lights = picture.lights
        super().paint(painter, rect, picture)
        if picture.presence <= 0.01:
            self._rings.clear()
        for at, value in self._rings:
            self._paint_ring(painter, rect, picture, picture.travel - at, value)

    def _paint_ring(
        self,
        painter: QtGui.QPainter,
        rect: QtCore.QRectF,
        picture: Picture,
        ago: float,
        value: float,
    ) -> None:
        side = short_side(rect)
        x = rect.left() + ACROSS * rect.width() - ago * 1.5 * SPEED * side
        if x < rect.left() - RADIUS * side:
            return
        centre = QtCore.QPointF(x, rect.top() + rect.height() * flight_height(value))
        grown = min(1.0, 0.4 + 2.5 * ago) * RADIUS * side
        fade = max(0.25, 1.0 - 0.25 * ago) * picture.presence
        mark(painter, side, lambda: painter.drawEllipse(centre, THIN * grown, grown), fade)
