import json
import sys
from pathlib import Path

import numpy as np
import pytest
from writers import edf_by_edfio

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.events import EventKind
from neurofeedback.recording.read.reader import SessionReader


@pytest.fixture
def replayed(invoke, eeg_file, tmp_path) -> Path:
    outcome = invoke(
        "replay", eeg_file, "-p", "faa-demo", "--speed", "max", "--out", tmp_path / "out"
    )
    assert outcome.exit_code == 0, outcome.stderr
    return Path(outcome.stdout.strip())


def test_replay_prints_the_session_folder_and_nothing_else_on_stdout(replayed):
    assert replayed.is_dir()
    assert (replayed.parent.name, replayed.name) == ("sub-replay", "ses-01")


@pytest.mark.usefixtures("real_data_dir")
def test_replay_sums_up_the_blocks_as_logged(invoke, replayed, eeg_file):
    outcome = invoke("replay", eeg_file, "-p", "faa-demo", "--speed", "max",
                     "--out", replayed.parents[1], "-u", "p02")  # fmt: skip
    ends = [e for e in SessionReader(replayed).events() if e.kind is EventKind.BLOCK_ENDED]
    rows = [line for line in outcome.stderr.splitlines() if line[:1].isdigit() and " s " in line]
    assert len(ends) >= 3  # how many of the four fit into a minute depends on what is clean
    for event in ends:
        mean = event.details["mean"]
        shown = "–" if mean is None else f"{mean:+.3f}"
        assert any(shown in row for row in rows)
    longer = invoke("replay", eeg_file, "-p", "faa-up", "--speed", "max",
                    "--out", replayed.parents[1], "-u", "p03")  # fmt: skip
    assert "Stopped: end of the recording" in longer.stderr


def test_verify_finds_every_value_of_a_replay_again(invoke, replayed):
    outcome = invoke("verify", replayed, "--json")
    answer = json.loads(outcome.stdout)
    reader = SessionReader(replayed)
    assert outcome.exit_code == 0
    assert answer["ok"]
    assert answer["samples"] == reader.n_samples
    assert answer["frames"] == len(reader.feedback_lines()) > 1000
    assert answer["problems"] == answer["notes"] == []


def test_verify_names_a_changed_value_and_fails(invoke, replayed):
    table = SessionReader(replayed).layout.feedback
    lines = table.read_text().split("\n")
    cells = lines[500].split("\t")
    cells[2] = str(float(cells[2]) + 1e-12)
    table.write_text("\n".join([*lines[:500], "\t".join(cells), *lines[501:]]))
    outcome = invoke("verify", replayed)
    assert outcome.exit_code == 1
    assert "line 501" in outcome.stderr
    assert outcome.stdout.startswith("NOT verified")


def test_what_is_on_disk_is_what_the_file_holds(replayed, eeg_file):
    recorded = np.concatenate([c.data for c in SessionReader(replayed).iter_chunks()])
    original = load_recording(eeg_file).data[: recorded.shape[0]]
    assert np.array_equal(recorded, original)


def test_bad_channels_are_left_out_and_logged(invoke, eeg_file, tmp_path):
    outcome = invoke("replay", eeg_file, "-p", "faa-demo", "--speed", "max", "--out", tmp_path,
                     "--bads", "Fp1", "--bads", "T9")  # fmt: skip
    assert outcome.exit_code == 0, outcome.stderr
    assert SessionReader(Path(outcome.stdout.strip())).start.bads == ("Fp1", "T9")


def test_a_paced_replay_shows_text_and_gives_the_same_frames(launch, replayed, eeg_file, tmp_path):
    process = launch("replay", eeg_file, "-p", "faa-demo", "--speed", "40", "--headless",
                     "--out", tmp_path / "paced")  # fmt: skip
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert "running | baseline, 1 of 4" in stderr
    paced, fast = SessionReader(Path(stdout.strip())), SessionReader(replayed)
    assert paced.feedback_lines() == fast.feedback_lines()


def test_a_replay_begins_where_it_is_asked_to(invoke, eeg_file, tmp_path):
    outcome = invoke("replay", eeg_file, "-p", "faa-demo", "--speed", "max",
                     "--out", tmp_path / "out", "--from", "20.5")  # fmt: skip
    assert outcome.exit_code == 0, outcome.stderr
    reader = SessionReader(Path(outcome.stdout.strip()))
    assert reader.chunk_rows[0].first_sample == round(20.5 * 160)
    assert reader.n_samples == 9760 - round(20.5 * 160)
    assert invoke("verify", reader.layout.session_dir).exit_code == 0


def test_a_start_beyond_the_end_is_refused(launch, eeg_file, tmp_path):
    process = launch("replay", eeg_file, "-p", "faa-demo", "--from", "99", "--out", tmp_path)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "cannot start at 99 s" in said
    assert not list(tmp_path.rglob("*.eeg"))


def test_a_replay_names_the_electrode_that_it_was_held_for(invoke, tmp_path):
    rng = np.random.default_rng(1)
    data = 1e-5 * rng.standard_normal((8, 128 * 60))
    names = ("Fp1", "Fp2", "F3", "F4", "C3", "C4", "Cz", "Pz")
    data[3, 15 * 128 : 35 * 128] = 3e-7 * rng.standard_normal(20 * 128)
    path, _ = edf_by_edfio(tmp_path / "dead", names, data, 128)
    outcome = invoke(
        "replay", path, "-p", "faa-demo", "--speed", "max", "--headless", "--out", tmp_path / "out"
    )
    assert outcome.exit_code == 0, outcome.stderr
    assert "Feedback was held for 21 s: F4 measures nothing" in outcome.stderr


ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a display")


@pytest.mark.parametrize(
    ("platform", "headless", "said"),
    [
        ("offscreen", (), True),
        ("offscreen", ("--headless",), False),
        pytest.param("", (), False, marks=ON_LINUX),
    ],
)
def test_that_no_windows_open_is_said_where_it_is_news(
    invoke, eeg_file, tmp_path, monkeypatch, platform, headless, said
):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    if platform:
        monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    outcome = invoke("replay", eeg_file, "-p", "faa-demo", "--speed", "max", "--out", tmp_path,
                     *headless)  # fmt: skip
    assert outcome.exit_code == 0
    assert ("no windows open" in outcome.stderr) == said
