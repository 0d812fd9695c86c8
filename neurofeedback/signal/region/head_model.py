"""What an electrode picks up from a source in the brain: the head model of a montage.

Responsible for template positions of electrodes, sources at MNI coordinates, and the lead field,
without any download: a four-shell spherical head fitted to the electrodes, or the head of
``fsaverage`` where it is on disk. Not responsible for estimating sources (`kernel`) nor for
what an estimate is worth (`leakage`).

MNE-Python is loaded when a model is made; nothing here belongs to the path of samples.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, read_only
from neurofeedback.words.message import Message

FEWEST_CHANNELS = 19
STEP = 10.0  # mm between grid sources
CELL = 0.62 * STEP  # radius of a ball as large as a cell of the grid, mm
MARGIN = 5.0  # mm that grid sources keep from the surface of the model's brain

# MNE 1.13 gave the template of old a new name.
_TEMPLATES = ("colin27_1005", "standard_1005")
# An ellipsoid about the cerebrum in MNI mm, so that no source lies in the face or the neck.
_CENTRE = np.array((0.0, -17.0, 9.0))
_HALF_AXES = np.array((70.0, 90.0, 74.0))
_BEM = "bem/fsaverage-5120-5120-5120-bem-sol.fif"
_FETCH = Message("Fetch it once with python -c 'import mne; mne.datasets.fetch_fsaverage()'")
# What MNE raises over files that are cut short or hold something else.
_UNREADABLE = (OSError, EOFError, RuntimeError, LookupError, TypeError, ValueError, struct.error)
_QUIET = "ERROR"


@dataclass(frozen=True, slots=True, eq=False)
class HeadModel:
    """Sources in a head and how strongly each reaches each electrode.

    Parameters
    ----------
    kind : str
        ``sphere`` or ``fsaverage``.
    names : tuple of str
        Names of the electrodes in the template, sorted.
    columns : tuple of int
        For each of `names`, its place among the channels the model was asked for.
    positions : ndarray, shape (n_sources, 3)
        MNI coordinates of the sources in mm; the points asked for come first.
    depth : ndarray, shape (n_sources,)
        Depth below the surface of the model's brain in mm.
    lead_field : ndarray, shape (n_sources, n_electrodes, 3)
        Average-referenced potential in V for a dipole of 1 A m along each axis of the head.
    unit : mne.Evoked
        1 V at one electrode after the other, with positions and average reference as a projection.
    forward : mne.Forward
        The same as MNE has it.
    """

    kind: Literal["sphere", "fsaverage"]
    names: tuple[str, ...]
    columns: tuple[int, ...]
    positions: FloatArray
    depth: FloatArray
    lead_field: FloatArray
    unit: Any
    forward: Any


def make_head_model(
    ch_names: Sequence[str],
    points: FloatArray,
    subjects_dir: str | Path | None = None,
    bads: Collection[str] = (),
) -> HeadModel:
    """Make the head model of a montage.

    Electrodes are found by name in the template of the extended 10-05 system; other channels are
    left out. The result does not depend on the order of the channels.

    Parameters
    ----------
    ch_names : sequence of str
        Channels, at least 19 of them with a known position.
    points : ndarray, shape (n_points, 3)
        MNI coordinates in mm at which sources must lie. The grid is added around them; a point
        takes the place of the grid sources in its cell, so that the density stays even.
    subjects_dir : path, optional
        FreeSurfer folder with ``fsaverage``, for a realistic head instead of a sphere.
    bads : collection of str
        Channels to be left out.

    Returns
    -------
    HeadModel
        About 1850 sources.

    Raises
    ------
    UserError
        If too few channels have a known position, they cover too little of the head, or
        `subjects_dir` has no usable ``fsaverage``.
    """
    import mne

    template = next(t for t in _TEMPLATES if t in mne.channels.get_builtin_montages())
    montage = mne.channels.make_standard_montage(template)
    names, columns = _known(ch_names, montage.ch_names, bads)
    unit = mne.EvokedArray(
        np.eye(len(names)), mne.create_info(names, 1000.0, "eeg"), verbose=_QUIET
    )
    unit.set_montage(montage, verbose=_QUIET)
    unit.set_eeg_reference(projection=True, verbose=_QUIET)
    mni = np.vstack([points, _grid(points)])
    if subjects_dir is None:
        forward, depth = _sphere(unit, montage, mni)
    else:
        forward, depth = _fsaverage(unit, Path(subjects_dir), mni)
    kept = forward["src"][0]["vertno"]
    if not np.array_equal(kept[: len(points)], np.arange(len(points))):
        raise UserError(
            "A point of interest lies outside the brain of the head model; the electrodes are "
            "too few or too one-sided for it."
        )
    gain = forward["sol"]["data"].reshape(len(names), -1, 3).transpose(1, 0, 2)
    lead_field = np.ascontiguousarray(gain - gain.mean(axis=1, keepdims=True))
    return HeadModel(
        "sphere" if subjects_dir is None else "fsaverage",
        names, columns, read_only(mni[kept]), read_only(depth[kept]), read_only(lead_field),
        unit, forward,
    )  # fmt: skip


def _known(
    ch_names: Sequence[str], template: Sequence[str], bads: Collection[str]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the template's names of the channels it knows, sorted, and their columns."""
    spelling = {name.lower(): name for name in template}
    found: dict[str, int] = {}
    for column, name in enumerate(ch_names):
        if name.lower() in spelling and name not in bads:
            found.setdefault(spelling[name.lower()], column)
    if len(found) < FEWEST_CHANNELS:
        unknown = [n for n in ch_names if n.lower() not in spelling and n not in bads]
        if unknown:
            raise UserError(
                "Source estimates need at least {least} channels with a name of the 10-05 system "
                "(Fp1, F3, Cz ...); there are {n}, and no position is known for {unknown}.",
                least=FEWEST_CHANNELS,
                n=len(found),
                unknown=", ".join(unknown[:8]),
            )
        raise UserError(
            "Source estimates need at least {least} channels with a name of the 10-05 system "
            "(Fp1, F3, Cz ...); there are {n}.",
            least=FEWEST_CHANNELS,
            n=len(found),
        )
    names = tuple(sorted(found))
    return names, tuple(found[name] for name in names)


def _grid(points: FloatArray) -> FloatArray:
    """Return grid sources in MNI mm, symmetrical about the midline, away from the points."""
    half = np.arange(STEP / 2, 130.0, STEP)
    axis = np.concatenate([-half[::-1], half])
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    grid = np.column_stack((x.ravel(), y.ravel(), z.ravel()))
    inside = (((grid - _CENTRE) / _HALF_AXES) ** 2).sum(axis=1) < 1.0
    nearest = np.linalg.norm(grid[:, None] - points[None], axis=2).min(axis=1)
    kept: FloatArray = grid[inside & (nearest > CELL)]
    return kept


def _sphere(unit: Any, montage: Any, mni: FloatArray) -> tuple[Any, FloatArray]:
    import mne
    from mne.transforms import apply_trans

    sphere = mne.make_sphere_model("auto", "auto", unit.info, verbose=_QUIET)
    centre, brain = sphere["r0"], sphere["layers"][0]["rad"]
    if np.linalg.norm(centre[:2]) > 0.03 or not 0.07 < sphere.radius < 0.13:
        raise UserError(
            "The {n} electrodes with known positions cover too little of the head to fit "
            "a sphere to them; source estimates need electrodes all over it.",
            n=len(unit.ch_names),
        )
    to_head = mne.channels.compute_native_head_t(montage)
    places = apply_trans(to_head, mni / 1e3)
    depth = 1e3 * (brain - np.linalg.norm(places - centre, axis=1))
    return _forward(unit, None, places, sphere), depth


def find_fsaverage() -> Path:
    """Return the FreeSurfer folder that holds the head of ``fsaverage``; nothing is fetched.

    Looked for in the folder that SUBJECTS_DIR names, in the environment or in MNE's settings, then
    where MNE puts what it fetches.

    Raises
    ------
    UserError
        If it is in neither.
    """
    import mne

    told, data = mne.get_config("SUBJECTS_DIR"), mne.get_config("MNE_DATA") or "~/mne_data"
    places = [*([Path(told)] if told else []), Path(data) / "MNE-fsaverage-data"]
    folders = [place.expanduser() for place in places]
    for folder in folders:
        if (folder / "fsaverage" / _BEM).is_file():
            return folder
    if told:
        where = Message("{first} nor in {second}", first=folders[0], second=folders[1])
    else:
        where = Message("{folder} (SUBJECTS_DIR is not set)", folder=folders[0])
    raise UserError(
        "The head of fsaverage is not on this machine: there is no fsaverage/{bem} in {where}. "
        "{fetch}, set SUBJECTS_DIR to the folder that fsaverage lies in, or let the protocol say "
        'head = "sphere".',
        bem=_BEM,
        where=where,
        fetch=_FETCH,
    )


def _fsaverage(unit: Any, folder: Path, mni: FloatArray) -> tuple[Any, FloatArray]:
    import mne
    from mne.transforms import apply_trans
    from scipy.spatial import cKDTree

    bem_file, xfm = folder / "fsaverage" / _BEM, "mri/transforms/talairach.xfm"
    missing = [p for p in (bem_file, folder / "fsaverage" / xfm) if not p.is_file()]
    if missing:
        raise UserError(
            "There is no {missing}. {fetch}, or use the spherical head, which needs no files.",
            missing=missing[0],
            fetch=_FETCH,
        )
    try:
        bem = mne.read_bem_solution(bem_file, verbose=_QUIET)
        to_mni = mne.read_talxfm("fsaverage", folder, verbose=_QUIET)["trans"]
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())
        raise UserError(
            "The head in {folder} cannot be read ({reason}). Remove that folder. "
            "{fetch}, or use the spherical head, which needs no files.",
            folder=folder / "fsaverage",
            reason=reason,
            fetch=_FETCH,
        ) from error
    places = apply_trans(np.linalg.inv(to_mni), mni / 1e3)
    # Of the three surfaces the inner skull is the smallest.
    inner = min(bem["surfs"], key=lambda s: float(np.ptp(s["rr"], axis=0).prod()))
    depth = 1e3 * np.asarray(cKDTree(inner["rr"]).query(places)[0])
    return _forward(unit, "fsaverage", places, bem), depth


def _forward(unit: Any, trans: str | None, places: FloatArray, head: Any) -> Any:
    """Return the solution for the sources that lie inside the brain of the model."""
    import mne

    normals = np.tile((0.0, 0.0, 1.0), (len(places), 1))
    sources = mne.setup_volume_source_space(
        pos={"rr": places, "nn": normals}, sphere_units="m", mindist=0.0, exclude=0.0, bem=head,
        verbose=_QUIET,
    )  # fmt: skip
    return mne.make_forward_solution(
        unit.info, trans, sources, head, meg=False, mindist=MARGIN, verbose=_QUIET
    )
