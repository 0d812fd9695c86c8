"""A disc that grows and brightens.

Size is the value: the disc meets the thin ring exactly at the threshold (0.5). Colour and
brightness repeat what size says and are never the only sign.
"""

from __future__ import annotations

import math

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import night
from neurofeedback.gui.participant.scenes.scene import EDGE, fill, ink, short_side, tint
from neurofeedback.gui.theme import DARK, mix
from neurofeedback.session.display import Mode

SMALLEST, LARGEST = 0.07, 0.33
HALO_REACH = 1.55


def disc_radius(value: float, side: float) -> float:
    """Return the radius in pixels that displays `value` (0..1) where the short side is `side`."""
    return side * (SMALLEST + (LARGEST - SMALLEST) * value)


class DiscScene:
    """See the module."""

    highest = EDGE

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the night."""
        return night(size)

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return a square around the largest disc with its glow."""
        reach = math.ceil(LARGEST * HALO_REACH * min(rect.width(), rect.height())) + 2
        centre = _centre(QtCore.QRectF(rect)).toPoint()
        return QtCore.QRect(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint glow, disc and the ring of the threshold."""
        centre, side = _centre(rect), short_side(rect)
        radius = disc_radius(picture.level, side)
        if picture.presence > 0.01:
            _paint_halo(painter, centre, radius, picture.halo * picture.presence)
            _paint_disc(painter, centre, radius, picture)
        pen = QtGui.QPen(ink(0.43), max(1.2, side / 420))
        if picture.mode is Mode.HELD:
            pen.setDashPattern([6.0, 5.0])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = disc_radius(0.5, side)
        painter.drawEllipse(centre, ring, ring)


def _centre(rect: QtCore.QRectF) -> QtCore.QPointF:
    return QtCore.QPointF(rect.center().x(), rect.top() + 0.46 * rect.height())


def _paint_halo(
    painter: QtGui.QPainter, centre: QtCore.QPointF, radius: float, strength: float
) -> None:
    if strength < 0.01:
        return
    reach = radius * HALO_REACH
    light = QtGui.QRadialGradient(centre, reach)
    edge = radius / reach
    for at, alpha in (
        (edge * 0.95, 0.5), (edge + (1 - edge) * 0.25, 0.25), (edge + (1 - edge) * 0.6, 0.07),
        (1.0, 0.0),
    ):  # fmt: skip
        light.setColorAt(at, tint(DARK.palette.sun, alpha * strength))
    fill(painter, centre, reach, light)


def _paint_disc(
    painter: QtGui.QPainter, centre: QtCore.QPointF, radius: float, picture: Picture
) -> None:
    light = 0.35 + 0.65 * picture.brightness
    sun = mix("#b98a4a", DARK.palette.sun, light)
    core, rim = mix(sun, "#fff8e6", 0.3 + 0.6 * light), mix(sun, "#e2893a", 0.55)
    body = QtGui.QRadialGradient(centre, radius)
    for at, colour, alpha in (
        (0.0, core, 1.0), (0.35, mix(core, sun, 0.45), 1.0), (0.75, sun, 1.0), (0.93, rim, 1.0),
        (0.97, rim, 0.85), (1.0, rim, 0.0),
    ):  # fmt: skip
        body.setColorAt(at, tint(colour, picture.presence * alpha))
    fill(painter, centre, radius, body)
