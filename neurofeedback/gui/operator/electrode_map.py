"""The head from above with an electrode's traffic light at each place.

Responsible for where electrodes are painted and for painting them, with a line between two that are
bridged; a light is a colour and a shape, its word stands in the tooltip and in
`gui.operator.electrodes`. Not responsible for the verdict (`signal.quality`) nor for the words
(`gui.operator.electrode_words`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.icons import paint_light
from neurofeedback.gui.operator.electrode_words import count_line, figures
from neurofeedback.gui.theme import current
from neurofeedback.signal.quality import ChannelState
from neurofeedback.words.language import tr

NAMED_ON_SMALL_MAP = 6
RING = 1.6  # times a light: the ring around what is trained
ROOMY = 13.0  # size of a symbol from which on there is room for every name


def head_place(name: str) -> tuple[float, float] | None:
    """Return where an electrode is seen from above, or None if its place is not known.

    Parameters
    ----------
    name : str
        In the 10-05 system.

    Returns
    -------
    x, y : float
        To the right and to the back, by the polar angle: 1 is the equator, where the outline of the
        head is drawn; ears and Iz may lie a little beyond.
    """
    point = positions().get(name)
    if point is None:
        return None
    right, front, up = (float(part) for part in point)
    across = math.hypot(right, front)
    reach = math.acos(max(-1.0, min(1.0, up))) / (math.pi / 2)
    return (right / across * reach, -front / across * reach) if across > 1e-9 else (0.0, 0.0)


class ElectrodeMap(QtWidgets.QWidget):
    """The head from above; electrodes without a known place stand in rows below it.

    Parameters
    ----------
    names : sequence of str
        Electrodes that are judged, in stream order.
    trained : collection of str
        Those that decide on reward get a ring.
    """

    def __init__(self, names: Sequence[str], trained: Collection[str] = ()) -> None:
        super().__init__()
        self._names = tuple(names)
        self._places = {n: place for n in names if (place := head_place(n)) is not None}
        self._elsewhere = [n for n in names if n not in self._places]
        self._trained = frozenset(trained)
        self._states: dict[str, ChannelState] = {}
        farthest = max((math.hypot(*place) for place in self._places.values()), default=1.0)
        self._rim = max(1.0, farthest) + 0.08
        self._head = QtCore.QRectF()
        self._spots: dict[str, QtCore.QPointF] = {}
        self._size = 10.0
        self.setAccessibleName(tr("Electrodes on the head"))

    def show_states(self, states: Sequence[ChannelState]) -> None:
        """Take over a verdict."""
        new = {s.name: s for s in states}
        seen = [(s.name, s.light, s.bridged) for s in self._states.values()]
        self._states = new
        if seen != [(s.name, s.light, s.bridged) for s in states]:
            self.setAccessibleDescription(count_line(states))
            self.update()

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return room for a head that can be recognised."""
        return QtCore.QSize(current().px(96), current().px(80))

    @property
    def spots(self) -> dict[str, QtCore.QPointF]:
        """Where each electrode is painted."""
        return self._spots

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Find a place for every electrode."""
        share = len(self._elsewhere) / max(1, len(self._names))
        height = self.height() * (0.9 - 0.6 * share if share else 1.0)
        side = min(self.width(), height) - 10 if self._places else 0.0
        self._head = head = QtCore.QRectF(
            (self.width() - side) / 2, (height - side) / 2 + 3, side, side
        )
        self._spots = {
            name: head.center() + QtCore.QPointF(x, y) * side / 2 / self._rim
            for name, (x, y) in self._places.items()
        } | self._rows(head.bottom() + 4 if self._places else 0.0)
        self._size = min(
            current().px(14), max(4.0, 0.7 * _least_distance(list(self._spots.values())))
        )
        super().resizeEvent(event)

    def _rows(self, top: float) -> dict[str, QtCore.QPointF]:
        """Return places in rows for the electrodes whose place on the head is not known."""
        n, height = max(1, len(self._elsewhere)), max(1.0, self.height() - top)
        columns = max(1, min(n, round(math.sqrt(n * self.width() / height / 2))))
        pitch = height / math.ceil(n / columns)
        return {
            name: QtCore.QPointF((i % columns + 0.5) * self.width() / columns,
                                 top + (i // columns + 0.4) * pitch)
            for i, name in enumerate(self._elsewhere)
        }  # fmt: skip

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the head, the lights and the names that fit."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self._places:
            self._paint_head(painter)
        self._paint_bridges(painter)
        for name, at in self._spots.items():
            state, half = self._states.get(name), self._size / 2
            box = QtCore.QRectF(at.x() - half, at.y() - half, self._size, self._size)
            paint_light(painter, None if state is None else state.light, box)
            if name in self._trained:
                painter.setPen(QtGui.QPen(QtGui.QColor(current().palette.text), 1.3))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, RING * half, RING * half)
        self._paint_names(painter)
        painter.end()

    def _paint_head(self, painter: QtGui.QPainter) -> None:
        painter.setPen(QtGui.QPen(QtGui.QColor(current().palette.line), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edge = self._head.width() / 2 / self._rim
        centre = self._head.center()
        painter.drawEllipse(centre, edge, edge)
        nose = [QtCore.QPointF(centre.x() + dx, centre.y() - edge + dy)
                for dx, dy in ((-7, 1.0), (0, -6), (7, 1.0))]  # fmt: skip
        painter.drawPolyline(QtGui.QPolygonF(nose))

    def bridges(self) -> set[tuple[str, str]]:
        """Return the pairs that measure the same point, each once."""
        states = self._states.values()
        pairs = {tuple(sorted((s.name, s.bridged))) for s in states if s.bridged}
        return {(a, b) for a, b in pairs if a in self._spots and b in self._spots}

    def _paint_bridges(self, painter: QtGui.QPainter) -> None:
        painter.setPen(QtGui.QPen(QtGui.QColor(current().palette.alarm), max(2.0, self._size / 3)))
        for one, other in self.bridges():
            painter.drawLine(self._spots[one], self._spots[other])

    def _paint_names(self, painter: QtGui.QPainter) -> None:
        """Write all names where there is room, else those of the few that are not good."""
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small - 1)
        painter.setFont(font)
        palette, roomy = current().palette, current().px(ROOMY)
        poor = [n for n, s in self._states.items() if s.light != "good"]
        for name in self._names if self._size >= roomy else poor[:NAMED_ON_SMALL_MAP]:
            at = self._spots[name]
            painter.setPen(QtGui.QColor(palette.text if name in poor else palette.muted))
            high = painter.fontMetrics().height()
            away = self._size / 2 * (RING if name in self._trained else 1.0)
            box = QtCore.QRectF(at.x() - 60, at.y() + away, 120, high)
            foremost = name in self._places and at.y() < self._head.top() + self._head.height() / 4
            if foremost or box.bottom() > self.height():
                box.moveBottom(at.y() - away)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def event(self, event: QtCore.QEvent) -> bool:
        """Tell everything about the electrode under the mouse."""
        if not isinstance(event, QtGui.QHelpEvent):
            return super().event(event)
        state = self._states.get(self.nearest(QtCore.QPointF(event.pos())))
        QtWidgets.QToolTip.showText(event.globalPos(), figures(state) if state else "", self)
        return True

    def nearest(self, at: QtCore.QPointF) -> str:
        """Return the electrode at a point of the widget, or an empty string."""
        found = [(_distance(spot, at), name) for name, spot in self._spots.items()]
        distance, name = min(found, default=(math.inf, ""))
        return name if distance < 14 else ""


def _distance(a: QtCore.QPointF, b: QtCore.QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def _least_distance(points: Sequence[QtCore.QPointF]) -> float:
    if len(points) < 2:
        return 40.0
    where = np.array([(p.x(), p.y()) for p in points])
    apart = np.hypot(*(where[:, None] - where[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    return float(np.percentile(apart.min(axis=1), 10))
