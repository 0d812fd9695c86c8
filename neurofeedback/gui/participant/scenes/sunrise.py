"""A sun that rises over hills and a lake.

Height is the value: at the threshold (0.5) the sun has just left the hills and stands level with
the two strokes. Sky, hills and water brighten slowly after it.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import (
    Ridge,
    add_light,
    add_stars,
    to_image,
    vertical,
)
from neurofeedback.gui.participant.scenes.scene import MOVER, fill, glow, short_side, ticks, tint
from neurofeedback.gui.theme import mix

SUN = 0.072  # radius, of the short side
LOWEST, HIGHEST = 0.70, 0.20  # of the height
SHORE = 0.77
NIGHT = ((0.0, "#070d1d"), (0.45, "#142445"), (0.75, "#2c4069"), (1.0, "#2c4069"))
DAWN = ((0.0, "#2c5488"), (0.32, "#6f84ad"), (0.55, "#d99f8a"), (0.7, "#f2c08a"), (1.0, "#f2c08a"))
# base and height of each ridge, how it is seen by night and by day
RIDGES = (
    (0.585, 0.045, "#22355c", "#8f8aa6"),
    (0.655, 0.055, "#182849", "#5f6b8c"),
    (0.735, 0.050, "#0f1b33", "#36476a"),
)
WATER_NIGHT = ("#1c2c4f", "#0a1326")
WATER_DAWN = ("#e0a98a", "#3b5378")


class SunriseScene:
    """See the module."""

    highest = MOVER

    def __init__(self) -> None:
        self._ridges = [Ridge(seed, roughness=0.25) for seed in (5, 11, 23)]
        self._dawn = QtGui.QPixmap()
        self._shapes: list[QtGui.QPolygonF] = []
        self._shaped = QtCore.QRectF()

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the sky by night; the sky at dawn is kept to be blended in."""
        dark = vertical(size, NIGHT)
        add_stars(dark, 0.5, 140)
        bright = vertical(size, DAWN)
        add_light(bright, 0.5, 0.62, 0.30, "#ffe3b0", 0.75)
        self._dawn = QtGui.QPixmap.fromImage(to_image(bright))
        return to_image(dark)

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return everything: all of it brightens."""
        return rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint sky, sun, hills and water."""
        side = short_side(rect)
        day = picture.presence * picture.brightness
        painter.setOpacity(day)
        upper = QtCore.QRectF(rect.left(), rect.top(), rect.width(), SHORE * rect.height())
        share = QtCore.QRectF(0, 0, self._dawn.width(), SHORE * self._dawn.height())
        painter.drawPixmap(upper, self._dawn, share)
        painter.setOpacity(1.0)
        sun = QtCore.QPointF(rect.center().x(), rect.top() + rect.height() * _height(picture.level))
        if picture.presence > 0.01:
            self._paint_sun(painter, sun, side, picture)
        level = rect.top() + rect.height() * _height(0.5)
        out = 1.6 * SUN * side
        ticks(painter, level, sun.x() - out, sun.x() + out, side, 0.75)
        for shape, (_, _, dark, bright) in zip(self._hills(rect), RIDGES, strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QtGui.QColor(mix(dark, bright, day)))
            painter.drawPolygon(shape)
        self._paint_water(painter, rect, side, picture, day)

    def _paint_sun(
        self, painter: QtGui.QPainter, sun: QtCore.QPointF, side: float, picture: Picture
    ) -> None:
        light = picture.presence * (0.3 + 0.25 * picture.brightness + 0.45 * picture.halo)
        glow(painter, sun, 0.42 * side, "#ffd98f", light)
        body = QtGui.QRadialGradient(sun, SUN * side)
        for at, colour, alpha in ((0.0, "#fffaf0", 1.0), (0.6, "#ffeebf", 1.0),
                                  (0.94, "#ffd27a", 1.0), (1.0, "#ffd27a", 0.0)):  # fmt: skip
            body.setColorAt(at, tint(colour, alpha * picture.presence))
        fill(painter, sun, SUN * side, body)

    def _hills(self, rect: QtCore.QRectF) -> list[QtGui.QPolygonF]:
        if self._shaped != rect:
            self._shaped = QtCore.QRectF(rect)
            above = QtCore.QRectF(rect.left(), rect.top(), rect.width(), rect.height() * SHORE)
            self._shapes = [
                ridge.polygon(above, base / SHORE, height / SHORE, start=0.1, span=0.62)
                for ridge, (base, height, _, _) in zip(self._ridges, RIDGES, strict=True)
            ]
        return self._shapes

    def _paint_water(
        self,
        painter: QtGui.QPainter,
        rect: QtCore.QRectF,
        side: float,
        picture: Picture,
        day: float,
    ) -> None:
        water = QtCore.QRectF(rect.left(), rect.top() + SHORE * rect.height(), rect.width(),
                              (1 - SHORE) * rect.height() + 1)  # fmt: skip
        surface = QtGui.QLinearGradient(water.topLeft(), water.bottomLeft())
        for at, dark, bright in zip((0.0, 1.0), WATER_NIGHT, WATER_DAWN, strict=True):
            surface.setColorAt(at, QtGui.QColor(mix(dark, bright, day)))
        painter.fillRect(water, QtGui.QBrush(surface))
        risen = max(0.0, min(1.0, (picture.level - 0.3) / 0.4)) * picture.presence
        path = QtGui.QLinearGradient(water.topLeft(), water.bottomLeft())
        path.setColorAt(0.0, tint("#fff0cc", 0.55 * risen))
        path.setColorAt(1.0, tint("#ffd27a", 0.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QBrush(path))
        for i in range(9):
            y = water.top() + water.height() * (0.04 + 0.1 * i)
            half = side * (0.085 + 0.018 * i - 0.02 * (i % 2))
            painter.drawRoundedRect(
                QtCore.QRectF(rect.center().x() - half, y, 2 * half, 0.006 * side), 2, 2
            )


def _height(value: float) -> float:
    return LOWEST + (HIGHEST - LOWEST) * value
