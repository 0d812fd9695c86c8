"""What happened in a stretch of a recording, as bands: blocks, holds, rewards, remarks, gaps.

Responsible for painting them above the traces or along the whole recording, and for the same in
words. Not responsible for finding them (`gui.operator.recording.view`).

Blocks are tinted and named, holds are hatched, rewards are triangles, remarks flags, gaps strokes:
shape and word as well as colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.app.states import clock
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.icons import paint_symbol
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.recording.view import BLOCK, GAP, HOLD, REMARK, REWARD, Band
from neurofeedback.gui.theme import current, mix
from neurofeedback.words.language import tr, tr_n

ROW = 17.0
LEAST = 2.0  # px that a band is wide at least


def within(bands: Sequence[Band], start: float, stop: float) -> list[Band]:
    """Return the bands that reach into a stretch, s."""
    return [b for b in bands if b.start < stop and (b.stop > start or b.start >= start)]


def in_words(bands: Sequence[Band], start: float, stop: float) -> str:
    """Say what happened in a stretch."""
    here = within(bands, start, stop)
    said = [b.text for b in here if b.kind == BLOCK]
    said += [tr("held: {why}", why=text)
             for text in dict.fromkeys(b.text for b in here if b.kind == HOLD)]  # fmt: skip
    n_rewards = sum(b.kind == REWARD for b in here)
    if n_rewards:
        said.append(tr_n("{n} reward", "{n} rewards", n_rewards))
    said += [f"{clock(b.start)} {b.text}" for b in here if b.kind in (REMARK, GAP)]
    return "; ".join(said)


class BandStrip(QtWidgets.QWidget):
    """A strip of bands.

    Parameters
    ----------
    bands : sequence of Band
    gutter : int
        Room at the left, px at 100 %, so that it lies above traces; 0 for a strip along the whole
        recording.
    """

    def __init__(self, bands: Sequence[Band], gutter: int = 0) -> None:
        super().__init__()
        self._bands, self._gutter = bands, gutter
        self._range = (0.0, 1.0)
        self._window: tuple[float, float] | None = None
        self.setAccessibleName(tr("What happened"))
        self._fit()
        look().changed.connect(self._fit)

    def show_range(self, start: float, stop: float) -> None:
        """Show a stretch of the recording, s."""
        self._range = (start, max(stop, start + 1e-3))
        self.setAccessibleDescription(in_words(self._bands, start, stop))
        self.update()

    def show_window(self, start: float, stop: float) -> None:
        """Mark a part of what is shown, s."""
        self._window = (start, stop)
        self.update()

    def _fit(self) -> None:
        self.setFixedHeight(round(2 * current().px(ROW)))

    def _x(self, seconds: float) -> float:
        left = current().px(self._gutter)
        start, stop = self._range
        return left + (seconds - start) / (stop - start) * (self.width() - left)

    def _box(self, band: Band, row: int) -> QtCore.QRectF:
        left, high = current().px(self._gutter), self.height() / 2
        a, b = max(self._x(band.start), left), min(self._x(band.stop), self.width())
        return QtCore.QRectF(a, row * high, max(b - a, LEAST), high - 1)

    def event(self, event: QtCore.QEvent) -> bool:
        """Say in a tooltip what lies under the mouse."""
        if isinstance(event, QtGui.QHelpEvent):
            start, stop = self._range
            left = current().px(self._gutter)
            at = start + (event.pos().x() - left) / max(self.width() - left, 1) * (stop - start)
            near = 3 * (stop - start) / max(self.width() - left, 1)
            words = in_words(self._bands, at - near, at + near)
            QtWidgets.QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint blocks above, holds and moments below: no reward falls into a hold."""
        painter = QtGui.QPainter(self)
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small)
        painter.setFont(font)
        here = within(self._bands, *self._range)
        for band in here:
            if band.kind == BLOCK:
                self._paint_block(painter, band)
            elif band.kind == HOLD:
                self._paint_hold(painter, band)
            elif band.stop > band.start:
                self._paint_lasting(painter, band)
        for band in here:
            if band.kind not in (BLOCK, HOLD) and band.stop == band.start:
                self._paint_moment(painter, band)
        if self._window is not None:
            self._paint_window(painter, *self._window)
        painter.end()

    def _paint_block(self, painter: QtGui.QPainter, band: Band) -> None:
        palette = current().palette
        tints = {"baseline": palette.muted, "train": palette.focus, "transfer": palette.good}
        box = self._box(band, 0)
        painter.fillRect(
            box, QtGui.QColor(mix(palette.panel, tints.get(band.phase, palette.line), 0.3))
        )
        self._paint_words(painter, box, band.text, palette.text)

    def _paint_hold(self, painter: QtGui.QPainter, band: Band) -> None:
        palette, box = current().palette, self._box(band, 1)
        if not self._gutter:  # thin, along a whole recording
            painter.fillRect(box, QtGui.QColor(palette.caution))
            return
        painter.fillRect(box, QtGui.QColor(mix(palette.panel, palette.caution, 0.22)))
        brush = QtGui.QBrush(QtGui.QColor(palette.caution), Qt.BrushStyle.BDiagPattern)
        edge = QtCore.QRectF(box.left(), box.bottom() - 4, box.width(), 4)
        painter.fillRect(edge, brush)
        self._paint_words(painter, box, band.text, palette.text)

    def _paint_lasting(self, painter: QtGui.QPainter, band: Band) -> None:
        """Paint a remark that lasts: a line with the words above it."""
        palette, box = current().palette, self._box(band, 1)
        line = QtCore.QRectF(box.left(), box.bottom() - 2, box.width(), 2)
        painter.fillRect(line, QtGui.QColor(palette.muted))
        self._paint_words(painter, box, band.text, palette.muted)

    def _paint_moment(self, painter: QtGui.QPainter, band: Band) -> None:
        palette, high = current().palette, self.height() / 2
        x = self._x(band.start)
        side = 0.55 * high
        box = QtCore.QRectF(x - side / 2, high - side - 2, side, side)
        if band.kind == REWARD and not self._gutter:  # many, along a whole recording
            painter.fillRect(QtCore.QRectF(x, high - 5, 1, 4), QtGui.QColor(palette.good))
        elif band.kind == REWARD:
            paint_symbol(painter, "up", box.translated(0, high), palette.good)
        elif band.kind == REMARK:
            paint_symbol(painter, "flag", box.translated(side * 0.26, -2), palette.text)
        else:
            painter.fillRect(QtCore.QRectF(x - 1, 0, 2, 2 * high), QtGui.QColor(palette.alarm))
        if band.kind in (REMARK, GAP):
            room = QtCore.QRectF(x + side, high, self.width() - x - side, high - 1)
            self._paint_words(painter, room, band.text, palette.muted)

    def _paint_window(self, painter: QtGui.QPainter, start: float, stop: float) -> None:
        a, b = self._x(start), self._x(stop)
        painter.setPen(QtGui.QPen(QtGui.QColor(current().palette.text), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QtCore.QRectF(a, 0.75, max(b - a, 3.0), self.height() - 1.5))

    def _paint_words(
        self, painter: QtGui.QPainter, box: QtCore.QRectF, text: str, colour: str
    ) -> None:
        """Write words into a box if a fair part of them fits."""
        metrics, room = painter.fontMetrics(), box.adjusted(4, 0, -2, 0)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        if len(shown) < min(len(text), 5):
            return
        painter.setPen(QtGui.QColor(colour))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
