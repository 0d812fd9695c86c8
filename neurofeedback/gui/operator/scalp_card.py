"""The card with the map of band power: the map, what its numbers are, what is left out.

Responsible for asking for power while it is seen, a little in each spare tick, and for saying why
there is no map. Not responsible for painting (`gui.operator.scalp_map`) nor for the words
(`gui.operator.scalp_words`).

In a session of a study nothing is computed: whoever sees power could tell the arm
(docs/decisions/0010).
"""

from __future__ import annotations

from collections.abc import Collection

from neurofeedback.gui._qt import QtWidgets
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.actions import entry_of
from neurofeedback.gui.operator.scalp_map import ScalpView
from neurofeedback.gui.operator.scalp_words import (
    bands,
    extremes,
    few,
    left_out_lines,
    measure_line,
    too_few,
    waiting,
)
from neurofeedback.gui.style import label, spaced, tip
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card, LongLabel
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.scalp_power import ScalpPower, ScalpReading
from neurofeedback.words.language import tr

WORDS = 84  # px at 100 %, of the column beside the map


class ScalpCard(Card):
    """Map of band power with its words.

    Parameters
    ----------
    session : SessionRunner
    trained : collection of str
        Electrodes that decide on reward.

    Attributes
    ----------
    power : ScalpPower or None
        None in a session of a study.
    view : ScalpView or None
        None where there can be no map.
    """

    def __init__(self, session: SessionRunner, trained: Collection[str] = ()) -> None:
        super().__init__(tr("BAND POWER"))
        self._session = session
        self._chosen = 0
        self._stale = False
        self.power: ScalpPower | None = None
        self.view: ScalpView | None = None
        if not session.concealed:
            self.power = ScalpPower(session.info, session.ring, session.band)
            if self.power.enough:
                self.view = ScalpView(self.power.names, self.power.points, trained)
        self.band, self.measure = LongLabel("", "muted"), label("", "muted", wrap=True)
        self.high, self.low = label("", wrap=True), label("", wrap=True)
        self.left_out = label("", "muted", wrap=True)
        self.note = label("", wrap=True)
        self._compose()
        self._name_band()
        look().changed.connect(self._fit)
        self._fit()
        self._say(self._why_never())

    def _compose(self) -> None:
        self.body.removeWidget(self.heading)
        top = QtWidgets.QHBoxLayout()
        spaced(top)
        top.addWidget(self.heading)
        top.addStretch(1)
        top.addWidget(self.band)
        self.body.addLayout(top)
        self._page = QtWidgets.QWidget()
        middle = QtWidgets.QHBoxLayout(self._page)
        spaced(middle, gap=1)
        words = QtWidgets.QVBoxLayout()
        spaced(words, gap=1)
        words.addStretch(1)
        for title, shown in ((tr("highest"), self.high), (tr("lowest"), self.low)):
            words.addWidget(label(title, "muted"))
            words.addWidget(shown)
        words.addWidget(self.left_out)
        words.addStretch(1)
        self._words = QtWidgets.QWidget()
        self._words.setLayout(words)
        if self.view is not None:
            middle.addWidget(self.view, 1)
        middle.addWidget(self._words)
        self.body.addWidget(self._page, 1)
        self.body.addWidget(self.note, 1)
        self.body.addWidget(self.measure)

    def _fit(self) -> None:
        self._words.setFixedWidth(current().px(WORDS))

    def next_band(self) -> None:
        """Show the next band: the trained one, theta, alpha, beta."""
        if self.view is None:
            return
        self._chosen = (self._chosen + 1) % len(self._bands())
        self._name_band()

    def poll(self) -> bool:
        """Do a little of what there is to do while the card is seen; return whether there was."""
        if self.power is None or self.view is None or not self.isVisible() or self._stale:
            return False
        self._name_band()
        worked, reading = self.power.poll(self._session.quality)
        if reading is not None:
            self._show(reading)
        return worked

    def show_stale(self, stale: bool) -> None:
        """Take the map away while no samples come: it would be of before."""
        if stale and not self._stale:
            self._say(
                self._why_never() or tr("No samples are arriving, so there is no current map.")
            )
        self._stale = stale

    def _bands(self) -> list[tuple[str, tuple[float, float]]]:
        return bands(self._session.band, self._session.info.sfreq)

    def _name_band(self) -> None:
        """Follow the band: the trained one may change at the end of the baseline."""
        choices = self._bands()
        name, band = choices[self._chosen % len(choices)]
        if self.view is None or self.power is None:
            self.measure.hide()
            return
        if self.power.band != band:
            self.power.choose(band)
        key = key_words(entry_of("band").keys[0])
        named = f"{tr(name)}  ({key})"
        if self.band.text() != named:
            self.band.tell(named)
        if self.measure.text() != measure_line(band):
            self.measure.setText(measure_line(band))

    def _why_never(self) -> str:
        """Say why there can be no map; empty where there can."""
        if self.power is None:
            return tr(
                "In a session of a study the map of band power stays off: seeing it "
                "could reveal the arm."
            )
        return "" if self.power.enough else too_few(len(self.power.names))

    def _show(self, reading: ScalpReading) -> None:
        if self.power is None or self.view is None:
            return
        if not len(reading.used):
            n = len(self.power.names) - len(reading.left_out)
            self._say(waiting() if reading.waiting else too_few(n))
            return
        self.view.show_reading(reading)
        high, low = extremes(self.power.names, reading)
        lines = left_out_lines(reading, self.power.unplaced)
        said = "\n".join([tr("left out"), *few(lines)]) if lines else ""
        for shown, words in ((self.high, high), (self.low, low), (self.left_out, said)):
            if shown.text() != words:
                shown.setText(words)
        self.left_out.setToolTip(tip("\n".join(lines)))
        self.note.hide()
        self._page.show()

    def _say(self, sentence: str) -> None:
        """Show a sentence in the place of the map."""
        self.note.setText(sentence)
        self._page.hide()
        self.note.show()
