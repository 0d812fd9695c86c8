"""The last minute of the trained feature, with its threshold, holds and rewards.

Responsible for one plot. Not responsible for deciding what is a hold or a reward.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FeatureDescriptor, FeedbackFrame, FloatArray
from neurofeedback.gui._graphs import pg
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.theme import current, mix, rgb
from neurofeedback.words.language import tr, with_point

SPAN = 60.0
REDRAW_EVERY = 2


class FrameHistory:
    """The feedback frames of the last `span` seconds of stream time, as columns.

    Parameters
    ----------
    span : float
        Seconds kept.
    """

    COLUMNS = ("time", "feature", "threshold", "held", "reward")

    def __init__(self, span: float = SPAN) -> None:
        self._span = span
        self._rows: FloatArray = np.empty((0, len(self.COLUMNS)))

    def __len__(self) -> int:
        return len(self._rows)

    def append(self, frames: Sequence[FeedbackFrame]) -> None:
        """Add frames and drop those older than `span`; a jump back in time starts afresh."""
        new = np.array(
            [(f.time, f.feature, f.threshold, f.held is not None, f.reward) for f in frames],
            dtype=np.float64,
        ).reshape(-1, len(self.COLUMNS))
        if not len(new):
            return
        old = self._rows
        if len(old) and new[0, 0] < old[-1, 0]:
            old = old[:0]
        rows = np.concatenate([old, new])
        self._rows = rows[rows[:, 0] >= rows[-1, 0] - self._span]

    def column(self, name: str) -> FloatArray:
        """Return a column, shape (n_frames,); ``held`` and ``reward`` are 0 or 1."""
        return self._rows[:, self.COLUMNS.index(name)]


def value_range(values: FloatArray, thresholds: FloatArray) -> tuple[float, float]:
    """Return a calm vertical range: nearly all values and the newest threshold, in whole halves.

    Parameters
    ----------
    values, thresholds : ndarray
        What is shown; may hold NaN.

    Returns
    -------
    tuple of float
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return -1.0, 1.0
    low, high = np.percentile(finite, [0.5, 99.5])
    known = thresholds[np.isfinite(thresholds)]
    if known.size:
        low, high = min(low, known[-1] - 0.2), max(high, known[-1] + 0.2)
    return math.floor(2 * low - 0.2) / 2, math.ceil(2 * high + 0.2) / 2


class _Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose numbers are written as in the language in use."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        """Return what stands at the ticks."""
        return [with_point(written) for written in super().tickStrings(values, scale, spacing)]


class TrendPlot(QtWidgets.QWidget):
    """Plot of the trained feature over the last minute.

    Parameters
    ----------
    descriptor : FeatureDescriptor
        What is plotted.
    time : str
        What stands below the time axis.
    """

    def __init__(self, descriptor: FeatureDescriptor, time: str = "") -> None:
        super().__init__()
        self._time = time or tr("seconds before now")
        self._shown_level = math.nan
        self.history = FrameHistory()
        self._range = (-1.0, 1.0)
        self._dirty = False
        self._asked = 0
        self._unit = tr(descriptor.unit)
        self.plot = pg.PlotWidget(axisItems={"left": _Axis("left")})
        self._build()
        self._dress()
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self.plot.setSizePolicy(
            QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Ignored
        )
        self.setAccessibleName(tr("Trend of {name} over the last minute", name=descriptor.name))
        look().changed.connect(self._dress)

    def _build(self) -> None:
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMenuEnabled(False)
        menu = self.plot.plotItem.ctrlMenu  # has no parent and would outlive the window
        menu.setParent(self, menu.windowFlags())
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.setXRange(-SPAN, 0, padding=0)
        for side in ("bottom", "left"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.plot.getAxis("left").setTickDensity(0.6)
        self.plot.showGrid(x=False, y=True, alpha=0.15)
        self._holds = self.plot.plot(pen=None, fillLevel=0.0)
        self._line = self.plot.plot(connect="finite")
        self._threshold = self.plot.plot(connect="finite")
        self._level = pg.InfiniteLine(angle=0)
        self._level.hide()
        self.plot.addItem(self._level)
        # Not as a plot with symbols: that makes a new pen for each redraw, and keeps a picture of
        # the symbol for each pen.
        self._rewards = pg.ScatterPlotItem(pen=None, symbol="t1")
        self.plot.addItem(self._rewards)

    def _dress(self) -> None:
        """Take colours and sizes from the theme in use."""
        theme = current()
        palette = theme.palette
        self.plot.setBackground(palette.field)
        font = QtGui.QFont(self.font())
        font.setPixelSize(theme.small)
        for side, text in (("bottom", self._time), ("left", self._unit)):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(palette.line))
            axis.setTextPen(pg.mkPen(palette.muted))
            axis.setStyle(tickFont=font, tickLength=4)
            axis.setLabel(text, color=palette.muted, **{"font-size": f"{theme.small}px"})
        self.plot.getAxis("left").setWidth(theme.px(56))
        self._holds.setBrush(pg.mkBrush(*rgb(palette.muted), 56))
        self._line.setPen(pg.mkPen(mix(palette.field, palette.text, 0.8), width=1))
        self._threshold.setPen(pg.mkPen(palette.caution, width=2, style=Qt.PenStyle.DashLine))
        self._level.setPen(pg.mkPen(palette.caution, width=2, style=Qt.PenStyle.DashLine))
        self._rewards.setBrush(pg.mkBrush(palette.good))
        self._rewards.setSize(theme.px(8))
        self.setMinimumHeight(theme.px(120))

    def add_frames(self, frames: Sequence[FeedbackFrame]) -> None:
        """Take over new frames; they are drawn at the next redraw."""
        self.history.append(frames)
        self._dirty = self._dirty or bool(len(frames))

    @property
    def level(self) -> float:
        """The value of the line over the whole width; NaN where there is none."""
        return self._shown_level

    def show_level(self, level: float) -> None:
        """Draw a line at a value over the whole width, such as where the threshold would be."""
        if level == self._shown_level:
            return
        self._shown_level = level
        self._level.setVisible(math.isfinite(level))
        if math.isfinite(level):
            self._level.setValue(level)
        self._dirty = bool(len(self.history))

    def redraw(self) -> None:
        """Draw what has changed, every other time it is asked to."""
        self._asked += 1
        if not self._dirty or not self.isVisible() or self._asked % REDRAW_EVERY:
            return
        self._dirty = False
        history = self.history
        times = history.column("time") - history.column("time")[-1]
        held = history.column("held") > 0
        feature = np.where(held, np.nan, history.column("feature"))
        thresholds = history.column("threshold")
        self._fit(feature, np.append(thresholds, self._shown_level))
        low, high = self._range
        self._line.setData(times, feature)
        bends = turning_points(thresholds)
        self._threshold.setData(times[bends], thresholds[bends])
        self._holds.setFillLevel(low)
        bends = turning_points(held)
        self._holds.setData(*_steps(times[bends], np.where(held[bends], high, low)))
        rewarded = history.column("reward") > 0
        self._rewards.setData(times[rewarded], np.full(rewarded.sum(), high - 0.06 * (high - low)))

    def _fit(self, values: FloatArray, thresholds: FloatArray) -> None:
        """Widen the range at once where needed; narrow it only when much too wide."""
        low, high = value_range(values, thresholds)
        old_low, old_high = self._range
        if low < old_low or high > old_high or (high - low) < 0.6 * (old_high - old_low):
            self._range = (low, high)
            self.plot.setYRange(low, high, padding=0)


def turning_points(values: NDArray[Any]) -> NDArray[np.intp]:
    """Return where runs of equal values begin and end: all that a line through them needs.

    A dashed line costs by its points, and a threshold is a few straight pieces.

    Parameters
    ----------
    values : ndarray, shape (n,)
        May hold NaN, which count as equal.

    Returns
    -------
    ndarray of int
        Rising.
    """
    before, after = values[:-1], values[1:]
    changes = (before != after) & ~((before != before) & (after != after))
    bends = np.ones(values.size, dtype=bool)
    bends[1:-1] = changes[:-1] | changes[1:]
    return np.flatnonzero(bends)


def _steps(times: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the corners of a step curve, so that shading has upright edges."""
    return np.repeat(times, 2)[1:], np.repeat(values, 2)[:-1]
