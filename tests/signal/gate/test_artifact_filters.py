from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.frames import StreamInfo
from neurofeedback.signal.gate.artifact_filters import ArtifactFilters
from neurofeedback.signal.gate.filters import band_taps, line_taps, off_mains
from neurofeedback.signal.gate.muscle import MuscleLevel
from neurofeedback.signal.hops import hop_length
from neurofeedback.signal.settings import GateSettings

NAMES = ("Fp1", "Fp2", "F7", "F3", "F4", "F8", "T7", "T8", "Cz", "O1")
DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"


def info(sfreq: float = 250.0, names: Sequence[str] = NAMES) -> StreamInfo:
    kinds = tuple("eog" if n.startswith("EOG") else "eeg" for n in names)
    return StreamInfo("test", "", sfreq, tuple(names), kinds, ("V",) * len(names))


def eeg(seconds: float, sfreq: float = 250.0, names: Sequence[str] = NAMES) -> np.ndarray:
    """1/f noise with a steady alpha rhythm, about as large as real EEG."""
    rng = np.random.default_rng(3)
    n = round(seconds * sfreq)
    spectrum = np.fft.rfft(rng.standard_normal((n, len(names))), axis=0)
    freqs = np.fft.rfftfreq(n, 1 / sfreq)
    spectrum *= (1 / np.maximum(freqs, 1.0))[:, None]
    data = np.fft.irfft(spectrum, n, axis=0)
    data *= 10e-6 / data.std(axis=0)
    return data + 10e-6 * np.sin(2 * np.pi * 10 * np.arange(n) / sfreq)[:, None]


class Run:
    """A watch over a stream, with helpers that speak in seconds."""

    def __init__(
        self, sfreq: float = 250.0, names: Sequence[str] = NAMES, bads: Sequence[str] = (),
        reference: str | tuple[str, ...] = "as-recorded", **gate: object,
    ) -> None:  # fmt: skip
        self.sfreq, self.names = sfreq, names
        self.hop = hop_length(sfreq, 0.032)
        settings_ = GateSettings.model_validate(gate)
        picks = [n for n in ("F3", "F4") if n in names]
        self.watch = ArtifactFilters(
            info(sfreq, names), settings_, reference, picks, bads, self.hop
        )

    def hops(self, data: np.ndarray) -> np.ndarray:
        n = len(data) // self.hop
        return data[: n * self.hop].reshape(n, self.hop, data.shape[1])

    def causes(self, data: np.ndarray, bad: np.ndarray | None = None) -> list[str | None]:
        hops = self.hops(data)
        bad = np.zeros(len(hops), dtype=bool) if bad is None else bad
        return [self.watch.cause(int(code)) for code in self.watch.process(hops, bad)]

    def when(self, causes: Sequence[str | None], cause: str) -> np.ndarray:
        """Ends of the hops with that cause, s."""
        found = np.flatnonzero([c == cause for c in causes])
        return (found + 1) * self.hop / self.sfreq


def burst(n: int, sfreq: float, rms: float) -> np.ndarray:
    rng = np.random.default_rng(5)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    freqs = np.fft.rfftfreq(n, 1 / sfreq)
    spectrum[(freqs < 20) | (freqs > 100)] = 0
    noise = np.fft.irfft(spectrum, n)
    return rms * noise / noise.std()


@pytest.mark.parametrize("sfreq", [125.0, 160.0, 250.0, 512.0, 1000.0])
def test_steady_eeg_is_let_through_at_any_rate(sfreq: float) -> None:
    run = Run(sfreq)
    assert set(run.causes(eeg(60, sfreq))) == {None}


@pytest.mark.parametrize("sfreq", [125.0, 250.0, 1000.0])
@pytest.mark.parametrize("rms", [20e-6, 60e-6])
@pytest.mark.parametrize("channel", ["F7", "T8"])
def test_muscle_is_noticed_within_the_dwell_and_forgotten(
    sfreq: float, rms: float, channel: str
) -> None:
    run, data = Run(sfreq), eeg(40, sfreq)
    at, n = round(30 * sfreq), round(2 * sfreq)
    data[at : at + n, NAMES.index(channel)] += burst(n, sfreq, rms)
    causes = run.causes(data)
    when = np.union1d(
        run.when(causes, f"muscle {channel}"), run.when(causes, f"gradient {channel}")
    )
    assert 30.0 < when.min() < 30.25
    assert 31.9 < when.max() < 32.0 + 0.25 + 0.13 + 2 * 0.032
    longest_lapse = np.diff(when).max()
    assert longest_lapse < run.watch.support * run.hop / sfreq


def test_muscle_raised_little_by_little_does_not_become_normal() -> None:
    run, data = Run(muscle_amplitude=None), eeg(240)
    ramp = np.linspace(0, 1, len(data))
    data[:, NAMES.index("T7")] += ramp * burst(len(data), 250.0, 40e-6)
    when = run.when(run.causes(data), "muscle T7")
    assert when.size
    assert when.max() > 239


def test_where_there_are_no_temples_the_features_channels_are_watched() -> None:
    names = ("F3", "F4", "Cz", "O1")
    run, data = Run(names=names), eeg(30, names=names)
    data[5000:5500, 1] += burst(500, 250.0, 40e-6)
    assert run.when(run.causes(data), "muscle F4").size


def test_a_bad_channel_is_not_watched() -> None:
    run, data = Run(bads=["T8"]), eeg(30)
    data[5000:, NAMES.index("T8")] += burst(2500, 250.0, 100e-6)
    assert set(run.causes(data)) == {None}


@pytest.mark.parametrize(("names", "channel"), [(NAMES, "Fp2"), ((*NAMES, "EOG"), "EOG")])
def test_a_blink_is_noticed_while_it_lasts(names: Sequence[str], channel: str) -> None:
    run, data = Run(names=names), eeg(20, names=names)
    blink = 200e-6 * np.hanning(90)
    data[2500:2590, names.index(channel)] += blink
    when = run.when(run.causes(data), f"blink {channel}")
    assert 10.0 < when.min() < 10.2
    assert when.max() < 10.36 + 0.1 + 0.6


def test_a_blink_is_noticed_in_an_eog_channel_whichever_way_it_is_wired() -> None:
    names = (*NAMES, "EOG")
    blink = 200e-6 * np.hanning(90)
    for sign in (1, -1):
        run, data = Run(names=names), eeg(20, names=names)
        data[2500:2590, -1] += sign * blink
        assert 10.0 < run.when(run.causes(data), "blink EOG").min() < 10.2


def test_mains_that_a_stream_cannot_carry_are_not_looked_for() -> None:
    run, data = Run(sfreq=100.0, muscle=None), eeg(30, sfreq=100.0)
    alias = 100.0 - 60.0
    data[2000:2200, NAMES.index("F3")] += 80e-6 * np.sin(2 * np.pi * alias * np.arange(200) / 100.0)
    assert not run.when(run.causes(data), "line noise F3").size


def test_a_slow_drift_and_a_negative_wave_are_no_blink() -> None:
    run, data = Run(), eeg(20)
    data[:, 0] += np.linspace(0, 2e-3, len(data))
    data[2500:2590, 0] -= 200e-6 * np.hanning(90)
    causes = run.causes(data)
    during = causes[2500 // run.hop : 2545 // run.hop]
    assert set(during) == {None}


@pytest.mark.parametrize("line", [50.0, 60.0])
@pytest.mark.parametrize("mains", ["auto", "own", "none"])
def test_line_noise_is_found_at_the_declared_mains_only(line: float, mains: str) -> None:
    run = Run(mains=int(line) if mains == "own" else mains)
    data = eeg(30)
    time = np.arange(500) / 250.0
    data[5000:5500, NAMES.index("F3")] += 80e-6 * np.sin(2 * np.pi * (line + 0.1) * time)
    when = run.when(run.causes(data), "line noise F3")
    if mains == "none":
        assert not when.size
    else:
        assert 20.0 < when.min() < 20.4
        assert 21.9 < when.max() < 22.0 + 0.75 + 2 * 0.032


def test_the_mains_are_not_muscle() -> None:
    run = Run(line_noise=None)
    data = eeg(30)
    time = np.arange(2500) / 250.0
    for line in (50.03, 59.95):
        data[5000:, NAMES.index("T7")] += 50e-6 * np.sin(2 * np.pi * line * time)
    causes = run.causes(data)
    settled = causes[(5000 + 250) // run.hop :]
    assert set(settled) == {None}


def test_hops_known_to_be_bad_are_not_judged_and_forgotten() -> None:
    run, data = Run(), eeg(30)
    data[5003, :] += 9e-3
    bad = np.zeros(len(run.hops(data)), dtype=bool)
    bad[5003 // run.hop] = True
    causes = run.causes(data, bad)
    assert set(causes) <= {None, *(f"gradient {n}" for n in NAMES)}
    assert set(causes[5003 // run.hop + 2 :]) == {None}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_blind_only_their_own_channel(value: float) -> None:
    run, data = Run(), eeg(30)
    data[2000:, NAMES.index("F7")] = value
    data[5000:5500, NAMES.index("T8")] += burst(500, 250.0, 40e-6)
    causes = run.causes(data)
    assert run.when(causes, "muscle T8").size > 40
    assert set(causes) == {None, "muscle T8"}


CASES = {
    "as recorded": {},
    "average": {"reference": "average"},
    "two": {"reference": ("Cz", "O1")},
    "everything off": dict.fromkeys(
        ("muscle", "muscle_amplitude", "blink", "line_noise", "reference_gradient")
    ),
}


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(1, 900), max_size=30))
def test_chunking_changes_no_verdict(case: str, cuts: list[int]) -> None:
    data = eeg(30)
    data[3000:3300, 2] += burst(300, 250.0, 50e-6)
    data[4000:4080, 0] += 250e-6 * np.hanning(80)
    data[4500, 4] = np.nan
    data[5000:5300, 3] += 90e-6 * np.sin(2 * np.pi * 0.2 * np.arange(300))
    data[6000, 7] += 5e-3
    whole, parts = Run(**CASES[case]), Run(**CASES[case])
    hops = whole.hops(data)
    bad = np.zeros(len(hops), dtype=bool)
    bad[[100, 600, 601]] = True
    edges = sorted({0, *cuts, len(hops)})
    codes = whole.watch.process(hops, bad)
    pieces = [
        parts.watch.process(hops[a:b], bad[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]
    np.testing.assert_array_equal(codes, np.concatenate(pieces))
    assert codes.any() == (case != "everything off")


def test_empty_and_reset_leave_nothing_behind() -> None:
    run, data = Run(), eeg(30)
    data[5000:5500, 2] += burst(500, 250.0, 50e-6)
    first = run.causes(data)
    assert run.causes(data[:0]) == []
    run.causes(data * 5)
    run.watch.reset()
    assert run.causes(data) == first


def test_the_order_of_channels_does_not_matter() -> None:
    data = eeg(30)
    data[5000:5500, NAMES.index("T8")] += burst(500, 250.0, 50e-6)
    order = list(range(len(NAMES)))[::-1]
    swapped = Run(names=[NAMES[i] for i in order])
    assert swapped.causes(data[:, order]) == Run().causes(data)


def test_the_level_is_the_lower_quartile_of_whole_blocks() -> None:
    level = MuscleLevel(1, 0.1, memory=20.0)  # blocks of 20 hops, ten of them
    blocks = np.arange(1.0, 31.0)
    power = np.repeat(blocks, 20)[:, None]
    found = level.process(power, np.ones(power.shape, dtype=bool))[:, 0]
    assert np.isnan(found[:60]).all()
    assert found[60] == 1.0
    assert found[100] == 2.0  # of 1 .. 5
    assert found[-1] == 22.0  # of 20 .. 29
    level.reset()
    falling = level.process(power[::-1], np.ones(power.shape, dtype=bool))[:, 0]
    assert falling[-1] == 4.0  # of 11 .. 2, newest last
    level.reset()
    assert np.isnan(level.process(power[:1], np.ones((1, 1), dtype=bool))).all()


def test_the_muscle_filter_measures_its_bands_and_refuses_the_rest() -> None:
    sfreq, n = 500.0, 125
    bands = off_mains(((20.0, 40.0), (45.0, 60.0)), (50.0,), 230.0)
    assert bands == [(20.0, 40.0), (45.0, 47.0), (53.0, 60.0)]
    taps = band_taps(sfreq, bands, n, (50.0,))
    time = np.arange(2000) / sfreq

    def gain(f: float) -> float:
        out = np.convolve(np.sin(2 * np.pi * f * time), taps, mode="valid")
        return float(np.sqrt((np.abs(out) ** 2 / 2).mean()) / np.sqrt(0.5))

    assert gain(30.0) == pytest.approx(1.0, abs=0.05)
    assert gain(50.0) < 1e-9
    assert gain(50.1) < 0.01
    assert max(gain(f) for f in (1.0, 5.0, 8.0, 10.0)) < 0.02
    line = line_taps(sfreq, 50.0, 250)
    out = np.convolve(np.sin(2 * np.pi * 50 * time), line, mode="valid")
    np.testing.assert_allclose(np.abs(out), 1.0, rtol=1e-3)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no recordings in {DATA}")
@pytest.mark.parametrize("name", ["H_S13_EC", "MDD_S10_EC", "H_S2_EC"])
def test_clean_recordings_are_hardly_held(name: str) -> None:
    recording = load_recording(DATA / "rest" / f"{name}.edf")
    stream = recording.info
    hop = hop_length(stream.sfreq, 0.032)
    watch = ArtifactFilters(stream, GateSettings(), "average", ["F3", "F4"], (), hop)
    data = np.asarray(recording.data)
    hops = data[: len(data) // hop * hop].reshape(-1, hop, stream.n_channels)
    codes = watch.process(hops, np.zeros(len(hops), dtype=bool))
    assert (codes > 0).mean() < 0.02
