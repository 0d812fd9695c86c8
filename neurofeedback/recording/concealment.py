"""What of a concealed session lies open, and what is sealed.

Responsible for parting frames, events and displayed values so that nobody who has the raw samples
can tell from the open part which arm a session was in, and for the lines of the sealed part. Not
responsible for sealing them (`recording.sealed`).

Whoever has the raw samples can compute the real features, so these lie open, with block, phase and
holds. What was fed back is sealed: value, score, threshold, success, reward and inhibit of each
frame, what was displayed, the events that follow from them, and the assignment. Lines of a kind are
as long in every arm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeedbackFrame
from neurofeedback.recording.sealed import Seal
from neurofeedback.recording.tables import DisplayRow, fed_cells, row

# What of BlockEnded follows from schedule and holds alone. All else is sealed, also what is new.
OPEN_DETAILS = frozenset({"block", "phase", "attempt", "ended_by", "seconds", "clean_seconds"})
ASSIGNMENT, FRAME, EVENT, DISPLAY = "A", "F", "E", "D"


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
    """

    study: Mapping[str, Any]
    seal: Seal
    assignment: str

    def __repr__(self) -> str:
        return f"Concealed({self.seal.study!r})"


@dataclass(frozen=True, slots=True)
class SealedPart:
    """The sealed part of a session, opened.

    Parameters
    ----------
    assignment : str
        As in `Concealed`.
    frames, events : tuple of str
        As `sealed_frames` and `sealed_events` made them.
    display : tuple of DisplayRow
    """

    assignment: str
    frames: tuple[str, ...]
    events: tuple[str, ...]
    display: tuple[DisplayRow, ...]


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


def sealed_frames(feedback: Sequence[FeedbackFrame]) -> list[str]:
    """Return the sealed lines of frames."""
    return [f"{FRAME} {row((str(frame.sample), *fed_cells(frame)))}".rstrip() for frame in feedback]


def sealed_display(rows: Iterable[DisplayRow]) -> list[str]:
    """Return the sealed lines of what was displayed."""
    return [f"{DISPLAY} {shown.to_text()}".rstrip() for shown in rows]


def part_sealed(lines: Sequence[str], where: str) -> SealedPart:
    """Sort the lines of an opened file.

    Raises
    ------
    UserError
        If there is no assignment, or a line is of no known kind.
    """
    found: dict[str, list[str]] = {ASSIGNMENT: [], FRAME: [], EVENT: [], DISPLAY: []}
    for number, line in enumerate(lines, start=1):
        kind, _, _ = line.partition(" ")
        if kind not in found:
            raise UserError(f"{where}: sealed line {number} is of no known kind.")
        found[kind].append(line)
    if len(found[ASSIGNMENT]) != 1:
        raise UserError(f"{where} was sealed without an assignment.")
    try:
        shown = [DisplayRow.from_cells(line[2:].split("\t")) for line in found[DISPLAY]]
    except ValueError as error:
        raise UserError(f"{where}: a sealed row of the display cannot be read: {error}.") from error
    return SealedPart(
        found[ASSIGNMENT][0][2:], tuple(found[FRAME]), tuple(found[EVENT]), tuple(shown)
    )
