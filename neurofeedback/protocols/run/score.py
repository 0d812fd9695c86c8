"""From features to the score that is compared with a threshold.

Responsible for how conditions are combined, for the limits of inhibits, and for the number that is
shown of both. Not responsible for finding thresholds (`protocols.run.threshold`).

A score has one part, or one for each condition where all of them must be met. Parts are oriented:
higher is better. What is shown is not:

- one condition: the feature in its own unit, and its threshold;
- ``weighted``: sum of weight * direction * (x - mean) / SD, in SD of the baseline;
- ``all``: the smallest distance of a condition from its own threshold, in SD of the baseline,
  positive when all are met; its threshold is 0.

Mean and SD are those of each feature's clean baseline.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neurofeedback.frames import FeatureDescriptor, FloatArray
from neurofeedback.protocols.joint import CleanFrames
from neurofeedback.protocols.spec import Condition, Inhibit, TargetSettings
from neurofeedback.words.message import Message, joined

UNIT = Message("SD of the baseline")


class Score:
    """Combine the features that decide on reward.

    Parameters
    ----------
    target : TargetSettings
        Conditions and inhibits. Values are given in the order of its `features`.

    Attributes
    ----------
    n_parts : int
        Number of thresholds.
    means, scales : list of float
        Mean and SD of each part over the baseline; NaN before. SD is 1 where a part does not vary.
    """

    def __init__(self, target: TargetSettings) -> None:
        self._features = target.features
        self._conditions = [(self._column(c), _sign(c), c.weight) for c in target.conditions]
        several = len(target.conditions) > 1
        self._weighted = several and target.combine == "weighted"
        self._all = several and target.combine == "all"
        self._inhibits = [_Limit(i, self._column(i)) for i in target.inhibits]
        self.n_parts = 1 if self._weighted else len(self._conditions)
        self.means = self.scales = [math.nan] * self.n_parts
        self._baseline = [(math.nan, math.nan)] * len(self._features)

    def learn(self, baseline: FloatArray) -> None:
        """Take means, deviations and limits from a clean baseline, shape (n_clean, n_used)."""
        self._baseline = [(float(np.mean(x)), deviation(x)) for x in baseline.T]
        for limit in self._inhibits:
            limit.learn(baseline)
        parts = np.array([self.parts(row) for row in baseline.tolist()])
        self.means = [float(np.mean(x)) for x in parts.T]
        self.scales = [deviation(x) for x in parts.T]

    def parts(self, row: Sequence[float]) -> list[float]:
        """Return the parts of one frame, given the features that decide, shape (n_used,)."""
        if not self._weighted:
            return [sign * row[column] for column, sign, _ in self._conditions]
        total = 0.0
        for column, sign, weight in self._conditions:
            mean, scale = self._baseline[column]
            total += weight * sign * (row[column] - mean) / scale
        return [total]

    def inhibit(self, row: Sequence[float]) -> str | None:
        """Name the first inhibit that applies to a frame: feature and side of its limit."""
        for limit in self._inhibits:
            if limit.applies(row):
                return limit.name
        return None

    def level(self, value: float) -> list[float]:
        """Return the thresholds of the parts for a value given by a person.

        Parameters
        ----------
        value : float
            In the unit of what is shown; where all conditions must be met, distance of each from
            its baseline mean in SD.
        """
        if self._all:
            return [m + value * s for m, s in zip(self.means, self.scales, strict=True)]
        return [self._sign * value]

    def show(self, parts: Sequence[float], thresholds: Sequence[float]) -> tuple[float, float]:
        """Return what is shown of a frame.

        Parameters
        ----------
        parts, thresholds : sequence of float
            One of each for every part.

        Returns
        -------
        feature : float
            In the unit of the score's descriptor.
        margin : float
            Distance from the threshold in SD of the baseline; positive is better.
        """
        rows = zip(parts, thresholds, self.scales, strict=True)
        margin = min([(part - threshold) / scale for part, threshold, scale in rows])
        return margin if self._all else self._sign * parts[0], margin

    def shown_threshold(self, thresholds: Sequence[float]) -> float:
        """Return the threshold of what is shown; NaN before there is one."""
        if self._all:
            return math.nan if math.isnan(thresholds[0]) else 0.0
        return self._sign * thresholds[0]

    def clean_frames(self, rows: Sequence[Sequence[float]]) -> CleanFrames:
        """Return clean frames as thresholds are found from them, shape (n_clean, n_used)."""
        parts = np.array([self.parts(row) for row in rows])
        return CleanFrames(parts, np.array([self.inhibit(row) is None for row in rows]))

    def describe_thresholds(self, thresholds: Sequence[float]) -> dict[str, Any]:
        """Return thresholds as they are logged: as shown and, of conditions, in their own units."""
        found: dict[str, Any] = {
            "threshold": self.shown_threshold(thresholds),
            "scale": 1.0 if self._all else self.scales[0],
        }
        if self._all:
            signs = [sign for _, sign, _ in self._conditions]
            found["conditions"] = [s * t for s, t in zip(signs, thresholds, strict=True)]
        return found

    def describe_baseline(self) -> dict[str, Any]:
        """Return what was learnt of the baseline, as it is logged."""
        rows = zip(self._features, self._baseline, strict=True)
        found: dict[str, Any] = {"baseline": {f: {"mean": m, "sd": s} for f, (m, s) in rows}}
        if self._inhibits:
            found["inhibits"] = [{"inhibit": i.name, "limit": i.limit} for i in self._inhibits]
        return found

    @property
    def _sign(self) -> float:
        return 1.0 if self._weighted else self._conditions[0][1]

    def _column(self, what: Condition | Inhibit) -> int:
        return self._features.index(what.feature)


class _Limit:
    """An inhibit with its limit."""

    def __init__(self, inhibit: Inhibit, column: int) -> None:
        self.name = f"{inhibit.feature} {inhibit.when}"
        self.limit = math.nan if inhibit.value is None else inhibit.value
        self._percentile = inhibit.percentile
        self._above = inhibit.when == "above"
        self._column = column

    def learn(self, baseline: FloatArray) -> None:
        if self._percentile is not None:
            self.limit = float(np.percentile(baseline[:, self._column], self._percentile))

    def applies(self, row: Sequence[float]) -> bool:
        value = row[self._column]
        return value > self.limit if self._above else value < self.limit


def describe_score(
    target: TargetSettings, descriptors: Sequence[FeatureDescriptor]
) -> FeatureDescriptor:
    """Describe what is shown of a score.

    Parameters
    ----------
    target : TargetSettings
    descriptors : sequence of FeatureDescriptor
        Of all features, those of the conditions among them.

    Returns
    -------
    FeatureDescriptor
        Of the feature itself where there is one condition. Else delay and window are the largest
        of the conditions.
    """
    by_name = {d.name: d for d in descriptors}
    trained = [by_name[c.feature] for c in target.conditions]
    if len(trained) == 1:
        return trained[0]
    named = [Message("{name} = {label}", name=d.name, label=d.label) for d in trained]
    features = joined(dict.fromkeys(named), "; ")
    if target.combine == "weighted":
        label = Message(
            "{terms}, z(x) = (x - baseline mean) / baseline SD; {features}",
            terms=joined([_weighted(c) for c in target.conditions]),
            features=features,
        )
    else:
        label = Message(
            "smallest distance from the thresholds: {terms}; {features}",
            terms=joined([_side(c) for c in target.conditions], ", "),
            features=features,
        )
    return replace(
        trained[0],
        name="score",
        unit=UNIT,
        label=label,
        delay=max(d.delay for d in trained),
        window=max(d.window for d in trained),
        note=joined(dict.fromkeys(d.note for d in trained)),
    )


def deviation(values: FloatArray) -> float:
    """Return the standard deviation of `values`, or 1 where they do not vary."""
    return float(np.std(np.asarray(values, dtype=np.float64))) or 1.0


def _weighted(condition: Condition) -> Message:
    weight = _sign(condition) * condition.weight
    return Message("{weight:+g} z({feature})", weight=weight, feature=condition.feature)


def _side(condition: Condition) -> Message:
    if _sign(condition) < 0:
        return Message("{feature} below", feature=condition.feature)
    return Message("{feature} above", feature=condition.feature)


def _sign(condition: Condition) -> float:
    return -1.0 if condition.direction == "down" else 1.0
