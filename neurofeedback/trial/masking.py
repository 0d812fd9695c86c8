"""What the arms are called: by name once the study is unblinded, by letter before.

Responsible for the letters and for when they give way to names. Not responsible for unblinding
(`study.folder`).

Whoever analyses a trial before it is unblinded may know who was together with whom, not in which
arm. The letters follow from secrets of the sealed list, so that they are the same in all tables of
a study and stand nowhere. A participant whose place was opened before gets none: who knows one
person's arm would know what the letter stands for.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from neurofeedback.study.delivery import Allocated


class ArmNames:
    """The names of a study's arms.

    Parameters
    ----------
    allocated : Allocated
        The opened list.
    unblindings : sequence of mapping
        Entries of the study's ledger of unblindings.

    Attributes
    ----------
    masked : bool
        Whether letters stand in the place of names.
    opened : frozenset of str
        Codes of participants whose place was opened by itself.
    """

    def __init__(self, allocated: Allocated, unblindings: Sequence[Mapping[str, Any]]) -> None:
        whom = [entry.get("participant") for entry in unblindings]
        self.masked = None not in whom
        self.opened = frozenset(str(code) for code in whom if code is not None)
        self._places = allocated.places
        self._letters = _letters(allocated)

    def of(self, participant: str, stratum: str, place: int) -> str | None:
        """Return the name of the arm of a place; None where it is not told."""
        found = self._places.get((stratum, place))
        if found is None or (self.masked and participant in self.opened):
            return None
        return self._letters[str(found.arm)] if self.masked else str(found.arm)


def _letters(allocated: Allocated) -> dict[str, str]:
    places = sorted(allocated.places.items())
    secret = hashlib.sha256(repr([(at, p.seed, p.stream) for at, p in places]).encode()).digest()
    arms = sorted({str(p.arm) for _, p in places})
    shuffled = sorted(arms, key=lambda arm: hmac.digest(secret, arm.encode(), "sha256"))
    return dict(zip(shuffled, ascii_uppercase, strict=False))
