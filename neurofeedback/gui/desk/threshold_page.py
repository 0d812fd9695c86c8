"""The threshold step: what the baseline taught, and how often the participant is to be rewarded.

Responsible for the target's slider and for the words beside it. Not responsible for the threshold
(`protocols.run.threshold`): every move of the slider is a command to the session, which logs it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from neurofeedback.app.states import CONCEALED, feature_line, percent, silent_words
from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.fidelity_plot import FidelityPlot
from neurofeedback.gui.desk.spectrum_plot import spectrum_words
from neurofeedback.gui.operator.trend import TrendPlot
from neurofeedback.gui.steering import Steering
from neurofeedback.gui.style import label, spaced, tip
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card, Scroll
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.session.check import live_spectrum
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import Status
from neurofeedback.words.language import number, tr

SETTLE_MS = 250  # a slider that is being moved is one change, not twenty
LOWEST, HIGHEST, STEP = 10, 90, 5


class ThresholdPage(QtWidgets.QWidget):
    """Slider and words.

    Parameters
    ----------
    session : SessionRunner
        Paused after its baseline.
    steering : Steering
        Where commands go.

    Attributes
    ----------
    redo_asked : Signal()
        The baseline is to be taken again.
    """

    redo_asked = Signal()

    def __init__(self, session: SessionRunner, steering: Steering) -> None:
        super().__init__()
        self._session = session
        self._steering = steering
        rate = session.spec.target_rate
        self.slider = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(LOWEST, HIGHEST)
        self.slider.setSingleStep(STEP)
        self.slider.setPageStep(2 * STEP)
        self.slider.setTickInterval(10)
        self.slider.setTickPosition(QtWidgets.QSlider.TickPosition.TicksBelow)
        self.slider.setAccessibleName(tr("Target reward rate in percent"))
        self.slider.setValue(round(100 * (rate if rate is not None else 0.65)))
        self.rate, self.value = label("", "number"), label("", "title", wrap=True)
        self.about = label("", "muted", wrap=True)
        self.estimator, self.feature = label("", wrap=True), label("", wrap=True)
        self.alpha, self.note = label("", wrap=True), label("", "muted", wrap=True)
        self.fidelity = FidelityPlot(_lag_of(session))
        self.plot = TrendPlot(session.score, tr("seconds before the end of the baseline"))
        self.redo = QtWidgets.QPushButton(tr("Repeat baseline (Ctrl+R)"))
        self.redo.setShortcut("Ctrl+R")
        self.redo.clicked.connect(self.redo_asked.emit)
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(SETTLE_MS)
        self._later.timeout.connect(self._send)
        self._compose()
        self.slider.valueChanged.connect(self._moved)
        self._tell_rate()
        self.setFocusProxy(self.slider)

    def _compose(self) -> None:
        content = QtWidgets.QWidget()
        outer = QtWidgets.QVBoxLayout(content)
        spaced(outer, gap=4)
        page = QtWidgets.QHBoxLayout()
        spaced(page, gap=4)
        outer.addLayout(page)
        outer.addWidget(self._seen(), 1)
        aim = Card(tr("TARGET REWARD RATE"))
        aim.add(self.rate, self.slider, self.about)
        aim.body.addSpacing(4 * current().unit)
        now = label(tr("THRESHOLD NOW"), "heading")
        aim.add(now, self.value)
        now.setHidden(self._session.concealed)
        self.value.setHidden(self._session.concealed)
        aim.body.addStretch(1)
        page.addWidget(aim, 1)
        taught = Card(tr("LEARNED FROM THE BASELINE"))
        taught.add(self.feature, self.estimator, self.fidelity, self.alpha, self.note)
        taught.body.addSpacing(4 * current().unit)
        taught.add(self.redo)
        taught.body.addStretch(1)
        page.addWidget(taught, 1)
        whole = QtWidgets.QVBoxLayout(self)
        spaced(whole)
        self._scroll = Scroll(content)
        whole.addWidget(self._scroll)

    def _seen(self) -> Card:
        """Return the card with the plot, or with words in its place."""
        hidden = self._session.concealed
        card = Card(tr("FEEDBACK") if hidden else tr("END OF THE BASELINE, AND THRESHOLD"))
        self.plot.setMinimumHeight(160)
        card.add(self.plot)
        card.body.setStretchFactor(self.plot, 1)
        if hidden:
            self.plot.hide()
            card.add(label(tr(CONCEALED), wrap=True))
        return card

    def add_frames(self, frames: Sequence[FeedbackFrame]) -> None:
        """Take over new frames of the baseline, unless they are concealed.

        What comes while one talks about the threshold would scroll the baseline away.
        """
        if not self._session.concealed:
            self.plot.add_frames([frame for frame in frames if frame.phase == "baseline"])

    def _moved(self) -> None:
        self._tell_rate()
        self._later.start()

    def _tell_rate(self) -> None:
        share = self.slider.value() / 100
        self.rate.setText(percent(share))
        self.slider.setAccessibleDescription(percent(share))

    def _send(self) -> None:
        self._steering.ask(self._target())

    def _target(self) -> Command:
        return Command(CommandName.TARGET_RATE, self.slider.value() / 100)

    def take_moved(self) -> tuple[Command, ...]:
        """Return what a move of the slider asks for that has not been sent."""
        if not self._later.isActive():
            return ()
        self._later.stop()
        return (self._target(),)

    def showEvent(self, event: QtGui.QShowEvent) -> None:  # noqa: N802
        """Look for the alpha peak in the end of the baseline."""
        super().showEvent(event)
        newest, _ = self._session.ring.read_since(0)
        found = live_spectrum(self._session.info, newest)
        self.alpha.setText("" if found is None else spectrum_words(found))
        self.alpha.setVisible(found is not None)

    def show_now(self, status: Status, frame: FeedbackFrame | None) -> None:
        """Take over status and newest frame."""
        if not self._session.concealed:
            self._show_threshold(frame)
        allowed = CommandName.TARGET_RATE in status.progress.allowed
        silent = silent_words(status)
        self._enable_slider(allowed and not silent)
        self.redo.setEnabled(CommandName.REDO_BASELINE in status.progress.allowed and not silent)
        for each in (self.slider, self.redo):
            each.setToolTip(tip(silent))
        self.about.setText(
            tr(
                "of clean time past the threshold if the participant stays as in the "
                "baseline. 60 to 70 % keeps most people motivated. Change it with the "
                "arrow keys; every change is logged."
            )
            if allowed
            else tr("This protocol sets its own threshold. You cannot change it here.")
        )
        score = self._session.score
        self.feature.setText(feature_line(score))
        self.estimator.setText(tr(status.estimator))
        self.estimator.setVisible(bool(status.estimator))
        self.fidelity.show_curve(status.fidelity)
        self.note.setText(tr(score.note))
        self.note.setVisible(bool(score.note))

    def _enable_slider(self, yes: bool) -> None:
        """Let the slider be moved or not; the keyboard stays on this page and comes back to it."""
        if yes is self.slider.isEnabled():
            return
        if self.slider.hasFocus():
            self._scroll.setFocus()
        self.slider.setEnabled(yes)
        if yes and self._scroll.hasFocus():
            self.slider.setFocus()

    def _show_threshold(self, frame: FeedbackFrame | None) -> None:
        threshold = math.nan if frame is None else frame.threshold
        self.plot.show_level(threshold)
        self.plot.redraw()
        known = math.isfinite(threshold)
        unit = tr(self._session.score.unit)
        self.value.setText(f"{number(threshold, '+.3g')} {unit}" if known else tr("none yet"))


def _lag_of(session: SessionRunner) -> float:
    """Return the lag of what is trained, s."""
    name = session.score.name
    return next((f.envelope.lag for f in session.spec.signal.features if f.name == name), 0.0)
