"""What of a feedback frame is sent to other programs.

Responsible for the values and markers that every outlet sends, and for what it keeps to itself in a
concealed session. Not responsible for how they are sent.

Everything follows from the feedback frames alone, so it is the same in every arm of a study. In a
concealed session values and rewards are left out all the same: whoever has the EEG beside them
could compute the arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from neurofeedback.frames import FeatureDescriptor, FeedbackFrame

VALUES = {
    "sample": "samples",
    "stream_time": "s",
    "value": "0 to 1",
    "score": "",  # the score's own unit
    "threshold": "",
    "success": "0 or 1",
    "reward": "0 or 1",
}


class Outlet(Protocol):
    """Sends frames; see the modules beside this one."""

    def begin(self, score: FeatureDescriptor, *, concealed: bool) -> None:
        """Say what will be fed back; in a concealed session block and hold markers only are sent.

        Nothing is sent before.
        """
        ...

    def send(self, frame: FeedbackFrame) -> None:
        """Send one frame; returns at once, whoever listens or does not."""
        ...

    def close(self) -> None:
        """Stop sending. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent of one frame.

    Parameters
    ----------
    markers : tuple of str
        ``block 2 train``, ``hold amplitude F3``, ``hold over``, ``reward``; to be sent first.
    values : tuple of float or None
        One for each of `VALUES`, NaN where there is none; None in a concealed session.
    """

    markers: tuple[str, ...]
    values: tuple[float, ...] | None


class News:
    """Tells what is new with each frame.

    Parameters
    ----------
    concealed : bool
        Whether to tell of blocks and holds only.
    """

    def __init__(self, *, concealed: bool) -> None:
        self._concealed = concealed
        self._block = ""
        self._held: str | None = None

    @property
    def standing(self) -> tuple[str, ...]:
        """Markers that hold now: the block, and the hold if there is one; none before a frame."""
        held = () if self._held is None else (f"hold {self._held}",)
        return (self._block, *held) if self._block else ()

    def of(self, frame: FeedbackFrame) -> Sent:
        """Return what to send of the next frame."""
        markers = []
        block = f"block {frame.block + 1} {frame.phase}"
        if block != self._block:
            self._block = block
            markers.append(block)
        if frame.held != self._held:
            self._held = frame.held
            markers.append("hold over" if frame.held is None else f"hold {frame.held}")
        if self._concealed:
            return Sent(tuple(markers), None)
        if frame.reward:
            markers.append("reward")
        values = (frame.sample, frame.time, frame.value, frame.feature, frame.threshold,
                  frame.success, frame.reward)  # fmt: skip
        return Sent(tuple(markers), tuple(map(float, values)))
