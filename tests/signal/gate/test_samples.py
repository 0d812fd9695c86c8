import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from neurofeedback.signal.gate.samples import Gate
from neurofeedback.signal.settings import GateSettings

SFREQ, HOP = 250.0, 8
NAMES = ("F3", "F4", "Cz")


def _gate() -> Gate:
    return Gate(NAMES, np.full(3, 100e-6), GateSettings(), SFREQ, HOP)


def _eeg(n_hops: int = 250, offset: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(7)
    return offset + 10e-6 * rng.standard_normal((n_hops, HOP, 3))


def _causes(data: np.ndarray) -> list[str | None]:
    gate = _gate()
    _, codes = gate.process(data)
    return [gate.cause(int(code)) for code in codes]


@pytest.mark.parametrize("offset", [0.0, 62e-3, -0.2])
def test_clean_data_pass_whatever_the_electrode_offset(offset: float) -> None:
    assert set(_causes(_eeg(offset=offset))) == {None}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_sample_that_is_no_number(bad: float) -> None:
    data = _eeg()
    data[100, 3, 1] = bad
    causes = _causes(data)
    assert causes[100] == "not a number F4"
    assert [i for i, cause in enumerate(causes) if cause] == [100]
    clean, _ = _gate().process(data)
    assert clean[100, 3, 1] == 0.0
    assert np.isfinite(clean).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_single_large_sample(sign: int) -> None:
    data = _eeg()
    data[60, 2, 2] = sign * 160e-6
    causes = _causes(data)
    assert causes[60] == "amplitude Cz"
    assert sum(cause is not None for cause in causes) == 1


def test_a_blink_is_found_and_forgotten() -> None:
    data = _eeg().reshape(-1, 3)
    blink = 250e-6 * np.hanning(75)
    data[800:875, 0] += blink
    causes = _causes(data.reshape(-1, HOP, 3))
    hit = [i for i, cause in enumerate(causes) if cause]
    assert 800 // HOP <= min(hit)
    assert max(hit) <= 875 // HOP
    loud = np.flatnonzero(blink > 130e-6)
    assert set(range((800 + loud[0]) // HOP, (800 + loud[-1]) // HOP + 1)) <= set(hit)


def test_a_flat_channel_is_found_after_the_stated_time_and_until_it_moves() -> None:
    data = _eeg()
    data[100:150, :, 0] = data[100, 0, 0]
    causes = _causes(data)
    needed = round(0.2 * SFREQ / HOP)
    flat = [i for i, cause in enumerate(causes) if cause == "flat F3"]
    assert flat == list(range(100 + needed - 1, 150))


def test_a_railed_channel_is_flat() -> None:
    data = _eeg()
    data[50:, :, 2] = 187.5e-3
    causes = _causes(data)
    assert causes[50] == "amplitude Cz"
    assert causes[200] == "flat Cz"


def test_the_worst_kind_is_named_first() -> None:
    data = _eeg()
    data[100, 0, 0] = 1.0
    data[100, 0, 2] = np.nan
    assert _causes(data)[100] == "not a number Cz"


def test_a_clipped_channel_is_railed_although_it_moves() -> None:
    data = _eeg(500).reshape(-1, 3)
    drift = np.zeros(len(data))
    drift[2000:3000] = 60e-6
    drift[1950:2000] = np.linspace(0, 60e-6, 50)
    data[:, 1] = np.minimum(data[:, 1] + drift, 50e-6)
    causes = _causes(data.reshape(-1, HOP, 3))
    railed = [i for i, cause in enumerate(causes) if cause == "railed F4"]
    assert min(railed) <= 2000 // HOP + 4
    assert len(railed) > 0.6 * 1000 / HOP
    assert max(railed) <= 3000 // HOP


def test_rising_waves_are_not_clipped() -> None:
    time = np.arange(4000) / SFREQ
    data = np.stack([60e-6 * np.sin(2 * np.pi * f * time) for f in (0.2, 1.0, 9.7)], axis=1)
    assert set(_causes(data.reshape(-1, HOP, 3))) == {None}


@pytest.mark.parametrize("sign", [1, -1])
def test_beyond_a_declared_rail(sign: int) -> None:
    data = _eeg(offset=sign * 0.187)
    gate = Gate(NAMES, np.full(3, 100e-6), GateSettings(rail=0.18), SFREQ, HOP)
    _, codes = gate.process(data)
    assert {gate.cause(int(code)) for code in codes} == {"railed F3"}


def _steps(data: np.ndarray, sfreq: float = SFREQ, hop: int = HOP, limit: float = 80e-6) -> list:
    gate = Gate(NAMES, np.full(3, 1.0), GateSettings(), sfreq, hop, limit)
    _, codes = gate.process(data)
    return [gate.cause(int(code)) for code in codes]


def test_a_step_is_found_in_its_own_hop_and_forgotten() -> None:
    data = _eeg().reshape(-1, 3)
    data[800:, 1] += 150e-6
    causes = _steps(data.reshape(-1, HOP, 3))
    assert [(i, c) for i, c in enumerate(causes) if c] == [(100, "gradient F4")]


@pytest.mark.parametrize(("sfreq", "hop"), [(125.0, 4), (250.0, 8), (512.0, 16), (2048.0, 66)])
def test_a_pop_of_the_same_height_is_found_at_any_rate(sfreq: float, hop: int) -> None:
    time = np.arange(200 * hop) / sfreq
    data = 50e-6 * np.sin(2 * np.pi * 10 * time)[:, None] * np.ones(3)
    assert set(_steps(data.reshape(-1, hop, 3), sfreq, hop)) == {None}
    pop = 100 * hop
    width = max(1, round(0.002 * sfreq))  # an anti-aliased step
    data[pop:, 2] += 130e-6 * np.clip(np.arange(len(data) - pop) / width, 0, 1)
    causes = _steps(data.reshape(-1, hop, 3), sfreq, hop)
    assert set(causes[:100] + causes[102:]) == {None}
    assert "gradient Cz" in causes[100:102]


@settings(max_examples=examples(30), deadline=None)
@given(cuts=st.lists(st.integers(1, 249), max_size=20))
def test_chunking_changes_no_verdict(cuts: list[int]) -> None:
    data = _eeg()
    data[40:60, :, 0] = np.minimum(data[40:60, :, 0], 0.0)
    data[100, 2, 1] = np.nan
    data[130:150, :, 2] = 1e-3
    data[200:, :, 1] += 90e-6
    data = np.round(data * 1e6) / 1e6  # ties, as coarse converters make them
    whole = Gate(NAMES, np.full(3, 100e-6), GateSettings(), SFREQ, HOP, 80e-6)
    parts = Gate(NAMES, np.full(3, 100e-6), GateSettings(), SFREQ, HOP, 80e-6)
    edges = [0, *sorted(set(cuts)), 250]
    pieces = [parts.process(data[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    clean, codes = whole.process(data)
    np.testing.assert_array_equal(codes, np.concatenate([c for _, c in pieces]))
    np.testing.assert_array_equal(clean, np.concatenate([c for c, _ in pieces]))
    assert codes.any()


def test_empty_and_reset_leave_nothing_behind() -> None:
    gate = Gate(NAMES, np.full(3, 100e-6), GateSettings(), SFREQ, HOP, 80e-6)
    data = _eeg()
    data[100:150, :, 0] = 3e-5
    _, first = gate.process(data)
    clean, codes = gate.process(data[:0])
    assert clean.shape == (0, HOP, 3)
    assert codes.shape == (0,)
    gate.process(data * 30)
    gate.reset()
    _, again = gate.process(data)
    np.testing.assert_array_equal(first, again)


def test_the_order_of_channels_changes_names_only() -> None:
    data = _eeg()
    data[100, 3, 1] += 150e-6
    assert _causes(data)[100] == "amplitude F4"
    gate = Gate(("Cz", "F4", "F3"), np.full(3, 100e-6), GateSettings(), SFREQ, HOP)
    _, codes = gate.process(data[:, :, ::-1])
    assert gate.cause(int(codes[100])) == "amplitude F4"
    assert np.count_nonzero(codes) == 1


def test_settings_are_switched_off_by_a_word_and_survive_json() -> None:
    declared = GateSettings.model_validate({"blink": "off", "muscle": "off", "mains": 50})
    assert declared.blink is None
    assert declared.muscle is None
    assert GateSettings.model_validate_json(declared.model_dump_json()) == declared
    with pytest.raises(ValidationError):
        GateSettings.model_validate({"mains": 55})
    with pytest.raises(ValidationError):
        GateSettings.model_validate({"blink": "never"})


def test_a_gate_without_columns_lets_everything_through() -> None:
    gate = Gate((), np.empty(0), GateSettings(), SFREQ, HOP, 80e-6)
    clean, codes = gate.process(np.empty((5, HOP, 0)))
    assert clean.shape == (5, HOP, 0)
    assert codes.tolist() == [0] * 5
