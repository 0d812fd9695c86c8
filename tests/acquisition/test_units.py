"""Declared units in all spellings; what is not declared is not guessed in silence."""

from __future__ import annotations

import numpy as np
import pytest

from neurofeedback.acquisition.units import plausible_unit, scaling, volts_per_unit
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray


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
    assert (found.native_unit, found.note) == ("uV", "")


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
