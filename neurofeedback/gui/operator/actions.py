"""The operator's commands and their keys, in one table.

Responsible for names, keys and tooltips; menus, buttons, shortcuts and the page of keys all come
from here. Not responsible for what a command does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.key_names import key_words, keys_words
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Scroll
from neurofeedback.words.language import later, tr


@dataclass(frozen=True, slots=True)
class Entry:
    """A command.

    Parameters
    ----------
    name : str
        How the program calls it.
    text : str
        How a person reads it.
    keys : tuple of str
        Keys, the first one shown.
    menu : str
        Menu it appears in.
    help : str
        One line for the tooltip and the page of keys.
    """

    name: str
    text: str
    keys: tuple[str, ...]
    menu: str
    help: str


ENTRIES = (
    Entry("pause", later("Pause"), ("Space",), later("Session"),
          later("Pause or resume; recording continues")),
    Entry("marker", later("Marker"), ("M",), later("Session"), later("Set a marker")),
    Entry("note", later("Note"), ("N",), later("Session"),
          later("Write a note; Enter saves it, Esc discards it")),
    Entry("skip", later("Skip block"), ("Ctrl+K",), later("Session"),
          later("End this block now; a baseline can end only with enough clean data")),
    Entry("repeat", later("Repeat block"), ("Ctrl+T",), later("Session"),
          later("Restart this block")),
    Entry("extend", later("Longer block"), ("Ctrl+J",), later("Session"),
          later("Make this block 30 s longer")),
    Entry("redo", later("Repeat baseline"), ("Ctrl+R",), later("Session"),
          later("Repeat the last baseline and continue from there")),
    Entry("easier", later("Easier"), ("Ctrl++", "Ctrl+="), later("Session"),
          later("Reward more often: target rate 5 % higher")),
    Entry("harder", later("Harder"), ("Ctrl+-",), later("Session"),
          later("Reward less often: target rate 5 % lower")),
    Entry("easier-back", later("Undo last change of target"), ("Ctrl+Z",), later("Session"),
          later("Return to the target rate before the last change")),
    Entry("reveal", later("Show feedback"), ("Ctrl+Shift+F",), later("Session"),
          later("In a session of a study: show the feedback for safety (asks first, is logged)")),
    Entry("stop", later("End session"), ("Ctrl+E",), later("Session"),
          later("End the session (asks first)")),
    Entry("close", later("Close window"), ("Ctrl+W", "Ctrl+Q"), later("Session"),
          later("Close the windows")),
    Entry("full", later("Full screen"), ("F11", "F"), later("Participant"),
          later("Show the participant's display full screen, on a second monitor if there is one; "
                "on a single one it lies over this window, with a small sign for an alarm, until "
                "this key or a double click")),
    Entry("show", later("Show display"), ("P",), later("Participant"),
          later("Show the participant's display again")),
    Entry("scene", later("Next scene"), ("D",), later("Participant"),
          later("Show the participant the next scene: disc, bar, ring, sunrise, path, "
                "rings, picture, film")),
    Entry("mute", later("Sound on or off"), ("S",), later("Participant"),
          later("Switch the sound off or on; switching it on searches for an audio device")),
    Entry("louder", later("Louder"), ("Ctrl+Up",), later("Participant"), later("Louder sound")),
    Entry("softer", later("Softer"), ("Ctrl+Down",), later("Participant"), later("Softer sound")),
    Entry("larger", later("Larger"), ("+", "="), later("Traces"), later("Larger traces")),
    Entry("smaller", later("Smaller"), ("-",), later("Traces"), later("Smaller traces")),
    Entry("up", later("Channels up"), ("PgUp",), later("Traces"),
          later("Show the channels before these")),
    Entry("down", later("Channels down"), ("PgDown",), later("Traces"),
          later("Show the channels after these")),
    Entry("fewer", later("Number of channels"), ("C",), later("Traces"),
          later("Show all channels, or 32, 16 or 8 at a time")),
    Entry("montage", later("Next montage"), ("V",), later("Traces"),
          later("Show the traces as recorded, against their average, bipolar, or as Laplacian; "
                "for display only")),
    Entry("filter", later("Display filter"), ("H",), later("Traces"),
          later("Choose high-pass, low-pass and notch of the traces; for display only, feedback "
                "and recording do not pass through them")),
    Entry("spectrum", later("Spectrum"), ("X",), later("Traces"),
          later("Show or hide the spectrum of the trained electrodes, as it is now")),
    Entry("electrodes", later("Electrodes"), ("Q",), later("Traces"),
          later("Switch between the traces and all electrodes with their quality")),
    Entry("power", later("Map of band power"), ("B",), later("Traces"),
          later("Switch between the electrodes and a map of band power on the head")),
    Entry("band", later("Next band"), ("Shift+B",), later("Traces"),
          later("Show the next band on the map: trained band, theta, alpha, beta")),
    Entry("value", later("About the value"), ("I",), later("Help"),
          later("Tell how the trained value is made, how late it is, and how noisy")),
    Entry("keys", later("Keys"), ("F1", "?"), later("Help"), later("Show this list")),
)  # fmt: skip
MARKER_DIGITS = "123456789"


def entry_of(name: str) -> Entry:
    """Return the command of a name."""
    return next(e for e in ENTRIES if e.name == name)


def make_actions(
    window: QtWidgets.QMainWindow, handlers: Mapping[str, Callable[[], object]]
) -> dict[str, QtGui.QAction]:
    """Make every action with its keys, and the menus.

    Parameters
    ----------
    window : QMainWindow
        Owner; gets the shortcuts and the menu bar.
    handlers : mapping of str to callable
        What each entry does, by name.

    Returns
    -------
    dict of str to QAction
    """
    actions, menus = {}, {}
    for entry in ENTRIES:
        action = QtGui.QAction(tr(entry.text), window)
        action.setShortcuts([QtGui.QKeySequence(k) for k in entry.keys])
        action.setToolTip(f"{tr(entry.help)} ({keys_words(entry.keys)})")
        action.triggered.connect(lambda _=False, do=handlers[entry.name]: do())
        if entry.menu not in menus:
            menus[entry.menu] = window.menuBar().addMenu(tr(entry.menu))
        menus[entry.menu].addAction(action)
        window.addAction(action)
        actions[entry.name] = action
    return actions


def add_marker_keys(
    window: QtWidgets.QMainWindow, mark: Callable[[str], None]
) -> list[QtGui.QAction]:
    """Let the digits 1 to 9 set markers of that name, and have a menu of them; return all."""
    menu = window.menuBar().addMenu(tr("Markers"))
    made = []
    for digit in MARKER_DIGITS:
        action = QtGui.QAction(tr("Marker {digit}", digit=digit), window)
        action.setShortcut(QtGui.QKeySequence(digit))
        action.triggered.connect(lambda _=False, d=digit: mark(d))
        window.addAction(action)
        menu.addAction(action)
        made.append(action)
    return made


class CommandsMenu(QtWidgets.QMenu):
    """One menu that has every menu of a window, for where its menu bar is not shown.

    It has them only while it is open: Qt lets the keys of a menu work wherever the menu hangs.

    Parameters
    ----------
    window : QMainWindow
    parent : QWidget
    """

    def __init__(self, window: QtWidgets.QMainWindow, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.aboutToShow.connect(lambda: self.addActions(window.menuBar().actions()))
        self.aboutToHide.connect(lambda: QtCore.QTimer.singleShot(0, self, self._empty))

    def _empty(self) -> None:
        for action in self.actions():
            self.removeAction(action)


def offer_on_right_click(
    panel: QtWidgets.QWidget, actions: Mapping[str, QtGui.QAction], *menus: str
) -> None:
    """Offer the commands of some menus on a panel and everything in it.

    Parameters
    ----------
    panel : QWidget
    actions : mapping of str to QAction
        See `make_actions`.
    *menus : str
        Names of menus, or of single commands, as in `ENTRIES`.
    """
    panel.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    panel.addActions([actions[e.name] for e in ENTRIES if {e.menu, e.name} & set(menus)])
    for inner in panel.findChildren(QtWidgets.QWidget):
        if not isinstance(inner, QtWidgets.QLineEdit | QtWidgets.QPlainTextEdit):
            inner.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # the panel has it


def keys_rows() -> list[tuple[str, str]]:
    """Return the page of keys: what is pressed, and what it does."""
    rows = [(keys_words(e.keys), tr(e.help)) for e in ENTRIES]
    rows.insert(2, ("1 \u2026 9", tr("Set a marker with this name")))
    return rows


def desk_rows() -> list[tuple[str, str]]:
    """Return the keys of the steps and of what is beside them, as `keys_rows`."""
    return [
        (key_words("Enter"), tr("Go on to the next step")),
        (key_words("Alt+Left"), tr("Go back one step, until recording starts")),
        (f"{key_words('Ctrl+1')} \u2026 9", tr("Go to a step you have already reached")),
        (key_words("Ctrl+Shift+P"), tr("All participants: who is due, progress, archive")),
        (key_words("Ctrl+Shift+O"), tr("Browse recordings and run a protocol on one")),
        (key_words("F10"), tr("Menu of all commands of a session")),
        (key_words("Ctrl+,"), tr("Settings")),
        (key_words("Ctrl+L"), tr("Lock the screen")),
        (key_words("F1"), tr("Guide, at the page you are on")),
        (key_words("Shift+F1"), tr("Show this list")),
        (key_words("Ctrl+R"), tr("In the threshold step: repeat the baseline")),
    ]


class KeysDialog(QtWidgets.QDialog):
    """The page of keys.

    Parameters
    ----------
    parent : QWidget
    more : sequence of (str, str)
        Keys, and what they do, besides those of a session.
    """

    def __init__(self, parent: QtWidgets.QWidget, more: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, margin=4, gap=3)
        table = QtWidgets.QWidget()
        rows = QtWidgets.QGridLayout(table)
        rows.setHorizontalSpacing(6 * current().unit)
        rows.setColumnStretch(1, 1)
        for i, (keys, words) in enumerate([*more, *keys_rows()]):
            rows.addWidget(label(keys, "key"), i, 0)
            rows.addWidget(label(words, wrap=True), i, 1)
        scroll = Scroll(table)
        scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        scroll.setAccessibleName(tr("Keys"))
        layout.addWidget(scroll)
        close = QtWidgets.QPushButton(tr("Close (Esc)"))
        close.clicked.connect(self.accept)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        room = parent.screen().availableSize()
        most = QtCore.QSize(int(0.95 * room.width()), int(0.9 * room.height()))
        wanted = QtCore.QSize(current().px(640), table.sizeHint().height() + current().px(110))
        self.resize(wanted.boundedTo(most))
        close.setFocus()
