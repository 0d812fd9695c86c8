"""Bad input: one clear sentence on stderr, no traceback, a status that is not 0."""

import resource
import shutil
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.protocols.file.reading import library

FAST = ("-p", "faa-demo", "--speed", "max")


def assert_one_sentence(outcome, *expected: str, status: int = 2) -> None:
    assert outcome.exit_code == status
    lines = [line for line in outcome.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, outcome.stderr
    for text in expected:
        assert text in lines[0]
    assert "Traceback" not in outcome.output
    assert outcome.stdout == ""


def write_recording(path: Path, names: list[str]) -> Path:
    """Write ten seconds of noise under the given channel names."""
    import mne

    info = mne.create_info(names, 160.0, "eeg")
    noise = np.random.default_rng(0).normal(scale=2e-5, size=(len(names), 1600))
    mne.io.RawArray(noise, info, verbose="error").save(path, verbose="error")
    return path


@pytest.mark.parametrize("command", [("replay", *FAST), ("measure",), ("play",)])
def test_missing_file(invoke, tmp_path, command):
    outcome = invoke(command[0], tmp_path / "gone.edf", *command[1:])
    assert_one_sentence(outcome, "gone.edf", "there is no such file")


@pytest.mark.parametrize("command", [("replay", *FAST), ("measure",), ("play",)])
@pytest.mark.parametrize("kind", [".edf", ".bdf", ".fif", ".vhdr", ".set", ".xdf", ".gdf", ".txt"])
def test_unreadable_file(invoke, tmp_path, command, kind):
    path = tmp_path / f"garbage{kind}"
    path.write_bytes(np.random.default_rng(1).bytes(4096))
    outcome = invoke(command[0], path, *command[1:])
    assert_one_sentence(outcome, path.name)


def test_a_file_of_an_unknown_kind(invoke, tmp_path):
    path = tmp_path / "notes.docx"
    path.write_text("x")
    assert_one_sentence(invoke("replay", path, *FAST), "unknown kind '.docx'")


def test_a_file_without_f3_and_f4(invoke, tmp_path):
    path = write_recording(tmp_path / "other_raw.fif", ["C3", "C4", "O1", "O2"])
    out = tmp_path / "out"
    assert_one_sentence(invoke("replay", path, *FAST, "--out", out), "no channel F3", "C3, C4")
    assert not out.exists()


def test_unknown_protocol(invoke, eeg_file, tmp_path):
    outcome = invoke("replay", eeg_file, "-p", "faa-upp", "--out", tmp_path)
    assert_one_sentence(outcome, "no protocol 'faa-upp'", "Did you mean 'faa-up'?")


def test_wrong_protocol_key(invoke, eeg_file, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text(library()["faa-up"].read_text().replace("dwell", "dwel"))
    outcome = invoke("replay", eeg_file, "-p", broken, "--out", tmp_path / "out")
    assert_one_sentence(outcome, "unknown key 'reward.dwel'", "did you mean 'dwell'?")
    assert not (tmp_path / "out").exists()


def test_protocol_file_that_is_missing(invoke, tmp_path):
    outcome = invoke("protocols", "show", tmp_path / "gone.toml")
    assert_one_sentence(outcome, "gone.toml", "cannot be read")


@pytest.mark.parametrize(
    "code", ["../../etc", "a b", "", "p01/..", "Jürgen", "x" * 33, "p01\n", "-", "$(id)", "\x00"]
)
def test_hostile_participant_code(invoke, eeg_file, tmp_path, code):
    out = tmp_path / "out"
    outcome = invoke("replay", eeg_file, *FAST, f"--participant={code}", "--out", out)
    assert_one_sentence(outcome, "participant code")
    assert not out.exists()


@pytest.mark.parametrize("speed", ["0", "fast", "-3"])
def test_impossible_speed(invoke, eeg_file, speed):
    outcome = invoke("replay", eeg_file, "-p", "faa-demo", f"--speed={speed}")
    assert_one_sentence(outcome, f"The speed '{speed}' is not valid")


def test_unknown_source(invoke):
    assert_one_sentence(invoke("run", "-p", "faa-up", "-s", "usb", "-u", "p01"), "no source 'usb'")


def test_unknown_bad_channel(invoke, eeg_file, tmp_path):
    outcome = invoke("replay", eeg_file, *FAST, "--out", tmp_path / "out", "--bads", "Qz")
    assert_one_sentence(outcome, "Qz")


def test_output_folder_is_a_file(invoke, eeg_file, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    outcome = invoke("replay", eeg_file, *FAST, "--out", blocked)
    assert_one_sentence(outcome, str(blocked), "not a folder")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_output_folder_that_nobody_may_write(invoke, eeg_file):
    assert_one_sentence(invoke("replay", eeg_file, *FAST, "--out", "/proc/nothing"), "/proc")


def test_too_little_space(invoke, eeg_file, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    outcome = invoke("replay", eeg_file, *FAST, "--out", tmp_path / "out")
    assert_one_sentence(outcome, "too little space", "1 MB")


def test_space_that_runs_out_while_recording(launch, eeg_file, tmp_path):
    """A limit on the size of files stands in for a disk that fills up; both fail in `write`."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    process = launch("replay", eeg_file, *FAST, "--headless", "--out", tmp_path, preexec_fn=limit)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert process.returncode > 0
    assert "Traceback" not in stderr
    assert "File too large" in stderr or "file too large" in stderr


def test_verify_where_there_is_no_session(invoke, tmp_path):
    assert_one_sentence(invoke("verify", tmp_path), "is not a session")
    assert_one_sentence(invoke("verify", tmp_path / "gone"), "There is no session at")


@pytest.mark.parametrize("arguments", [("replay",), ("run", "-p", "faa-up"), ("nonsense",)])
def test_wrong_usage_is_explained(invoke, arguments):
    outcome = invoke(*arguments)
    assert outcome.exit_code == 2
    assert "Usage" in outcome.stderr


@pytest.mark.lsl
def test_no_stream_found(launch, tmp_path):
    process = launch("run", "-p", "faa-demo", "-s", "lsl:nobody", "-u", "p01", "--headless",
                     "--out", tmp_path / "out")  # fmt: skip
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "nobody" in stderr
    assert stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.lsl
def test_two_streams_found(launch, eeg_file, tmp_path):
    players = [launch("play", eeg_file, "--name", name) for name in ("first", "second")]
    for player in players:
        assert "Streaming" in player.stderr.readline()
    process = launch("run", "-p", "faa-demo", "-s", "lsl", "-u", "p01", "--headless",
                     "--out", tmp_path / "out")  # fmt: skip
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "first" in stderr
    assert "second" in stderr
    assert stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
