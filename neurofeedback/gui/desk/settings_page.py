"""The page of settings.

Responsible for a field for each setting, for profiles, for undo and redo by keys, and for the
passphrase of the screen lock. Each change counts and is written at once. Not responsible for what
is allowed (`settings.model`) nor for the file (`settings.store`).

Keys: Tab and the underlined letters; Ctrl+Z undoes, Ctrl+Shift+Z or Ctrl+Y does again; Esc leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neurofeedback.app.drafts import FOLDER as DRAFTS
from neurofeedback.app.drafts import TextDraft
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.dialogs.passphrase import PassphraseDialog
from neurofeedback.gui.desk.settings_fields import Field, fields
from neurofeedback.gui.forms.keeping import KeptLine
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import DARK
from neurofeedback.gui.widgets import Card, Combo
from neurofeedback.settings.editor import SettingsEditor
from neurofeedback.settings.operators import Operators
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

WIDEST = 88  # in lines of text
NARROW = 60  # in lines of text: below it there is one column


class SettingsPage(QtWidgets.QWidget):
    """Shows and changes the settings of the station.

    Parameters
    ----------
    editor : SettingsEditor
    operators : Operators
        Who has a passphrase.
    protocols : sequence of (str, str)
        Name and title of the protocols that may be chosen at first.
    monitors : sequence of str
        Names of the monitors there are.

    Attributes
    ----------
    changed : Signal(Settings)
        The settings in use are others now, also by undo or another profile.
    closed : Signal()
        The page is left.
    """

    changed = Signal(object)
    closed = Signal()

    def __init__(
        self,
        editor: SettingsEditor,
        operators: Operators,
        protocols: Sequence[tuple[str, str]] = (),
        monitors: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._editor = editor
        self._operators = operators
        self._history_keys: list[QtGui.QKeySequence] = []
        self.dialog: QtWidgets.QDialog | None = None
        self.setWindowTitle(tr("Settings"))
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.profile = Combo()
        self.fields: dict[str, Field] = fields(protocols, monitors)
        self.passphrase = QtWidgets.QPushButton(tr("&Passphrase of the lock\u2026"))
        self.has_passphrase = label("", "muted", wrap=True)
        self.message = label("", "error", wrap=True)
        self.undo = self._button(tr("Undo"), "Ctrl+Z", editor.undo)
        self.redo = self._button(tr("Redo"), "Ctrl+Shift+Z", editor.redo, "Ctrl+Y")
        self.leave = QtWidgets.QPushButton(tr("Done  (Esc)"))
        self._compose()
        self._connect()
        self._show()
        self._keep_typing()
        self.message.setText(tr(editor.problem) if editor.problem else "")
        self.setFocusProxy(self.profile)

    def refresh(self) -> None:
        """Show the settings anew, such as after the operator's name was changed elsewhere."""
        self._show()

    # -- layout -------------------------------------------------------------------------------

    def _button(
        self, text: str, key: str, doing: Callable[[], bool], also: str = ""
    ) -> QtWidgets.QPushButton:
        button = QtWidgets.QPushButton(f"{text}  ({key_words(key)})")
        button.clicked.connect(lambda _=False: self._try(doing))
        for keys in map(QtGui.QKeySequence, filter(None, (key, also))):
            self._history_keys.append(keys)
            shortcut = QtGui.QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda: self._try(doing))
        return button

    def _compose(self) -> None:
        self._body = QtWidgets.QWidget()
        QtWidgets.QGridLayout(self).addWidget(self._body, 0, 0)
        outer = QtWidgets.QVBoxLayout(self._body)
        spaced(outer, margin=1, gap=3)
        outer.addWidget(label(tr("Settings"), "number"))
        content = QtWidgets.QWidget()
        content.setObjectName("plain")
        self._columns = columns = QtWidgets.QHBoxLayout(content)
        spaced(columns, gap=3)
        for cards in (
            (self._profile_card(), self._card(tr("WORKSTATION"), "operator", "clinic"),
             self._card(tr("STORAGE"), "recordings", "second_place", "index")),
            (self._card(tr("APPEARANCE"), "theme", "language", "text_size", "monitor"),
             self._card(tr("SESSIONS"), "protocol", "scale_days"),
             self._card(tr("PARTICIPANT'S DISPLAY"), "music", "picture", "film"),
             self._lock_card()),
        ):  # fmt: skip
            column = QtWidgets.QVBoxLayout()
            spaced(column, gap=3)
            for card in cards:
                column.addWidget(card)
            columns.addLayout(column, 1)
            columns.setAlignment(column, Qt.AlignmentFlag.AlignTop)
        area = QtWidgets.QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        self.area = area
        outer.addWidget(area, 1)
        bottom = QtWidgets.QHBoxLayout()
        spaced(bottom, gap=2)
        bottom.addWidget(self.message, 1)
        for button in (self.undo, self.redo, self.leave):
            bottom.addWidget(button)
        self.leave.setProperty("role", "primary")
        outer.addLayout(bottom)

    def _profile_card(self) -> Card:
        card = Card(tr("PROFILE"))
        self.profile.setAccessibleName(tr("Profile"))
        card.add(self.profile)
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=2)
        self.new, self.rename = QtWidgets.QLineEdit(), QtWidgets.QPushButton(tr("&Rename"))
        self.new.setAccessibleName(tr("Name of a profile"))
        self.new.setPlaceholderText(tr("name of a profile"))
        self.new.setMaxLength(40)
        self.add = QtWidgets.QPushButton(tr("&New"))
        self.remove = QtWidgets.QPushButton(tr("Remo&ve"))
        row.addWidget(self.new, 1)
        for button in (self.add, self.rename, self.remove):
            row.addWidget(button)
        card.body.addLayout(row)
        return card

    def _card(self, heading: str, *keys: str) -> Card:
        card = Card(heading)
        grid = QtWidgets.QGridLayout()
        grid.setSpacing(2 * DARK.unit)
        grid.setColumnStretch(1, 1)
        for key in keys:
            self.fields[key].add_to(grid)
        card.body.addLayout(grid)
        return card

    def _lock_card(self) -> Card:
        card = self._card(tr("SCREEN LOCK"), "lock_minutes")
        card.add(self.has_passphrase, self.passphrase)
        return card

    def _connect(self) -> None:
        editor = self._editor
        for key, field in self.fields.items():
            field.set.connect(lambda value, k=key: self._try(lambda: editor.set(k, value)))
            field.widget.installEventFilter(self)
        self.fields["language"].set.connect(self._say_when)
        self.profile.activated.connect(
            lambda row: self._try(lambda: editor.use(self.profile.itemText(row)))
        )
        self.add.clicked.connect(lambda: self._named(editor.add))
        self.rename.clicked.connect(lambda: self._named(editor.rename))
        self.new.installEventFilter(self)
        self.new.returnPressed.connect(lambda: self._named(editor.add))
        self.remove.clicked.connect(lambda: self._try(editor.remove))
        self.passphrase.clicked.connect(self._ask_passphrase)
        self.leave.clicked.connect(self._leave)

    def _keep_typing(self) -> None:
        """Keep what is typed until it is taken over, and show what a crash left."""
        lines = {"profile": self.new} | {
            key: field.widget
            for key, field in self.fields.items()
            if isinstance(field.widget, QtWidgets.QLineEdit)
        }
        for key, line in lines.items():
            draft = TextDraft(self._editor.path.parent / DRAFTS / f"{key}.txt")
            line.editingFinished.connect(KeptLine(line, draft).settle)

    # -- what is shown ------------------------------------------------------------------------

    def _show(self) -> None:
        editor, overruled = self._editor, self._editor.overruled
        with QtCore.QSignalBlocker(self.profile):
            self.profile.clear()
            self.profile.addItems(list(editor.workstation.profiles))
            self.profile.setCurrentText(editor.workstation.active)
        values = editor.settings.model_dump()
        for key, field in self.fields.items():
            field.show_value(values[key])
            field.show_overruled(overruled.get(key))
        self.undo.setEnabled(editor.can_undo)
        self.redo.setEnabled(editor.can_redo)
        self.remove.setEnabled(len(editor.workstation.profiles) > 1)
        self._show_passphrase()

    def _show_passphrase(self) -> None:
        name = self._editor.settings.operator
        try:
            has = bool(name) and self._operators.has(name)
        except UserError as error:
            self.has_passphrase.setText(tr(message_of(error)))
            return
        self.has_passphrase.setText(
            tr("{name} has a passphrase, which the lock asks for.", name=name)
            if has
            else tr("Without a passphrase, any name opens the lock. Ctrl+L locks immediately.")
        )
        self.passphrase.setEnabled(bool(name))

    # -- what the user does -------------------------------------------------------------------

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Put the two columns below each other where there is no room for both."""
        line = self.fontMetrics().height()
        self._body.setMaximumWidth(WIDEST * line)
        widest = max(field.name.sizeHint().width() for field in self.fields.values())
        for field in self.fields.values():
            field.name.setMinimumWidth(widest)
        narrow = self.width() < NARROW * line
        way = QtWidgets.QBoxLayout.Direction
        self._columns.setDirection(way.TopToBottom if narrow else way.LeftToRight)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Enter presses the button that has the keyboard; Esc leaves."""
        focused = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(
            focused, QtWidgets.QPushButton
        ):
            focused.click()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802
        """Keep what has the keyboard in sight; let the wheel scroll, and not change values.

        A field takes undo and redo for itself only while something is half typed in it.
        """
        if event.type() == QtCore.QEvent.Type.FocusIn and isinstance(watched, QtWidgets.QWidget):
            self.area.ensureWidgetVisible(watched)
        if event.type() == QtCore.QEvent.Type.Wheel and watched is not self.focusWidget():
            event.ignore()
            return True
        if event.type() == QtCore.QEvent.Type.ShortcutOverride:
            assert isinstance(event, QtGui.QKeyEvent)
            keys = QtGui.QKeySequence(event.keyCombination())
            if keys in self._history_keys and not self._half_typed(watched):
                event.ignore()
                return True
        return False

    def _half_typed(self, watched: QtCore.QObject) -> bool:
        if watched is self.new:
            return bool(self.new.text())
        return any(f.widget is watched and f.half_typed for f in self.fields.values())

    def _commit(self) -> None:
        """Take over what is half typed."""
        for field in self.fields.values():
            if field.half_typed:
                field.commit()

    def _say_when(self, _: object) -> None:
        """Say that the windows that are open keep their language."""
        if not self.message.text():
            self.message.setText(tr("The language changes when the program is started again."))

    def _named(self, doing: Callable[[str], bool]) -> None:
        if self._try(lambda: doing(self.new.text())):
            self.new.clear()

    def _try(self, doing: Callable[[], bool]) -> bool:
        """Make a change, show how all is then, and why it was refused if it was."""
        before = self._editor.settings
        kept = self._editor.kept
        self.message.setText("")
        try:
            doing()
        except UserError as error:
            self.message.setText(tr(message_of(error)))
            done = False
        else:
            done = True
        if self._editor.kept not in (None, kept):
            self.message.setText(
                tr("The rejected settings are kept in {file}.", file=self._editor.kept)
            )
        self._show()
        if self._editor.settings != before:
            self.changed.emit(self._editor.settings)
        return done

    def _ask_passphrase(self) -> None:
        dialog = PassphraseDialog(self, self._operators, self._editor.settings.operator)
        dialog.finished.connect(lambda _: self._show_passphrase())
        self.dialog = dialog
        dialog.open()

    def _leave(self) -> None:
        self._commit()
        self.closed.emit()
