import errno
from dataclasses import replace
from pathlib import Path

import mne
import pytest
from recorded_session import record_session

from neurofeedback.errors import UserError
from neurofeedback.export.files import FORMATS, export_files
from neurofeedback.export.output import decrypt_file

PASSPHRASE = "correct horse battery"
READERS = {
    "edf": mne.io.read_raw_edf,
    "bdf": mne.io.read_raw_bdf,
    "fif": mne.io.read_raw_fif,
    "set": mne.io.read_raw_eeglab,
}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_each_session_becomes_a_file_that_mne_reads(tmp_path, kind):
    layouts = [record_session(tmp_path / "data", p) for p in ("P01", "P02")]
    steps: list[float] = []
    report = export_files(layouts, FORMATS[kind], tmp_path / "out", progress=steps.append)
    assert names(tmp_path / "out") == [f"{a.stem}_eeg.{kind}" for a in layouts]
    assert report.refused == []
    for done, layout in zip(report.exported, layouts, strict=True):
        assert done.session == layout.stem
        raw = READERS[kind](*done.files, verbose="error")
        assert raw.n_times == 20 * 128
        assert "reward" in raw.annotations.description
    assert steps == sorted(steps)
    assert steps[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_every_format_says_what_it_loses(kind):
    lost = FORMATS[kind].lost
    assert lost.count(".") >= 1
    assert lost.endswith("and the protocol.")
    assert "stream times" in lost


def test_nothing_is_replaced_and_nothing_written_when_a_file_is_there(tmp_path):
    layouts = [record_session(tmp_path / "data", p) for p in ("P01", "P02")]
    out = tmp_path / "out"
    out.mkdir()
    there = out / f"{layouts[1].stem}_eeg.edf"
    there.write_bytes(b"mine")
    with pytest.raises(UserError, match="exists already"):
        export_files(layouts, FORMATS["edf"], out)
    assert names(out) == [there.name]
    export_files(layouts, FORMATS["edf"], out, force=True)
    assert len(names(out)) == 2
    assert there.read_bytes() != b"mine"


def test_a_session_that_is_refused_does_not_keep_the_others(tmp_path):
    layouts = [record_session(tmp_path / "data", "P01", gap=0.5), record_session(tmp_path / "data")]
    report = export_files(layouts, FORMATS["edf"], tmp_path / "out")
    assert len(report.exported) == 1
    (refused,) = report.refused
    assert refused.startswith(f"{layouts[0].stem}: Samples are missing in 1 place(s)")
    assert names(tmp_path / "out") == [f"{layouts[1].stem}_eeg.edf"]


def test_a_session_that_was_killed_is_exported_with_a_remark(tmp_path):
    layout = record_session(tmp_path / "data", finish=False)
    (done,) = export_files([layout], FORMATS["fif"], tmp_path / "out").exported
    assert any("not ended" in remark for remark in done.remarks)


def test_damage_is_refused(tmp_path):
    layout = record_session(tmp_path / "data")
    data = bytearray(layout.eeg.read_bytes())
    data[100] ^= 4
    layout.eeg.write_bytes(data)
    report = export_files([layout], FORMATS["edf"], tmp_path / "out")
    assert "fails its checksum" in report.refused[0]
    assert names(tmp_path / "out") == []


def test_a_disk_that_is_full_leaves_nothing_half_written(tmp_path):
    layout = record_session(tmp_path / "data")

    def write_half(session, target, progress):
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    with pytest.raises(OSError, match="No space left"):
        export_files([layout], replace(FORMATS["edf"], write=write_half), tmp_path / "out")
    assert names(tmp_path / "out") == []


def test_an_encrypted_file_decrypts_to_the_same(tmp_path):
    layout = record_session(tmp_path / "data")
    export_files([layout], FORMATS["edf"], tmp_path / "plain")
    report = export_files([layout], FORMATS["edf"], tmp_path / "locked", passphrase=PASSPHRASE)
    (locked,) = report.exported[0].files
    assert names(tmp_path / "locked") == [f"{layout.stem}_eeg.edf.age"]
    decrypt_file(locked, tmp_path / "opened.edf", PASSPHRASE)
    (plain,) = (tmp_path / "plain").iterdir()
    assert (tmp_path / "opened.edf").read_bytes() == plain.read_bytes()


def test_the_session_itself_is_not_touched(tmp_path):
    layout = record_session(tmp_path / "data")
    before = {p: p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file()}
    for kind in FORMATS.values():
        export_files([layout], kind, tmp_path / "out")
    assert {p: p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file()} == before
