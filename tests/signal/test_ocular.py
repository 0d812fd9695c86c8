from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.signal.ocular import OcularSettings, fit_ocular
from neurofeedback.signal.reference import spatial_matrix

SFREQ = 200.0
NAMES = ("Fp1", "Fp2", "F3", "F4", "Cz", "O1", "VEOG", "HEOG", "Trigger")
TYPES = ("eeg",) * 6 + ("eog", "eog", "stim")
UNITS = ("V",) * 8 + ("n/a",)
SHARES = np.array([[0.8, 0.1], [0.8, -0.1], [0.35, 0.15], [0.35, -0.15], [0.15, 0], [0.02, 0]])
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def info(names: tuple[str, ...] = NAMES) -> StreamInfo:
    at = [NAMES.index(n) for n in names]
    kinds, units = tuple(TYPES[i] for i in at), tuple(UNITS[i] for i in at)
    return StreamInfo("test", "", SFREQ, names, kinds, units)


def baseline(seconds: float = 60.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the recording, and the brain's part of it."""
    rng = np.random.default_rng(seed)
    n = round(seconds * SFREQ)
    time = np.arange(n) / SFREQ
    brain = 3e-6 * rng.standard_normal((n, 6)) + 10e-6 * np.sin(2 * np.pi * 10 * time)[:, None]
    eyes = np.zeros((n, 2))
    for at in range(100, n - 100, 700):
        eyes[at : at + 70, 0] += 300e-6 * np.hanning(70)
        eyes[at + 300 : at + 500, 1] += rng.choice([-1, 1]) * 150e-6 * np.hanning(200)
    data = np.zeros((n, len(NAMES)))
    data[:, :6] = brain + eyes @ SHARES.T + 20e-3
    data[:, 6:8] = eyes + 1e-6 * rng.standard_normal(eyes.shape)
    data[:, 8] = rng.integers(0, 3, n)
    return data, brain


def test_known_shares_are_found_and_taken_off() -> None:
    data, brain = baseline()
    fit = fit_ocular(data, info())
    assert fit.sources == ("VEOG", "HEOG")
    assert fit.note == ""
    np.testing.assert_allclose(fit.coefficients[:6], SHARES, atol=0.02)
    corrected = (data @ fit.matrix.T)[:, :6]
    left = corrected - corrected.mean(axis=0) - (brain - brain.mean(axis=0))
    assert np.abs(left).max() < 12e-6
    np.testing.assert_array_equal(data[:, 6:] @ fit.matrix.T[6:, 6:], data[:, 6:])
    assert (fit.explained[:4] > 0.9).all()
    assert not fit.matrix.flags.writeable


def test_it_composes_with_picks_and_reference_into_one_matrix() -> None:
    data, _ = baseline()
    fit = fit_ocular(data, info())
    picks = spatial_matrix(info(), ["F3", "F4"], "average")
    one = data @ (picks @ fit.matrix).T
    np.testing.assert_allclose(one, (data @ fit.matrix.T) @ picks.T, atol=1e-15)
    before = data @ picks.T
    assert one[:, 0].std() < before[:, 0].std()


def test_frontal_poles_stand_in_and_the_note_says_so() -> None:
    data, _ = baseline()
    names = NAMES[:6]
    fit = fit_ocular(data[:, :6], info(names))
    assert fit.sources == ("Fp1", "Fp2")
    assert "Fp1 and Fp2 stand in" in fit.note
    assert "brain activity" in fit.note
    np.testing.assert_array_equal(fit.matrix[:2], np.eye(6)[:2])
    assert (fit.explained[2:5] > 0.5).all()


def test_sources_can_be_named_and_bad_channels_are_left_alone() -> None:
    data, _ = baseline()
    fit = fit_ocular(data, info(), OcularSettings(sources=("VEOG",)), bads=["F4"])
    assert fit.sources == ("VEOG",)
    np.testing.assert_array_equal(fit.matrix[3], np.eye(9)[3])
    assert fit_ocular(data, info(), bads=["VEOG"]).sources == ("HEOG",)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_stretches_without_numbers_are_left_out(bad: float) -> None:
    data, _ = baseline()
    data[3000, 2] = bad
    data[6000:6100, 6] = bad
    fit = fit_ocular(data, info())
    np.testing.assert_allclose(fit.coefficients[:6], SHARES, atol=0.02)


def test_the_order_of_channels_does_not_matter() -> None:
    data, _ = baseline()
    order = [7, 2, 0, 8, 5, 1, 6, 4, 3]
    one = fit_ocular(data, info())
    other = fit_ocular(data[:, order], info(tuple(NAMES[i] for i in order)))
    np.testing.assert_allclose(other.matrix, one.matrix[np.ix_(order, order)], atol=1e-9)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: (d[:2000], info(), OcularSettings()), "8 s.*20 s are needed"),
        (lambda d: (d[:, 2:6], info(NAMES[2:6]), OcularSettings()), "neither EOG channels nor Fp1"),
        (lambda d: (d, info(), OcularSettings(sources=("EOG9",))), "EOG9.*no such good channel"),
        (lambda d: (d * (np.arange(9) != 6), info(), OcularSettings()), "VEOG does not move"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_a_sentence(change, sentence: str) -> None:
    data, stream, declared = change(baseline()[0])
    with pytest.raises(UserError, match=sentence):
        fit_ocular(data, stream, declared)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no recordings in {DATA}")
def test_blinks_of_a_real_recording_are_taken_off_where_it_was_not_fitted() -> None:
    recording = load_recording(DATA / "rest" / "H_S2_EO.edf")
    data, stream = np.asarray(recording.data), recording.info
    half = len(data) // 2
    fit = fit_ocular(data[:half], stream)
    f3, fp1 = stream.ch_names.index("F3"), stream.ch_names.index("Fp1")
    rest = data[half:]
    smooth = np.ones(32) / 32
    eye = np.convolve(rest[:, fp1] - np.median(rest[:, fp1]), smooth, mode="same")
    blinking = eye > np.quantile(eye, 0.98)
    assert eye[blinking].min() > 30e-6
    before = rest[:, f3] - np.median(rest[:, f3])
    after = rest @ fit.matrix[f3]
    after -= np.median(after)
    assert np.abs(after[blinking].mean()) < 0.35 * np.abs(before[blinking].mean())
