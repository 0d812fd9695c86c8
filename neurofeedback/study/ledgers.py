"""Whether the ledgers of a study are whole, by each other and by the recorded sessions.

Responsible for finding entries that were cut off, a ledger that was removed, a place that was given
twice and sessions that were run with another copy of the study's folder. Not responsible for the
chain within a ledger (`study.ledger`), which refuses any other change by itself.

The chain of one ledger does not show that its last entries are missing. So each notes how long the
other was and how it ended: an entry of a session names the head of the unblindings, an unblinding
that of the places, and it leaves an entry there too. The start of each session names the head of
the places, and goes into the dataset and its audit trail, where nobody changes it unnoticed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from neurofeedback.study.claims import Claim
from neurofeedback.study.ledger import Head, Ledger
from neurofeedback.words.message import Message

Entries = Sequence[Mapping[str, Any]]
PLACES, UNBLINDINGS = "places", "unblindings"  # names of the heads in the entries of the other


def ledger_problems(
    places: Ledger,
    unblindings: Ledger,
    claims: Sequence[Claim],
    recorded: Collection[str] | None = None,
) -> list[Message]:
    """Return what is wrong with the ledgers of a study, a sentence each.

    Parameters
    ----------
    places, unblindings : Ledger
    claims : sequence of Claim
        What recorded sessions and audit trails say of the study, in any order.
    recorded : collection of str or None
        Folders of the sessions that are there, relative to their dataset; None where nobody looked.

    Raises
    ------
    UserError
        If a ledger cannot be read, or an entry within it was changed.
    """
    entries = places.entries()
    found = [
        *_against(unblindings, (e.get(UNBLINDINGS) for e in entries), places),
        *_against(places, (e.get(PLACES) for e in unblindings.entries()), unblindings),
        *_given_twice(entries, claims),
        *([] if recorded is None else _gone(entries, recorded)),
    ]
    for claim in claims:
        found += _claim_problems(places, entries, claim)
    return list(dict.fromkeys(found))


def _against(ledger: Ledger, heads: Iterator[str | None], other: Ledger) -> Iterator[Message]:
    """Compare a ledger with the heads that the other one noted."""
    for text in heads:
        head = None if text is None else Head.parse(text)
        if head is not None and not ledger.has(head):
            yield Message(
                "{ledger} had at least {n} entries when {other} was written, which are not all "
                "there any more. Restore it from a copy.",
                ledger=ledger.path,
                n=head.length,
                other=other.path.name,
            )
            return


def _gone(entries: Entries, recorded: Collection[str]) -> Iterator[Message]:
    for entry in entries:
        if entry["what"] == "session" and entry["folder"] not in recorded:
            yield Message(
                "The session {session}, which the ledger of places names, is in no dataset given "
                "with --data: name every dataset, or find out where the session went.",
                session=entry["folder"],
            )


def _given_twice(entries: Entries, claims: Sequence[Claim]) -> Iterator[Message]:
    owners: dict[tuple[str, int], dict[str, None]] = {}
    for entry in entries:
        if entry["what"] == "place":
            owners.setdefault((entry["stratum"], entry["place"]), {})[entry["participant"]] = None
    for claim in claims:
        owners.setdefault((claim.stratum, claim.place), {})[claim.participant] = None
    for (stratum, place), codes in sorted(owners.items()):
        if len(codes) > 1:
            yield Message(
                "Place {place} of stratum {stratum!r} was given to more than one participant: "
                "{codes}.",
                place=place,
                stratum=stratum,
                codes=", ".join(codes),
            )


def _claim_problems(places: Ledger, entries: Entries, claim: Claim) -> Iterator[Message]:
    known = {(e["participant"], e["folder"]) for e in entries if e["what"] == "session"}
    if (claim.participant, claim.folder) not in known:
        yield Message(
            "{ledger} has no entry for the session {session}: entries were cut off, or the "
            "session was run with another copy of the study's folder.",
            ledger=places.path,
            session=claim.folder,
        )
    head = None if claim.ledger is None else Head.parse(claim.ledger)
    if head is not None and not places.has(head):
        yield Message(
            "{ledger} is not the ledger that the session {session} was run with: its first {n} "
            "entries are others, or not all there.",
            ledger=places.path,
            session=claim.folder,
            n=head.length,
        )
