"""Session events and their form on disk: one JSON object a line.

Responsible for what an event is and how it is written and read back.
Not responsible for deciding that one happened, nor for the file it goes to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """Kinds of session event.

    Those in `ENGINE_KINDS` follow from the samples and the operator's commands alone, so a re-run
    must find them again; the others record what happened around the engine.
    """

    SESSION_STARTED = "SessionStarted"
    SESSION_STOPPED = "SessionStopped"
    SESSION_RESUMED = "SessionResumed"
    BLOCK_STARTED = "BlockStarted"
    BLOCK_ENDED = "BlockEnded"
    REWARD = "Reward"
    ASR_FITTED = "AsrFitted"
    OCULAR_FITTED = "OcularFitted"
    ALPHA_MEASURED = "AlphaMeasured"
    REGION_FITTED = "RegionFitted"
    ESTIMATOR_FITTED = "EstimatorFitted"
    WEIGHTS_LEARNED = "WeightsLearned"
    THRESHOLD_CHANGED = "ThresholdChanged"
    HOLD_STARTED = "HoldStarted"
    HOLD_ENDED = "HoldEnded"
    GAP_DETECTED = "GapDetected"
    PROTOCOL_ENDED = "ProtocolEnded"
    COMMAND = "Command"
    STREAM_CONNECTED = "StreamConnected"
    STREAM_LOST = "StreamLost"
    STREAM_RECOVERED = "StreamRecovered"
    STREAM_REFUSED = "StreamRefused"
    STREAM_ACCEPTED = "StreamAccepted"
    STREAM_DOUBTED = "StreamDoubted"
    FEEDBACK_STALE = "FeedbackStale"
    RECORDING_ALARM = "RecordingAlarm"
    LATENCY_MEASURED = "LatencyMeasured"
    OPERATOR_NOTE = "OperatorNote"
    MARKER = "Marker"
    MARKERS_LOST = "MarkersLost"
    FEEDBACK_SHOWN = "FeedbackShown"  # to the operator of a concealed session, for safety
    ERROR = "Error"


ENGINE_KINDS = frozenset(
    {
        EventKind.BLOCK_STARTED,
        EventKind.BLOCK_ENDED,
        EventKind.REWARD,
        EventKind.ASR_FITTED,
        EventKind.OCULAR_FITTED,
        EventKind.ALPHA_MEASURED,
        EventKind.REGION_FITTED,
        EventKind.ESTIMATOR_FITTED,
        EventKind.WEIGHTS_LEARNED,
        EventKind.THRESHOLD_CHANGED,
        EventKind.HOLD_STARTED,
        EventKind.HOLD_ENDED,
        EventKind.GAP_DETECTED,
        EventKind.PROTOCOL_ENDED,
    }
)
_RECORDING, _STREAM = "recording", "stream"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a session.

    Parameters
    ----------
    kind : EventKind
        What happened.
    sample : int
        Absolute sample number at which it took effect; -1 before the first sample.
    time : float
        Stream time of that sample in s; NaN when there is none.
    details : mapping
        Further facts as plain JSON types.
    """

    kind: EventKind
    sample: int
    time: float
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_recording(cls, sample: int, time: float, text: str, duration: float) -> Event:
        """Return the marker that stands for an annotation of the recording that is replayed."""
        details = {"label": text, "duration": duration, "origin": _RECORDING}
        return cls(EventKind.MARKER, sample, time, details)

    @classmethod
    def of_stream(cls, sample: int, time: float, text: str, stream: str, away: float) -> Event:
        """Return the marker that another program sent, `away` s from its sample."""
        details = {"label": text, "origin": _STREAM, "stream": stream, "away": away}
        return cls(EventKind.MARKER, sample, time, details)

    @property
    def is_of_source(self) -> bool:
        """Whether it came with the samples, from a file or stream, and not from the operator."""
        return self.kind is EventKind.MARKER and self.details.get("origin") in (_RECORDING, _STREAM)

    @property
    def duration(self) -> float:
        """For how long an annotation of the recording holds, s; 0 for a moment, and for others."""
        duration = self.details.get("duration") if self.is_of_source else None
        return float(duration) if isinstance(duration, int | float) else 0.0

    def to_json(self) -> str:
        """Return the event as one line of JSON without the line break.

        Floats are written so that they read back to the same bits; NaN is written as null.
        """
        line = {"event": str(self.kind), "sample": self.sample, "time": self.time, **self.details}
        return json.dumps(_nan_to_none(line), allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Event:
        """Read an event back from one line of JSON.

        Raises
        ------
        ValueError
            If the line is not a JSON object of an event.
        """
        fields = json.loads(line)
        try:
            kind = EventKind(fields.pop("event"))
            sample = int(fields.pop("sample"))
            time = fields.pop("time")
            stream_time = math.nan if time is None else float(time)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"Not an event: {line[:80]!r}.") from error
        return cls(kind, sample, stream_time, fields)


def _nan_to_none(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {k: _nan_to_none(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_nan_to_none(v) for v in value]
    return value
