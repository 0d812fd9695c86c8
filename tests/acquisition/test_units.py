"""Declared units in all spellings; what is not declared is not guessed in silence."""

from __future__ import annotations

import re

import numpy as np
import pytest

from neurofeedback.acquisition.amplitude import doubtful_unit, plausible_unit
from neurofeedback.acquisition.units import scaling, volts_per_unit
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("microvolts", 1e-6),
        ("uV", 1e-6),
        ("UV", 1e-6),
        ("\u00b5V", 1e-6),  # micro sign
        ("\u03bcV", 1e-6),  # Greek mu
        ("-6", 1e-6),
        ("-6.0", 1e-6),
        ("mV", 1e-3),
        ("millivolts", 1e-3),
        ("-3", 1e-3),
        ("V", 1.0),
        ("Volts", 1.0),
        (" volts ", 1.0),
        ("0", 1.0),
        ("nV", 1e-9),
        ("-9", 1e-9),
        ("uV\x00\x00\x00", 1e-6),
        (" Uv ", 1e-6),
        ("\u00c2\u00b5V", 1e-6),  # UTF-8 read as Latin-1
        ("\u00ce\u00bcV", 1e-6),
        ("microV", 1e-6),
        ("uVolt", 1e-6),
        ("\u00b5Volts", 1e-6),
        ("MilliVolts", 1e-3),
        ("MV", None),  # megavolts
        ("Mv", None),
        ("", None),
        ("counts", None),
        ("-12", None),
        ("nan", None),
    ],
)
def test_spellings(text: str, factor: float | None) -> None:
    assert volts_per_unit(text) == factor


def noise(rms: float, n_times: int = 640) -> FloatArray:
    rng = np.random.default_rng(1)
    return rng.standard_normal((n_times, 3)) * rms + 1000 * rms


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        (noise(10.0), "microvolts"),
        (noise(1e-5), "V"),
        (noise(1e4), None),
        (noise(0.01), None),
        (noise(0.0), None),
        (noise(10.0, n_times=9), None),
        (noise(np.nan), None),
        (noise(10.0)[:, :0], None),
    ],
)
def test_the_size_of_samples_tells_only_what_is_certain(values: FloatArray, unit: str) -> None:
    assert plausible_unit(values, 160.0) == unit


def scale(declared: list[str], types: list[str], unit: str | None = None, rms: float = 10.0):  # noqa: ANN201
    return scaling(
        declared, types, unit=unit, values=noise(rms)[:, : len(types)], sfreq=160.0, where="cap"
    )


def test_declared_units_are_kept_channel_by_channel() -> None:
    found = scale(["uV", "mV", "0"], ["eeg", "ecg", "stim"])
    np.testing.assert_array_equal(found.factors, [1e-6, 1e-3, 1.0])
    assert found.units == ("V", "V", "n/a")
    assert (found.native_unit, found.note) == ("uV", None)


def test_an_undeclared_unit_is_assumed_aloud() -> None:
    found = scale(["", "none"], ["eeg", "eeg"])
    np.testing.assert_array_equal(found.factors, [1e-6, 1e-6])
    assert "assumed" in found.native_unit
    assert "microvolts" in found.note


def test_the_users_word_overrules_and_is_shown() -> None:
    found = scale(["V", ""], ["eeg", "misc"], unit="uV")
    np.testing.assert_array_equal(found.factors, [1e-6, 1.0])
    assert found.units == ("V", "n/a")
    assert "given by the user" in found.native_unit
    assert found.note


def test_a_channel_without_unit_takes_that_of_the_eeg_beside_it_aloud() -> None:
    found = scale(["mV", "mV", ""], ["eeg", "eeg", "eog"], rms=0.02)
    np.testing.assert_array_equal(found.factors, [1e-3, 1e-3, 1e-3])
    assert found.note == "cap does not say the unit of channel 3; mV is assumed."
    assert found.native_unit == "mV"


def test_what_a_reader_has_applied_is_not_applied_again() -> None:
    ready = {"unit": None, "values": noise(1e-5), "sfreq": 160.0, "where": "cap"}
    types, applied = ["eeg"] * 3, [1e-6, 1e-6, 1e-3]
    found = scaling(["uV", "uV", "mV"], types, applied=applied, **ready)
    np.testing.assert_allclose(found.factors, 1.0)
    found = scaling(["uV", "uV", "mV"], types, applied=applied, **ready | {"unit": "mV"})
    np.testing.assert_allclose(found.factors, [1e3, 1e3, 1.0])
    np.testing.assert_array_equal(found.stored, 1e-3)


def doubt(data: FloatArray, factor: float = 1e-6) -> str:
    n = data.shape[1]
    names = tuple(f"E{i}" for i in range(n))
    info = StreamInfo("cap", "", 160.0, names, ("eeg",) * n, ("V",) * n)
    return doubtful_unit(data, info, np.full(n, factor))


def many(n: int = 8) -> FloatArray:
    return np.random.default_rng(2).standard_normal((1600, n)) * 20e-6


@pytest.mark.parametrize(
    ("times", "factor", "message"),
    [
        (1e3, 1e-3, r"10\^3 \(too large, uV instead of mV\)"),
        (1e6, 1.0, r"10\^6 \(too large, uV instead of V\)"),
        (1e-3, 1e-6, r"10\^3 \(too small, mV instead of uV\)"),
        (1e-6, 1e-6, r"10\^6 \(too small, V instead of uV\)"),
    ],
)
def test_a_wrong_unit_is_doubted_with_channel_size_and_factor(
    times: float, factor: float, message: str
) -> None:
    data = many() * times
    data[:, 3] = 0.0  # a dead channel does not hide it
    found = doubt(data, factor)
    assert re.search(message, found)
    assert re.search(r"channel E\d has an amplitude of [\d.e+-]+ uV", found)


def test_electrodes_that_are_off_do_not_make_a_unit_wrong() -> None:
    assert doubt(many() + 0.187) is None  # OpenBCI's offsets
    assert doubt(many()[:60] * 1e6) is None  # too short to tell
    for bad in (0.0, 0.2e-6 / 20e-6, 1e3, np.nan):
        data = many()
        data[:, 2:] *= bad  # most, not all
        assert doubt(data) is None
    for offset in (0.0, 1e-5, 0.187):
        assert doubt(np.full((1600, 4), offset)) is None  # all dead
    drift = many() + np.linspace(0, 5e-3, 1600)[:, None]
    drift[400:500] += 0.1  # and an artefact
    assert doubt(drift) is None


@pytest.mark.parametrize(
    ("declared", "unit", "rms", "message"),
    [
        ("", None, 0.01, "give the unit"),
        ("counts", None, 10.0, "'counts', which is not understood"),
        ("uV", "parsec", 10.0, "'parsec' is no unit"),
    ],
)
def test_what_stays_open_is_asked(
    declared: str, unit: str | None, rms: float, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        scale([declared], ["eeg"], unit=unit, rms=rms)
