"""The start window: protocol, source, participant and folder, then Enter.

Responsible for asking, for refusing what cannot work with one sentence, and for handing over a
plain `SessionRequest`. Not responsible for making the session: that, and looking for streams, is
done by what the caller passes in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.language import tr, tr_spaced
from neurofeedback.gui.sentences import in_language
from neurofeedback.gui.source_card import SourceCard, StreamChoice
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card
from neurofeedback.gui.words import protocol_facts
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import check_participant

ROW_HEIGHT = 30
LARGEST_CONTENT = (1240, 680)

__all__ = ["SessionRequest", "StartWindow", "StreamChoice"]

FIRST = "faa-demo"  # chosen when the window opens: short, and at home on the synthetic participant


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What was asked for.

    Parameters
    ----------
    protocol : str
        Name in the library, or path of a file.
    source : str
        ``synthetic``, ``lsl:QUERY`` or ``file:PATH``.
    participant : str
        Participant code.
    folder : Path
        Where recordings go.
    """

    protocol: str
    source: str
    participant: str
    folder: Path


class StartWindow(QtWidgets.QWidget):
    """Asks for everything a session needs.

    Parameters
    ----------
    protocols : sequence of (str, ProtocolSpec)
        Name and content, in the order shown.
    folder : Path
        Proposed output folder.
    list_streams : callable
        Returns the streams on the network within a second or so; may raise UserError.

    Attributes
    ----------
    requested : Signal(SessionRequest)
        Start was pressed and everything that can be checked here is in order.
    closed : Signal()
        The window was closed.
    """

    requested = Signal(object)
    closed = Signal()

    def __init__(
        self,
        protocols: Sequence[tuple[str, ProtocolSpec]],
        folder: Path,
        list_streams: Callable[[], Sequence[StreamChoice]],
    ) -> None:
        super().__init__()
        self._protocols = list(protocols)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Neurofeedback \u2013 new session"))
        self.protocol = QtWidgets.QListWidget()
        self.about = label("", wrap=True)
        self.facts, self.limits = label("", wrap=True), label("", wrap=True)
        self.source = SourceCard(list_streams)
        self.participant = QtWidgets.QLineEdit()
        self.folder = QtWidgets.QLineEdit(str(folder))
        self.choose = QtWidgets.QPushButton(tr("&Choose\u2026"))
        self.message = label("", "error", wrap=True)
        self.begin = QtWidgets.QPushButton(tr("Start session  (Enter)"))
        self._compose()
        self._connect()
        self.resize(1000, 660)
        self.setMinimumSize(820, 560)
        names = [name for name, _ in protocols]
        self.protocol.setCurrentRow(names.index(FIRST) if FIRST in names else 0)
        self.participant.setFocus()

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        content = QtWidgets.QWidget()
        content.setMaximumSize(*LARGEST_CONTENT)
        outer = QtWidgets.QGridLayout(self)
        outer.addWidget(content, 0, 0)
        layout = QtWidgets.QVBoxLayout(content)
        spaced(layout, margin=4, gap=4)
        layout.addWidget(label(tr("New session"), "number"))
        columns = QtWidgets.QHBoxLayout()
        spaced(columns, gap=4)
        columns.addWidget(self._protocol_card(), 5)
        right = QtWidgets.QVBoxLayout()
        spaced(right, gap=3)
        right.addWidget(self._person_card())
        right.addWidget(self.source)
        right.addWidget(self._folder_card())
        right.addStretch(1)
        columns.addLayout(right, 6)
        layout.addLayout(columns, 1)
        bottom = QtWidgets.QHBoxLayout()
        spaced(bottom, gap=4)
        bottom.addWidget(self.message, 1)
        self.begin.setProperty("role", "primary")
        self.begin.setMinimumSize(220, 40)
        bottom.addWidget(self.begin)
        layout.addLayout(bottom)
        claim = tr(
            "A research and training tool. Not a medical device; it does not diagnose or treat."
        )
        layout.addWidget(label(claim, "muted"))

    def _protocol_card(self) -> Card:
        card = Card(tr("PROTOCOL"))
        self.protocol.setAccessibleName(tr("Protocol"))
        for name, spec in self._protocols:
            item = QtWidgets.QListWidgetItem(tr_spaced(spec.title))
            item.setToolTip(name)
            self.protocol.addItem(item)
        rows = min(max(len(self._protocols), 3), 8)
        self.protocol.setFixedHeight(rows * ROW_HEIGHT + 16)
        card.add(self.protocol)
        for heading, words in (
            (tr("WHAT IT TRAINS"), self.about), (tr("COURSE"), self.facts),
            (tr("WHAT IT CANNOT DO"), self.limits),
        ):  # fmt: skip
            card.body.addSpacing(3 * current().unit)
            card.add(label(heading, "heading"), words)
        card.body.addStretch(1)
        return card

    def _person_card(self) -> Card:
        card = Card(tr("PARTICIPANT CODE"))
        self.participant.setPlaceholderText(tr("for example 01 \u2013 letters and digits, no name"))
        self.participant.setAccessibleName(tr("Participant code"))
        self.participant.setMaxLength(40)
        card.add(self.participant)
        return card

    def _folder_card(self) -> Card:
        card = Card(tr("RECORDINGS GO TO"))
        self.folder.setAccessibleName(tr("Output folder"))
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=2)
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        card.body.addLayout(row)
        return card

    def _connect(self) -> None:
        self.protocol.currentRowChanged.connect(self._show_protocol)
        self.source.said.connect(self.say)
        self.choose.clicked.connect(self._choose)
        self.begin.clicked.connect(self.submit)

    # -- what the user does -------------------------------------------------------------------

    def _show_protocol(self, row: int) -> None:
        if not 0 <= row < len(self._protocols):
            return
        spec = self._protocols[row][1]
        self.about.setText(tr_spaced(spec.description))
        self.facts.setText(protocol_facts(spec))
        self.limits.setText(tr_spaced(spec.limits) or tr("Not stated."))

    def _choose(self) -> None:
        chosen = QtWidgets.QFileDialog.getExistingDirectory(
            self, tr("Recordings go to"), self.folder.text()
        )
        if chosen:
            self.folder.setText(chosen)

    def request(self) -> SessionRequest:
        """Return what is asked for.

        Raises
        ------
        UserError
            If something is missing or refused; one sentence.
        """
        row = self.protocol.currentRow()
        if row < 0:
            raise UserError(tr("Choose a protocol."))
        code = self.participant.text().strip()
        if not code:
            raise UserError(tr("Give a participant code, for example 01."))
        check_participant(code)
        folder = self.folder.text().strip()
        if not folder:
            raise UserError(tr("Choose the folder that recordings go to."))
        where = Path(os.path.expanduser(folder))
        return SessionRequest(self._protocols[row][0], self.source.chosen(), code, where)

    def submit(self) -> None:
        """Hand the request over, or say what is missing."""
        try:
            request = self.request()
        except UserError as error:
            self.say(str(error))
            return
        self.say(tr("Opening the source\u2026"))
        self.begin.setEnabled(False)
        self.repaint()
        QtWidgets.QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            self.requested.emit(request)
        finally:
            QtWidgets.QApplication.restoreOverrideCursor()
            self.begin.setEnabled(True)

    def say(self, text: str) -> None:
        """Show one sentence beside the button; empty for none."""
        self.message.setText(in_language(text))

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Enter presses the button that has the keyboard, else starts; Esc closes."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            chosen = self.focusWidget()
            if isinstance(chosen, QtWidgets.QPushButton):
                chosen.click()
            else:
                self.submit()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802
        """Tell that the window was closed."""
        self.closed.emit()
        super().closeEvent(event)
