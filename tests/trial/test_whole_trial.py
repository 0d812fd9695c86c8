"""One study with everything at once: sealed samples, standard care, a replacement, emergencies."""

import json
import math
import re
from datetime import UTC, datetime
from pathlib import Path

import mne
import numpy as np
import pytest
from typer.testing import CliRunner

import neurofeedback
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.cli.main import app
from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.session.prepare import prepare_study_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_station_key
from neurofeedback.trial.tables_folder import read_tables
from tests.support.short_studies import short_trial

PASSPHRASE = "correct horse battery"
EVIL = '=1+1\x1b[31m<script>alert(1)</script>\u202e|**x**\n& "'
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def invoke(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


def ok(*arguments: object) -> str:
    done = invoke(*arguments)
    assert done.exit_code == 0, done.stderr
    return done.stdout.strip()


class Whole:
    """Six people, two of them in standard care, one who leaves, and one in their stead."""

    def __init__(self, folder: Path, eeg: Path) -> None:
        self.folder, self.eeg = folder, eeg
        self.study, self.data = folder / "study", folder / "data"
        self.station = Path(f"{self.study}.station.key")
        self.key = folder / "keeper" / "trial.key"
        short_trial(
            self.study, self.key, PASSPHRASE, size=12, block=6, ratio=dict.fromkeys(Arm, 1),
            seal_raw=True,
        )  # fmt: skip
        ok("study", "envelopes", self.study, "--key", self.key, "--letters", folder / "letters.txt")
        enrolled = {f"P{i}": self.enrol(f"P{i}") for i in range(1, 7)}
        self.cared = [code for code, fed in enrolled.items() if not fed]
        self.left, self.shown, self.opened, self.plain = (c for c, fed in enrolled.items() if fed)
        self.sessions = {code: self.run(code) for code in (self.left, self.opened, self.plain)}
        self.sessions[self.shown] = self.run_shown()
        ok("study", "withdraw", self.study, "-u", self.left, "--who", EVIL, "--reason", EVIL)
        if self.enrol("P7"):  # in the stead of whoever left
            self.sessions["P7"] = self.run("P7")
        else:
            self.cared.append("P7")
        place = Study(self.study).place_of(self.opened)[1]
        self.arm_told = json.loads(
            ok("study", "open-envelope", self.study, "-u", self.opened, "--who", EVIL, "--reason",
               EVIL, "--code", self.code(place), "--json")
        )["arm"]  # fmt: skip

    def enrol(self, code: str) -> bool:
        said = ok("study", "enrol", self.study, "-u", code, "--station-key", self.station,
                  "--out", self.data)  # fmt: skip
        return "sessions with feedback" in said

    def code(self, place: int) -> str:
        letters = (self.folder / "letters.txt").read_text().split("\f")
        letter = next(x for x in letters if re.search(rf"\b[Pp]lace:?\s+{place}\b", x))
        return next(w for w in letter.split() if re.fullmatch(r"(\w{5}-){4}\w{5}", w))

    def run(self, code: str) -> Path:
        return Path(
            ok("replay", self.eeg, "--study", self.study, "--station-key", self.station,
               "--speed", "max", "-u", code, "--out", self.data, "--operator", EVIL)
        )  # fmt: skip

    def run_shown(self) -> Path:
        session = prepare_study_session(
            ReplaySource(self.eeg, speed=math.inf), Study(self.study), root=self.data,
            participant=self.shown, started=datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
            station_key=load_station_key(self.station),
        )  # fmt: skip
        runner = SessionRunner.of(session)
        runner.show_feedback("B. Doctor", EVIL)
        runner.start()
        assert runner.wait(60.0)
        return session.recorder.path

    def tables(self, out: Path):
        ok("study", "data", self.study, "--key", self.key, "--data", self.data, "--out", out,
           "--index", "off")  # fmt: skip
        return read_tables(out)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, data_dir: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROFEEDBACK_PASSPHRASE", PASSPHRASE)
        yield Whole(tmp_path_factory.mktemp("whole"), data_dir / "edf" / "S001R01.edf")


def test_everything_at_once(whole: Whole, tmp_path: Path) -> None:
    assert len([code for code in whole.cared if code != "P7"]) == 2
    check_deliveries(whole)
    check_sessions(whole)
    masked = whole.tables(tmp_path / "masked")
    check_masked(whole, masked)
    check_pages(whole, tmp_path / "masked")
    ok("study", "unblind", whole.study, "--key", whole.key, "--who", "A", "--reason", "the end")
    check_opened(whole, whole.tables(tmp_path / "open"))
    check_pages(whole, tmp_path / "open")
    check_boxes(whole, tmp_path / "open")


def check_deliveries(whole: Whole) -> None:
    checked = invoke("study", "check", whole.study, "--key", whole.key, "--data", whole.data)
    assert checked.exit_code == 0, checked.stderr
    n = len(whole.sessions)
    assert f"{n} of {n} sessions are as allocated" in checked.stdout
    assert "was shown the feedback" in checked.stderr
    assert invoke("study", "status", whole.study, "--data", whole.data).exit_code == 0


def check_sessions(whole: Whole) -> None:
    """Samples and what was fed back open together."""
    key = neurofeedback.load_private_key(whole.key, PASSPHRASE)
    for path in whole.sessions.values():
        opened = neurofeedback.read_session(path, key=key)
        recorded = mne.io.read_raw_edf(whole.eeg, verbose="error").get_data()
        np.testing.assert_allclose(
            opened.raw.get_data(), recorded[:, : opened.times.size], atol=1e-9
        )
        assert "BAD_ACQ_SKIP" not in " ".join(opened.raw.annotations.description)
        assert np.isfinite(opened.features["threshold"]).any()
        ok("verify", path, "--study", whole.study, "--key", whole.key)
        with pytest.raises(UserError, match="sealed"):
            neurofeedback.read_session(path)


def check_masked(whole: Whole, tables) -> None:
    assert tables.masked
    arms = {r["participant"]: r["arm"] for r in tables.tables["participants"].rows}
    assert arms[whole.opened] is None
    assert arms[whole.shown] is None  # whoever saw the feedback knows what the letter stands for
    assert {arms[code] for code in whole.cared} == {"standard"}  # as everybody was told
    assert {arms[c] for c in (whole.left, whole.plain)} <= {"A", "B", None}
    rows = {r["participant"]: r for r in tables.tables["sessions"].rows}
    assert sorted(rows) == sorted(whole.sessions)
    assert all(r["as_allocated"] and r["problem"] is None for r in rows.values())
    assert [c for c, r in rows.items() if r["feedback_shown"]] == [whole.shown]
    assert rows[whole.shown]["feedback_shown_why"] == f"B. Doctor: {EVIL}"
    gone = {r["participant"]: r for r in tables.tables["participants"].rows}[whole.left]
    assert gone["withdrawn"] is not None
    assert gone["withdrawn_why"] == EVIL


def check_opened(whole: Whole, tables) -> None:
    rows = tables.tables["participants"].rows
    arms = {r["participant"]: r["arm"] for r in rows}
    assert {arms[code] for code in whole.cared} == {"standard"}
    first = sorted(arm for code, arm in arms.items() if code != "P7")
    assert first == ["control"] * 2 + ["real"] * 2 + ["standard"] * 2
    assert arms[whole.opened] == whole.arm_told
    assert {r["sessions"] for r in rows if r["arm"] == "standard"} == {0}
    assert [(r["participant"], r["place"]) for r in rows][-1] == ("P7", 7)


def check_pages(whole: Whole, tables: Path) -> None:
    for name in ("report", "checklist"):
        page = tables / f"{name}.html"
        ok("study", name, tables, "--out", page)
        text = page.read_text()
        assert "<script" not in text
        assert not ACTS.search(text)
        assert not ACTS.search(ok("study", name, tables))
        json.loads(ok("study", name, tables, "--json"))
    for path in tables.rglob("*.?sv"):
        assert not ACTS.search(path.read_text()), path


def check_boxes(whole: Whole, tables: Path) -> None:
    found = json.loads(ok("study", "checklist", tables, "--json"))["boxes"]
    boxes = {b["key"]: b for b in found}
    assert len(boxes) == 24
    assert whole.shown in boxes["2b"]["text"]
    assert whole.opened in boxes["2b"]["text"]
    assert "standard care" in boxes["2b"]["text"]
    n = len(whole.cared)
    assert f"{n} of 7 participants were in standard care" in boxes["2e"]["text"]
    assert boxes["2e"]["state"] == "part"
    assert "standard care" in boxes["2a"]["text"]


def test_levels_and_an_unblinding_without_a_session_are_in_the_tables(whole, tmp_path) -> None:
    study, key = tmp_path / "study", tmp_path / "keeper" / "trial.key"
    longer = tmp_path / "longer.toml"
    text = (whole.folder / "trial.toml").read_text().replace("shift = 10.0", "shift = 60.0")
    longer.write_text(text.replace("seconds = 10.0", "seconds = 60.0", 1))
    ok("study", "new", study, "-p", longer, "--name", "B", "--minimise",
       "sex=f,m", "--minimise", "age=18-39,40+", "--unblinding-key", key)  # fmt: skip
    for number, age in enumerate(("18-39", "40+", "40+"), start=1):
        ok("study", "enrol", study, "-u", f"P{number}", "--station-key", f"{study}.station.key",
           "--level", "sex=f", "--level", f"age={age}", "--out", tmp_path / "data")  # fmt: skip
    ok("study", "unblind", study, "--key", key, "-u", "P2", "--who", "A", "--reason", "ill")
    ok("study", "data", study, "--key", key, "--data", tmp_path, "--out", tmp_path / "t", "--index",
       "off")  # fmt: skip
    rows = read_tables(tmp_path / "t").tables["participants"].rows
    assert [r["level_age"] for r in rows] == ["18-39", "40+", "40+"]
    assert [r["level_sex"] for r in rows] == ["f"] * 3
    assert [r["arm"] for r in rows] == [None] * 3  # each would tell that of P2, by the rule
    assert [r["unblinded"] for r in rows] == [False, True, False]
    assert "participants_level_age" in (tmp_path / "t" / "redcap" / "dictionary.csv").read_text()
    check_pages(whole, tmp_path / "t")
