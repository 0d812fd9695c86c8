"""What of a concealed session lies open, and what is sealed.

Responsible for parting frames, events and displayed values so that nobody who has the raw samples
can tell from the open part which arm a session was in, and for the lines of the sealed part. Not
responsible for sealing them (`recording.sealed`).

Samples, block, phase and holds lie open. What was fed back is sealed: value, score, threshold,
success, reward and inhibit of each frame, what was displayed, the events that follow from them, and
the assignment. Features are left out: they follow from the samples, and beside them a number on a
screen would tell the arm. (In sessions of before they lie open.)

Whoever has the samples can also compute what would be sealed in the real arm. So a line of a kind
is as long as every other, and a block that moved the threshold has as many lines as one that did
not: sealed parts of equal samples are of equal size at every moment, whatever the arm.

Anybody can seal something with the public key. What a station sealed carries a tag that is made
with the key of the participant's place, which only the sealed list and the station's opened place
give. The tag covers the assignment, the session and the head of the file; the head decides the key
that every further record is authenticated with, so one tag vouches for all of them.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeedbackFrame
from neurofeedback.recording.sealed import Seal
from neurofeedback.recording.tables import DisplayRow, fed_cells, row

# What of BlockEnded follows from schedule and holds alone. All else is sealed, also what is new.
OPEN_DETAILS = frozenset({"block", "phase", "attempt", "ended_by", "seconds", "clean_seconds"})
ASSIGNMENT, TAG, FRAME, EVENT, DISPLAY, NOTHING = "A", "T", "F", "E", "D", "N"
ROW_WIDTH = 256  # bytes of a sealed frame or painted value: five numbers and a name
_LEAST_WIDTH = 2048  # bytes of any other line
_PART_WIDTH = 256  # bytes that a condition or an inhibit takes in an event


@dataclass(frozen=True, slots=True)
class Concealed:
    """How a session's feedback is concealed.

    Parameters
    ----------
    study : mapping
        What anybody may know of the study, as plain JSON types.
    seal : Seal
        To whom the rest is sealed.
    assignment : str
        One line that tells the arm.
    place_key : bytes
        Authenticates what is sealed; see `study.allocation.Place.key`.
    n_parts : int
        Conditions and inhibits of the study's protocol: events say something of each.
    """

    study: Mapping[str, Any]
    seal: Seal
    assignment: str
    place_key: bytes
    n_parts: int = 1

    def first_lines(self, head: bytes, participant: str, started: datetime) -> list[str]:
        """Return the lines of the first record: the assignment, and what vouches for it.

        Parameters
        ----------
        head : bytes
            Of the sealed file; see `SealedFile.head`.
        participant : str
            Code.
        started : datetime
            When the session started.
        """
        tag = sealed_tag(self.place_key, head, self.study, participant, started, self.assignment)
        return [f"{ASSIGNMENT} {self.assignment}", f"{TAG} {tag}"]

    def width_of(self, line: str) -> int:
        """Return the bytes that a sealed line takes: one size for rows, one for all other lines."""
        if line[:1] in (FRAME, DISPLAY):
            return ROW_WIDTH
        return max(_LEAST_WIDTH, _LEAST_WIDTH // 2 + _PART_WIDTH * self.n_parts)

    def __repr__(self) -> str:
        return f"Concealed({self.seal.study!r})"


@dataclass(frozen=True, slots=True)
class SealedPart:
    """The sealed part of a session, opened.

    Parameters
    ----------
    assignment : str
        As in `Concealed`.
    tag : str or None
        As `sealed_tag` made it; None in sessions of before.
    frames, events : tuple of str
        As `sealed_frames` and `sealed_events` made them.
    display : tuple of DisplayRow
    """

    assignment: str
    tag: str | None
    frames: tuple[str, ...]
    events: tuple[str, ...]
    display: tuple[DisplayRow, ...]


def sealed_tag(
    place_key: bytes,
    head: bytes,
    study: Mapping[str, Any],
    participant: str,
    started: datetime,
    assignment: str,
) -> str:
    """Return what vouches for a sealed part: an HMAC-SHA-256, hexadecimal.

    Parameters
    ----------
    place_key : bytes
        See `study.allocation.Place.key`.
    head : bytes
        SHA-256 of the sealed file's head line.
    study : mapping
        What lies open of the study in the session's start.
    participant : str
    started : datetime
    assignment : str
        The sealed line.
    """
    about = [head.hex(), dict(study), participant, started.isoformat(), assignment]
    text = json.dumps(about, sort_keys=True, ensure_ascii=False)
    return hmac.digest(place_key, text.encode(), "sha256").hex()


def open_event(event: Event) -> Event | None:
    """Return what of an event lies open; None for nothing."""
    if event.kind in (EventKind.REWARD, EventKind.THRESHOLD_CHANGED):
        return None
    if event.kind is EventKind.BLOCK_ENDED:
        kept = {key: value for key, value in event.details.items() if key in OPEN_DETAILS}
        return replace(event, details=kept)
    return event


def sealed_events(events: Iterable[Event]) -> list[str]:
    """Return the sealed lines of events, whole where they do not lie open whole.

    Rewards have none: their frames tell, and their number must not show in the size of the file.
    """
    return [
        f"{EVENT} {event.to_json()}"
        for event in events
        if event.kind is not EventKind.REWARD and open_event(event) is not event
    ]


def event_lines(events: Sequence[Event]) -> list[str]:
    """Return the sealed lines of the events of some steps, as many whatever they say.

    A threshold that a block left where it was is not logged, so a line that says nothing stands in
    its place.
    """
    kinds = (EventKind.BLOCK_ENDED, EventKind.THRESHOLD_CHANGED)
    lines = sealed_events(events)
    told = [event.kind for event in events if event.kind in kinds]
    for kind, following in zip(told, [*told[1:], None], strict=False):
        if kind is EventKind.BLOCK_ENDED and following is not EventKind.THRESHOLD_CHANGED:
            lines.append(NOTHING)
    return lines


def sealed_frames(feedback: Sequence[FeedbackFrame]) -> list[str]:
    """Return the sealed lines of frames."""
    return [f"{FRAME} {row((str(frame.sample), *fed_cells(frame)))}".rstrip() for frame in feedback]


def sealed_display(rows: Iterable[DisplayRow], *, layers: bool) -> list[str]:
    """Return the sealed lines of what was displayed; see `DisplayRow.to_text`."""
    return [f"{DISPLAY} {shown.to_text(layers=layers)}".rstrip() for shown in rows]


def part_sealed(lines: Sequence[str], where: str) -> SealedPart:
    """Sort the lines of an opened file.

    Raises
    ------
    UserError
        If there is no assignment, or a line is of no known kind.
    """
    found: dict[str, list[str]] = {
        kind: [] for kind in (ASSIGNMENT, TAG, FRAME, EVENT, DISPLAY, NOTHING)
    }
    for number, line in enumerate(lines, start=1):
        kind, _, _ = line.partition(" ")
        if kind not in found:
            raise UserError(
                "{where}: sealed line {number} is of no known kind.", where=where, number=number
            )
        found[kind].append(line)
    if len(found[ASSIGNMENT]) != 1:
        raise UserError("{where} was sealed without an assignment.", where=where)
    try:
        shown = [DisplayRow.from_cells(line[2:].split("\t")) for line in found[DISPLAY]]
    except ValueError as error:
        raise UserError(
            "{where}: a sealed row of the display cannot be read: {reason}.",
            where=where,
            reason=error,
        ) from error
    return SealedPart(
        found[ASSIGNMENT][0][2:],
        next((line[2:] for line in found[TAG]), None),
        tuple(found[FRAME]),
        tuple(found[EVENT]),
        tuple(shown),
    )
