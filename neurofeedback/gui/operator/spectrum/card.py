"""The card with the live spectrum: the plot, what its numbers are, and why there is none.

Responsible for collecting samples while it is seen, and for saying why nothing is shown. Not
responsible for painting (`gui.operator.spectrum.view`).

In a session of a study nothing is computed: whoever sees power could tell the arm
(docs/decisions/0010).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import chain, zip_longest

from neurofeedback.frames import Chunk
from neurofeedback.gui._qt import QtGui, QtWidgets
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.operator.actions import entry_of
from neurofeedback.gui.operator.spectrum.view import SpectrumView
from neurofeedback.gui.style import label, spaced, tip
from neurofeedback.gui.widgets import Card
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.trained_spectrum import SECONDS, WINDOW_SECONDS, SpectrumReader
from neurofeedback.words.language import number, tr


class TrainedSpectrumCard(Card):
    """Spectrum of the trained electrodes; works only while it is seen.

    Parameters
    ----------
    session : SessionRunner
    sides : mapping of str to str
        Electrodes that decide on reward, name to ``left`` or ``right``.

    Attributes
    ----------
    reader : SpectrumReader or None
        None in a session of a study.
    view : SpectrumView or None
        None where there can be no spectrum.
    unfold, fold : QPushButton
        For elsewhere, shows the card; hides it. Its owner connects both.
    """

    def __init__(self, session: SessionRunner, sides: Mapping[str, str]) -> None:
        super().__init__(tr("SPECTRUM"))
        self._session = session
        self._stale = False
        self.reader: SpectrumReader | None = None
        self.view: SpectrumView | None = None
        if not session.concealed:
            self.reader = SpectrumReader(session.info, _in_turns(sides))
            if self.reader.names:
                names = self.reader.names
                self.view = SpectrumView(names, [sides[name] for name in names])
        key = key_words(entry_of("spectrum").keys[0])
        self.unfold = QtWidgets.QPushButton(tr("Spectrum  ({key})", key=key))
        self.fold = QtWidgets.QPushButton(tr("Hide  ({key})", key=key))
        self.fold.setAccessibleName(tr("Hide the spectrum"))
        for button in (self.unfold, self.fold):
            button.setProperty("role", "quiet")
            button.setToolTip(tip(tr(entry_of("spectrum").help)))
        self.note, self.measure = label("", wrap=True), label("", "muted", wrap=True)
        self._compose()

    def showEvent(self, event: QtGui.QShowEvent) -> None:  # noqa: N802
        """Begin anew: while it was hidden, no samples were taken over."""
        super().showEvent(event)
        if self.reader is not None:
            self.reader.forget()
        self._say(self._why_none())

    def _compose(self) -> None:
        self.body.removeWidget(self.heading)
        top = QtWidgets.QHBoxLayout()
        spaced(top)
        top.addWidget(self.heading)
        top.addStretch(1)
        top.addWidget(self.fold)
        self.body.addLayout(top)
        if self.view is not None:
            self.body.addWidget(self.view, 1)
            self.measure.setText(self._measured())
            self.measure.setToolTip(
                tip(
                    tr(
                        "Welch's estimate with Hann windows that overlap by half, of the samples "
                        "as they are recorded: in their reference, with artefacts. The trained "
                        "band is shaded."
                    )
                )
            )
        self.body.addWidget(self.note, 1)
        self.body.addWidget(self.measure)
        self._say(self._why_none())

    def _measured(self) -> str:
        assert self.reader is not None
        shown, wanted = len(self.reader.names), self.reader.n_wanted
        said = tr(
            "dB of 1 \u00b5V\u00b2/Hz over Hz, last {seconds} s in windows of {window} s",
            seconds=number(SECONDS, "g"), window=number(WINDOW_SECONDS, "g"),
        )  # fmt: skip
        if shown == wanted:
            return said
        more = tr("{shown} of {wanted} trained electrodes", shown=shown, wanted=wanted)
        return f"{said}; {more}"

    # -- told by the window -------------------------------------------------------------------

    def add_samples(self, chunk: Chunk) -> None:
        """Take over new samples while the card is seen."""
        if self.reader is not None and self.isVisible():
            self.reader.add(chunk)

    def poll(self) -> bool:
        """Show a new spectrum if there is one; return whether there was."""
        if self.reader is None or self.view is None or not self.isVisible() or self._stale:
            return False
        found = self.reader.poll()
        if found is not None:
            self._say("")
            self.view.show_spectrum(found, self._session.band)
        elif self.reader.missing:
            self._say(self._why_none())
        return found is not None

    def show_stale(self, stale: bool) -> None:
        """Take the spectrum away while no samples come: it would be of before."""
        self._stale = stale
        if stale and self.view is not None:
            self._say(tr("No samples are arriving, so there is no current spectrum."))

    def _why_none(self) -> str:
        if self.reader is None:
            return tr(
                "In a session of a study the spectrum stays off: seeing it could reveal the arm."
            )
        if self.view is None:
            return tr("This protocol trains no single electrodes, so there is no spectrum of them.")
        left = number(math.ceil(self.reader.missing), "g")
        return tr("A spectrum needs 4 s without a gap; {left} s to go.", left=left)

    def _say(self, sentence: str) -> None:
        """Show a sentence in the place of the spectrum; none shows the spectrum."""
        if self.note.text() != sentence:
            self.note.setText(sentence)
        self.note.setVisible(bool(sentence))
        if self.view is not None:
            self.view.setVisible(not sentence)


def _in_turns(sides: Mapping[str, str]) -> list[str]:
    """Return the electrodes of the left and of the right in turns: the first few are of both."""
    left, right = ([n for n, s in sides.items() if s == side] for side in ("left", "right"))
    return [name for name in chain(*zip_longest(left, right)) if name is not None]
