import json
import shutil
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mne
import numpy as np
import pytest

from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.recording.write import bids


@pytest.fixture(scope="session")
def validate():
    """Return a function that gives the errors the official validator finds in a folder."""
    beside = Path(sys.executable).with_name("bids-validator-deno")
    program = beside if beside.exists() else shutil.which("bids-validator-deno")
    if program is None:
        pytest.skip("bids-validator-deno is not installed")

    def errors(folder):
        command = [program, "--format", "json", "--max-rows", "-1", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        report = json.loads(done.stdout)
        assert report["summary"]["totalFiles"] >= 2, report
        return [
            f"{issue['code']} {issue.get('location')}"
            for issue in report["issues"]["issues"]
            if issue["severity"] == "error"
        ]

    return errors


def test_the_folder_is_a_bids_dataset_at_every_moment(make, validate):
    recorder = make.recorder()
    assert validate(make.root) == [], "before the first sample"
    chunk = make.chunk(0, 500)
    recorder.append([chunk])
    assert validate(make.root) == [], "after the first chunk"
    make.record(recorder, make.chunk(500, 500, gap=0.5))
    assert validate(make.root) == [], "unfinished, a second session beside it"
    recorder.finalize("completed")
    make.recorder(make.layout("P02")).finalize("stopped", "no sample ever came")
    assert validate(make.root) == [], "finished"
    assert validate(recorder.layout.derivatives_root) == []


def test_the_validator_would_have_found_an_error(make, validate):
    recorder, _ = make.session()
    recorder.layout.raw("channels.tsv").write_text("name\ttype\nF3\tEEG\n")
    assert validate(make.root)


def test_mne_bids_reads_the_session(make):
    mne_bids = pytest.importorskip("mne_bids")
    recorder, chunks = make.session()
    path = mne_bids.BIDSPath(
        subject="P01", session="01", task="faaup", run="01", datatype="eeg", root=make.root
    )
    with warnings.catch_warnings():
        # It knows no coordinate system that is called Other.
        warnings.filterwarnings("ignore", message="Other is not an MNE-Python", module=".*")
        raw = mne_bids.read_raw_bids(path, verbose="error")
    assert raw.get_channel_types() == ["eeg", "eeg", "eeg", "eog", "stim"]
    assert raw.info["bads"] == ["Cz"]
    stored = (raw.get_data().T * make.info.storage_scale).astype("<f4")
    assert stored.tobytes() == make.stored(*chunks).tobytes()
    assert "Reward" in raw.annotations.description


def positions(make, names, types=None):
    n = len(names)
    info = StreamInfo("s", "", 250.0, tuple(names), tuple(types or ["eeg"] * n), ("V",) * n)
    recorder = make.recorder(info=info)
    recorder.finalize("completed")
    return recorder.layout


def test_template_positions_are_in_metres_and_say_that_they_were_not_measured(make):
    layout = positions(make, ["F3", "f4", "T3", "EXG1", "Cz"], ["eeg"] * 4 + ["misc"])
    header, *rows = layout.electrodes.read_text().splitlines()
    assert header == "name\tx\ty\tz"
    table = {name: xyz for name, *xyz in (row.split("\t") for row in rows)}
    assert list(table) == ["F3", "f4", "T3", "EXG1"]
    assert table["EXG1"] == ["n/a"] * 3
    f3, f4 = (np.array(table[name], float) for name in ("F3", "f4"))
    assert -0.08 < f3[0] < -0.03 < 0.03 < f4[0] < 0.08
    assert f3[1] > 0.03
    system = json.loads(layout.coordsystem.read_text())
    assert system["EEGCoordinateUnits"] == "m"
    assert "not measured" in system["EEGCoordinateSystemDescription"]


@pytest.mark.parametrize(
    ("names", "types"), [(["EXG1", "EXG2"], None), (["Cz"], ["misc"])], ids=["unknown", "no eeg"]
)
def test_no_positions_are_made_up(make, names, types):
    layout = positions(make, names, types)
    assert not layout.electrodes.exists()
    assert not layout.coordsystem.exists()


def test_channels_agree_with_the_header(make):
    layout = positions(make, ["a,b", "a\tb", "a_b"])
    rows = [line.split("\t") for line in layout.raw("channels.tsv").read_text().splitlines()]
    assert rows[0][:3] == ["name", "type", "units"]
    raw_names = [row[0] for row in rows[1:]]
    layout.eeg.write_bytes(bytes(12))
    assert mne.io.read_raw_brainvision(layout.vhdr, verbose="error").ch_names == raw_names


def test_every_column_is_described(make):
    recorder, _ = make.session()
    layout = recorder.layout
    for name in ("chunks", "feedback", "display", "events"):
        table = getattr(layout, name)
        columns = table.read_text().split("\n")[0].split("\t")
        described = json.loads(table.with_suffix(".json").read_text())
        assert list(described) == columns
        assert all(column["Description"] for column in described.values())
    feedback = json.loads(layout.feedback.with_suffix(".json").read_text())
    assert feedback["time"]["Units"] == "s"
    assert "ln P(F4) - ln P(F3)" in feedback["feature_faa"]["Description"]


def test_participants_are_listed_once_and_what_others_wrote_stays(make):
    make.root.mkdir()
    table = make.root / "participants.tsv"
    table.write_text("participant_id\tage\nsub-X1\t33")
    (make.root / "README.md").write_text("ours")
    (make.root / "dataset_description.json").write_text('{"Name": "ours"}')
    for participant in ("P01", "P01", "P02"):
        make.recorder(make.layout(participant)).finalize("completed")
    assert table.read_text() == ("participant_id\tage\nsub-X1\t33\nsub-P01\tn/a\nsub-P02\tn/a\n")
    assert not (make.root / "README").exists()
    assert json.loads((make.root / "dataset_description.json").read_text()) == {"Name": "ours"}


def test_participants_of_many_writers_are_all_listed(tmp_path):
    table = tmp_path / "participants.tsv"
    codes = [f"P{i:02d}" for i in range(16)]
    start = threading.Barrier(4)

    def add(_):
        for code in codes:
            start.wait(10)
            bids.add_participant(table, code)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    lines = table.read_text().splitlines()
    assert lines[0] == "participant_id"
    assert sorted(lines[1:]) == [f"sub-{code}" for code in codes]


def test_a_list_of_participants_that_is_none_is_refused(make):
    layout = make.layout()
    (make.root / "participants.tsv").write_text("name,age\n")
    with pytest.raises(UserError, match="does not start with the column participant_id"):
        make.recorder(layout)
    (make.root / "participants.tsv").unlink()
    assert make.layout().session == 1, "the refused session left a folder behind"
