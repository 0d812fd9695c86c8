"""A calm bar that fills from below.

Height is the value; the two strokes beside it mark the threshold (0.5). The light at its top
brightens slowly.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import night
from neurofeedback.gui.participant.scenes.scene import EDGE, glow, ink, short_side, ticks, tint
from neurofeedback.gui.theme import DARK, mix

WIDTH, HEIGHT = 0.13, 0.62  # of the short side
MIDDLE = 0.44  # of the height
GLOW = 0.24
LOW, HIGH = "#2d6f8f", "#f2c14e"


class BarScene:
    """See the module."""

    highest = EDGE

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the night."""
        return night(size)

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return the bar with the reach of its light."""
        trough = _trough(QtCore.QRectF(rect))
        reach = GLOW * short_side(QtCore.QRectF(rect)) + 2
        return trough.adjusted(-reach, -reach, reach, reach).toAlignedRect() & rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint trough, filling, light and threshold."""
        trough, side = _trough(rect), short_side(rect)
        round_ = trough.width() / 2
        painter.setPen(QtGui.QPen(ink(0.22), max(1.2, side / 420)))
        painter.setBrush(tint("#0b1220", 0.55))
        painter.drawRoundedRect(trough, round_, round_)
        if picture.presence > 0.01:
            self._paint_filling(painter, trough, side, picture)
        gap = 0.035 * side
        middle = trough.center().y()
        ticks(painter, middle, trough.left() - gap, trough.right() + gap, side, 0.7)

    def _paint_filling(
        self, painter: QtGui.QPainter, trough: QtCore.QRectF, side: float, picture: Picture
    ) -> None:
        inner = trough.adjusted(*(side * d for d in (0.011, 0.011, -0.011, -0.011)))
        height = inner.width() + (inner.height() - inner.width()) * picture.level
        bar = QtCore.QRectF(inner.left(), inner.bottom() - height, inner.width(), height)
        light = 0.45 + 0.55 * picture.brightness
        warm = mix(LOW, HIGH, 0.15 + 0.85 * picture.brightness)
        top = QtCore.QPointF(bar.center().x(), bar.top() + bar.width() / 2)
        glow(painter, top, GLOW * side, warm,
             picture.presence * (0.16 * light + 0.45 * picture.halo))  # fmt: skip
        fade = QtGui.QLinearGradient(inner.bottomLeft(), inner.topLeft())
        fade.setColorAt(0.0, tint(mix("#173a52", LOW, light), picture.presence))
        fade.setColorAt(0.55, tint(mix(LOW, HIGH, 0.42 * light), picture.presence))
        fade.setColorAt(1.0, tint(mix(LOW, HIGH, 0.4 + 0.6 * light), picture.presence))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QBrush(fade))
        painter.drawRoundedRect(bar, bar.width() / 2, bar.width() / 2)
        cap = QtGui.QRadialGradient(top, bar.width() / 2)
        cap.setColorAt(
            0.0, tint(mix(DARK.palette.sun, "#fff8e6", 0.5), 0.5 * light * picture.presence)
        )
        cap.setColorAt(1.0, tint(warm, 0.0))
        painter.setBrush(QtGui.QBrush(cap))
        painter.drawEllipse(top, bar.width() / 2, bar.width() / 2)


def _trough(rect: QtCore.QRectF) -> QtCore.QRectF:
    side = short_side(rect)
    width, height = WIDTH * side, HEIGHT * side
    centre = QtCore.QPointF(rect.center().x(), rect.top() + MIDDLE * rect.height())
    return QtCore.QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)
