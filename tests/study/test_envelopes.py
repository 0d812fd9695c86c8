"""An emergency envelope tells one arm, is logged, and tells nothing of the others."""

import json
import re
from pathlib import Path

import pytest

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.study.envelopes import make_envelopes, open_envelope
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key
from tests.study.conftest import NOW, PASSPHRASE

WHY = {"who": "B. Doctor", "reason": "seizure", "now": NOW}


@pytest.fixture
def study(make_study, station_key) -> Study:
    study = make_study("time-shifted", size=8)
    for i in range(8):
        with study.enrol(
            f"P{i}", station_key=station_key(), stratum=None, operator="op", now=NOW, claims={}
        ) as entry:
            entry.take(f"sub-P{i}/ses-01")
    return study


@pytest.fixture
def key(study, tmp_path):
    return load_private_key(tmp_path / "keeper" / "unblinding.pem", PASSPHRASE)


@pytest.fixture
def codes(study, key, tmp_path) -> list[str]:
    letters = tmp_path / "letters.txt"
    assert make_envelopes(study, key, letters) == 8
    assert letters.stat().st_mode & 0o077 == 0
    pages = letters.read_text().split("\f")
    assert [re.search(r"Place: (\d+)", page)[1] for page in pages] == [str(i) for i in range(1, 9)]
    assert not any(arm in page for page in pages for arm in Arm)
    return [re.search(r"Code: (\S+)", page)[1] for page in pages]


def test_each_tells_its_own_arm_and_is_logged(study, key, codes) -> None:
    places = study.allocated(key).places
    for i, code in enumerate(codes):
        opened = open_envelope(study, f"P{i}", code.lower().replace("-", " "), **WHY)
        assert opened.arm is places["all", i + 1].arm
    log = study.status()["unblindings"]
    assert [(e["participant"], e["how"]) for e in log] == [(f"P{i}", "envelope") for i in range(8)]
    assert study.status()["problems"] == []


def test_a_code_opens_no_other_envelope_and_a_wrong_one_is_not_logged(study, codes) -> None:
    for i in range(1, 8):
        with pytest.raises(UserError, match="does not open the envelope"):
            open_envelope(study, f"P{i}", codes[0], **WHY)
    for reason, who in (("", "A"), ("x", " ")):
        with pytest.raises(UserError, match="Unblinding is logged"):
            open_envelope(study, "P0", codes[0], who=who, reason=reason, now=NOW)
    with pytest.raises(UserError, match="No participant"):
        open_envelope(study, "Q", codes[0], **WHY)
    assert study.status()["unblindings"] == []


def test_envelopes_that_were_exchanged_do_not_open(study, codes) -> None:
    path = study.folder / "envelopes.json"
    facts = json.loads(path.read_text())
    rows = facts["envelopes"]
    rows[0]["sealed"], rows[1]["sealed"] = rows[1]["sealed"], rows[0]["sealed"]
    path.write_text(json.dumps(facts))
    with pytest.raises(UserError, match="does not open"):
        open_envelope(study, "P0", codes[0], **WHY)


def test_all_are_as_long_and_are_made_once(study, key, codes, tmp_path: Path) -> None:
    text = (study.folder / "envelopes.json").read_text()
    assert len({len(row["sealed"]) for row in json.loads(text)["envelopes"]}) == 1
    assert not any(code in text for code in codes)
    with pytest.raises(UserError, match="exists already"):
        make_envelopes(study, key, tmp_path / "again.txt")
    (study.folder / "envelopes.json").unlink()
    with pytest.raises(UserError, match="has no envelopes"):
        open_envelope(study, "P0", codes[0], **WHY)
    with pytest.raises(UserError, match="inside the study's folder"):
        make_envelopes(study, key, study.folder / "letters.txt")
