"""The operator's commands on their way to the session: obeyed within a second, or not at all.

Responsible for refusing a command while no samples arrive, and for saying so where a command came
to nothing because the stream ended just then. Not responsible for that it comes to nothing
(`session.threads.command_queue`), nor for whether the protocol allows it
(`Status.progress.allowed`).
"""

from __future__ import annotations

from neurofeedback.app.states import SILENT, silent_words
from neurofeedback.gui._qt import QtCore, Signal
from neurofeedback.protocols.commands import Command
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import ENDED
from neurofeedback.words.language import tr


class Steering(QtCore.QObject):
    """Hands commands to a session.

    Parameters
    ----------
    session : SessionRunner

    Attributes
    ----------
    dropped : Signal(str)
        Commands that were asked for will not act; why, in a sentence.
    """

    dropped = Signal(str)

    def __init__(self, session: SessionRunner) -> None:
        super().__init__()
        self._session = session
        self._n_expired = 0

    def ask(self, *asked: Command) -> bool:
        """Have the session obey at its next sample; return whether it may come to that.

        Parameters
        ----------
        *asked : Command
            Obeyed together, or none of them.
        """
        refused = silent_words(self._session.status())
        if refused:
            self.dropped.emit(refused)
            return False
        self._session.command(*asked)
        return True

    def poll(self) -> None:
        """Say so once of commands that have come to nothing."""
        status = self._session.status()
        if status.n_expired > self._n_expired and status.state not in ENDED:
            self.dropped.emit(tr(SILENT))
        self._n_expired = status.n_expired
