"""What every scene of the participant's display has in common.

Responsible for the seam between the display and a scene, and for a few strokes that scenes share.
Not responsible for what is shown (`gui.participant.picture`) nor for words and dimming
(`gui.participant.stage`).
"""

from __future__ import annotations

from typing import Protocol

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture

EDGE, MOVER = 3.0, 1.5
INK = (220, 232, 245)  # thin marks: night white
DUSK = "#0a1018"  # what dims the picture and lies behind words
PAPER = "#ecf1f7"  # words


class Scene(Protocol):
    """One way to show a value of 0..1. May remember what it was shown; reads no clock.

    Attributes
    ----------
    highest : float
        How often in a second the value may go up and down without anything flashing above 3 Hz:
        `EDGE` for something that grows, `MOVER` for something small that moves.
    """

    highest: float

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


def ticks(
    painter: QtGui.QPainter, y: float, left: float, right: float, side: float, alpha: float = 0.55
) -> None:
    """Mark the threshold by two short strokes that point at it from both sides."""
    pen = QtGui.QPen(ink(alpha), max(1.2, side / 360))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    length = 0.035 * side
    painter.drawLine(QtCore.QPointF(left - length, y), QtCore.QPointF(left, y))
    painter.drawLine(QtCore.QPointF(right, y), QtCore.QPointF(right + length, y))
