"""What an alarm leaves to the operator: buttons for what may be agreed to, each asked once more.

Responsible for offering a stream that came back with another source id, and the true rate of one
that declares a wrong one. Not responsible for doing either (`SessionRunner.accept`, `gui.desk`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from neurofeedback.app.states import rate
from neurofeedback.gui._qt import Qt, QtWidgets, Signal
from neurofeedback.gui.style import spaced
from neurofeedback.session.status import ENDED, Status
from neurofeedback.words.language import tr


class Offers(QtWidgets.QWidget):
    """A row of buttons below the banner; not there while nothing is offered.

    Attributes
    ----------
    accepted : Signal(str)
        The stream of this source id is to be used.
    anew : Signal(float)
        Everything is to start anew with this rate, Hz.
    """

    accepted = Signal(str)
    anew = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.restarts = False  # whether whoever shows this can start anew
        self._offered, self._rate = "", math.nan
        self._question: QtWidgets.QMessageBox | None = None
        self.stream, self.rate = QtWidgets.QPushButton(), QtWidgets.QPushButton()
        row = QtWidgets.QHBoxLayout(self)
        spaced(row, gap=2)
        for button, ask in ((self.stream, self._ask_stream), (self.rate, self._ask_rate)):
            button.clicked.connect(ask)
            row.addWidget(button)
        row.addStretch(1)
        self.hide()

    def show_status(self, status: Status) -> None:
        """Offer what can be agreed to now."""
        going_on = status.state not in ENDED
        self._offered = status.offered if going_on else ""
        self._rate = status.true_rate if going_on and self.restarts else math.nan
        self.stream.setText(tr("Use the stream with source id {id}", id=self._offered))
        self.rate.setText(tr("Start anew at {rate}", rate=rate(self._rate)))
        self.stream.setVisible(bool(self._offered))
        self.rate.setVisible(math.isfinite(self._rate))
        self.setVisible(bool(self._offered) or math.isfinite(self._rate))

    def _ask_stream(self) -> None:
        offered = self._offered
        self._ask(
            tr("Use this stream?"),
            tr(
                "It has the same channels, rate and units as the lost one, and another source id "
                "({id}). Make sure that it comes from this participant's amplifier. The log "
                "keeps that you chose it.",
                id=offered,
            ),
            self.stream.text(),
            lambda: self.accepted.emit(offered),
        )

    def _ask_rate(self) -> None:
        true = self._rate
        self._ask(
            tr("Start anew?"),
            tr(
                "A session that runs is ended and kept. The signal check comes next, at {rate}.",
                rate=rate(true),
            ),
            self.rate.text(),
            lambda: self.anew.emit(true),
        )

    def _ask(self, title: str, text: str, yes: str, then: Callable[[], object]) -> None:
        if self._question is not None:
            return
        box = QtWidgets.QMessageBox(self)
        box.setWindowTitle(title)
        box.setText(title)
        box.setInformativeText(text)
        role = QtWidgets.QMessageBox.ButtonRole
        agree = box.addButton(yes, role.AcceptRole)
        box.setEscapeButton(box.addButton(tr("Not now"), role.RejectRole))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(lambda _: self._answered(box.clickedButton() is agree, then))
        self._question = box
        box.open()

    def _answered(self, yes: bool, then: Callable[[], object]) -> None:
        self._question = None
        if yes:
            then()
