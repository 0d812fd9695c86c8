"""The operator's right-hand column: reward rate, participant's picture, record, commands.

Responsible for laying out and filling these cards. Not responsible for the words
(`gui.operator.presenter`) nor for what the commands do (`gui.operator.window`).
"""

from __future__ import annotations

from collections.abc import Mapping

from neurofeedback.app.states import CONCEALED
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.icons import icon
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.actions import entry_of
from neurofeedback.gui.operator.presenter import OperatorText
from neurofeedback.gui.style import label, spaced, tip
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card, LongLabel, Preview, RateBar
from neurofeedback.protocols.rules.base import ThresholdRule
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.words.language import tr

WIDTH = 300  # of the column
MOST = 16_777_215  # Qt's word for no limit
SYMBOLS = {"pause": "pause", "marker": "flag", "note": "note", "stop": "stop"}
LOG_LINES = 100
PREVIEW_HEIGHTS = (38, 170)


class NoteLine(QtWidgets.QLineEdit):
    """Entry of a note: Enter keeps it, Esc gives the keyboard back.

    Attributes
    ----------
    kept : Signal(str)
        A note was written.
    given_up : Signal()
        What was typed is not to be kept.
    """

    kept = Signal(str)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(tr("Note (N): Enter saves it"))
        self.setAccessibleName(tr("Note"))
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
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class SidePanel(QtWidgets.QWidget):
    """The cards and buttons.

    Parameters
    ----------
    actions : mapping of str to QAction
        The commands.
    difficulty : QWidget
        What changes the target; stands beside the reward rate.
    spec : ProtocolSpec
        Its target and the rule of its threshold are shown.
    scene : str
        Scene that the participant sees.
    concealed : bool
        Whether nobody may learn the session's arm: then neither reward rate nor picture is shown.

    Attributes
    ----------
    commands : QWidget
        The buttons, for the page to put in their place.
    """

    def __init__(
        self,
        actions: Mapping[str, QtGui.QAction],
        difficulty: QtWidgets.QWidget,
        spec: ProtocolSpec,
        scene: str,
        *,
        concealed: bool = False,
    ) -> None:
        super().__init__()
        self._concealed = concealed
        self.preview = Preview(scene)
        self.note = NoteLine()
        self.log = QtWidgets.QPlainTextEdit()
        self._actions = actions
        self._paused = self._two = False
        self._bar = RateBar(spec.target_rate)
        self._difficulty = difficulty
        self.rate, self.rewards = label("", "hero"), label("", wrap=True)
        self._threshold: ThresholdRule = spec.threshold
        self.rule = label(tr(spec.threshold.in_words), "muted", wrap=True)
        self.rate_note, self.held = label("", "muted", wrap=True), label("", "muted", wrap=True)
        self.recorded, self.stream = label("", wrap=True), label("", "muted", wrap=True)
        self.folder = LongLabel("", "muted", Qt.TextElideMode.ElideMiddle)
        self.buttons: dict[str, QtWidgets.QPushButton] = {}
        self.commands = QtWidgets.QWidget()
        self._grid = QtWidgets.QGridLayout(self.commands)
        self._compose()
        look().changed.connect(self._dress)
        self._dress()

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        self.rate_card = Card(tr("FEEDBACK") if self._concealed else tr("REWARD RATE"))
        self.rate_card.body.addLayout(_between(self.rate, self._difficulty))
        self.rate_card.add(self._bar, self.rate_note, self.rule, self.rewards, self.held)
        self.picture = Card(tr("PARTICIPANT SEES"))
        self.picture.body.addWidget(self.preview, 1)
        if self._concealed:
            self.rate_card.add(label(tr(CONCEALED), "muted", wrap=True))
            for told in (self.rate, self.rewards, self._bar, self.rate_note, self.picture):
                told.hide()
        record = Card(tr("RECORDING"))
        record.add(self.recorded, self.stream, self.folder)
        notes = Card(tr("NOTES AND MARKERS"))
        self._prepare_log()
        notes.body.addWidget(self.log, 1)
        notes.add(self.note)
        self._make_buttons()
        self._cards = ((self.rate_card, 0), (self.picture, 1), (notes, 2), (record, 0))
        self._row = QtWidgets.QHBoxLayout(self)
        self._columns = (QtWidgets.QVBoxLayout(), QtWidgets.QVBoxLayout())
        for layout in (self._row, *self._columns):
            spaced(layout, gap=2)
        for column in self._columns:
            self._row.addLayout(column, 1)
        self._stand(two=False)

    def _stand(self, *, two: bool) -> None:
        """Put the cards into one column, or into two.

        They are moved since a column within a column takes less than its cards need.
        """
        for index, (card, stretch) in enumerate(self._cards):
            self._columns[int(two and index > 1)].addWidget(card, stretch)
        self._row.setStretch(1, int(two))

    def _prepare_log(self) -> None:
        self.log.setReadOnly(True)
        self.log.setTabChangesFocus(True)
        self.log.setMaximumBlockCount(LOG_LINES)
        self.log.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.log.setObjectName("log")
        self.log.setPlaceholderText(tr("None yet. M sets a marker, N writes a note."))
        self.log.document().setDocumentMargin(0)
        self.log.setAccessibleName(tr("Notes and markers"))

    def _make_buttons(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2 * current().unit)
        for name in SYMBOLS:
            action = self._actions[name]
            button = QtWidgets.QPushButton()
            button.setToolTip(action.toolTip())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(action.trigger)
            self.buttons[name] = button
        self._arrange(2)

    def _arrange(self, columns: int) -> None:
        for index, button in enumerate(self.buttons.values()):
            self._grid.addWidget(button, index // columns, index % columns)

    def fit(self, room: int, *, stacked: bool) -> None:
        """Lay out as a column beside the plots, or below them over the whole width.

        Parameters
        ----------
        room : int
            Width of the page, pixels.
        stacked : bool
            Whether it stands below the plots.
        """
        theme = current()
        two = stacked and room >= 2 * theme.px(WIDTH)
        if two is not self._two:
            self._two = two
            self._stand(two=two)
        widest = max(b.sizeHint().width() for b in self.buttons.values()) + 2 * theme.unit
        self._arrange(4 if room >= 4 * widest else 2)
        self.setMinimumWidth(0 if stacked else theme.px(WIDTH))
        self.setMaximumWidth(MOST if stacked else theme.px(WIDTH))

    def _dress(self) -> None:
        """Take colours and sizes from the theme in use."""
        theme = current()
        self.rate_note.setMinimumHeight(2 * (theme.small + 4))
        low, high = (theme.px(h) for h in PREVIEW_HEIGHTS)
        self.preview.setMinimumHeight(low)
        self.preview.setMaximumHeight(high)
        self.picture.setMaximumHeight(high + 7 * theme.unit + theme.px(20))
        self.log.setMinimumHeight(2 * (theme.small + 4))
        for name, button in self.buttons.items():
            button.setIconSize(QtCore.QSize(theme.px(14), theme.px(14)))
            symbol = "play" if name == "pause" and self._paused else SYMBOLS[name]
            button.setIcon(icon(symbol, theme.palette.text))
            words, key = button_words(name, paused=self._paused), entry_of(name).keys[0]
            button.setText(f"{words}  ({key_words(key)})")
        self._actions["pause"].setText(button_words("pause", paused=self._paused))

    def event(self, event: QtCore.QEvent) -> bool:
        """Keep the height of the large number, which a layout by width leaves out."""
        if event.type() == QtCore.QEvent.Type.LayoutRequest:
            self.rate_card.setMinimumHeight(self.rate_card.minimumSizeHint().height())
        return super().event(event)

    # -- what is shown ------------------------------------------------------------------------

    def show_text(self, text: OperatorText) -> None:
        """Fill the cards."""
        rule = self._threshold
        if text.target is not None:
            rule = rule.aiming_at(text.target)
        for shown, words in (
            (self.rate, text.rate_number), (self.rule, tr(rule.in_words)),
            (self.rewards, text.rewards),
            (self.rate_note, text.rate_note), (self.held, text.held_note),
            (self.recorded, f"{text.recorded} \u00b7 {text.state}"), (self.stream, text.stream),
        ):  # fmt: skip
            if shown.text() != words:
                shown.setText(words)
        self.stream.setVisible(bool(text.stream))
        self._bar.show_share(text.rate, text.target)
        if text.folder != self.folder.toolTip():
            self.folder.tell(text.folder)
        if text.paused is not self._paused:
            self._paused = text.paused
            self._dress()
        for name in SYMBOLS:
            self._actions[name].setEnabled(text.running)
            self.buttons[name].setEnabled(text.running)
        pause = self.buttons["pause"]
        pause.setEnabled(text.running and not text.silent)
        pause.setToolTip(tip(text.silent) or self._actions["pause"].toolTip())
        self.note.setEnabled(text.running)

    def tell(self, line: str) -> None:
        """Show that a note or marker has been kept."""
        self.log.appendPlainText(line)


def button_words(name: str, *, paused: bool) -> str:
    """Return what a button is called now."""
    if name == "pause":
        return tr("Resume") if paused else tr("Pause")
    if name == "stop":
        return tr("End")
    return tr(entry_of(name).text)


def _between(left: QtWidgets.QWidget, right: QtWidgets.QWidget) -> QtWidgets.QHBoxLayout:
    row = QtWidgets.QHBoxLayout()
    spaced(row)
    row.addWidget(left)
    row.addWidget(right, 1)
    return row
