"""What is fed back, out into the lab streaming layer.

Responsible for letting other programs follow a session as it runs: a stream of values and a stream
of markers. Not responsible for the samples themselves (`acquisition.outlet`).

Both follow from the feedback frames alone, so they are the same in every arm of a study. In a
concealed session values and rewards are left out all the same: whoever has the EEG stream beside
them could compute the arm.
"""

from __future__ import annotations

import pylsl

from neurofeedback.frames import FeatureDescriptor, FeedbackFrame

MANUFACTURER = "neurofeedback"
CHANNELS = {
    "sample": "samples",
    "stream_time": "s",
    "value": "0 to 1",
    "score": "",  # the score's own unit
    "threshold": "",
    "success": "0 or 1",
    "reward": "0 or 1",
}


class FeedbackOutlet:
    """Two LSL streams, ``NAME-feedback`` and ``NAME-markers``.

    A value is sent for each frame, stamped with the local clock; NaN where there is no feedback.
    Markers are ``block 2 train``, ``hold amplitude F3``, ``hold over``, ``reward``.

    Parameters
    ----------
    name : str
        What the streams' names begin with.
    score : FeatureDescriptor
        What is fed back.
    concealed : bool
        Send block and hold markers only.
    """

    def __init__(self, name: str, score: FeatureDescriptor, *, concealed: bool = False) -> None:
        self._concealed = concealed
        self._values = None if concealed else pylsl.StreamOutlet(_describe_values(name, score))
        self._markers = pylsl.StreamOutlet(_describe_markers(name))
        self._block: int | None = None
        self._held: str | None = None

    def send(self, frame: FeedbackFrame) -> None:
        """Send one frame; returns at once."""
        now = pylsl.local_clock()
        for marker in self._news(frame):
            self._markers.push_sample([marker], now)
        if self._values is not None:
            cells = (frame.sample, frame.time, frame.value, frame.feature, frame.threshold,
                     frame.success, frame.reward)  # fmt: skip
            self._values.push_sample([float(cell) for cell in cells], now)

    def _news(self, frame: FeedbackFrame) -> list[str]:
        news = []
        if frame.block != self._block:
            self._block = frame.block
            news.append(f"block {frame.block + 1} {frame.phase}")
        if frame.held != self._held:
            self._held = frame.held
            news.append("hold over" if frame.held is None else f"hold {frame.held}")
        if frame.reward and not self._concealed:
            news.append("reward")
        return news


def _describe_values(name: str, score: FeatureDescriptor) -> pylsl.StreamInfo:
    info = pylsl.StreamInfo(
        f"{name}-feedback",
        "Feedback",
        len(CHANNELS),
        pylsl.IRREGULAR_RATE,
        pylsl.cf_double64,
        f"neurofeedback-{name}-feedback",
    )
    info.desc().append_child_value("manufacturer", MANUFACTURER)
    info.desc().append_child_value("score", score.label)
    channels = info.desc().append_child("channels")
    for label, unit in CHANNELS.items():
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit or score.unit)
    return info


def _describe_markers(name: str) -> pylsl.StreamInfo:
    info = pylsl.StreamInfo(
        f"{name}-markers",
        "Markers",
        1,
        pylsl.IRREGULAR_RATE,
        pylsl.cf_string,
        f"neurofeedback-{name}-markers",
    )
    info.desc().append_child_value("manufacturer", MANUFACTURER)
    return info
