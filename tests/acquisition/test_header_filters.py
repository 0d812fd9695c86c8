"""What headers say of filters, as it is written and as nonsense."""

import math
from pathlib import Path

import mne
import numpy as np
import pyedflib
import pytest

from neurofeedback.acquisition.files.brainvision_filters import filters_of
from neurofeedback.acquisition.header_filters import Corners, corners_of, possible
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.frames import StreamInfo
from neurofeedback.recording.brainvision import header_text

RATE = 256
LABELS = ("F3", "F4", "Cz")


@pytest.mark.parametrize(
    ("text", "highpass", "lowpass"),
    [
        ("HP:0.1Hz LP:75Hz N:50Hz", 0.1, 75.0),
        ("HP:0.5Hz LP:80Hz", 0.5, 80.0),
        ("HP: DC; LP: 113 Hz", None, 113.0),
        ("HP:0Hz LP:0Hz N:0Hz", None, None),
        ("LP:6Hz HP:0.1Hz", 0.1, 6.0),
        ("HP:0,16 LP:70", 0.16, 70.0),
        ("HP:0.1HzLP:6Hz", 0.1, 6.0),
        ("HP=500mHz;LP=0.1kHz", 0.5, 100.0),
        ("HP: 0.3 s LP: 35 Hz", 1 / (2 * math.pi * 0.3), 35.0),
        ("Highpass: 1 Hz, Low-pass filter: 40 Hz", 1.0, 40.0),
        ("LP:6Hz LP:70Hz", None, 6.0),
        ("0.5 - 30 Hz", 0.5, 30.0),
        ("N:50Hz", None, None),
        ("Notch: off", None, None),
        ("None", None, None),
        ("", None, None),
    ],
)
def test_words_of_headers(text: str, highpass: float | None, lowpass: float | None) -> None:
    found = corners_of(text)
    assert (found.highpass, found.lowpass) == (
        None if highpass is None else pytest.approx(highpass),
        lowpass,
    )
    assert found.unread == ""


@pytest.mark.parametrize("text", ["Butterworth", "see protocol", "FIR 6"])
def test_words_that_are_not_understood_are_kept(text: str) -> None:
    assert corners_of(text) == Corners(unread=text)


def test_what_cannot_be_is_said_and_not_used() -> None:
    odd = [Corners(20.0, 6.0), Corners(0.0, 0.0), Corners(0.5, 5000.0), Corners(300.0, None)]
    highpass, lowpass, notes = possible("x.edf", odd, 256.0, ("F3", "F4", "Cz", "Pz"), range(4))
    assert highpass == (None, None, 0.5, None)
    assert lowpass == (None,) * 4
    assert len(notes) == 1
    assert "F3 went through a highpass of 20 Hz and a lowpass of 6 Hz" in notes[0]


def edf(path: Path, *filters: str) -> Path:
    heads = [
        {"label": label, "dimension": "uV", "sample_frequency": RATE, "physical_min": -3200.0,
         "physical_max": 3200.0, "digital_min": -32768, "digital_max": 32767, "transducer": "",
         "prefilter": said}
        for label, said in zip(LABELS, filters, strict=True)
    ]  # fmt: skip
    with pyedflib.EdfWriter(str(path), len(LABELS), file_type=pyedflib.FILETYPE_EDFPLUS) as file:
        file.setSignalHeaders(heads)
        noise = np.random.default_rng(1).standard_normal((len(LABELS), 20 * RATE)) * 10.0
        file.writeSamples(list(noise))
    return path


def test_edf_says_it_of_each_signal(tmp_path: Path) -> None:
    found = load_recording(edf(tmp_path / "x.edf", "LP:6Hz HP:0.1Hz", "HP:DC LP:40Hz", "wild"))
    assert found.info.highpass == (0.1, None, None)
    assert found.info.lowpass == (6.0, 40.0, None)
    assert any("filters of Cz is not understood: 'wild'" in note for note in found.notes)
    assert StreamInfo.from_dict(found.info.to_dict()) == found.info


def test_fif_says_it_of_the_recording(tmp_path: Path) -> None:
    info = mne.create_info(list(LABELS), RATE, "eeg")
    noise = np.random.default_rng(1).standard_normal((3, 20 * RATE)) * 1e-5
    raw = mne.io.RawArray(noise, info, verbose="error").filter(1.0, 6.0, verbose="error")
    raw.save(tmp_path / "x_raw.fif", verbose="error")
    found = load_recording(tmp_path / "x_raw.fif").info
    assert (found.highpass, found.lowpass) == ((1.0,) * 3, (6.0,) * 3)


AMPLIFIER = """
[Comment]

A m p l i f i e r  S e t u p
============================
Number of channels: 3
Sampling Rate [Hz]: 256

Channels
--------
#     Name      Phys. Chn.    Resolution / Unit   Low Cutoff [s]   High Cutoff [Hz]   Notch [Hz]
1     F3          1                0.1 \u00b5V             10              1000              Off
2     F4          2                0.1 \u00b5V             DC              30              Off
3     Fz          3                0.1 \u00b5V             DC              6               Off

S o f t w a r e  F i l t e r s
==============================
#     Low Cutoff [s]   High Cutoff [Hz]   Notch [Hz]
1     0.3              70                 50
2     0.3              70                 50

Impedance [kOhm] at 10:11:12 :
1: 5
"""


def test_brainvision_says_it_in_tables_of_its_comment() -> None:
    first, second, third = filters_of(AMPLIFIER, LABELS)
    assert first == Corners(pytest.approx(0.5305, abs=1e-3), 70.0)
    assert second == Corners(pytest.approx(0.5305, abs=1e-3), 30.0)
    assert third == Corners()  # the table has another channel of this number
    assert filters_of(AMPLIFIER.replace("Off", "Disabled"), LABELS)[0] == first
    assert filters_of("[Comment]\nS o f t w a r e  F i l t e r s\nDisabled\n", LABELS) == []


def test_what_a_session_records_says_it_on() -> None:
    info = StreamInfo(
        "x.edf", "", 256.0, LABELS, ("eeg",) * 3, ("V",) * 3,
        highpass=(0.5, None, None), lowpass=(6.0, 40.0, None),
    )  # fmt: skip
    text = header_text(info, "x.eeg", "x.vmrk")
    assert filters_of(text, LABELS) == [Corners(0.5, 6.0), Corners(None, 40.0), Corners()]
    plain = StreamInfo("x.edf", "", 256.0, LABELS, ("eeg",) * 3, ("V",) * 3)
    assert "[Comment]" not in header_text(plain, "x.eeg", "x.vmrk")


def test_real_recordings_lose_no_common_band(real_data_dir: Path) -> None:
    files = [
        p
        for p in sorted(real_data_dir.rglob("*"))
        if p.suffix in (".edf", ".bdf", ".vhdr", ".fif", ".set", ".gdf")
    ]
    assert files
    for path in files:
        recording = load_recording(path, as_it_is=True)
        low, high = recording.info.passband(
            [recording.info.ch_names[i] for i in recording.info.eeg]
        )
        assert low <= 0.5, path
        assert high >= 70.0, path
        assert not [note for note in recording.notes if "filter" in note], path
