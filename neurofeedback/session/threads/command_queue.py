"""Commands on their way to the engine.

Responsible for the rule that what an operator asks acts within a second or never: the engine obeys
with samples, and a command that waited for a stream to return would act when nobody expects it any
more. What the session itself asks waits as long as it must. Not responsible for obeying
(`session.runner`).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from neurofeedback.protocols.commands import Command

EXPIRY_SECONDS = 1.0


class CommandQueue:
    """Commands that wait; every method may be called from any thread.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.

    Attributes
    ----------
    n_expired : int
        How many commands of the operator came to nothing so far.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: list[tuple[float, Command]] = []  # with the time until which it may act
        self._lock = threading.Lock()
        self.n_expired = 0

    def ask(self, *commands: Command) -> None:
        """Take what an operator asks: obeyed together within `EXPIRY_SECONDS`, or none of it."""
        until = self._clock() + EXPIRY_SECONDS
        with self._lock:
            self._waiting += [(until, command) for command in commands]

    def order(self, command: Command) -> None:
        """Take what the session itself asks, which does not expire."""
        with self._lock:
            self._waiting.append((math.inf, command))

    def take(self) -> list[Command]:
        """Return, once, what is to be obeyed now."""
        self.expire()
        with self._lock:
            taken, self._waiting = self._waiting, []
        return [command for _, command in taken]

    def expire(self, *, at_once: bool = False) -> None:
        """Forget what an operator asked and has waited for too long; all of it `at_once`."""
        now = math.nextafter(math.inf, 0.0) if at_once else self._clock()
        with self._lock:
            kept = [each for each in self._waiting if each[0] >= now]
            self.n_expired += len(self._waiting) - len(kept)
            self._waiting = kept
