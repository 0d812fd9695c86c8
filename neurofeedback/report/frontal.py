"""Medial-frontal theta of a recording: what is offered in the place of the sgACC.

Responsible for three sections of `measure`: midline theta, theta cordance, power of cingulate
regions. Not responsible for how they are found (`signal.measures.cordance`,
`signal.region.kernel`).
"""

from __future__ import annotations

import math

from neurofeedback.errors import UserError
from neurofeedback.frames import MICROVOLTS_PER_VOLT, FloatArray
from neurofeedback.report.sections import (
    WINDOW,
    Number,
    Reading,
    Section,
    counted,
    require_band,
    require_rate,
)
from neurofeedback.report.sums import Wanted
from neurofeedback.signal.measures.cordance import (
    BANDS,
    PREFRONTAL,
    SITE_NAMES,
    SITES,
    cordance_of_pairs,
    pair_matrix,
)
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

THETA_BAND = (4.0, 8.0)  # Hz
MIDLINE = ("Fz", "FCz")
THETA_TITLE = later("midline theta")
CORDANCE_TITLE = later("theta cordance")
_PROXY = Message(
    "Midline theta is a medial-frontal proxy: no measure on the scalp isolates the subgenual "
    "anterior cingulate."
)
_CORDANCE_LIMITS = Message(
    "Cordance compares the 19 sites with one another within this recording; it is a measure of a "
    "session, not of a moment."
)


def theta_wants(reading: Reading) -> tuple[Wanted, ...]:
    """Return the spectrum of Fz, or of FCz; nothing without either."""
    return tuple(reading.wanted([name]) for name in _midline(reading)[:1])


def theta_section(reading: Reading) -> Section:
    """Measure theta power at Fz, or at FCz.

    Raises
    ------
    UserError
        If there is neither, the channel is flat, or as `Reading.spectrum`.
    """
    names = _midline(reading)
    if not names:
        raise UserError(
            "{stream} has neither Fz nor FCz (apart from the reference).", stream=reading.info.name
        )
    remarks = require_band(reading, names[:1], THETA_BAND)
    spectrum = reading.spectrum(names[:1])
    scale, unit = reading.power_scale()
    power = float(spectrum.band_power(THETA_BAND)[0]) * scale
    if not power > 0:
        raise UserError(
            "{stream}: channel {name} is flat, it has no power.",
            stream=reading.info.name,
            name=names[0],
        )
    window = counted(WINDOW, spectrum.n_windows)
    shared = (THETA_BAND, reading.words, window)
    return Section(
        "midline_theta",
        THETA_TITLE,
        (
            Number(f"theta at {names[0]}", math.log(power), f"ln {unit}", *shared),
            Number(f"theta at {names[0]}, not logarithmic", power, unit, *shared),
        ),
        (_PROXY, *remarks),
        {"channel": names[0]},
    )


def _midline(reading: Reading) -> list[str]:
    return [n for n in MIDLINE if n in reading.info.ch_names and n not in reading.own]


def cordance_wants(reading: Reading) -> tuple[Wanted, ...]:
    """Return the spectra of the bipolar pairs.

    Raises
    ------
    UserError
        If one of the 19 electrodes is missing, has no voltage unit or no signal of its own.
    """
    names = [reading.info.ch_names[i] for i in reading.info.eeg]
    names = [name for name in names if name in SITE_NAMES]
    recorded = reading.with_reference("as-recorded").wanted(names)
    return (Wanted(pair_matrix(names) @ recorded.matrix),)


def cordance_section(reading: Reading) -> Section:
    """Measure prefrontal theta cordance.

    Raises
    ------
    UserError
        If one of the 19 electrodes is missing, flat or has values that are no numbers, if the rate
        is too low or the recording too short.
    """
    require_rate(reading, BANDS["beta"][1])
    remarks = require_band(reading, SITES, THETA_BAND)
    (wanted,) = cordance_wants(reading)
    spectrum = reading.spectrum_of(wanted)
    try:
        found = cordance_of_pairs(spectrum)
    except ValueError as error:
        raise UserError(
            "{stream} has no cordance: {reason}", stream=reading.info.name, reason=error
        ) from error
    window = counted(WINDOW, found.n_windows)
    reference = "bipolar pairs of neighbours"

    def number(name: str, sites: tuple[str, ...]) -> Number:
        value = found.at("theta", sites)
        return Number(name, value, "z(A) + z(R)", THETA_BAND, reference, window)

    where = ", ".join(PREFRONTAL)
    return Section(
        "cordance",
        CORDANCE_TITLE,
        (
            number(f"prefrontal ({where})", PREFRONTAL),
            *(number(site, (site,)) for site in PREFRONTAL),
        ),
        (_CORDANCE_LIMITS, *remarks),
        {
            "bands": {band: list(edges) for band, edges in BANDS.items()},
            "values": _by_site(found.values),
            "absolute_uV2": _by_site(found.absolute * MICROVOLTS_PER_VOLT**2),
            "relative": _by_site(found.relative),
        },
    )


def _by_site(values: FloatArray) -> dict[str, dict[str, float]]:
    rows = values.tolist()
    return {band: dict(zip(SITES, row, strict=True)) for band, row in zip(BANDS, rows, strict=True)}
