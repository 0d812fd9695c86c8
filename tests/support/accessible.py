"""What a window must be for those who see little, use no mouse, or neither.

`problems` walks one window; a test of any page calls it with the page shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets

INTERACTIVE = (
    QtWidgets.QAbstractButton, QtWidgets.QLineEdit, QtWidgets.QComboBox, QtWidgets.QSlider,
    QtWidgets.QDial, QtWidgets.QAbstractSpinBox, QtWidgets.QAbstractItemView,
    QtWidgets.QPlainTextEdit, QtWidgets.QTextEdit, QtWidgets.QTabBar,
)  # fmt: skip
READ = (QtWidgets.QLabel, QtWidgets.QAbstractButton)
ELIDED = ("LongLabel",)  # show as much as fits, and all of it in their tooltip


def problems(window: QtWidgets.QWidget) -> list[str]:
    """Return what is wrong with a shown window, in words; nothing for a good one."""
    found = []
    reached = set(tab_order(window))
    for widget in interactive(window):
        what = f"{type(widget).__name__} {accessible_name(widget) or widget.objectName()!r}"
        if not accessible_name(widget).strip():
            found.append(f"{what} of {type(widget.parent()).__name__} has no accessible name")
        if widget.isEnabled() and widget not in reached and not in_a_group(widget, reached):
            found.append(f"{what} cannot be reached by Tab")
    found += [f"{describe(w)} is cut" for w in cut(window)]
    return found + [f"cards overlap: {a} and {b}" for a, b in overlapping(window)]


def overlapping(window: QtWidgets.QWidget) -> list[tuple[str, str]]:
    """Return the headings of cards beside each other that cover one another."""
    cards = [w for w in window.findChildren(QtWidgets.QFrame)
             if w.objectName() == "card" and w.isVisibleTo(window)]  # fmt: skip
    places = [(w, seen_of(w, window)) for w in cards]
    return [
        (first.accessibleName() or heading(first), second.accessibleName() or heading(second))
        for at, (first, here) in enumerate(places) for second, there in places[at + 1:]
        if here.intersects(there) and not first.isAncestorOf(second)
        and not second.isAncestorOf(first)
    ]  # fmt: skip


def seen_of(widget: QtWidgets.QWidget, window: QtWidgets.QWidget) -> QtCore.QRect:
    """Return what is not scrolled out of sight of a widget, in the window's pixels."""
    seen, parent = widget.rect().translated(widget.pos()), widget.parentWidget()
    while parent is not None and parent is not window:
        seen = (seen & parent.rect()).translated(parent.pos())
        parent = parent.parentWidget()
    return seen


def heading(card: QtWidgets.QWidget) -> str:
    """Return the first words of a card."""
    return next((w.text() for w in card.findChildren(QtWidgets.QLabel)), "")


def interactive(window: QtWidgets.QWidget) -> list[QtWidgets.QWidget]:
    """Return the visible widgets that a person acts on; parts of them do not count."""
    return [
        w for w in window.findChildren(QtWidgets.QWidget)
        if isinstance(w, INTERACTIVE) and w.isVisibleTo(window) and not is_part(w)
    ]  # fmt: skip


def is_part(widget: QtWidgets.QWidget) -> bool:
    """Whether a widget belongs to another one, as the list of a drop-down box does."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QtWidgets.QComboBox | QtWidgets.QAbstractSpinBox):
            return True
        if isinstance(parent, QtWidgets.QMenuBar | QtWidgets.QAbstractItemView):
            return True
        parent = parent.parentWidget()
    return False


def in_a_group(widget: QtWidgets.QWidget, reached: Collection[QtWidgets.QWidget]) -> bool:
    """Whether a button is reached by arrows, from the one of its group that Tab reaches."""
    if isinstance(widget, QtWidgets.QRadioButton):
        return not widget.isChecked()
    parent = widget.parentWidget()
    return parent is not None and parent.focusProxy() in reached


def tab_order(window: QtWidgets.QWidget) -> Iterator[QtWidgets.QWidget]:
    """Return what Tab reaches, in its order."""
    widget = window.nextInFocusChain()
    while widget is not window and widget is not None:
        tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if tab and widget.isEnabled() and widget.isVisibleTo(window):
            yield widget
        widget = widget.nextInFocusChain()


def accessible_name(widget: QtWidgets.QWidget) -> str:
    """Return what a screen reader calls a widget."""
    read = QtGui.QAccessible.queryAccessibleInterface(widget)
    return "" if read is None else read.text(QtGui.QAccessible.Text.Name)


def cut(window: QtWidgets.QWidget) -> list[QtWidgets.QWidget]:
    """Return the visible words that have less room than they need, or lie outside their card."""
    found = []
    for widget in window.findChildren(QtWidgets.QWidget):
        words = isinstance(widget, READ) and type(widget).__name__ not in ELIDED
        if words and widget.isVisibleTo(window) and widget.text():
            if too_small(widget) or outside(widget):
                found.append(widget)
    return found


def too_small(shown: QtWidgets.QWidget) -> bool:
    """Whether words need more room than they have."""
    if isinstance(shown, QtWidgets.QLabel) and shown.wordWrap():
        return shown.height() < shown.heightForWidth(shown.width())
    hint = shown.sizeHint()
    return shown.width() < hint.width() or shown.height() < hint.height()


def outside(widget: QtWidgets.QWidget) -> bool:
    """Whether a widget reaches beyond what holds it, other than a page that is scrolled."""
    parent = widget.parentWidget()
    while parent is not None and not widget.isWindow():
        scrolled = isinstance(parent.parentWidget(), QtWidgets.QAbstractScrollArea)
        if not scrolled and not parent.rect().contains(widget.geometry()):
            return True
        widget, parent = parent, parent.parentWidget()
    return False


def describe(widget: QtWidgets.QWidget) -> str:
    """Return kind, words and place of a widget."""
    return f"{type(widget).__name__} {widget.text()!r} {widget.geometry().getRect()}"
