"""The declared settings of band power: in which band, and how it is estimated.

Responsible for what may be asked of an estimate of band power, and for its band in words. Not
responsible for computing anything (`estimators`, `envelope`).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from neurofeedback.signal.power.bands import (
    ALPHA_SEARCH,
    AnyBand,
    IndividualBand,
    band_in_words,
)
from neurofeedback.signal.settings_base import Settings
from neurofeedback.words.message import Message

Estimator = Literal["cfir", "wiener", "posterior", "ridge", "spatial"]
Adapt = Literal["never", "between-rounds", "always"]
# Settings that came later: a protocol that leaves them at these values keeps its hash.
LATER: dict[str, object] = {"lag": 0.0, "adapt": None}


class EnvelopeSettings(Settings):
    """How band power is estimated.

    Attributes
    ----------
    estimator : {'cfir', 'wiener', 'posterior', 'ridge', 'spatial', 'auto'}
        ``cfir``: one analytic filter for `delay`, then a moving average over `smoothing`; needs no
        baseline. ``wiener``: the same, with a filter designed from the participant's own baseline
        spectrum. ``posterior``: the expected mean power in a window of `window` s centred on now,
        half of which is in the future, given the past and the baseline spectrum. ``ridge``: a
        regression, learned from other people, on the logarithms of filter outputs. ``spatial``:
        the same with what all electrodes of the 10-20 system tell; it goes on learning as `adapt`
        says. ``auto``: the one of these that can be expected to follow the brain best, by the
        second half of the baseline, after a fit on its first half, and by what other people's
        recordings showed. Without a baseline, ``posterior`` is used for the mean spectrum
        of other people, or ``cfir`` where that is not known. ``ridge`` and ``spatial``
        are for asymmetries, 8-13 Hz and an average reference; elsewhere ``posterior`` is taken.
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
    lag : float
        How long ago, in s, the moment is that is shown. What was a quarter of a second ago is
        known far better than what is now.
    adapt : {'never', 'between-rounds', 'always'} or None
        When ``spatial`` takes up what it learned after the baseline: not at all, whenever a block
        ends, or every 10 s. None: between rounds in a protocol with a control arm, else always.
    """

    estimator: Estimator | Literal["auto"] = "cfir"
    declared_band: AnyBand = Field(default=(8.0, 13.0), alias="band")
    delay: float = Field(default=0.04, ge=-0.2, le=1.0)
    length: float = Field(default=0.5, gt=0.0, le=4.0)
    smoothing: float = Field(default=0.25, ge=0.0, le=30.0)
    window: float = Field(default=1.0, ge=0.2, le=4.0)
    lag: float = Field(default=0.0, ge=0.0, le=0.5)
    adapt: Adapt | None = None

    @model_serializer(mode="wrap")
    def _without_later_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        return {k: v for k, v in fields.items() if k not in LATER or v != LATER[k]}

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
