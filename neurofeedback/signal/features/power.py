"""Band power at electrodes, as a feature.

Responsible for everything about this kind of feature. Not responsible for estimating power.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field

from neurofeedback.frames import FeatureDescriptor
from neurofeedback.signal.features.base import Combination, FeatureKind, Wording
from neurofeedback.signal.power.latency_noise import Figures
from neurofeedback.signal.power.settings import EnvelopeSettings
from neurofeedback.signal.region.kernel import RoiKernel
from neurofeedback.signal.settings_base import ChannelName, Name
from neurofeedback.words.message import Message


class PowerFeature(FeatureKind):
    """Natural logarithm of band power, averaged over channels before the logarithm.

    Attributes
    ----------
    channels : tuple of str
        Channels whose power is averaged.
    alternatives : tuple of tuple of str
        Used in this order if the stream lacks a channel of those before.
    """

    kind: Literal["power"]
    name: Name
    channels: tuple[ChannelName, ...] = Field(min_length=1, max_length=256)
    alternatives: tuple[
        Annotated[tuple[ChannelName, ...], Field(min_length=1, max_length=256)], ...
    ] = Field(default=(), max_length=16)
    envelope: EnvelopeSettings = EnvelopeSettings()

    @property
    def choices(self) -> tuple[Self, ...]:
        """The feature on its channels, then on those of each alternative."""
        return tuple(
            self.model_copy(update={"channels": channels, "alternatives": ()})
            for channels in (self.channels, *self.alternatives)
        )

    def combination(self, n_columns: int) -> Combination:
        """Return the logarithm of the mean over channels."""
        return Combination(np.full((1, n_columns), 1.0 / n_columns), np.ones((1, 1)))

    def describe(
        self,
        base: FeatureDescriptor,
        figures: Sequence[Figures],
        wording: Wording,
        kernel: RoiKernel | None,
    ) -> list[FeatureDescriptor]:
        """Describe the power."""
        label = Message(
            "ln of mean power at {channels}, {band}, reference {reference}",
            channels=", ".join(self.channels),
            band=base.label,
            reference=wording.reference,
        )
        return [replace(base, label=label)]

    @property
    def in_words(self) -> Message:
        """The channels and the band, ``power at Fz, 4-8 Hz``."""
        return Message(
            "power at {channels}, {band}", channels=", ".join(self.channels), band=self.band
        )

    @property
    def declared(self) -> Message:
        """The channels."""
        return Message("power of {channels}", channels=self.channels_in_words)

    def meaning_of_noise(self, noise: float, noise_30: float) -> Message:
        """Say what it is as a factor of power."""
        return power_noise_in_words(noise, noise_30)


def power_noise_in_words(noise: float, noise_30: float) -> Message:
    """Say what a standard deviation of ln power by chance, of moments and over 30 s, means."""
    return Message(
        "While the true power does not change, the value still goes up and down by {noise:.2f} "
        "(standard deviation), which is a factor of {factor:.1f} in power. Averaged over 30 s it "
        "is {noise_30:.2f}, a factor of {factor_30:.2f}.",
        noise=noise,
        factor=math.exp(noise),
        noise_30=noise_30,
        factor_30=math.exp(noise_30),
    )
