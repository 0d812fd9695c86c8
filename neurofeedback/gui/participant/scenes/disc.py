"""A disc that grows.

Size is the value: the disc meets the thin ring exactly at the threshold (0.5). What the disc has
more of light, the sky around it has less of, so that the light of the whole picture stays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import dusk, mean_light
from neurofeedback.gui.participant.scenes.scene import (
    CASED,
    CASING,
    INK,
    MIDDLE,
    ThresholdRing,
    fill,
    glow,
    line_width,
    short_side,
    tint,
)
from neurofeedback.gui.theme import luminance, mix

SMALLEST, LARGEST = 0.06, 0.27
COOL, WARM = "#d17a63", "#bf8d3f"  # of equal light
GROUND = "#4d628a"
GAMMA = 2.3  # of a screen, where a dark veil lies on it


def disc_radius(value: float, side: float) -> float:
    """Return the radius in pixels that displays `value` (0..1) where the short side is `side`."""
    return side * (SMALLEST + (LARGEST - SMALLEST) * value)


class DiscScene:
    """See the module."""

    def __init__(self) -> None:
        self._sky = 0.1  # its light
        self._ring = ThresholdRing()

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the evening sky."""
        image = dusk(size)
        self._sky = mean_light(image)
        return image

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return everything: the sky pays for the light of the disc."""
        return rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint sky, glow, disc and the ring of the threshold."""
        centre, side = _centre(rect), short_side(rect)
        radius = disc_radius(picture.level, side)
        self._darken_sky(painter, rect, radius, side, picture)
        if picture.presence > 0.01:
            glow(painter, centre, 1.9 * radius, "#ffdf9a",
                 0.45 * picture.halo * picture.light * picture.presence)  # fmt: skip
            _paint_disc(painter, centre, radius, side, picture)
        self._ring.paint(painter, centre, disc_radius(0.5, side), side, picture.presence)

    def _darken_sky(
        self,
        painter: QtGui.QPainter,
        rect: QtCore.QRectF,
        radius: float,
        side: float,
        picture: Picture,
    ) -> None:
        """Take from the sky what light the disc has more than at 0."""
        whole = rect.width() * rect.height()
        shown = picture.presence * picture.light
        share, least = (math.pi * r * r / whole for r in (radius, disc_radius(0.0, side)))
        more = (share - least) * (luminance(WARM) - self._sky) * shown
        left = max(0.0, 1.0 - more / (self._sky * (1.0 - share)))
        painter.fillRect(rect, tint("#000000", 1.0 - left ** (1.0 / GAMMA)))


def _centre(rect: QtCore.QRectF) -> QtCore.QPointF:
    return QtCore.QPointF(rect.center().x(), rect.top() + MIDDLE * rect.height())


def _paint_disc(
    painter: QtGui.QPainter,
    centre: QtCore.QPointF,
    radius: float,
    side: float,
    picture: Picture,
) -> None:
    body = mix(GROUND, mix(COOL, WARM, picture.brightness), picture.light)
    foot = mix(body, "#5a2a18", 0.16 * picture.light)
    light = QtGui.QRadialGradient(centre, radius)
    for at, colour in (
        (0.0, mix(body, "#ffffff", 0.16 * picture.light)), (0.6, body), *_rim(radius, side, foot),
    ):  # fmt: skip
        light.setColorAt(at, tint(colour, picture.presence))
    fill(painter, centre, radius, light)


def _rim(radius: float, side: float, body: str) -> Iterator[tuple[float, str]]:
    """Yield the steps of the edge: a light line between two dark ones, as `scene.mark` has it.

    It is part of the filling, since two strokes around a large circle take as long as all the rest.
    """
    width = line_width(side)
    wide = CASED * width
    dark = mix(body, CASING, 0.64)
    line = mix(dark, QtGui.QColor(*INK).name(), 0.8)
    for inward, within, without in (
        (wide, body, dark), ((wide + width) / 2, dark, line), ((wide - width) / 2, line, dark),
    ):  # fmt: skip
        yield max(0.61, 1.0 - (inward + 0.5) / radius), within
        yield max(0.61, 1.0 - (inward - 0.5) / radius), without
