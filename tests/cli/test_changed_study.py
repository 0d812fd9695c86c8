"""Whoever edits the study's open files learns no arm by it, and is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.study.donors import DonorPool
from neurofeedback.study.keys import make_private_key, public_pem
from tests.cli.test_study import key_of, passphrase, protocol, run, study

__all__ = ["passphrase", "protocol", "study"]  # fixtures

Facts = dict[str, object]


def other_seal(facts: Facts) -> None:
    """Seal what is fed back to a key of one's own."""
    facts["public_key"] = public_pem(make_private_key())


def open_samples(facts: Facts) -> None:
    facts["seal_raw"] = not facts["seal_raw"]


def other_control(facts: Facts) -> None:
    """Feed pieces of the last seconds, which follow the brain."""
    facts["protocol"]["control"]["kind"] = "phase-scrambled"  # type: ignore[index]


def other_display(facts: Facts) -> None:
    facts["protocol"]["display"]["sound"] = "tone"  # type: ignore[index]


def other_ratio(facts: Facts) -> None:
    facts["ratio"] = {"real": 2, "control": 1}


EDITS = (other_seal, open_samples, other_control, other_display, other_ratio)


@pytest.mark.parametrize("version", [None, 5], ids=["as it is", "as an earlier one"])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_study_runs_no_session_and_opens_for_nobody(
    invoke, eeg_file, study, edit: Callable[[Facts], None], version: int | None
) -> None:
    path = study / "study.json"
    facts = json.loads(path.read_text())
    edit(facts)
    facts["format"] = version or facts["format"]
    path.write_text(json.dumps(facts, indent=2))
    done = run(invoke, eeg_file, study, "P1")
    assert done.exit_code == 2
    assert "restore" in done.stderr
    assert not list((study.parent / "data").rglob("*.eeg"))
    (study.parent / "data").mkdir()
    data = ("--key", key_of(study), "--data", study.parent / "data")
    for command, *more in (("check",), ("unblind", "--who", "A", "--reason", "end")):
        done = invoke("study", command, study, *data, *more)
        assert done.exit_code == 2
        assert "study.json was changed" in done.stderr


def recognisable(path: Path) -> None:
    """Make a donor that anybody would know on the participant's display."""
    pool = DonorPool(path.parent)
    donor = pool.load(path.stem)
    path.unlink()
    values = np.sign(np.sin(np.arange(len(donor.values)) / 30.0))[:, None] * 5.0
    pool.add(replace(donor, values=values))


def test_a_donor_that_was_changed_feeds_nobody(invoke, eeg_file, study) -> None:
    recognisable(next((study / "donors").glob("*.npz")))
    done = run(invoke, eeg_file, study, "P1")
    assert done.exit_code == 2
    assert "was changed since it was added" in done.stderr


def test_a_donor_that_was_put_there_by_hand_feeds_nobody(invoke, eeg_file, study) -> None:
    added = next((study / "donors").glob("*.npz"))
    for i in range(8):
        shutil.copy(added, added.with_name(f"sub-X{i}_ses-01.npz"))
        recognisable(added.with_name(f"sub-X{i}_ses-01.npz"))
    status = json.loads(invoke("study", "status", study, "--json").stdout)
    assert status["donors"] == 1
    assert run(invoke, eeg_file, study, "P1").exit_code == 0
    ledger = (study / "places.jsonl").read_text().splitlines()
    assert json.loads(ledger[-1])["pool"] == [added.stem]


def test_a_donor_that_was_taken_away_is_missed(invoke, eeg_file, study) -> None:
    next((study / "donors").glob("*.npz")).unlink()
    done = run(invoke, eeg_file, study, "P1")
    assert done.exit_code == 2
    assert "cannot be read" in done.stderr
