from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as sp

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.signal.asr import AsrCleaner
from neurofeedback.signal.asr_calibration import AsrCalibration, AsrSettings, calibrate_asr
from neurofeedback.signal.hops import hop_length

SFREQ, HOP = 128.0, 4
NAMES = ("Fp1", "F3", "F4", "C3", "C4", "P3", "P4", "O1", "Status")
N = len(NAMES)


def info(sfreq: float = SFREQ, names: tuple[str, ...] = NAMES) -> StreamInfo:
    kinds = tuple("stim" if n == "Status" else "eeg" for n in names)
    units = tuple("n/a" if n == "Status" else "V" for n in names)
    return StreamInfo("test", "", sfreq, names, kinds, units)


@cache
def eeg(seconds: float = 90.0, sfreq: float = SFREQ) -> FloatArray:
    rng = np.random.default_rng(2)
    n = round(seconds * sfreq)
    freqs = np.fft.rfftfreq(n, 1 / sfreq)
    spectrum = np.fft.rfft(rng.standard_normal((n, N - 1)), axis=0)
    sources = np.fft.irfft(spectrum / np.maximum(freqs, 1.0)[:, None], n, axis=0)
    mixing = np.eye(N - 1) + 0.4 * rng.standard_normal((N - 1, N - 1))
    data = np.zeros((n, N))
    data[:, :-1] = 1e-3 * sources @ mixing / (sources @ mixing).std(axis=0) * 1e-2 + 20e-3
    data[:, -1] = rng.integers(0, 4, n)
    return data


@cache
def calibration() -> AsrCalibration:
    return calibrate_asr(eeg()[: round(60 * SFREQ)], info())


def hops(data: FloatArray, hop: int = HOP) -> FloatArray:
    return data[: len(data) // hop * hop].reshape(-1, hop, data.shape[1])


def late(data: FloatArray, cleaner: AsrCleaner, sfreq: float = SFREQ) -> FloatArray:
    """High-passed as ASR does, and as late as it is."""
    n = round(cleaner.delay * sfreq)
    sos = sp.butter(2, 1.0, "highpass", fs=sfreq, output="sos")
    passed = data.copy()
    passed[:, :-1] = sp.sosfilt(sos, data[:, :-1] - data[0, :-1], axis=0)
    return np.concatenate((np.zeros((n, data.shape[1])), passed))[: len(data)]


def test_clean_data_pass_unchanged_but_late() -> None:
    cleaner = AsrCleaner(calibration(), SFREQ, HOP)
    assert cleaner.delay == 0.25
    out = cleaner.process(hops(eeg())).reshape(-1, N)
    np.testing.assert_array_equal(out, late(eeg(), cleaner))


@pytest.mark.parametrize("lookahead", [0.0, 0.1, 0.25])
def test_a_large_component_is_taken_out_and_the_rest_rebuilt(lookahead: float) -> None:
    declared = AsrSettings(lookahead=lookahead)
    cleaner = AsrCleaner(calibration(), SFREQ, HOP, declared)
    assert cleaner.delay == pytest.approx(lookahead, abs=HOP / SFREQ)
    at = slice(round(70 * SFREQ), round(72 * SFREQ))
    dirty = eeg().copy()
    rng = np.random.default_rng(0)
    pattern = np.array([1.0, 0.6, 0.6, 0.2, 0.2, 0.1, 0.1, 0.05])
    wave = 2e-3 * rng.standard_normal(at.stop - at.start)
    dirty[at, :-1] += wave[:, None] * pattern
    out = cleaner.process(hops(dirty)).reshape(-1, N)
    n = round(cleaner.delay * SFREQ)
    inside = slice(at.start + n + round(0.4 * SFREQ), at.stop + n)
    left = np.abs(out[inside, :-1]).max()
    assert left < 0.1 * np.abs(wave).max()
    before = slice(0, at.start - round(0.1 * SFREQ))
    np.testing.assert_array_equal(out[before], late(dirty, cleaner)[before])
    after = at.stop + round((cleaner.support + 2) * HOP + 0.5 * SFREQ)
    np.testing.assert_allclose(out[after:], late(dirty, cleaner)[after:], atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 600), max_size=20))
def test_chunking_changes_no_bit(cuts: list[int]) -> None:
    data = eeg()[: round(20 * SFREQ)].copy()
    data[900:1100, :4] += 3e-3 * np.random.default_rng(1).standard_normal((200, 1))
    data[1500, 2] = np.nan
    data[1800:1810, 3] = np.inf
    whole, parts = (AsrCleaner(calibration(), SFREQ, HOP) for _ in range(2))
    given_ = hops(data)
    edges = sorted({0, *cuts, len(given_)})
    out = whole.process(given_)
    pieces = [parts.process(given_[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    assert out.tobytes() == np.concatenate(pieces).tobytes()
    assert np.isfinite(out).all()
    assert not np.array_equal(out.reshape(-1, N), late(data, whole))


def test_empty_and_reset_leave_nothing_behind() -> None:
    cleaner = AsrCleaner(calibration(), SFREQ, HOP)
    first = cleaner.process(hops(eeg())[:500])
    assert cleaner.process(hops(eeg())[:0]).shape == (0, HOP, N)
    cleaner.process(100 * hops(eeg())[:300])
    cleaner.reset()
    np.testing.assert_array_equal(cleaner.process(hops(eeg())[:500]), first)


def test_other_channels_are_only_delayed() -> None:
    cleaner = AsrCleaner(calibration(), SFREQ, HOP)
    out = cleaner.process(hops(eeg())).reshape(-1, N)
    n = round(cleaner.delay * SFREQ)
    np.testing.assert_array_equal(out[n:, -1], eeg()[: len(out) - n, -1])


@pytest.mark.parametrize("sfreq", [125.0, 250.0, 512.0])
def test_every_rate(sfreq: float) -> None:
    data, hop = eeg(75.0, sfreq), hop_length(sfreq, 0.032)
    cleaner = AsrCleaner(calibrate_asr(data, info(sfreq)), sfreq, hop)
    out = cleaner.process(hops(data, hop)).reshape(-1, N)
    assert abs(cleaner.delay - 0.25) <= 0.5 * hop / sfreq
    np.testing.assert_array_equal(out, late(data[: len(out)], cleaner, sfreq))


def test_the_order_of_channels_does_not_matter() -> None:
    order = np.array([3, 8, 1, 0, 7, 2, 5, 4, 6])
    names = tuple(NAMES[i] for i in order)
    dirty = eeg()[: round(65 * SFREQ)].copy()
    dirty[8000:8100, :3] += 4e-3 * np.random.default_rng(3).standard_normal((100, 1))
    other = calibrate_asr(eeg()[: round(60 * SFREQ)][:, order], info(names=names))
    one = AsrCleaner(calibration(), SFREQ, HOP).process(hops(dirty))
    swapped = AsrCleaner(other, SFREQ, HOP).process(hops(dirty[:, order]))
    np.testing.assert_allclose(swapped, one[:, :, order], atol=1e-9)


def test_a_bad_channel_is_left_out() -> None:
    fit = calibrate_asr(eeg(), info(), bads=["F4"])
    assert 2 not in fit.columns
    assert fit.mixing.shape == (7, 7)


@pytest.mark.parametrize(
    ("seconds", "channels", "sfreq", "sentence"),
    [
        (30.0, slice(None), 128.0, "60 s of calibration data and got 30 s"),
        (90.0, slice(0, 2), 128.0, "at least three good EEG channels"),
        (90.0, slice(None), 64.0, "100 Hz or more"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    seconds: float, channels: slice, sfreq: float, sentence: str
) -> None:
    data = eeg(seconds, sfreq)[:, channels]
    with pytest.raises(UserError, match=sentence):
        calibrate_asr(data, info(sfreq, NAMES[channels]))


def test_a_dead_channel_is_named_as_the_reason() -> None:
    data = eeg().copy()
    data[:, 3] = 0.0
    with pytest.raises(UserError, match="flat or copies another"):
        calibrate_asr(data, info())


def test_the_processing_agrees_with_asrpy() -> None:
    asrpy = pytest.importorskip("asrpy")
    fit, cleaner = calibration(), AsrCleaner(calibration(), SFREQ, HOP)
    dirty = eeg()[: round(30 * SFREQ)].copy()
    dirty[2000:2200, :4] += 3e-3 * np.random.default_rng(1).standard_normal((200, 1))
    out = cleaner.process(hops(dirty)).reshape(-1, N)[:, :-1]
    n = round(cleaner.delay * SFREQ)
    passed = np.concatenate((late(dirty, cleaner), np.zeros((n, N))))[n:, :-1]
    sos = sp.butter(2, 1.0, "highpass", fs=SFREQ, output="sos")
    passed = sp.sosfilt(sos, dirty[:, :-1] - dirty[0, :-1], axis=0)
    theirs = asrpy.asr_process(
        passed.T.copy(), SFREQ, fit.mixing, fit.threshold, windowlen=0.5, lookahead=cleaner.delay,
        stepsize=HOP, maxdims=0.66, ab=(np.ones(1), fit.shaping),
        Zi=np.zeros((N - 1, len(fit.shaping) - 1)), carry=np.zeros((N - 1, n)), mem_splits=1,
    ).T  # fmt: skip
    assert np.abs(out - passed).max() > 1e-3
    np.testing.assert_allclose(out[: -2 * HOP], theirs[: -2 * HOP], atol=1e-12)
