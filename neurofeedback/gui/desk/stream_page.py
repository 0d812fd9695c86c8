"""The stream step: which amplifier, and is it the right one.

Responsible for listing the streams on the network with what tells them apart, and for the choice of
a recorded file or the synthetic participant instead. Not responsible for looking for streams (the
caller passes a function) nor for opening one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from neurofeedback.app.sessions import at_rate
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.dialogs.board import BoardDialog
from neurofeedback.gui.file_kinds import FILE_FILTER
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import Card
from neurofeedback.session.sources import StreamChoice
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

SOURCE = Qt.ItemDataRole.UserRole
SYNTHETIC = "synthetic"
LOOK_MILLISECONDS = 2000


class StreamPage(QtWidgets.QWidget):
    """The list of sources.

    Parameters
    ----------
    list_streams : callable
        Returns the streams on the network within a second or so; may raise UserError.
    list_boards : callable, optional
        Returns the amplifiers that can be opened without a program in between; None where there
        cannot be any.
    watch : callable, optional
        Returns what tells at once which streams are there; while the page is seen, it is asked
        every two seconds.

    Attributes
    ----------
    said : Signal(str)
        One sentence for the person; empty to take back the last.
    """

    said = Signal(str)

    def __init__(
        self,
        list_streams: Callable[[], Sequence[StreamChoice]],
        list_boards: Callable[[], Sequence[str]] | None = None,
        watch: Callable[[], Callable[[], Sequence[StreamChoice]]] | None = None,
    ) -> None:
        super().__init__()
        self._watch = watch
        self._there: Callable[[], Sequence[StreamChoice]] | None = None
        self._looking = QtCore.QTimer(self)
        self._looking.setInterval(LOOK_MILLISECONDS)
        self._looking.timeout.connect(self._look)
        self._list_streams = list_streams
        self._list_boards = list_boards
        self._board: str | None = None
        self.dialog: BoardDialog | None = None  # made when it is first wanted
        self._streams: list[StreamChoice] = []
        self._file: Path | None = None
        self.list = QtWidgets.QListWidget()
        self.search = QtWidgets.QPushButton(tr("Search again (F5)"))
        self.browse = QtWidgets.QPushButton(tr("Recorded file\u2026 (Ctrl+O)"))
        self.board = QtWidgets.QPushButton(tr("BrainFlow\u2026 (Ctrl+B)"))
        self._compose()
        self._fill(SYNTHETIC)
        self.search.clicked.connect(self.find_streams)
        self.browse.clicked.connect(self._browse)
        self.board.clicked.connect(self._ask_for_board)
        self.setFocusProxy(self.list)

    def _compose(self) -> None:
        page = QtWidgets.QVBoxLayout(self)
        spaced(page, gap=3)
        card = Card(tr("WHERE THE EEG COMES FROM"))
        self.list.setAccessibleName(tr("Sources"))
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.search.setShortcut(QtGui.QKeySequence("F5"))
        self.search.setToolTip(
            tr("Search for LSL streams on this computer; this takes about a second")
        )
        self.browse.setShortcut(QtGui.QKeySequence("Ctrl+O"))
        card.add(self.list)
        card.body.setStretchFactor(self.list, 1)
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=2)
        row.addWidget(self.search)
        row.addWidget(self.browse)
        self.board.setShortcut(QtGui.QKeySequence("Ctrl+B"))
        self.board.setVisible(self._list_boards is not None)
        row.addWidget(self.board)
        row.addStretch(1)
        card.body.addLayout(row)
        page.addWidget(card, 1)
        page.addWidget(
            label(
                tr(
                    "A stream is recognised by its identity, not only its name: if it is "
                    "lost, another with the same name does not replace it. The next step "
                    "shows channels, rate, unit and amplitude; compare them with your "
                    "amplifier."
                ),
                "muted",
                wrap=True,
            )
        )

    def _fill(self, chosen: str) -> None:
        """Show streams, then the file, then the synthetic participant; choose one of them."""
        self.list.clear()
        for stream in self._streams:
            self._add(stream.text, stream.source)
        if self._board is not None:
            board, _, connection = self._board.partition(":")[2].partition("?")
            self._add(f"{board}\n{connection or 'BrainFlow'}", self._board)
        if self._file is not None:
            text = tr("Recorded file\n{path}", path=self._file)
            self._add(text, f"file:{self._file}")
        self._add(tr("Synthetic participant\nfor a demonstration; learns from rewards"), SYNTHETIC)
        sources = [self.list.item(row).data(SOURCE) for row in range(self.list.count())]
        self.list.setCurrentRow(sources.index(chosen) if chosen in sources else 0)

    def showEvent(self, event: QtGui.QShowEvent) -> None:  # noqa: N802
        """Look by itself from now on."""
        super().showEvent(event)
        if self._watch is not None:
            self._looking.start()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:  # noqa: N802
        """Look no more."""
        super().hideEvent(event)
        self._looking.stop()
        self._there = None

    def _look(self) -> None:
        """Show streams that came or went; the choice stays, or is the first stream there is."""
        assert self._watch is not None
        try:
            if self._there is None:
                self._there = self._watch()
                return
            streams = list(self._there())
        except UserError as error:
            self._looking.stop()
            self.said.emit(tr(message_of(error)))
            return
        if [s.source for s in streams] == [s.source for s in self._streams]:
            return
        first, chosen = not self._streams, self.chosen
        self._streams = streams
        synthetic = first and chosen == SYNTHETIC and streams
        self._fill(streams[0].source if synthetic else chosen)
        self.said.emit("")

    def _add(self, text: str, source: str) -> None:
        item = QtWidgets.QListWidgetItem(text)
        item.setData(SOURCE, source)
        self.list.addItem(item)

    def find_streams(self) -> None:
        """Look for streams; the cursor shows that it takes a moment."""
        QtWidgets.QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            self._streams = list(self._list_streams())
        except UserError as error:
            self.said.emit(tr(message_of(error)))
            return
        finally:
            QtWidgets.QApplication.restoreOverrideCursor()
        self._fill(self._streams[0].source if self._streams else SYNTHETIC)
        self.said.emit(
            ""
            if self._streams
            else tr("No LSL stream was found. Start the amplifier's LSL output and search again.")
        )

    def choose_synthetic(self) -> None:
        """Choose the synthetic participant."""
        self._fill(SYNTHETIC)

    def choose_file(self, path: Path) -> None:
        """Offer a recorded file, and choose it."""
        self._file = path
        self._fill(f"file:{path}")

    def choose_board(self, source: str) -> None:
        """Offer an amplifier, and choose it."""
        self._board = source
        self._fill(source)

    def _ask_for_board(self) -> None:
        if self._list_boards is None:
            return
        if self.dialog is None:
            try:
                self.dialog = BoardDialog(self, self._list_boards())
            except UserError as error:
                self.said.emit(tr(message_of(error)))
                return
            self.dialog.accepted.connect(self._take_board)
        self.dialog.open()

    def _take_board(self) -> None:
        assert self.dialog is not None
        self.choose_board(self.dialog.source)

    def _browse(self) -> None:
        chosen, _ = QtWidgets.QFileDialog.getOpenFileName(
            self,
            tr("Recorded file"),
            str(self._file or ""),
            f"{tr('Recordings')} {FILE_FILTER};;{tr('All files')} (*)",
        )
        if chosen:
            self.choose_file(Path(chosen))

    def choose_rate(self, rate: float) -> None:
        """Have the chosen stream opened with this rate, Hz, until streams are looked for again."""
        item = self.list.currentItem()
        if item is not None:
            item.setData(SOURCE, at_rate(self.chosen, rate))

    @property
    def chosen(self) -> str:
        """The source as the command line names it: ``lsl:...``, ``file:PATH``, ``synthetic`` ..."""
        item = self.list.currentItem()
        return SYNTHETIC if item is None else str(item.data(SOURCE))
