"""Which estimators there are for each power, which to take, and their designs.

Responsible for choosing among estimators that were judged. Not responsible for judging them
(`signal.power.fitting`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from neurofeedback.signal.feature_map import FeatureMap
from neurofeedback.signal.power.evidence import Gain
from neurofeedback.signal.power.pooled_fit import (
    Baseline,
    Pooled,
    fit_brief,
    fit_ridge,
    fit_spatial,
)
from neurofeedback.signal.power.powers import ColumnDesign
from neurofeedback.signal.power.settings import EnvelopeSettings, Estimator
from neurofeedback.signal.power.spatial_power import LEAST_SECONDS
from neurofeedback.words.message import Message

CANDIDATES: tuple[Estimator, ...] = ("cfir", "wiener", "posterior")
UNJUDGED: Estimator = "posterior"  # taken by ``auto`` where a baseline is too short to judge
EXPECTED_SECONDS = 120.0  # of judging that what others showed is worth


@dataclass(frozen=True, slots=True)
class Judged:
    """How well estimators followed the second half of a baseline.

    Parameters
    ----------
    fidelity : dict of str to dict of str to float
        r by feature and candidate; empty where too little is clean to tell.
    gains : dict of str to dict of str to Gain
        Over posterior power, alike.
    seconds : float
        Clean time that was judged, s.
    """

    fidelity: dict[str, dict[Estimator, float]] = field(default_factory=dict)
    gains: dict[str, dict[Estimator, Gain]] = field(default_factory=dict)
    seconds: float = 0.0


class Choice:
    """Which estimators there are for each envelope, which to take, and their designs."""

    def __init__(
        self, features: FeatureMap, signal_of: Sequence[int], pooled: Pooled | None
    ) -> None:
        self.features, self.signal_of, self._pooled = features, signal_of, pooled

    def candidates(self, envelope: EnvelopeSettings) -> tuple[Estimator, ...]:
        """Return the estimators that serve for an envelope."""
        pooled, found = self._pooled, CANDIDATES
        if pooled is None or not pooled.serves_ridge(self.features, envelope):
            return found
        found = (*found, "ridge")
        if pooled.spatial_prior(self.features, envelope) is None:
            return found
        return (*found, "spatial")

    @property
    def all_candidates(self) -> list[Estimator]:
        """Every estimator that serves for any envelope that asks to choose."""
        found = [c for _, e in self.features.columns for c in self.candidates(e)]
        return list(dict.fromkeys(found))

    def nearest(self, wanted: Estimator, envelope: EnvelopeSettings) -> Estimator:
        """Return an estimator, or the best of the others where it does not serve."""
        there = self.candidates(envelope)
        if wanted in there:
            return wanted
        return "ridge" if wanted == "spatial" and "ridge" in there else UNJUDGED

    def note(self, envelope: EnvelopeSettings, chosen: Estimator, judged: Judged) -> Message | None:
        """Say what is used in place of an estimator, and why; None for nothing."""
        if chosen == "spatial":
            return self._until_spatial(envelope, judged)
        if envelope.estimator in ("auto", chosen):
            return None
        if self._pooled is None:
            return Message(
                "{wanted} was asked for, but nothing that was learned from other people could be "
                "used; {chosen} is used in its place.",
                wanted=envelope.estimator,
                chosen=chosen,
            )
        return Message(
            "{wanted} was asked for, but these channels, band, window or reference are not those "
            "it was learned for; {chosen} is used in its place.",
            wanted=envelope.estimator,
            chosen=chosen,
        )

    def _until_spatial(self, envelope: EnvelopeSettings, judged: Judged) -> Message:
        """Say what is shown before all electrodes are; a prior of before asked for more."""
        assert self._pooled is not None
        prior = self._pooled.spatial_prior(self.features, envelope)
        fields = {"simpler": self.before_spatial(envelope, judged), "seconds": LEAST_SECONDS}
        if prior is None or prior.stack is None:
            return Message(
                "{simpler} is shown until {seconds:g} s of clean data were learned from and all "
                "electrodes together surely follow the brain better.",
                **fields,
            )
        return Message(
            "{simpler} is shown until {seconds:g} s of clean data were learned from, and while all "
            "electrodes together cannot be expected to follow the brain better.",
            **fields,
        )

    def choose(self, envelope: EnvelopeSettings, judged: Judged) -> Estimator:
        """Return the estimator for an envelope.

        What was learned from other people is taken where it surely is better. `spatial` may be
        taken at once: it shows what is simpler until it can be expected to be better.
        """
        if envelope.estimator != "auto":
            return self.nearest(envelope.estimator, envelope)
        if "spatial" in self.candidates(envelope):
            return "spatial"
        return self.simpler(envelope, judged)

    def simpler(self, envelope: EnvelopeSettings, judged: Judged) -> Estimator:
        """Return the best of those that know one channel.

        What other people's recordings lead to expect of those that know this person alone counts
        like `EXPECTED_SECONDS` of judging: r over a quarter of a minute says little of which of two
        estimators is better.
        """
        names = [n for n in self.features.users_of(envelope) if n in judged.fidelity]
        serves = "ridge" in self.candidates(envelope)
        if serves and self._is_better("ridge", envelope, [judged.gains[n] for n in names]):
            return "ridge"
        if not names:
            return UNJUDGED
        expected = self._pooled.prior.expected if self._pooled and serves else {}
        share = judged.seconds / (judged.seconds + EXPECTED_SECONDS) if expected else 1.0

        def mean(candidate: Estimator) -> float:
            r = sum(judged.fidelity[name][candidate] for name in names) / len(names)
            own = r if math.isfinite(r) else -1.0
            return share * own + (1.0 - share) * expected.get(candidate, 0.0)

        return max(CANDIDATES, key=mean)

    def before_spatial(self, envelope: EnvelopeSettings, judged: Judged) -> Estimator:
        """Return what is shown where all electrodes are not trusted."""
        return "ridge" if self.simpler(envelope, judged) == "ridge" else UNJUDGED

    def _is_better(
        self,
        estimator: Estimator,
        envelope: EnvelopeSettings,
        gains: Sequence[Mapping[Estimator, Gain]],
    ) -> bool:
        """Whether an estimator surely is better than posterior power for all that it serves."""
        assert self._pooled is not None
        expected = self._pooled.prior.expected_gain(estimator, UNJUDGED, envelope)
        return all(gain.is_sure(expected) for gain in [g[estimator] for g in gains] or [Gain()])

    def designs(
        self,
        chosen: Mapping[EnvelopeSettings, Estimator],
        averaged: Baseline,
        full: Baseline,
        block: int,
        judged: Judged,
    ) -> tuple[ColumnDesign, ...]:
        """Fit the chosen estimators.

        Parameters
        ----------
        chosen : mapping
        averaged : Baseline
            Of means of blocks of samples, for the estimators that know this person alone.
        full : Baseline
            For the others, which take means of blocks of their own.
        block : int
            Samples in a block of `averaged`.
        judged : Judged
            For what is shown where `spatial` is not trusted.
        """
        found: list[ColumnDesign] = []
        spatial: dict[EnvelopeSettings, tuple[ColumnDesign, ColumnDesign]] = {}
        for signal, (channel, e) in zip(self.signal_of, self.features.columns, strict=True):
            if chosen[e] == "spatial":
                if e not in spatial:
                    spatial[e] = self._fit_spatial(e, averaged, full, block, judged)
                    found.append(spatial[e][0])
                else:
                    found.append(spatial[e][1])
            elif chosen[e] == "ridge":
                assert self._pooled is not None
                brief = fit_brief(e, signal, averaged, block)
                found.append(fit_ridge(self._pooled, e, channel, signal, full, brief))
            else:
                found.append(averaged.design(chosen[e], e, signal, block))
        return tuple(found)

    def _fit_spatial(
        self,
        envelope: EnvelopeSettings,
        averaged: Baseline,
        full: Baseline,
        block: int,
        judged: Judged,
    ) -> tuple[ColumnDesign, ColumnDesign]:
        assert self._pooled is not None
        other = self._pooled.spatial_prior(self.features, envelope)
        assert other is not None
        mine = [
            (signal, channel)
            for signal, (channel, e) in zip(self.signal_of, self.features.columns, strict=True)
            if e == envelope
        ]
        signals, channels = zip(*mine, strict=True)
        briefs = [fit_brief(envelope, signal, averaged, block) for signal in signals]
        simpler = self.before_spatial(envelope, judged)
        return fit_spatial(self._pooled, other, envelope, channels, signals, full, briefs, simpler)
