from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as sp

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.signal.asr.calibration import STEP, AsrCalibration, calibrate_asr
from neurofeedback.signal.asr.cleaner import AsrCleaner
from neurofeedback.signal.asr.filters import LEVEL_SECONDS, AsrFilters, shaping_taps
from neurofeedback.signal.asr.settings import AsrSettings
from neurofeedback.signal.hops import hop_length

SFREQ, HOP = 128.0, 4
NAMES = ("Fp1", "F3", "F4", "C3", "C4", "P3", "P4", "O1", "Status")
N = len(NAMES)
BLINK = np.array([1.0, 0.6, 0.6, 0.2, 0.2, 0.1, 0.1, 0.05])


def info(sfreq: float = SFREQ, names: tuple[str, ...] = NAMES) -> StreamInfo:
    kinds = tuple("stim" if n == "Status" else "eeg" for n in names)
    units = tuple("n/a" if n == "Status" else "V" for n in names)
    return StreamInfo("test", "", sfreq, names, kinds, units)


@cache
def eeg(seconds: float = 90.0, sfreq: float = SFREQ) -> FloatArray:
    """Correlated pink noise of 10 microvolts on an offset of 20 mV, and a trigger channel."""
    rng = np.random.default_rng(2)
    n = round(seconds * sfreq)
    freqs = np.fft.rfftfreq(n, 1 / sfreq)
    spectrum = np.fft.rfft(rng.standard_normal((n, N - 1)), axis=0)
    sources = np.fft.irfft(spectrum / np.maximum(freqs, 1.0)[:, None], n, axis=0)
    mixing = np.eye(N - 1) + 0.4 * rng.standard_normal((N - 1, N - 1))
    data = np.zeros((n, N))
    data[:, :-1] = 1e-5 * sources @ mixing / (sources @ mixing).std(axis=0) + 20e-3
    data[:, -1] = rng.integers(0, 4, n)
    data.setflags(write=False)
    return data


def hops(data: FloatArray, hop: int = HOP) -> FloatArray:
    return data[: len(data) // hop * hop].reshape(-1, hop, data.shape[1])


def good(data: FloatArray) -> np.ndarray:
    return np.zeros(len(data), dtype=bool)


def learnt(
    data: FloatArray, stream: StreamInfo | None = None, hop: int = HOP, seconds: float = 60.0
) -> AsrCalibration:
    """Calibrate on the first minute, all of it clean."""
    stream = stream or info()
    some = hops(data[: round((seconds + 1) * stream.sfreq)], hop)
    return calibrate_asr(some, good(some), stream)


@cache
def calibration() -> AsrCalibration:
    return learnt(eeg())


def cleaner(**changes: float) -> AsrCleaner:
    return AsrCleaner(calibration(), SFREQ, HOP, AsrSettings(**changes))


def run(one: AsrCleaner, data: FloatArray) -> FloatArray:
    some = hops(data)
    return one.process(some, 0, good(some)).data.reshape(-1, N)


def dirty(start: float = 70.0, seconds: float = 2.0, amplitude: float = 2e-3) -> FloatArray:
    """Return the data with a large source that reaches the front most."""
    at = slice(round(start * SFREQ), round((start + seconds) * SFREQ))
    data = eeg().copy()
    wave = amplitude * np.random.default_rng(0).standard_normal(at.stop - at.start)
    data[at, :-1] += wave[:, None] * BLINK
    return data


def test_clean_data_come_out_as_they_went_in_but_late() -> None:
    one = cleaner()
    assert one.n_ahead * HOP / SFREQ == 0.125
    n = one.n_ahead * HOP
    np.testing.assert_array_equal(run(one, eeg())[n:], eeg()[:-n])
    unhurried = cleaner(lookahead=0.0)
    assert unhurried.n_ahead == 0
    np.testing.assert_array_equal(run(unhurried, eeg()), eeg())


def test_a_large_component_is_taken_out_and_the_rest_is_as_before() -> None:
    one = cleaner()
    n, at = one.n_ahead * HOP, slice(round(70 * SFREQ), round(72 * SFREQ))
    out = run(one, dirty())
    left = out[n:, :-1] - eeg()[:-n, :-1]
    put_in = dirty()[:-n, :-1] - eeg()[:-n, :-1]
    band = sp.butter(2, (4.0, 30.0), "bandpass", fs=SFREQ, output="sos")
    left, put_in = (sp.sosfilt(band, x, axis=0)[at] for x in (left, put_in))
    assert np.sqrt((left**2).mean()) < 0.02 * np.sqrt((put_in**2).mean())
    np.testing.assert_array_equal(out[n : at.start + n - HOP], eeg()[: at.start - HOP])
    after = at.stop + one.memory * HOP
    np.testing.assert_array_equal(out[after:], eeg()[after - n : -n])


def test_what_is_not_the_artefact_is_mostly_kept() -> None:
    one, data = cleaner(), dirty(amplitude=3e-4)
    n, at = one.n_ahead * HOP, slice(round(70.2 * SFREQ), round(71.8 * SFREQ))
    band = sp.butter(4, (4.0, 30.0), "bandpass", fs=SFREQ, output="sos")
    out, before, seen = (
        sp.sosfiltfilt(band, x[:, :-1], axis=0)[at]
        for x in (run(one, data)[n:], eeg()[:-n], data[:-n])
    )

    def likeness(x: FloatArray) -> float:
        return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(x.T, before.T, strict=True)]))

    assert likeness(seen) < 0.3
    assert likeness(out) > 0.75


def reference(data: FloatArray, fit: AsrCalibration, declared: AsrSettings) -> FloatArray:
    """Compute the same from whole-record filters and the formula in channels, hop by hop."""
    eeg_, n_hops = data[:, fit.columns], len(data) // HOP
    n_level = round(LEVEL_SECONDS * SFREQ / HOP)
    weights = np.blackman(n_level + 2)[1:-1]
    means = eeg_.reshape(n_hops, HOP, -1).mean(axis=1)
    padded = np.concatenate((np.repeat(means[:1], n_level, axis=0), means))
    levels = sp.lfilter(weights / weights.sum(), 1.0, padded - means[0], axis=0) + means[0]
    ends = np.arange(-1, n_hops) * HOP + HOP - 1
    level = np.stack(
        [np.interp(np.arange(len(eeg_)), ends, x) for x in levels[n_level - 1 :].T], axis=1
    )
    passed = eeg_ - level
    shaped = sp.lfilter(shaping_taps(SFREQ), 1.0, passed, axis=0)
    mixing = fit.vectors * fit.deviation @ fit.vectors.T
    threshold = fit.limit[:, None] * fit.vectors.T
    n_ahead = round(declared.lookahead * SFREQ / HOP)
    length = round(declared.window * SFREQ / (HOP * STEP)) * STEP * HOP
    out, rebuild = np.repeat(data[:1], len(data), axis=0), np.eye(len(fit.columns))
    blend = (1 - np.cos(np.pi * np.arange(1, HOP + 1) / HOP))[:, None] / 2
    for k in range(n_hops):
        before = rebuild
        if k % STEP == STEP - 1:
            window = shaped[max(0, (k + 1) * HOP - length) : (k + 1) * HOP]
            variance, vectors = np.linalg.eigh(window.T @ window / length)
            keep = variance < ((threshold @ vectors) ** 2).sum(axis=0)
            keep |= np.arange(1, len(keep) + 1) < len(keep) - round(0.66 * len(keep))
            rebuild = mixing @ np.linalg.pinv(keep[:, None] * (vectors.T @ mixing)) @ vectors.T
            rebuild = np.eye(len(keep)) if keep.all() else rebuild
        if k >= n_ahead:
            at = slice((k - n_ahead) * HOP, (k - n_ahead + 1) * HOP)
            to = slice(k * HOP, (k + 1) * HOP)
            x = passed[at]
            out[to] = data[at]
            out[to, fit.columns] = (
                eeg_[at] - x + blend * (x @ rebuild.T) + (1 - blend) * (x @ before.T)
            )
    return out


@pytest.mark.parametrize("declared", [AsrSettings(), AsrSettings(lookahead=0.0, window=0.75)])
def test_it_is_what_a_direct_computation_gives(declared: AsrSettings) -> None:
    data = dirty()
    data[9500:9700, :3] += 4e-4 * np.random.default_rng(1).standard_normal((200, 1))
    out = run(AsrCleaner(calibration(), SFREQ, HOP, declared), data)
    expected = reference(data, calibration(), declared)
    assert np.abs(out - np.roll(data, round(declared.lookahead * SFREQ), axis=0)).max() > 1e-3
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 600), max_size=20), first=st.integers(0, 9))
def test_chunking_changes_no_bit(cuts: list[int], first: int) -> None:
    data = eeg()[: round(20 * SFREQ)].copy()
    data[900:1100, :4] += 3e-3 * np.random.default_rng(1).standard_normal((200, 1))
    whole, parts = cleaner(), cleaner()
    given_ = hops(data)
    bad = np.arange(len(given_)) == 300
    edges = sorted({0, *cuts, len(given_)})
    out = whole.process(given_, first, bad)
    pieces = [
        parts.process(given_[a:b], first + a, bad[a:b])
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]
    for name in ("data", "rebuilt", "removed", "doubtful"):
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        assert getattr(out, name).tobytes() == joined.tobytes(), name
    assert out.rebuilt.any()


def test_empty_and_reset_leave_nothing_behind() -> None:
    one, some = cleaner(), hops(eeg())[:500]
    first = one.process(some, 0, good(some)).data
    assert one.process(some[:0], 500, good(some[:0])).data.shape == (0, HOP, N)
    one.process(100 * some[:300], 500, ~good(some[:300]))
    one.reset()
    np.testing.assert_array_equal(one.process(some, 0, good(some)).data, first)


def test_the_memory_is_as_long_as_it_says_and_no_longer() -> None:
    for at in (100, 101, 102, 103):
        one, other = cleaner(), cleaner()
        some = hops(eeg())[:400].copy()
        clean = one.process(some, 0, good(some)).data
        some[at] *= 1000.0
        harmed = other.process(some, 0, good(some)).data
        np.testing.assert_array_equal(harmed[at + one.memory + 1 :], clean[at + one.memory + 1 :])
        assert (harmed[at + one.n_ahead] != clean[at + one.n_ahead]).any()


def test_how_much_is_a_guess_minds_the_signals_of_interest() -> None:
    data = eeg().copy()
    at = slice(round(70 * SFREQ), round(72 * SFREQ))
    data[at, 1] += 1e-3 * np.random.default_rng(5).standard_normal(at.stop - at.start)
    found = {}
    for name in ("F3", "O1"):
        signal = np.zeros((N, 1))
        signal[NAMES.index(name)] = 1.0
        one = AsrCleaner(calibration(), SFREQ, HOP, AsrSettings(), signal)
        some = hops(data)
        out = one.process(some, 0, good(some))
        inside = slice(at.start // HOP + 20, at.stop // HOP)
        found[name] = out.rebuilt[inside].min()
        assert (out.removed[inside] > 0.9).all()
        assert out.doubtful[inside].all() == (name == "F3")
        assert not out.rebuilt[: at.start // HOP].any()
    assert found["F3"] > 0.9
    assert found["O1"] < 0.2


def test_what_is_rebuilt_from_a_memory_with_bad_samples_is_doubtful() -> None:
    some = hops(dirty(seconds=5.0))
    bad = good(some)
    one, other = cleaner(rebuilt=1.0), cleaner(rebuilt=1.0)
    trusted = one.process(some, 0, bad)
    assert trusted.rebuilt.any()
    assert not trusted.doubtful.any()
    bad[2300] = True  # in the artefact
    found = other.process(some, 0, bad)
    assert found.doubtful[2300 : 2300 + other.memory + 1].all()
    assert not found.doubtful[:2300].any()
    assert not found.doubtful[2300 + other.memory + 1 :].any()


@pytest.mark.parametrize(("lookahead", "through"), [(0.0, True), (0.128, False)])
def test_the_beginning_of_an_artefact_does_not_pass_unnoticed(
    lookahead: float, through: bool
) -> None:
    some = hops(dirty())
    start = round(70 * SFREQ) // HOP
    one = cleaner(lookahead=lookahead, rebuilt=0.9)
    out = one.process(some, 0, good(some))
    held = np.flatnonzero(out.doubtful)
    assert (held.size > 0) == through
    if through:
        assert start <= held[0] < start + STEP


def test_other_channels_are_only_delayed() -> None:
    one = cleaner()
    n = one.n_ahead * HOP
    np.testing.assert_array_equal(run(one, dirty())[n:, -1], eeg()[:-n, -1])


@pytest.mark.parametrize("sfreq", [125.0, 250.0, 512.0, 1000.0, 1024.0])
def test_every_rate(sfreq: float) -> None:
    data, hop = eeg(75.0, sfreq), hop_length(sfreq, 0.032)
    one = AsrCleaner(learnt(data, info(sfreq), hop), sfreq, hop)
    some = hops(data, hop)
    out = one.process(some, 0, good(some)).data
    n = one.n_ahead
    assert abs(n * hop / sfreq - 0.128) <= 0.5 * hop / sfreq
    np.testing.assert_array_equal(out[n:], some[:-n])


def test_the_order_of_channels_does_not_matter() -> None:
    order = np.array([3, 8, 1, 0, 7, 2, 5, 4, 6])
    names = tuple(NAMES[i] for i in order)
    other = AsrCleaner(learnt(eeg()[:, order], info(names=names)), SFREQ, HOP)
    swapped = run(other, dirty()[:, order])
    np.testing.assert_allclose(swapped, run(cleaner(), dirty())[:, order], atol=1e-9)


def test_a_bad_channel_is_left_out() -> None:
    some = hops(eeg())
    fit = calibrate_asr(some, good(some), info(), bads=["F4"])
    assert 2 not in fit.columns
    assert fit.vectors.shape == (7, 7)


def test_data_referenced_to_their_own_average_are_cleaned_as_well() -> None:
    data = dirty()
    data[:, :-1] -= data[:, :-1].mean(axis=1, keepdims=True)
    fit = learnt(data)
    assert fit.vectors.shape == (8, 7)
    one = AsrCleaner(fit, SFREQ, HOP)
    n, at = one.n_ahead * HOP, slice(round(70.1 * SFREQ), round(72 * SFREQ))
    out = run(one, data)[at.start + n : at.stop + n, :-1]
    assert np.abs(out.mean(axis=1)).max() < 1e-12
    assert np.ptp(out, axis=0).max() < 0.1 * np.ptp(data[at, :-1], axis=0).max()


def test_artefacts_in_the_baseline_do_not_inflate_the_limits() -> None:
    clean = calibration()
    data = eeg().copy()
    for start in np.arange(2.0, 60.0, 6.0):  # one window in twelve
        at = slice(round(start * SFREQ), round((start + 0.5) * SFREQ))
        data[at, :-1] += 3e-4 * np.sin(np.linspace(0, 20, at.stop - at.start))[:, None] * BLINK
    spoilt = learnt(data)
    assert (spoilt.limit < 1.5 * clean.limit).all()
    assert (spoilt.limit > 0.8 * clean.limit).all()
    assert spoilt.seconds < clean.seconds


def test_hops_marked_bad_are_not_learnt_from() -> None:
    data = eeg().copy()
    bad = np.zeros(len(hops(data)), dtype=bool)
    for start in range(200, 2600, 400):
        data[start * HOP : (start + 5) * HOP, :-1] = 5.0
        bad[start : start + 5] = True
    fit = calibrate_asr(hops(data), bad, info())
    np.testing.assert_allclose(fit.deviation, calibration().deviation, rtol=0.15)


def test_deviations_are_those_of_the_shaped_copy() -> None:
    some = hops(np.random.default_rng(0).standard_normal((20_000, N)) * 1e-5)
    fit = calibrate_asr(some, good(some), info())
    _, shaped = AsrFilters(SFREQ, HOP, N).process(some)
    expected = shaped[200:, :, : N - 1].std()
    np.testing.assert_allclose(fit.deviation, expected, rtol=0.1)
    assert (fit.limit > 2.0 * expected).all()
    assert (fit.limit < 6.0 * expected).all()


def test_offset_and_drift_are_not_artefacts() -> None:
    data = eeg().copy()
    data[:, :-1] += np.linspace(0.0, 5e-3, len(data))[:, None]  # 55 microvolts a second
    n = cleaner().n_ahead * HOP
    np.testing.assert_array_equal(run(cleaner(), data)[n:], data[:-n])


def test_slow_waves_and_muscle_weigh_more_than_alpha() -> None:
    taps = shaping_taps(250.0)
    turns = np.exp(-2j * np.pi * np.outer([1.0, 8.0, 10.0, 30.0, 80.0], np.arange(taps.size)) / 250)
    slow, theta, alpha, beta, fast = np.abs(turns @ taps)
    assert abs(taps.sum()) < 1e-12
    assert slow > 3 * alpha
    assert theta == pytest.approx(0.33, abs=0.1)
    assert alpha == pytest.approx(0.33, abs=0.05)
    assert beta == pytest.approx(1.0, abs=0.05)
    assert fast == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize(
    ("seconds", "channels", "sfreq", "sentence"),
    [
        (30.0, slice(None), 128.0, "60 s of clean data to calibrate on and got 30 s"),
        (90.0, slice(0, 2), 128.0, "at least three good EEG channels"),
        (90.0, slice(None), 64.0, "100 Hz or more"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    seconds: float, channels: slice, sfreq: float, sentence: str
) -> None:
    some = hops(eeg()[: round(seconds * SFREQ), channels])
    with pytest.raises(UserError, match=sentence):
        calibrate_asr(some, good(some), info(sfreq, NAMES[channels]))


def test_a_flat_channel_is_named() -> None:
    data = eeg().copy()
    data[:, 4] = 20e-3
    with pytest.raises(UserError, match="C4 is flat"):
        learnt(data)


def test_a_baseline_that_is_nearly_all_artefact_is_refused() -> None:
    some = hops(eeg())
    bad = np.arange(len(some)) % 15 == 0
    with pytest.raises(UserError, match="longer, quieter"):
        calibrate_asr(some, bad, info())
