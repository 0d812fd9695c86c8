"""The declared settings of a signal pipeline: montage, features, and what a baseline is used for.

Responsible for what may be asked of the signal package and for refusing what may not. Not
responsible for computing anything, nor for the artefact gate's settings (`gate_settings`).

All settings are frozen and refuse unknown keys. Units are volts, seconds and hertz.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from neurofeedback.signal.asr_settings import AsrSettings
from neurofeedback.signal.band_settings import ALPHA_SEARCH, AnyBand, IndividualBand
from neurofeedback.signal.gate_settings import GateSettings
from neurofeedback.signal.settings_base import ChannelName, Name, Off, Settings, refuse
from neurofeedback.words.message import Message

# Those who declare a pipeline find all that it takes here.
__all__ = [
    "THETA",
    "AsrSettings",
    "AsymmetryFeature",
    "EnvelopeSettings",
    "Estimator",
    "Feature",
    "GateSettings",
    "IndividualBand",
    "MontageSettings",
    "Name",
    "OcularSettings",
    "PipelineSettings",
    "PowerFeature",
    "RoiFeature",
    "Settings",
    "Sides",
]

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
    declared_band : (float, float) or IndividualBand
        In files and arguments named ``band``: lower and upper edge in Hz, or an individual band.
    delay : float
        Delay that the analytic filter is designed for, in s; short is late by little but less
        faithful. May be negative (prediction).
    length : float
        Length of the filter in s.
    smoothing : float
        Length in s of the moving average over power; 0 for none.
    window : float
        Length in s of the centred Hann window that ``posterior`` estimates, and against which
        fidelity is judged.
    """

    estimator: Estimator | Literal["auto"] = "cfir"
    declared_band: AnyBand = Field(default=(8.0, 13.0), alias="band")
    delay: float = Field(default=0.04, ge=-0.2, le=1.0)
    length: float = Field(default=0.5, gt=0.0, le=4.0)
    smoothing: float = Field(default=0.25, ge=0.0, le=30.0)
    window: float = Field(default=1.0, ge=0.2, le=4.0)

    @model_validator(mode="after")
    def _holds_a_cycle(self) -> EnvelopeSettings:
        lowest, _ = self.reach
        least = 1.0 / lowest
        if self.length < least:
            raise ValueError(
                Message(
                    "length {length:g} s is too short for {lowest:g} Hz: at least one cycle, "
                    "{least:.2g} s, is needed",
                    length=self.length,
                    lowest=lowest,
                    least=least,
                )
            )
        return self

    @property
    def band(self) -> tuple[float, float]:
        """Lower and upper edge in Hz; of an individual band, those that stand in for it."""
        declared = self.declared_band
        return declared.fallback if isinstance(declared, IndividualBand) else declared

    @property
    def individual(self) -> IndividualBand | None:
        """The individual band, or None where the band is given in Hz."""
        return self.declared_band if isinstance(self.declared_band, IndividualBand) else None

    @property
    def reach(self) -> tuple[float, float]:
        """The lowest and the highest edge that the band may come to have, Hz."""
        low, high = self.band
        if self.individual is None:
            return low, high
        lowest, highest = self.individual.around(ALPHA_SEARCH[0])[0], ALPHA_SEARCH[1]
        return min(low, lowest), max(high, self.individual.around(highest)[1])

    def with_alpha(self, peak: float | None) -> EnvelopeSettings:
        """Return the settings with the band in Hz that an IAF in Hz (None: no peak) gives."""
        if self.individual is None:
            return self
        return self.model_copy(update={"declared_band": self.individual.around(peak)})


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


class AsymmetryFeature(Sides):
    """Difference of band power, right minus left, averaged over pairs of channels.

    Attributes
    ----------
    form : {'log', 'ratio'}
        ``ln P_right - ln P_left``, mean over the pairs; or (R - L) / (R + L), which is
        ``tanh(log / 2)`` of it. The ln power of each side is a value beside it in either form.
    alternatives : tuple of Sides
        Taken in this order where the stream lacks a channel of the ones before.
    """

    kind: Literal["asymmetry"]
    name: Name
    form: Literal["log", "ratio"] = "log"
    alternatives: tuple[Sides, ...] = Field(default=(), max_length=16)
    envelope: EnvelopeSettings = EnvelopeSettings()

    @property
    def choices(self) -> tuple[AsymmetryFeature, ...]:
        """The feature on its channels, then on those of each alternative."""
        sides = [(self.left, self.right), *((s.left, s.right) for s in self.alternatives)]
        return tuple(
            self.model_copy(update={"left": left, "right": right, "alternatives": ()})
            for left, right in sides
        )


class PowerFeature(Settings):
    """Natural logarithm of band power, averaged over channels before the logarithm.

    Attributes
    ----------
    channels : tuple of str
        Channels whose power is averaged.
    alternatives : tuple of tuple of str
        Taken in this order where the stream lacks a channel of the ones before.
    """

    kind: Literal["power"]
    name: Name
    channels: tuple[ChannelName, ...] = Field(min_length=1, max_length=256)
    alternatives: tuple[
        Annotated[tuple[ChannelName, ...], Field(min_length=1, max_length=256)], ...
    ] = Field(default=(), max_length=16)
    envelope: EnvelopeSettings = EnvelopeSettings()

    @property
    def choices(self) -> tuple[PowerFeature, ...]:
        """The feature on its channels, then on those of each alternative."""
        return tuple(
            self.model_copy(update={"channels": channels, "alternatives": ()})
            for channels in (self.channels, *self.alternatives)
        )


THETA = EnvelopeSettings(band=(4.0, 8.0), delay=0.1, length=0.75, smoothing=0.5)


class RoiFeature(Settings):
    """Natural logarithm of band power in a region of the brain, estimated from all EEG channels.

    Attributes
    ----------
    roi : {'sgACC', 'pgACC'}
        The region.
    method : {'eLORETA', 'sLORETA', 'LCMV'}
        How sources are estimated. ``LCMV`` needs the data's covariance, which the baseline gives;
        until it is over, eLORETA stands in.
    head : {'sphere', 'fsaverage'}
        The model of the head. ``fsaverage`` must be on disk; nothing is fetched.
    least_share : float or None
        Feedback is held while the region can explain less than this share (0..1) of the data's
        power in the band. None, in a file ``off``, for no such limit.
    """

    kind: Literal["roi"]
    name: Name
    roi: Literal["sgACC", "pgACC"]
    method: Literal["eLORETA", "sLORETA", "LCMV"] = "eLORETA"
    head: Literal["sphere", "fsaverage"] = "sphere"
    least_share: Annotated[float | None, Off] = Field(default=None, gt=0.0, lt=1.0)
    envelope: EnvelopeSettings = THETA

    @property
    def channels(self) -> tuple[str, ...]:
        """Single channels the feature needs: none, it takes what there is."""
        return ()

    @property
    def choices(self) -> tuple[RoiFeature, ...]:
        """The feature itself: it has no alternatives."""
        return (self,)


Feature = Annotated[AsymmetryFeature | PowerFeature | RoiFeature, Field(discriminator="kind")]


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
    asr : AsrSettings or None
        Replace components that are far larger than in the baseline, from its end on; None for not.
    """

    montage: MontageSettings = MontageSettings()
    features: tuple[Feature, ...] = Field(min_length=1, max_length=64)
    gate: GateSettings = GateSettings()
    ocular: OcularSettings | None = None
    asr: AsrSettings | None = None

    @model_validator(mode="after")
    def _unique_names(self) -> PipelineSettings:
        names = [f.name for f in self.features]
        twice = [i for i, name in enumerate(names) if name in names[:i]]
        refuse(
            type(self).__name__,
            [
                (("features", i, "name"), Message("is {name!r} a second time", name=names[i]))
                for i in twice
            ],
        )
        return self
