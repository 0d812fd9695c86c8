"""What is to be said of features besides figures: their bands, and what to know about each.

Responsible for the words that change when a baseline is over. Not responsible for descriptors as a
whole (`descriptors`), nor for what a kind of feature says of itself (`features`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neurofeedback.signal.baseline_fit import RegionReport
from neurofeedback.signal.features import FeatureKind
from neurofeedback.signal.features.base import Wording
from neurofeedback.signal.montage import Montage
from neurofeedback.signal.power.fitting import FitReport
from neurofeedback.signal.region.kernel import RoiKernel
from neurofeedback.words.message import Message

TO_BE_FITTED = Message(
    "From the end of the baseline on, the estimator fitted to it is used: delay, window and noise "
    "are then its own."
)
POOLED = Message(
    "Without a baseline it is posterior power for the mean spectrum of other people, not for this "
    "participant's own."
)
ESTIMATORS = {
    "cfir": Message("one analytic filter"),
    "wiener": Message("a Wiener filter"),
    "posterior": Message("posterior power"),
    "ridge": Message("a regression learned from other people"),
    "spatial": Message("a regression on all electrodes, learned from other people"),
}


def before_the_fit(montage: Montage, posterior: bool) -> Wording:
    """Return what is to be said until the baseline is over.

    Parameters
    ----------
    montage : Montage
    posterior : bool
        Whether the stream has enough posterior channels to measure an alpha peak at.
    """
    bands, notes = {}, {}
    for feature in montage.features:
        bands[feature.name] = feature.bands_in_words(lambda e: e.band_before_baseline(posterior))
        said = _always(montage, feature, montage.kernels)
        said += feature.notes_before_fit(montage.kernels.get(feature.name))
        if any(e.estimator != "cfir" for e in feature.envelopes.values()):
            said.append(TO_BE_FITTED)
        if starts_pooled(montage, feature):
            said.append(POOLED)
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
    notices = {report.feature: report.note for report in reports}
    bands, notes = {}, {}
    for feature in montage.features:
        name = feature.name
        bands[name] = feature.bands_in_words(lambda e: e.band_after_baseline(peak))
        said = _always(montage, feature, kernels)
        if name in regions:
            said.append(regions[name].words)
        if name in estimators:
            estimator = ESTIMATORS[estimators[name]]
            said.append(Message("By {estimator}, fitted to the baseline.", estimator=estimator))
        notice = notices.get(name)
        if notice is not None:
            said.append(notice)
        notes[name] = said
    return Wording(montage.reference_words, montage.unit, bands, notes, fitted=bool(reports))


def starts_pooled(montage: Montage, feature: FeatureKind) -> bool:
    """Whether other people's spectrum stands in for a feature's own without a baseline."""
    prior = montage.prior
    if prior is None or feature.name in montage.kernels:
        return False
    return any(prior.starts(envelope) for envelope in feature.envelopes.values())


def _always(
    montage: Montage, feature: FeatureKind, kernels: Mapping[str, RoiKernel]
) -> list[Message]:
    """Say what is so before the fit and after."""
    known = (montage.notes, montage.filtered)
    said = [notes[feature.name] for notes in known if feature.name in notes]
    if feature.envelope.lag:
        said.append(
            Message(
                "By choice it is of the moment {ms:.0f} ms ago, which is known better than now.",
                ms=1e3 * feature.envelope.lag,
            )
        )
    return said + feature.notes(kernels.get(feature.name))
