"""The steps of a session, from the participant's code to the summary.

Responsible for their order and for which may be left for which. Not responsible for what a step
shows or needs. Knows no Qt.

::

    participant <-> protocol <-> stream <-> check --start--> baseline --> threshold --> rounds
         ^                                                      |            |            |
         |                                                      +----------- end ---------+
         |                                                                   v
         +------------- new ------------- summary <------- next ---------- debrief

Before the start one may go back, and on to steps that have been reached. From the start on samples
are being recorded and the session itself leads (`step_while_recording`): a baseline may be taken
again, and every step leads to the debrief when the session ends; back to the stream if it was ended
because its stream had declared a wrong rate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Step(StrEnum):
    """Where one is."""

    PARTICIPANT = "participant"
    PROTOCOL = "protocol"
    STREAM = "stream"
    CHECK = "check"
    BASELINE = "baseline"
    THRESHOLD = "threshold"
    ROUNDS = "rounds"
    DEBRIEF = "debrief"
    SUMMARY = "summary"


class Move(StrEnum):
    """What leads from one step to another."""

    NEXT = "next"
    BACK = "back"
    START = "start"  # the session begins to be recorded
    END = "end"  # the session has ended
    ANEW = "anew"  # it has ended, and its stream is looked at anew
    NEW = "new"


STEPS = tuple(Step)
CHOOSING = (Step.PARTICIPANT, Step.PROTOCOL, Step.STREAM, Step.CHECK)
RECORDING = (Step.BASELINE, Step.THRESHOLD, Step.ROUNDS)

TABLE: dict[tuple[Step, Move], Step] = {
    (Step.PARTICIPANT, Move.NEXT): Step.PROTOCOL,
    (Step.PROTOCOL, Move.NEXT): Step.STREAM,
    (Step.STREAM, Move.NEXT): Step.CHECK,
    (Step.PROTOCOL, Move.BACK): Step.PARTICIPANT,
    (Step.STREAM, Move.BACK): Step.PROTOCOL,
    (Step.CHECK, Move.BACK): Step.STREAM,
    (Step.CHECK, Move.START): Step.BASELINE,
    **{(step, Move.END): Step.DEBRIEF for step in RECORDING},
    **{(step, Move.ANEW): Step.STREAM for step in RECORDING},
    (Step.DEBRIEF, Move.NEXT): Step.SUMMARY,
    (Step.SUMMARY, Move.NEW): Step.PARTICIPANT,
}


@dataclass
class StepTrail:
    """Where one is in a session.

    Attributes
    ----------
    step : Step
        The current step.
    farthest : Step
        The farthest of this session.
    """

    step: Step = Step.PARTICIPANT
    farthest: Step = field(default=Step.PARTICIPANT)

    def allows(self, move: Move) -> bool:
        """Return whether a move leads anywhere from here."""
        return (self.step, move) in TABLE

    def move(self, move: Move) -> Step:
        """Go on; return the new step.

        Raises
        ------
        ValueError
            If the move leads nowhere from here.
        """
        if not self.allows(move):
            raise ValueError(f"{move} leads nowhere from {self.step}")
        self.step = TABLE[self.step, move]
        if move is Move.NEW:
            self.farthest = self.step
        self.farthest = max(self.farthest, self.step, key=STEPS.index)
        return self.step

    def follow(self, step: Step) -> None:
        """Take over where a running session has come to.

        Raises
        ------
        ValueError
            If it is not one of the steps of a session that is being recorded.
        """
        if self.step not in RECORDING or step not in RECORDING:
            raise ValueError(f"{step} does not follow {self.step} while a session is recorded")
        self.step = step
        self.farthest = max(self.farthest, step, key=STEPS.index)

    def reachable(self, step: Step) -> bool:
        """Return whether one may jump to a step: among those before the start, once reached."""
        both = self.step in CHOOSING and step in CHOOSING
        return both and STEPS.index(step) <= STEPS.index(self.farthest)

    def jump(self, step: Step) -> None:
        """Go to a reachable step.

        Raises
        ------
        ValueError
            If it is not reachable.
        """
        if not self.reachable(step):
            raise ValueError(f"{step} cannot be reached from {self.step}")
        self.step = step


def step_while_recording(step: Step, phase: str, *, paused: bool, ready: bool) -> Step:
    """Return the step that a running session is at.

    Parameters
    ----------
    step : Step
        Where it was.
    phase : str
        Kind of the current block.
    paused : bool
        Whether the protocol is paused.
    ready : bool
        Whether there is a threshold.

    Returns
    -------
    Step
    """
    if phase == "baseline":
        return Step.BASELINE
    if paused and step in (Step.BASELINE, Step.THRESHOLD):
        # The pause is known before the first frame that has a threshold: wait for that one here.
        return Step.THRESHOLD if ready else step
    if phase == "rest" and step is Step.BASELINE:
        return Step.BASELINE
    return Step.ROUNDS
