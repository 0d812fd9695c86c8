"""Measures of whole recordings against MNE and SciPy, which compute them by code of their own.

Both compute from the same samples, so that differences are those of the computation; the largest
relative difference over channels, pairs or sites is shown. `IAF` is the largest difference of a
channel's peak in Hz. Where MNE can read the file, its samples are compared too: `samples` is the
largest difference relative to the standard deviation (samples are stored as float32 here), and
`FAA read` the largest absolute difference that makes.

``BENCHMARK_RECORDINGS`` may name files or folders, separated by the path separator; the default is
every file of the folder of real recordings beside the repository.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mne
import numpy as np
from mne.time_frequency import psd_array_welch
from scipy.signal import find_peaks, savgol_filter
from scipy.stats import zscore

from benchmarks.recordings import VARIABLE, NoRecordings
from benchmarks.table import Table
from neurofeedback.acquisition.naming import electrode_name
from neurofeedback.acquisition.recorded import Recording
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.report.alpha import alpha_in
from neurofeedback.report.faa import measure_asymmetry
from neurofeedback.report.frontal import cordance_wants
from neurofeedback.report.sections import Reading
from neurofeedback.signal import reference
from neurofeedback.signal.measures import asymmetry, cordance

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"
QUICK = ("S001R01.edf", "S001R02_EC.set", "H_S2_EC.edf", "eegmmidb_EO.xdf")
NOT_MNE = {".xdf", ".txt"}
SUFFIXES = {".edf", ".bdf", ".gdf", ".fif", ".set", ".vhdr", *NOT_MNE}
ALPHA = (8.0, 13.0)
SAME = 1e-6
COLUMNS = ["file", "channels", "spectra", "alpha power", "FAA", "FAA CSD", "cordance A"]
COLUMNS += ["cordance R", "cordance z", "IAF Hz", f"all < {SAME:g}", "samples", "FAA read"]


@dataclass(frozen=True)
class Independent:
    """The EEG channels, transformed by other code; `data` has the shape (n_channels, n_times)."""

    data: FloatArray
    names: tuple[str, ...]
    sfreq: float
    segments: Sequence[slice]

    def psd(
        self, data: FloatArray, seconds: float, window: str = "hann"
    ) -> tuple[FloatArray, FloatArray]:
        """Return spectra by MNE, (n_channels, n_freqs), over stretches without gaps, and freqs."""
        n = round(seconds * self.sfreq)
        total, count = 0.0, 0
        for segment in self.segments:
            part = data[:, segment]
            if part.shape[1] < n:
                continue
            psd, freqs = psd_array_welch(
                part, self.sfreq, 0, np.inf, n_fft=n, n_per_seg=n, n_overlap=n // 2, window=window,
                remove_dc=True, average="mean", verbose="error",
            )  # fmt: skip
            windows = 1 + (part.shape[1] - n) // (n - n // 2)
            total, count = total + windows * psd, count + windows
        return total / count, freqs

    def average(self) -> FloatArray:
        """Return average-referenced data, by MNE."""
        raw = mne.io.RawArray(self.data.copy(), self.info(), verbose="error")
        raw.set_eeg_reference("average", projection=False, verbose="error")
        return np.asarray(raw.get_data())

    def csd(self) -> FloatArray:
        """Return the surface Laplacian by MNE, on the sphere that fits the electrodes."""
        raw = mne.io.RawArray(self.data.copy(), self.info(), verbose="error")
        known = mne.channels.get_builtin_montages()
        raw.set_montage("colin27_1005" if "colin27_1005" in known else "standard_1005")
        radius, origin, _ = mne.bem.fit_sphere_to_headshape(raw.info, verbose="error")
        density = mne.preprocessing.compute_current_source_density(raw, (*origin, radius))
        return np.asarray(density.get_data())

    def info(self) -> mne.Info:
        return mne.create_info(list(self.names), self.sfreq, "eeg", verbose="error")

    def pick(self, data: FloatArray, names: Sequence[str]) -> FloatArray:
        return data[[self.names.index(name) for name in names]]


def agreement(quick: bool) -> Table:
    """Compare every file."""
    table = Table("Measures against MNE and SciPy: largest relative difference", list(COLUMNS))
    for path in _paths(quick):
        try:
            recording = load_recording(path)
        except UserError:
            continue  # the readers' edge cases without EEG
        if len(recording.info.eeg) < 2:
            continue
        eeg = list(recording.info.eeg)
        names = tuple(recording.info.ch_names[i] for i in eeg)
        data = np.ascontiguousarray(recording.data[:, eeg].T)
        segments = list(recording.segments())
        other = Independent(data, names, recording.info.sfreq, segments)
        differences = compare(recording, other)
        worst = max(v for v in differences.values() if v is not None)
        cells = ["-" if v is None else v for v in differences.values()]
        reading = ["-", "-"] if path.suffix in NOT_MNE else _reading(other, path)
        table.add(path.name, len(names), *cells, "yes" if worst < SAME else "NO", *reading)
    return table


def _reading(same: Independent, path: Path) -> list[object]:
    """Return how much the samples differ when MNE reads the file, and the asymmetry."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = mne.io.read_raw(path, preload=True, verbose="error")
    labels = {electrode_name(label) or label: label for label in raw.ch_names}
    data = raw.get_data([labels[name] for name in same.names])
    by_mne = Independent(data, same.names, float(raw.info["sfreq"]), same.segments)
    samples = np.abs(data - same.data).max(axis=1) / data.std(axis=1)
    found = _faa_by_mne(same, same.average())
    return [
        float(samples.max()),
        float(np.abs(found - _faa_by_mne(by_mne, by_mne.average())).max()),
    ]


def compare(recording: Recording, other: Independent) -> dict[str, float | None]:
    """Return the difference of each measure; None where a recording does not have it."""
    reading = Reading(recording)
    picks = list(other.names)
    average = other.average()
    psd, freqs = other.psd(average, 2.0)
    ours = reading.spectrum(picks)
    inside = (freqs >= ALPHA[0] - 1e-6) & (freqs <= ALPHA[1] + 1e-6)
    scalp = len(reference.scalp_channels(recording.info)) == len(picks) >= 19
    complete = not cordance.missing_sites(picks)
    a, r, z = _cordance(reading, other) if complete else (None, None, None)
    return {
        "spectra": _relative(ours.psd.T[:, 1:], psd[:, 1:]),
        "alpha power": _relative(ours.band_power(ALPHA), psd[:, inside].mean(axis=1)),
        "FAA": _faa(reading, other, average),
        "FAA CSD": _faa(reading.with_reference("csd"), other, other.csd()) if scalp else None,
        "A": a,
        "R": r,
        "z": z,
        "IAF": _alpha(reading, other, average),
    }


def _faa(reading: Reading, other: Independent, data: FloatArray) -> float | None:
    pairs = asymmetry.frontal_pairs(other.names)
    if not pairs:
        return None
    found = [pair.value for pair in measure_asymmetry(reading, pairs).pairs]
    return _relative(np.array(found), _faa_by_mne(other, data))


def _faa_by_mne(other: Independent, data: FloatArray) -> FloatArray:
    psd, freqs = other.psd(data, 2.0)
    power = psd[:, (freqs >= ALPHA[0] - 1e-6) & (freqs <= ALPHA[1] + 1e-6)].mean(axis=1)
    pairs = asymmetry.frontal_pairs(other.names)
    at = [[other.names.index(name) for name in pair] for pair in pairs]
    return np.array([np.log(power[j] / power[i]) for i, j in at])


def _cordance(reading: Reading, other: Independent) -> tuple[float, float, float]:
    names = list(other.names)
    (pairs,) = cordance_wants(reading)
    found = cordance.cordance_of_pairs(reading.spectrum_of(pairs))
    old = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
    row = {s: names.index(s if s in names else old[s]) for s in cordance.SITES}
    absolute = np.zeros_like(found.absolute)
    for s, site in enumerate(cordance.SITES):
        pairs = [pair for pair in cordance.NEIGHBOURS if site in pair]
        psd, freqs = other.psd(
            np.array([other.data[row[i]] - other.data[row[j]] for i, j in pairs]), 2.0
        )
        for b, (low, high) in enumerate(cordance.BANDS.values()):
            inside = (freqs >= low - 1e-6) & (freqs < high - 1e-6)
            absolute[b, s] = psd[:, inside].sum(axis=1).mean() * (freqs[1] - freqs[0])
    relative = absolute / absolute.sum(axis=0)
    values = zscore(absolute, axis=1) + zscore(relative, axis=1)
    return (
        _relative(found.absolute, absolute),
        _relative(found.relative, relative),
        float(np.abs(found.values - values).max() / np.abs(values).max()),
    )


def _alpha(reading: Reading, other: Independent, average: FloatArray) -> float | None:
    try:
        found, names = alpha_in(reading)
    except UserError:  # too few channels, or too short
        return None
    psd, freqs = other.psd(other.pick(average, names), 4.0, "hamming")
    fitted = (freqs >= 1) & (freqs <= 40)
    smooth = savgol_filter(psd[:, fitted], 11, 5, axis=1)
    worst = None
    for channel, density in zip(found.channels, smooth, strict=True):
        if channel.peak is None:
            continue
        peaks, _ = find_peaks(density)
        where = freqs[fitted][peaks]
        near = peaks[(where >= 7) & (where <= 13)]
        top = freqs[fitted][near[density[near].argmax()]]
        worst = max(worst or 0.0, abs(float(top) - channel.peak))
    return worst


def _relative(found: FloatArray, expected: FloatArray) -> float:
    return float((np.abs(found - expected) / np.abs(expected)).max())


def _paths(quick: bool) -> list[Path]:
    given = os.environ.get(VARIABLE)
    roots = [Path(part) for part in given.split(os.pathsep)] if given else [DEFAULT]
    found = [
        path
        for root in roots
        for path in (sorted(root.rglob("*")) if root.is_dir() else [root])
        if path.is_file() and (path.suffix in SUFFIXES or path == root)
    ]
    if not found:
        raise NoRecordings(f"no recordings: name files or folders of EEG in {VARIABLE}")
    return [path for path in found if path.name in QUICK] if quick and not given else found
