"""The traces with what belongs around them: heading, scale, channel choice and scroll bar.

Responsible for the operator's hold on the traces. Not responsible for drawing them
(`gui.operator.traces`).
"""

from __future__ import annotations

from collections.abc import Mapping

from neurofeedback.app.states import microvolts
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets
from neurofeedback.gui.operator.filtering.menu import FilterButton
from neurofeedback.gui.operator.montages import montages
from neurofeedback.gui.operator.traces import PAGE_SECONDS, TraceView
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import LongLabel
from neurofeedback.words.language import tr

CHOICES = (32, 16, 8)
LEAST_WORDS = 260  # px at 100 %, beside the buttons and the scale


class TracesPanel(QtWidgets.QWidget):
    """Traces of a stream and their controls.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    sides : mapping of str to str
        Channels to set off, name to ``left`` or ``right``.
    *buttons : QAbstractButton
        Stand in the heading besides that of the filter.
    """

    def __init__(
        self, info: StreamInfo, sides: Mapping[str, str], *buttons: QtWidgets.QAbstractButton
    ) -> None:
        super().__init__()
        self._montages = montages(info)
        self.view = TraceView(info, sides)
        self.filter = FilterButton(info.sfreq)
        self.filter.chosen.connect(self.view.show_filter)
        self._buttons = (self.filter, *buttons)
        self.scale, self.rows = LongLabel("", "muted"), LongLabel("", "muted")
        self.bar = QtWidgets.QScrollBar(Qt.Orientation.Vertical)
        self.bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.bar.setAccessibleName(tr("Channels"))
        self.bar.valueChanged.connect(self.view.scroll_to)
        self.view.view_changed.connect(self._refresh)
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, gap=1)
        layout.addLayout(self._heading())
        page = QtWidgets.QHBoxLayout()
        spaced(page, gap=1)
        page.addWidget(self.view, 1)
        page.addWidget(self.bar)
        layout.addLayout(page, 1)
        self._refresh()

    def _heading(self) -> QtWidgets.QBoxLayout:
        """Return what stands above the traces: in one row, in two where that is too narrow."""
        self.about = LongLabel("", "muted")
        self._head = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight)
        spaced(self._head, gap=1)
        words, controls = QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout()
        for row in (words, controls):
            spaced(row, gap=2)
        words.addWidget(label(tr("EEG"), "heading"))
        words.addWidget(self.about)
        words.addStretch(1)
        for button in self._buttons:
            controls.addWidget(button)
        controls.addStretch(1)
        controls.addWidget(self.rows)
        controls.addWidget(self.scale)
        self._head.addLayout(words, 1)
        self._head.addLayout(controls, 1)
        return self._head

    def _fit(self) -> None:
        beside = (*self._buttons, self.rows, self.scale)
        needed = current().px(LEAST_WORDS) + sum(each.sizeHint().width() for each in beside)
        ways = QtWidgets.QBoxLayout.Direction
        self._head.setDirection(ways.LeftToRight if needed <= self.width() else ways.TopToBottom)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Lay the heading out anew."""
        super().resizeEvent(event)
        self._fit()

    def add_samples(self, chunk: Chunk) -> None:
        """Draw new samples."""
        self.view.add_samples(chunk)

    def turn_page(self, pages: int) -> None:
        """Show earlier (negative) or later channels."""
        self.view.scroll_to(self.view.first_row + pages * self.view.n_rows)

    def next_choice(self) -> None:
        """Show fewer channels at once; after the fewest, all again."""
        fewer = [n for n in CHOICES if n < min(self.view.n_rows, self.view.n_total)]
        self.view.show_at_once(fewer[0] if fewer else self.view.n_total)

    def next_montage(self) -> None:
        """Show the next of what the stream can be shown as; after the last, as recorded."""
        at = self._montages.index(self.view.montage)
        self.view.show_montage(self._montages[(at + 1) % len(self._montages)])

    def _refresh(self) -> None:
        view, total = self.view, self.view.n_total
        self.about.tell(
            tr(
                "{montage}  (V), {seconds} s per page, filtered for display only",
                montage=tr(view.montage.words),
                seconds=f"{PAGE_SECONDS:g}",
            )
        )
        hidden = total - view.n_rows
        self.scale.tell(tr("row = {height}  (+ \u2212)", height=microvolts(view.scale * 1e-6)))
        first, last = view.first_row + 1, view.first_row + view.n_rows
        if hidden:
            words = tr("channels {first}\u2013{last} of {total}  (C, PgUp, PgDn)",
                       first=first, last=last, total=total)  # fmt: skip
        else:
            words = tr("all {total} channels  (C)", total=total)
        self.rows.tell(words)
        self.bar.blockSignals(True)
        self.bar.setRange(0, hidden)
        self.bar.setPageStep(view.n_rows)
        self.bar.setValue(view.first_row)
        self.bar.blockSignals(False)
        self.bar.setVisible(hidden > 0)
