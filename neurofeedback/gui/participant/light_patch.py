"""A square that a light sensor looks at, to measure when a picture is seen.

Responsible for where it is, and for when it is bright. Not responsible for what the sensor sees
(`session.light`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.session.layers import NEUTRAL

SMALL = 0.06  # of the shorter side
_SMALLEST = 12  # px


class LightPatch:
    """A square in the lower left corner, white or black.

    Parameters
    ----------
    share : float
        Its side, of the shorter side of the surface.
    bright : bool or None
        Whether it is white now; None for one that is white while the value is past the threshold.
    """

    def __init__(self, share: float = SMALL, *, bright: bool | None = None) -> None:
        self.bright = bright
        self._share = share

    def area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return the part of a surface that it fills."""
        side = max(_SMALLEST, round(self._share * min(rect.width(), rect.height())))
        return QtCore.QRect(rect.left(), rect.bottom() + 1 - side, side, side)

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRect, picture: Picture) -> None:
        """Fill it."""
        bright = picture.value > NEUTRAL if self.bright is None else self.bright
        colour = Qt.GlobalColor.white if bright else Qt.GlobalColor.black
        painter.fillRect(self.area(rect), colour)
