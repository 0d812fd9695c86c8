"""The signal check: is this the right stream, and are the electrodes good.

Responsible for map, traces, spectrum and "what to mend next" on a stream that is looked at before
anything is recorded. Not responsible for the stream (`session.check`) nor for the verdicts.
"""

from __future__ import annotations

import math
import time

import numpy as np

from neurofeedback.acquisition.impedance import impedances_in_words
from neurofeedback.app.states import stream_line
from neurofeedback.errors import UserError
from neurofeedback.frames import MICROVOLTS_PER_VOLT, Chunk, StreamInfo
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.bridge import Bridge
from neurofeedback.gui.desk.spectrum_plot import SpectrumCard
from neurofeedback.gui.latency_window import LatencyWindow
from neurofeedback.gui.operator.electrodes import ElectrodeCard
from neurofeedback.gui.operator.offers import Offers
from neurofeedback.gui.operator.traces_panel import TracesPanel
from neurofeedback.gui.operator.window import judged_names, trained_sides
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import LongLabel, Scroll, StateBanner
from neurofeedback.session.check import live_spectrum
from neurofeedback.session.ends import CHECKED
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import RunState, Status
from neurofeedback.signal.quality import QualityReport
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

SPECTRUM_EVERY = 1.0  # s
LONGEST_END = 2.0  # s; a source that hangs keeps nobody
MEASURE_SECONDS = 10.0
USUAL = (3e-6, 200e-6)  # V: outside of this the unit is doubtful


class CheckPage(QtWidgets.QWidget):
    """A live look at a stream.

    Parameters
    ----------
    session : SessionRunner
        From `session.check.prepare_check`, started.
    refusal : UserError or None
        Why the stream does not serve the protocol.

    Attributes
    ----------
    names_asked : Signal()
        The operator wants to say which electrode each channel is.
    """

    names_asked = Signal()

    def __init__(self, session: SessionRunner, refusal: UserError | None = None) -> None:
        super().__init__()
        self._session = session
        self._refusal = refusal
        sides = trained_sides(session.spec)
        names = judged_names(session.info)
        self.banner, self.offers = StateBanner(), Offers()
        self.offers.restarts = True
        self.offers.accepted.connect(session.accept)
        self.identity = LongLabel(stream_line(session.info), "muted")
        self.traces = TracesPanel(session.info, sides)
        self.electrodes = ElectrodeCard(names, sides, whole=True)
        self.spectrum = SpectrumCard()
        self.names = QtWidgets.QPushButton(tr("Name electrodes\u2026  (Ctrl+M)"))
        self.measure = QtWidgets.QPushButton(tr("Measure latency"))
        self.latency = LongLabel("", "muted")
        self.doubt = label("", "error", wrap=True)
        self.impedances = label("", "muted", wrap=True)
        self._window: LatencyWindow | None = None
        self.bridge = Bridge(session, time.monotonic, parent=self)
        self._next_spectrum = 0.0
        self._compose()
        self._connect()

    def _compose(self) -> None:
        page = QtWidgets.QVBoxLayout(self)
        spaced(page, gap=2)
        page.addWidget(self.banner)
        page.addWidget(self.offers)
        line = QtWidgets.QHBoxLayout()
        spaced(line, gap=2)
        policy = QtWidgets.QSizePolicy.Policy
        line.addWidget(self.identity)
        line.addStretch(1)
        line.addWidget(self.names)
        self.measure.setSizePolicy(policy.Maximum, policy.Fixed)
        line.addWidget(self.measure)
        page.addLayout(line)
        self.measure.setToolTip(
            tr("Show the participant's window for ten seconds, and measure how late it is")
        )
        page.addWidget(self.doubt)
        self.doubt.hide()
        page.addWidget(self.latency)
        self.latency.hide()
        page.addWidget(self.impedances)
        self.impedances.hide()
        self._upper = QtWidgets.QWidget()
        row = QtWidgets.QHBoxLayout(self._upper)
        spaced(row, gap=3)
        row.addWidget(self.electrodes, 3)
        row.addWidget(self.spectrum, 2)
        split = QtWidgets.QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self._upper)
        split.addWidget(self.traces)
        split.setSizes([420, 320])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(10)
        page.addWidget(Scroll(split), 1)

    def _fit(self) -> None:
        """Keep every line of words in sight; a splitter does not ask how high they are."""
        row = self._upper.layout()
        assert row is not None
        for layout in (self.electrodes.body, self.spectrum.body, row):
            layout.invalidate()
        self._upper.setMinimumHeight(row.minimumHeightForWidth(self._upper.width()))

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Make room for words that break into more lines."""
        super().resizeEvent(event)
        self._fit()

    def _connect(self) -> None:
        self.bridge.samples_arrived.connect(self._add_samples)
        self.bridge.quality_changed.connect(self._show_quality)
        self.bridge.status_changed.connect(self._show_status)
        self.bridge.spare.connect(self._look)
        self.measure.clicked.connect(self._measure)
        self.names.setShortcut(QtGui.QKeySequence("Ctrl+M"))
        self.names.setAutoDefault(False)
        self.names.setVisible(self.info.origin != "synthetic")  # whose names are its own
        self.names.clicked.connect(self.names_asked)
        for keys, do in (
            (("+", "="), lambda: self.traces.view.zoom(1)),
            (("-",), lambda: self.traces.view.zoom(-1)),
            (("C",), self.traces.next_choice),
            (("V",), self.traces.next_montage),
            (("H",), self.traces.filter.open),
            (("PgUp",), lambda: self.traces.turn_page(-1)),
            (("PgDown",), lambda: self.traces.turn_page(1)),
        ):
            for key in keys:
                shortcut = QtGui.QShortcut(QtGui.QKeySequence(key), self)
                shortcut.activated.connect(do)

    @property
    def info(self) -> StreamInfo:
        """The stream that is looked at."""
        return self._session.info

    def start(self) -> None:
        """Begin to look."""
        self.bridge.start()

    def stop(self) -> None:
        """Look no more; the source is closed when this returns, as it may be opened again."""
        self.bridge.stop()
        if self._window is not None:
            self._show_latency()
        self._session.stop(CHECKED)
        self._session.wait(LONGEST_END)

    def _measure(self) -> None:
        """Show the participant's window for a while, as in a session."""
        self.measure.setEnabled(False)
        self._window = LatencyWindow(self._session, self.bridge, seconds=MEASURE_SECONDS)
        self._window.measured.connect(self._show_latency)
        self._window.put_away.connect(self._show_latency)
        self._window.show()

    def _show_latency(self) -> None:
        self.measure.setEnabled(True)
        self.latency.tell(tr(self._session.latency.in_words))
        self.latency.show()
        if self._window is not None:
            self._window.deleteLater()
            self._window = None

    def _add_samples(self, chunk: Chunk) -> None:
        self.traces.add_samples(chunk)
        self.identity.tell(f"{stream_line(self._session.info)} \u00b7 {amplitude_words(chunk)}")
        self.doubt.setText(amplitude_doubt(chunk))
        self.doubt.setVisible(bool(self.doubt.text()))

    def _show_quality(self, report: QualityReport) -> None:
        self.electrodes.show_states(report.states)

    def _show_status(self, status: Status) -> None:
        kind, words = banner_of(status)
        if self._refusal is not None and kind == "good":
            kind, words = "alarm", tr(message_of(self._refusal))
        self.banner.tell(kind, words)
        self.offers.show_status(status)
        measured = impedances_in_words(self._session.impedances)
        if measured:
            self.impedances.setText(tr(measured))
            self.impedances.show()

    def _look(self) -> None:
        """Work out a spectrum now and then, in a tick in which nothing else is painted."""
        now = time.monotonic()
        if now < self._next_spectrum:
            return
        self._next_spectrum = now + SPECTRUM_EVERY
        newest, _ = self._session.ring.read_since(0)
        found = live_spectrum(self._session.info, newest)
        if found is not None:
            self.spectrum.show_spectrum(found)
            self._fit()


def banner_of(status: Status) -> tuple[str, str]:
    """Return kind and words of the banner while a stream is looked at."""
    if status.state is RunState.FAILED:
        return "alarm", tr("The stream failed: {why}", why=tr(status.alarm or ""))
    if status.alarm is not None:
        return "alarm", tr(status.alarm)
    if status.state is RunState.FINISHED:
        return "caution", tr(
            "The stream has ended. Go back and choose it again, or choose another."
        )
    return "good", tr("Receiving samples · nothing is recorded yet")


def amplitude_words(chunk: Chunk) -> str:
    """Say how large the signal is."""
    spread = amplitude(chunk)
    if math.isnan(spread):
        return tr("no amplitude yet")
    return tr(
        "usual amplitude {size:.3g} \u00b5V (SD, newest samples)", size=spread * MICROVOLTS_PER_VOLT
    )


def amplitude_doubt(chunk: Chunk) -> str:
    """Doubt the unit where the signal is not as large as EEG; empty where it is."""
    spread = amplitude(chunk)
    if math.isnan(spread) or USUAL[0] <= spread <= USUAL[1]:
        return ""
    return tr("Amplitude is not that of EEG. Check the unit and the electrodes.")


def amplitude(chunk: Chunk) -> float:
    """Return the usual standard deviation of a channel, V; NaN before it is known."""
    data = chunk.data[np.isfinite(chunk.data).all(axis=1)]
    return float(np.median(data.std(axis=0))) if len(data) >= 2 else math.nan
