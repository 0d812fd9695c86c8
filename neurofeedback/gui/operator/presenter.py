"""From a session's status to what the operator's window says, in words.

Responsible for every sentence and number of the operator's window that follows from the state of
the session. Not responsible for widgets. Knows no Qt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from neurofeedback.app.alarms import sentence_and_paths
from neurofeedback.app.states import (
    STATES,
    block_names,
    clock,
    hold_in_words,
    percent,
    phase_words,
    silent_words,
)
from neurofeedback.frames import FeedbackFrame
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.status import ENDED, STALE, RunState, Status
from neurofeedback.words.language import number, tr, tr_n

RECENT_HOLD = 20.0
UNEXPLAINED = ("settling", "paused", STALE)

_ENDING = (RunState.STOPPING, *ENDED)


@dataclass(frozen=True, slots=True)
class OperatorText:
    """What the operator's window shows at a moment.

    Parameters
    ----------
    banner_kind : {'good', 'pause', 'caution', 'alarm'}
        Decides symbol and colour of the banner.
    banner, banner_full, banner_more : str
        Its words; an alarm also whole, in the order in which it was said, and the paths it names.
    state : str
        State of the session in a word or two.
    block, block_clock, block_note : str
        Name of the block, its clock, and what the clock counts.
    rate : float
        Reward rate of the block, 0..1; NaN without.
    target : float or None
        The rate aimed at now, 0..1.
    rate_number, rate_note, held_note : str
        The rate as a number, what it refers to, and the share of time held.
    rewards : str
        Rewards so far; empty where the arm is concealed.
    recorded, folder : str
        Length recorded; where to.
    stream : str
        Rate, age and losses of a live stream; empty for a file.
    paused, running : bool
        Whether the session is paused; whether it can still be steered.
    silent : str
        Why no command can act now; empty where it can.
    """

    banner_kind: str
    banner: str
    banner_full: str
    banner_more: str
    state: str
    block: str
    block_clock: str
    block_note: str
    rate: float
    rate_number: str
    target: float | None
    rate_note: str
    held_note: str
    rewards: str
    recorded: str
    folder: str
    stream: str
    paused: bool
    running: bool
    silent: str


class OperatorPresenter:
    """Puts a session into words; remembers why feedback was held last.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol.
    concealed : bool
        Whether nobody may learn the session's arm: then nothing of the feedback is told.

    Attributes
    ----------
    before_rounds : bool
        Whether it is paused so that the threshold is looked at.
    """

    def __init__(self, spec: ProtocolSpec, *, concealed: bool = False) -> None:
        self._concealed = concealed
        self._names = block_names(list(spec.iter_blocks()))
        self._target = spec.target_rate
        self._last_hold: tuple[float, str] | None = None
        self.before_rounds = False

    def see(self, frames: Sequence[FeedbackFrame]) -> None:
        """Remember the newest cause of a hold among frames, however short it was."""
        for frame in reversed(frames):
            if frame.held is not None and frame.held not in UNEXPLAINED:
                self._last_hold = (frame.time, hold_in_words(frame.held))
                return

    def text(self, status: Status, frame: FeedbackFrame | None) -> OperatorText:
        """Return what to show.

        Parameters
        ----------
        status : Status
        frame : FeedbackFrame or None
            The newest frame.

        Returns
        -------
        OperatorText
        """
        progress = status.progress
        kind, banner = self._banner(status, frame)
        rate = math.nan if self._concealed else progress.success_rate
        target = self._target if progress.target_rate is None else progress.target_rate
        return OperatorText(
            banner_kind=kind,
            banner=banner,
            banner_full=_whole(banner, status.alarm),
            banner_more=" \u00b7 ".join(sentence_and_paths(status.alarm or "")[1]),
            state=tr("no samples") if silent_words(status) else tr(STATES[status.state]),
            block=self._block_name(progress.block, progress.phase),
            block_clock=clock(progress.elapsed),
            block_note=_counted(progress.phase, clock(progress.seconds)),
            rate=rate,
            rate_number=percent(rate),
            target=target,
            rate_note=tr("of clean time past the threshold, this block.") + aim_words(target),
            held_note=tr(
                "Feedback was held for {share} of this block.", share=percent(progress.held_share)
            ),
            rewards="" if self._concealed else rewards_words(status.rewards),
            recorded=tr("{time} recorded", time=clock(status.recorded_seconds)),
            folder=str(status.folder) if status.folder else tr("nothing is recorded"),
            stream=stream_words(status),
            paused=status.state is RunState.PAUSED,
            running=status.state not in _ENDING,
            silent=silent_words(status),
        )

    def _block_name(self, block: int, phase: str) -> str:
        if phase == "done" or not 0 <= block < len(self._names):
            return phase_words(phase)
        return self._names[block]

    def _banner(self, status: Status, frame: FeedbackFrame | None) -> tuple[str, str]:
        if status.state is RunState.FAILED:
            said = _at_a_glance(status.alarm or "") or tr("The session has failed.")
            return "alarm", f"{tr('FAILED')} \u00b7 {said}"
        if status.state in _ENDING:
            recorded = tr("{time} recorded", time=clock(status.recorded_seconds))
            return "good", f"{tr(STATES[status.state])} \u00b7 {recorded}"
        if status.alarm is not None:
            stale = status.since_sample > 0.5 or _held(frame) == STALE
            word = tr("STALE") if stale else tr("ALARM")
            return "alarm", f"{word} \u00b7 {_at_a_glance(status.alarm)}"
        if status.state is RunState.PAUSED and self.before_rounds:
            return "pause", tr("Before the rounds \u00b7 the recording goes on; feedback waits")
        if status.state is RunState.PAUSED and status.progress.awaits:
            awaits = status.progress.awaits
            return "pause", tr(
                "Waiting for the marker “{name}” · Space starts the block now", name=awaits
            )
        if status.state is RunState.PAUSED:
            return "pause", tr("Paused · recording continues; Space resumes")
        if frame is None:
            return "caution", tr("Waiting for the first feedback frame")
        if frame.held is not None:
            return "caution", self._holding(frame)
        return "good", tr("Signal good") + self._recent(frame.time)

    def _holding(self, frame: FeedbackFrame) -> str:
        """Say why feedback holds now; while filters settle again, also what happened before."""
        words = hold_in_words(frame.held or "")
        after = self._recent(frame.time) if frame.held in UNEXPLAINED else ""
        return f"{tr('Holding')} \u00b7 {words}{after}"

    def _recent(self, now: float) -> str:
        if self._last_hold is None:
            return ""
        ago = now - self._last_hold[0]
        if not 0 <= ago <= RECENT_HOLD:
            return ""
        words = tr("{n} s ago: {cause}", n=math.ceil(ago), cause=self._last_hold[1])
        return f" \u00b7 {words}"


def stream_words(status: Status) -> str:
    """Say how a live stream is: rate, age of its newest sample, share lost; nothing of a file."""
    if not math.isfinite(status.age):
        return ""
    known = math.isfinite(status.rate)
    return tr(
        "{rate} Hz · {age} s old · {lost} % lost",
        rate=number(status.rate, ".1f") if known else "\u2013",
        age=number(max(0.0, status.age), ".2f"),
        lost=number(100 * status.lost, ".1f"),
    )


def put_away_words() -> str:
    """Say that the participant's window was closed, and what brings it back."""
    return tr("The participant’s window is closed: P shows it again")


def aim_words(target: float | None) -> str:
    """Say what the threshold aims at now, to stand after another sentence."""
    return "" if target is None else " " + tr("Target {share}.", share=percent(target))


def rewards_words(n: int | None) -> str:
    """Say how many rewards there were; nothing where that is concealed."""
    return "" if n is None else tr_n("{n} reward in all", "{n} rewards in all", n)


def summary(status: Status, *, concealed: bool = False) -> str:
    """Return the closing line of a session.

    Parameters
    ----------
    status : Status
        After the end.
    concealed : bool
        Whether nobody may learn the session's arm.
    """
    time = clock(status.recorded_seconds)
    recorded = tr("{time} recorded", time=time)
    if status.folder:
        recorded = tr("{time} recorded to {folder}", time=time, folder=status.folder)
    facts = recorded
    if status.rewards is not None and not concealed:
        facts += f", {tr_n('{n} reward', '{n} rewards', status.rewards)}"
    if status.state is RunState.FAILED:
        line = tr("Session failed: {facts}.", facts=facts)
    else:
        line = tr("Session finished: {facts}.", facts=facts)
    return f"{line} {tr(status.alarm)}" if status.alarm else line


def _whole(banner: str, alarm: str | None) -> str:
    """Return the words of a banner with the whole alarm in its place, if it shows one."""
    shown = _at_a_glance(alarm or "")
    return banner.replace(shown, tr(alarm or "")) if shown else banner


def _at_a_glance(alarm: str) -> str:
    return sentence_and_paths(alarm)[0]


def _held(frame: FeedbackFrame | None) -> str | None:
    return None if frame is None else frame.held


def _counted(phase: str, total: str) -> str:
    """Say what the block's clock counts."""
    if phase == "baseline":
        return tr("of {total} clean data", total=total)
    return tr("of {total} in this block", total=total)
