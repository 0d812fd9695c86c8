import mne
import numpy as np
import pytest
from recorded_session import record_samples, record_session

from neurofeedback.errors import UserError
from neurofeedback.export import mne_formats
from neurofeedback.export.mne_formats import write_fif, write_set
from neurofeedback.recording.read.reader import DamagedSession
from neurofeedback.recording.read.session_data import GAP, read_session


def silent(done):
    pass


def microvolts(raw):
    return (raw.get_data().T * 1e6).astype("<f4")


@pytest.fixture
def session(tmp_path):
    return read_session(record_session(tmp_path / "data", gap=0.5).protocol)


@pytest.fixture
def stored(session):
    return np.fromfile(session.raw.filenames[0], "<f4").reshape(session.raw.n_times, -1)


def test_fif_keeps_every_bit_and_all_that_mne_knows(session, stored, tmp_path):
    target = tmp_path / "a_eeg.fif"
    write_fif(session, target, silent)
    raw = mne.io.read_raw_fif(target, verbose="error")
    assert microvolts(raw).tobytes() == stored.tobytes()
    assert raw.info["meas_date"] == session.raw.info["meas_date"]
    assert raw.info["bads"] == ["Pz"]
    assert raw.info["subject_info"]["his_id"] == "P01"
    assert raw.get_channel_types() == session.raw.get_channel_types()
    assert list(raw.annotations.description) == list(session.raw.annotations.description)
    assert f"{GAP} 0.500 s" in raw.annotations.description
    ours, theirs = (r.get_montage().get_positions()["ch_pos"] for r in (session.raw, raw))
    assert all(np.allclose(ours[name], theirs[name], atol=1e-6) for name in raw.ch_names)


@pytest.mark.parametrize("value", [np.float32(1e-30), np.float32(12345.678), np.float32(-0.1)])
def test_fif_rounds_no_number(tmp_path, value):
    layout = record_samples(tmp_path / "data", np.full((50, 2), value, "<f4"), units=("V", "n/a"))
    write_fif(read_session(layout.protocol), tmp_path / "a_eeg.fif", silent)
    data = mne.io.read_raw_fif(tmp_path / "a_eeg.fif", verbose="error").get_data()
    assert ((data[0] * 1e6).astype("<f4") == value).all()
    assert (data[1].astype("<f4") == value).all()


def test_set_keeps_every_bit_and_has_boundaries(session, stored, tmp_path):
    target = tmp_path / "a.set"
    write_set(session, target, silent)
    raw = mne.io.read_raw_eeglab(target, verbose="error")
    assert microvolts(raw).tobytes() == stored.tobytes()
    assert raw.ch_names == session.raw.ch_names
    descriptions = list(raw.annotations.description)
    assert "boundary" in descriptions
    assert "reward" in descriptions
    at = descriptions.index("boundary")
    assert raw.annotations.onset[at] == pytest.approx(10.0, abs=1 / 128)


def test_writing_leaves_the_session_as_it_was(session, tmp_path):
    before = list(session.raw.annotations.description)
    write_set(session, tmp_path / "a.set", silent)
    write_fif(session, tmp_path / "a_eeg.fif", silent)
    assert list(session.raw.annotations.description) == before
    assert not session.raw.preload
    assert session.raw.info["chs"][0]["cal"] == 1.0


def test_what_eeglab_cannot_hold_is_refused(session, tmp_path, monkeypatch):
    monkeypatch.setattr(mne_formats, "_MATLAB_BYTES", 1000)
    with pytest.raises(UserError, match="holds at most 2 GB"):
        write_set(session, tmp_path / "a.set", silent)
    assert not (tmp_path / "a.set").exists()


def test_fif_says_which_letters_it_has_not(session, tmp_path):
    names = {"F3": "Дыхание", "F4": "F4 Ω", "Cz": "Stirn ü"}
    assert names.keys() <= set(session.raw.ch_names)
    session.raw.rename_channels(names)
    session.raw.annotations.append(1.0, 0.0, "marker 日本")
    written = write_fif(session, tmp_path / "a_eeg.fif", silent)
    raw = mne.io.read_raw_fif(tmp_path / "a_eeg.fif", verbose="error")
    assert all(name.isascii() for name in raw.ch_names)
    assert len(set(raw.ch_names)) == len(session.raw.ch_names)
    assert microvolts(raw).tobytes() == microvolts(session.raw).tobytes()
    channels, texts = written.remarks
    assert "F4 Ω = F4" in channels
    assert texts.endswith("annotations: 1.")
    assert set(names.values()) <= set(session.raw.ch_names)  # the session is as it was


@pytest.mark.parametrize("garbage", [b"\xff\xfe garbage", b"", b"Ch1=F9,,1,\xc2\xb5V"])
def test_a_damaged_header_is_one_sentence(tmp_path, garbage):
    layout = record_session(tmp_path / "data")
    header = layout.vhdr.read_bytes()
    at = header.index(b"Ch1=") if garbage.startswith(b"Ch1") else 120
    line = header.index(b"\n", at)
    end = header[line:] if garbage.startswith(b"Ch1") else b""
    layout.vhdr.write_bytes(header[:at] + garbage + end)
    with pytest.raises(DamagedSession, match=r"_eeg.vhdr is not as it was written"):
        read_session(layout.protocol)
