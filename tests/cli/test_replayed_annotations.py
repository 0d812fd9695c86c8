"""Annotations of a replayed file reach the new session, each at its sample."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import edfio
import mne
import numpy as np
import pytest
from typer.testing import CliRunner

import neurofeedback
from neurofeedback.cli.main import app
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.verification.verify import verify_session

SHARED = Path(__file__).parents[3] / "shared"
TASK = SHARED / "data" / "edf" / "S001R04.edf"
SFREQ = 128
ODD = [
    (5.0, 0.0, "tab\there"),
    (12.0, 0.0, "line1\nline2"),
    (20.0, 0.0, "quote\"s and 'others'"),
    (25.0, 0.0, "semi;colon,comma"),
    (30.003, 1.5, "Ünïcode ☃ 日本\u2028\u00a0end"),
    (31.0, 0.0, "n/a"),
    (32.0, 0.0, " lead"),
    (32.0, 0.0, "7"),
]


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    rng = np.random.default_rng(7)
    names = ("F3", "F4", "Fz", "Cz", "Pz", "O1", "O2", "Fp1", "Fp2")
    signals = [
        edfio.EdfSignal(20 * rng.standard_normal(SFREQ * 60), SFREQ, label=name,
                        physical_dimension="uV", physical_range=(-200, 200))
        for name in names
    ]  # fmt: skip
    words = [edfio.EdfAnnotation(onset, length or None, text) for onset, length, text in ODD]
    path = tmp_path / "odd.edf"
    edfio.Edf(signals, annotations=words).write(path)
    return path


def replay(file: Path, folder: Path, speed: str = "max") -> SessionLayout:
    arguments = ["replay", str(file), "-p", "faa-up", "--speed", speed, "--headless", "-u", "r",
                 "--out", str(folder), "--second-out", str(folder / "2nd")]  # fmt: skip
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return SessionReader(next(folder.rglob("*.vhdr"))).layout


def events_table(layout: SessionLayout) -> list[dict[str, str]]:
    with layout.events.open(encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")[:-1]
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [row for row in rows if row["trial_type"] == "Marker"]


@pytest.mark.parametrize("speed", ["max", "100"])
def test_all_of_a_task_within_one_sample(tmp_path: Path, speed: str) -> None:
    if not TASK.is_file():
        pytest.skip(f"the recording is missing: {TASK}")
    layout = replay(TASK, tmp_path / "data", speed)
    theirs = mne.io.read_raw_edf(TASK, verbose="error").annotations
    assert len(theirs) == 30
    rows = events_table(layout)
    assert [json.loads(row["details"])["label"] for row in rows] == list(theirs.description)
    assert [float(row["duration"]) for row in rows] == list(theirs.duration)
    onsets = np.array([float(row["onset"]) for row in rows])
    assert np.abs(onsets - theirs.onset).max() <= 1 / 160
    ours = neurofeedback.read_session(layout.vhdr).raw.annotations
    at = [
        i
        for i, text in enumerate(ours.description)
        if text in ("marker T0", "marker T1", "marker T2")
    ]
    assert np.abs(ours.onset[at] - theirs.onset).max() <= 1 / 160
    # The last one reaches beyond the end of the samples.
    assert np.allclose(ours.duration[at][:-1], theirs.duration[:-1])
    vmrk = mne.io.read_raw_brainvision(layout.vhdr, verbose="error").annotations
    at = [i for i, text in enumerate(vmrk.description) if text.startswith("Comment/T")]
    assert [vmrk.description[i].removeprefix("Comment/") for i in at] == list(theirs.description)
    assert np.abs(vmrk.onset[at] - theirs.onset).max() <= 1 / 160
    report = verify_session(layout.vhdr)
    assert report.problems == []


def test_odd_texts_are_kept_to_the_letter(odd: Path, tmp_path: Path) -> None:
    layout = replay(odd, tmp_path / "data")
    rows = events_table(layout)
    assert [json.loads(row["details"])["label"] for row in rows] == [text for _, _, text in ODD]
    assert float(rows[4]["duration"]) == 1.5
    for row, (onset, _, _) in zip(rows, ODD, strict=True):
        assert abs(int(row["sample"]) - onset * SFREQ) <= 1
    ours = neurofeedback.read_session(layout.vhdr).raw.annotations
    markers = [text for text in ours.description if text.startswith("marker ")]
    assert sorted(markers) == sorted(f"marker {text}" for _, _, text in ODD)
    vmrk = mne.io.read_raw_brainvision(layout.vhdr, verbose="error").annotations
    assert "Comment/semi;colon,comma" in vmrk.description
    assert verify_session(layout.vhdr).problems == []
    found = neurofeedback.read_session(layout.vhdr).events
    assert sum(event.is_of_source for event in found) == len(ODD)


def test_an_annotation_is_no_remark_of_the_operator(odd: Path, tmp_path: Path) -> None:
    layout = replay(odd, tmp_path / "data")
    done = CliRunner().invoke(app, ["report", str(layout.session_dir), "--json"])
    assert done.exit_code == 0, done.output
    assert "semi;colon" not in done.stdout
