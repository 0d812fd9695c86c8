"""The declared settings of band power: in which band, and how it is estimated.

Responsible for what may be asked of an estimate of band power, and for its band in words. Not
responsible for computing anything (`estimators`, `envelope`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from neurofeedback.signal.power.bands import (
    ALPHA_SEARCH,
    AnyBand,
    IndividualBand,
    band_in_words,
)
from neurofeedback.signal.settings_base import Settings
from neurofeedback.words.message import Message

Estimator = Literal["cfir", "wiener", "posterior"]


class EnvelopeSettings(Settings):
    """How band power is estimated.

    Attributes
    ----------
    estimator : {'cfir', 'wiener', 'posterior', 'auto'}
        ``cfir``: one analytic filter for `delay`, then a moving average over `smoothing`; needs no
        baseline. ``wiener``: the same, with a filter designed from the participant's own baseline
        spectrum. ``posterior``: the expected mean power in a window of `window` s centred on now,
        half of which is in the future, given the past and the baseline spectrum. ``auto``: the one
        of these that followed the brain best in the second half of the baseline, fitted on its
        first half. Until the baseline is over, ``cfir`` is used.
    declared_band : (float, float) or IndividualBand
        In files and arguments named ``band``: lower and upper edge in Hz, or an individual band.
    delay : float
        Delay that the analytic filter is designed for, in s; a short delay costs fidelity. Can be
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

    @property
    def band_in_words(self) -> Message:
        """The band as it is declared, e.g. ``8-13 Hz`` or ``IAF - 4 to IAF + 2 Hz``."""
        return band_in_words(self.band) if self.individual is None else self.individual.rule

    def band_before_baseline(self, posterior: bool) -> Message:
        """Say which band is used until the baseline is over, and which from then on.

        Parameters
        ----------
        posterior : bool
            Whether the stream has enough posterior channels to measure an alpha peak at.
        """
        words = band_in_words(self.band)
        if self.individual is None:
            return words
        if not posterior:
            return Message(
                "{band} (fallback: too few posterior channels for an alpha peak)", band=words
            )
        return Message(
            "{band} until the baseline is over, then {rule}",
            band=words,
            rule=self.individual.rule,
        )

    def band_after_baseline(self, peak: float | None) -> Message:
        """Say which band an IAF in Hz, or None, gives and why."""
        return (
            band_in_words(self.band) if self.individual is None else self.individual.in_words(peak)
        )


THETA = EnvelopeSettings(band=(4.0, 8.0), delay=0.1, length=0.75, smoothing=0.5)
