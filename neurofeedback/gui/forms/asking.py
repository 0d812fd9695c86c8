"""A page that asks a person, and must not be left without keeping what was answered.

Responsible for what the desk may ask of such a page. Not responsible for any question.
"""

from __future__ import annotations

from collections.abc import Callable

from neurofeedback.gui._qt import QtWidgets


class AskingPage(QtWidgets.QWidget):
    """A questionnaire or a debrief."""

    def take_focus(self) -> None:
        """Give the keyboard to what is asked first."""
        raise NotImplementedError

    def leave(self, then: Callable[[], object]) -> None:
        """Keep what was answered, show what must be read, then go on."""
        raise NotImplementedError

    def keep_draft(self) -> None:
        """Keep what was entered so far, at once; a page that keeps each answer has nothing left."""
