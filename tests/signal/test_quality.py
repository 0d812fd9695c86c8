import tracemalloc
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.signal.hops import HopGrid, Hops
from neurofeedback.signal.quality import (
    Assessment,
    ChannelQuality,
    QualityReport,
    QualitySettings,
    assess,
)

SFREQ, HOP = 250.0, 8
NAMES = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P3", "Pz", "P4",
         "O1", "O2")  # fmt: skip
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def info(names: Sequence[str] = NAMES, sfreq: float = SFREQ, units: str = "V") -> StreamInfo:
    n = len(names)
    return StreamInfo("test", "", sfreq, tuple(names), ("eeg",) * n, (units,) * n)


def eeg(seconds: float = 20.0, sfreq: float = SFREQ, seed: int = 0) -> np.ndarray:
    """Sources that spread over neighbouring electrodes, a little noise of each electrode's own."""
    rng = np.random.default_rng(seed)
    n = round(seconds * sfreq)
    where = np.array([positions()[name] for name in NAMES])
    far = np.linalg.norm(where[:, None] - where[None], axis=2)
    spread = np.exp(-((far / np.median(far)) ** 2) * 3)
    freqs = np.fft.rfftfreq(n, 1 / sfreq)
    spectrum = np.fft.rfft(rng.standard_normal((n, len(NAMES))), axis=0)
    sources = np.fft.irfft(spectrum / np.maximum(freqs, 1.0)[:, None], n, axis=0)
    data = sources @ spread
    data *= 15e-6 / data.std(axis=0)
    offset = np.linspace(-60e-3, 60e-3, len(NAMES))
    return data + 1e-6 * rng.standard_normal(data.shape) + offset


def lights(data: np.ndarray, **settings_: object) -> dict[str, tuple[str, str]]:
    states = assess(data, info(), QualitySettings(**settings_), positions())
    return {s.name: (s.light, s.reason.partition(" for ")[0]) for s in states}


def run(data: np.ndarray, cuts: Sequence[int], quality: ChannelQuality) -> list[QualityReport]:
    grid = HopGrid(HOP, data.shape[1])
    times = np.arange(len(data)) / SFREQ
    found = []
    for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True):
        found += quality.process(grid.push(Chunk(data[a:b].copy(), times[a:b].copy(), a)))
    return found


def test_good_electrodes_are_green_whatever_their_offset() -> None:
    assert set(lights(eeg()).values()) == {("good", "")}


def _flat(data: np.ndarray, c: int) -> None:
    data[:, c] = data[0, c]


def _railed(data: np.ndarray, c: int) -> None:
    data[:, c] = np.minimum(data[:, c], np.quantile(data[:, c], 0.7))


def _own_noise(data: np.ndarray, c: int) -> None:
    data[:, c] += 40e-6 * np.random.default_rng(1).standard_normal(len(data))


def _line(data: np.ndarray, c: int) -> None:
    data[:, c] += 30e-6 * np.sin(2 * np.pi * 50.02 * np.arange(len(data)) / SFREQ)


def _elsewhere(data: np.ndarray, c: int) -> None:
    """Slow activity that none of the neighbours shares: an electrode that has come off."""
    data[:, c] = eeg(len(data) / SFREQ, seed=9)[:, 0]


def _nothing(data: np.ndarray, c: int) -> None:
    data[:, c] = np.nan


def _drift(data: np.ndarray, c: int) -> None:
    data[:, c] += 5e-3 * np.sin(2 * np.pi * 0.3 * np.arange(len(data)) / SFREQ)


def _shorted(data: np.ndarray, c: int) -> None:
    data[:, c] = 0.3e-6 * np.random.default_rng(1).standard_normal(len(data))


FAULTS = {
    "measures nothing (shorted, or connected with the reference)": _shorted,
    "flat": _flat,
    "railed": _railed,
    "noisy (muscle or poor contact)": _own_noise,
    "line noise": _line,
    "low correlation with its neighbours": _elsewhere,
    "no values": _nothing,
    "noisy (muscle or poor contact) ": _drift,
}


@pytest.mark.parametrize("reason", FAULTS)
@pytest.mark.parametrize("channel", ["F3", "Pz", "T8"])
def test_each_fault_is_red_with_its_reason_and_harms_no_other(reason: str, channel: str) -> None:
    data = eeg()
    FAULTS[reason](data, NAMES.index(channel))
    found = lights(data)
    assert found.pop(channel) == ("bad", reason.strip())
    assert {light for light, _ in found.values()} <= {"good"}


def test_a_bridge_is_red_at_both_ends() -> None:
    data = eeg()
    data[:, NAMES.index("F4")] = data[:, NAMES.index("F3")] + 0.2e-6
    found = lights(data)
    assert found.pop("F3") == ("bad", "bridged with F4")
    assert found.pop("F4") == ("bad", "bridged with F3")
    assert {light for light, _ in found.values()} <= {"good"}


def test_a_declared_rail() -> None:
    found = lights(eeg(), rail=55e-3)
    assert {name for name, (light, _) in found.items() if light == "bad"} == {"Fp1", "O2"}


def test_mains_in_every_channel_are_said_but_not_red() -> None:
    data = eeg()
    data += 100e-6 * np.sin(2 * np.pi * 60 * np.arange(len(data)) / SFREQ)[:, None]
    assert set(lights(data).values()) == {("fair", "line noise")}
    assert set(lights(data, mains=(50.0,)).values()) != {("fair", "line noise")}


def test_alpha_and_blinks_are_no_noise() -> None:
    data = eeg()
    time = np.arange(len(data)) / SFREQ
    for name in ("O1", "O2"):
        data[:, NAMES.index(name)] += 30e-6 * np.sin(2 * np.pi * 10 * time)
    for at in range(500, len(data) - 100, 900):
        for name in ("Fp1", "Fp2"):
            data[at : at + 90, NAMES.index(name)] += 150e-6 * np.hanning(90)
    assert set(lights(data).values()) == {("good", "")}


def test_reports_come_each_second_and_look_back_four() -> None:
    data = eeg()
    data[1500:2000, 3] = data[1500, 3]
    quality = ChannelQuality(info(), HOP, positions=positions())
    reports = run(data, [], quality)
    assert [r.hop for r in reports][:2] == [123, 154]
    assert np.allclose(np.diff([r.time for r in reports]), 31 * HOP / SFREQ)
    states = [(r.time, r.states[3].light) for r in reports]
    assert all(light == "good" for time, light in states if time < 6.5 or time > 12.1)
    assert any(light == "bad" for _, light in states)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 2499), max_size=20, unique=True))
def test_chunking_changes_no_figure(cuts: list[int]) -> None:
    data = eeg(10.0)
    data[700, 5] = np.inf
    _own_noise(data, 2)
    whole = run(data, [], ChannelQuality(info(), HOP, positions=positions()))
    parts = run(data, sorted(cuts), ChannelQuality(info(), HOP, positions=positions()))
    assert repr(whole) == repr(parts)
    assert len(whole) >= 6


def window_by_window(data: np.ndarray, every: int, window: int) -> list[str]:
    """What a judge says who sees one window alone, at each place where one is due."""
    n_hops = len(data) // HOP
    found = []
    for start in range(0, n_hops - window + 1, every):
        part = data[start * HOP : (start + window) * HOP]
        (report,) = run(part, [], ChannelQuality(info(), HOP, positions=positions()))
        found.append(repr(report.states))
    return found


def test_every_verdict_is_that_on_its_window_alone() -> None:
    data = eeg(20.0)
    _own_noise(data, 2)
    data[2000, 5] = np.nan
    reports = run(data, [], ChannelQuality(info(), HOP, positions=positions()))
    assert [repr(r.states) for r in reports] == window_by_window(data, every=31, window=4 * 31)
    assert [r.hop for r in reports] == [4 * 31 - 1 + 31 * i for i in range(len(reports))]
    assert [r.time for r in reports] == [(r.hop * HOP + HOP - 1) / SFREQ for r in reports]


@pytest.mark.parametrize("cuts", [[], [1], [1000, 1008], list(range(0, 5000, 40))])
def test_verdicts_farther_apart_than_they_look_back_leave_hops_out(cuts: list[int]) -> None:
    quality = ChannelQuality(info(), HOP, QualitySettings(seconds=2.0, every=5.0), positions())
    reports = run(eeg(20.0), cuts, quality)
    assert [r.hop for r in reports] == [2 * 31 - 1 + round(5 * SFREQ / HOP) * i for i in range(4)]


def test_what_is_kept_does_not_grow_with_the_recording() -> None:
    """So the work of an interval cannot either: what is copied for it has been kept."""
    settings_ = QualitySettings(every=4.0)

    def peak(seconds: float) -> int:
        n_hops = round(seconds * SFREQ) // HOP
        rng = np.random.default_rng(0)
        data = 1e-5 * rng.standard_normal((n_hops, HOP, len(NAMES)))
        hops = Hops(0, data, np.arange(n_hops) * HOP / SFREQ, np.zeros(n_hops, dtype=bool))
        quality = ChannelQuality(info(), HOP, settings_, positions())
        tracemalloc.start()
        quality.process(hops)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10.0)  # what is made once
    more = 360.0 * SFREQ * len(NAMES) * 8  # bytes of samples; the reports are a hundredth of that
    assert peak(400.0) - peak(40.0) < 0.03 * more


def test_empty_and_reset_leave_nothing_behind() -> None:
    quality = ChannelQuality(info(), HOP)
    first = run(eeg(8.0), [], quality)
    none = Hops(0, np.empty((0, HOP, len(NAMES))), np.empty(0), np.empty(0, dtype=bool))
    assert quality.process(none) == []
    quality.reset()
    assert repr(run(eeg(8.0), [], quality)) == repr(first)


@pytest.mark.parametrize("sfreq", [100.0, 125.0, 512.0, 2048.0])
def test_every_rate(sfreq: float) -> None:
    states = assess(eeg(6.0, sfreq), info(sfreq=sfreq), None, positions())
    assert {s.light for s in states} == {"good"}
    assert all(np.isnan(s.line) == (sfreq < 110) for s in states)


def test_the_order_of_channels_does_not_matter() -> None:
    data = eeg()
    _line(data, 4)
    order = np.random.default_rng(0).permutation(len(NAMES))
    one = {s.name: s for s in assess(data, info(), None, positions())}
    swapped = info([NAMES[i] for i in order])
    other = {s.name: s for s in assess(data[:, order], swapped, None, positions())}
    for name in NAMES:
        assert one[name].light == other[name].light
        assert one[name].line == pytest.approx(other[name].line, rel=1e-9)


def test_few_channels_and_short_or_unitless_recordings() -> None:
    states = assess(eeg()[:, :2], info(NAMES[:2]))
    assert [s.light for s in states] == ["good", "good"]
    assert all(np.isnan(s.correlation) for s in states)
    assert assess(eeg(2.0), info()) == ()
    assert assess(eeg(), info(units="n/a")) == ()


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no recordings in {DATA}")
@pytest.mark.parametrize(
    "name", ["rest/H_S13_EC", "rest/H_S2_EO", "rest/MDD_S10_EC", "edf/S001R01"]
)
def test_good_recordings_are_green(name: str) -> None:
    recording = load_recording(DATA / f"{name}.edf")
    states = assess(np.asarray(recording.data), recording.info, None, positions())
    counts = Counter(s.light for s in states)
    assert counts["bad"] == 0
    assert counts["good"] >= 0.9 * len(states)


@pytest.mark.parametrize("n_times", [1, 7, 100, 2000])
def test_a_recording_is_judged_the_same_however_its_samples_come(n_times):
    data = eeg(30.0)
    data[:, 2] *= 30.0
    data[2000:, 4] = 0.0
    assessment = Assessment(info(), None, positions())
    for start in range(0, len(data), n_times):
        assessment.add(data[start : start + n_times])
    assert assessment.states() == assess(data, info(), None, positions())
