"""Frames that are sent out: a baseline, then training with a reward and a hold."""

from __future__ import annotations

import math

from neurofeedback.frames import FeatureDescriptor, FeedbackFrame

SCORE = FeatureDescriptor("faa", "ln ratio", "ln P(F4) - ln P(F3)", 0.2, 1.0)


def frame(
    sample: int, *, block: int = 1, held: str | None = None, reward: bool = False
) -> FeedbackFrame:
    """Return a frame at 250 Hz; block 0 is a baseline, without a value."""
    value = math.nan if block == 0 else 0.75
    phase = "train" if block else "baseline"
    return FeedbackFrame(
        sample, sample / 250, value, 0.25, 0.5, reward, True, block, phase, held=held
    )


FRAMES = [
    frame(7, block=0),
    frame(15),
    frame(23, reward=True),
    frame(31, held="amplitude F3"),
    frame(39),
]
MARKERS = ["block 1 baseline", "block 2 train", "reward", "hold amplitude F3", "hold over"]
OPEN_MARKERS = [marker for marker in MARKERS if marker != "reward"]  # in a concealed session
