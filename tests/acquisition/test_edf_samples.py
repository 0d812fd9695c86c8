"""EDF and BDF files as they occur: units in all spellings, several rates, misleading names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import edfio
import numpy as np
import pytest

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray

MakeEdf = Callable[..., bytes]
CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases"
STEP = 2000 / 65535  # uV, of the files written here
UNIT_FIELDS = 256 + 4 * (16 + 80)  # where they begin in a file of `make_edf`, three and one signals


def with_units(content: bytes, units: Sequence[bytes]) -> bytes:
    fields = b"".join(unit.ljust(8) for unit in units)
    return content[:UNIT_FIELDS] + fields + content[UNIT_FIELDS + len(fields) :]


def write(path: Path, signals: Sequence[tuple[str, float, FloatArray]], unit: str = "uV") -> Path:
    edfio.Edf(
        [
            edfio.EdfSignal(
                data, rate, label=label, physical_dimension=unit, physical_range=(-1000, 1000)
            )
            for label, rate, data in signals
        ],
        data_record_duration=1,
    ).write(path)
    return path


def eeg(n_channels: int, rate: int, seconds: int = 10, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.standard_normal((n_channels, rate * seconds)), axis=1) % 300.0


SPELLINGS = (
    b"uV",
    b"uV\x00\x00\x00\x00\x00\x00",
    b"\x00uV",
    b" uV",
    b"uv",
    b"Uv",
    b"UV",
    b"\xb5V",
    b"\xb5v",
    "\u00b5V".encode(),
    "\u03bcV".encode(),
    b"microV",
    b"uVolt",
    b"-6",
)


@pytest.mark.parametrize("bdf", [False, True])
@pytest.mark.parametrize("unit", SPELLINGS)
def test_microvolts_are_microvolts_however_they_are_written(
    make_edf: MakeEdf, tmp_path: Path, unit: bytes, bdf: bool
) -> None:
    content = make_edf(bdf=bdf)
    path, control = tmp_path / "unit.edf", tmp_path / "control.edf"
    control.write_bytes(content)
    path.write_bytes(with_units(content, [unit] * 3))
    expected = load_recording(control, unit="uV").data
    np.testing.assert_array_equal(load_recording(path).data, expected)
    assert expected.std() == pytest.approx(46e-6, rel=0.1)


@pytest.mark.parametrize("unit", [b"MV", b"Mv", b"kV", b"counts"])
def test_what_is_no_unit_of_eeg_is_refused_by_name_and_can_be_overruled(
    make_edf: MakeEdf, tmp_path: Path, unit: bytes
) -> None:
    path = tmp_path / "unit.edf"
    path.write_bytes(with_units(make_edf(), [unit] * 3))
    with pytest.raises(UserError, match=rf"{unit.decode()}.*--unit"):
        load_recording(path)
    assert load_recording(path, unit="uV").data.std() == pytest.approx(46e-6, rel=0.1)


@pytest.mark.parametrize("declared", [b"uV", b"uv", b"mV", b"V", b"MV", b"bananas", b""])
@pytest.mark.parametrize(("said", "volts"), [("uV", 1e-6), ("mV", 1e-3), ("V", 1.0)])
def test_what_the_user_says_goes_for_the_stored_numbers_once(
    make_edf: MakeEdf, tmp_path: Path, declared: bytes, said: str, volts: float
) -> None:
    path = tmp_path / "unit.edf"
    path.write_bytes(with_units(make_edf(), [declared] * 3))
    assert load_recording(path, unit=said).data.std() == pytest.approx(46 * volts, rel=0.1)


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("edf/S001R01.edf", "uV"),
        ("gdf/S001R01_gdf220.gdf", "uV"),
        ("bdf/S001R01_EO.bdf", "uV"),
        ("brainvision/S001R01_EO.vhdr", "uV"),
        ("set/S001R01_EO.set", "uV"),
        ("fif/S001R01_EO_raw.fif", "V"),
    ],
)
def test_saying_what_a_file_says_changes_nothing_whatever_reader_has_scaled_it(
    data_dir: Path, name: str, stored: str
) -> None:
    expected = load_recording(data_dir / name)
    np.testing.assert_array_equal(load_recording(data_dir / name, unit=stored).data, expected.data)


def test_units_are_read_channel_by_channel(make_edf: MakeEdf, tmp_path: Path) -> None:
    path = tmp_path / "eog.edf"
    content = make_edf(labels=("EEG F3-LE", "EEG F4-LE", "EOG"))
    path.write_bytes(with_units(content, [b"UV", b"uV", b""]))
    recording = load_recording(path)
    assert recording.info.ch_types == ("eeg", "eeg", "eog")
    np.testing.assert_allclose(recording.data.std(axis=0), 46e-6, rtol=0.1)
    assert "EOG" in recording.notes[0]


def test_eeg_of_impossible_size_is_refused_unless_the_user_insists(
    make_edf: MakeEdf, tmp_path: Path
) -> None:
    path = tmp_path / "huge.edf"
    path.write_bytes(make_edf(unit="V"))
    with pytest.raises(UserError, match=r"channel \w+ .*4\.\d+e\+07 uV.*10\^6.*--unit.*--as-it-is"):
        load_recording(path)
    assert "10^6" in load_recording(path, as_it_is=True).notes[-1]
    assert "10^3" in load_recording(path, unit="mV").notes[-1]
    assert len(load_recording(path, unit="uV").notes) == 1


@pytest.mark.parametrize("ecg_first", [False, True])
@pytest.mark.parametrize(("rate", "other"), [(256, 512), (256, 1024), (200, 250), (256, 32)])
def test_eeg_is_never_resampled_for_the_sake_of_another_signal(
    tmp_path: Path, rate: int, other: int, ecg_first: bool
) -> None:
    data = eeg(3, rate)
    signals = [(f"EEG {n}", rate, d) for n, d in zip(("F3", "F4", "Cz"), data, strict=True)]
    signals.insert(0 if ecg_first else 3, ("ECG", other, eeg(1, other, seed=1)[0]))
    recording = load_recording(write(tmp_path / "rates.edf", signals))
    assert recording.info.sfreq == rate
    assert recording.info.ch_names == ("F3", "F4", "Cz")
    np.testing.assert_allclose(recording.data.T * 1e6, data, atol=STEP)
    assert recording.notes == (f"rates.edf: left out, not sampled at {rate} Hz: ECG.",)


def test_the_rate_is_that_of_the_electrodes_also_among_many_unknown_signals(
    tmp_path: Path,
) -> None:
    named = [(n, 128, d) for n, d in zip(("F3", "F4"), eeg(2, 128), strict=True)]
    unknown = [(f"X{i}", 256, d) for i, d in enumerate(eeg(5, 256))]
    recording = load_recording(write(tmp_path / "unknown.edf", [*unknown, *named]))
    assert (recording.info.sfreq, recording.info.ch_names) == (128, ("F3", "F4"))


def test_signals_of_one_name_are_told_of(tmp_path: Path) -> None:
    signals = [("F3", 100, d) for d in eeg(2, 100)]
    assert "same name: F3" in load_recording(write(tmp_path / "twice.edf", signals)).notes[0]


@pytest.mark.parametrize(("name", "bdf"), [("odd.bdf", False), ("odd.edf", True)])
def test_a_file_is_read_by_its_content_not_by_its_name(
    make_edf: MakeEdf, tmp_path: Path, name: str, bdf: bool
) -> None:
    path, right = tmp_path / name, tmp_path / ("right.bdf" if bdf else "right.edf")
    for where in (path, right):
        where.write_bytes(make_edf(bdf=bdf, plus="D", onsets=(0, 1, 5), remarks=[(1, 0, "a")]))
    recording, expected = load_recording(path), load_recording(right)
    np.testing.assert_array_equal(recording.data, expected.data)
    assert (recording.gaps, recording.annotations) == (expected.gaps, expected.annotations)
    kind = "BDF" if bdf else "EDF"
    assert f"{name} holds {kind}, whatever its name says, and is read as {kind}." in recording.notes
    assert not any("whatever" in note for note in expected.notes)


def test_of_biosemis_status_only_the_trigger_is_kept(make_edf: MakeEdf, tmp_path: Path) -> None:
    path = tmp_path / "status.bdf"
    path.write_bytes(make_edf(labels=("F3", "F4", "Status"), bdf=True))
    recording = load_recording(path)
    assert recording.info.ch_types[2] == "stim"
    assert 0 <= recording.data[:, 2].min() <= recording.data[:, 2].max() < 2**17


def test_annotations_of_every_annotation_signal_in_utf8_or_latin1(
    make_edf: MakeEdf, tmp_path: Path
) -> None:
    path = tmp_path / "texts.edf"
    content = make_edf(remarks=[(1, 0, "Grün")], onsets=(0.25, 1.25))
    path.write_bytes(content)
    assert [(a.onset, a.text) for a in load_recording(path).annotations] == [(0.75, "Grün")]
    path.write_bytes(content.replace("Grün".encode(), b"Gr\xfcn "))
    assert [a.text for a in load_recording(path).annotations] == ["Grün "]


@pytest.mark.skipif(not CASES.is_dir(), reason="the folder of cases is missing")
@pytest.mark.parametrize(
    "name", [f"unit_{unit}.edf" for unit in "uV uV0 uv Uv microV uVolt utf8mu empty".split()]
)
def test_units_as_they_occur(name: str) -> None:
    recording = load_recording(CASES / "edf-units" / name)
    assert np.median(recording.data.std(axis=0)) == pytest.approx(15.87e-6, rel=0.001)
