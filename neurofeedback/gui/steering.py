"""The operator's commands on their way to the session: obeyed within a second, or not at all.

Responsible for handing a command over once the stream has shown that it goes on, since the session
obeys at its next sample, and for saying so where none came. Not responsible for whether the
protocol allows it (`Status.progress.allowed`).

A command that waited for a stream to return would act when nobody expects it any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from neurofeedback.app.states import SILENT, silent_words
from neurofeedback.gui._qt import QtCore, Signal
from neurofeedback.protocols import commands
from neurofeedback.protocols.commands import Command
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.status import ENDED, RunState, Status
from neurofeedback.words.language import tr

PATIENCE = 0.8  # s that a command waits for the next sample
_REACHED = {commands.PAUSE: RunState.PAUSED, commands.RESUME: RunState.RUNNING}
_TAKEN_BACK = {commands.PAUSE: commands.RESUME, commands.RESUME: commands.PAUSE}


class Steering(QtCore.QObject):
    """Hands commands to a session.

    Parameters
    ----------
    session : SessionRunner
    clock : callable
        Monotonic seconds.

    Attributes
    ----------
    dropped : Signal(str)
        Commands that were asked for will not act; why, in a sentence.
    """

    dropped = Signal(str)

    def __init__(self, session: SessionRunner, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._session = session
        self._clock = clock
        self._waiting: list[tuple[float, int, tuple[Command, ...]]] = []
        self._given: Command | None = None  # the last pause or resume, until it has acted

    def ask(self, *asked: Command) -> bool:
        """Have the session obey at a sample after the next; return whether it may come to that.

        Parameters
        ----------
        *asked : Command
            Obeyed together, or none of them.
        """
        status = self._session.status()
        refused = silent_words(status)
        if refused:
            self.dropped.emit(refused)
            return False
        self._waiting.append((self._clock(), status.recorded_samples, asked))
        return True

    def poll(self) -> None:
        """Hand over what has seen a sample arrive, and drop what has waited too long."""
        if not self._waiting and self._given is None:
            return
        status, now = self._session.status(), self._clock()
        self._take_back(status)
        waiting, self._waiting = self._waiting, []
        for asked_at, recorded, asked in waiting:
            if status.recorded_samples > recorded:
                self._give(asked)
            elif now - asked_at <= PATIENCE and not silent_words(status):
                self._waiting.append((asked_at, recorded, asked))
            elif status.state not in ENDED:
                self.dropped.emit(tr(SILENT))

    def _give(self, asked: tuple[Command, ...]) -> None:
        for command in asked:
            self._session.command(command)
            if command in _REACHED:
                self._given = command

    def _take_back(self, status: Status) -> None:
        """Ask for the opposite of what the stream's last sample came too early for.

        Both act together when samples return, so that nothing changes.
        """
        given = self._given
        if given is None or status.state is _REACHED[given] or status.state in ENDED:
            self._given = None
        elif silent_words(status):
            self._session.command(_TAKEN_BACK[given])
            self._given = None
            self.dropped.emit(tr(SILENT))
