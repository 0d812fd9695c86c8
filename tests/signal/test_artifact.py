import numpy as np
import pytest

from neurofeedback.signal.artifact import Gate
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
