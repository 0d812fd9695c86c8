"""What is fed back, out into the lab streaming layer.

Responsible for letting other programs follow a session as it runs: a stream of values and a stream
of markers. Not responsible for what of a frame is sent (`news`), nor for the samples themselves
(`acquisition.outlet`).
"""

from __future__ import annotations

import pylsl

from neurofeedback.acquisition.out.news import VALUES, News
from neurofeedback.frames import FeatureDescriptor, FeedbackFrame

MANUFACTURER = "neurofeedback"
OWN = f"{MANUFACTURER}-"  # source ids of its streams begin with it


class LslOutlet:
    """Two LSL streams, ``NAME-feedback`` (not in a concealed session) and ``NAME-markers``.

    A value is sent for each frame, stamped with the local clock; NaN where there is no feedback.

    Parameters
    ----------
    name : str
        What the streams' names begin with.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._news = News(concealed=True)
        self._values: pylsl.StreamOutlet | None = None
        self._markers: pylsl.StreamOutlet | None = None

    def begin(self, score: FeatureDescriptor, *, concealed: bool) -> None:
        """Announce the streams."""
        self._news = News(concealed=concealed)
        if not concealed:
            self._values = pylsl.StreamOutlet(_describe_values(self._name, score))
        self._markers = pylsl.StreamOutlet(_describe_markers(self._name))

    def send(self, frame: FeedbackFrame) -> None:
        """Send one frame; returns at once."""
        if self._markers is None:
            return
        now, sent = pylsl.local_clock(), self._news.of(frame)
        for marker in sent.markers:
            self._markers.push_sample([marker], now)
        if self._values is not None and sent.values is not None:
            self._values.push_sample(list(sent.values), now)

    def close(self) -> None:
        """Take the streams off the network."""
        self._values = self._markers = None


def _describe_values(name: str, score: FeatureDescriptor) -> pylsl.StreamInfo:
    info = pylsl.StreamInfo(
        f"{name}-feedback",
        "Feedback",
        len(VALUES),
        pylsl.IRREGULAR_RATE,
        pylsl.cf_double64,
        f"{OWN}{name}-feedback",
    )
    info.desc().append_child_value("manufacturer", MANUFACTURER)
    info.desc().append_child_value("score", score.label)
    channels = info.desc().append_child("channels")
    for label, unit in VALUES.items():
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
        f"{OWN}{name}-markers",
    )
    info.desc().append_child_value("manufacturer", MANUFACTURER)
    return info
