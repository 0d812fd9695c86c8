"""Small symbols, painted so that they look the same on every system.

Responsible for the shapes that stand beside every colour that means something.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.theme import current

_POINTS: dict[str, list[list[tuple[float, float]]]] = {
    "play": [[(0.28, 0.18), (0.82, 0.5), (0.28, 0.82)]],
    "pause": [
        [(0.24, 0.2), (0.42, 0.2), (0.42, 0.8), (0.24, 0.8)],
        [(0.58, 0.2), (0.76, 0.2), (0.76, 0.8), (0.58, 0.8)],
    ],
    "up": [[(0.5, 0.1), (0.95, 0.9), (0.05, 0.9)]],
    "stop": [[(0.24, 0.24), (0.76, 0.24), (0.76, 0.76), (0.24, 0.76)]],
    "flag": [
        [(0.24, 0.12), (0.33, 0.12), (0.33, 0.9), (0.24, 0.9)],
        [(0.33, 0.14), (0.82, 0.32), (0.33, 0.52)],
    ],
    "note": [
        [(0.2, 0.8), (0.26, 0.58), (0.68, 0.16), (0.84, 0.32), (0.42, 0.74)],
    ],
    "screen": [
        [(0.1, 0.18), (0.9, 0.18), (0.9, 0.7), (0.1, 0.7)],
        [(0.34, 0.78), (0.66, 0.78), (0.66, 0.86), (0.34, 0.86)],
    ],
}


def paint_symbol(
    painter: QtGui.QPainter, name: str, box: QtCore.QRectF, colour: str, behind: str = ""
) -> None:
    """Paint a symbol into a square.

    Parameters
    ----------
    painter : QPainter
    name : str
        ``good`` (tick), ``alarm`` (triangle with a stroke), or a key of the drawn shapes.
    box : QRectF
        The square.
    colour, behind : str
        Colour of the symbol; colour of what is cut out of an alarm, by default that of a card.
    """
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width(), box.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QColor(colour))
    if name == "good":
        _stroke(painter, colour, [(0.16, 0.54), (0.4, 0.78), (0.86, 0.24)])
    elif name == "alarm":
        _fill(painter, [(0.5, 0.06), (0.98, 0.92), (0.02, 0.92)])
        painter.setBrush(QtGui.QColor(behind or current().palette.panel))
        _fill(painter, [(0.45, 0.34), (0.55, 0.34), (0.53, 0.66), (0.47, 0.66)])
        painter.drawEllipse(QtCore.QPointF(0.5, 0.77), 0.055, 0.055)
    else:
        for shape in _POINTS[name]:
            _fill(painter, shape)
    painter.restore()


def paint_light(painter: QtGui.QPainter, light: str | None, box: QtCore.QRectF) -> None:
    """Paint a traffic light: a disc for good, a triangle for fair, a cross for bad.

    Parameters
    ----------
    painter : QPainter
    light : {'good', 'fair', 'bad'} or None
        None, not judged yet, is an empty circle.
    box : QRectF
        A square.
    """
    palette = current().palette
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width(), box.height())
    painter.setPen(Qt.PenStyle.NoPen)
    if light == "fair":
        painter.setBrush(QtGui.QColor(palette.caution))
        _fill(painter, [(0.5, 0.02), (1.0, 0.94), (0.0, 0.94)])
    elif light == "bad":
        painter.setPen(QtGui.QPen(QtGui.QColor(palette.alarm), 0.28))
        painter.drawLine(QtCore.QPointF(0.1, 0.1), QtCore.QPointF(0.9, 0.9))
        painter.drawLine(QtCore.QPointF(0.1, 0.9), QtCore.QPointF(0.9, 0.1))
    elif light == "good":
        painter.setBrush(QtGui.QColor(palette.good))
        painter.drawEllipse(QtCore.QPointF(0.5, 0.5), 0.42, 0.42)
    else:
        painter.setPen(QtGui.QPen(QtGui.QColor(palette.muted), 0.12))
        painter.drawEllipse(QtCore.QPointF(0.5, 0.5), 0.36, 0.36)
    painter.restore()


def icon(name: str, colour: str) -> QtGui.QIcon:
    """Return a symbol as an icon for a button."""
    made = QtGui.QIcon()
    for size in (16, 32, 64):
        pixmap = QtGui.QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QtGui.QPainter(pixmap)
        paint_symbol(painter, name, QtCore.QRectF(0, 0, size, size), colour)
        painter.end()
        made.addPixmap(pixmap)
    return made


def _polygon(points: list[tuple[float, float]]) -> QtGui.QPolygonF:
    return QtGui.QPolygonF([QtCore.QPointF(x, y) for x, y in points])


def _fill(painter: QtGui.QPainter, points: list[tuple[float, float]]) -> None:
    painter.drawPolygon(_polygon(points))


def _stroke(painter: QtGui.QPainter, colour: str, points: list[tuple[float, float]]) -> None:
    pen = QtGui.QPen(QtGui.QColor(colour), 0.15)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPolyline(_polygon(points))
