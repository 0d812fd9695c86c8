"""What the arms are called: by name once the study is unblinded, by letter before.

Responsible for the letters and for when they give way to names. Not responsible for unblinding
(`study.unblinding`).

Whoever analyses a trial before it is unblinded may know who was together with whom, not in which
arm. The letters follow from secrets of the sealed list, so that they are the same in all tables of
a study and stand nowhere. A participant whose place was opened before, or whose feedback the
operator was shown, gets none: who knows one person's arm would know what the letter stands for.
Nor do those whose places balance with theirs: in a list whose blocks balance, the letter that is
missing can be counted, and minimisation makes the arm of each follow from all. Standard care keeps
its name: everybody knows who has no sessions.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from neurofeedback.protocols.run.control import FED, Arm
from neurofeedback.study.delivery import Allocated


class ArmNames:
    """The names of a study's arms.

    Parameters
    ----------
    allocated : Allocated
        The opened list.
    unblindings : sequence of mapping
        Entries of the study's ledger of unblindings.
    shown : collection of str
        Codes of participants whose feedback the operator was shown.

    Attributes
    ----------
    masked : bool
        Whether letters stand in the place of names.
    opened : frozenset of str
        Codes of participants whose place was opened by itself.
    """

    def __init__(
        self,
        allocated: Allocated,
        unblindings: Sequence[Mapping[str, Any]],
        shown: Collection[str] = (),
    ) -> None:
        whom = [entry.get("participant") for entry in unblindings]
        self.masked = None not in whom
        self.opened = frozenset(str(code) for code in whom if code is not None)
        self._hidden = _balanced_with(self.opened.union(shown), allocated)
        self._places = allocated.places
        self._letters = _letters(allocated)

    def of(self, stratum: str, place: int) -> str | None:
        """Return the name of the arm of a place; None where it is not told."""
        found = self._places.get((stratum, place))
        if found is not None and (found.arm not in FED or not self.masked):
            return str(found.arm)
        hidden = (stratum, place) in self._hidden
        return None if found is None or hidden else self._letters[found.arm]


def _letters(allocated: Allocated) -> dict[Arm, str]:
    places = sorted(allocated.places.items())
    secret = hashlib.sha256(repr([(at, p.seed, p.stream) for at, p in places]).encode()).digest()
    shuffled = sorted(FED, key=lambda arm: hmac.digest(secret, arm.encode(), "sha256"))
    return dict(zip(shuffled, ascii_uppercase, strict=False))


def _balanced_with(codes: Collection[str], allocated: Allocated) -> set[tuple[str, int]]:
    """Return the places of some participants, with the stretches of the list they balance in.

    A stretch ends where both arms with feedback have come as often as the ratio wants. Who knows
    all letters outside of it learns nothing of those within. Where factors are balanced instead,
    each arm follows from those before, so that the whole list is one stretch.
    """
    known = {
        (str(e["stratum"]), int(e["place"]))
        for e in allocated.entries
        if e["what"] == "place" and e["participant"] in codes
    }
    if known and any(e.get("levels") for e in allocated.entries):
        return set(allocated.places)
    hidden: set[tuple[str, int]] = set()
    stretch: list[tuple[str, int]] = []
    counts = Counter(p.arm for p in allocated.places.values())
    surplus = 0
    for at, place in sorted(allocated.places.items()):
        stretch.append(at)
        if place.arm in FED:
            other = FED[1 - FED.index(place.arm)]
            surplus += counts[other] * (1 if place.arm is FED[0] else -1)
        if surplus == 0:
            hidden |= set(stretch) if known & set(stretch) else set()
            stretch = []
    return hidden
