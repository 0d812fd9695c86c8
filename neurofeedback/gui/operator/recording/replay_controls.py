"""The hold on a replay: play and pause, speed, a step, and where it is.

Responsible for the bar and for the line of time it shares with the page of a recording. Not
responsible for pace (`acquisition.replay`) nor for who asks for what is shown: the owner calls
`refresh`, as a rule in the bridge's spare time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.app.states import clock
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.look import look
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Combo
from neurofeedback.words.language import number, tr

SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0)
STEP = 1.0  # s
TICKS = 10  # of the slider, a second
KNOB, KNOB_EDGES = 14, 4  # px, as in the style sheet


class TimeLine(QtWidgets.QWidget):
    """A slider over the time of a recording, with the time in words.

    Parameters
    ----------
    seconds : float
        Where it ends: the last position there is. Where that is before the end of the recording,
        the knob is as wide as what lies between them: the page that is shown.
    total : float
        Length of the recording, s; shown.
    page : float
        What PgUp and PgDn move by, s.

    Attributes
    ----------
    moved : Signal(float)
        The user has gone to another position, s.
    """

    moved = Signal(float)

    def __init__(self, seconds: float, total: float, page: float = 10.0) -> None:
        super().__init__()
        self._total, self._shown = total, max(total - seconds, 0.0)
        self.slider = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, max(0, round(seconds * TICKS)))
        self.slider.setSingleStep(TICKS)
        self.slider.setPageStep(round(page * TICKS))
        self.slider.setAccessibleName(tr("Position in the recording"))
        self.slider.valueChanged.connect(self._changed)
        self.time = label("", "muted")
        self._layout = QtWidgets.QHBoxLayout(self)
        self._layout.addWidget(self.slider, 1)
        self._layout.addWidget(self.time, 0, Qt.AlignmentFlag.AlignRight)
        self.lay_out(below=False)
        self._told = False
        self._show(0.0)
        look().changed.connect(self._fit)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Make the knob as wide as the page is, so that both strips say the same place."""
        super().resizeEvent(event)
        self._fit()

    def lay_out(self, *, below: bool) -> None:
        """Put the words below the slider, which then has the whole width, or beside it."""
        ways = QtWidgets.QBoxLayout.Direction
        self._layout.setDirection(ways.TopToBottom if below else ways.LeftToRight)
        spaced(self._layout, gap=0 if below else 3)

    def _fit(self) -> None:
        if self._shown and self._total:
            wide = round(self.slider.width() * self._shown / self._total) - KNOB_EDGES
            least = current().px(KNOB)
            self.slider.setStyleSheet(
                f"QSlider::handle:horizontal {{ width: {max(wide, least)}px; }}"
            )

    @property
    def position(self) -> float:
        """Where the slider stands, s."""
        return self.slider.value() / TICKS

    def go(self, seconds: float) -> None:
        """Go to a position, as the user would; beyond the ends, to the end."""
        self.slider.setValue(self._tick(seconds))

    def show_position(self, seconds: float) -> None:
        """Show a position without telling anybody."""
        self._told = True
        self.slider.setValue(self._tick(seconds))
        self._told = False
        self._show(seconds)

    def allow(self, moving: bool) -> None:
        """Let the user move the slider, or only see it."""
        self.slider.setEnabled(moving)

    def _tick(self, seconds: float) -> int:
        """Return where the slider has a position, within its ends."""
        return round(min(max(seconds, 0.0), self.slider.maximum() / TICKS) * TICKS)

    def _changed(self, value: int) -> None:
        self._show(value / TICKS)
        if not self._told:
            self.moved.emit(value / TICKS)

    def _show(self, seconds: float) -> None:
        words = tr("{now} of {total} min", now=clock(seconds), total=clock(self._total))
        self.time.setText(words)
        self.slider.setAccessibleDescription(words)


class ReplayControls(QtWidgets.QWidget):
    """The bar: play or pause, step, speed, position.

    A session begins where its replay began and goes on from there: while one runs the position is
    only shown.

    Parameters
    ----------
    source : ReplaySource
        Opened.
    speeds : sequence of float
        To choose from; the one in use is added.
    """

    def __init__(self, source: ReplaySource, speeds: Sequence[float] = SPEEDS) -> None:
        super().__init__()
        self._source = source
        own = {source.speed} if math.isfinite(source.speed) else set()
        self._speeds = sorted({*speeds, *own})
        recording = source.recording
        self._sfreq = recording.info.sfreq
        total = recording.n_times / self._sfreq
        self.line = TimeLine(total, total)
        self.line.allow(False)
        self.play = QtWidgets.QPushButton()
        self.play.setShortcut(QtGui.QKeySequence("Ctrl+Space"))
        self.play.clicked.connect(lambda _=False: self.toggle())
        self.step = QtWidgets.QPushButton(tr("Step {seconds:g} s  (Ctrl+Right)", seconds=STEP))
        self.step.setShortcut(QtGui.QKeySequence("Ctrl+Right"))
        self.step.setAccessibleName(tr("Step"))
        self.step.clicked.connect(lambda _=False: self.one_step())
        self.speed = speed_choice(self._speeds, source.speed)
        self.speed.activated.connect(lambda i: source.set_speed(self._speeds[i]))
        self._add_key("Alt+Up", lambda: self.change_speed(1))
        self._add_key("Alt+Down", lambda: self.change_speed(-1))
        self._compose()
        self.refresh()

    def toggle(self) -> None:
        """Hold the replay, or let it go on."""
        self._source.hold(not self._source.held)
        self.refresh()

    def one_step(self) -> None:
        """Hold the replay and let `STEP` s through."""
        self._source.hold()
        self._source.step(STEP)
        self.refresh()

    def change_speed(self, steps: int) -> None:
        """Take the next higher or lower speed."""
        index = min(max(self.speed.currentIndex() + steps, 0), len(self._speeds) - 1)
        self.speed.setCurrentIndex(index)
        self._source.set_speed(self._speeds[index])

    def refresh(self) -> None:
        """Show where the replay is now."""
        held = self._source.held
        words = tr("Play") if held else tr("Pause replay")
        self.play.setText(f"{words}  ({key_words('Ctrl+Space')})")
        self.play.setAccessibleName(words)
        self.line.show_position(self._source.position / self._sfreq)

    def _compose(self) -> None:
        layout = QtWidgets.QHBoxLayout(self)
        spaced(layout, gap=3)
        layout.addWidget(self.play)
        layout.addWidget(self.step)
        layout.addWidget(label(tr("Speed"), "muted"))
        layout.addWidget(self.speed)
        layout.addWidget(self.line, 1)

    def _add_key(self, key: str, do: object) -> None:
        action = QtGui.QAction(self)
        action.setShortcut(QtGui.QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(do)
        self.addAction(action)


def speed_choice(speeds: Sequence[float], chosen: float) -> Combo:
    """Return a list of speeds; the nearest to `chosen` is chosen."""
    combo = Combo()
    combo.addItems([f"{number(speed, 'g')}\u00d7" for speed in speeds])
    combo.setAccessibleName(tr("Speed"))
    combo.setToolTip(tr("Speed of the replay (Alt+Up, Alt+Down)"))
    combo.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)
    nearest = min(range(len(speeds)), key=lambda i: abs(speeds[i] - chosen))
    combo.setCurrentIndex(nearest)
    return combo


__all__ = ["SPEEDS", "ReplayControls", "TimeLine", "speed_choice"]
