"""The spectrum of the posterior electrodes with the alpha peak.

Responsible for one plot and the sentence below it. Not responsible for the spectrum
(`session.check`).
"""

from __future__ import annotations

from neurofeedback.gui._graphs import pg
from neurofeedback.gui._qt import QtGui
from neurofeedback.gui.look import look
from neurofeedback.gui.style import label
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card
from neurofeedback.session.check import SHOWN, LiveSpectrum
from neurofeedback.words.language import number, tr


class SpectrumCard(Card):
    """Spectrum, peak, and what was found."""

    def __init__(self) -> None:
        super().__init__(tr("SPECTRUM AT THE BACK OF THE HEAD"))
        self.plot = pg.PlotWidget()
        self.plot.setAccessibleName(tr("Spectrum of the posterior electrodes"))
        self.words = label(tr("The first spectrum needs 8 s of signal."), wrap=True)
        self._curve = self.plot.plot([], [])
        self._peak = pg.InfiniteLine(angle=90, movable=False)
        self._peak.hide()
        self.plot.addItem(self._peak)
        item = self.plot.getPlotItem()
        item.setMouseEnabled(False, False)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.layout.setContentsMargins(4, 10, 12, 4)  # the highest number reaches above the axis
        menu = item.ctrlMenu  # has no parent and would outlive the window
        menu.setParent(self, menu.windowFlags())
        item.setXRange(*SHOWN, padding=0.01)
        item.setLabel("bottom", tr("frequency (Hz)"))
        item.setLabel("left", tr("dB of 1 \u00b5V\u00b2/Hz"))
        item.hideAxis("left")  # until there is something to measure on it
        self.add(self.plot, self.words)
        self.body.setStretchFactor(self.plot, 1)
        look().changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        palette = current().palette
        self.plot.setMinimumHeight(current().px(120))
        self.plot.setBackground(palette.field)
        self._curve.setPen(pg.mkPen(palette.text, width=1))
        dash = QtGui.QPen(QtGui.QColor(palette.right))
        dash.setStyle(pg.QtCore.Qt.PenStyle.DashLine)
        dash.setCosmetic(True)
        self._peak.setPen(dash)
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small)
        for side in ("bottom", "left"):
            axis = self.plot.getPlotItem().getAxis(side)
            axis.setPen(palette.line)
            axis.setTextPen(palette.muted)
            axis.setTickFont(font)
            axis.label.setFont(font)
            axis.setStyle(tickTextOffset=4)

    def show_spectrum(self, found: LiveSpectrum) -> None:
        """Take over a spectrum."""
        self.plot.getPlotItem().showAxis("left")
        self._curve.setData(found.freqs, found.density)
        self._peak.setVisible(found.peak is not None)
        if found.peak is not None:
            self._peak.setValue(found.peak)
        self.words.setText(spectrum_words(found))


def spectrum_words(found: LiveSpectrum) -> str:
    """Say what was found, in what, and over how long."""
    return tr(
        "{words} Mean of {electrodes}, average reference, last {seconds} s.",
        words=tr(found.words),
        electrodes=", ".join(found.electrodes),
        seconds=number(found.seconds, ".0f"),
    )
