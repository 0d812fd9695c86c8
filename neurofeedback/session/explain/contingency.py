"""How well a participant could see that the picture follows them.

Responsible for one number for each layer of the display: how well an ideal watcher would tell half
a standard deviation more of what is trained from none. Not responsible for where the frames come
from (`session.explain.simulate`, `benchmarks`) nor for printing.

The watcher sees the same clean frames twice, once as they are and once with the trained score
raised by `RAISED` standard deviations of its baseline all the while, and looks on for stretches of
`SECONDS`. What is seen of a stretch is one number for each layer: the mean of the value, the mean
of the ground over the second half of the stretch, the number of chimes. d' is the distance between
the two means of that number in its own standard deviation. The ground tells most because it
remembers what came before the stretch; right after a change it tells less, until it has followed.
Stretches of other lengths are not tried but follow from it, as d' grows with the root of time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeedbackFrame, FloatArray
from neurofeedback.protocols.run.reward import RewardRule
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.layers import Layers

RAISED = 0.5  # standard deviations of the baseline
SECONDS = 30.0
LENGTHS = (30.0, 60.0, 180.0, 600.0)  # s, that are told
FEWEST = 4  # stretches


@dataclass(frozen=True, slots=True)
class Contingency:
    """d' of an ideal watcher over `SECONDS`, and the rewards that go with it.

    Parameters
    ----------
    picture, ground, chimes : float
        d' from each layer.
    rewards, rewards_raised : float
        Rewards a clean minute as it is, and with the score raised.
    n_stretches : int
        How many stretches it is from.
    """

    picture: float
    ground: float
    chimes: float
    rewards: float
    rewards_raised: float
    n_stretches: int

    def over(self, seconds: float) -> tuple[float, float, float]:
        """Return d' from picture, ground and chimes over another time, s."""
        factor = math.sqrt(seconds / SECONDS)
        return factor * self.picture, factor * self.ground, factor * self.chimes

    def to_dict(self) -> dict[str, float]:
        """Return it as plain JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Clean:
    """A clean frame of training, as far as feedback depends on it.

    Parameters
    ----------
    margin : float
        Distance of the score from the threshold, SD of the baseline; higher is better.
    allowed : bool
        Whether no inhibit applies.
    """

    margin: float
    allowed: bool


def clean_frames(
    frames: Iterable[FeedbackFrame], scale: float, direction: str = "up"
) -> list[Clean]:
    """Return the clean frames of training.

    Parameters
    ----------
    frames : iterable of FeedbackFrame
    scale : float
        Standard deviation of the score over the baseline, in its unit.
    direction : {'up', 'down'}
        Which way the score is trained.
    """
    sign = -1.0 if direction == "down" else 1.0
    return [
        Clean(sign * (f.feature - f.threshold) / scale, f.inhibit is None)
        for f in frames
        if f.phase == "train" and f.held is None and math.isfinite(f.feature - f.threshold)
    ]


def contingency(
    spec: ProtocolSpec, frames: Sequence[Clean], frame_seconds: float
) -> Contingency | None:
    """Return how well an ideal watcher could see that the picture follows.

    Parameters
    ----------
    spec : ProtocolSpec
    frames : sequence of Clean
        Of all training, one after the other.
    frame_seconds : float
        Time between frames, s.

    Returns
    -------
    Contingency or None
        None with fewer than `FEWEST` stretches.
    """
    length = round(SECONDS / frame_seconds)
    starts = range(length, len(frames) - length + 1, length // 2)
    if len(starts) < 2 * FEWEST:
        return None
    seen = np.array(
        [_seen(spec, frames, raised, frame_seconds, starts) for raised in (0.0, RAISED)]
    )
    picture, ground, chimes = (_d_prime(seen[0, :, i], seen[1, :, i]) for i in range(3))
    rewards = 60.0 / SECONDS * seen[:, :, 2].mean(axis=1)
    return Contingency(picture, ground, chimes, float(rewards[0]), float(rewards[1]), len(starts))


def contingency_of(
    spec: ProtocolSpec,
    frames: Iterable[FeedbackFrame],
    events: Iterable[Event],
    frame_seconds: float,
) -> Contingency | None:
    """Return the same from frames and events of a run; see `contingency`."""
    if spec.target is None:
        return None
    scale, trained = 1.0, spec.trained
    for event in events:
        if event.kind is EventKind.THRESHOLD_CHANGED and "baseline" in event.details and trained:
            scale = event.details["baseline"][trained.feature]["sd"]
    direction = trained.direction if trained else "up"
    return contingency(spec, clean_frames(frames, scale, direction), frame_seconds)


def _seen(
    spec: ProtocolSpec,
    frames: Sequence[Clean],
    raised: float,
    frame_seconds: float,
    starts: range,
) -> list[tuple[float, float, float]]:
    """Return what each stretch looks like: mean value, mean ground at its end, number of chimes."""
    rule, layers = RewardRule(spec.reward, frame_seconds), Layers(spec.display.smoothing)
    layers.begin_block()
    rows = []
    for frame in frames:
        margin = frame.margin + raised
        success = margin > 0.0 and frame.allowed
        layers.step(rule.value(margin, success), frame_seconds)
        rows.append((layers.value, layers.ground, float(rule.update(success))))
    shown, length = np.array(rows), starts.start
    return [
        (
            float(shown[at : at + length, 0].mean()),
            float(shown[at + length // 2 : at + length, 1].mean()),
            float(shown[at : at + length, 2].sum()),
        )
        for at in starts
    ]


def _d_prime(usual: FloatArray, raised: FloatArray) -> float:
    spread = math.sqrt((usual.var(ddof=1) + raised.var(ddof=1)) / 2.0)
    return float((raised.mean() - usual.mean()) / spread) if spread > 0.0 else math.nan
