"""What lies over a window while the screen is locked.

Responsible for hiding what is below, for keeping keys from it but for the ones of safety, and for
asking who opens it. Not responsible for whether it opens (`gui.lock.idle_lock`) nor for when it
appears (`gui.lock.screen_lock`).

Two states: at rest, where every key of safety acts at once, and asking, where letters and digits
are typed into the fields: keys of safety that are a single character act again after Esc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import StateBanner
from neurofeedback.words.language import tr

WIDTH = 27  # in lines of text
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class SafetyKey:
    """Something that must be possible while the screen is locked.

    Parameters
    ----------
    text : str
        What it does, in the language of the windows.
    key : str
        As in a key sequence of one key, such as ``Ctrl+E`` or ``H``.
    do : callable
        Does it.
    """

    text: str
    key: str
    do: Callable[[], object]


class LockPanel(QtWidgets.QWidget):
    """Covers a window; made over it at once, and follows its size.

    Parameters
    ----------
    window : QWidget
        A top-level window.
    safety : sequence of SafetyKey

    Attributes
    ----------
    tried : Signal(str, str)
        Name and passphrase of somebody who wants to open it.
    """

    tried = Signal(str, str)

    def __init__(self, window: QtWidgets.QWidget, safety: Sequence[SafetyKey]) -> None:
        super().__init__(window)
        self._safety = list(safety)
        self._window = window
        self._focus_before = window.focusWidget()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("The screen is locked"))
        self.about = label("", wrap=True)
        self.session = StateBanner()
        self.name, self.passphrase = QtWidgets.QLineEdit(), QtWidgets.QLineEdit()
        self.open = QtWidgets.QPushButton(tr("Unlock  (Enter)"))
        self.message = label("", "error", wrap=True)
        self.buttons = [self._safety_button(key) for key in self._safety]
        self._fields = (self.name, self.passphrase)
        self._compose()
        for widget in (*self._fields, self.open, *self.buttons):
            widget.installEventFilter(self)
        self.open.clicked.connect(self.try_it)
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self.rest()

    def tell(self, about: str, *, name: str, asks_passphrase: bool) -> None:
        """Say who locked, and propose a name."""
        self.about.setText(about)
        self.name.setText(name)
        self.passphrase.setPlaceholderText(
            "" if asks_passphrase else tr("leave empty if you have none")
        )

    def tell_session(self, state: tuple[str, str] | None) -> None:
        """Say how the session is, by kind and words of a banner; None without one."""
        self.session.setVisible(state is not None)
        if state is not None:
            self.session.tell(*state)
        words = "" if state is None else state[1]
        self.setAccessibleDescription(f"{self.about.text()} {words}".strip())

    def say(self, text: str) -> None:
        """Show why it stays locked."""
        self.message.setText(tr(text))

    def rest(self) -> None:
        """Ask for nothing: every key of safety acts at once."""
        self.passphrase.clear()
        self.setFocus()

    def ask(self) -> None:
        """Ask who opens it."""
        (self.passphrase if self.name.text() else self.name).setFocus()

    def try_it(self) -> None:
        """Hand over what was typed."""
        name, passphrase = self.name.text(), self.passphrase.text()
        self.passphrase.clear()
        self.tried.emit(name, passphrase)

    def leave(self) -> None:
        """Go, and give the keyboard back to what had it before."""
        before = self._focus_before
        self.hide()
        if before is not None and before in self._window.findChildren(QtWidgets.QWidget):
            before.setFocus()
        self.deleteLater()

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        card = QtWidgets.QFrame()
        card.setObjectName("card")
        card.setFixedWidth(WIDTH * self.fontMetrics().height())
        column = QtWidgets.QVBoxLayout(card)
        spaced(column, margin=6, gap=3)
        column.addWidget(label(tr("Locked"), "number"))
        column.addWidget(self.about)
        self.passphrase.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
        for field, words in zip(self._fields, (tr("Your name"), tr("Passphrase")), strict=True):
            field.setAccessibleName(words)
            field.setMaxLength(200)
            column.addWidget(label(words, "heading"))
            column.addWidget(field)
        self.open.setProperty("role", "primary")
        column.addWidget(self.open)
        column.addWidget(self.message)
        if self.buttons:
            column.addWidget(label(tr("AVAILABLE WHILE LOCKED"), "heading"))
            for button in self.buttons:
                column.addWidget(button)
            if any(len(key.key) == 1 or key.key == "Space" for key in self._safety):
                hint = tr(
                    "While you type above, press Esc before you use a key that is "
                    "a single character."
                )
                column.addWidget(label(hint, "muted", wrap=True))
        content = QtWidgets.QWidget()
        content.setObjectName("plain")
        # Boxes with stretches, not an alignment: only so a label of two lines gets its height.
        middle, row = QtWidgets.QVBoxLayout(content), QtWidgets.QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        middle.addStretch(1)
        middle.addLayout(row)
        middle.addStretch(1)
        area = QtWidgets.QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        outer = QtWidgets.QVBoxLayout(self)
        spaced(outer, margin=3, gap=2)
        outer.addWidget(self.session)
        outer.addWidget(area)

    def _safety_button(self, key: SafetyKey) -> QtWidgets.QPushButton:
        button = QtWidgets.QPushButton(f"{key.text}  ({key_words(key.key)})")
        button.clicked.connect(lambda _=False: key.do())
        return button

    # -- keys ---------------------------------------------------------------------------------

    def event(self, event: QtCore.QEvent) -> bool:
        """Keep every shortcut of the window below from acting."""
        if event.type() == QtCore.QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Keys of safety act; Enter asks or opens; Esc goes back to rest; others do nothing."""
        if not self._safe(event):
            if event.key() in _ENTER:
                self.ask() if self.hasFocus() else self.try_it()
            elif event.key() == Qt.Key.Key_Escape:
                self.rest()
        event.accept()

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Follow the window's size; take keys of safety before a field or button has them."""
        if isinstance(event, QtGui.QResizeEvent) and watched is self._window:
            self.setGeometry(self._window.rect())
        elif isinstance(event, QtGui.QKeyEvent) and watched is not self._window:
            return self._key_of_child(watched, event)
        return False

    def _key_of_child(self, watched: QtCore.QObject, event: QtGui.QKeyEvent) -> bool:
        if event.type() != QtCore.QEvent.Type.KeyPress:
            return False
        modified = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        typed = event.text().isprintable() and event.text() != "" and not modified
        if not (watched in self._fields and typed) and self._safe(event):
            return True
        if event.key() in _ENTER and isinstance(watched, QtWidgets.QPushButton):
            watched.click()
            return True
        return False

    def _safe(self, event: QtGui.QKeyEvent) -> bool:
        pressed = QtGui.QKeySequence(event.keyCombination())
        for key in self._safety:
            if pressed == QtGui.QKeySequence(key.key):
                if not event.isAutoRepeat():
                    key.do()
                return True
        return False

    def focusNextPrevChild(self, forwards: bool) -> bool:  # noqa: N802
        """Keep the keyboard within the panel."""
        chain = [self.name, self.passphrase, self.open, *self.buttons]
        now = self.focusWidget() if not self.hasFocus() else None
        at = chain.index(now) if now in chain else (-1 if forwards else 0)
        chain[(at + (1 if forwards else -1)) % len(chain)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Take the click: nothing below gets it."""
        event.accept()

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:  # noqa: N802
        """Take the wheel: nothing below gets it."""
        event.accept()
