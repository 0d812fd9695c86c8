"""Power of a region of the brain: one small matrix for a region, a method and a montage.

Responsible for the regions on offer and for their kernels (sLORETA, eLORETA, LCMV). Not responsible
for the head (`head_model`), for what the signal is worth (`leakage`, computed here and carried
along), for the share of the data that a region can explain (`explained_variance`), nor for band
power.

Kernels are made once, before samples flow; MNE-Python is loaded then. Applying one is a matrix
product. The band power of a region is the mean over its sources of the sum over the three
orientations of the band power of the kernel's rows.

References
----------
Pascual-Marqui RD (2002). Standardized low-resolution brain electromagnetic tomography (sLORETA):
technical details. Methods Find Exp Clin Pharmacol 24 Suppl D, 5-12.
Pascual-Marqui RD et al. (2011). Assessing interactions in the brain with exact low-resolution
electromagnetic tomography. Phil Trans R Soc A 369, 3768-3784. doi:10.1098/rsta.2011.0081
Van Veen BD et al. (1997). Localization of brain electrical activity via linearly constrained
minimum variance spatial filtering. IEEE Trans Biomed Eng 44, 867-880. doi:10.1109/10.623056
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, read_only
from neurofeedback.signal.region.head_model import HeadModel, make_head_model
from neurofeedback.signal.region.leakage import (
    DORSOLATERAL,
    Leakage,
    honest_sentences,
    leakage_panel,
)
from neurofeedback.words.message import Message

Roi = Literal["sgACC", "pgACC"]
Method = Literal["eLORETA", "sLORETA", "LCMV"]

# MNI coordinates in mm.
ROIS: Mapping[Roi, tuple[tuple[float, float, float], ...]] = MappingProxyType(
    {"sgACC": ((0.0, 21.0, -10.0),), "pgACC": ((-8.0, 41.0, 5.0), (8.0, 41.0, 5.0))}
)
EXPERIMENTAL: frozenset[Roi] = frozenset({"sgACC"})
LAMBDA2 = 1.0 / 9.0  # regularisation for an amplitude signal-to-noise ratio of 3
LCMV_REGULARISATION = 0.05  # of the mean sensor power
_QUIET = "ERROR"


@dataclass(frozen=True, slots=True, eq=False)
class RoiKernel:
    """A region as rows of a spatial matrix, with what is honest to say about it.

    Parameters
    ----------
    roi, method : str
        Region and method.
    head : str
        ``sphere`` or ``fsaverage``.
    ch_names : tuple of str
        Channels of the columns, as given.
    matrix : ndarray, shape (3 * n_sources, n_channels)
        ``signals = data @ matrix.T`` for data in V with any reference: the average reference is
        part of it. Three orientations of the first source, then of the second, and so on. Columns
        of channels that are left out are zero. Amperes times metres for eLORETA and LCMV, without
        unit for sLORETA.
    fit : ndarray, shape (n_fit, n_channels)
        Orthonormal rows that span what the sources of the region can bring about on the scalp;
        see `share`.
    left_out : tuple of str
        Channels without a known position, or bad.
    leakage : Leakage
        The panel for this montage.
    sentences : tuple of Message
        To be shown, logged and reported wherever the signal is.
    """

    roi: Roi
    method: Method
    head: str
    ch_names: tuple[str, ...]
    matrix: FloatArray
    fit: FloatArray
    left_out: tuple[str, ...]
    leakage: Leakage
    sentences: tuple[Message, ...]

    @property
    def n_sources(self) -> int:
        """Number of sources in the region."""
        return len(self.matrix) // 3

    @property
    def experimental(self) -> bool:
        """Whether the region is offered as an experiment only."""
        return self.roi in EXPERIMENTAL

    @property
    def used(self) -> tuple[int, ...]:
        """Columns of the channels that take part."""
        return tuple(i for i, name in enumerate(self.ch_names) if name not in self.left_out)

    @property
    def chance(self) -> float:
        """Share of noise that channels do not share that it explains on average."""
        return len(self.fit) / (len(self.used) - 1)


def row_names(feature: str, kernel: RoiKernel) -> tuple[str, ...]:
    """Return the names of the signals that the rows of a feature's kernel give."""
    return tuple(f"{feature}#{row}" for row in range(len(kernel.matrix)))


def make_roi_head(
    ch_names: Sequence[str],
    subjects_dir: str | Path | None = None,
    bads: Collection[str] = (),
) -> HeadModel:
    """Make the head model of a montage with sources at every region; see `make_head_model`."""
    points = np.array([p for points in ROIS.values() for p in points] + list(DORSOLATERAL))
    return make_head_model(ch_names, points, subjects_dir, bads)


def make_roi_kernel(
    ch_names: Sequence[str],
    roi: Roi,
    method: Method = "eLORETA",
    *,
    radius: float = 0.005,
    data_cov: FloatArray | None = None,
    subjects_dir: str | Path | None = None,
    bads: Collection[str] = (),
    model: HeadModel | None = None,
) -> RoiKernel:
    """Make the kernel of a region for a montage; takes well under two seconds.

    Parameters
    ----------
    ch_names : sequence of str
        Channels of the data; at least 19 good ones with names of the 10-05 system.
    roi : 'sgACC' or 'pgACC'
        The region.
    method : 'eLORETA', 'sLORETA' or 'LCMV'
        How sources are estimated. All sources are free in orientation and without depth weighting.
    radius : float
        Sources up to this distance in m from the region's MNI coordinates belong to it. At 5 mm
        these are the coordinates themselves: one source for sgACC, two for pgACC.
    data_cov : ndarray, shape (n_channels, n_channels), optional
        Covariance of the data in V^2 (of the baseline, in the band of interest); for LCMV only.
    subjects_dir : path, optional
        FreeSurfer folder with ``fsaverage``, for a realistic head instead of a sphere.
    bads : collection of str
        Channels to be left out.
    model : HeadModel, optional
        What `make_roi_head` made for these channels; `subjects_dir` and `bads` are then its own.

    Returns
    -------
    RoiKernel
        The kernel. It does not depend on the order of the channels.

    Raises
    ------
    UserError
        If the region or method is unknown, channels or baseline data are missing, the radius is
        out of range, or `subjects_dir` has no ``fsaverage``.
    """
    _check(ch_names, roi, method, radius, data_cov)
    model = model or make_roi_head(ch_names, subjects_dir, bads)
    columns = np.array(model.columns)
    region, rivals = _region(model, roi, radius), _at(model, DORSOLATERAL)
    cov = None if data_cov is None else data_cov[np.ix_(columns, columns)]
    kernel = grid_kernel(model, method, cov)[region]
    panel = leakage_panel(kernel, model.lead_field, model.positions, model.depth, region, rivals)
    basis = _basis(model.lead_field[region])
    left_out = tuple(name for i, name in enumerate(ch_names) if i not in columns)
    sentences = honest_sentences(roi, panel, roi in EXPERIMENTAL)
    if left_out:
        names = ", ".join(left_out)
        sentences += (
            Message("Left out of it, bad or without a known position: {names}.", names=names),
        )
    return RoiKernel(
        roi, method, model.kind, tuple(ch_names),
        _spread(kernel.reshape(-1, len(columns)), columns, len(ch_names)),
        _spread(basis, columns, len(ch_names)), left_out, panel, sentences,
    )  # fmt: skip


def grid_kernel(model: HeadModel, method: Method, data_cov: FloatArray | None = None) -> FloatArray:
    """Estimate every source of a head model from data at its electrodes.

    Parameters
    ----------
    model : HeadModel
        The head.
    method : 'eLORETA', 'sLORETA' or 'LCMV'
        How.
    data_cov : ndarray, shape (n_electrodes, n_electrodes), optional
        Covariance of the data in V^2, for LCMV.

    Returns
    -------
    ndarray, shape (n_sources, 3, n_electrodes)
        The average reference is part of it.
    """
    if method == "LCMV":
        assert data_cov is not None
        return _lcmv(model, data_cov)
    if method == "eLORETA":
        return _minimum_norm(model, "eLORETA")
    return _standardised(_minimum_norm(model, "MNE"), model.lead_field)


def _check(
    ch_names: Sequence[str], roi: str, method: str, radius: float, data_cov: FloatArray | None
) -> None:
    if roi not in ROIS:
        raise UserError(
            "There is no region {roi!r}; there are {known}.", roi=roi, known=", ".join(ROIS)
        )
    if method not in get_args(Method):
        raise UserError(
            "There is no method {method!r}; there are {known}.",
            method=method,
            known=", ".join(get_args(Method)),
        )
    if not 0.0 < radius <= 0.03:
        raise UserError(
            "The radius of a region must lie within 0 and 0.03 m; it is {radius:g}.", radius=radius
        )
    if method == "LCMV" and data_cov is None:
        raise UserError("LCMV needs a baseline: its kernel is made from the data's covariance.")
    if data_cov is not None and data_cov.shape != (len(ch_names),) * 2:
        raise ValueError(f"Covariance of shape {data_cov.shape} for {len(ch_names)} channels.")


def _at(model: HeadModel, points: Sequence[tuple[float, float, float]]) -> list[int]:
    distance = np.linalg.norm(model.positions[None] - np.array(points)[:, None], axis=2)
    return [int(i) for i in distance.argmin(axis=1)]


def _region(model: HeadModel, roi: Roi, radius: float) -> list[int]:
    """Return the sources within the radius, those at the coordinates first."""
    distance = np.linalg.norm(model.positions[:, None] - np.array(ROIS[roi])[None], axis=2)
    return [int(i) for i in np.flatnonzero(distance.min(axis=1) <= 1e3 * radius)]


def _spread(rows: FloatArray, columns: FloatArray, n_channels: int) -> FloatArray:
    matrix = np.zeros((len(rows), n_channels))
    matrix[:, columns] = rows
    return read_only(matrix)


def _basis(lead_field: FloatArray) -> FloatArray:
    fields = lead_field.transpose(1, 0, 2).reshape(lead_field.shape[1], -1)
    left, strength, _ = np.linalg.svd(fields, full_matrices=False)
    return np.ascontiguousarray(left[:, strength > 1e-3 * strength[0]].T)


def _minimum_norm(model: HeadModel, method: str) -> FloatArray:
    import mne
    from mne.minimum_norm import apply_inverse, make_inverse_operator

    noise = mne.make_ad_hoc_cov(model.unit.info, verbose=_QUIET)
    operator = make_inverse_operator(
        model.unit.info, model.forward, noise, loose=1.0, depth=None, verbose=_QUIET
    )
    estimate = apply_inverse(
        model.unit, operator, LAMBDA2, method, pick_ori="vector", verbose=_QUIET
    )
    return np.asarray(estimate.data, dtype=np.float64)


def _standardised(kernel: FloatArray, lead_field: FloatArray) -> FloatArray:
    """Standardise a minimum norm estimate by the 3 x 3 blocks of its resolution matrix.

    MNE's own sLORETA divides the three orientations by one number, which for sources of free
    orientation gives up what sLORETA is chosen for: it finds a single source where it is.
    """
    blocks = np.matmul(kernel, lead_field)
    values, vectors = np.linalg.eigh((blocks + blocks.swapaxes(1, 2)) / 2)
    root = np.matmul(vectors / np.sqrt(values)[:, None, :], vectors.swapaxes(1, 2))
    standardised: FloatArray = np.matmul(root, kernel)
    return standardised


def _lcmv(model: HeadModel, data_cov: FloatArray) -> FloatArray:
    import mne
    from mne.beamformer import apply_lcmv, make_lcmv

    n = len(model.names)
    centre = np.eye(n) - 1.0 / n
    cov = mne.Covariance(centre @ data_cov @ centre, list(model.names), [], [], nfree=1)
    filters = make_lcmv(
        model.unit.info, model.forward, cov, reg=LCMV_REGULARISATION, pick_ori="vector",
        weight_norm=None, rank="info", verbose=_QUIET,
    )  # fmt: skip
    return np.asarray(apply_lcmv(model.unit, filters, verbose=_QUIET).data, dtype=np.float64)
