"""Exporting and decrypting as a person at a terminal does it, and as a program does."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import edfio
import numpy as np
import pytest
from official_validator import bids_errors
from recorded_session import record_session

from neurofeedback.cli.records.export import Target
from neurofeedback.cli.records.passphrase import PASSPHRASE_VARIABLE
from neurofeedback.export.files import FORMATS

PASSPHRASE = "correct horse battery"


@pytest.fixture
def recorded(tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)
    record_session(tmp_path / "data", "P01")
    record_session(tmp_path / "data", "P02", gap=0.5)
    return tmp_path / "data"


def test_the_command_offers_every_format():
    assert [target.value for target in Target] == [*FORMATS, "bundle"]


def test_a_session_is_exported_and_the_loss_is_said(invoke, recorded, tmp_path):
    outcome = invoke("export", recorded / "sub-P01", "--to", "edf", "--out", tmp_path / "out")
    assert outcome.exit_code == 0, outcome.stderr
    file = Path(outcome.stdout.strip())
    assert file.parent == tmp_path / "out"
    assert edfio.read_edf(file).patient.code == "P01"
    assert "Samples are rounded by at most 0.0" in outcome.stderr
    assert "EDF+ rounds samples to 16 bits and leaves behind positions" in outcome.stderr


def test_a_folder_is_exported_but_for_what_the_format_cannot_hold(invoke, recorded, tmp_path):
    outcome = invoke("export", recorded, "--to", "edf", "--out", tmp_path / "out", "--json")
    answer = json.loads(outcome.stdout)
    assert outcome.exit_code == 2
    assert [Path(f).name[:7] for done in answer["exported"] for f in done["files"]] == ["sub-P01"]
    assert answer["exported"][0]["rounding_uv"] < 0.01
    assert "Samples are missing in 1 place(s)" in answer["refused"][0]
    assert answer["lost"] == FORMATS["edf"].lost


def test_nothing_is_replaced_without_force(invoke, recorded, tmp_path):
    command = ("export", recorded / "sub-P01", "--to", "fif", "--out", tmp_path)
    assert invoke(*command).exit_code == 0
    again = invoke(*command)
    assert again.exit_code == 2
    assert "exists already: choose another folder or replace it with --force." in again.stderr
    assert invoke(*command, "--force").exit_code == 0


def test_a_bundle_is_made_and_its_key_named(invoke, recorded, tmp_path):
    outcome = invoke("export", recorded, "--to", "bundle", "--out", tmp_path / "out")
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.stdout.strip() == str(tmp_path / "out" / "bundle.zip")
    key = recorded / "sourcedata" / "bundle_key.json"
    codes = json.loads(key.read_text())["participants"]
    assert f"P01 is {codes['P01']['code']}, P02 is {codes['P02']['code']}." in outcome.stderr
    assert f"{key} links these codes" in outcome.stderr
    assert "the protocol's own text and the channel names are kept" in outcome.stderr


def test_a_bundle_as_json_tells_no_code(invoke, recorded, tmp_path):
    outcome = invoke("export", recorded / "sub-P01", "--to", "bundle", "--code", "S17", "--key",
                     tmp_path / "key.json", "--out", tmp_path, "--json")  # fmt: skip
    answer = json.loads(outcome.stdout)
    assert answer["files"] == [str(tmp_path / "bundle_sub-S17_ses-01.zip")]
    assert answer["sessions"] == ["sub-S17_ses-01_task-faademo_run-01"]
    assert "P01" not in outcome.stdout.replace(str(tmp_path), "")
    assert not (recorded / "sourcedata").exists()


@pytest.mark.parametrize("option", ["--code", "--key"])
def test_options_of_bundles_are_refused_elsewhere(invoke, recorded, tmp_path, option):
    outcome = invoke("export", recorded, "--to", "edf", "--out", tmp_path / "out", option, "S17")
    assert outcome.exit_code == 2
    assert "--code and --key only work with --to bundle" in outcome.stderr
    assert not (tmp_path / "out").exists()


def test_an_encrypted_export_opens_with_its_passphrase_alone(
    invoke, recorded, tmp_path, monkeypatch
):
    (tmp_path / "secret").write_text(f"{PASSPHRASE}\n")
    out = tmp_path / "out"
    outcome = invoke("export", recorded / "sub-P01", "--to", "set", "--out", out, "--encrypt",
                     "--passphrase-file", tmp_path / "secret")  # fmt: skip
    assert outcome.exit_code == 0, outcome.stderr
    locked = Path(outcome.stdout.strip())
    assert [path.name for path in out.iterdir()] == [locked.name]
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "correct horse batterie")
    wrong = invoke("decrypt", locked)
    assert wrong.exit_code == 2
    assert "The passphrase does not open" in wrong.stderr
    assert [path.name for path in out.iterdir()] == [locked.name]
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    right = invoke("decrypt", locked, "--json")
    assert right.exit_code == 0, right.stderr
    assert json.loads(right.stdout) == {"file": str(locked.with_suffix(""))}
    assert locked.with_suffix("").read_bytes()[:6] == b"MATLAB"


def test_without_a_terminal_it_is_said_where_a_passphrase_can_come_from(invoke, recorded, tmp_path):
    outcome = invoke("export", recorded, "--to", "bundle", "--out", tmp_path / "out", "--encrypt")
    assert outcome.exit_code == 2
    assert f"set {PASSPHRASE_VARIABLE}, or give --passphrase-file." in outcome.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("to", ["edf", "bundle"])
def test_a_short_passphrase_is_refused_before_anything_is_done(
    invoke, recorded, tmp_path, monkeypatch, to
):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "seven77")
    outcome = invoke("export", recorded, "--to", to, "--out", tmp_path / "out", "--encrypt")
    assert outcome.exit_code == 2
    assert outcome.stderr.count("has 7 characters; use at least 8") == 1
    assert not (tmp_path / "out").exists()


def test_a_passphrase_is_never_taken_from_the_command_line(invoke, recorded, tmp_path):
    outcome = invoke("export", recorded, "--to", "edf", "--out", tmp_path, "--passphrase", "x")
    assert outcome.exit_code == 2
    assert "No such option" in outcome.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_whoever_sits_at_the_terminal_is_asked_and_nothing_is_echoed(invoke, recorded, tmp_path):
    import pty

    (tmp_path / "secret").write_text(PASSPHRASE)
    outcome = invoke("export", recorded / "sub-P01", "--to", "edf", "--out", tmp_path / "out",
                     "--encrypt", "--passphrase-file", tmp_path / "secret")  # fmt: skip
    locked = outcome.stdout.strip()
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "neurofeedback", "decrypt", locked],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    # The last letter of the prompt comes when echo is off.
    seen = read_until(terminal, b"Passphrase: ")
    os.write(terminal, PASSPHRASE.encode() + b"\n")
    seen += read_until(terminal, b"")
    os.close(terminal)
    assert process.wait(30) == 0, seen
    assert PASSPHRASE.encode() not in seen
    assert Path(locked).with_suffix("").exists()


def read_until(terminal: int, word: bytes) -> bytes:
    """Read until `word` has come, or, where it is empty, until the other side closes."""
    seen = b""
    while not word or word not in seen:
        try:
            part = os.read(terminal, 1000)
        except OSError:  # on Linux the end of a terminal is an error
            break
        if not part:
            break
        seen += part
    return seen


def test_decrypt_wants_to_know_the_name_of_the_new_file(invoke, tmp_path, monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    (tmp_path / "a.zip").write_bytes(b"PK")
    outcome = invoke("decrypt", tmp_path / "a.zip")
    assert outcome.exit_code == 2
    assert "does not end in .age: name the new file with --out." in outcome.stderr
    outcome = invoke("decrypt", tmp_path / "a.zip", "--out", tmp_path / "b.zip")
    assert outcome.exit_code == 2
    assert "is neither a binary age file nor an export that version 0.1 encrypted" in outcome.stderr


@pytest.mark.parametrize("ending", ["age", "enc"])
def test_decrypt_knows_the_endings_of_both_formats(invoke, tmp_path, monkeypatch, ending):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    (tmp_path / f"a.zip.{ending}").write_bytes(b"PK")
    outcome = invoke("decrypt", tmp_path / f"a.zip.{ending}")
    assert outcome.exit_code == 2
    assert f"a.zip.{ending} is neither a binary age file" in outcome.stderr.replace("\n", " ")
    assert [path.name for path in tmp_path.iterdir()] == [f"a.zip.{ending}"]


def bundle_of(invoke, folder: Path, tmp_path: Path) -> Path:
    """Bundle a session through the command line and return the unpacked session folder."""
    outcome = invoke("export", folder, "--to", "bundle", "--out", tmp_path / "out", "--code", "S17")
    assert outcome.exit_code == 0, outcome.stderr
    with zipfile.ZipFile(outcome.stdout.strip()) as archive:
        archive.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked" / "bundle_sub-S17_ses-01" / "sub-S17" / "ses-01"


def verified(invoke, folder: Path) -> dict:
    answer = json.loads(invoke("verify", folder, "--json").stdout)
    assert answer["problems"] == answer["notes"] == []
    return {key: answer[key] for key in ("samples", "frames", "events", "displayed")}


def test_a_replayed_session_and_its_bundle_are_valid_and_verify(invoke, eeg_file, tmp_path):
    replayed = invoke("replay", eeg_file, "-p", "faa-demo", "--speed", "max",
                      "--out", tmp_path / "data")  # fmt: skip
    folder = Path(replayed.stdout.strip())
    unpacked = bundle_of(invoke, folder, tmp_path)
    for root in (tmp_path / "data", unpacked.parents[1]):
        assert bids_errors(root) == []
    assert verified(invoke, unpacked) == verified(invoke, folder)
    texts = [p for p in unpacked.parents[1].rglob("*") if p.is_file() and p.suffix != ".eeg"]
    assert not any(eeg_file.stem.encode() in path.read_bytes() for path in texts)
    samples = [np.fromfile(next(f.rglob("*.eeg")), "<f4") for f in (folder, unpacked)]
    assert np.array_equal(*samples)


@pytest.mark.long
@pytest.mark.lsl
def test_a_live_session_and_its_bundle_are_valid_and_verify(launch, invoke, tmp_path):
    process = launch("demo", "--seconds", 14, "--out", tmp_path / "data", "--headless")
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    folder = Path(stdout.strip())
    unpacked = bundle_of(invoke, folder, tmp_path)
    for root in (tmp_path / "data", unpacked.parents[1]):
        assert bids_errors(root) == []
    assert verified(invoke, unpacked) == verified(invoke, folder)
