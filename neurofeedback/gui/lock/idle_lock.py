"""When the screen is locked, and who may open it.

Responsible for the time without a key or the mouse, for asking for the right name and passphrase,
for letting wrong tries wait, and for telling the audit trail. Knows no Qt, no file and no clock of
its own. Not responsible for what covers the screen (`gui.lock.screen_lock`).

::

    open --idle for `minutes` | lock--> locked --right name and passphrase--> open
                                        locked --wrong--> locked, the next try after a while

Who may open: whoever has a passphrase, with it. A name alone is enough only where neither that
person nor the one who locked has a passphrase. After the third wrong try in a row the next has to
wait, 2 s at first, twice as long after each further one, a minute at most.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from neurofeedback.errors import UserError
from neurofeedback.words.language import tr

FREE_TRIES = 3
FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0  # s
LONGEST_NAME = 80


class Passphrases(Protocol):
    """Who has a passphrase; see `settings.operators.Operators`."""

    def has(self, name: str) -> bool:
        """Return whether an operator has one."""
        ...

    def right(self, name: str, passphrase: str) -> bool:
        """Return whether it is the one of that operator."""
        ...


class Audit(Protocol):
    """Takes an entry of the audit trail; must return at once and never raise."""

    def __call__(self, action: str, who: str, **details: object) -> None:
        """Keep that somebody did something."""
        ...


class IdleLock:
    """The state of the screen lock.

    Parameters
    ----------
    passphrases : Passphrases
    audit : Audit
        Hears of ``screen.locked``, ``screen.unlocked`` and ``screen.refused``.
    clock : callable
        Monotonic seconds.
    minutes : float
        Minutes without activity until it locks; 0 for never.
    operator : str
        Who works here.

    Attributes
    ----------
    operator : str
        Who works here; whoever opens the lock takes over.
    minutes : float
    """

    def __init__(
        self,
        passphrases: Passphrases,
        audit: Audit,
        clock: Callable[[], float],
        *,
        minutes: float = 15.0,
        operator: str = "",
    ) -> None:
        self.minutes = minutes
        self.operator = operator
        self._passphrases = passphrases
        self._audit = audit
        self._clock = clock
        self._active = clock()
        self._locked = False
        self._wrong = 0
        self._again = -math.inf

    @property
    def locked(self) -> bool:
        """Whether it is locked."""
        return self._locked

    @property
    def wait(self) -> float:
        """Seconds until the next try is taken; 0 if it may be now."""
        return max(0.0, self._again - self._clock())

    @property
    def asks_passphrase(self) -> bool:
        """Whether the one who locked has a passphrase, as far as can be read."""
        try:
            return self._passphrases.has(self.operator)
        except UserError:
            return True

    def activity(self) -> None:
        """Take note that a key was pressed or the mouse used."""
        self._active = self._clock()

    def tick(self) -> bool:
        """Lock if nobody was active for long enough; return whether it has locked just now."""
        idle = self._clock() - self._active
        if self._locked or self.minutes <= 0 or idle < 60.0 * self.minutes:
            return False
        self._lock("idle")
        return True

    def lock(self) -> bool:
        """Lock at once, as the operator wants it; return whether it was open."""
        if self._locked:
            return False
        self._lock("key")
        return True

    def unlock(self, name: str, passphrase: str = "") -> None:
        """Open the lock.

        Parameters
        ----------
        name : str
            Who opens it.
        passphrase : str
            Not needed where nobody concerned has one.

        Raises
        ------
        UserError
            If it stays locked; one sentence.
        """
        who = " ".join(name.split())[:LONGEST_NAME]
        if not self._locked:
            return
        if self.wait > 0:
            raise UserError(tr("Try again in {seconds} s.", seconds=math.ceil(self.wait)))
        if not who:
            raise UserError("Enter your name. The audit trail records who unlocked the screen.")
        if self._needs_passphrase(who) and not self._passphrases.right(who, passphrase):
            self._refuse(who)
        self._locked, self._wrong, self._again = False, 0, -math.inf
        self._audit("screen.unlocked", who, locked_by=self.operator)
        self.operator = who
        self.activity()

    def _needs_passphrase(self, who: str) -> bool:
        return self._passphrases.has(who) or self._passphrases.has(self.operator)

    def _lock(self, by: str) -> None:
        self._locked = True
        self._audit("screen.locked", self.operator, by=by)

    def _refuse(self, who: str) -> None:
        self._wrong += 1
        beyond = self._wrong - FREE_TRIES
        if beyond >= 0:
            self._again = self._clock() + min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(beyond, 10))
        self._audit("screen.refused", who, tries=self._wrong, locked_by=self.operator)
        raise UserError(
            tr("Wrong name or passphrase; the screen stays locked.")
            if beyond < 0
            else tr(
                "Wrong name or passphrase; try again in {seconds} s.",
                seconds=math.ceil(self.wait),
            )
        )
