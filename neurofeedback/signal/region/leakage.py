"""What else a source estimate listens to: the leakage panel of a montage.

Responsible for figures computed from a kernel and a lead field, and for the sentences that must
travel with the signal. Not responsible for the kernel (`kernel`).

All figures belong to power: the estimate at a source i answers a source of strength one and of
random orientation at j with the energy ``E[i, j] = sum over both orientations of (K_i L_j)^2``
(one row of the resolution matrix, the cross-talk function; Hauk 2011). Each figure is computed for
each source of the region and then averaged.

References
----------
Hauk O, Wakeman DG, Henson R (2011). Comparison of noise-normalized minimum norm estimates for MEG
analysis using multiple resolution metrics. NeuroImage 54(3), 1966-1974.
doi:10.1016/j.neuroimage.2010.09.053
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

NEAR = 20.0  # mm
# Left and right dorsolateral prefrontal cortex (middle frontal gyrus), MNI mm.
DORSOLATERAL = ((-40.0, 36.0, 28.0), (40.0, 36.0, 28.0))


@dataclass(frozen=True, slots=True)
class Leakage:
    """The leakage panel.

    Parameters
    ----------
    depth_mm : float
        Depth of the region below the surface of the model's brain.
    near_share : float
        Share (0..1) of the cross-talk energy that comes from within 20 mm, the source itself
        included, if all sources of the brain are equally active.
    strongest_mm : float
        Distance from the region of the source that contributes most.
    strongest_mni : (float, float, float)
        Where it lies, MNI coordinates in mm.
    gain_ratio : float
        Gain (amplitude) to the own source over gain to a source of the same strength in
        dorsolateral prefrontal cortex, root mean square over left and right. Below 1 the signal
        answers more strongly there than where it is meant to.
    """

    depth_mm: float
    near_share: float
    strongest_mm: float
    strongest_mni: tuple[float, float, float]
    gain_ratio: float

    def to_dict(self) -> dict[str, float | list[float]]:
        """Return the panel as plain JSON types."""
        return {
            "depth_mm": self.depth_mm,
            "near_share": self.near_share,
            "strongest_mm": self.strongest_mm,
            "strongest_mni": list(self.strongest_mni),
            "gain_ratio": self.gain_ratio,
        }


def leakage_panel(
    kernel: FloatArray,
    lead_field: FloatArray,
    positions: FloatArray,
    depth: FloatArray,
    region: Sequence[int],
    rivals: Sequence[int],
) -> Leakage:
    """Compute the leakage panel of a region.

    Parameters
    ----------
    kernel : ndarray, shape (n_region, 3, n_electrodes)
        Estimate at each source of the region from data in V.
    lead_field : ndarray, shape (n_sources, n_electrodes, 3)
        Potential in V for a unit dipole along each axis.
    positions : ndarray, shape (n_sources, 3)
        MNI coordinates in mm.
    depth : ndarray, shape (n_sources,)
        Depth below the brain surface in mm.
    region, rivals : sequence of int
        Sources of the region, in the order of `kernel`, and of dorsolateral prefrontal cortex.

    Returns
    -------
    Leakage
        The panel.
    """
    at = np.array(region)
    answers = np.einsum("iac,jcb->ijab", kernel, lead_field, optimize=True)
    energy: FloatArray = (answers**2).sum(axis=(2, 3))
    distance = np.linalg.norm(positions[at][:, None] - positions[None], axis=2)
    near = np.where(distance <= NEAR, energy, 0.0).sum(axis=1) / energy.sum(axis=1)
    strongest = int(energy.sum(axis=0).argmax())
    own = energy[np.arange(len(at)), at].mean()
    rival = energy[:, list(rivals)].mean()
    x, y, z = (float(v) for v in positions[strongest])
    return Leakage(
        depth_mm=float(depth[at].mean()),
        near_share=float(near.mean()),
        strongest_mm=float(distance[:, strongest].min()),
        strongest_mni=(x, y, z),
        gain_ratio=float(np.sqrt(own / rival)),
    )


def honest_sentences(roi: str, panel: Leakage, experimental: bool) -> tuple[Message, ...]:
    """Say in words what a signal with this panel is worth.

    Parameters
    ----------
    roi : str
        Name of the region.
    panel : Leakage
        Its panel.
    experimental : bool
        Whether the region is offered as an experiment only.

    Returns
    -------
    tuple of Message
        To be shown, logged and reported with the signal.
    """
    times = 1.0 / panel.gain_ratio
    if panel.gain_ratio <= 1.0:
        first = Message(
            "This signal responds at least as strongly to other frontal cortex as to the {roi}: "
            "a source of the same strength in dorsolateral prefrontal cortex moves it {times:.1f} "
            "times as much as one in the {roi}.",
            roi=roi,
            times=times,
        )
    else:
        first = Message(
            "This signal responds to other frontal cortex as well as to the {roi}: a source of the "
            "same strength in dorsolateral prefrontal cortex moves it {times:.1f} times as much as "
            "one in the {roi}.",
            roi=roi,
            times=times,
        )
    sentences = [
        first,
        _depth(roi, panel),
        Message("It is a medial-frontal theta proxy, not a measurement of the {roi}.", roi=roi),
    ]
    if experimental:
        sentences.append(
            Message(
                "Experimental: the {roi} cannot be isolated with electrodes on the scalp, and more "
                "of them do not help; pgACC or theta at Fz is the sounder choice.",
                roi=roi,
            )
        )
    return tuple(sentences)


def _depth(roi: str, panel: Leakage) -> Message:
    if panel.strongest_mm <= NEAR:
        return Message(
            "The {roi} lies {depth:.0f} mm below the brain surface. If all of the brain were "
            "equally active, {share:.0%} of the signal's power would come from within {near:.0f} "
            "mm of it; the strongest contribution comes from there.",
            roi=roi,
            depth=panel.depth_mm,
            share=panel.near_share,
            near=NEAR,
        )
    x, y, z = panel.strongest_mni
    return Message(
        "The {roi} lies {depth:.0f} mm below the brain surface. If all of the brain were equally "
        "active, {share:.0%} of the signal's power would come from within {near:.0f} mm of it; the "
        "strongest contribution comes from {far:.0f} mm away (MNI {x:.0f}, {y:.0f}, {z:.0f} mm).",
        roi=roi,
        depth=panel.depth_mm,
        share=panel.near_share,
        near=NEAR,
        far=panel.strongest_mm,
        x=x,
        y=y,
        z=z,
    )
