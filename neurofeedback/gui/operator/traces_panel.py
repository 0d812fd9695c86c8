"""The traces with what belongs around them: heading, scale, channel choice and scroll bar.

Responsible for the operator's hold on the traces. Not responsible for drawing them
(`gui.operator.traces`).
"""

from __future__ import annotations

from collections.abc import Mapping

from neurofeedback.app.states import microvolts
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.operator.montages import montages
from neurofeedback.gui.operator.traces import PAGE_SECONDS, TraceView
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import LongLabel
from neurofeedback.words.language import number, tr

CHOICES = (32, 16, 8)


class TracesPanel(QtWidgets.QWidget):
    """Traces of a stream and their controls.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    sides : mapping of str to str
        Channels to set off, name to ``left`` or ``right``.
    """

    def __init__(self, info: StreamInfo, sides: Mapping[str, str]) -> None:
        super().__init__()
        self._montages = montages(info)
        self.view = TraceView(info, sides)
        self.scale = label("", "muted")
        self.rows = label("", "muted")
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

    def _heading(self) -> QtWidgets.QHBoxLayout:
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=3)
        row.addWidget(label(tr("EEG"), "heading"))
        self.about = LongLabel("", "muted")
        row.addWidget(self.about)
        row.addStretch(1)
        row.addWidget(self.rows)
        row.addWidget(self.scale)
        return row

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
                "{montage}  (V), {seconds} s per page; drift below {hz} Hz removed for display "
                "only",
                montage=tr(view.montage.words),
                seconds=f"{PAGE_SECONDS:g}",
                hz=number(0.5, "g"),
            )
        )
        hidden = total - view.n_rows
        self.scale.setText(tr("row = {height}  (+ \u2212)", height=microvolts(view.scale * 1e-6)))
        first, last = view.first_row + 1, view.first_row + view.n_rows
        if hidden:
            words = tr("channels {first}\u2013{last} of {total}  (C, PgUp, PgDn)",
                       first=first, last=last, total=total)  # fmt: skip
        else:
            words = tr("all {total} channels  (C)", total=total)
        self.rows.setText(words)
        self.bar.blockSignals(True)
        self.bar.setRange(0, hidden)
        self.bar.setPageStep(view.n_rows)
        self.bar.setValue(view.first_row)
        self.bar.blockSignals(False)
        self.bar.setVisible(hidden > 0)
