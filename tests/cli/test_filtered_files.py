"""A band that a file's filters have taken away is neither trained nor measured, in any command."""

import json
from pathlib import Path

import numpy as np
import pyedflib
import pytest

from neurofeedback.recording.read.reader import SessionReader

RATE, SECONDS = 256, 70
LABELS = ("Fp1", "Fp2", "F3", "F4", "Fz", "Cz", "P3", "Pz", "P4", "O1", "O2")


def edf(path: Path, filters: str, odd: dict[str, str] | None = None) -> Path:
    heads = [
        {"label": label, "dimension": "uV", "sample_frequency": RATE, "physical_min": -3200.0,
         "physical_max": 3200.0, "digital_min": -32768, "digital_max": 32767, "transducer": "",
         "prefilter": (odd or {}).get(label, filters)}
        for label in LABELS
    ]  # fmt: skip
    white = np.random.default_rng(1).standard_normal((len(LABELS), SECONDS * RATE))
    with pyedflib.EdfWriter(str(path), len(LABELS), file_type=pyedflib.FILETYPE_EDFPLUS) as file:
        file.setSignalHeaders(heads)
        file.writeSamples(list(white * 10.0))
    return path


@pytest.fixture(params=["HP:0.1Hz LP:6Hz", "HP:20Hz LP:70Hz"])
def cut(request, tmp_path):
    return edf(tmp_path / "cut.edf", request.param)


def run(invoke, file, out):
    return invoke("replay", file, "-p", "faa-demo", "--speed", "max", "--headless", "--out", out)


def test_it_is_not_trained(invoke, cut, tmp_path):
    outcome = run(invoke, cut, tmp_path / "out")
    assert outcome.exit_code == 2
    assert "'faa' is of 8-13 Hz, but by its header 'cut.edf' went through" in outcome.stderr
    assert "choose another band" in outcome.stderr
    assert not list((tmp_path / "out").rglob("*.vhdr"))


def test_it_is_not_measured(invoke, cut):
    answer = json.loads(invoke("measure", cut, "--json").stdout)
    assert answer["faa"] == []
    assert "8-13 Hz" in answer["faa_missing"]
    assert answer["occipital_alpha"] is None
    assert "7-13 Hz" in answer["sections"]["alpha_frequency"]["missing"]
    assert not answer["sections"]["quality"]["missing"]
    assert "not measured: The measure is of 8-13 Hz" in invoke("measure", cut).stdout


def test_it_is_not_explained(invoke, cut):
    outcome = invoke("protocols", "explain", "faa-demo", "--file", cut)
    assert outcome.exit_code == 2
    assert "8-13 Hz" in outcome.stderr


def test_it_is_not_batched(invoke, cut, tmp_path):
    out = tmp_path / "batch"
    outcome = invoke("batch", cut.parent, "-p", "faa-demo", "--out", out)
    assert outcome.exit_code != 0
    said = "".join(path.read_text() for path in out.rglob("*") if path.suffix in (".tsv", ".csv"))
    assert "8-13 Hz" in outcome.stderr + said


def test_where_a_part_is_missing_every_command_says_so(invoke, tmp_path):
    file = edf(tmp_path / "part.edf", "HP:0.1Hz LP:12Hz")
    sentence = "'part.edf' went through a highpass of 0.1 Hz and a lowpass of 12 Hz"
    outcome = run(invoke, file, tmp_path / "out")
    assert outcome.exit_code == 0, outcome.stderr
    assert "a part of 8-13 Hz is missing" in outcome.stderr
    folder = Path(outcome.stdout.strip())
    assert sentence in " ".join(invoke("report", folder).stdout.split())
    assert invoke("verify", folder).exit_code == 0
    again = SessionReader(folder).layout.vhdr  # what was recorded says it on
    assert "a part of 8-13 Hz is missing" in run(invoke, again, tmp_path / "again").stderr
    explained = " ".join(invoke("protocols", "explain", "faa-demo", "--file", file).stdout.split())
    assert sentence in explained
    assert sentence in invoke("measure", file).stdout
    (tmp_path / "data").mkdir()
    file.rename(tmp_path / "data" / file.name)
    invoke("batch", tmp_path / "data", "-p", "faa-demo", "--out", tmp_path / "batch")
    assert any(sentence in path.read_text() for path in (tmp_path / "batch").rglob("*.tsv"))


@pytest.mark.parametrize(
    ("filters", "odd"),
    [("HP:0.5Hz LP:40Hz", {}), ("HP:0Hz LP:0Hz N:0Hz", {}), ("HP:DC", {}), ("LP:13Hz", {}),
     ("LP:40Hz", {"O1": "LP:6Hz"})],
)  # fmt: skip
def test_filters_that_leave_the_band_are_no_matter(invoke, tmp_path, filters, odd):
    outcome = run(invoke, edf(tmp_path / "fine.edf", filters, odd), tmp_path / "out")
    assert outcome.exit_code == 0, outcome.stderr
    assert "went through" not in outcome.stderr


def test_filters_that_cannot_be_are_said(invoke, tmp_path):
    outcome = run(invoke, edf(tmp_path / "odd.edf", "HP:20Hz LP:6Hz"), tmp_path / "out")
    assert outcome.exit_code == 0
    assert "which cannot be" in outcome.stderr
    outcome = run(invoke, edf(tmp_path / "wild.edf", "as usual"), tmp_path / "wild")
    assert outcome.exit_code == 0
    assert "is not understood: 'as usual'" in outcome.stderr
