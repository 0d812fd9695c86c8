"""The safety prompt: what a clinician must read before anything else goes on.

Responsible for showing what was answered, for not going away until somebody has said by name that
they have read it, and for handing that to whoever keeps it. Not responsible for when it is raised
(`scales_page`, and whoever opens a participant: ask `ResponseStore.waiting`).

It has no close button and takes no Esc. Only where the acknowledgement cannot be stored may one go
on without: it is asked again then, for what waits is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.forms.scale_words import safety_sentence
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import Card, Check, StateBanner
from neurofeedback.scales.keeping import ResponseStore, Waiting
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

LEAST_WIDTH = 620  # px
INNER_WIDTH = 550  # px; what of it the sentence has, at least


class SafetyPanel(QtWidgets.QDialog):
    """Prompts to be read, one after the other; nothing else can be used meanwhile.

    Parameters
    ----------
    waiting : sequence of Waiting
        At least one.
    store : ResponseStore
        Told of each acknowledgement.
    parent : QWidget or None
        On the clinician's screen.

    Attributes
    ----------
    acknowledged : Signal(Waiting)
        One was read, and that is stored. ``finished`` tells that all are done.
    """

    acknowledged = Signal(object)

    def __init__(
        self,
        waiting: Sequence[Waiting],
        store: ResponseStore,
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        if not waiting:
            raise ValueError("There is no safety prompt to be shown.")
        self._waiting = list(waiting)
        self._at = 0
        self._store = store
        self._may_close = False
        self.banner = StateBanner()
        self.who, self.sentence = label("", "heading"), label("", "title", wrap=True)
        self.read = Check(tr("I have &read this and will take action"))
        self.name = QtWidgets.QLineEdit()
        self.message = label("", "error", wrap=True)
        self.later = QtWidgets.QPushButton(tr("Continue and ask &again later"))
        self.confirm = QtWidgets.QPushButton(tr("Acknowledge  (Ctrl+Enter)"))
        self._compose()
        self._connect()
        self._show()

    def _compose(self) -> None:
        kinds = Qt.WindowType
        self.setWindowFlags(kinds.Dialog | kinds.CustomizeWindowHint | kinds.WindowTitleHint)
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setWindowTitle(tr("Safety prompt"))
        self.setMinimumWidth(LEAST_WIDTH)
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, margin=4, gap=2)
        layout.addWidget(self.banner)
        card = Card("")
        card.heading.hide()
        card.add(self.who, self.sentence)
        layout.addWidget(card)
        layout.addWidget(self.read)
        called = label(tr("Your name, as it will be recorded"))
        called.setBuddy(self.name)
        self.name.setAccessibleName(tr("Your name, as it will be recorded"))
        self.name.setMaxLength(120)
        layout.addWidget(called)
        layout.addWidget(self.name)
        layout.addWidget(self.message)
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=3)
        self.later.hide()
        row.addWidget(self.later)
        row.addStretch(1)
        row.addWidget(self.confirm)
        self.confirm.setProperty("role", "primary")
        layout.addLayout(row)

    def _connect(self) -> None:
        for button in (self.later, self.confirm):
            button.setAutoDefault(False)
        self.read.toggled.connect(self._changed)
        self.name.textChanged.connect(self._changed)
        self.confirm.clicked.connect(self._acknowledge)
        self.later.clicked.connect(self._go_on)

    def _show(self) -> None:
        """Show the prompt that is read now, with nothing ticked and no name."""
        shown, total = self._waiting[self._at], len(self._waiting)
        more = "" if total == 1 else tr(" ({number} of {total})", number=self._at + 1, total=total)
        self.banner.tell("alarm", tr("Risk must be assessed") + more)
        self.who.setText(
            tr(
                "PARTICIPANT {code} \u00b7 {scale} \u00b7 {when}",
                code=shown.participant,
                scale=shown.instrument.title,
                when=f"{shown.taken.astimezone():%Y-%m-%d %H:%M}",
            )
        )
        self.sentence.setText(safety_sentence(shown))
        self._give_room(INNER_WIDTH)
        self.setAccessibleName(tr("Safety prompt"))
        self.setAccessibleDescription(self.sentence.text())
        self.read.setChecked(False)
        self.name.clear()
        self.message.clear()
        self.message.hide()
        self.later.hide()
        self._changed()
        self.read.setFocus()

    def _changed(self) -> None:
        self.confirm.setEnabled(self.read.isChecked() and bool(self.name.text().strip()))

    def _acknowledge(self) -> None:
        shown = self._waiting[self._at]
        try:
            self._store.acknowledge(shown.number, self.name.text().strip())
        except UserError as error:
            self.message.setText(tr(message_of(error)))
            self.message.show()
            self.later.show()
            return
        self.acknowledged.emit(shown)
        self._go_on()

    def _go_on(self) -> None:
        self._at += 1
        if self._at < len(self._waiting):
            self._show()
        else:
            self._may_close = True
            self.accept()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Give the sentence all the height it needs: no line of it may be cut."""
        super().resizeEvent(event)
        self._give_room(self.sentence.width())

    def _give_room(self, width: int) -> None:
        self.sentence.ensurePolished()
        self.sentence.setMinimumHeight(self.sentence.heightForWidth(width))

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Ctrl+Enter acknowledges, Enter presses the button that has the keyboard; no Esc."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if control or self.confirm.hasFocus():
                self.confirm.click()
            elif self.later.hasFocus():
                self.later.click()
        elif event.key() == Qt.Key.Key_Escape:
            event.accept()
        else:
            super().keyPressEvent(event)

    def reject(self) -> None:
        """Stay."""

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802
        """Stay until all is read."""
        if self._may_close:
            super().closeEvent(event)
        else:
            event.ignore()


def raise_prompts(
    waiting: Sequence[Waiting],
    store: ResponseStore,
    parent: QtWidgets.QWidget | None = None,
    then: Callable[[], object] = lambda: None,
) -> SafetyPanel | None:
    """Show what waits to be read, if anything does; then go on.

    Parameters
    ----------
    waiting : sequence of Waiting
        E.g. ``store.waiting()`` when the program starts, or those of a participant.
    store, parent
        See `SafetyPanel`.
    then : callable
        Called when all are done, at once where there are none.

    Returns
    -------
    SafetyPanel or None
        None where nothing waits.
    """
    if not waiting:
        then()
        return None
    panel = SafetyPanel(waiting, store, parent)
    panel.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    panel.finished.connect(lambda _: _go_back(parent, then))
    panel.show()  # not open: that would let other windows be used
    panel.activateWindow()
    return panel


def _go_back(parent: QtWidgets.QWidget | None, then: Callable[[], object]) -> None:
    if parent is not None:
        parent.activateWindow()
    then()
