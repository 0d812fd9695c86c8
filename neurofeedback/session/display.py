"""What the participant's display may show for a frame, and whether a log of it can be true.

Responsible for the modes of the display, for which of them belongs to a frame, and for checking
logged display rows against the frames that were fed back. Not responsible for the looks of the
display (`gui`) nor for reading the log.

The display keeps one law. In `FEEDBACK` the displayed value moves from where it was toward the
frame's value, never past it; where nothing was displayed it starts at the frame's value. In a
`FROZEN` mode it stays. In all others nothing is displayed, and what was is forgotten. The display
may miss frames, and time passes unevenly between two paintings, so a log cannot be computed anew;
but every row can be held against the row before and the frames since.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FeedbackFrame, FloatArray, IntArray
from neurofeedback.protocols.run.evaluator import PAUSED
from neurofeedback.protocols.spec import FED_BACK
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.status import ENDED, STALE, RunState, Status
from neurofeedback.words.message import Message

ROUNDING = 1e-12


class Mode(StrEnum):
    """What the participant's display is doing; logged under these words."""

    WAITING = "waiting"
    BASELINE = "baseline"
    FEEDBACK = "feedback"
    HELD = "held"
    REST = "rest"
    TRANSFER = "transfer"
    PAUSED = "paused"
    STALE = "stale"
    FINISHED = "finished"


FROZEN = frozenset({Mode.HELD, Mode.PAUSED, Mode.STALE})
_WITHOUT_VALUE = {"baseline": Mode.BASELINE, "rest": Mode.REST, "transfer": Mode.TRANSFER}


def mode_of(frame: FeedbackFrame | None, status: Status | None) -> Mode:
    """Return what to display for the newest frame.

    The frame decides; the status, which may be a moment older or newer, says only whether the
    session has ended, and what to display before the first frame.

    Parameters
    ----------
    frame : FeedbackFrame or None
        The newest frame, None before the first.
    status : Status or None
        The newest status, None before the first.

    Returns
    -------
    Mode
    """
    if status is not None and status.state in (RunState.STOPPING, *ENDED):
        return Mode.FINISHED
    if frame is not None:
        return mode_of_frame(frame.phase, frame.held)
    if status is not None and status.alarm is not None:
        return Mode.STALE
    if status is not None and status.state is RunState.PAUSED:
        return Mode.PAUSED
    return Mode.WAITING


def mode_of_frame(phase: str, held: str | None) -> Mode:
    """Return what to display for a frame of this phase, held for this reason."""
    if held == STALE:
        return Mode.STALE
    if held == PAUSED:
        return Mode.PAUSED
    if phase in FED_BACK:
        return Mode.FEEDBACK if held is None else Mode.HELD
    return _WITHOUT_VALUE.get(phase, Mode.FINISHED)


@dataclass(frozen=True, slots=True)
class FedBack:
    """The feedback frames of a session, as far as the display depends on them.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_frames,)
        Absolute sample numbers, rising.
    values : ndarray of float64, shape (n_frames,)
        0..1, or NaN.
    modes : sequence of Mode
        `mode_of_frame` of each.
    rewards : ndarray of int64, shape (n_frames,), or None
        Rewards in the block of each frame so far; None where nobody asks for them.
    """

    samples: IntArray
    values: FloatArray
    modes: Sequence[Mode]
    rewards: IntArray | None = None


def check_display(
    rows: Iterable[DisplayRow], frames: FedBack, silent: bool, resumed: Sequence[int] = ()
) -> tuple[int, Message | None]:
    """Hold what is logged as displayed against what was fed back.

    Parameters
    ----------
    rows : iterable of DisplayRow
        As logged, in order.
    frames : FedBack
        What was fed back.
    silent : bool
        Whether the log has an event that explains a display held as stale.
    resumed : sequence of int
        First samples after the session was resumed: a new screen, which remembers nothing, and
        whose clock may be another.

    Returns
    -------
    n_good : int
        Rows up to the first that cannot be true.
    problem : Message or None
        What is wrong with that row, without full stop; None if all are good.
    """
    check = _Check(frames, silent)
    n_good = 0
    waiting = deque(sorted(resumed))
    for row in rows:
        while waiting and row.sample >= waiting[0]:
            waiting.popleft()
            check = _Check(frames, silent)
        problem = check.row(row)
        if problem:
            return n_good, problem
        n_good += 1
    return n_good, None


class _Check:
    """Walks along the log; remembers the last row."""

    def __init__(self, frames: FedBack, silent: bool) -> None:
        self._frames = frames
        self._silent = silent
        fed_back = np.array([mode is Mode.FEEDBACK for mode in frames.modes], dtype=bool)
        frozen = np.array([mode in FROZEN for mode in frames.modes], dtype=bool)
        known = ~np.isnan(frames.values)
        self._moves: NDArray[np.bool_] = fed_back & known
        self._forgets: NDArray[np.bool_] = ~frozen & ~(fed_back & known)
        self._last: DisplayRow | None = None
        self._at = 0

    def row(self, row: DisplayRow) -> Message | None:
        """Return what is wrong with the next row, or nothing."""
        samples = self._frames.samples
        at = int(np.searchsorted(samples, row.sample))
        if at == samples.size or samples[at] != row.sample:
            return Message("sample {sample} has no frame", sample=row.sample)
        problem = (
            self._order(row) or self._kind(row, at) or self._value(row, at) or self._layers(row, at)
        )
        self._last, self._at = row, at
        return problem

    def _order(self, row: DisplayRow) -> Message | None:
        last, sample, shown = self._last, row.sample, row.shown
        if last is None:
            return None
        if sample < last.sample or not row.painted >= last.painted:
            return Message(
                "sample {sample} is displayed after sample {last}, which is later",
                sample=sample, last=last.sample,
            )  # fmt: skip
        if (sample, shown) == (last.sample, last.shown):
            return Message("sample {sample} is logged twice as {shown}", sample=sample, shown=shown)
        if last.shown == Mode.FINISHED and shown != Mode.FINISHED:
            return Message("{shown} is displayed after the end", shown=shown)
        return None

    def _kind(self, row: DisplayRow, at: int) -> Message | None:
        if row.shown == Mode.STALE and not self._silent:
            return Message("the stream is displayed as stale, but the log has no event of that")
        usual = self._frames.modes[at]
        if row.shown in (usual, Mode.STALE, Mode.FINISHED):
            return None
        return Message(
            "{shown} is displayed for sample {sample}, whose frame says {usual}",
            shown=row.shown, sample=row.sample, usual=str(usual),
        )  # fmt: skip

    def _value(self, row: DisplayRow, at: int) -> Message | None:
        since = slice(self._at, at + 1)
        shown = Mode(row.shown)
        before = math.nan if self._last is None else self._last.value
        if math.isnan(row.value):
            forgot = math.isnan(before) or bool(self._forgets[since].any())
            moved = shown is Mode.FEEDBACK and self._moves[at]
            if not moved and (shown not in FROZEN or forgot):
                return None
            return Message(
                "no value is displayed for sample {sample} ({shown}), where there was one",
                sample=row.sample, shown=str(shown),
            )  # fmt: skip
        if shown not in FROZEN and not (shown is Mode.FEEDBACK and self._moves[at]):
            return Message(
                "a value is displayed for sample {sample}, but there is none in {shown}",
                sample=row.sample, shown=str(shown),
            )  # fmt: skip
        reach = self._frames.values[since][self._moves[since]]
        reach = reach if math.isnan(before) else np.append(reach, before)
        if reach.size and reach.min() - ROUNDING <= row.value <= reach.max() + ROUNDING:
            return None
        return Message(
            "{value!r} is displayed for sample {sample} ({shown}), but {fed_back} is what was fed "
            "back since the row before",
            value=row.value, sample=row.sample, shown=str(shown), fed_back=_range(reach),
        )  # fmt: skip

    def _layers(self, row: DisplayRow, at: int) -> Message | None:
        """Judge the slow and the rare layer; a display that came late shows fewer lights."""
        if not (math.isnan(row.ground) or 0.0 <= row.ground <= 1.0):
            return Message(
                "the ground {ground!r} displayed for sample {sample} is not between 0 and 1",
                ground=row.ground, sample=row.sample,
            )  # fmt: skip
        rewards = self._frames.rewards
        if rewards is None or 0 <= row.lights <= rewards[at]:
            return None
        return Message(
            "{lights} lights are displayed for sample {sample}, but {rewards} rewards were given "
            "in its block",
            lights=row.lights, sample=row.sample, rewards=int(rewards[at]),
        )  # fmt: skip


def _range(values: FloatArray) -> str:
    if not values.size:
        return Message("nothing")
    low, high = float(values.min()), float(values.max())
    return repr(low) if low == high else Message("{low!r} to {high!r}", low=low, high=high)
