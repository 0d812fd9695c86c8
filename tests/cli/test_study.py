import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.app.services import Services
from neurofeedback.protocols.file.reading import library
from neurofeedback.session.prepare import prepare_study_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_station_key

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROFEEDBACK_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def protocol(tmp_path) -> Path:
    text = library()["faa-demo"].read_text().replace("seconds = 20.0", "seconds = 12.0")
    text = text.replace('"auto"', '"cfir"')  # settles sooner, so that there are clean donors
    path = tmp_path / "trial.toml"
    path.write_text(f'{text}\n[control]\nkind = "yoked"\n')
    return path


def key_of(study: Path) -> Path:
    folder = study.with_name("keeper")
    folder.mkdir(exist_ok=True)
    return folder / f"{study.name}.key"


@pytest.fixture
def study(invoke, eeg_file, protocol, tmp_path) -> Path:
    folder = tmp_path / "study"
    made = invoke("study", "new", folder, "-p", protocol, "--name", "A", "--places", 4,
                  "--block", 4, "--unblinding-key", key_of(folder))  # fmt: skip
    assert made.exit_code == 0, made.stderr
    donor = invoke("replay", eeg_file, "-p", protocol, "--speed", "max", "-u", "D1",
                   "--out", tmp_path / "donors")  # fmt: skip
    added = invoke("study", "add-donor", folder, donor.stdout.strip())
    assert added.exit_code == 0, added.stderr
    return folder


def run(invoke, eeg_file, study, code: str, *more: object):
    return invoke(
        "replay", eeg_file, "--study", study, "--station-key", f"{study}.station.key",
        "--speed", "max", "-u", code, "--out", study.parent / "data", *more,
    )  # fmt: skip


def test_a_trial_from_the_list_to_the_arms(invoke, eeg_file, study):
    for code in ("P1", "P2"):
        done = run(invoke, eeg_file, study, code, "--operator", "Ann")
        assert done.exit_code == 0, done.stderr
        assert "is sealed" in done.stderr
        assert "control" not in done.stderr + done.stdout
        guessed = invoke("study", "guess", done.stdout.strip(), "--by", "participant",
                         "--arm", "real")  # fmt: skip
        assert guessed.exit_code == 0, guessed.stderr
    status = json.loads(invoke("study", "status", study, "--json").stdout)
    assert status["strata"] == {"all": {"places": 4, "taken": 2}}
    key = ("--key", key_of(study))
    for more in ((), (*key, "--study", study)):
        verified = invoke("verify", done.stdout.strip(), *more)
        assert verified.exit_code == 0, verified.stdout
    for half in (key, ("--study", study)):
        verified = invoke("verify", done.stdout.strip(), *half)
        assert verified.exit_code == 2
        assert "--study and --key belong together" in verified.stderr
    checked = invoke("study", "check", study, *key, "--data", study.parent / "data")
    assert checked.exit_code == 0, checked.stderr
    assert "2 of 2 sessions are as allocated" in checked.stdout
    opened = invoke("study", "unblind", study, *key, "--who", "A. B.", "--reason", "the end",
                    "--data", study.parent / "data", "--json")  # fmt: skip
    rows = json.loads(opened.stdout)["sessions"]
    assert [row["participant"] for row in rows] == ["P1", "P2"]
    assert {row["arm"] for row in rows} <= {"real", "control"}
    assert [row["guesses"] for row in rows] == [{"participant": "real"}] * 2
    shown = invoke("study", "status", study).stdout
    assert "unblinded (all; key) by A. B." in shown
    assert "the end" in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--station-key", "nowhere"], "cannot be read"),
        (["-p", "faa-up"], "leave out -p"),
        (["--stratum", "x"], "has the strata all"),
        (["-u", "D1"], "has none for D1"),
    ],
)
def test_what_stops_a_session_of_a_study_leaves_the_place_free(
    invoke, eeg_file, study, arguments, says
):
    refused = run(invoke, eeg_file, study, "P1", *arguments)
    assert refused.exit_code == 2
    assert says in refused.stderr
    assert json.loads(invoke("study", "status", study, "--json").stdout)["sessions"] == 0
    assert not list((study.parent / "data").rglob("*.eeg"))


def test_a_donor_of_another_protocol_is_refused(invoke, eeg_file, study, tmp_path):
    other = invoke("replay", eeg_file, "-p", "fm-theta-up", "--speed", "max", "--out", tmp_path)
    refused = invoke("study", "add-donor", study, other.stdout.strip())
    assert refused.exit_code == 2
    assert "features differ" in refused.stderr


def test_a_short_donor_is_refused(invoke, eeg_file, protocol, study, tmp_path):
    longer = tmp_path / "longer.toml"
    longer.write_text(protocol.read_text().replace("seconds = 12.0", "seconds = 120.0"))
    invoke(
        "study",
        "new",
        tmp_path / "b",
        "-p",
        longer,
        "--name",
        "B",
        "--places",
        4,
        "--unblinding-key",
        key_of(tmp_path / "b"),
    )
    donor = next((tmp_path / "donors").glob("sub-*/ses-*"))
    refused = invoke("study", "add-donor", tmp_path / "b", donor)
    assert refused.exit_code == 2
    assert "at least as long" in refused.stderr


def test_what_runs_says_and_leaves_nothing_of_the_feedback(invoke, eeg_file, study, protocol):
    """Readings in the program's own output, beside open features, told the arm in a minute."""
    out = study.parent / "data"
    told = {}
    for code, given in (
        ("P1", ("--study", study, "--station-key", f"{study}.station.key")),
        ("P2", ("-p", protocol)),
    ):
        done = invoke("replay", eeg_file, *given, "--speed", 50, "--headless", "-u", code,
                      "--out", out)  # fmt: skip
        assert done.exit_code == 0, done.stderr
        head = next(out.rglob(f"sub-{code}_*feedback.tsv")).read_text().splitlines()[0]
        told[code] = done.stderr, head.split("\t")
    for word in ("value", "threshold", "rewards"):
        assert re.search(rf"\| .*{word}", told["P2"][0])
        assert not re.search(rf"\| .*{word}", told["P1"][0])
    assert re.search(r"\| (?:training|baseline), \d of \d", told["P1"][0])
    assert told["P1"][1] == ["sample", "time", "gate", "held", "block", "phase", "line_crc32"]
    assert "feature_faa" in told["P2"][1]


@pytest.mark.parametrize("in_study", [True, False])
def test_those_who_show_a_session_are_told_that_it_is_concealed(
    invoke, eeg_file, protocol, study, monkeypatch, in_study
):
    started: list[SessionRunner] = []
    start = SessionRunner.start
    monkeypatch.setattr(
        SessionRunner, "start", lambda runner: (started.append(runner), start(runner))
    )
    given = ("--study", study, "--station-key", f"{study}.station.key") if in_study else (
        "-p", protocol,
    )  # fmt: skip
    done = invoke("replay", eeg_file, *given, "--speed", 50, "--headless", "-u", "P1",
                  "--out", study.parent / "data")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert [runner.concealed for runner in started] == [in_study]


def test_the_desk_tells_it_too(eeg_file, study, tmp_path):
    prepared = prepare_study_session(
        ReplaySource(eeg_file, speed=50.0), Study(study), root=tmp_path / "data",
        participant="P1", started=datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        station_key=load_station_key(study.with_name(f"{study.name}.station.key")),
    )  # fmt: skip
    services = Services(tmp_path / "data", "off")
    runner = services._run(prepared)
    assert runner.concealed
    runner.stop()
    services.close_session(runner)


def test_the_square_for_a_photodiode_is_no_part_of_a_trial(invoke, study, tmp_path):
    """What the diode measures goes into a channel of the open recording."""
    refused = invoke("run", "-s", "synthetic", "--study", study, "--station-key",
                     f"{study}.station.key", "-u", "P1", "--out", tmp_path / "data",
                     "--photodiode")  # fmt: skip
    assert refused.exit_code == 2
    assert "photodiode" in refused.stderr
    assert not (tmp_path / "data").exists()
    status = json.loads(invoke("study", "status", study, "--json").stdout)
    assert status["strata"]["all"]["taken"] == 0
