"""Frequency bands as they are declared: in Hz, or about the participant's own alpha peak.

Responsible for which bands may be declared. Not responsible for finding the peak
(`measures.alpha`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from neurofeedback.signal.settings_base import Settings
from neurofeedback.words.message import Message

ALPHA_SEARCH = (7.0, 13.0)  # Hz; where individual alpha peaks are looked for


def _band_in_order(band: tuple[float, float]) -> tuple[float, float]:
    if not 0 < band[0] < band[1]:
        raise ValueError(
            Message("band {band} must be two rising frequencies above 0 Hz", band=list(band))
        )
    return band


Band = Annotated[tuple[float, float], AfterValidator(_band_in_order)]


def band_in_words(band: tuple[float, float]) -> Message:
    """Return a band as a person reads it, ``8-13 Hz``."""
    return Message("{low:g}-{high:g} Hz", low=round(band[0], 2), high=round(band[1], 2))


class IndividualBand(Settings):
    """A band around the participant's individual alpha frequency (IAF).

    The IAF is measured from the baseline. `fallback` is used until the baseline is over, and
    after it without a clear alpha peak.

    Attributes
    ----------
    individual : {'alpha'}
    below, above : float
        The band extends from `below` Hz below the IAF to `above` Hz above it. The default is lower
        and upper alpha, IAF - 4 to IAF + 2; 2 and 2 is the other common choice.
    fallback : (float, float)
        Hz.
    """

    individual: Literal["alpha"]
    below: float = Field(default=4.0, gt=0.0, le=6.0)
    above: float = Field(default=2.0, gt=0.0, le=6.0)
    fallback: Band = (8.0, 13.0)

    def around(self, peak: float | None) -> tuple[float, float]:
        """Return the band in Hz for an IAF in Hz, or for None where there is none."""
        return self.fallback if peak is None else (peak - self.below, peak + self.above)

    @property
    def rule(self) -> Message:
        """How the band follows from the IAF, ``IAF - 4 to IAF + 2 Hz``."""
        return Message("IAF - {below:g} to IAF + {above:g} Hz", below=self.below, above=self.above)

    def in_words(self, peak: float | None) -> Message:
        """Say which band an IAF in Hz, or None, gives and why."""
        words = band_in_words(self.around(peak))
        if peak is None:
            return Message("{band} (fallback: no clear alpha peak)", band=words)
        return Message("{band} ({rule}, IAF {peak:.2f} Hz)", band=words, rule=self.rule, peak=peak)


def _how_given(band: object) -> str:
    return "individual" if isinstance(band, dict | IndividualBand) else "pair"


AnyBand = Annotated[
    Annotated[Band, Tag("pair")] | Annotated[IndividualBand, Tag("individual")],
    Discriminator(_how_given),
]
