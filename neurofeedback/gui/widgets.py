"""Small painted widgets of the operator's window.

Responsible for a block strip, a reward-rate bar, the state banner and a small copy of the
participant's picture. Not responsible for deciding what they show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.disc import paint_scene, sky_picture
from neurofeedback.gui.icons import paint_symbol
from neurofeedback.gui.scene import Scene
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import DARK, mix
from neurofeedback.gui.words import PHASES, block_names, clock
from neurofeedback.protocols.spec import Block
from neurofeedback.session.status import BlockProgress


class Card(QtWidgets.QFrame):
    """A titled surface that groups what belongs together.

    Parameters
    ----------
    heading : str
        Its title.
    """

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.body = QtWidgets.QVBoxLayout(self)
        spaced(self.body, margin=3, gap=1)
        self.heading = label(heading, "heading")
        self.body.addWidget(self.heading)

    def add(self, *widgets: QtWidgets.QWidget) -> None:
        """Add widgets below each other."""
        for widget in widgets:
            self.body.addWidget(widget)


class LongLabel(QtWidgets.QLabel):
    """A label of one line that shows as much as fits, and all of it in its tooltip.

    Parameters
    ----------
    text : str
    role : str
        See `style.label`.
    """

    def __init__(self, text: str, role: str) -> None:
        super().__init__(text)
        self.setProperty("role", role)
        self.setToolTip(text)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Maximum, policy.Fixed)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return the size of a few words: it may shrink to that."""
        return QtCore.QSize(160, super().minimumSizeHint().height())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the text, cut with an ellipsis where it is too long."""
        painter = QtGui.QPainter(self)
        shown = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class Combo(QtWidgets.QComboBox):
    """A drop-down list whose arrow is painted in the theme's colours."""

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the arrow over the styled box."""
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(QtGui.QColor(DARK.palette.muted), 1.6))
        x, y = self.width() - 16.0, self.height() / 2 - 2
        corners = [QtCore.QPointF(x + dx, y + dy) for dx, dy in ((-4, 0), (0, 4), (4, 0))]
        painter.drawPolyline(QtGui.QPolygonF(corners))
        painter.end()


class StateBanner(QtWidgets.QWidget):
    """One line that says how the signal is: symbol, word and colour together."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.kind = ""
        self.setFixedHeight(36)
        self.setAccessibleName("Signal state")
        self.tell("good", "")

    def tell(self, kind: str, text: str) -> None:
        """Show a state.

        Parameters
        ----------
        kind : {'good', 'pause', 'caution', 'alarm'}
            Decides symbol and colour; an alarm fills the whole line.
        text : str
            The words.
        """
        if (kind, text) == (self.kind, self.text):
            return
        self.kind, self.text = kind, text
        self.setAccessibleDescription(text)
        self.setToolTip(text)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint surface, symbol and words."""
        palette = DARK.palette
        colour = {"good": palette.good, "alarm": palette.alarm}.get(self.kind, palette.caution)
        filled = self.kind == "alarm"
        surface = colour if filled else palette.panel
        ink = palette.on_accent if filled else palette.text
        symbol = {"caution": "pause"}.get(self.kind, self.kind)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(surface))
        area = QtCore.QRectF(self.rect())
        painter.drawRoundedRect(area, DARK.radius, DARK.radius)
        box = QtCore.QRectF(12, area.height() / 2 - 9, 18, 18)
        paint_symbol(painter, symbol, box, palette.on_accent if filled else colour, surface)
        font = QtGui.QFont(self.font())
        font.setPixelSize(DARK.title if filled else DARK.body + 1)
        font.setBold(filled)
        painter.setFont(font)
        painter.setPen(QtGui.QColor(ink))
        words = area.adjusted(42, 0, -12, 0)
        shown = painter.fontMetrics().elidedText(
            self.text, Qt.TextElideMode.ElideRight, int(words.width())
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class BlockStrip(QtWidgets.QWidget):
    """All blocks of the protocol in a row, the current one marked and filling up.

    Parameters
    ----------
    blocks : sequence of Block
        The schedule.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        super().__init__()
        self._blocks = list(blocks)
        self._names = block_names(self._blocks)
        self._at = -1
        self._share = 0.0
        self._done = False
        self.setFixedHeight(44)
        self.setAccessibleName("Blocks")

    def name(self, block: int, phase: str) -> str:
        """Return the name of a block, e.g. ``Training 2``."""
        return self._names[block] if 0 <= block < len(self._names) else PHASES.get(phase, phase)

    def show_progress(self, progress: BlockProgress) -> None:
        """Take over how far the schedule has come."""
        share = progress.elapsed / progress.seconds if progress.seconds > 0 else 0.0
        share = min(max(share if math.isfinite(share) else 0.0, 0.0), 1.0)
        done = progress.phase == "done"
        if (progress.block, done) != (self._at, self._done) or abs(share - self._share) > 0.002:
            self._at, self._share, self._done = progress.block, share, done
            now = "finished" if done else self.name(progress.block, progress.phase)
            self.setAccessibleDescription(now)
            self.setToolTip(" \u2192 ".join(self._names[:40]))
            self.update()

    def _cells(self) -> list[QtCore.QRectF]:
        """Return a cell for each block: as wide as it is long, but wide enough to be seen."""
        gap = 3 if len(self._blocks) < 60 else 0
        room = self.width() - gap * (len(self._blocks) - 1)
        total = sum(b.seconds for b in self._blocks)
        floor = min(18.0, 0.5 * room / len(self._blocks))
        spare = room - floor * len(self._blocks)
        cells, x = [], 0.0
        for block in self._blocks:
            width = floor + spare * block.seconds / total
            cells.append(QtCore.QRectF(x, 0, width, 12))
            x += width + gap
        return cells

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the cells, and below them the names that fit."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        font = QtGui.QFont(self.font())
        font.setPixelSize(DARK.small)
        for index, cell in enumerate(self._cells()):
            self._paint_cell(painter, index, cell)
            current = index == self._at and not self._done
            font.setBold(current)
            painter.setFont(font)
            self._paint_name(painter, index, cell, current)
        painter.end()

    def _paint_cell(self, painter: QtGui.QPainter, index: int, cell: QtCore.QRectF) -> None:
        palette = DARK.palette
        tint = {"baseline": palette.muted, "train": palette.focus}.get(
            self._blocks[index].kind, palette.line
        )
        passed = self._done or index < self._at
        share = 1.0 if passed else (self._share if index == self._at else 0.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(mix(palette.panel, tint, 0.28)))
        painter.drawRoundedRect(cell, 4, 4)
        if share > 0:
            clip = QtCore.QRectF(cell.left(), cell.top(), cell.width() * share, cell.height())
            painter.save()
            painter.setClipRect(clip)
            painter.setBrush(QtGui.QColor(mix(palette.panel, tint, 0.6) if passed else tint))
            painter.drawRoundedRect(cell, 4, 4)
            painter.restore()
        if index == self._at and not self._done:
            painter.setPen(QtGui.QPen(QtGui.QColor(palette.text), 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cell.adjusted(0.6, 0.6, -0.6, -0.6), 4, 4)

    def _paint_name(
        self, painter: QtGui.QPainter, index: int, cell: QtCore.QRectF, current: bool
    ) -> None:
        palette, metrics = DARK.palette, painter.fontMetrics()
        block = self._blocks[index]
        text = f"{self._names[index]} {clock(block.seconds)}"
        choices = (text, self._names[index], self._names[index].split()[-1])
        fitting = [c for c in choices if metrics.horizontalAdvance(c) <= cell.width()]
        if not fitting:
            return
        painter.setPen(QtGui.QColor(palette.text if current else palette.muted))
        box = QtCore.QRectF(cell.left(), 16, cell.width(), 24)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, fitting[0])


class Legend(QtWidgets.QWidget):
    """What the marks of the trend plot mean, with the newest threshold.

    Parameters
    ----------
    unit : str
        Unit of the threshold.
    """

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit
        self._texts = ["threshold", "reward", "held"]
        self.setFixedHeight(18)
        self._fit()

    @property
    def threshold(self) -> str:
        """The threshold in words."""
        return self._texts[0]

    def show_threshold(self, threshold: float) -> None:
        """Show the newest threshold; NaN for none yet."""
        known = math.isfinite(threshold)
        text = f"threshold {threshold:+.2f} {self._unit}" if known else "no threshold yet"
        if text != self._texts[0]:
            self._texts[0] = text
            self._fit()

    def _fit(self) -> None:
        metrics = self.fontMetrics()
        self.setFixedWidth(sum(metrics.horizontalAdvance(t) + 38 for t in self._texts))
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint each mark with its word."""
        palette = DARK.palette
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        font = QtGui.QFont(self.font())
        font.setPixelSize(DARK.small)
        painter.setFont(font)
        x, middle = 8.0, self.height() / 2
        for kind, text in enumerate(self._texts):
            mark = QtCore.QRectF(x, middle - 5, 16, 10)
            _paint_mark(painter, kind, mark)
            painter.setPen(QtGui.QColor(palette.muted))
            words = QtCore.QRectF(x + 21, 0, self.width(), self.height())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)
            x += painter.fontMetrics().horizontalAdvance(text) + 38
        painter.end()


def _paint_mark(painter: QtGui.QPainter, kind: int, box: QtCore.QRectF) -> None:
    """Paint a dashed line, a triangle or a shaded area."""
    palette = DARK.palette
    if kind == 0:
        pen = QtGui.QPen(QtGui.QColor(palette.caution), 2)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(
            QtCore.QPointF(box.left(), box.center().y()),
            QtCore.QPointF(box.right(), box.center().y()),
        )
        return
    painter.setPen(Qt.PenStyle.NoPen)
    if kind == 1:
        paint_symbol(painter, "up", box.adjusted(3, 0, -3, 0), palette.good)
    else:
        painter.setBrush(QtGui.QColor(mix(palette.field, palette.muted, 0.3)))
        painter.drawRect(box.adjusted(3, -1, -2, 1))


class RateBar(QtWidgets.QWidget):
    """A share 0..1 as a bar, with a mark at its target.

    Parameters
    ----------
    target : float
        Target, 0..1.
    """

    def __init__(self, target: float) -> None:
        super().__init__()
        self._target = target
        self._share = math.nan
        self.setFixedHeight(18)

    def show_share(self, share: float) -> None:
        """Show a share, 0..1; NaN for none."""
        if share != self._share:
            self._share = share
            self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the bar and a notch at the target."""
        palette = DARK.palette
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QtCore.QRectF(0, 5, self.width(), 8)
        painter.setBrush(QtGui.QColor(palette.raised))
        painter.drawRoundedRect(bar, 4, 4)
        if math.isfinite(self._share) and self._share > 0:
            painter.setBrush(QtGui.QColor(palette.good))
            filled = QtCore.QRectF(0, 5, max(8.0, bar.width() * min(self._share, 1.0)), 8)
            painter.drawRoundedRect(filled, 4, 4)
        at = bar.width() * self._target
        painter.setBrush(QtGui.QColor(palette.text))
        painter.drawRect(QtCore.QRectF(at - 1, 1, 2, 16))
        painter.end()


class ScenePreview(QtWidgets.QWidget):
    """A small copy of what the participant sees."""

    def __init__(self) -> None:
        super().__init__()
        self._scene: Scene | None = None
        self._sky: QtGui.QPixmap | None = None
        self.setAccessibleName("What the participant sees")
        self.setToolTip("What the participant sees. F11 shows it full screen.")

    def show_scene(self, scene: Scene) -> None:
        """Take over the participant's scene."""
        if scene != self._scene:
            self._scene = scene
            self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint background and scene, with rounded corners."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        area = QtCore.QRectF(self.rect())
        outline = QtGui.QPainterPath()
        outline.addRoundedRect(area, DARK.radius, DARK.radius)
        painter.setClipPath(outline)
        if self._sky is None or self._sky.size() != self.size() * self.devicePixelRatioF():
            self._sky = sky_picture(self)
        painter.drawPixmap(self.rect(), self._sky)
        if self._scene is not None:
            paint_scene(painter, area, self._scene)
        painter.end()
