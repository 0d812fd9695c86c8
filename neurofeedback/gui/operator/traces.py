"""The sweeping page of raw traces of all channels.

Responsible for drawing up to hundreds of channels smoothly, labelled, to a stated scale in
microvolts, filtered for display. Not responsible for where samples come from.

The page is a picture that is painted over from left to right, as on a bedside monitor: at every
update only the new pixel columns are rendered (`gui.operator.envelope`), so that the cost does not
depend on how many seconds are on the page.

Longer than most modules, since all of it works on that one picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import Chunk, FloatArray, StreamInfo
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.envelope import column_envelope, coverage
from neurofeedback.gui.operator.filtering.display_filter import USUAL, DisplayFilter
from neurofeedback.gui.operator.filtering.store import TraceStore
from neurofeedback.gui.operator.montages import Montage, montages
from neurofeedback.gui.theme import current, rgb
from neurofeedback.gui.typeface import emphasise
from neurofeedback.words.language import tr

SCALES = (5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000, 2000)
PAGE_SECONDS = 10.0
SMALLEST_ROW = 5.2
LABEL_ROW = 13.0
GUTTER = 74
MARGIN = 8
STROKE = 1.15
GAP_COLUMNS = 14


class TraceView(QtWidgets.QWidget):
    """A page of traces.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    sides : mapping of str to str
        Channels to set off, name to ``left`` or ``right``.
    page_seconds : float
        Seconds across the page.

    Attributes
    ----------
    view_changed : Signal()
        Scale, number of rows or first row changed.
    """

    view_changed = Signal()

    def __init__(
        self,
        info: StreamInfo,
        sides: Mapping[str, str] | None = None,
        page_seconds: float = PAGE_SECONDS,
    ) -> None:
        super().__init__()
        self._info = info
        self._page_seconds = page_seconds
        self._filter = USUAL
        self._store = self._new_store()
        self._sides = dict(sides or {})
        self._use(montages(info)[0])
        self._scale_index = SCALES.index(100)
        self._at_once = self.n_total
        self._first_row = 0
        self._pixels: NDArray[np.uint8] = np.zeros((1, 1, 4), dtype=np.uint8)
        self._image = QtGui.QImage()
        self._labels: QtGui.QPixmap | None = None
        self._gutter = current().px(GUTTER)
        self._next_column = 0
        self._still: int | None = None  # pages before the one that stands still
        self.setAccessibleName(tr("EEG traces"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        look().changed.connect(self._fit)

    # -- what the operator can change ---------------------------------------------------------

    @property
    def scale(self) -> int:
        """Height of a row, in microvolts."""
        return SCALES[self._scale_index]

    @property
    def montage(self) -> Montage:
        """What the rows are."""
        return self._montage

    def show_montage(self, montage: Montage) -> None:
        """Show other rows, also of what is on the page."""
        whole = self._at_once >= self.n_total
        self._use(montage)
        self._at_once = self.n_total if whole else self._at_once
        self.scroll_to(0)

    @property
    def filter(self) -> DisplayFilter:
        """What the traces are drawn through."""
        return self._filter

    def show_filter(self, chosen: DisplayFilter) -> None:
        """Draw what is on the page, and all that follows, through another filter."""
        self._filter = chosen
        self._store.use(chosen)
        self._redraw()

    def _new_store(self) -> TraceStore:
        seconds = self._page_seconds * 1.05
        return TraceStore(self._info.n_channels, self._info.sfreq, seconds, self._filter)

    def _use(self, montage: Montage) -> None:
        self._montage = montage
        main = [row.channels[0] for row in montage.rows]
        names, units = self._info.ch_names, [self._info.units[i] for i in main]
        self._side = [self._sides.get(names[i], "trace") for i in main]
        self._unit_scale: FloatArray = np.array([1e6 if u == "V" else 1.0 for u in units])
        self._own_scale = np.array([u != "V" for u in units])

    @property
    def n_total(self) -> int:
        """Rows there are, on the page and off it."""
        return len(self._montage.rows)

    def zoom(self, steps: int) -> None:
        """Make traces larger (positive) or smaller (negative) by steps of the scale."""
        index = min(max(self._scale_index - steps, 0), len(SCALES) - 1)
        if index != self._scale_index:
            self._scale_index = index
            self._redraw()

    @property
    def n_rows(self) -> int:
        """Channels on the page at once."""
        fitting = max(
            1, int((self.height() - 2 * MARGIN) / (SMALLEST_ROW * current().percent / 100))
        )
        return min(self._at_once, fitting, self.n_total)

    @property
    def first_row(self) -> int:
        """Index of the uppermost channel."""
        return self._first_row

    def show_at_once(self, n_channels: int) -> None:
        """Show this many channels at once, as far as they fit."""
        self._at_once = max(1, n_channels)
        self.scroll_to(self._first_row)

    def scroll_to(self, first_row: int) -> None:
        """Bring this channel to the top."""
        self._first_row = min(max(first_row, 0), self.n_total - self.n_rows)
        self._redraw()

    # -- samples ------------------------------------------------------------------------------

    def add_samples(self, chunk: Chunk) -> None:
        """Add samples and draw the pixel columns they complete."""
        self._store.append(chunk)
        complete = int(math.floor((self._store.stop - 1) / self._per_column))
        newest_page = complete - self._width + GAP_COLUMNS
        start = max(self._next_column, newest_page)
        if complete <= start or not self.isVisible():
            return
        self._draw(start, complete)
        self._next_column = complete
        for rect in self._touched(start, complete + GAP_COLUMNS + 1):
            self.update(rect)

    def show_page(self, chunk: Chunk, n_lead: int = 0) -> None:
        """Show samples on a page that stands still, from its left edge, in place of what was there.

        Parameters
        ----------
        chunk : Chunk
            As much as the page holds; what is longer is cut.
        n_lead : int
            So many samples at its beginning lie before the page: drift is removed from them on.
        """
        n_page = math.ceil(self._page_seconds * self._info.sfreq)
        self._store = self._new_store()
        self._still = 1 + n_lead // n_page
        first = math.ceil(self._still * self._page_seconds * self._info.sfreq)
        shown = chunk.split(min(chunk.n_times, n_lead + n_page))[0]
        if shown.n_times:
            self._store.append(replace(shown, first_sample=first - n_lead))
        self._redraw()

    @property
    def _width(self) -> int:
        return int(self._pixels.shape[1])

    @property
    def _height(self) -> int:
        return int(self._pixels.shape[0])

    @property
    def _pitch(self) -> float:
        """Height of a row, device-independent pixels."""
        return (self.height() - 2 * MARGIN) / self.n_rows

    @property
    def _per_column(self) -> float:
        """Samples in a pixel column."""
        return self._page_seconds * self._info.sfreq / self._width

    def _touched(self, start: int, stop: int) -> list[QtCore.QRect]:
        """Return where on the widget the columns start..stop lie (they may wrap around)."""
        ratio = self.devicePixelRatioF()
        begin, count = start % self._width, stop - start
        parts = [(begin, min(begin + count, self._width))]
        if begin + count > self._width:
            parts.append((0, begin + count - self._width))
        left, high = self._gutter, self.height()
        return [
            QtCore.QRect(left + math.floor(a / ratio), 0, math.ceil((b - a) / ratio) + 2, high)
            for a, b in parts
        ]

    # -- rendering ----------------------------------------------------------------------------

    def _redraw(self) -> None:
        """Render the whole page anew."""
        self._labels = None
        self._pixels[:] = self._empty(np.arange(self._width))
        complete = int(math.floor((self._store.stop - 1) / self._per_column))
        start = complete - self._width + GAP_COLUMNS
        if self._still is not None:
            start = self._still * self._width
            complete = min(complete, start + self._width)
        if self._store.stop and complete > start:
            self._draw(max(start, 0), complete)
        self._next_column = max(complete, 0)
        self.update()
        self.view_changed.emit()

    def _empty(self, columns: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return background for the columns: a faint line at each full second."""
        second = np.floor(columns * self._page_seconds / self._width)
        before = np.floor((columns - 1) * self._page_seconds / self._width)
        lined = (second != before)[None, :, None] & (columns > 0)[None, :, None]
        background, line = _bgra(current().palette.field), _bgra(current().palette.grid)
        return np.where(lined, line, background).astype(np.uint8)

    def _draw(self, start: int, stop: int) -> None:
        samples, first = self._store.page()
        rows = slice(self._first_row, self._first_row + self.n_rows)
        # A column is joined to the one before it; nothing earlier is needed.
        skipped = min(max(math.floor((start - 2) * self._per_column) - first, 0), len(samples))
        samples, first = samples[skipped:], first + skipped
        shown = np.column_stack([row.of(samples) for row in self._montage.rows[rows]])
        low, high = column_envelope(shown, first, self._per_column, start, stop)
        ratio = self.devicePixelRatioF()
        pitch = self._pitch * ratio
        per_unit = self._pixels_per_unit(rows, pitch, low, high)
        centres = (np.arange(self.n_rows) + 0.5) * pitch + MARGIN * ratio
        half = STROKE * ratio / 2
        top = np.maximum(centres - high * per_unit, half) - half
        bottom = np.minimum(centres - low * per_unit, self._height - half) + half
        columns = np.arange(start, stop) % self._width
        strip = np.broadcast_to(self._empty(columns), (self._height, len(columns), 4)).astype(
            np.float64
        )
        for side in ("trace", "left", "right"):
            picked = [i for i, s in enumerate(self._side[rows]) if s == side]
            if picked:
                covered = coverage(top[:, picked], bottom[:, picked], self._height)[:, :, None]
                strip += (np.array(_bgra(getattr(current().palette, side))) - strip) * covered
        self._pixels[:, columns] = strip.astype(np.uint8)
        if self._still is not None:
            return
        ahead = np.arange(stop, stop + GAP_COLUMNS) % self._width
        self._pixels[:, ahead] = self._empty(ahead)
        self._pixels[:, ahead[0]] = _bgra(current().palette.line)

    def _pixels_per_unit(
        self, rows: slice, pitch: float, low: FloatArray, high: FloatArray
    ) -> FloatArray:
        """Return pixels per unit of each row; channels without volts fill their row."""
        per_unit = self._unit_scale[rows] * pitch / self.scale
        own = np.flatnonzero(self._own_scale[rows])
        if own.size:
            reach = np.fmax.reduce(np.fmax(np.abs(low[:, own]), np.abs(high[:, own])), axis=0)
            per_unit[own] = np.where(reach > 0, 0.4 * pitch / np.maximum(reach, 1e-300), 0.0)
        return per_unit

    # -- the widget ---------------------------------------------------------------------------

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return room for a few channels."""
        return QtCore.QSize(240, current().px(150))

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Make a picture of the new size and render the page."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """Make a picture of the size and in the theme there is now."""
        self._gutter = current().px(GUTTER)
        ratio = self.devicePixelRatioF()
        width = max(16, round((self.width() - self._gutter) * ratio))
        height = max(16, round(self.height() * ratio))
        self._pixels = np.zeros((height, width, 4), dtype=np.uint8)
        self._image = QtGui.QImage(
            self._pixels.data, width, height, 4 * width, QtGui.QImage.Format.Format_RGB32
        )
        self._image.setDevicePixelRatio(ratio)
        self.scroll_to(self._first_row)

    def showEvent(self, event: QtGui.QShowEvent) -> None:  # noqa: N802
        """Render what arrived while the page was hidden."""
        super().showEvent(event)
        self._redraw()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Copy the changed part of the picture; labels only where they are touched."""
        painter = QtGui.QPainter(self)
        ratio = self.devicePixelRatioF()
        area, gutter = event.rect(), self._gutter
        page = area.intersected(self.rect().adjusted(gutter, 0, 0, 0))
        source = QtCore.QRectF(
            (page.x() - gutter) * ratio, page.y() * ratio,
            page.width() * ratio, page.height() * ratio,
        )  # fmt: skip
        painter.drawImage(QtCore.QRectF(page), self._image, source)
        if area.left() < gutter:
            painter.drawPixmap(0, 0, self._label_picture())
        painter.end()

    def _label_picture(self) -> QtGui.QPixmap:
        """Return the channel names, painted once for each layout."""
        if self._labels is None:
            ratio = self.devicePixelRatioF()
            self._labels = QtGui.QPixmap(QtCore.QSize(self._gutter, self.height()) * ratio)
            self._labels.setDevicePixelRatio(ratio)
            self._labels.fill(QtGui.QColor(current().palette.field))
            painter = QtGui.QPainter(self._labels)
            self._paint_labels(painter)
            painter.end()
        return self._labels

    def _paint_labels(self, painter: QtGui.QPainter) -> None:
        """Write the names; in two columns where rows are lower than the letters."""
        pitch, palette = self._pitch, current().palette
        staggered = 2 if pitch < current().px(LABEL_ROW) else 1
        font = QtGui.QFont(self.font())
        font.setPixelSize(max(9, min(current().small + 1 - staggered, int(pitch * staggered) - 1)))
        for row in range(self.n_rows):
            index = self._first_row + row
            side = self._side[index]
            emphasise(font, side != "trace")
            painter.setFont(font)
            colour = palette.muted if side == "trace" else getattr(palette, side)
            painter.setPen(QtGui.QColor(colour))
            middle = (row + 0.5) * pitch + MARGIN
            left = 6 + (self._gutter // 2 - 2) * (row % staggered)
            width = self._gutter // staggered - 8
            name = painter.fontMetrics().elidedText(
                self._montage.rows[index].label, Qt.TextElideMode.ElideRight, width
            )
            box = QtCore.QRectF(left, middle - 20, width, 40)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)


def _bgra(colour: str) -> tuple[int, int, int, int]:
    red, green, blue = rgb(colour)
    return blue, green, red, 255
