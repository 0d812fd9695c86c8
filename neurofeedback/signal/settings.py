"""The declared settings of a signal pipeline: montage, features, and what a baseline is used for.

Responsible for what may be asked of the signal package as a whole and for refusing what may not.
Not responsible for computing anything, nor for the settings of the artefact gate (`gate.settings`),
of band power (`power.settings`) and of each kind of feature (`features`).

All settings are frozen and refuse unknown keys. Units are volts, seconds and hertz.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from neurofeedback.signal.asr.settings import AsrSettings
from neurofeedback.signal.features import (
    AsymmetryFeature,
    Feature,
    PowerFeature,
    RoiFeature,
    Sides,
)
from neurofeedback.signal.gate.settings import GateSettings
from neurofeedback.signal.power.bands import IndividualBand
from neurofeedback.signal.power.settings import THETA, EnvelopeSettings, Estimator
from neurofeedback.signal.settings_base import ChannelName, Name, Settings, refuse
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


class MontageSettings(Settings):
    """How channels are referenced.

    Attributes
    ----------
    reference : str or tuple of str
        ``average`` (all EEG channels of the stream), ``as-recorded``, ``csd`` (surface Laplacian,
        at least 19 electrodes), or the names of one or more channels whose mean is subtracted.
    hop : float
        Wanted time between feature frames in s; rounded to whole samples.
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
