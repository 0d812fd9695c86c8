"""Spectra of the trained electrodes against SciPy's Welch; gaps, and what is no number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import welch

from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.session.trained_spectrum import SpectrumReader


def info_of(sfreq: float, *names: str) -> StreamInfo:
    n = len(names)
    return StreamInfo("amp", "", sfreq, names, ("eeg",) * n, ("V",) * n)


def noise(n_times: int, n_channels: int) -> np.ndarray:
    return 1e-5 * np.random.default_rng(2).standard_normal((n_times, n_channels)) + 5e-3


def feed(reader: SpectrumReader, data, sfreq: float, first: int = 0, late: float = 0.0, size=17):
    for a in range(0, len(data), size):
        part = data[a : a + size]
        times = late + (first + a + np.arange(len(part))) / sfreq
        reader.add(Chunk(part, times, first + a))


@pytest.mark.parametrize("sfreq", [128.0, 250.0, 1000.0])
def test_it_is_welchs_estimate_of_the_newest_4_s(sfreq: float) -> None:
    reader = SpectrumReader(info_of(sfreq, "Cz", "F3", "F4"), ["F4", "F3"])
    data = noise(round(5.3 * sfreq), 3)
    feed(reader, data, sfreq)
    found = reader.poll()
    newest = data[-round(4 * sfreq) :][:, [2, 1]]
    freqs, power = welch(newest, sfreq, nperseg=round(2 * sfreq), axis=0)
    shown = (freqs >= 1) & (freqs <= 45)
    np.testing.assert_allclose(found.freqs, freqs[shown])
    np.testing.assert_allclose(found.decibels, 10 * np.log10(power[shown] * 1e12), atol=1e-9)


def test_at_most_four_a_second_and_none_before_4_s_without_a_gap() -> None:
    reader = SpectrumReader(info_of(250.0, "F3"), ["F3"])
    data = noise(2000, 1)
    n_found = 0
    for a in range(0, 1500, 10):
        feed(reader, data[a : a + 10], 250.0, a)
        n_found += reader.poll() is not None
    assert n_found == 8  # in 2 s, and not before the first 4 s
    feed(reader, data[1500:1600], 250.0, 1500, late=3.0)
    assert reader.poll() is None
    assert reader.missing == 3.6
    feed(reader, data[:1000], 250.0, 1600, late=3.0)
    assert reader.poll() is not None


@pytest.mark.parametrize("gap", ["time", "numbers"])
def test_a_gap_within_a_chunk_begins_anew(gap: str) -> None:
    reader = SpectrumReader(info_of(250.0, "F3"), ["F3"])
    times = np.arange(1500) / 250.0
    if gap == "time":
        times[700:] += 2.0
        reader.add(Chunk(noise(1500, 1), times, 0))
    else:
        reader.add(Chunk(noise(700, 1), times[:700], 0))
        reader.add(Chunk(noise(800, 1), times[700:], 900))
    assert reader.missing == pytest.approx(0.8)


def test_an_electrode_without_values_does_not_take_the_others_away() -> None:
    reader = SpectrumReader(info_of(250.0, "F3", "F4", "Cz"), ["F3", "F4", "Cz"])
    data = noise(1000, 3)
    data[500, 0], data[:, 1] = np.nan, 0.0
    feed(reader, data, 250.0)
    found = reader.poll().decibels
    assert np.isnan(found[:, :2]).all()
    assert np.isfinite(found[:, 2]).all()


def test_only_eeg_in_volts_and_four_at_most() -> None:
    names = tuple(f"E{i}" for i in range(7))
    info = StreamInfo("amp", "", 250.0, names, ("eog", *["eeg"] * 6), ("V",) * 6 + ("n/a",))
    reader = SpectrumReader(info, [*names, "elsewhere"])
    assert reader.names == ("E1", "E2", "E3", "E4")
    assert reader.n_wanted == 5
