"""Why a session ended, as it is put down in its last event.

Responsible for the words of every end that is no failure, and for finding them again from what is
known of a session, so that they can be shown in any language. Not responsible for ending anything.
"""

from __future__ import annotations

import math
import signal

from neurofeedback.words.message import Message

GIVE_UP_SECONDS = 60.0  # without samples, s; sessions of earlier versions ended then

STOPPED = Message("stopped by the operator")
LOCKED = Message("while locked")
INTERRUPTED = Message("interrupted")
RATE_WAS_WRONG = Message("started anew with the true rate of the stream")
CHECKED = Message("the check is over")
RECORDING_OVER = Message("end of the recording")
PROTOCOL_OVER = Message("end of the protocol")

# As the protocol puts its own end down.
ABORTED = Message("aborted by the operator")
NO_BASELINE = Message("too little clean baseline")

FIXED = (
    STOPPED,
    LOCKED,
    INTERRUPTED,
    RATE_WAS_WRONG,
    CHECKED,
    RECORDING_OVER,
    PROTOCOL_OVER,
    ABORTED,
    NO_BASELINE,
)


def silence(seconds: float = GIVE_UP_SECONDS) -> Message:
    """Say that no samples came for so long, s."""
    return Message("no samples for {seconds:g} s", seconds=seconds)


def asked(seconds: float) -> Message:
    """Say that the session was to last so long, s."""
    return Message("ended after {seconds:g} s as asked", seconds=seconds)


def told_by(name: str) -> Message:
    """Say that the system told the program to end, by the name of a signal."""
    return Message("interrupted ({signal})", signal=name)


def end_in_words(reason: str, seconds: float) -> str:
    """Return the reason of an end, read from a file, as the message it was.

    Parameters
    ----------
    reason : str
        As recorded.
    seconds : float
        Recorded, s.

    Returns
    -------
    str
        A `Message` where one says exactly that; else the reason as it is.
    """
    by_signals = map(told_by, signal.Signals.__members__)
    could_be = (*FIXED, silence(), asked(math.floor(seconds)), *by_signals)
    return next((message for message in could_be if message == reason), reason)
