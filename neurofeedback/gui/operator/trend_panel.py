"""The trend of the trained feature with what belongs around it: what it is, and what marks mean.

Responsible for the lines above the plot. Not responsible for the plot (`gui.operator.trend`) nor
for the words (`app.states`).
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.app.states import CONCEALED, delay_line, feature_line
from neurofeedback.frames import FeatureDescriptor, FeedbackFrame
from neurofeedback.gui._qt import QtWidgets
from neurofeedback.gui.operator.legend import Legend
from neurofeedback.gui.operator.trend import TrendPlot
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import LongLabel
from neurofeedback.words.language import tr


class TrendPanel(QtWidgets.QWidget):
    """Trend of a feature, with its formula, band, window and delay as they are now.

    Parameters
    ----------
    descriptor : FeatureDescriptor
        What is plotted.
    display_delay : float
        Delay that the participant's display adds, s.
    concealed : bool
        Whether nobody may learn the session's arm: then words stand in the place of the plot.
    """

    def __init__(
        self, descriptor: FeatureDescriptor, display_delay: float, *, concealed: bool = False
    ) -> None:
        super().__init__()
        self._concealed = concealed
        self._display_delay = display_delay
        self._sound = ""
        self.plot = TrendPlot(descriptor)
        self.heading = LongLabel(feature_line(descriptor), "muted")
        self.delay = LongLabel(delay_line(descriptor, display_delay), "muted")
        self.note = LongLabel(tr(descriptor.note), "muted")
        self.note.setVisible(bool(descriptor.note))
        self.estimator = LongLabel("", "muted")
        self.estimator.hide()
        self.legend = Legend(descriptor.unit)
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, gap=1)
        line = QtWidgets.QHBoxLayout()
        spaced(line, gap=2)
        line.addWidget(self.delay)
        line.addStretch(1)
        line.addWidget(self.legend)
        layout.addWidget(self.heading)
        layout.addLayout(line)
        layout.addWidget(self.note)
        layout.addWidget(self.estimator)
        layout.addWidget(self.plot, 1)
        if concealed:
            self.plot.hide()
            self.legend.hide()
            layout.addWidget(label(tr(CONCEALED), "muted", wrap=True))
            layout.addStretch(1)

    def show_sound(self, words: str) -> None:
        """Say beside the delay of the display how much later the sound is; see `show_estimator`."""
        self._sound = words

    def show_estimator(self, descriptor: FeatureDescriptor, sentence: str) -> None:
        """Show how the feature is computed now, and what is known of the estimator in use.

        Parameters
        ----------
        descriptor : FeatureDescriptor
            Changes when an estimator has been fitted.
        sentence : str
            Empty before.
        """
        for shown, words in (
            (self.heading, feature_line(descriptor)),
            (self.delay, delay_line(descriptor, self._display_delay, self._sound)),
            (self.note, tr(descriptor.note)),
            (self.estimator, tr(sentence)),
        ):
            if shown.text() != words:
                shown.tell(words)
                shown.setVisible(bool(words))

    def add_frames(self, frames: Sequence[FeedbackFrame]) -> None:
        """Take over new feedback frames, unless they are concealed."""
        if self._concealed:
            return
        self.plot.add_frames(frames)
        self.legend.show_threshold(frames[-1].threshold)
