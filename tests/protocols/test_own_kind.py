"""A kind of feature that is none of the program's own: all of it is in this file."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import pytest
from pydantic import Field

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.frames import FeatureDescriptor
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.protocols.warnings import warnings_of
from neurofeedback.session.explain.protocol import explain
from neurofeedback.session.explain.protocol_words import trained_in_words
from neurofeedback.session.explain.simulate import simulate
from neurofeedback.session.offline import chunks_of
from neurofeedback.signal.features import Feature, FeatureKind
from neurofeedback.signal.features.base import BandWords, Column, Combination, Wording
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.latency_noise import Figures
from neurofeedback.signal.power.settings import THETA, EnvelopeSettings
from neurofeedback.signal.region.kernel import RoiKernel
from neurofeedback.signal.settings import PipelineSettings
from neurofeedback.signal.settings_base import ChannelName, Name
from neurofeedback.words.message import Message

BETA = EnvelopeSettings(band=(13.0, 21.0))


class BandRatioFeature(FeatureKind):
    """Logarithm of the ratio of two band powers at the same channels.

    Attributes
    ----------
    channels : tuple of str
        Channels whose power is averaged.
    envelope, other : EnvelopeSettings
        The power above and below the line.
    """

    kind: Literal["band-ratio"]
    name: Name
    channels: tuple[ChannelName, ...] = Field(min_length=1, max_length=64)
    envelope: EnvelopeSettings = THETA
    other: EnvelopeSettings = BETA

    def columns(self, kernel: RoiKernel | None) -> tuple[Column, ...]:
        return tuple((c, e) for e in (self.envelope, self.other) for c in self.channels)

    def combination(self, n_columns: int) -> Combination:
        n = len(self.channels)
        means = np.kron(np.eye(2), np.full((1, n), 1.0 / n))
        return Combination(means, np.array([[1.0, -1.0]]))

    def describe(
        self,
        base: FeatureDescriptor,
        figures: Sequence[Figures],
        wording: Wording,
        kernel: RoiKernel | None,
    ) -> list[FeatureDescriptor]:
        label = Message(
            "ln of power ratio at {channels}, {band}, reference {reference}",
            channels=", ".join(self.channels),
            band=base.label,
            reference=wording.reference,
        )
        return [replace(base, label=label, unit=Message("ln ratio"))]

    def chance_noise(self, figures_of: Callable[[EnvelopeSettings], Figures]) -> float:
        return math.hypot(figures_of(self.envelope).log_sd, figures_of(self.other).log_sd)

    def bands_in_words(self, words: BandWords) -> Message:
        return Message("{one} over {other}", one=words(self.envelope), other=words(self.other))

    @property
    def in_words(self) -> Message:
        channels = ", ".join(self.channels)
        return Message("power ratio at {channels}, {band}", channels=channels, band=self.band)

    @property
    def declared(self) -> Message:
        return Message("power ratio of {channels}", channels=self.channels_in_words)

    def meaning_of_noise(self, noise: float, noise_30: float) -> Message:
        return Message("It goes up and down by {noise:.2f} by chance.", noise=noise)


class OwnPipeline(PipelineSettings):
    features: tuple[Annotated[Feature | BandRatioFeature, Field(discriminator="kind")], ...] = ()


class OwnProtocol(ProtocolSpec):
    signal: OwnPipeline


def spec(*features: dict[str, object]) -> OwnProtocol:
    return OwnProtocol.model_validate({
        "version": 1, "name": "theta-beta", "title": "Theta over beta",
        "signal": {"features": features},
        "target": {"conditions": [{"feature": "ratio", "direction": "down"}]},
        "blocks": [{"kind": "baseline", "seconds": 30.0}, {"kind": "train", "seconds": 20.0}],
    })  # fmt: skip


RATIO = {"kind": "band-ratio", "name": "ratio", "channels": ["Fz", "Cz"]}
POWERS = [
    {"kind": "power", "name": name, "channels": ["Fz", "Cz"], "envelope": envelope.model_dump()}
    for name, envelope in (("theta", THETA), ("beta", BETA))
]


def test_it_is_computed_from_two_powers() -> None:
    source = SyntheticSource(n_channels=19, speed=math.inf)
    pipeline = Pipeline(source.open(), spec(RATIO, *POWERS).signal)
    chunk = next(iter(chunks_of(source)))
    ratio, theta, beta = pipeline.process(chunk).values.T
    assert len(ratio) > 0
    assert ratio == pytest.approx(theta - beta, abs=1e-12)


def test_it_is_tried_and_explained() -> None:
    protocol = spec(RATIO)
    info = SyntheticSource(n_channels=19).open()
    assert trained_in_words(protocol) == "ratio down: power ratio at Fz, Cz, 4-8 Hz over 13-21 Hz"
    [feature] = explain(protocol, info, display_delay=0.03).features
    assert feature.band == "4-8 Hz over 13-21 Hz"
    assert feature.unit == "ln ratio"
    assert feature.noise > 0.5
    assert simulate(protocol, learner=True).ended == "completed"


def test_its_second_band_is_checked_like_the_first() -> None:
    fast = {**RATIO, "other": {"band": [60.0, 120.0]}}
    with pytest.raises(UserError, match="'ratio' reaches 120 Hz, too high for a stream of 250 Hz"):
        Pipeline(SyntheticSource(n_channels=19).open(), spec(fast).signal)
    narrow = {**RATIO, "other": {"band": [60.0, 61.0]}}
    keys = [doubt.key for doubt in warnings_of(spec(narrow))]
    assert "signal.features.ratio.other.length" in keys
    assert "signal.features.ratio.other.band" in keys


def test_its_second_band_may_be_individual() -> None:
    own = {**RATIO, "other": {"band": {"individual": "alpha", "below": 2.0}}}
    signal = spec(own).signal
    assert signal.features[0].needs_fit
    found = signal.features[0].with_alpha(10.0)
    assert found.envelopes["other"].band == (8.0, 12.0)
    label = Pipeline(SyntheticSource(n_channels=32).open(), signal).descriptors[0].label
    assert "4-8 Hz over 8-13 Hz until the baseline is over, then IAF - 2" in label
