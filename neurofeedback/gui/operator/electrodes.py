"""The electrodes of a stream as traffic lights: a list, and a card with map, list and advice.

Responsible for laying out the newest verdict: every light is a colour, a shape and a word. Not
responsible for the verdict (`signal.quality`), for the words (`gui.operator.electrode_words`) nor
for the map (`gui.operator.electrode_map`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.icons import paint_light
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.electrode_map import ElectrodeMap
from neurofeedback.gui.operator.electrode_words import count_line, next_fix, short_word, worst_first
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.typeface import emphasise
from neurofeedback.gui.widgets import Card
from neurofeedback.signal.quality import ChannelState
from neurofeedback.words.language import tr

ROW = 18
LEAST = 156  # width of the list
COLUMN = 130  # at least: the columns share the width


class ElectrodeList(QtWidgets.QWidget):
    """Electrodes with symbol, name and word, worst first, in as many columns as fit.

    Parameters
    ----------
    trained : collection of str
        Those that decide on reward stand first among equals.
    poor_only : bool
        Whether to leave the good ones out.
    """

    def __init__(self, trained: Collection[str] = (), *, poor_only: bool = False) -> None:
        super().__init__()
        self._trained = frozenset(trained)
        self._poor_only = poor_only
        self._states: list[ChannelState] = []
        self.setAccessibleName(tr("Electrodes, worst first"))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return room for two entries: it shows what fits, and how many more there are."""
        return QtCore.QSize(current().px(LEAST), 2 * current().px(ROW))

    def show_states(self, states: Sequence[ChannelState]) -> None:
        """Take over a verdict."""
        ordered = worst_first(states, self._trained)
        shown = [s for s in ordered if not self._poor_only or s.light != "good"]
        if [(s.name, s.reason) for s in shown] == [(s.name, s.reason) for s in self._states]:
            return
        self._states = shown
        poor = [f"{s.name} {short_word(s)}" for s in ordered if s.light != "good"]
        self.setAccessibleDescription(", ".join(poor) or tr("all good"))
        self.update()

    def _entry(self) -> tuple[int, int]:
        """Return height and width of an entry."""
        columns = max(1, self.width() // current().px(COLUMN))
        return current().px(ROW), self.width() // columns

    def shown(self) -> tuple[list[ChannelState], int]:
        """Return the electrodes that fit, and how many do not."""
        row, column = self._entry()
        rows, columns = max(1, self.height() // row), max(1, self.width() // max(1, column))
        room = rows * columns
        if len(self._states) <= room:
            return self._states, 0
        return self._states[: room - 1], len(self._states) - room + 1

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the entries column by column."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().small)
        painter.setFont(font)
        row, column = self._entry()
        rows = max(1, self.height() // row)
        states, n_more = self.shown()
        for i, state in enumerate(states):
            self._paint_entry(painter, state, (i // rows) * column, (i % rows) * row)
        if n_more:
            i = len(states)
            painter.setPen(QtGui.QColor(current().palette.muted))
            box = QtCore.QRectF((i // rows) * column + row, (i % rows) * row, column - row - 2, row)
            good = all(s.light == "good" for s in self._states[i:])
            words = tr("{n} more, all good", n=n_more) if good else tr("{n} more", n=n_more)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()

    def _paint_entry(
        self, painter: QtGui.QPainter, state: ChannelState, left: float, top: float
    ) -> None:
        theme = current()
        palette, (row, column) = theme.palette, self._entry()
        side = theme.px(10)
        light = QtCore.QRectF(left + 2, top + (row - side) / 2, side, side)
        paint_light(painter, state.light, light)
        bold = QtGui.QFont(painter.font())
        emphasise(bold, state.name in self._trained)
        middle, metrics = Qt.AlignmentFlag.AlignVCenter, painter.fontMetrics()
        painter.setPen(QtGui.QColor(palette.text))
        plain = painter.font()
        painter.setFont(bold)
        name = metrics.elidedText(state.name, Qt.TextElideMode.ElideRight, theme.px(40))
        painter.drawText(QtCore.QRectF(left + row, top, theme.px(44), row), middle, name)
        painter.setFont(plain)
        painter.setPen(QtGui.QColor(palette.muted))
        box = QtCore.QRectF(left + row + theme.px(42), top, column - row - theme.px(42) - 4, row)
        word = metrics.elidedText(short_word(state), Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, middle, word)


class ElectrodeCard(Card):
    """Map, list of what is not good, and what to mend next.

    Parameters
    ----------
    names : sequence of str
        Electrodes that are judged.
    trained : collection of str
        Those that decide on reward.
    whole : bool
        Whether the list holds the good ones too: for a page instead of a corner.
    """

    def __init__(
        self, names: Sequence[str], trained: Collection[str] = (), *, whole: bool = False
    ) -> None:
        super().__init__(tr("ELECTRODES"))
        self._trained = frozenset(trained)
        self._whole = whole
        self.counts = label("", "muted")
        self.advice = label("", "", wrap=True)
        self.map = ElectrodeMap(names, trained)
        self.list = ElectrodeList(trained, poor_only=not whole)
        self.body.removeWidget(self.heading)
        top = QtWidgets.QHBoxLayout()
        spaced(top)
        top.addWidget(self.heading)
        top.addStretch(1)
        top.addWidget(self.counts)
        middle = QtWidgets.QHBoxLayout()
        spaced(middle, gap=2)
        middle.addWidget(self.map, 2 if whole else 1)
        middle.addWidget(self.list, 3 if whole else 1)
        self.body.addLayout(top)
        self.body.addLayout(middle, 1)
        self.body.addWidget(self.advice)
        self._states: Sequence[ChannelState] = ()
        self._stale = False
        look().changed.connect(self._fit)
        self._fit()
        self.show_states(())

    def _fit(self) -> None:
        """Keep room for three lines of advice, so that nothing moves when it changes."""
        self.advice.setMinimumHeight(3 * (current().body + 4))

    def show_states(self, states: Sequence[ChannelState]) -> None:
        """Take over a verdict; none yet is an empty one. While no samples come, none is shown."""
        self._states = states
        if not self._stale:
            self._show(states)

    def show_stale(self, stale: bool) -> None:
        """Take the verdict away while no samples come: it would be of before."""
        if stale is self._stale:
            return
        self._stale = stale
        self._show(() if stale else self._states)
        if stale:
            self.advice.setText(tr("No samples come: nothing is known of the electrodes now."))

    def _show(self, states: Sequence[ChannelState]) -> None:
        self.map.show_states(states)
        self.list.show_states(states)
        self.list.setVisible(self._whole or any(s.light != "good" for s in states))
        self.counts.setText(count_line(states))
        self.advice.setText(next_fix(states, self._trained))
