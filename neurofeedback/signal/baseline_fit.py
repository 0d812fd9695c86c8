"""What was learned from a baseline, to be used, logged and shown.

Responsible for the reports of a fit and for the events they make. Not responsible for learning
(`learning`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.events import EventKind
from neurofeedback.frames import FeatureDescriptor, FloatArray
from neurofeedback.signal.baseline_alpha import BaselineAlpha
from neurofeedback.signal.power.fitting import FitReport
from neurofeedback.words.message import Message


@dataclass(frozen=True, slots=True)
class AsrReport:
    """How artifact subspace reconstruction was calibrated.

    Parameters
    ----------
    channels : int
        Channels that are cleaned; 0 where nothing could be learned.
    components : int
        Components that are judged.
    seconds : float
        Baseline that was fit to learn from, s.
    cutoff : float
        Standard deviations beyond which a component is replaced.
    delay : float
        What it adds to the delay of every feature, s.
    note : Message
        Why nothing is cleaned; else empty.
    """

    channels: int
    components: int
    seconds: float
    cutoff: float
    delay: float
    note: Message


@dataclass(frozen=True, slots=True)
class OcularReport:
    """How eye activity was regressed out.

    Parameters
    ----------
    sources : tuple of str
        Channels regressed on; empty where nothing could be fitted.
    explained : dict of str to float
        Share of slow variance taken off each channel of the features, 0..1.
    note : Message
        What to show beside it, or why nothing was fitted.
    """

    sources: tuple[str, ...]
    explained: dict[str, float]
    note: Message


@dataclass(frozen=True, slots=True)
class RegionReport:
    """What became of a region that needs the baseline.

    Parameters
    ----------
    feature : str
        Its name.
    method : str
        How sources are estimated from now on.
    seconds : float
        Clean data of the baseline, s.
    leakage : dict
        The leakage panel from now on; see `leakage.Leakage`.
    words : Message
        The same in a sentence.
    """

    feature: str
    method: str
    seconds: float
    leakage: dict[str, float | list[float]]
    words: Message


@dataclass(frozen=True, slots=True)
class BaselineFit:
    """A baseline seen through what was fitted to it.

    Parameters
    ----------
    values : ndarray, shape (n_clean, n_features)
        Feature values of its clean frames, as they are computed from now on.
    joints : ndarray of bool, shape (n_clean,)
        Whether a frame does not follow directly on the one before.
    reports : tuple of FitReport
        What was fitted for each feature, and how well it can be expected to follow the brain.
    bands : dict of str to (float, float)
        By feature, the band in Hz from now on.
    descriptors : tuple of FeatureDescriptor
        What each column of the values is from now on.
    asr : AsrReport or None
        How components that are too large are replaced from now on; None where that was not asked
        for.
    ocular : OcularReport or None
        How eye activity is taken off from now on; None where that was not asked for.
    alpha : BaselineAlpha or None
        The individual alpha frequency; None where no feature needs it.
    regions : tuple of RegionReport
        For each region that needs the baseline.
    """

    values: FloatArray
    joints: NDArray[np.bool_]
    reports: tuple[FitReport, ...]
    bands: dict[str, tuple[float, float]]
    descriptors: tuple[FeatureDescriptor, ...]
    asr: AsrReport | None
    ocular: OcularReport | None
    alpha: BaselineAlpha | None
    regions: tuple[RegionReport, ...]

    def log(self) -> list[tuple[EventKind, dict[str, Any]]]:
        """Return kinds and details of the events to be logged, as plain JSON types.

        `EstimatorFitted` holds besides the report what the feature is from now on: its band in Hz
        and its descriptor.
        """
        found: list[tuple[EventKind, dict[str, Any]]] = []
        if self.asr is not None:
            found.append((EventKind.ASR_FITTED, asdict(self.asr)))
        if self.ocular is not None:
            found.append((EventKind.OCULAR_FITTED, asdict(self.ocular)))
        if self.alpha is not None:
            found.append((EventKind.ALPHA_MEASURED, asdict(self.alpha)))
        found += [(EventKind.REGION_FITTED, asdict(region)) for region in self.regions]
        now = {d.name: d.to_dict() for d in self.descriptors}
        for report in self.reports:
            described = {k: v for k, v in now[report.feature].items() if k != "name"}
            details = {**report.to_dict(), "band": list(self.bands[report.feature]), **described}
            found.append((EventKind.ESTIMATOR_FITTED, details))
        return found
