"""Theta power of the subgenual and pregenual anterior cingulate, with what it is worth.

Responsible for one section of `measure`. Not responsible for kernels and their leakage
(`signal.region.kernel`, `signal.region.leakage`).
"""

from __future__ import annotations

import math
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.report.frontal import THETA_BAND
from neurofeedback.report.sections import WINDOW, Number, Reading, Section, counted, require_band
from neurofeedback.report.sums import Wanted
from neurofeedback.signal.reference import scalp_channels
from neurofeedback.signal.region.kernel import ROIS, Method, Roi, RoiKernel, make_roi_kernel
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

ROI_TITLE = later("theta of anterior cingulate regions (estimated sources)")
METHOD: Method = "eLORETA"
UNIT = "(nA m)^2/Hz"
_NANO_SQUARED = 1e18


def roi_wants(reading: Reading) -> tuple[Wanted, ...]:
    """Return the spectra of the sources of each region.

    Raises
    ------
    UserError
        If there are fewer electrodes than the kernel needs.
    """
    names = scalp_channels(reading.info, reading.lost)
    return tuple(_sources(reading, _kernel(names, roi)) for roi in sorted(ROIS))


def roi_section(reading: Reading) -> Section:
    """Measure theta power of each region by eLORETA in a spherical head.

    The power of a region is the mean over its sources of the sum over the three orientations.

    Raises
    ------
    UserError
        If there are fewer electrodes than the kernel needs, one has values that are no numbers, the
        rate is too low or the recording too short.
    """
    names = scalp_channels(reading.info, reading.lost)
    remarks = require_band(reading, names, THETA_BAND)
    numbers: list[Number] = []
    sentences: list[Message] = []
    details: dict[str, Any] = {}
    for roi in sorted(ROIS):
        kernel = _kernel(names, roi)
        power, n_windows = _power(reading, kernel)
        reference = f"average of {len(kernel.used)}, {METHOD}, head: {kernel.head}"
        shared = (THETA_BAND, reference, counted(WINDOW, n_windows))
        experimental = " (experimental)" if kernel.experimental else ""
        name = f"{roi} theta{experimental}"
        numbers.append(Number(name, math.log(power), f"ln {UNIT}", *shared))
        numbers.append(Number(f"{name}, not logarithmic", power, UNIT, *shared))
        sentences += [
            Message("{roi}: {sentence}", roi=roi, sentence=sentence)
            for sentence in kernel.sentences
        ]
        details[roi] = {
            "mni_mm": [list(point) for point in ROIS[roi]],
            "method": METHOD,
            "head": kernel.head,
            "experimental": kernel.experimental,
            "left_out": list(kernel.left_out),
            "leakage": asdict(kernel.leakage),
            "sentences": list(kernel.sentences),
        }
    return Section("roi", ROI_TITLE, tuple(numbers), (*sentences, *remarks), details)


@lru_cache(maxsize=8)
def _kernel(names: tuple[str, ...], roi: Roi) -> RoiKernel:
    return make_roi_kernel(names, roi, METHOD)


def _sources(reading: Reading, kernel: RoiKernel) -> Wanted:
    matrix = np.zeros((len(kernel.matrix), reading.info.n_channels))
    matrix[:, [reading.info.ch_names.index(name) for name in kernel.ch_names]] = kernel.matrix
    return Wanted(matrix)


def _power(reading: Reading, kernel: RoiKernel) -> tuple[float, int]:
    """Return power density in (nA m)^2/Hz and the number of windows."""
    spectrum = reading.spectrum_of(_sources(reading, kernel))
    power = float(spectrum.band_power(THETA_BAND).sum()) / kernel.n_sources * _NANO_SQUARED
    if not power > 0:
        raise UserError(
            "{stream}: the electrodes are flat, they have no power.", stream=reading.info.name
        )
    return power, spectrum.n_windows
