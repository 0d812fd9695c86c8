"""Whose session this is, large, above every page.

Responsible for showing the participant's code and the number of the session. Not responsible for
who is chosen (`gui.desk.visit.visit`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import QtWidgets
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.widgets import LongLabel
from neurofeedback.words.language import tr


class Head(QtWidgets.QWidget):
    """Participant and session; nothing while nobody is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.code = LongLabel("", "number")
        self.session = label("", "title")
        row = QtWidgets.QHBoxLayout(self)
        spaced(row, gap=3)
        row.addWidget(self.code)
        row.addWidget(self.session)
        row.addSpacing(12)
        self.show_who("", None)

    def show_who(self, code: str, session: int | None) -> None:
        """Show a participant.

        Parameters
        ----------
        code : str
            Empty for nobody.
        session : int or None
            Number of the session; None where it is not known.
        """
        numbered = bool(code) and session is not None
        self.code.tell(code)
        self.session.setText(tr("Session {n}", n=session) if numbered else "")
        self.session.setVisible(numbered)
        self.setVisible(bool(code))
        self.setAccessibleName(f"{code} {self.session.text()}".strip())
