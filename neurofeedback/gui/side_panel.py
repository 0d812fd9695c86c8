"""The operator's right-hand column: reward rate, participant's picture, record, commands.

Responsible for laying out and filling these cards. Not responsible for the words
(`gui.presenter`) nor for what the commands do (`gui.operator`).
"""

from __future__ import annotations

from collections.abc import Mapping

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.actions import ENTRIES
from neurofeedback.gui.icons import icon
from neurofeedback.gui.presenter import OperatorText
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card, Preview, RateBar

WIDTH = 300
BUTTONS = (("pause", "pause"), ("marker", "flag"), ("note", "note"), ("stop", "stop"))
LOG_LINES = 100
PREVIEW_HEIGHTS = (88, 170)


class NoteLine(QtWidgets.QLineEdit):
    """Entry of a note: Enter keeps it, Esc gives the keyboard back.

    Attributes
    ----------
    kept : Signal(str)
        A note was written.
    """

    kept = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Note (N): Enter keeps it")
        self.setAccessibleName("Note")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMaxLength(500)
        self.returnPressed.connect(self._keep)

    def _keep(self) -> None:
        text = self.text().strip()
        self.clear()
        self.clearFocus()
        if text:
            self.kept.emit(text)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Esc leaves without keeping."""
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.clearFocus()
        else:
            super().keyPressEvent(event)


class SidePanel(QtWidgets.QWidget):
    """The cards and buttons.

    Parameters
    ----------
    actions : mapping of str to QAction
        The commands.
    target : float or None
        Target reward rate, 0..1.
    scene : str
        Scene that the participant sees.
    """

    def __init__(
        self, actions: Mapping[str, QtGui.QAction], target: float | None, scene: str
    ) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.preview = Preview(scene)
        self.note = NoteLine()
        self.log = QtWidgets.QPlainTextEdit()
        self._actions = actions
        self._bar = RateBar(target)
        self.rate, self.rewards = label("", "number"), label("")
        self.rate_note, self.held = label("", "muted", wrap=True), label("", "muted")
        self.rate_note.setMinimumHeight(2 * self.rate_note.fontMetrics().lineSpacing())
        self.recorded, self.folder = label(""), label("", "muted")
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        self._compose()

    def _compose(self) -> None:
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, gap=2)
        rate = Card("REWARD RATE")
        rate.body.addLayout(_between(self.rate, self.rewards))
        rate.add(self._bar, self.rate_note, self.held)
        picture = Card("PARTICIPANT SEES")
        self.preview.setMinimumHeight(PREVIEW_HEIGHTS[0])
        self.preview.setMaximumHeight(PREVIEW_HEIGHTS[1])
        picture.setMaximumHeight(PREVIEW_HEIGHTS[1] + 12 * current().unit)
        picture.body.addWidget(self.preview, 1)
        record = Card("RECORDING")
        record.add(self.recorded, self.folder)
        notes = Card("NOTES AND MARKERS")
        self._prepare_log()
        notes.body.addWidget(self.log, 1)
        notes.add(self.note)
        for card, stretch in ((rate, 0), (picture, 3), (notes, 2), (record, 0)):
            layout.addWidget(card, stretch)
        layout.addLayout(self._button_grid())

    def _prepare_log(self) -> None:
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(LOG_LINES)
        self.log.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.log.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.log.setObjectName("log")
        self.log.setPlaceholderText("None yet. M marks, N writes.")
        self.log.setMinimumHeight(8 * current().unit)
        self.log.document().setDocumentMargin(0)
        self.log.setAccessibleName("Notes and markers")

    def _button_grid(self) -> QtWidgets.QGridLayout:
        grid = QtWidgets.QGridLayout()
        grid.setSpacing(2 * current().unit)
        keys = {e.name: e.keys[0] for e in ENTRIES}
        for index, (name, symbol) in enumerate(BUTTONS):
            action = self._actions[name]
            button = QtWidgets.QPushButton(f"{action.text().split()[0]}  ({keys[name]})")
            button.setIcon(icon(symbol, current().palette.text))
            button.setIconSize(QtCore.QSize(14, 14))
            button.setToolTip(action.toolTip())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(action.trigger)
            self.buttons[name] = button
            grid.addWidget(button, index // 2, index % 2)
        return grid

    def show_text(self, text: OperatorText) -> None:
        """Fill the cards."""
        for shown, words in (
            (self.rate, text.rate_number), (self.rewards, text.rewards),
            (self.rate_note, text.rate_note), (self.held, text.held_note),
            (self.recorded, f"{text.recorded} \u00b7 {text.state}"),
        ):  # fmt: skip
            if shown.text() != words:
                shown.setText(words)
        self._bar.show_share(text.rate)
        self._show_folder(text.folder)
        verb, symbol = ("Resume", "play") if text.paused else ("Pause", "pause")
        button = self.buttons["pause"]
        if not button.text().startswith(verb):
            button.setText(f"{verb}  (Space)")
            button.setIcon(icon(symbol, current().palette.text))
            self._actions["pause"].setText(verb)
        for name in ("pause", "marker", "note", "stop"):
            self._actions[name].setEnabled(text.running)
            self.buttons[name].setEnabled(text.running)
        self.note.setEnabled(text.running)

    def _show_folder(self, folder: str) -> None:
        """Show the end of the path; the whole of it is in the tooltip."""
        if folder == self.folder.toolTip():
            return
        metrics = self.folder.fontMetrics()
        self.folder.setText(
            metrics.elidedText(folder, Qt.TextElideMode.ElideMiddle, WIDTH - 8 * current().unit)
        )
        self.folder.setToolTip(folder)

    def tell(self, line: str) -> None:
        """Show that a note or marker has been kept."""
        self.log.appendPlainText(line)


def _between(left: QtWidgets.QWidget, right: QtWidgets.QWidget) -> QtWidgets.QHBoxLayout:
    row = QtWidgets.QHBoxLayout()
    spaced(row)
    row.addWidget(left, 0, Qt.AlignmentFlag.AlignBaseline)
    row.addStretch(1)
    row.addWidget(right, 0, Qt.AlignmentFlag.AlignBaseline)
    return row
