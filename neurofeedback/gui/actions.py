"""The operator's commands and their keys, in one table.

Responsible for names, keys and tooltips; menus, buttons, shortcuts and the page of keys all come
from here. Not responsible for what a command does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets


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
    Entry("pause", "Pause", ("Space",), "Session", "Pause or resume; the recording goes on"),
    Entry("marker", "Marker", ("M",), "Session", "Set a marker now"),
    Entry("note", "Note", ("N",), "Session", "Write a note; Enter keeps it, Esc does not"),
    Entry("stop", "End session", ("Ctrl+E",), "Session", "End the session (asks first)"),
    Entry("close", "Close window", ("Ctrl+W", "Ctrl+Q"), "Session", "Close the windows"),
    Entry("full", "Full screen", ("F11", "F"), "Participant",
          "Participant's display full screen, on a second monitor if there is one"),
    Entry("show", "Show display", ("P",), "Participant", "Bring the participant's display back"),
    Entry("scene", "Another scene", ("D",), "Participant",
          "Show the participant the next of the scenes: disc, bar, ring, sunrise, path, image"),
    Entry("mute", "Sound on or off", ("S",), "Participant",
          "Switch the sound off or on; on also looks for an audio device again"),
    Entry("louder", "Louder", ("Ctrl+Up",), "Participant", "Louder sound"),
    Entry("softer", "Softer", ("Ctrl+Down",), "Participant", "Softer sound"),
    Entry("larger", "Larger", ("+", "="), "Traces", "Larger traces"),
    Entry("smaller", "Smaller", ("-",), "Traces", "Smaller traces"),
    Entry("up", "Channels up", ("PgUp",), "Traces", "Earlier channels"),
    Entry("down", "Channels down", ("PgDown",), "Traces", "Later channels"),
    Entry("fewer", "Channels at once", ("C",), "Traces", "All channels, 32, 16 or 8 at once"),
    Entry("electrodes", "Electrodes", ("Q",), "Traces",
          "All electrodes with their quality in place of the traces, and back"),
    Entry("keys", "Keys", ("F1", "?"), "Help", "This list"),
)  # fmt: skip

MARKER_DIGITS = "123456789"


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
        action = QtGui.QAction(entry.text, window)
        action.setShortcuts([QtGui.QKeySequence(k) for k in entry.keys])
        action.setToolTip(f"{entry.help} ({' or '.join(entry.keys)})")
        action.triggered.connect(lambda _=False, do=handlers[entry.name]: do())
        if entry.menu not in menus:
            menus[entry.menu] = window.menuBar().addMenu(entry.menu)
        menus[entry.menu].addAction(action)
        window.addAction(action)
        actions[entry.name] = action
    return actions


def add_marker_keys(window: QtWidgets.QMainWindow, mark: Callable[[str], None]) -> None:
    """Let the digits 1 to 9 set markers of that name."""
    for digit in MARKER_DIGITS:
        action = QtGui.QAction(f"Marker {digit}", window)
        action.setShortcut(QtGui.QKeySequence(digit))
        action.triggered.connect(lambda _=False, d=digit: mark(d))
        window.addAction(action)


def keys_text() -> str:
    """Return the page of keys as rich text."""
    rows = [(" or ".join(e.keys), e.help) for e in ENTRIES]
    rows.insert(2, ("1 \u2026 9", "Set a marker of that name now"))
    cells = "".join(
        f"<tr><td style='padding:3px 18px 3px 0'><b>{keys}</b></td>"
        f"<td style='padding:3px 0'>{text}</td></tr>"
        for keys, text in rows
    )
    return f"<table>{cells}</table>"


class KeysDialog(QtWidgets.QDialog):
    """The page of keys.

    Parameters
    ----------
    parent : QWidget
    """

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        table = QtWidgets.QLabel(keys_text())
        table.setTextFormat(Qt.TextFormat.RichText)
        layout.addWidget(table)
        close = QtWidgets.QPushButton("Close (Esc)")
        close.clicked.connect(self.accept)
        layout.addSpacing(8)
        layout.addWidget(close, 0, QtCore.Qt.AlignmentFlag.AlignRight)
