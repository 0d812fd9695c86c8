"""What the program prints in terminals and pipes of old encodings, and with --json."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import edfio
import numpy as np
import pytest

SFREQ = 128
NAMES = ("Fp1", "Fp2", "F3", "F4", "Fz", "Cz", "Pz", "O1", "O2")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording with a name that no old encoding has whole."""
    rng = np.random.default_rng(5)
    signals = [
        edfio.EdfSignal(20 * rng.standard_normal(SFREQ * 60), SFREQ, label=name,
                        physical_dimension="uV", physical_range=(-200, 200))
        for name in NAMES
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("files") / "Ruhe_µ_Ω_日本_ğ.edf"
    edfio.Edf(signals).write(path)
    return path


def run(encoding: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "neurofeedback", *map(str, arguments)],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip


OTHERS = [
    pytest.param(each, marks=pytest.mark.long) for each in ("cp932", "cp1251", "cp936", "ascii")
]


@pytest.mark.parametrize("encoding", ["cp1250", "utf-8", *OTHERS])
def test_text_never_fails_and_json_loses_nothing(recording: Path, encoding: str) -> None:
    done = run(encoding, "measure", recording)
    assert done.returncode == 0, done.stderr
    assert b"frontal alpha asymmetry" in done.stdout
    done = run(encoding, "measure", recording, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode(encoding))["name"] == recording.name


NOISY = """
import os, sys
from neurofeedback.acquisition import replay
from neurofeedback.cli import main

def loud(path, stream, inner=replay._read):
    print("a library prints")
    os.write(1, b"so does C\\n")
    return inner(path, stream)

replay._read = loud
sys.argv = ["neurofeedback", "measure", *sys.argv[1:]]
main.main()
"""


def test_json_is_nothing_but_json_whatever_a_library_prints(recording: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOISY, str(recording), "--json"],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    assert json.loads(done.stdout)["name"] == recording.name
    assert b"a library prints" in done.stderr
    assert b"so does C" in done.stderr


def test_help_stays_on_stdout(recording: Path) -> None:
    assert b"--reference" in run("utf-8", "measure", "--json", "--help").stdout


@pytest.mark.parametrize("start", ["inf", "nan", "-1"])
def test_a_start_that_is_nowhere_is_refused(recording: Path, start: str, tmp_path: Path) -> None:
    done = run("utf-8", "replay", recording, "-p", "faa-up", "--from", start, "--headless",
               "--out", tmp_path)  # fmt: skip
    assert done.returncode == 2
    assert b"cannot start at" in done.stderr
