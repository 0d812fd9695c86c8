"""Cordance: its pairs, its definition written out, its invariances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch
from scipy.stats import zscore

from neurofeedback.acquisition.electrodes import positions, standard_montage
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.signal.measures.cordance import (
    BANDS,
    NEIGHBOURS,
    PREFRONTAL,
    SITES,
    cordance,
    missing_sites,
    pair_matrix,
)

SFREQ = 128.0


def noise(seed: int = 0, n_channels: int = 19, n_times: int = 1280) -> FloatArray:
    rng = np.random.default_rng(seed)
    gains = rng.uniform(0.5, 2.0, n_channels)
    return rng.standard_normal((n_times, n_channels)) * gains * 1e-5


def written_out(data: FloatArray, sfreq: float, names: tuple[str, ...]) -> dict[str, FloatArray]:
    """The definition, site by site and band by band."""
    absolute = np.zeros((4, 19))
    for s, site in enumerate(SITES):
        pairs = [pair for pair in NEIGHBOURS if site in pair]
        for one, other in pairs:
            difference = data[:, names.index(one)] - data[:, names.index(other)]
            freqs, psd = welch(difference, sfreq, nperseg=round(2 * sfreq))
            for b, (low, high) in enumerate(BANDS.values()):
                inside = (freqs > low - 1e-3) & (freqs < high - 1e-3)
                absolute[b, s] += psd[inside].sum() * freqs[1] / len(pairs)
    relative = absolute / absolute.sum(axis=0)
    values = zscore(absolute, axis=1) + zscore(relative, axis=1)
    return {"absolute": absolute, "relative": relative, "values": values}


def test_the_definition_written_out() -> None:
    names = standard_montage(19)
    found = cordance(noise(), SFREQ, names)
    for field, expected in written_out(noise(), SFREQ, names).items():
        np.testing.assert_allclose(getattr(found, field), expected, rtol=1e-9)
    row = found.values[1]
    assert found.at("theta") == pytest.approx(np.mean([row[SITES.index(s)] for s in PREFRONTAL]))


def test_pairs_are_neighbours_and_symmetric() -> None:
    assert len(set(map(frozenset, NEIGHBOURS))) == len(NEIGHBOURS) == 32
    place = positions()
    for one, other in NEIGHBOURS:
        assert np.degrees(np.arccos(place[one] @ place[other])) < 62
    other_side = str.maketrans("12345678", "21436587")
    mirrored = {frozenset(name.translate(other_side) for name in pair) for pair in NEIGHBOURS}
    assert mirrored == set(map(frozenset, NEIGHBOURS))
    assert min(sum(site in pair for pair in NEIGHBOURS) for site in SITES) >= 3


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(0.01, 100.0), seed=st.integers(0, 99))
def test_gain_and_reference_do_not_matter(scale: float, seed: int) -> None:
    names = standard_montage(19)
    data = noise(seed)
    common = np.random.default_rng(seed + 1).standard_normal((len(data), 1)) * 1e-4
    plain, other = cordance(data, SFREQ, names), cordance(scale * (data + common), SFREQ, names)
    np.testing.assert_allclose(other.values, plain.values, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(19)))
def test_the_order_of_channels_does_not_matter(order: list[int]) -> None:
    names = standard_montage(19)
    plain = cordance(noise(), SFREQ, names)
    shuffled = cordance(noise()[:, order], SFREQ, [names[i] for i in order])
    np.testing.assert_allclose(shuffled.values, plain.values, atol=1e-9)


def test_values_add_up_to_zero_over_sites_and_shares_to_one_over_bands() -> None:
    found = cordance(noise(3), SFREQ, standard_montage(19))
    np.testing.assert_allclose(found.values.sum(axis=1), 0.0, atol=1e-9)
    np.testing.assert_allclose(found.relative.sum(axis=0), 1.0)


def test_more_theta_at_fz_is_more_theta_cordance_there() -> None:
    names = standard_montage(19)
    data = noise(4)
    more = data.copy()
    more[:, names.index("Fz")] += 6e-5 * np.sin(2 * np.pi * 6 * np.arange(len(data)) / SFREQ)
    before, after = cordance(data, SFREQ, names), cordance(more, SFREQ, names)
    assert after.at("theta", ["Fz"]) > before.at("theta", ["Fz"]) + 1
    assert after.at("theta") > before.at("theta")


def test_old_names_and_larger_montages() -> None:
    names = standard_montage(64)
    old = [{"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}.get(n, n) for n in names]
    data = noise(5, 64)
    large = cordance(data, SFREQ, names)
    small = cordance(data[:, :19], SFREQ, names[:19])
    np.testing.assert_allclose(large.values, small.values)
    np.testing.assert_array_equal(pair_matrix(names), pair_matrix(old))


def test_what_cannot_be_computed_is_said() -> None:
    assert missing_sites(["T3", *standard_montage(18)]) == ("P8",)
    with pytest.raises(UserError, match="19 electrodes of the 10-20 system; Fz, P8 are missing"):
        pair_matrix([n for n in standard_montage(18) if n != "Fz"])
    with pytest.raises(ValueError, match="below the beta band"):
        cordance(noise(), 32.0, standard_montage(19))
    with pytest.raises(ValueError, match="no power at some sites"):
        cordance(np.zeros((1000, 19)), SFREQ, standard_montage(19))


def test_a_real_recording_whatever_its_reference(real_data_dir: Path) -> None:
    recording = load_recording(real_data_dir / "edf/S001R01.edf")
    names = recording.info.ch_names
    found = cordance(recording.data, recording.info.sfreq, names)
    expected = written_out(recording.data, recording.info.sfreq, names)
    np.testing.assert_allclose(found.values, expected["values"], rtol=1e-7)
    assert found.at("theta") == pytest.approx(-0.369, abs=1e-3)
