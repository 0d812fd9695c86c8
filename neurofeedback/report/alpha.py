"""Alpha of a recording: its individual frequency, the individual band, the aperiodic part.

Responsible for two sections of `measure`. Not responsible for how either is found
(`signal.measures.alpha`, `signal.measures.aperiodic`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.report.faa import measure_asymmetry, usable_pairs
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
from neurofeedback.signal.measures.alpha import (
    FINE_WINDOW_SECONDS,
    POSTERIOR,
    WINDOW_SECONDS,
    WINDOW_SHAPE,
    WINDOW_WORDS,
    AlphaFrequency,
    alpha_of_spectra,
    posterior_channels,
)
from neurofeedback.signal.measures.alpha_peaks import AlphaSettings
from neurofeedback.signal.measures.aperiodic import AperiodicSettings, aperiodic
from neurofeedback.signal.measures.asymmetry import frontal_pairs
from neurofeedback.signal.power.bands import IndividualBand
from neurofeedback.words.language import later
from neurofeedback.words.message import Message, joined

ALPHA_TITLE = later("individual alpha frequency")
APERIODIC_TITLE = later("aperiodic part and alpha above it")
MIN_CHANNELS = 3
BAND = IndividualBand(individual="alpha")
SYMMETRIC_BAND = IndividualBand(individual="alpha", below=2.0, above=2.0)
_POOR_FIT = 0.95


def alpha_wants(reading: Reading) -> tuple[Wanted, ...]:
    """Return the spectra that both sections need.

    Raises
    ------
    UserError
        If there are fewer than three posterior channels.
    """
    names = _posterior(reading)
    return (
        reading.wanted(names),
        reading.wanted(names, WINDOW_SECONDS, WINDOW_SHAPE),
        reading.wanted(names, FINE_WINDOW_SECONDS, WINDOW_SHAPE),
    )


def alpha_section(reading: Reading) -> Section:
    """Measure the individual alpha frequency, and asymmetry in the individual band.

    Raises
    ------
    UserError
        If there are fewer than three posterior channels, the rate is too low or the recording too
        short.
    """
    found, names = alpha_in(reading)
    search = AlphaSettings().search
    remarks = require_band(reading, names, search)
    band = BAND.around(found.peak)
    method = f"{counted(WINDOW_WORDS, found.n_windows)}; {', '.join(names)}"

    def number(name: str, value: float | None) -> Number:
        return Number(name, value, "Hz", search, reading.words, method)

    numbers = [
        number("alpha peak (IAF)", found.peak),
        number("centre of gravity", found.centre_of_gravity),
        *([] if found.peak is None else _asymmetry_in(reading, band)),
    ]
    return Section(
        "alpha_frequency",
        ALPHA_TITLE,
        tuple(numbers),
        (
            found.words,
            Message("Individual band: {band}.", band=BAND.in_words(found.peak)),
            *_on_few(names),
            *remarks,
        ),
        {
            "clear_peak": found.peak is not None,
            "n_channels": found.n_channels,
            "band": list(band),
            "band_rule": BAND.in_words(found.peak),
            "band_is_individual": found.peak is not None,
            "symmetric_band": list(SYMMETRIC_BAND.around(found.peak)),
            "channels": [asdict(channel) for channel in found.channels],
        },
    )


def aperiodic_section(reading: Reading) -> Section:
    """Measure exponent, offset and alpha above the aperiodic part, mean over posterior channels.

    Raises
    ------
    UserError
        If `specparam` is not installed, there are fewer than three posterior channels, or as
        `Reading.spectrum`.
    """
    names = _posterior(reading)
    settings = AperiodicSettings()
    remarks = require_band(reading, names, settings.fit)
    spectrum = reading.spectrum(names)
    found = aperiodic(spectrum, settings)
    fitted = {name: fit for name, fit in zip(names, found, strict=True) if fit is not None}
    if not fitted:
        raise UserError(
            "{stream}: no posterior channel has a spectrum to be fitted.", stream=reading.info.name
        )
    window = f"{counted(WINDOW, spectrum.n_windows)}; mean of {', '.join(fitted)}"
    fits = list(fitted.values())
    explained = float(np.mean([f.r_squared for f in fits]))
    scale, unit = reading.power_scale()
    offsets = [f.offset + math.log10(scale) for f in fits]

    def number(name: str, values: list[float], unit: str, band: tuple[float, float]) -> Number:
        return Number(name, float(np.mean(values)), unit, band, reading.words, window)

    filters = Message(
        "Filters that were applied to the recording within {low:g}-{high:g} Hz change exponent "
        "and offset.",
        low=settings.fit[0], high=settings.fit[1],
    )  # fmt: skip
    if explained < _POOR_FIT:
        poor = Message(
            "The model explains only {share:.0%} of the log spectrum: do not rely on it.",
            share=explained,
        )
        filters = joined((poor, filters))
    return Section(
        "aperiodic",
        APERIODIC_TITLE,
        (
            number("aperiodic exponent", [f.exponent for f in fits], "1", settings.fit),
            number("aperiodic offset", offsets, f"log10 {unit} at 1 Hz", settings.fit),
            number(
                "alpha above the aperiodic part",
                [f.adjusted for f in fits],
                "log10 ratio",
                settings.band,
            ),
            number("explained by the model", [explained], "1", settings.fit),
        ),
        (filters, *_on_few(names), *remarks),
        {
            "channels": {
                name: {**asdict(fit), "offset": offset}
                for (name, fit), offset in zip(fitted.items(), offsets, strict=True)
            }
        },
    )


def alpha_in(reading: Reading) -> tuple[AlphaFrequency, tuple[str, ...]]:
    """Return the individual alpha frequency and the posterior channels it was looked for in.

    Raises
    ------
    UserError
        As `alpha_section`.
    """
    names = _posterior(reading)
    settings = AlphaSettings(min_channels=min(MIN_CHANNELS, len(names)))
    require_rate(reading, 2 * settings.search[1])
    _, coarse, fine = alpha_wants(reading)
    spectrum = reading.spectrum_of(coarse)
    try:
        finer = reading.sums.spectrum(fine)
    except ValueError:  # no stretch is that long
        finer = None
    return alpha_of_spectra(spectrum, finer, names, settings), names


def _posterior(reading: Reading) -> tuple[str, ...]:
    """Return the posterior channels, or of a recording of one or two channels those."""
    recorded = [reading.info.ch_names[i] for i in reading.info.eeg]
    usable = tuple(n for n in recorded if n not in {*reading.own, *reading.lost})
    names = posterior_channels(usable)
    if 0 < len(recorded) < MIN_CHANNELS and not reading.own:
        if not usable:
            reading.require_signal(recorded)
        return usable
    if len(names) < MIN_CHANNELS:
        raise UserError(
            "{stream} has {n} posterior channels; {least} of {names} are needed.",
            stream=reading.info.name,
            n=len(names),
            least=MIN_CHANNELS,
            names=", ".join(POSTERIOR),
        )
    return names


def _on_few(names: Sequence[str]) -> tuple[Message, ...]:
    """Say what fewer channels than are wanted are worth."""
    if len(names) >= MIN_CHANNELS:
        return ()
    return (
        Message(
            "Measured at {names} alone: what is seen at fewer than {least} channels may be chance.",
            names=", ".join(names), least=MIN_CHANNELS,
        ),
    )  # fmt: skip


def _asymmetry_in(reading: Reading, band: tuple[float, float]) -> list[Number]:
    there = [p for p in frontal_pairs(reading.info.ch_names) if not set(p) & set(reading.own)]
    pairs, _ = usable_pairs(reading, there[:1])
    if not pairs:
        return []
    found = measure_asymmetry(reading, pairs, band)
    pair = found.pairs[0]
    name = f"FAA {pair.left}/{pair.right} in the individual band"
    window = counted(WINDOW, found.n_windows)
    return [Number(name, pair.value, "ln ratio", band, found.reference, window)]
