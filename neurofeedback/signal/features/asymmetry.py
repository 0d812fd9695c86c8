"""Asymmetry of band power between the two sides of the head, as a feature.

Responsible for everything about this kind of feature. Not responsible for asymmetries of whole
recordings (`signal.measures.asymmetry`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from neurofeedback.frames import FeatureDescriptor, FloatArray
from neurofeedback.signal.features.base import Combination, FeatureKind, Wording
from neurofeedback.signal.power.latency_noise import Figures, asymmetry_noise
from neurofeedback.signal.power.settings import EnvelopeSettings
from neurofeedback.signal.region.kernel import RoiKernel
from neurofeedback.signal.settings_base import ChannelName, Name, Settings
from neurofeedback.words.message import Message, joined

NO_DIAGNOSIS = Message(
    "FAA does not diagnose depression (d = -0.007, 95 % CI -0.090 to 0.075; van der Vinne 2017), "
    "and the evidence for training it is mixed."
)
MOMENTS = 2.0 * math.sqrt(2.0)  # standard deviations by which two values differ in one of twenty


class Sides(Settings):
    """Pairs of channels.

    Attributes
    ----------
    left, right : tuple of str
        Channels, pair by pair.
    """

    left: tuple[ChannelName, ...] = Field(min_length=1, max_length=64)
    right: tuple[ChannelName, ...] = Field(min_length=1, max_length=64)

    @model_validator(mode="after")
    def _pairs(self) -> Sides:
        if len(self.left) != len(self.right):
            raise ValueError(Message("left and right must name the same number of channels"))
        both = sorted(set(self.left) & set(self.right))
        if both:
            raise ValueError(
                Message("{channels} cannot be on both sides", channels=", ".join(both))
            )
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """All channels, left side first."""
        return self.left + self.right


class AsymmetryFeature(Sides, FeatureKind):
    """Difference of band power, right minus left, averaged over pairs of channels.

    Attributes
    ----------
    form : {'log', 'ratio'}
        ``ln P_right - ln P_left``, mean over the pairs; or (R - L) / (R + L), which is
        ``tanh(log / 2)`` of it. Both forms also give the ln power of each side.
    alternatives : tuple of Sides
        Used in this order if the stream lacks a channel of those before.
    """

    kind: Literal["asymmetry"]
    name: Name
    form: Literal["log", "ratio"] = "log"
    alternatives: tuple[Sides, ...] = Field(default=(), max_length=16)
    envelope: EnvelopeSettings = EnvelopeSettings()

    @property
    def choices(self) -> tuple[Self, ...]:
        """The feature on its channels, then on those of each alternative."""
        pairs = [(self.left, self.right), *((s.left, s.right) for s in self.alternatives)]
        return tuple(
            self.model_copy(update={"left": left, "right": right, "alternatives": ()})
            for left, right in pairs
        )

    @property
    def sides(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The two sides."""
        return self.left, self.right

    def combination(self, n_columns: int) -> Combination:
        """Return the mean difference of the logarithms, and beside it the mean of each side."""
        n = len(self.left)
        values = np.zeros((3, n_columns))
        values[0, :n], values[0, n:] = -(1.0 / n), 1.0 / n
        values[1, :n] = values[2, n:] = 1.0 / n
        return Combination(np.eye(n_columns), values)

    def finish(self, values: FloatArray) -> None:
        """Turn the difference into a ratio where that is the form."""
        if self.form == "ratio":
            values[:, 0] = np.tanh(0.5 * values[:, 0])

    def describe(
        self,
        base: FeatureDescriptor,
        figures: Sequence[Figures],
        wording: Wording,
        kernel: RoiKernel | None,
    ) -> list[FeatureDescriptor]:
        """Describe the asymmetry and the power of each side."""
        label = Message(
            "{formula}, {band}, reference {reference}",
            formula=self._formula,
            band=base.label,
            reference=wording.reference,
        )
        unit = Message("ln ratio") if self.form == "log" else Message("ratio, -1 to 1")
        noise = asymmetry_noise(figures[0], figures[-1], len(self.left), self.form)
        note = joined([_what_it_means(noise, wording.fitted), base.note])
        side = replace(base, note=Message(""))
        return [
            replace(base, unit=unit, label=label, note=note),
            self._side(replace(side, name=f"{self.name}.left"), self.left, wording),
            self._side(replace(side, name=f"{self.name}.right"), self.right, wording),
        ]

    def _side(
        self, base: FeatureDescriptor, channels: Sequence[str], wording: Wording
    ) -> FeatureDescriptor:
        label = Message(
            "mean ln power at {channels}, {band}, reference {reference}",
            channels=", ".join(channels),
            band=base.label,
            reference=wording.reference,
        )
        return replace(base, label=label)

    @property
    def _formula(self) -> str:
        both = list(zip(self.left, self.right, strict=True))
        if self.form == "ratio" and len(both) == 1:
            left, right = both[0]
            return f"(P({right}) - P({left})) / (P({right}) + P({left}))"
        pairs = ", ".join(f"ln P({right}) - ln P({left})" for left, right in both)
        formula = Message("mean of {pairs}", pairs=pairs) if len(both) > 1 else pairs
        if self.form == "log":
            return formula
        return Message("tanh of half the {formula}", formula=formula)

    def chance_noise(self, figures_of: Callable[[EnvelopeSettings], Figures]) -> float:
        """Return the standard deviation while the true asymmetry is zero."""
        figures = figures_of(self.envelope)
        return asymmetry_noise(figures, figures, len(self.left), self.form)

    @property
    def in_words(self) -> Message:
        """The pairs and the band, ``F4 against F3, 8-13 Hz``."""
        pairs = [
            Message("{right} against {left}", right=right, left=left)
            for left, right in zip(self.left, self.right, strict=True)
        ]
        return Message("{pairs}, {band}", pairs=joined(pairs, ", "), band=self.band)

    @property
    def declared(self) -> Message:
        """The form and the channels."""
        if self.form == "ratio":
            return Message("asymmetry as ratio of {channels}", channels=self.channels_in_words)
        return Message("asymmetry of {channels}", channels=self.channels_in_words)

    @property
    def caveat(self) -> Message:
        """That it is no diagnosis."""
        return NO_DIAGNOSIS

    def meaning_of_noise(self, noise: float, noise_30: float) -> Message:
        """Say by how much two moments have to differ to mean anything."""
        return Message(
            "While the true asymmetry is zero, the value still goes up and down by {noise:.2f} "
            "(standard deviation, with the spectrum of a person at rest): two moments have to "
            "differ by more than {difference:.1f} to mean anything. Averaged over 30 s it is "
            "{noise_30:.2f}.",
            noise=noise,
            difference=MOMENTS * noise,
            noise_30=noise_30,
        )


def _what_it_means(noise: float, fitted: bool) -> Message:
    return Message(
        "Positive: more alpha on the right, read as relatively greater left activity. Where the "
        "true asymmetry is zero, its standard deviation is at least {noise:.2f} (estimator noise, "
        "{spectrum}).",
        noise=noise,
        spectrum=Message("spectrum of the baseline") if fitted else Message("flat spectrum"),
    )
