"""What is to be said of features besides figures: their bands, and what to know about each.

Responsible for the words that change when a baseline is over. Not responsible for descriptors as a
whole (`descriptors`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neurofeedback.signal.band_settings import band_in_words
from neurofeedback.signal.baseline_fit import RegionReport
from neurofeedback.signal.covariance import seconds_needed
from neurofeedback.signal.fitting import FitReport
from neurofeedback.signal.montage import Montage
from neurofeedback.signal.settings import EnvelopeSettings, Feature, RoiFeature
from neurofeedback.signal.source_roi import RoiKernel

TO_BE_FITTED = (
    "From the end of the baseline on, the estimator fitted to it is used: delay, window and noise "
    "are then its own."
)
ESTIMATORS = {
    "cfir": "one analytic filter",
    "wiener": "a Wiener filter",
    "posterior": "posterior power",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """What is the same for all values of a pipeline, or known of single features.

    Parameters
    ----------
    reference : str
        The reference in words.
    unit : str
        Unit of the channels' power.
    bands : mapping of str to str
        By feature, the band in words.
    notes : mapping of str to sequence of str
        By feature, sentences for the note.
    fitted : bool
        Whether the spectrum is that of the baseline.
    """

    reference: str
    unit: str
    bands: Mapping[str, str]
    notes: Mapping[str, Sequence[str]]
    fitted: bool


def before_the_fit(montage: Montage, posterior: bool) -> Wording:
    """Return what is to be said until the baseline is over.

    Parameters
    ----------
    montage : Montage
    posterior : bool
        Whether the stream has enough posterior channels to measure an alpha peak at.
    """
    bands = {f.name: _band_before(f.envelope, posterior) for f in montage.features}
    notes = {}
    for feature in montage.features:
        said = _always(montage, feature, montage.kernels)
        if isinstance(feature, RoiFeature) and feature.method == "LCMV":
            kernel = montage.kernels[feature.name]
            n, seconds = len(kernel.used), seconds_needed(len(kernel.used), feature.envelope.band)
            said.append(
                f"Until the baseline is over {kernel.method} stands in for LCMV, which leaks in "
                f"its own way and needs {seconds:.0f} s of clean baseline for {n} electrodes."
            )
        if feature.envelope.estimator != "cfir":
            said.append(TO_BE_FITTED)
        notes[feature.name] = said
    return Wording(montage.reference_words, montage.unit, bands, notes, fitted=False)


def after_the_fit(
    montage: Montage,
    peak: float | None,
    reports: Sequence[FitReport],
    kernels: Mapping[str, RoiKernel],
    regions: Mapping[str, RegionReport],
) -> Wording:
    """Return what is to be said from the end of the baseline on.

    Parameters
    ----------
    montage : Montage
    peak : float or None
        Individual alpha frequency in Hz; None where there is none.
    reports : sequence of FitReport
    kernels : mapping of str to RoiKernel
        In use from now on, by feature.
    regions : mapping of str to RegionReport
        By feature.
    """
    estimators = {report.feature: report.estimator for report in reports}
    bands, notes = {}, {}
    for feature in montage.features:
        name, individual = feature.name, feature.envelope.individual
        plain = band_in_words(feature.envelope.band)
        bands[name] = plain if individual is None else individual.in_words(peak)
        said = _always(montage, feature, kernels)
        if name in regions:
            said.append(regions[name].words)
        if name in estimators:
            said.append(f"By {ESTIMATORS[estimators[name]]}, fitted to the baseline.")
        notes[name] = said
    return Wording(montage.reference_words, montage.unit, bands, notes, fitted=bool(reports))


def _band_before(envelope: EnvelopeSettings, posterior: bool) -> str:
    words = band_in_words(envelope.band)
    if envelope.individual is None:
        return words
    if not posterior:
        return f"{words} (fallback: too few posterior channels for an alpha peak)"
    return f"{words} until the baseline is over, then {envelope.individual.rule}"


def _always(montage: Montage, feature: Feature, kernels: Mapping[str, RoiKernel]) -> list[str]:
    """Say what is so before the fit and after."""
    said = [montage.notes[feature.name]] if feature.name in montage.notes else []
    if isinstance(feature, RoiFeature) and feature.least_share is not None:
        said.append(
            f"Feedback is held while the {feature.roi} can explain less than "
            f"{100 * feature.least_share:g} % of the power in the band at the electrodes; of noise "
            f"that they do not share it would explain {100 * kernels[feature.name].chance:.0f} %."
        )
    return said
