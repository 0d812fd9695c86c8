"""Cordance of a whole recording: where absolute and relative power agree.

Responsible for cordance at the electrodes of the 10-20 system, from spectra of bipolar pairs. Not
responsible for estimating spectra (`spectrum`). Cordance is slow and compares sites with one
another: a measure of a session, never a feedback signal.

Each electrode's power in a band is the mean of the powers of the bipolar pairs that it shares with
its neighbours (`NEIGHBOURS`), so that the reference of the recording does not matter. This is the
absolute power A; relative power R is A divided by its sum over the four bands at the site. Both are
z-scored across the 19 sites within the band (with the population's standard deviation), and
cordance = z(A) + z(R). Where montages have more electrodes, the 19 of the 10-20 system are taken,
because the z-scores and the pairs are defined on them.

Prefrontal cordance is the mean over Fp1, Fp2 and Fz, as in Bares 2008, whose montage had 19
electrodes; Cook 2002, with Fpz at hand, took Fp1, Fpz and Fp2.

References
----------
Leuchter AF, Cook IA, Lufkin RB, Dunkin J, Newton TF, Cummings JL, Mackey JK, Walter DO (1994).
Cordance: a new method for assessment of cerebral perfusion and metabolism using quantitative
electroencephalography. NeuroImage 1(3), 208-219. doi:10.1006/nimg.1994.1007
Cook IA, Leuchter AF, Morgan M, Witte E, Stubbeman WF, Abrams M, Rosenberg S, Uijtdehaage SHJ
(2002). Early changes in prefrontal activity characterize clinical responders to antidepressants.
Neuropsychopharmacology 27(1), 120-131. doi:10.1016/S0893-133X(02)00294-4
Bares M, Brunovsky M, Kopecek M, Novak T, Stopkova P, Kozeny J, Sos P, Krajca V, Hoschl C (2008).
Early reduction in prefrontal theta QEEG cordance value predicts response to venlafaxine treatment
in patients with resistant depressive disorder. Eur Psychiatry 23(5), 350-355.
doi:10.1016/j.eurpsy.2008.03.001
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.signal.measures.spectrum import Spectrum, welch_spectrum

SITES = tuple("Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2".split())
PREFRONTAL = ("Fp1", "Fp2", "Fz")
BANDS: Mapping[str, tuple[float, float]] = {
    "delta": (0.5, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 12.0),
    "beta": (12.0, 20.0),
}
# Neighbours along the rows and columns of the 10-20 system, each pair once.
NEIGHBOURS = tuple(
    (pair.split("-")[0], pair.split("-")[1])
    for pair in (
        "Fp1-Fp2 "
        "F7-F3 F3-Fz Fz-F4 F4-F8 "
        "T7-C3 C3-Cz Cz-C4 C4-T8 "
        "P7-P3 P3-Pz Pz-P4 P4-P8 "
        "O1-O2 "
        "Fp1-F7 F7-T7 T7-P7 P7-O1 "
        "Fp1-F3 F3-C3 C3-P3 P3-O1 "
        "Fz-Cz Cz-Pz "
        "Fp2-F4 F4-C4 C4-P4 P4-O2 "
        "Fp2-F8 F8-T8 T8-P8 P8-O2"
    ).split()
)
_OLD_NAMES = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
SITE_NAMES = frozenset((*SITES, *_OLD_NAMES.values()))


@dataclass(frozen=True, slots=True)
class Cordance:
    """Cordance at the 19 sites.

    Parameters
    ----------
    absolute : ndarray, shape (n_bands, n_sites)
        Re-attributed absolute power, V^2; bands in the order of `BANDS`, sites in that of `SITES`.
    relative : ndarray, shape (n_bands, n_sites)
        Share of the sum over bands, 0..1.
    values : ndarray, shape (n_bands, n_sites)
        Cordance, in sums of two standard deviations.
    n_windows : int
        Number of windows averaged.
    """

    absolute: FloatArray
    relative: FloatArray
    values: FloatArray
    n_windows: int

    def at(self, band: str, sites: Sequence[str] = PREFRONTAL) -> float:
        """Return the mean cordance of some sites in one band."""
        row = list(BANDS).index(band)
        return float(np.mean([self.values[row, SITES.index(site)] for site in sites]))


def missing_sites(ch_names: Collection[str]) -> tuple[str, ...]:
    """Return which of the 19 sites have no channel, under their new or old names."""
    return tuple(s for s in SITES if s not in ch_names and _OLD_NAMES.get(s, s) not in ch_names)


def pair_matrix(ch_names: Sequence[str]) -> FloatArray:
    """Return the matrix that makes the bipolar pairs from the channels.

    Parameters
    ----------
    ch_names : sequence of str
        Channels; T3, T4, T5, T6 and T7, T8, P7, P8 are both understood.

    Returns
    -------
    ndarray, shape (n_pairs, n_channels)
        ``pairs = data @ matrix.T``, in the order of `NEIGHBOURS`.

    Raises
    ------
    UserError
        If an electrode of the 10-20 system is missing.
    """
    missing = missing_sites(ch_names)
    if missing:
        if len(missing) == 1:
            raise UserError(
                "Cordance needs the 19 electrodes of the 10-20 system; {missing} is missing.",
                missing=missing[0],
            )
        raise UserError(
            "Cordance needs the 19 electrodes of the 10-20 system; {missing} are missing.",
            missing=", ".join(missing),
        )
    names = list(ch_names)
    column = {s: names.index(s if s in names else _OLD_NAMES[s]) for s in SITES}
    matrix = np.zeros((len(NEIGHBOURS), len(names)))
    for row, (one, other) in enumerate(NEIGHBOURS):
        matrix[row, column[one]] = 1.0
        matrix[row, column[other]] = -1.0
    return matrix


def cordance(
    data: FloatArray,
    sfreq: float,
    ch_names: Sequence[str],
    segments: Sequence[slice] = (slice(None),),
) -> Cordance:
    """Compute cordance of a recording: Welch, Hann windows of 2 s, half overlapping.

    Parameters
    ----------
    data : ndarray, shape (n_times, n_channels)
        Volts, with any common reference.
    sfreq : float
        Sampling rate in Hz.
    ch_names : sequence of str
        Channels, among them the 19 of the 10-20 system.
    segments : sequence of slice
        Stretches without a gap, see `spectrum.welch_spectrum`.

    Returns
    -------
    Cordance

    Raises
    ------
    UserError
        If an electrode is missing.
    ValueError
        If there is not one window of samples, the rate is too low, or sites do not differ.
    """
    return cordance_of_pairs(welch_spectrum(data @ pair_matrix(ch_names).T, sfreq, segments))


def cordance_of_pairs(spectrum: Spectrum) -> Cordance:
    """Compute cordance from the spectra of the pairs in `NEIGHBOURS`.

    Raises
    ------
    ValueError
        If the spectra do not reach the highest band, a site is without power, or sites do not
        differ.
    """
    if spectrum.freqs[-1] < max(high for _, high in BANDS.values()):
        raise ValueError(f"Spectra end at {spectrum.freqs[-1]:g} Hz, below the beta band.")
    power = np.array([spectrum.total_power(band) for band in BANDS.values()])
    absolute = power @ _attribution()
    if not (absolute > 0).all():
        raise ValueError("There is no power at some sites.")
    relative = absolute / absolute.sum(axis=0)
    values = _z_scores(absolute) + _z_scores(relative)
    if not np.isfinite(values).all():
        raise ValueError("Power does not differ between sites.")
    return Cordance(absolute, relative, values, spectrum.n_windows)


def _attribution() -> FloatArray:
    """Return weights, shape (n_pairs, n_sites), that average the pairs of each site."""
    shared = np.array([[site in pair for site in SITES] for pair in NEIGHBOURS], dtype=float)
    return np.asarray(shared / shared.sum(axis=0))


def _z_scores(values: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = values - values.mean(axis=1, keepdims=True)
        return np.asarray(centred / values.std(axis=1, keepdims=True))
