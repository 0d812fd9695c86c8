"""What a re-run is compared with where a session's arm is concealed.

Responsible for opening the sealed part and for turning the outcome of a re-run into the open lines
and the sealed lines that a concealed session has. Not responsible for comparing
(`session.verification.verify`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from neurofeedback.events import Event
from neurofeedback.protocols.run.control import Boundary, make_boundary
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.concealment import (
    SealedPart,
    open_event,
    sealed_events,
    sealed_frames,
)
from neurofeedback.recording.read.opened import opened_part
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.tables import format_feedback_rows, open_rows
from neurofeedback.recording.write.start import SessionStart
from neurofeedback.session.engine import StepResult, frame_seconds
from neurofeedback.study.assignment import assignment_from_text
from neurofeedback.study.donors import DonorPool
from neurofeedback.study.keys import UnblindingKey


def open_sealed(reader: SessionReader, key: UnblindingKey) -> SealedPart:
    """Open the sealed part of a session.

    Raises
    ------
    UserError
        If it is damaged, or sealed for another key.
    """
    return opened_part(reader, key)


def within(part: SealedPart, reader: SessionReader) -> SealedPart:
    """Return what is sealed of the samples that there are.

    Of a session that was cut, samples may be missing whose frames were sealed; nobody could cut
    these without the key.
    """
    rows = reader.chunk_rows
    stop = rows[-1].stop_sample if rows else 0
    return SealedPart(
        part.assignment,
        part.tag,
        tuple(line for line in part.frames if int(line.split()[1]) < stop),
        tuple(line for line in part.events if Event.from_json(line[2:]).sample < stop),
        tuple(shown for shown in part.display if shown.sample < stop),
    )


def sealed_boundary(
    reader: SessionReader, spec: ProtocolSpec, part: SealedPart, donors: DonorPool | None
) -> Boundary:
    """Return the feedback boundary that a session was run with.

    Raises
    ------
    UserError
        If the assignment cannot be understood, or its donor is not among `donors`.
    """
    assignment = assignment_from_text(part.assignment, donors)
    return make_boundary(spec, frame_seconds(reader.info, spec), assignment)


@dataclass(slots=True)
class Rerun:
    """The lines that a re-run gives.

    Parameters
    ----------
    start : SessionStart
        Tells whether the session is concealed, and what of it lies open.
    rows : list of str
        Whole rows of the feedback table.
    open_rows : list of str
        The rows as they lie open; the same outside of concealed sessions.
    events : list of Event
        Engine events as they lie open.
    sealed_frames, sealed_events : list of str
        Sealed lines of a concealed session.
    """

    start: SessionStart
    rows: list[str] = field(default_factory=list)
    open_rows: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sealed_frames: list[str] = field(default_factory=list)
    sealed_events: list[str] = field(default_factory=list)

    @property
    def concealed(self) -> bool:
        """Whether the session is."""
        return self.start.study is not None

    def add(self, result: StepResult) -> None:
        """Add the outcome of one step."""
        text = format_feedback_rows(result.features, result.feedback)
        rows = text.splitlines()
        self.rows += rows
        if not self.concealed:
            self.open_rows += rows
            self.events += result.events
            return
        columns = self.start.feedback_columns
        self.open_rows += open_rows(text, self.start.descriptors, columns).splitlines()
        self.events += [event for event in map(open_event, result.events) if event is not None]
        self.sealed_frames += sealed_frames(result.feedback)
        self.sealed_events += sealed_events(result.events)

    def take_rows(self) -> tuple[list[str], list[str]]:
        """Return whole and open rows since the last call, and keep them no longer."""
        taken = self.rows, self.open_rows
        self.rows, self.open_rows = [], []
        return taken
