"""The protocol's blocks as a strip that fills up.

Responsible for showing all blocks and how far the current one is. Not responsible for the schedule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from neurofeedback.app.states import block_names, clock, phase_words
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.style import tip
from neurofeedback.gui.theme import current, mix
from neurofeedback.gui.typeface import emphasise
from neurofeedback.protocols.spec import Block
from neurofeedback.session.status import BlockProgress
from neurofeedback.words.language import tr


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
        self._seconds = [block.seconds for block in self._blocks]  # longer once extended
        self._at = -1
        self._share = 0.0
        self._done = False
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Expanding, policy.Fixed)
        self.setAccessibleName(tr("Blocks"))

    def name(self, block: int, phase: str) -> str:
        """Return the name of a block, e.g. ``Training 2``."""
        return self._names[block] if 0 <= block < len(self._names) else phase_words(phase)

    def words(self, block: int) -> str:
        """Return what stands below a block where there is room: its name and length."""
        return f"{self._names[block]} {clock(self._seconds[block])}"

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return room for the cells and their names."""
        return QtCore.QSize(current().px(240), 20 + current().px(24))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return the least room: names are left out where there is none."""
        return QtCore.QSize(120, self.sizeHint().height())

    def show_progress(self, progress: BlockProgress) -> None:
        """Take over how far the schedule has come, and how long the block has become."""
        if 0 <= progress.block < len(self._seconds) and 0 < progress.seconds < math.inf:
            self._lengthen(progress.block, progress.seconds)
        share = progress.elapsed / progress.seconds if progress.seconds > 0 else 0.0
        share = min(max(share if math.isfinite(share) else 0.0, 0.0), 1.0)
        done = progress.phase == "done"
        if (progress.block, done) != (self._at, self._done) or abs(share - self._share) > 0.002:
            self._at, self._share, self._done = progress.block, share, done
            now = tr("finished") if done else self.name(progress.block, progress.phase)
            self.setAccessibleDescription(now)
            self.setToolTip(tip(" \u2192 ".join(self._names[:40])))
            self.update()

    def _lengthen(self, block: int, seconds: float) -> None:
        if seconds != self._seconds[block]:
            self._seconds[block] = seconds
            self.update()

    def _cells(self) -> list[QtCore.QRectF]:
        """Return a cell for each block: as wide as it is long, but wide enough to be seen."""
        gap = 3 if len(self._blocks) < 60 else 0
        room = self.width() - gap * (len(self._blocks) - 1)
        total = sum(self._seconds)
        floor = min(18.0, 0.5 * room / len(self._blocks))
        spare = room - floor * len(self._blocks)
        cells, x = [], 0.0
        for seconds in self._seconds:
            width = floor + spare * seconds / total
            cells.append(QtCore.QRectF(x, 0, width, 12))
            x += width + gap
        return cells

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the cells, and below them the names that fit."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small)
        for index, cell in enumerate(self._cells()):
            self._paint_cell(painter, index, cell)
            now = index == self._at and not self._done
            emphasise(font, now)
            painter.setFont(font)
            self._paint_name(painter, index, cell, now)
        painter.end()

    def _paint_cell(self, painter: QtGui.QPainter, index: int, cell: QtCore.QRectF) -> None:
        palette = current().palette
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
        self, painter: QtGui.QPainter, index: int, cell: QtCore.QRectF, now: bool
    ) -> None:
        palette, metrics = current().palette, painter.fontMetrics()
        choices = (self.words(index), self._names[index], self._names[index].split()[-1])
        fitting = [c for c in choices if metrics.horizontalAdvance(c) <= cell.width()]
        if not fitting:
            return
        painter.setPen(QtGui.QColor(palette.text if now else palette.muted))
        box = QtCore.QRectF(cell.left(), 16, cell.width(), current().px(24))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, fitting[0])
