"""The individual alpha frequency of a baseline, whatever else goes on in it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.electrodes import TEN_TWENTY
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.frames import StreamInfo
from neurofeedback.signal.baseline_alpha import AlphaBaseline, BaselineAlpha
from neurofeedback.signal.gate.settings import GateSettings

SFREQ, HOP = 250.0, 8
INFO = StreamInfo("test", "", SFREQ, TEN_TWENTY, ("eeg",) * 19, ("V",) * 19)
POSTERIOR = ("P3", "Pz", "P4", "O1", "O2")


def eeg(seconds: float = 40.0, peak: float | None = 10.25) -> np.ndarray:
    """Pink noise, with a posterior rhythm where asked for, shape (n_hops, hop, 19), V."""
    n = round(seconds * SFREQ / HOP) * HOP
    rng = np.random.default_rng(2)
    white = np.fft.rfft(rng.standard_normal((n, 19)), axis=0)
    freqs = np.maximum(np.fft.rfftfreq(n, 1 / SFREQ), 0.5)[:, None]
    data = np.fft.irfft(white / freqs**0.5, n, axis=0)
    data *= 1e-5 / data.std(axis=0)
    if peak is not None:
        slow = np.cumsum(rng.standard_normal(n)) * 0.03
        wave = np.sin(2 * np.pi * peak * np.arange(n) / SFREQ + slow)
        for name in POSTERIOR:
            data[:, TEN_TWENTY.index(name)] += 1.5e-5 * wave
    return data.reshape(-1, HOP, 19)


def measured(
    data: np.ndarray,
    info: StreamInfo = INFO,
    reference: object = "as-recorded",
    bads: Sequence[str] = (),
    cuts: Sequence[int] = (),
    apart: Sequence[int] = (),
) -> BaselineAlpha:
    alpha = AlphaBaseline(info, reference, bads, GateSettings(), HOP)  # type: ignore[arg-type]
    marks = np.zeros(len(data), dtype=bool)
    marks[list(apart)] = True
    edges = [0, *sorted(cuts), len(data)]
    for a, b in zip(edges[:-1], edges[1:], strict=True):
        alpha.add(data[a:b], marks[a:b])
    return alpha.measure()


@pytest.mark.parametrize("reference", ["as-recorded", "average", "csd", ("Cz",)])
def test_the_peak_is_found_under_every_reference(reference: object) -> None:
    found = measured(eeg(), reference=reference)
    assert found.peak == pytest.approx(10.25, abs=0.15)
    assert found.channels == POSTERIOR
    assert "Alpha peak at 10." in found.words


def test_a_channel_that_is_the_reference_is_not_looked_at() -> None:
    found = measured(eeg(), reference=("Pz",))
    assert found.channels == ("P3", "P4", "O1", "O2")
    assert found.peak is None  # the others have the same rhythm, and it is taken off


def test_no_clear_peak_is_an_answer() -> None:
    found = measured(eeg(peak=None))
    assert found.peak is None
    assert found.words.startswith("No clear alpha peak from 7 to 13 Hz")


@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, 1250), max_size=10))
def test_chunking_changes_no_bit(cuts: list[int]) -> None:
    data = eeg()
    data[300, 3, 4] = np.nan
    data[700:720, :, -1] += 3e-4
    assert measured(data, cuts=cuts) == measured(data)


def test_frontal_artefacts_do_not_keep_the_back_of_the_head_from_being_heard() -> None:
    data = eeg()
    data[::60, :, TEN_TWENTY.index("Fp1")] += 3e-4  # a blink every two seconds
    assert measured(data).peak == pytest.approx(10.25, abs=0.15)


def test_posterior_artefacts_and_gaps_are_left_out() -> None:
    data = eeg()
    data[500:900, :, TEN_TWENTY.index("Pz")] += 5e-4 * np.sin(np.arange(3200) / 6).reshape(-1, HOP)
    data[100, 0, TEN_TWENTY.index("O1")] = np.inf
    assert measured(data, apart=[200]).peak == pytest.approx(10.25, abs=0.2)


def test_large_alpha_is_no_artefact() -> None:
    data = eeg()
    time = np.arange(data.size // 19) / SFREQ
    wave = 1.3e-4 * np.sin(2 * np.pi * 9.0 * time).reshape(-1, HOP)
    for name in POSTERIOR:
        data[:, :, TEN_TWENTY.index(name)] += wave
    assert measured(data).peak == pytest.approx(9.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("edf/S001R02_first60s.edf", 10.0),
        ("rest/H_S2_EC.edf", 10.25),
        ("rest/MDD_S10_EO.edf", None),
    ],
)
def test_half_a_minute_of_real_recordings(
    real_data_dir: Path, name: str, peak: float | None
) -> None:
    recording = load_recording(real_data_dir / name)
    info, hop = recording.info, round(0.032 * recording.info.sfreq)
    n_hops = round(30 * info.sfreq / hop)
    data = recording.data[: n_hops * hop].reshape(n_hops, hop, -1)
    alpha = AlphaBaseline(info, "average", (), GateSettings(), hop)
    alpha.add(data, np.zeros(n_hops, dtype=bool))
    found = alpha.measure()
    assert found.peak == (None if peak is None else pytest.approx(peak, abs=0.2))


def test_a_dead_channel_is_left_out_and_the_others_speak() -> None:
    data = eeg()
    data[:, :, TEN_TWENTY.index("Pz")] = 2e-3
    found = measured(data)
    assert found.channels == ("P3", "P4", "O1", "O2")
    assert found.peak == pytest.approx(10.25, abs=0.15)


@pytest.mark.parametrize(
    ("bads", "n"), [(("P3", "Pz", "O2"), 2), (POSTERIOR, 0)], ids=["two left", "none left"]
)
def test_too_few_channels_are_said(bads: tuple[str, ...], n: int) -> None:
    found = measured(eeg(), bads=bads)
    assert found.peak is None
    assert f"has {n} posterior channels that work, 3 are needed" in found.words


@pytest.mark.parametrize("n_hops", [0, 1, 250])
def test_too_short_a_baseline_is_said(n_hops: int) -> None:
    found = measured(eeg()[:n_hops])
    assert found.peak is None
    assert "fewer than 4 windows of 4 s" in found.words


def test_a_new_baseline_forgets_the_old_one() -> None:
    alpha = AlphaBaseline(INFO, "average", (), GateSettings(), HOP)
    alpha.add(eeg(peak=8.5), np.zeros(1250, dtype=bool))
    alpha.clear()
    alpha.add(eeg(peak=11.0), np.zeros(1250, dtype=bool))
    assert alpha.measure().peak == pytest.approx(11.0, abs=0.15)
