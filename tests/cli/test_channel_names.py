"""``--channels`` and ``--montage``: a recording without names is as good as one with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import edfio
import numpy as np
import pytest
from typer.testing import CliRunner

from neurofeedback.cli.main import app
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.verification.verify import verify_session

NAMES = ("Fp1", "Fp2", "F3", "F4", "Fz", "Cz", "Pz", "O1", "O2")
BLANK = tuple(f"EXG Channel {i}" for i in range(len(NAMES)))
GIVEN = ",".join(f"{i}={name}" for i, name in enumerate(NAMES, start=1))
SFREQ = 128


def write_edf(path: Path, labels: Sequence[str]) -> Path:
    rng = np.random.default_rng(11)
    signals = [
        edfio.EdfSignal(20 * rng.standard_normal(SFREQ * 60), SFREQ, label=label,
                        physical_dimension="uV", physical_range=(-200, 200))
        for label in labels
    ]  # fmt: skip
    edfio.Edf(signals).write(path)
    return path


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def replayed(file: Path, folder: Path, *options: str) -> SessionReader:
    run("replay", file, "-p", "faa-up", "--speed", "max", "--headless", "-u", "r", "--out", folder,
        "--second-out", folder / "2nd", *options)  # fmt: skip
    return SessionReader(next(folder.rglob("*.vhdr")))


def test_the_features_are_those_of_the_named_recording_bit_for_bit(tmp_path: Path) -> None:
    wanted = replayed(write_edf(tmp_path / "named.edf", NAMES), tmp_path / "a")
    table = tmp_path / "cap.tsv"
    table.write_text("".join(f"{key}\t{name}\n" for key, name in
                             [("channel", "name"), *zip(BLANK, NAMES, strict=True)]))  # fmt: skip
    blank = write_edf(tmp_path / "blank.edf", BLANK)
    for i, option in enumerate((("--channels", GIVEN), ("--montage", str(table)))):
        found = replayed(blank, tmp_path / f"b{i}", *option)
        assert found.feedback_lines() == wanted.feedback_lines()
        assert found.info.ch_names == NAMES
        assert found.info.labels == BLANK  # what was renamed stands in the session
        assert verify_session(found.layout.vhdr).problems == []


def test_measures_are_those_of_the_named_recording(tmp_path: Path) -> None:
    named = json.loads(run("measure", write_edf(tmp_path / "a.edf", NAMES), "--json"))
    blank = write_edf(tmp_path / "b.edf", BLANK)
    found = json.loads(run("measure", blank, "--json", "--channels", GIVEN))
    assert found["faa"] == named["faa"]
    assert "channels are named as asked: 1=Fp1" in json.dumps(found)


@pytest.mark.parametrize("command", ["replay", "measure", "play"])
def test_a_channel_that_is_not_there_is_refused(command: str, tmp_path: Path) -> None:
    blank = write_edf(tmp_path / "b.edf", BLANK)
    options = (
        ["-p", "faa-up", "--speed", "max", "--out", str(tmp_path)] if command == "replay" else []
    )
    done = CliRunner().invoke(app, [command, str(blank), *options, "--channels", "12=F3"])
    assert done.exit_code == 2
    assert "has no channel '12'; give its number, 1 to 9" in " ".join(done.output.split())


def test_a_stream_from_a_file_too(tmp_path: Path) -> None:
    blank = write_edf(tmp_path / "b.edf", BLANK)
    arguments = ["-s", f"file:{blank}", "-p", "faa-up", "-u", "r", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, ["run", *arguments, "--headless", "--channels", "F3"])
    assert done.exit_code == 2
    assert "'F3' is not understood" in done.output
