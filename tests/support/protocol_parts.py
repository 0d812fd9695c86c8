"""Protocols on three made-up features, and runs of the evaluator alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeatureFrames, FeedbackFrame
from neurofeedback.holds import STALE
from neurofeedback.protocols.commands import Command, CommandName, hold
from neurofeedback.protocols.run.control import Boundary, make_boundary
from neurofeedback.protocols.run.evaluator import target_of
from neurofeedback.protocols.run.protocol_run import ProtocolRun
from neurofeedback.protocols.spec import ProtocolSpec

FRAME = 0.04
NAMES = ("a", "b", "c")

UP_A: dict[str, Any] = {"conditions": [{"feature": "a"}]}
DOWN_A: dict[str, Any] = {"conditions": [{"feature": "a", "direction": "down"}]}
BOTH = [{"feature": "a"}, {"feature": "b", "direction": "down", "weight": 0.5}]
ALL: dict[str, Any] = {"conditions": BOTH, "combine": "all"}
WEIGHTED: dict[str, Any] = {"conditions": BOTH, "combine": "weighted"}
INHIBIT = {"inhibits": [{"feature": "c", "when": "above", "percentile": 85.0}]}
TWO_INHIBITS = {
    "inhibits": [
        {"feature": "c", "when": "above", "percentile": 85.0},
        {"feature": "a", "when": "below", "value": -2.5},
    ]
}
TARGETS: dict[str, dict[str, Any]] = {
    f"{name}{suffix}": {**target, **inhibits}
    for name, target in {"up": UP_A, "down": DOWN_A, "all": ALL, "weighted": WEIGHTED}.items()
    for suffix, inhibits in {
        "": {},
        " inhibited": INHIBIT,
        " inhibited twice": TWO_INHIBITS,
    }.items()
}
RULES: dict[str, dict[str, Any]] = {
    "target-rate": {"rule": "target-rate", "target_rate": 0.6},
    "never": {"rule": "target-rate", "target_rate": 0.4, "update": "never"},
    "fixed": {"rule": "fixed", "value": 0.2},
    "percentile": {"rule": "percentile", "percentile": 55.0},
    "mean-sd": {"rule": "mean-sd", "k": 0.3},
    "staircase": {"rule": "staircase", "target_rate": 0.6},
    "continuous": {"rule": "continuous", "target_rate": 0.6, "window": 10.0},
    "manual": {"rule": "manual", "target_rate": 0.6},
}
BLOCKS: list[dict[str, Any]] = [
    {"kind": "baseline", "seconds": 20.0},
    {"kind": "train", "seconds": 15.0, "repeat": 2, "rest": 2.0, "extend": 4.0},
    {"kind": "transfer", "seconds": 6.0},
    {"kind": "control", "seconds": 6.0},
]


def protocol(
    target: Mapping[str, Any] | None = UP_A,
    threshold: Mapping[str, Any] = RULES["target-rate"],
    blocks: Sequence[Mapping[str, Any]] = BLOCKS,
    **sections: Any,
) -> ProtocolSpec:
    features = [{"kind": "power", "name": name, "channels": ["Cz"]} for name in NAMES]
    fields: dict[str, Any] = {
        "version": 1,
        "name": "made-up",
        "title": "Made up",
        "signal": {"features": features},
        "target": target,
        "threshold": threshold,
        "blocks": blocks,
        **sections,
    }
    return ProtocolSpec.model_validate(fields)


def frames_of(
    values: np.ndarray, held: Sequence[str | None] | None = None, first: int = 0
) -> FeatureFrames:
    """Return features as frames, shape (n_frames, 3); one column is taken for all three."""
    values = np.asarray(values, dtype=float)
    values = np.repeat(values[:, None], 3, axis=1) if values.ndim == 1 else values
    numbers = np.arange(first, first + len(values))
    return FeatureFrames(
        numbers * 8 + 7, numbers * FRAME, values, held or [None] * len(values)
    )  # fmt: skip


def part_of(frames: FeatureFrames, start: int, stop: int) -> FeatureFrames:
    at = slice(start, stop)
    return FeatureFrames(
        frames.samples[at], frames.times[at], frames.values[at], list(frames.held[at])
    )


def noise(n: int, seed: int = 0) -> np.ndarray:
    """Return three features of independent standard normal values."""
    return np.random.default_rng(seed).standard_normal((n, 3))


class Driven(ProtocolRun):
    """A protocol run by features that nobody computes anew at the end of a baseline."""

    def update(self, features: FeatureFrames) -> list[FeedbackFrame]:
        frames: list[FeedbackFrame] = []
        while len(frames) < len(features) and not self.ended:
            stop = len(frames) + self.frames_ahead
            frames += super().update(part_of(features, len(frames), stop))
            if self.block_is_over:
                self.end_block()
        return frames


def make(spec: ProtocolSpec, boundary: Boundary | None = None) -> Driven:
    columns = [NAMES.index(name) for name in target_of(spec).features]
    return Driven(spec, FRAME, columns, boundary or make_boundary(spec, FRAME))


@dataclass
class Run:
    """Everything that a run of the evaluator gave."""

    frames: list[FeedbackFrame]
    events: list[Event]
    refused: list[Command]

    def of(self, kind: EventKind) -> list[Event]:
        return [event for event in self.events if event.kind is kind]

    def thresholds(self, cause: str) -> list[Event]:
        return [e for e in self.of(EventKind.THRESHOLD_CHANGED) if e.details["cause"] == cause]

    def phase(self, phase: str) -> list[FeedbackFrame]:
        return [frame for frame in self.frames if frame.phase == phase]

    def rate(self, phase: str = "train") -> float:
        """Share of clean frames with success."""
        return float(np.mean([f.success for f in self.phase(phase) if f.held is None]))


def run(
    spec: ProtocolSpec,
    features: FeatureFrames | np.ndarray,
    commands: Mapping[int, Sequence[Command]] | None = None,
    cuts: Sequence[int] = (),
    evaluator: Driven | None = None,
    look: Callable[[Driven], None] = lambda _: None,
) -> Run:
    """Run features through an evaluator, commands at frame numbers, in pieces."""
    if isinstance(features, np.ndarray):
        features = frames_of(features)
    commands = commands or {}
    evaluator = evaluator or make(spec)
    done = Run([], [], [])
    n = len(features)
    edges = sorted({0, n, *(c for c in (*cuts, *commands) if 0 <= c <= n)})
    for start, stop in zip(edges, [*edges[1:], n], strict=True):
        for command in commands.get(start, ()):
            if not evaluator.obey(command):
                done.refused.append(command)
        look(evaluator)
        done.frames += evaluator.update(part_of(features, start, stop))
        done.events += evaluator.take_events()
    return done


def commands_at(last: int) -> st.SearchStrategy[dict[int, list[Command]]]:
    """Return a strategy of commands at frame or sample numbers up to `last`."""
    values = {
        CommandName.EXTEND: st.floats(1.0, 10.0),
        CommandName.THRESHOLD: st.floats(-2.0, 2.0),
        CommandName.TARGET_RATE: st.floats(0.1, 0.9),
    }
    holds = st.builds(
        lambda first, n, cause: hold(first, first + n, cause),
        st.integers(0, last), st.integers(0, 1000), st.sampled_from([STALE, "bridge F3-F4"]),
    )  # fmt: skip
    asked = [name for name in CommandName if name is not CommandName.HOLD]
    one = holds | st.sampled_from(asked).flatmap(
        lambda name: values.get(name, st.none()).map(lambda value: Command(name, value))
    )
    return st.dictionaries(
        st.integers(0, last), st.lists(one, min_size=1, max_size=2), max_size=8
    )  # fmt: skip
