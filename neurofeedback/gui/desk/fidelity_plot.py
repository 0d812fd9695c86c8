"""Fidelity against delay: how well feedback can be expected to follow this brain.

Responsible for one small plot and the sentence below it. Not responsible for the curve
(`signal.power.fidelity`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurofeedback.gui._graphs import pg
from neurofeedback.gui._qt import QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.signal.power.fidelity import FidelityPoint
from neurofeedback.words.language import number, tr

LATER = 0.25  # s; the lag that is told beside the one in use


class FidelityPlot(QtWidgets.QWidget):
    """The curve with its errors, the lag in use, and what it says."""

    def __init__(self, lag: float) -> None:
        super().__init__()
        self._lag = lag
        self._points: Sequence[FidelityPoint] = ()
        self.plot = pg.PlotWidget()
        self.plot.setAccessibleName(tr("Expected fidelity against delay"))
        self.words = label("", "muted", wrap=True)
        self._curve = self.plot.plot([], [])
        self._errors = pg.ErrorBarItem(x=np.empty(0), y=np.empty(0), height=np.empty(0))
        self._used = pg.InfiniteLine(pos=1e3 * lag, angle=90, movable=False)
        self.plot.addItem(self._errors)
        self.plot.addItem(self._used)
        item = self.plot.getPlotItem()
        item.setMouseEnabled(False, False)
        item.hideButtons()
        item.setMenuEnabled(False)
        menu = item.ctrlMenu  # has no parent and would outlive the window
        menu.setParent(self, menu.windowFlags())
        item.layout.setContentsMargins(4, 10, 12, 4)  # the highest number reaches above the axis
        item.setXRange(0.0, 500.0, padding=0.03)
        item.setYRange(0.4, 1.0, padding=0.02)
        item.setLabel("bottom", tr("shown so long after (ms)"))
        item.setLabel("left", tr("expected r"))
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, gap=2)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.words)
        look().changed.connect(self._dress)
        self._dress()
        self.hide()

    def _dress(self) -> None:
        palette = current().palette
        self.plot.setMinimumHeight(current().px(140))
        self.plot.setBackground(palette.field)
        self._curve.setPen(pg.mkPen(palette.text, width=2))
        self._errors.setData(pen=pg.mkPen(palette.muted))
        self._used.setPen(pg.mkPen(palette.right, style=pg.QtCore.Qt.PenStyle.DashLine))
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small)
        for side in ("bottom", "left"):
            axis = self.plot.getPlotItem().getAxis(side)
            axis.setPen(palette.line)
            axis.setTextPen(palette.muted)
            axis.setTickFont(font)
            axis.label.setFont(font)

    def show_curve(self, points: Sequence[FidelityPoint]) -> None:
        """Take over a curve; none hides the plot."""
        if points == self._points:
            return
        self._points = points
        self.setVisible(bool(points))
        if not points:
            return
        lags = np.array([1e3 * point.lag for point in points])
        r, error = (np.array([getattr(p, name) for p in points]) for name in ("r", "error"))
        self._curve.setData(lags, r)
        self._errors.setData(x=lags, y=r, height=2.0 * error)
        self.words.setText(
            tr(
                "Shown {lag:.0f} ms after the moment, r = {r} \u00b1 {error} can be expected; "
                "{later:.0f} ms after it, r = {r_later} \u00b1 {error_later}. The protocol sets it "
                "(lag).",
                lag=1e3 * self._lag,
                r=number(float(np.interp(1e3 * self._lag, lags, r)), ".2f"),
                error=number(float(np.interp(1e3 * self._lag, lags, error)), ".2f"),
                later=1e3 * LATER,
                r_later=number(float(np.interp(1e3 * LATER, lags, r)), ".2f"),
                error_later=number(float(np.interp(1e3 * LATER, lags, error)), ".2f"),
            )
        )
