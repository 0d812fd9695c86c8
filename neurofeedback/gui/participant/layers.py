"""The slow and the rare layer of the participant's picture, the same in every scene.

Responsible for the boat and the stars, as strokes. Not responsible for what they stand for
(`gui.participant.picture`). Both are small, so that they change neither the light of the picture
nor anything fast in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.kept import Kept
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.scene import CASING, ink, mark, short_side, tint

WATER_LINE = 0.955  # of the height
LEFT, RIGHT = 0.08, 0.92  # of the width; where the boat is at 0 and at 1
BOAT = 0.028  # of the short side
HULL = ((-1.0, 0.0), (1.0, 0.0), (0.62, 0.5), (-0.62, 0.5))
SAIL = ((0.08, -0.2), (0.08, -2.0), (0.98, -0.2))
JIB = ((-0.08, -0.2), (-0.08, -1.7), (-0.72, -0.2))
SKY_TOP, SKY_FOOT = 0.02, 0.135  # of the height: where stars are
STAR, FADED = 0.0048, 0.0032  # radius, of the short side: of this block, of earlier ones
MOST = 500  # stars; more cannot be told apart
_GOLDEN = (0.7548776662466927, 0.5698402909980532)  # steps that leave no gaps


def boat_at(ground: float, rect: QtCore.QRectF) -> float:
    """Return the place across the surface, in pixels, that displays `ground` (0..1)."""
    return rect.left() + rect.width() * (LEFT + (RIGHT - LEFT) * ground)


def sailing_area(rect: QtCore.QRect) -> QtCore.QRect:
    """Return the part of the surface that the boat can touch."""
    side = min(rect.width(), rect.height())
    top = rect.top() + math.floor(WATER_LINE * rect.height() - 2.3 * BOAT * side)
    return QtCore.QRect(rect.left(), top, rect.width(), rect.bottom() + 1 - top)


class Boat:
    """The boat on its line of water, which is stroked once for each size of the picture."""

    def __init__(self) -> None:
        self._water = Kept()

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint the line of the water, its middle, and the boat."""
        if picture.presence <= 0.01:
            return
        side = short_side(rect)
        self._water.paint(
            painter, sailing_area(rect.toRect()), None, partial(_draw_water, rect), picture.presence
        )
        y = rect.top() + WATER_LINE * rect.height()
        painter.save()
        painter.translate(boat_at(picture.ground, rect), y - 0.25 * BOAT * side)
        painter.rotate(2.5 * math.sin(0.9 * picture.travel))
        painter.scale(BOAT * side, BOAT * side)
        painter.setPen(QtGui.QPen(tint(CASING, 0.8 * picture.presence), 0.12))
        for shape, colour in ((SAIL, "#fbf3df"), (JIB, "#f0d9a8"), (HULL, "#e8b45c")):
            painter.setBrush(tint(colour, picture.presence))
            painter.drawPolygon(QtGui.QPolygonF([QtCore.QPointF(*corner) for corner in shape]))
        painter.restore()


def _draw_water(rect: QtCore.QRectF, painter: QtGui.QPainter) -> None:
    side = short_side(rect)
    y = rect.top() + WATER_LINE * rect.height()
    start, middle, end = (boat_at(share, rect) for share in (0.0, 0.5, 1.0))

    def draw() -> None:
        painter.drawLine(QtCore.QPointF(start, y), QtCore.QPointF(end, y))
        painter.drawLine(QtCore.QPointF(middle, y - 0.006 * side),
                         QtCore.QPointF(middle, y + 0.006 * side))  # fmt: skip

    mark(painter, 0.7 * side, draw, 0.6)


class Stars:
    """A star for each reward, those of earlier blocks smaller; only the newest still changes."""

    def __init__(self) -> None:
        self._others = Kept()

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint them."""
        earlier = sum(picture.earlier)
        number = min(MOST, earlier + picture.lights)
        if picture.presence <= 0.01 or not number:
            return
        radius = STAR * short_side(rect)
        sky = QtCore.QRectF(rect.left(), rect.top(), rect.width(), SKY_FOOT * rect.height())
        reach = sky.adjusted(0, 0, 0, 2 * radius).toAlignedRect()
        self._others.paint(
            painter, reach, (earlier, number),
            partial(_draw_stars, rect, range(number - 1), earlier), picture.presence,
        )  # fmt: skip
        painter.setOpacity(picture.presence)
        _draw_stars(rect, range(number - 1, number), earlier, painter, 1.0 + 0.8 * picture.halo)
        painter.setOpacity(1.0)


def _draw_stars(
    rect: QtCore.QRectF,
    numbers: Iterable[int],
    earlier: int,
    painter: QtGui.QPainter,
    grown: float = 1.0,
) -> None:
    for number in numbers:
        is_earlier = number < earlier
        radius = (FADED if is_earlier else STAR) * short_side(rect) * grown
        painter.setPen(QtGui.QPen(tint(CASING, 0.7), 0.5 * radius))
        painter.setBrush(ink(0.6 if is_earlier else 1.0))
        painter.drawEllipse(_place_of(number, rect), radius, radius)
    painter.setPen(Qt.PenStyle.NoPen)


def paint_star_field(painter: QtGui.QPainter, sky: QtCore.QRectF, number: int) -> None:
    """Fill a sky with so many stars."""
    radius = 1.6 * STAR * short_side(sky)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink(1.0))
    for i in range(min(MOST, number)):
        painter.drawEllipse(_place_of(i, sky, 0.05, 0.95), radius, radius)


def _place_of(
    number: int, rect: QtCore.QRectF, top: float = SKY_TOP, foot: float = SKY_FOOT
) -> QtCore.QPointF:
    """Return the place of a star: the same for the same number, and far from those before."""
    across, down = ((0.5 + (number + 1) * step) % 1.0 for step in _GOLDEN)
    return QtCore.QPointF(
        rect.left() + rect.width() * (0.03 + 0.94 * across),
        rect.top() + rect.height() * (top + (foot - top) * down),
    )
