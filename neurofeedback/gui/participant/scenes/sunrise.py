"""A sun that rises over hills and a lake.

Height is the value: at the threshold (0.5) the sun stands level with the two strokes. The time of
day is the slow mean: the sky turns from the blue of night to the rose of morning, at equal light.
"""

from __future__ import annotations

import math

import numpy as np

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import (
    Ridge,
    to_image,
    vertical,
    with_light,
)
from neurofeedback.gui.participant.scenes.scene import fill, glow, mark, short_side, ticks, tint

SUN = 0.05  # radius, of the short side
LOWEST, HIGHEST = 0.60, 0.18  # of the height
SHORE = 0.77
NIGHT = ((0.0, "#1d2c55"), (0.5, "#2f4a80"), (1.0, "#4a6aa0"))
DAWN = ((0.0, "#5a4a86"), (0.4, "#a8688c"), (0.75, "#d9866c"), (1.0, "#e0a060"))
LIGHT = (0.07, 0.17)  # of the sky, top and foot
# base and height of each ridge, and its colour
RIDGES = ((0.585, 0.045, "#43527c"), (0.655, 0.055, "#2f3d63"), (0.735, 0.050, "#202c4c"))
WATER = ("#5a6a94", "#2c3a60")


class SunriseScene:
    """See the module."""

    def __init__(self) -> None:
        self._ridges = [Ridge(seed, roughness=0.25) for seed in (5, 11, 23)]
        self._dawn = QtGui.QPixmap()
        self._shapes: list[QtGui.QPolygonF] = []
        self._shaped = QtCore.QRectF()

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the sky by night; the sky at dawn, as light, is kept to be blended in."""
        light = np.linspace(*LIGHT, max(1, size.height()))[:, None]
        self._dawn = QtGui.QPixmap.fromImage(to_image(with_light(vertical(size, DAWN), light)))
        return to_image(with_light(vertical(size, NIGHT), light))

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return everything: the sky changes its colour."""
        return rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint sky, sun, hills and water."""
        side = short_side(rect)
        painter.setOpacity(picture.presence * picture.ground)
        upper = QtCore.QRectF(rect.left(), rect.top(), rect.width(), SHORE * rect.height())
        share = QtCore.QRectF(0, 0, self._dawn.width(), SHORE * self._dawn.height())
        painter.drawPixmap(upper, self._dawn, share)
        painter.setOpacity(1.0)
        sun = QtCore.QPointF(rect.center().x(), rect.top() + rect.height() * _height(picture.level))
        if picture.presence > 0.01:
            self._paint_sun(painter, sun, side, picture)
        for shape, (_, _, colour) in zip(self._hills(rect), RIDGES, strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QtGui.QColor(colour))
            painter.drawPolygon(shape)
        self._paint_water(painter, rect, side, picture)
        out = 2.0 * SUN * side
        level = rect.top() + rect.height() * _height(0.5)
        ticks(painter, level, sun.x() - out, sun.x() + out, side, picture.presence)

    def _paint_sun(
        self, painter: QtGui.QPainter, sun: QtCore.QPointF, side: float, picture: Picture
    ) -> None:
        shown = picture.presence * picture.light
        glow(painter, sun, 3.0 * SUN * side, "#ffd98f", shown * (0.22 + 0.3 * picture.halo))
        body = QtGui.QRadialGradient(sun, SUN * side)
        for at, colour, alpha in ((0.0, "#fff6dc", 1.0), (0.7, "#ffe7a8", 1.0),
                                  (0.95, "#ffd27a", 1.0), (1.0, "#ffd27a", 0.0)):  # fmt: skip
            body.setColorAt(at, tint(colour, alpha * shown))
        fill(painter, sun, SUN * side, body)
        mark(painter, side, lambda: painter.drawEllipse(sun, SUN * side, SUN * side),
             (1.0 - picture.light) * picture.presence)  # fmt: skip

    def _hills(self, rect: QtCore.QRectF) -> list[QtGui.QPolygonF]:
        if self._shaped != rect:
            self._shaped = QtCore.QRectF(rect)
            above = QtCore.QRectF(rect.left(), rect.top(), rect.width(), rect.height() * SHORE)
            self._shapes = [
                ridge.polygon(above, base / SHORE, height / SHORE, start=0.1, span=0.62)
                for ridge, (base, height, _) in zip(self._ridges, RIDGES, strict=True)
            ]
        return self._shapes

    def _paint_water(
        self, painter: QtGui.QPainter, rect: QtCore.QRectF, side: float, picture: Picture
    ) -> None:
        water = QtCore.QRectF(rect.left(), rect.top() + SHORE * rect.height(), rect.width(),
                              (1 - SHORE) * rect.height() + 1)  # fmt: skip
        surface = QtGui.QLinearGradient(water.topLeft(), water.bottomLeft())
        for at, colour in zip((0.0, 1.0), WATER, strict=True):
            surface.setColorAt(at, QtGui.QColor(colour))
        painter.fillRect(water, QtGui.QBrush(surface))
        risen = max(0.0, min(1.0, (picture.level - 0.3) / 0.4)) * picture.presence * picture.light
        path = QtGui.QLinearGradient(water.topLeft(), water.bottomLeft())
        path.setColorAt(0.0, tint("#fff0cc", 0.35 * risen))
        path.setColorAt(1.0, tint("#ffd27a", 0.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QBrush(path))
        for i in range(9):
            y = water.top() + water.height() * (0.04 + 0.1 * i)
            swell = 0.012 * math.sin(1.3 * picture.travel + 1.7 * i)
            half = side * (0.05 + 0.013 * i + swell)
            painter.drawRoundedRect(
                QtCore.QRectF(rect.center().x() - half, y, 2 * half, 0.006 * side), 2, 2
            )


def _height(value: float) -> float:
    return LOWEST + (HIGHEST - LOWEST) * value
