"""What is learned from a baseline, in order: artefacts, eyes, alpha peak, regions, estimators.

Responsible for turning a baseline into the readout that is used from its end on, and for saying
what was found. Not responsible for how each is found (`asr.calibration`, `ocular`,
`baseline_alpha`, `region.kernel`, `power.fitting`), nor for when a baseline begins and ends.

What comes later in that order sees the baseline as what came before it leaves it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.signal.asr.calibration import calibrate_asr
from neurofeedback.signal.asr.cleaner import AsrCleaner
from neurofeedback.signal.baseline_alpha import AlphaBaseline
from neurofeedback.signal.baseline_fit import AsrReport, BaselineFit, OcularReport, RegionReport
from neurofeedback.signal.features import FeatureKind
from neurofeedback.signal.features.base import BaselineChannels
from neurofeedback.signal.montage import Montage, part
from neurofeedback.signal.ocular import fit_ocular
from neurofeedback.signal.power.baseline import clean_within
from neurofeedback.signal.power.fitting import fit_designs
from neurofeedback.signal.power.pooled_fit import Pooled
from neurofeedback.signal.power.prior import Prior
from neurofeedback.signal.power.settings import Adapt
from neurofeedback.signal.readout import Readout
from neurofeedback.signal.region.kernel import RoiKernel
from neurofeedback.signal.settings import PipelineSettings
from neurofeedback.signal.wording import after_the_fit
from neurofeedback.words.message import Message


def needs_fit(settings: PipelineSettings) -> bool:
    """Say whether anything is to be learned from a baseline."""
    return needs_channels(settings) or any(f.needs_fit for f in settings.features)


def needs_channels(settings: PipelineSettings) -> bool:
    """Say whether a baseline must be kept as channels, not only as the features' signals."""
    return (
        settings.asr is not None
        or settings.ocular is not None
        or any(f.needs_channels for f in settings.features)
    )


def learn(
    montage: Montage,
    settings: PipelineSettings,
    hop: int,
    kept: FloatArray,
    bad: NDArray[np.bool_],
    alpha: AlphaBaseline | None,
    reach: int,
    prior: Prior | None = None,
    adapt: Adapt = "always",
) -> tuple[Readout, BaselineFit] | None:
    """Learn from a baseline what can be learned.

    Parameters
    ----------
    montage : Montage
    settings : PipelineSettings
    hop : int
        Samples in a hop.
    kept : ndarray, shape (n_hops, hop, n)
        The baseline: channels in use where `needs_channels`, else the features' signals. V.
    bad : ndarray of bool, shape (n_hops,)
        Hops that must not count.
    alpha : AlphaBaseline or None
        The posterior channels of the baseline, where a band is individual.
    reach : int
        Hops, the current one included, over which the gate wants no bad one.
    prior : Prior or None
        What was learned from other people; None for nothing.
    adapt : {'never', 'between-rounds', 'always'}
        When what is learned after the baseline is taken up, unless an envelope says it.

    Returns
    -------
    (Readout, BaselineFit) or None
        None where too little is clean to learn anything.
    """
    asr, cleaner = _asr(montage, settings, hop, kept, bad)
    removed = np.zeros(len(kept))
    if cleaner is not None:
        cleaned, n = cleaner.process(kept, 0, bad), len(kept) - cleaner.n_ahead
        kept, removed = cleaned.data[len(kept) - n :], cleaned.removed[len(kept) - n :]
        bad = bad[:n] | cleaned.doubtful[-n:]
    ocular, correction = _eyes(montage, settings, kept)
    found = None if alpha is None else alpha.measure()
    peak = None if found is None else found.peak
    features = tuple(feature.with_alpha(peak) for feature in montage.features)
    baseline = BaselineChannels(montage.info, montage.used, kept, bad, correction)
    kernels, regions = _regions(montage, features, baseline)
    readout = Readout(montage, hop, features, kernels, correction)
    signals = readout.signals(kept) if needs_channels(settings) else kept
    sfreq = montage.info.sfreq
    designs = None
    pooled = pooled_of(montage, readout.context, prior, adapt)
    fitted = fit_designs(signals, bad, readout.features, readout.signal_of, sfreq, hop, pooled)
    if fitted is not None:
        designs = fitted.designs
    elif asr is None and ocular is None and found is None:
        return None
    readout = Readout(montage, hop, features, kernels, correction, designs, cleaner)
    power = readout.powers(signals, 0, bad, np.ones(len(signals), dtype=bool))
    usable = clean_within(bad, max(readout.settling, reach))
    if readout.shares:
        usable &= ~readout.too_small(readout.shares_of(kept)).any(axis=1)
    if not usable.any():
        return None
    readout.reset()
    reports = fitted.reports if fitted else ()
    wording = after_the_fit(montage, peak, reports, kernels, regions)
    return readout, BaselineFit(
        readout.values(power[usable], removed[usable]),
        np.diff(np.flatnonzero(usable), prepend=-2) != 1,
        reports,
        {f.name: f.envelope.band for f in features},
        readout.describe(wording, fitted.density if fitted else None),
        asr,
        ocular,
        found,
        tuple(regions.values()),
    )


def pooled_of(
    montage: Montage, context: tuple[int, ...], prior: Prior | None, adapt: Adapt
) -> Pooled | None:
    """Return what was learned from other people as far as it serves for a montage."""
    if prior is None or montage.reference != "average":
        return None
    return Pooled(prior, montage.context, context, adapt)


def _asr(
    montage: Montage,
    settings: PipelineSettings,
    hop: int,
    kept: FloatArray,
    bad: NDArray[np.bool_],
) -> tuple[AsrReport | None, AsrCleaner | None]:
    """Calibrate artifact subspace reconstruction, where it is asked for and can be."""
    if settings.asr is None:
        return None, None
    info, cutoff = part(montage.info, montage.used), settings.asr.cutoff
    try:
        found = calibrate_asr(kept, bad, info, settings.asr, montage.bads)
    except UserError as error:
        return AsrReport(0, 0, 0.0, cutoff, 0.0, error.message), None
    signals = montage.matrix(montage.kernels)[:, montage.used].T
    cleaner = AsrCleaner(found, info.sfreq, hop, settings.asr, signals)
    n_channels, n_components = found.vectors.shape
    delay = cleaner.n_ahead * hop / info.sfreq
    return AsrReport(n_channels, n_components, found.seconds, cutoff, delay, Message("")), cleaner


def _eyes(
    montage: Montage, settings: PipelineSettings, kept: FloatArray
) -> tuple[OcularReport | None, FloatArray | None]:
    """Fit the regression of eye activity, where it is asked for and can be."""
    if settings.ocular is None:
        return None, None
    info = part(montage.info, montage.used)
    try:
        found = fit_ocular(kept.reshape(-1, info.n_channels), info, settings.ocular, montage.bads)
    except UserError as error:
        return OcularReport((), {}, error.message), None
    explained = {c: float(found.explained[info.ch_names.index(c)]) for c in montage.picks}
    return OcularReport(found.sources, explained, found.note), found.matrix


def _regions(
    montage: Montage, features: tuple[FeatureKind, ...], baseline: BaselineChannels
) -> tuple[dict[str, RoiKernel], dict[str, RegionReport]]:
    """Make the kernels that need the data's covariance; the others stay as they are."""
    kernels, reports = dict(montage.kernels), {}
    for feature in features:
        if feature.name not in kernels:
            continue
        fitted = feature.fit_kernel(kernels[feature.name], montage.heads, baseline)
        if fitted is None:
            continue
        kernel, seconds, words = fitted
        kernels[feature.name] = kernel
        panel = kernel.leakage.to_dict()
        reports[feature.name] = RegionReport(feature.name, kernel.method, seconds, panel, words)
    return kernels, reports
