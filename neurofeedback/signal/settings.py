"""The declared settings of features and of the artefact gate.

Responsible for what may be asked of the signal package and for refusing what may not.
Not responsible for computing anything.

All settings are frozen and refuse unknown keys. Units are volts, seconds and hertz.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+-]{0,31}$")]
ChannelName = Annotated[str, Field(min_length=1, max_length=32)]


class Settings(BaseModel):
    """Base of all declared settings: frozen, unknown keys refused, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _band_in_order(band: tuple[float, float]) -> tuple[float, float]:
    if not 0 < band[0] < band[1]:
        raise ValueError(f"band {list(band)} must be two rising frequencies above 0 Hz")
    return band


Band = Annotated[tuple[float, float], AfterValidator(_band_in_order)]


Estimator = Literal["cfir", "wiener", "posterior"]


class EnvelopeSettings(Settings):
    """How band power is estimated.

    Attributes
    ----------
    estimator : {'cfir', 'wiener', 'posterior', 'auto'}
        ``cfir``: one analytic filter for `delay`, then a moving average over `smoothing`; needs no
        baseline. ``wiener``: the same, the filter designed from the participant's own baseline
        spectrum. ``posterior``: the expected mean power in a window of `window` s centred on now,
        half of which is still to come, given the past and the baseline spectrum. ``auto``: the one
        of these that followed the brain best in the second half of the baseline, fitted on its
        first half. Until the baseline is over, ``cfir`` stands in.
    band : (float, float)
        Lower and upper edge in Hz.
    delay : float
        Delay of the analytic filter in s; short is late by little but less faithful. May be
        negative (prediction).
    length : float
        Length of the filter in s.
    smoothing : float
        Length in s of the moving average over power; 0 for none.
    window : float
        Length in s of the centred Hann window that ``posterior`` estimates, and against which
        fidelity is judged.
    """

    estimator: Estimator | Literal["auto"] = "cfir"
    band: Band = (8.0, 13.0)
    delay: float = Field(default=0.04, ge=-0.2, le=1.0)
    length: float = Field(default=0.5, gt=0.0, le=4.0)
    smoothing: float = Field(default=0.25, ge=0.0, le=30.0)
    window: float = Field(default=1.0, ge=0.2, le=4.0)

    @model_validator(mode="after")
    def _holds_a_cycle(self) -> EnvelopeSettings:
        least = 1.0 / self.band[0]
        if self.length < least:
            raise ValueError(
                f"length {self.length:g} s is too short for {self.band[0]:g} Hz: at least one "
                f"cycle, {least:.2g} s, is needed"
            )
        return self


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
        both = sorted(set(self.left) & set(self.right))
        if both:
            raise ValueError(f"{', '.join(both)} cannot be on both sides")
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


THETA = EnvelopeSettings(band=(4.0, 8.0), delay=0.1, length=0.75, smoothing=0.5)


class RoiFeature(Settings):
    """Natural logarithm of band power in a region of the brain, estimated from all EEG channels.

    Attributes
    ----------
    roi : {'sgACC', 'pgACC'}
        The region.
    method : {'eLORETA', 'sLORETA'}
        How sources are estimated.
    """

    kind: Literal["roi"]
    name: Name
    roi: Literal["sgACC", "pgACC"]
    method: Literal["eLORETA", "sLORETA"] = "eLORETA"
    envelope: EnvelopeSettings = THETA

    @property
    def channels(self) -> tuple[str, ...]:
        """Single channels the feature needs: none, it takes what there is."""
        return ()


Feature = Annotated[AsymmetryFeature | PowerFeature | RoiFeature, Field(discriminator="kind")]


def _word_off(value: object) -> object:
    return None if value == "off" else value


Off = BeforeValidator(_word_off)


class GateSettings(Settings):
    """When samples count as bad and feedback must hold.

    Criteria that may be None are switched off by it; in a protocol file, where there is no None, by
    the word ``off``.

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
    rail : float or None
        A sample this far from 0 V or farther is railed; the amplifier's data sheet tells. Channels
        that are clipped below it are found too, see `clipped_seconds`.
    clipped_seconds : float or None
        A channel whose every hop for this long, in s, touches exactly the highest (or lowest) value
        of the last two seconds is railed.
    gradient : float or None
        Largest change in V of a feature's referenced channel from one sample to the next; in
        streams faster than 250 Hz, from one sample to that 4 ms later. The step that an electrode
        makes when it comes loose has the same height at any rate, so the limit need not be changed
        with the rate. The default is 20 mV/s at 250 Hz and above; waves of the brain stay below 5.
    reference_gradient : float or None
        The same for every other channel that enters the reference, in V.
    mains : {'auto', 'none', 50, 60}
        Frequency of the mains in Hz; ``auto`` looks at both and keeps both out of `muscle`.
    line_noise : float or None
        Largest ratio of the amplitude at the mains frequency to the amplitude at 4-40 Hz, at the
        channels of the features.
    muscle : float or None
        Largest ratio of the amplitude at 20-40 and 45-60 Hz, off the mains, to the lower quartile
        of the last `muscle_memory` seconds, at F7, F8, T7 and T8 (T3, T4) where the stream has any
        of them, else at the channels of the features.
    muscle_floor : float
        Amplitude in V (RMS) that is never muscle, whatever the ratio.
    muscle_amplitude : float or None
        Amplitude in V (RMS) that is always muscle.
    muscle_memory : float
        In s. Long, so that muscle tone that is raised little by little does not pass as normal.
    blink : float or None
        Largest rise in V of a frontal channel (Fp1, Fp2, Fpz, AF7, AF8) below 8 Hz within 0.6 s;
        of an EOG channel, largest change either way.
    """

    amplitude: float = Field(default=100e-6, gt=0.0, le=1e-2)
    reference_amplitude: float = Field(default=300e-6, gt=0.0, le=1e-1)
    flat: float = Field(default=1e-7, ge=0.0, le=1e-4)
    flat_seconds: float = Field(default=0.2, gt=0.0, le=10.0)
    rail: Annotated[float | None, Off] = Field(default=None, gt=0.0, le=10.0)
    clipped_seconds: Annotated[float | None, Off] = Field(default=0.1, gt=0.0, le=2.0)
    gradient: Annotated[float | None, Off] = Field(default=80e-6, gt=0.0, le=1e-1)
    reference_gradient: Annotated[float | None, Off] = Field(default=240e-6, gt=0.0, le=1e-1)
    mains: Literal["auto", "none", 50, 60] = "auto"
    line_noise: Annotated[float | None, Off] = Field(default=2.0, gt=0.0, le=1e3)
    muscle: Annotated[float | None, Off] = Field(default=3.0, gt=1.0, le=1e3)
    muscle_floor: float = Field(default=6e-6, ge=0.0, le=1e-2)
    muscle_amplitude: Annotated[float | None, Off] = Field(default=30e-6, gt=0.0, le=1e-2)
    muscle_memory: float = Field(default=600.0, ge=20.0, le=7200.0)
    blink: Annotated[float | None, Off] = Field(default=100e-6, gt=0.0, le=1e-2)


class MontageSettings(Settings):
    """How channels are referenced.

    Attributes
    ----------
    reference : str or tuple of str
        ``average`` (all EEG channels of the stream), ``as-recorded``, ``csd`` (surface Laplacian,
        at least 19 electrodes), or the names of one or more channels whose mean is subtracted.
    hop : float
        Wanted distance of feature frames in s; rounded to whole samples.
    """

    reference: Literal["average", "as-recorded", "csd"] | tuple[ChannelName, ...] = "average"
    hop: float = Field(default=0.032, ge=0.02, le=0.04)


class OcularSettings(Settings):
    """How eye activity is regressed out.

    Attributes
    ----------
    sources : tuple of str
        Channels that record the eyes; empty for the EOG channels of the stream, else Fp1 and Fp2.
    l_freq, h_freq : float
        Band in Hz in which the coefficients are fitted; eye movements and blinks dominate there.
    seconds : float
        Least length of finite data, in s.
    """

    sources: tuple[ChannelName, ...] = ()
    l_freq: float = Field(default=0.5, gt=0.0, le=5.0)
    h_freq: float = Field(default=7.5, gt=1.0, le=40.0)
    seconds: float = Field(default=20.0, ge=5.0, le=600.0)


class PipelineSettings(Settings):
    """Everything the signal pipeline needs to know besides the stream itself.

    Attributes
    ----------
    montage : MontageSettings
    features : tuple of Feature
        Computed side by side; names unique.
    gate : GateSettings
    ocular : OcularSettings or None
        Regress eye activity out, from the end of the baseline on; None for not.
    """

    montage: MontageSettings = MontageSettings()
    features: tuple[Feature, ...] = Field(min_length=1, max_length=64)
    gate: GateSettings = GateSettings()
    ocular: OcularSettings | None = None

    @model_validator(mode="after")
    def _unique_names(self) -> PipelineSettings:
        names = [f.name for f in self.features]
        if len(set(names)) != len(names):
            raise ValueError("two features have the same name")
        return self
