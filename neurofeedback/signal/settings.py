"""The declared settings of features and of the artefact gate.

Responsible for what may be asked of the signal package and for refusing what may not.
Not responsible for computing anything.

All settings are frozen and refuse unknown keys. Units are volts, seconds and hertz.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.+-]{0,31}$")]
ChannelName = Annotated[str, Field(min_length=1, max_length=32)]


class Settings(BaseModel):
    """Base of all declared settings: frozen, unknown keys refused, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _band_in_order(band: tuple[float, float]) -> tuple[float, float]:
    if not 0 < band[0] < band[1]:
        raise ValueError(f"band {list(band)} must be two rising frequencies above 0 Hz")
    return band


Band = Annotated[tuple[float, float], AfterValidator(_band_in_order)]


class EnvelopeSettings(Settings):
    """How band power is estimated.

    Attributes
    ----------
    band : (float, float)
        Lower and upper edge in Hz.
    delay : float
        Delay of the analytic filter in s; short is late by little but less faithful. May be
        negative (prediction).
    length : float
        Length of the filter in s.
    smoothing : float
        Length in s of the moving average over power; 0 for none.
    """

    band: Band = (8.0, 13.0)
    delay: float = Field(default=0.04, ge=-0.2, le=1.0)
    length: float = Field(default=0.5, gt=0.0, le=4.0)
    smoothing: float = Field(default=0.25, ge=0.0, le=30.0)


class AsymmetryFeature(Settings):
    """Log difference of band power, right minus left, averaged over pairs of channels.

    Attributes
    ----------
    left, right : tuple of str
        Channels, pair by pair.
    """

    kind: Literal["asymmetry"]
    name: Name
    left: tuple[ChannelName, ...] = Field(min_length=1, max_length=64)
    right: tuple[ChannelName, ...] = Field(min_length=1, max_length=64)
    envelope: EnvelopeSettings = EnvelopeSettings()

    @model_validator(mode="after")
    def _pairs(self) -> AsymmetryFeature:
        if len(self.left) != len(self.right):
            raise ValueError("left and right must name the same number of channels")
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels the feature is computed from, left side first."""
        return self.left + self.right


class PowerFeature(Settings):
    """Natural logarithm of band power, averaged over channels before the logarithm.

    Attributes
    ----------
    channels : tuple of str
        Channels whose power is averaged.
    """

    kind: Literal["power"]
    name: Name
    channels: tuple[ChannelName, ...] = Field(min_length=1, max_length=256)
    envelope: EnvelopeSettings = EnvelopeSettings()


Feature = Annotated[AsymmetryFeature | PowerFeature, Field(discriminator="kind")]


class GateSettings(Settings):
    """When samples count as bad and feedback must hold.

    Attributes
    ----------
    amplitude : float
        Largest deviation in V of a feature's referenced channel from its mean over the last second.
    reference_amplitude : float
        The same for every other channel that enters the reference, in V.
    flat : float
        A channel that moves less than this (V, peak to peak in each hop) for `flat_seconds` is
        flat.
    flat_seconds : float
        How long, in s.
    """

    amplitude: float = Field(default=100e-6, gt=0.0, le=1e-2)
    reference_amplitude: float = Field(default=300e-6, gt=0.0, le=1e-1)
    flat: float = Field(default=1e-7, ge=0.0, le=1e-4)
    flat_seconds: float = Field(default=0.2, gt=0.0, le=10.0)


class MontageSettings(Settings):
    """How channels are referenced.

    Attributes
    ----------
    reference : str or tuple of str
        ``average`` (all EEG channels of the stream), ``as-recorded``, or the names of one or more
        channels whose mean is subtracted.
    hop : float
        Wanted distance of feature frames in s; rounded to whole samples.
    """

    reference: Literal["average", "as-recorded"] | tuple[ChannelName, ...] = "average"
    hop: float = Field(default=0.032, ge=0.02, le=0.04)


class PipelineSettings(Settings):
    """Everything the signal pipeline needs to know besides the stream itself.

    Attributes
    ----------
    montage : MontageSettings
    features : tuple of Feature
        Computed side by side; names unique.
    gate : GateSettings
    """

    montage: MontageSettings = MontageSettings()
    features: tuple[Feature, ...] = Field(min_length=1, max_length=64)
    gate: GateSettings = GateSettings()

    @model_validator(mode="after")
    def _unique_names(self) -> PipelineSettings:
        names = [f.name for f in self.features]
        if len(set(names)) != len(names):
            raise ValueError("two features have the same name")
        return self
