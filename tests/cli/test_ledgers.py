"""Entries that were cut off, removed or given twice are found by the study's status."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_study import key_of, passphrase, protocol, study

__all__ = ["passphrase", "protocol", "study"]  # fixtures


def run(invoke, eeg_file, study: Path, code: str, data: Path):
    done = invoke(
        "replay", eeg_file, "--study", study, "--station-key",
        study.with_name("study.station.key"), "--speed", "max", "-u", code, "--out", data,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    return done


def status(invoke, study: Path, *data: Path):
    given = [word for each in data for word in ("--data", each)]
    return invoke("study", "status", study, *given)


@pytest.fixture
def data(invoke, eeg_file, study) -> Path:
    folder = study.with_name("data")
    for code in ("P1", "P2"):
        run(invoke, eeg_file, study, code, folder)
    whole = status(invoke, study, folder)
    assert whole.exit_code == 0, whole.stderr
    return folder


def cut(path: Path, n_lines: int) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-n_lines]))


def unblind(invoke, study: Path, *more: str) -> None:
    done = invoke("study", "unblind", study, "--key", key_of(study), "--who", "A", "--reason", "x",
                  *more)  # fmt: skip
    assert done.exit_code == 0, done.stderr


def test_unblindings_that_were_removed_are_missed(invoke, study, data):
    unblind(invoke, study)
    assert status(invoke, study, data).exit_code == 0
    (study / "unblindings.jsonl").unlink()
    found = status(invoke, study)
    assert found.exit_code == 1
    assert "unblindings.jsonl had at least 1 entries" in found.stderr


def test_places_that_were_cut_off_after_an_unblinding_are_missed(invoke, study, data):
    unblind(invoke, study, "--participant", "P1")
    cut(study / "places.jsonl", 3)  # the unblinding, and P2 with their session
    found = status(invoke, study)
    assert found.exit_code == 1
    assert "places.jsonl had at least 5 entries" in found.stderr


def test_a_place_given_twice_after_a_cut_is_found(invoke, eeg_file, study, data):
    cut(study / "places.jsonl", 2)
    again = study.with_name("elsewhere")
    run(invoke, eeg_file, study, "Z99", again)
    found = status(invoke, study, data, again)
    assert found.exit_code == 1
    assert "Place 2 of stratum 'all' was given to more than one participant: Z99, P2" in (
        found.stderr
    )
    assert "has no entry for the session sub-P2/ses-01" in found.stderr


def test_a_place_that_only_the_audit_trail_remembers_is_found(invoke, study, data):
    cut(study / "places.jsonl", 2)
    for folder in (data, data / "derivatives" / "neurofeedback"):
        shutil.rmtree(folder / "sub-P2")
    found = status(invoke, study, data)
    assert found.exit_code == 1
    assert "has no entry for the session sub-P2/ses-01" in found.stderr


def test_a_second_copy_of_the_study_is_found(invoke, eeg_file, study, data):
    copy, other = study.with_name("copy"), study.with_name("other")
    shutil.copytree(study, copy)
    run(invoke, eeg_file, study, "P3", data)
    run(invoke, eeg_file, copy, "Q3", other)
    run(invoke, eeg_file, copy, "Q4", other)
    found = status(invoke, study, data, other)
    assert found.exit_code == 1
    assert "Place 3 of stratum 'all' was given to more than one participant: P3, Q3" in found.stderr
    assert "not the ledger that the session sub-Q4/ses-01 was run with" in found.stderr


def test_status_says_it_as_data_too(invoke, study, data):
    cut(study / "places.jsonl", 1)
    found = invoke("study", "status", study, "--data", data, "--json")
    assert found.exit_code == 1
    assert "sub-P2/ses-01" in json.loads(found.stdout)["problems"][0]


def test_a_session_that_was_removed_is_missed_without_a_key(invoke, study, data):
    for folder in list(data.rglob("sub-P2")):
        shutil.rmtree(folder)
    found = status(invoke, study, data)
    assert found.exit_code == 1
    assert "The session sub-P2/ses-01, which the ledger of places names" in found.stderr
    assert status(invoke, study).exit_code == 0  # nobody looked


@pytest.fixture
def guessed(invoke, data) -> Path:
    session = data / "sub-P1" / "ses-01"
    for arm in ("real", "control"):
        done = invoke("study", "guess", session, "--by", "participant", "--arm", arm)
        assert done.exit_code == 0, done.stderr
    assert invoke("verify", session).exit_code == 0
    return next(data.rglob("*_guesses.jsonl"))


def test_a_guess_that_was_removed_or_changed_is_missed(invoke, guessed, data):
    whole, session = guessed.read_text(), data / "sub-P1" / "ses-01"
    for text in (None, "".join(whole.splitlines(keepends=True)[:1]), whole.replace("50", "60")):
        guessed.unlink() if text is None else guessed.write_text(text)
        found = invoke("verify", session)
        assert found.exit_code == 1
        said = " ".join((found.stderr + found.stdout).split())
        assert "_guesses.jsonl. What was said of the session was changed or removed" in said
    guessed.write_text(whole)
    more = invoke("study", "guess", session, "--by", "operator", "--arm", "real", "--index", "off")
    assert more.exit_code == 0
    assert invoke("verify", session).exit_code == 0  # one more is no change of those before
