"""What of a picture seldom changes, kept as it was painted.

Responsible for painting it anew only where its key, its place or the screen is another one. Not
responsible for what is painted.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from neurofeedback.gui._qt import Qt, QtCore, QtGui


class Kept:
    """Strokes on nothing, which are painted once and then laid over the picture."""

    def __init__(self) -> None:
        self._made_for: Hashable = None
        self._pixmap = QtGui.QPixmap()

    def paint(
        self,
        painter: QtGui.QPainter,
        area: QtCore.QRect,
        key: Hashable,
        draw: Callable[[QtGui.QPainter], object],
        opacity: float = 1.0,
    ) -> None:
        """Lay over `area` what `draw` makes of it.

        Parameters
        ----------
        painter : QPainter
        area : QRect
            The part of the surface that is drawn on.
        key : hashable
            What the strokes depend on.
        draw : callable
            Draws with the painter that it is given, in the coordinates of the surface.
        opacity : float
            Of all of it, 0..1.
        """
        if opacity <= 0.0 or area.isEmpty():
            return
        ratio = painter.device().devicePixelRatioF()
        made_for = (area.getRect(), ratio, key)
        if made_for != self._made_for:
            self._made_for, self._pixmap = made_for, _painted(area, ratio, draw)
        painter.setOpacity(min(1.0, opacity))
        painter.drawPixmap(area.topLeft(), self._pixmap)
        painter.setOpacity(1.0)


def _painted(
    area: QtCore.QRect, ratio: float, draw: Callable[[QtGui.QPainter], object]
) -> QtGui.QPixmap:
    pixmap = QtGui.QPixmap((QtCore.QSizeF(area.size()) * ratio).toSize())
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(pixmap)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.translate(-area.topLeft())
    draw(painter)
    painter.end()
    return pixmap
