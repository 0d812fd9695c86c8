"""Band power in a region of the brain, as a feature.

Responsible for everything about this kind of feature: when its kernel is made and from what, what
is said of it, and when its share of the data is too small. Not responsible for kernels
(`signal.region.kernel`), shares (`signal.region.explained_variance`) nor for what a region is worth
(`signal.region.leakage`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from neurofeedback.frames import FeatureDescriptor, FloatArray, StreamInfo
from neurofeedback.signal.features.base import (
    BaselineChannels,
    Column,
    Combination,
    FeatureKind,
    Wording,
)
from neurofeedback.signal.features.power import power_noise_in_words
from neurofeedback.signal.power.latency_noise import Figures
from neurofeedback.signal.power.settings import THETA, EnvelopeSettings
from neurofeedback.signal.region.covariance import band_covariance, seconds_needed
from neurofeedback.signal.region.explained_variance import RegionShare
from neurofeedback.signal.region.head_model import HeadModel, find_fsaverage
from neurofeedback.signal.region.kernel import (
    EXPERIMENTAL,
    Method,
    RoiKernel,
    make_roi_head,
    make_roi_kernel,
    row_names,
)
from neurofeedback.signal.settings_base import Name, Off
from neurofeedback.words.message import Message, joined

STAND_IN: Method = "eLORETA"  # for a method that needs the baseline, until it is over
HEADS = {"sphere": Message("sphere"), "fsaverage": Message("fsaverage")}


class RoiFeature(FeatureKind):
    """Natural logarithm of band power in a region of the brain, estimated from all EEG channels.

    Attributes
    ----------
    roi : {'sgACC', 'pgACC'}
        The region.
    method : {'eLORETA', 'sLORETA', 'LCMV'}
        How sources are estimated. ``LCMV`` needs the covariance of the baseline; until the
        baseline is over, eLORETA is used.
    head : {'sphere', 'fsaverage'}
        The model of the head. ``fsaverage`` must be on disk; nothing is downloaded.
    least_share : float or None
        Feedback is held while the region can explain less than this share (0..1) of the data's
        power in the band. None, in a file ``off``, for no limit.
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
    def needs_channels(self) -> bool:
        """Whether its kernel, or its share of the data, is computed from channels."""
        return self.method == "LCMV" or self.least_share is not None

    def make_kernel(
        self, info: StreamInfo, bads: Sequence[str], heads: dict[str, HeadModel]
    ) -> RoiKernel:
        """Make the kernel; of a method that needs the baseline, what stands in for it."""
        if self.head not in heads:
            usable = {info.ch_names[i] for i in info.eeg if info.units[i] == "V"}
            left_out = [c for c in info.ch_names if c in bads or c not in usable]
            folder = find_fsaverage() if self.head == "fsaverage" else None
            heads[self.head] = make_roi_head(info.ch_names, folder, left_out)
        method = STAND_IN if self.method == "LCMV" else self.method
        return make_roi_kernel(info.ch_names, self.roi, method, model=heads[self.head])

    def fit_kernel(
        self, kernel: RoiKernel, heads: Mapping[str, HeadModel], baseline: BaselineChannels
    ) -> tuple[RoiKernel, float, Message] | None:
        """Make the kernel that needs the data's covariance, where there are data enough."""
        if self.method != "LCMV":
            return None
        info, n, band = baseline.info, len(kernel.used), self.envelope.band
        inner, seconds = band_covariance(baseline.kept, baseline.bad, band, info.sfreq)
        wanted = seconds_needed(n, band)
        if seconds < wanted:
            words = Message(
                "{method} stays: for {n} electrodes and a band of {width:g} Hz LCMV needs "
                "{wanted:.0f} s of clean baseline, and there are {seconds:.0f} s.",
                method=kernel.method,
                n=n,
                width=band[1] - band[0],
                wanted=wanted,
                seconds=seconds,
            )
            return kernel, seconds, words
        if baseline.correction is not None:
            inner = baseline.correction @ inner @ baseline.correction.T
        covariance = np.zeros((info.n_channels,) * 2)
        covariance[np.ix_(baseline.used, baseline.used)] = inner
        kernel = make_roi_kernel(
            info.ch_names, self.roi, "LCMV", data_cov=covariance, model=heads[self.head]
        )
        words = Message(
            "LCMV from the covariance of {seconds:.0f} s of clean baseline.", seconds=seconds
        )
        return kernel, seconds, words

    def share(
        self, kernel: RoiKernel, spatial: FloatArray, sfreq: float, hop: int
    ) -> RegionShare | None:
        """Return what watches the share of the data that the region can explain."""
        if self.least_share is None:
            return None
        return RegionShare(self.least_share, self.envelope, kernel, spatial, sfreq, hop)

    def columns(self, kernel: RoiKernel | None) -> tuple[Column, ...]:
        """Return the powers of the kernel's rows."""
        assert kernel is not None
        return tuple((row, self.envelope) for row in row_names(self.name, kernel))

    def combination(self, n_columns: int) -> Combination:
        """Return the logarithm of the sum over orientations, mean over sources."""
        return Combination(np.full((1, n_columns), 1.0 / (n_columns // 3)), np.ones((1, 1)))

    def describe(
        self,
        base: FeatureDescriptor,
        figures: Sequence[Figures],
        wording: Wording,
        kernel: RoiKernel | None,
    ) -> list[FeatureDescriptor]:
        """Describe the power, with what is honest to say about it."""
        assert kernel is not None
        sloreta = kernel.method == "sLORETA"
        label = Message(
            "ln of {roi} power by {method} ({head}), {band}",
            roi=kernel.roi,
            method=kernel.method,
            head=HEADS.get(kernel.head, kernel.head),
            band=base.label,
        )
        unit = Message("ln, no unit") if sloreta else Message("ln (A m)^2")
        note = joined([*kernel.sentences, base.note])
        return [replace(base, unit=unit, label=label, note=note)]

    @property
    def in_words(self) -> Message:
        """The region and the band, ``power of the pgACC by eLORETA, 4-8 Hz``."""
        return Message(
            "power of the {roi} by {method}, {band}",
            roi=self.roi,
            method=self.method,
            band=self.band,
        )

    @property
    def declared(self) -> Message:
        """The region, the method, the head and the limit of the share."""
        head = HEADS[self.head]
        if self.least_share is None:
            return Message(
                "roi of {roi} by {method} ({head})", roi=self.roi, method=self.method, head=head
            )
        return Message(
            "roi of {roi} by {method} ({head}), held below {least:g} % explained",
            roi=self.roi,
            method=self.method,
            head=head,
            least=100 * self.least_share,
        )

    def meaning_of_noise(self, noise: float, noise_30: float) -> Message:
        """Say what it is as a factor of power."""
        return power_noise_in_words(noise, noise_30)

    def notes(self, kernel: RoiKernel | None) -> list[Message]:
        """Say when feedback is held for a small share, and what share chance would have."""
        if self.least_share is None or kernel is None:
            return []
        return [
            Message(
                "Feedback is held while the {roi} can explain less than {least:g} % of the power "
                "in the band at the electrodes; of noise that they do not share it would explain "
                "{chance:.0f} %.",
                roi=self.roi,
                least=100 * self.least_share,
                chance=100 * kernel.chance,
            )
        ]

    def notes_before_fit(self, kernel: RoiKernel | None) -> list[Message]:
        """Say what stands in for a method that needs the baseline."""
        if self.method != "LCMV" or kernel is None:
            return []
        n = len(kernel.used)
        return [
            Message(
                "Until the baseline is over {method} stands in for LCMV, which leaks in its own "
                "way and needs {seconds:.0f} s of clean baseline for {n} electrodes.",
                method=kernel.method,
                seconds=seconds_needed(n, self.envelope.band),
                n=n,
            )
        ]

    @property
    def held_while(self) -> list[Message]:
        """While the region explains too little."""
        if self.least_share is None:
            return []
        return [
            Message(
                "the {roi} can explain less than {least:g} % of the power in the band of {feature}",
                roi=self.roi,
                least=100 * self.least_share,
                feature=self.name,
            )
        ]

    @property
    def warning(self) -> Message | None:
        """That the region is offered as an experiment only, where it is."""
        if self.roi not in EXPERIMENTAL:
            return None
        return Message("no scalp measure isolates the {roi}", roi=self.roi)

    def scalp_patterns(self, ch_names: Sequence[str]) -> dict[str, list[float]]:
        """Return what a source in the region can show on the scalp."""
        seen = make_roi_kernel(ch_names, self.roi).fit[0]
        return {self.roi: (seen / np.abs(seen).max()).tolist()}
