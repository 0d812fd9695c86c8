"""What every scene of the participant's display has in common.

Responsible for the seam between the display and a scene, and for a few strokes that scenes share.
Not responsible for what is shown (`gui.participant.picture`) nor for words and dimming
(`gui.participant.stage`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.kept import Kept
from neurofeedback.gui.participant.picture import Picture

INK = (220, 232, 245)  # thin marks: night white
MIDDLE = 0.45  # of the height
CASING = "#070c16"  # around thin marks, so that they stand out on light and dark alike
DUSK = "#0a1018"  # what dims the picture and lies behind words
PAPER = "#ecf1f7"  # words
CASED = 2.6  # width of the dark line behind a light one


class Scene(Protocol):
    """One way to show a value of 0..1. May remember what it was shown; reads no clock.

    The light of the whole picture does not follow the value: light itself changes alpha, and the
    pupils with it. What is large and moves is drawn with `Picture.light`, which falls where it
    would flash; thin edges keep their light, so that the value can be read at every moment.
    """

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return what never changes, for a surface of this size in pixels."""
        ...

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return the part of the surface that value, brightness, glow or travel can touch."""
        ...

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint over the background, which is there already; antialiasing is on."""
        ...


def short_side(rect: QtCore.QRectF) -> float:
    """Return the unit of length in which scenes are drawn."""
    return min(rect.width(), rect.height())


def tint(colour: str, alpha: float) -> QtGui.QColor:
    """Return a colour with an opacity 0..1."""
    made = QtGui.QColor(colour)
    made.setAlphaF(max(0.0, min(1.0, alpha)))
    return made


def ink(alpha: float) -> QtGui.QColor:
    """Return the colour of thin marks with an opacity 0..1."""
    return QtGui.QColor(*INK, round(255 * max(0.0, min(1.0, alpha))))


def glow(
    painter: QtGui.QPainter, centre: QtCore.QPointF, radius: float, colour: str, strength: float
) -> None:
    """Paint a soft light around a point that fades to nothing at `radius`."""
    if strength < 0.01 or radius < 1.0:
        return
    light = QtGui.QRadialGradient(centre, radius)
    for at, share in ((0.0, 1.0), (0.25, 0.62), (0.5, 0.27), (0.75, 0.07), (1.0, 0.0)):
        light.setColorAt(at, tint(colour, strength * share))
    fill(painter, centre, radius, light)


def fill(
    painter: QtGui.QPainter, centre: QtCore.QPointF, radius: float, brush: QtGui.QGradient
) -> None:
    """Fill a circle with a gradient."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QBrush(brush))
    painter.drawEllipse(centre, radius, radius)


def mark(
    painter: QtGui.QPainter, side: float, draw: Callable[[], None], alpha: float = 0.85
) -> None:
    """Draw thin lines twice: light ones on dark ones, so that they stand out on everything.

    Parameters
    ----------
    painter : QPainter
    side : float
        See `short_side`.
    draw : callable
        Draws with the pen that is set.
    alpha : float
        Opacity, 0..1.
    """
    if alpha <= 0.01:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    width = line_width(side)
    for colour, wide in ((tint(CASING, 0.8 * alpha), CASED * width), (ink(alpha), width)):
        pen = QtGui.QPen(colour, wide)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        draw()


def line_width(side: float) -> float:
    """Return the width of thin lines, in pixels."""
    return max(1.2, side / 330)


def rim(
    painter: QtGui.QPainter, centre: QtCore.QPointF, radius: float, side: float, alpha: float
) -> None:
    """Draw the edge of a circle, inside of it, so that it ends where the circle does."""
    inner = max(0.0, radius - 0.5 * CASED * line_width(side))
    mark(painter, side, lambda: painter.drawEllipse(centre, inner, inner), alpha)


def ticks(
    painter: QtGui.QPainter, y: float, left: float, right: float, side: float, presence: float
) -> None:
    """Mark the threshold by two short strokes that point at it from both sides."""
    length = 0.04 * side

    def draw() -> None:
        painter.drawLine(QtCore.QPointF(left - length, y), QtCore.QPointF(left, y))
        painter.drawLine(QtCore.QPointF(right, y), QtCore.QPointF(right + length, y))

    mark(painter, side, draw, 0.9 * presence)


class ThresholdRing:
    """A thin ring that marks the threshold; it is stroked once for each size of the picture."""

    def __init__(self) -> None:
        self._kept = Kept()

    def paint(
        self,
        painter: QtGui.QPainter,
        centre: QtCore.QPointF,
        radius: float,
        side: float,
        presence: float,
    ) -> None:
        """Paint it, as far as it is present (0..1)."""
        reach = radius + 2 * CASED * line_width(side)
        whole = QtCore.QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)

        def draw(on: QtGui.QPainter) -> None:
            mark(on, side, lambda: on.drawEllipse(centre, radius, radius))

        self._kept.paint(painter, whole.toAlignedRect(), radius, draw, presence)
