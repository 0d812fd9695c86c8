"""Choosing where samples come from: synthetic participant, LSL stream or recorded file.

Responsible for the choice and for putting it into words that the command line understands too.
Not responsible for looking for streams (the caller passes a function) nor for opening anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtWidgets, Signal
from neurofeedback.gui.language import tr
from neurofeedback.gui.sentences import in_language
from neurofeedback.gui.style import spaced
from neurofeedback.gui.widgets import Card, Combo

KINDS = "*.edf *.bdf *.gdf *.vhdr *.fif *.fif.gz *.set *.xdf *.txt *.cnt *.mff"


@dataclass(frozen=True, slots=True)
class StreamChoice:
    """A stream that was found.

    Parameters
    ----------
    source : str
        How `SessionRequest.source` names it, e.g. ``lsl:name='Amp'``.
    text : str
        One line for a person: name, channels, rate, host.
    """

    source: str
    text: str


class SourceCard(Card):
    """The choice of a source.

    Parameters
    ----------
    list_streams : callable
        Returns the streams on the network within a second or so; may raise UserError.

    Attributes
    ----------
    said : Signal(str)
        One sentence for the person; empty to take back the last.
    """

    said = Signal(str)

    def __init__(self, list_streams: Callable[[], Sequence[StreamChoice]]) -> None:
        super().__init__(tr("SOURCE"))
        self._list_streams = list_streams
        self.synthetic = QtWidgets.QRadioButton(tr("S&ynthetic participant (demonstration)"))
        self.live = QtWidgets.QRadioButton(tr("&LSL stream"))
        self.recorded = QtWidgets.QRadioButton(tr("Recorded &file"))
        self.streams = Combo()
        self.search = QtWidgets.QPushButton(tr("Sea&rch"))
        self.file = QtWidgets.QLineEdit()
        self.browse = QtWidgets.QPushButton(tr("&Browse\u2026"))
        self.synthetic.setChecked(True)
        self._compose()
        self.search.clicked.connect(self.find_streams)
        self.browse.clicked.connect(self._browse)
        self.file.textEdited.connect(lambda _: self.recorded.setChecked(True))
        self.streams.activated.connect(lambda _: self.live.setChecked(True))

    def _compose(self) -> None:
        self.streams.setAccessibleName(tr("Streams found"))
        self.streams.setPlaceholderText(tr("no streams searched for yet"))
        self.file.setPlaceholderText("EDF, BDF, GDF, BrainVision, FIF, SET, XDF, OpenBCI")
        self.file.setAccessibleName(tr("Recorded file"))
        self.search.setToolTip(tr("Look for LSL streams on this machine; takes about a second"))
        self.add(self.synthetic, self.live)
        self.body.addLayout(_indented(self.streams, self.search))
        self.add(self.recorded)
        self.body.addLayout(_indented(self.file, self.browse))

    def find_streams(self) -> None:
        """Look for streams; the cursor shows that it takes a moment."""
        QtWidgets.QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            found = self._list_streams()
        except UserError as error:
            self.said.emit(in_language(str(error)))
            return
        finally:
            QtWidgets.QApplication.restoreOverrideCursor()
        self.streams.clear()
        for choice in found:
            self.streams.addItem(choice.text, choice.source)
        if found:
            self.live.setChecked(True)
            self.streams.setCurrentIndex(0)
            self.said.emit("")
        else:
            self.said.emit(
                tr("No LSL stream was found. Start the amplifier's LSL output and search again.")
            )

    def _browse(self) -> None:
        chosen, _ = QtWidgets.QFileDialog.getOpenFileName(
            self,
            tr("Recorded file"),
            self.file.text(),
            f"{tr('Recordings')} ({KINDS});;{tr('All files')} (*)",
        )
        if chosen:
            self.file.setText(chosen)
            self.recorded.setChecked(True)

    def chosen(self) -> str:
        """Return the source: ``synthetic``, ``lsl:QUERY`` or ``file:PATH``.

        Raises
        ------
        UserError
            If none is chosen or the file is not there.
        """
        if self.synthetic.isChecked():
            return "synthetic"
        if self.live.isChecked():
            stream = self.streams.currentData()
            if not stream:
                raise UserError(tr("Search for LSL streams and choose one."))
            return str(stream)
        path = self.file.text().strip()
        if not path:
            raise UserError(tr("Choose the recorded file."))
        if not Path(path).expanduser().exists():
            raise UserError(tr("There is no file {path}.", path=path))
        return f"file:{Path(path).expanduser()}"


def _indented(field: QtWidgets.QWidget, button: QtWidgets.QWidget) -> QtWidgets.QHBoxLayout:
    row = QtWidgets.QHBoxLayout()
    spaced(row, gap=2)
    row.addSpacing(24)
    row.addWidget(field, 1)
    row.addWidget(button)
    return row
