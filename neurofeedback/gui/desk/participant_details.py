"""What is known of the participant who is chosen, and writing to it.

Responsible for showing consent, prompts, last sessions, settings and notes, and for asking for a
change. Not responsible for making it (`app.participants`).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from neurofeedback.app.participants import Details, NoteLine, PromptLine, SessionLine
from neurofeedback.app.states import status_words
from neurofeedback.gui._qt import Qt, QtWidgets, Signal
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import Card, Check, StateBanner
from neurofeedback.words.language import number, tr, tr_n

MOST_NOTES = 20


class NoteRow(QtWidgets.QWidget):
    """A note, and the way to strike it out: two presses, since it cannot be taken back.

    Parameters
    ----------
    note : NoteLine

    Attributes
    ----------
    struck : Signal(int)
        It is to be struck out: its number.
    """

    struck = Signal(int)

    def __init__(self, note: NoteLine) -> None:
        super().__init__()
        self._number = note.number
        self.setObjectName("plain")
        row = QtWidgets.QHBoxLayout(self)
        spaced(row, gap=2)
        self.words = label(_note(note), "muted" if note.struck_by else "", wrap=True)
        font = self.words.font()
        font.setStrikeOut(bool(note.struck_by))
        self.words.setFont(font)
        row.addWidget(self.words, 1)
        self.strike = QtWidgets.QToolButton()
        self.strike.setText(tr("Strike out"))
        self.strike.setProperty("role", "quiet")
        self.strike.setAccessibleName(tr("Strike out: {note}", note=note.text[:60]))
        self.strike.clicked.connect(self._press)
        self.strike.setVisible(not note.struck_by)
        if note.struck_by:
            who = label(tr("struck out by {who}", who=note.struck_by), "muted")
            row.addWidget(who, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.strike, 0, Qt.AlignmentFlag.AlignTop)

    def _press(self) -> None:
        sure = tr("Strike out for good?")
        if self.strike.text() == sure:
            self.struck.emit(self._number)
        else:
            self.strike.setText(sure)


class DetailsView(QtWidgets.QScrollArea):
    """The right side of the page of participants.

    Attributes
    ----------
    consent_set : Signal(bool)
        Consent is to be recorded as given or withdrawn.
    note_written : Signal(str)
        A note is to be added.
    note_struck : Signal(int)
        A note is to be struck out: its number.
    """

    consent_set = Signal(bool)
    note_written = Signal(str)
    note_struck = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.code = label("", "number")
        self.hint = label("", "muted", wrap=True)
        self.demonstration = QtWidgets.QPushButton(tr("&Demonstration: see how a session goes"))
        self.warning = StateBanner()
        self.warning.setAccessibleName(tr("Safety"))
        self.consent = Check(tr("&Consent is given"))
        self.recorded = label("", "muted", wrap=True)
        self.last = label("", wrap=True)
        self.sessions = label("", wrap=True)
        self.sessions.setTextFormat(Qt.TextFormat.RichText)
        self.progress = QtWidgets.QPushButton(tr("&Progress, plan and all sessions"))
        self.notes = QtWidgets.QWidget()
        self.written = QtWidgets.QVBoxLayout(self.notes)
        self.note = QtWidgets.QLineEdit()
        self.add = QtWidgets.QPushButton(tr("&Add note"))
        self._compose()
        self.consent.clicked.connect(self.consent_set)
        self.add.clicked.connect(self._write)
        self.note.returnPressed.connect(self._write)

    def show_details(self, details: Details, *, indexed: bool) -> None:
        """Show a participant.

        Parameters
        ----------
        details : Details
        indexed : bool
            Whether anything but the code can be known and written.
        """
        self.code.setText(details.code)
        self.hint.hide()
        self.demonstration.hide()
        for part in self._parts:
            part.setVisible(indexed)
        self.warning.setVisible(bool(details.prompts))
        if details.prompts:
            self.warning.tell("alarm", _prompts(details.prompts))
        self.consent.setChecked(details.consent)
        self.recorded.setText(_recorded(details))
        self.last.setText(_last(details))
        self.sessions.setText(_sessions(details.sessions))
        self._show_notes(details.notes)

    def show_hint(self, title: str, text: str) -> None:
        """Show words in place of a participant."""
        self.code.setText(title)
        self.hint.setText(text)
        self.hint.show()
        for part in (*self._parts, self.warning, self.demonstration):
            part.hide()

    def clear_note(self) -> None:
        """Empty the field of the note: it is written."""
        self.note.clear()

    def _compose(self) -> None:
        content = QtWidgets.QWidget()
        content.setObjectName("plain")
        column = QtWidgets.QVBoxLayout(content)
        spaced(column, gap=3)
        consent, last = Card(tr("CONSENT")), Card(tr("LAST SETTINGS"))
        sessions, notes = Card(tr("LAST SESSIONS")), Card(tr("NOTES"))
        self.consent.setAccessibleName(tr("Consent"))
        consent.add(self.consent, self.recorded)
        last.add(self.last)
        sessions.add(self.sessions, self.progress)
        self.note.setAccessibleName(tr("New note"))
        self.note.setPlaceholderText(
            tr("Write a note; Enter adds it. It can be struck out, not edited.")
        )
        self.note.setMaxLength(2000)
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=2)
        row.addWidget(self.note, 1)
        row.addWidget(self.add)
        notes.body.addLayout(row)
        notes.add(self.notes)
        self.notes.setObjectName("plain")
        spaced(self.written, gap=1)
        self._parts = (consent, last, sessions, notes)
        for widget in (self.code, self.hint, self.demonstration, self.warning, *self._parts):
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)

    def _show_notes(self, notes: Sequence[NoteLine]) -> None:
        while self.written.count():
            item = self.written.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.deleteLater()
        if not notes:
            self.written.addWidget(label(tr("None yet."), "muted"))
        for note in notes[:MOST_NOTES]:
            row = NoteRow(note)
            row.struck.connect(self.note_struck)
            self.written.addWidget(row)
        if len(notes) > MOST_NOTES:
            more = tr("and {n} earlier ones", n=len(notes) - MOST_NOTES)
            self.written.addWidget(label(more, "muted"))

    def _write(self) -> None:
        if self.note.text().strip():
            self.note_written.emit(self.note.text())


def _recorded(details: Details) -> str:
    if details.consent_date is None:
        return tr("Nothing is recorded yet.")
    if details.consent:
        return tr("Recorded for {day}.", day=details.consent_date)
    return tr("Withdrawn on {day}.", day=details.consent_date)


def _prompts(prompts: Sequence[PromptLine]) -> str:
    first = prompts[0]
    day = f"{first.taken.astimezone():%Y-%m-%d}"
    name = first.instrument.upper()
    if len(prompts) == 1:
        return tr("Safety prompt not acknowledged: {name} of {day}", name=name, day=day)
    return tr(
        "{n} safety prompts not acknowledged, the first: {name} of {day}",
        n=len(prompts), name=name, day=day,
    )  # fmt: skip


def _last(details: Details) -> str:
    if not details.protocol:
        return tr("No session yet.")
    bads = ", ".join(details.bads) or tr("none")
    return tr(
        "Protocol {protocol}; stream {stream}; channels left out: {bads}",
        protocol=details.protocol, stream=details.stream or tr("unknown"), bads=bads,
    )  # fmt: skip


def _sessions(sessions: Sequence[SessionLine]) -> str:
    if not sessions:
        return escape(tr("None in the index."))
    rows = []
    for each in sessions:
        started, facts = f"{each.started.astimezone():%Y-%m-%d %H:%M}", escape(_facts(each))
        cells = f"<td style='{_CELL}; {_WHOLE}'>{started}</td><td style='{_CELL}'>{facts}</td>"
        rows.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _facts(session: SessionLine) -> str:
    """Say what is known of a session; what is not known is left out."""
    known = [session.protocol]
    if session.seconds is not None:
        known.append(tr("{minutes} min", minutes=number(session.seconds / 60, ".1f")))
    if session.rewards is not None:
        known.append(tr_n("{n} reward", "{n} rewards", session.rewards))
    return " \u00b7 ".join([*known, status_words(session.status)])


_CELL, _WHOLE = "padding: 2px 18px 2px 0", "white-space: nowrap"


def _note(note: NoteLine) -> str:
    return f"{note.written.astimezone():%Y-%m-%d %H:%M}  {note.author}: {note.text}"
