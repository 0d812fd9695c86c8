"""The trend of the trained feature with what belongs around it: what it is, and what marks mean.

Responsible for the line above the plot, and for what is told of the value behind it. Not
responsible for the plot (`gui.operator.trend`) nor for the words (`app.states`).
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.app.states import CONCEALED, delay_line, feature_line
from neurofeedback.frames import FeatureDescriptor, FeedbackFrame
from neurofeedback.gui._qt import Qt, QtCore, QtWidgets
from neurofeedback.gui.operator.actions import entry_of
from neurofeedback.gui.operator.legend import Legend
from neurofeedback.gui.operator.trend import TrendPlot
from neurofeedback.gui.style import label, spaced, tip
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import LongLabel
from neurofeedback.words.language import number, tr
from neurofeedback.words.plain import plain

WIDTH = 460  # px of what is told, at the usual size of text
EDGE = 4  # px between it and the edge of a screen


class AboutValue(QtWidgets.QFrame):
    """How a value is made, how late it is and how noisy; over the window until one leaves it.

    Parameters
    ----------
    parent : QWidget

    Attributes
    ----------
    formula, delay, note, estimator : QLabel
        Hidden where there is nothing to tell.
    """

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Popup)
        self.setObjectName("card")
        self.setWindowTitle(tr("About this value"))
        self.formula, self.delay = label("", wrap=True), label("", wrap=True)
        self.note, self.estimator = label("", wrap=True), label("", wrap=True)
        self._all = (self.formula, self.delay, self.note, self.estimator)
        self._layout = layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, margin=3, gap=2)
        for paragraph in self._all:
            layout.addWidget(paragraph)

    def tell(self, *words: str) -> None:
        """Show other words: formula, window and delay, noise, estimator in use."""
        for paragraph, text in zip(self._all, words, strict=True):
            if paragraph.text() != plain(text):
                paragraph.setText(plain(text))
            paragraph.setVisible(bool(text))

    def open_below(self, widget: QtWidgets.QWidget) -> None:
        """Open it at a widget, wholly on its screen."""
        room = widget.screen().availableGeometry().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        width = min(current().px(WIDTH), room.width())
        self.setFixedWidth(width)
        self.setFixedHeight(self._layout.totalHeightForWidth(width))
        at = widget.mapToGlobal(QtCore.QPoint(0, widget.height()))
        at.setX(min(at.x(), room.right() - width))
        at.setY(max(room.top(), min(at.y(), room.bottom() - self.height())))
        self.move(at)
        self.show()


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
        self.about = AboutValue(self)
        self.more = QtWidgets.QPushButton()
        self.more.setProperty("role", "quiet")
        self.more.setAccessibleName(tr("About this value"))
        self.more.setToolTip(tip(tr(entry_of("value").help)))
        self.more.clicked.connect(lambda _=False: self.open_about())
        self.legend = Legend(descriptor.unit)
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, gap=1)
        line = QtWidgets.QHBoxLayout()
        spaced(line, gap=2)
        line.addWidget(self.heading)
        line.addWidget(self.more)
        line.addStretch(1)
        line.addWidget(self.legend)
        layout.addLayout(line)
        layout.addWidget(self.plot, 1)
        self.show_estimator(descriptor, "")
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
        late = number(descriptor.delay + self._display_delay, ".2f")
        self.more.setText(tr("{seconds} s late  (I)", seconds=late))
        if self.heading.text() != feature_line(descriptor):
            self.heading.tell(feature_line(descriptor))
        self.about.tell(
            feature_line(descriptor),
            delay_line(descriptor, self._display_delay, self._sound),
            tr(descriptor.note),
            tr(sentence),
        )

    def open_about(self) -> None:
        """Tell how the value is made."""
        self.about.open_below(self.more)

    def add_frames(self, frames: Sequence[FeedbackFrame]) -> None:
        """Take over new feedback frames, unless they are concealed."""
        if self._concealed:
            return
        self.plot.add_frames(frames)
        self.legend.show_threshold(frames[-1].threshold)
