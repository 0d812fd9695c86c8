"""`study data`: everything of a trial in tables, which read back to the same values."""

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from official_validator import bids_errors
from typer.testing import CliRunner

import neurofeedback
from neurofeedback.app.indexing import open_index
from neurofeedback.cli.main import app
from neurofeedback.recording.debrief import Debrief, Effect, write_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.report.summary import session_summary
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import MOOD
from neurofeedback.store.keeping import IndexResponses
from neurofeedback.trial.tables_folder import read_tables
from tests.support.short_studies import short_trial

PASSPHRASE = "correct horse battery"
EVIL = '=HYPERLINK("http://x")\x1b[2J<script>\u202egpj|\t\n"\\'


def invoke(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


def ok(*arguments: object) -> str:
    done = invoke(*arguments)
    assert done.exit_code == 0, done.stderr
    return done.stdout.strip()


def table_at(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


class Trial:
    """A trial on real samples: two participants, one of them with two sessions."""

    def __init__(self, folder: Path, eeg: Path) -> None:
        self.study, self.data = folder / "study", folder / "data"
        self.key = folder / "keeper" / "trial.key"
        short_trial(self.study, self.key, PASSPHRASE)
        self.sessions = [
            ok(
                "replay",
                eeg,
                "--study",
                self.study,
                "--station-key",
                f"{self.study}.station.key",
                "--speed",
                "max",
                "-u",
                code,
                "--out",
                self.data,
                "--operator",
                EVIL,
            )  # fmt: skip
            for code in ("P1", "P2", "P1", "P3", "P4")
        ]
        self._answer()

    def _answer(self) -> None:
        index = open_index(self.data, None)
        for folder in self.sessions[:3]:
            layout = SessionLayout.find(folder)
            IndexResponses(index, layout).keep(
                layout.participant, Response(MOOD, (10, None, 90)), Timing.AFTER
            )
            write_debrief(layout, Debrief(datetime(2026, 1, 1, tzinfo=UTC), strategy=EVIL,
                                          effects=(Effect("headache", "mild"),)))  # fmt: skip
            ok("study", "guess", folder, "--by", "participant", "--arm", "real",
               "--confidence", 80)  # fmt: skip

    def tables(self, out: Path):
        ok("study", "data", self.study, "--key", self.key, "--data", self.data, "--out", out)
        return read_tables(out)

    def unblind(self) -> dict[str, str]:
        opened = ok("study", "unblind", self.study, "--key", self.key, "--who", "A. B.",
                    "--reason", "the end", "--json")  # fmt: skip
        return {row["participant"]: row["arm"] for row in json.loads(opened)["sessions"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory, data_dir: Path):
    folder = tmp_path_factory.mktemp("trial")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROFEEDBACK_PASSPHRASE", PASSPHRASE)
        yield Trial(folder, data_dir / "edf" / "S001R01.edf")


@pytest.fixture
def trial(made: Trial, tmp_path: Path, monkeypatch) -> Trial:
    monkeypatch.setenv("NEUROFEEDBACK_PASSPHRASE", PASSPHRASE)
    ledgers = [made.study / name for name in ("places.jsonl", "unblindings.jsonl")]
    before = {path: path.read_bytes() for path in ledgers if path.exists()}
    yield made
    for path in ledgers:
        path.unlink(missing_ok=True)
    for path, content in before.items():
        path.write_bytes(content)


def test_letters_before_unblinding_and_nothing_that_tells_what_they_stand_for(trial, tmp_path):
    tables = trial.tables(tmp_path / "masked")
    assert tables.masked
    again = trial.tables(tmp_path / "again")
    arms = tables.tables["participants"].column("arm")
    assert sorted(set(arms)) == ["A", "B"]
    assert arms == again.tables["participants"].column("arm")
    text = "".join(p.read_text() for p in (tmp_path / "masked").rglob("*.tsv"))
    assert "\treal\t" not in text.replace("\treal\t80", "")
    assert "control\t" not in text
    for name in ("sessions", "blocks"):
        columns = {c.name for c in tables.tables[name].columns}
        assert not columns & {"fed_mean", "threshold", "success_rate", "rewards", "donor"}
        assert "train_mean" in columns or "mean" in columns


def test_masked_rows_of_equal_samples_are_equal_in_both_arms(trial, tmp_path):
    """All participants here have the same EEG: nothing but the letter may tell them apart."""
    tables = trial.tables(tmp_path / "masked").tables
    for name in ("blocks", "holds"):
        seen = {}
        for row in tables[name].rows:
            own = {k: v for k, v in row.items() if k not in ("participant", "session", "arm")}
            seen.setdefault((row["participant"], row["session"]), []).append(own)
        assert len(seen) == 5
        assert all(rows == next(iter(seen.values())) for rows in seen.values())


def test_report_and_checklist_of_a_real_trial(trial, tmp_path):
    trial.tables(tmp_path / "masked")
    assert "letters stand for the arms" in ok("study", "report", tmp_path / "masked")
    masked = json.loads(ok("study", "checklist", tmp_path / "masked", "--json"))["boxes"]
    assert next(b for b in masked if b["key"] == "4d")["state"] == "author"
    trial.unblind()
    trial.tables(tmp_path / "open")
    report = json.loads(ok("study", "report", tmp_path / "open", "--json"))
    assert report["dose"]["real"]["sessions"]["n"] == 2
    assert report["regulation"]["control"]["fed"] is not None
    filled = json.loads(ok("study", "checklist", tmp_path / "open", "--json"))["boxes"]
    found = {b["key"]: b for b in filled}
    assert len(found) == 24
    assert found["4d"]["state"] == "filled"
    assert "EEG channels at 160 Hz" in found["4e"]["text"]
    assert found["2d"]["state"] == "filled"
    alone = json.loads(ok("report", trial.sessions[0], "--checklist", "--json"))
    assert [b["key"] for b in alone] == ["3b", "3d", "4a", "4b", "4c", "4e"]


def test_who_was_opened_before_gets_no_letter(trial, tmp_path):
    ok("study", "unblind", trial.study, "--key", trial.key, "--who", "A. B.", "--reason", "ill",
       "--participant", "P2")  # fmt: skip
    rows = trial.tables(tmp_path / "masked").tables["participants"].rows
    assert {r["participant"]: r["arm"] for r in rows}["P2"] is None
    assert [r["unblinded"] for r in rows] == [False, True, False, False]


def test_arms_after_unblinding_with_all_that_was_fed_back(trial, tmp_path):
    arms = trial.unblind()
    tables = trial.tables(tmp_path / "open")
    assert not tables.masked
    rows = tables.tables["sessions"].rows
    assert {r["participant"]: r["arm"] for r in rows} == arms
    assert [r["session"] for r in rows if r["participant"] == "P1"] == [1, 2]
    for row in tables.tables["blocks"].rows:
        if row["phase"] != "train":
            continue
        same = row["fed_mean"] == pytest.approx(row["mean"], abs=1e-12)
        assert same == (row["arm"] == "real")
        assert row["threshold"] is not None
        assert row["rewards"] is not None
    assert {r["arm"] for r in rows} == {"real", "control"}
    assert all(r["as_allocated"] for r in rows)


def test_figures_are_those_of_an_open_session(trial, tmp_path, data_dir):
    """The same samples outside of a study give the numbers of the real arm."""
    trial.unblind()
    plain = ok("replay", data_dir / "edf" / "S001R01.edf", "-p", tmp_path / "plain.toml",
               "--speed", "max", "-u", "Q1", "--out", tmp_path / "plain") if (
        (tmp_path / "plain.toml").write_text((trial.study.parent / "trial.toml").read_text())
    ) else ""  # fmt: skip
    wanted = session_summary(plain)
    tables = trial.tables(tmp_path / "open").tables
    real = next(r for r in tables["sessions"].rows if r["arm"] == "real")
    of = (real["participant"], real["session"])
    blocks = [b for b in tables["blocks"].rows if (b["participant"], b["session"]) == of]
    assert [b["mean"] for b in blocks] == [b.mean for b in wanted.blocks]
    assert [b["success_rate"] for b in blocks] == [b.success_rate for b in wanted.blocks]
    assert real["rewards"] == wanted.rewards
    other = next(r for r in tables["sessions"].rows if r["arm"] == "control")
    assert other["train_mean"] == real["train_mean"]
    assert other["baseline_mean"] == real["baseline_mean"]


def test_what_is_read_back_is_what_was_written(trial, tmp_path):
    tables = trial.tables(tmp_path / "t")
    row = tables.tables["sessions"].rows[0]
    assert row["strategy"] == EVIL
    assert row["effect_headache"] == 1
    assert row["effect_dizziness"] == 0
    assert (row["guess_participant"], row["confidence_participant"]) == ("real", 80)
    assert row["operator"] is not None
    for file in (tmp_path / "t").rglob("*.tsv"):
        for line in file.read_text().splitlines():
            for cell in line.split("\t"):
                assert not cell.startswith(("=", "+", "@"))
                assert cell.isprintable()
    edited = tmp_path / "t" / "sessions.tsv"
    edited.write_text(edited.read_text().replace("P1", "P9"))
    with pytest.raises(neurofeedback.errors.UserError, match=r"sessions.tsv was changed"):
        read_tables(tmp_path / "t")


def test_answers_are_a_bids_phenotype(trial, tmp_path):
    trial.tables(tmp_path / "t")
    dataset = tmp_path / "bids"
    shutil.copytree(trial.data, dataset)
    shutil.copytree(tmp_path / "t" / "phenotype", dataset / "phenotype")
    names = sorted(path.name for path in (dataset / "phenotype").glob("*.tsv"))
    assert names == ["mood_ses-01_after.tsv", "mood_ses-02_after.tsv"]
    lines = (dataset / "phenotype" / names[0]).read_text().splitlines()
    assert lines[0].startswith("participant_id\tsession_id\t")
    firsts = [line.split("\t")[:2] for line in lines[1:]]
    assert firsts == [["sub-P1", "ses-01"], ["sub-P2", "ses-01"]]
    assert "\t10\tn/a\t90\t" in lines[1]
    assert bids_errors(dataset) == []


def test_redcap_gets_a_dictionary_and_records_that_fit_it(trial, tmp_path):
    trial.tables(tmp_path / "t")
    folder = tmp_path / "t" / "redcap"
    entries = table_at(folder / "dictionary.csv")
    fields = [e["Variable / Field Name"] for e in entries]
    assert len(entries[0]) == 18
    assert fields[0] == "record_id"
    assert len(set(fields)) == len(fields)
    records = table_at(folder / "records.csv")
    assert set(records[0]) - set(fields) == {"redcap_repeat_instrument", "redcap_repeat_instance"}
    choices = {e["Variable / Field Name"]: e["Choices, Calculations, OR Slider Labels"]
               for e in entries if e["Field Type"] == "dropdown"}  # fmt: skip
    form = {e["Variable / Field Name"]: e["Form Name"] for e in entries}
    for record in records:
        for name, value in record.items():
            if name in choices and value:
                assert value in [c.split(",")[0] for c in choices[name].split(" | ")]
            if name in form and value and name != "record_id":
                assert form[name] == (record["redcap_repeat_instrument"] or "participants")


def test_a_session_given_another_arm_and_one_that_is_damaged_are_told(trial, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(trial.data, data)
    first, second = (SessionLayout.find(data / Path(s).relative_to(trial.data))
                     for s in (trial.sessions[1], trial.sessions[3]))  # fmt: skip
    first.sealed.write_bytes(second.sealed.read_bytes())
    second.eeg.write_bytes(b"\x00" * second.eeg.stat().st_size)
    done = invoke("study", "data", trial.study, "--key", trial.key, "--data", data,
                  "--out", tmp_path / "t", "--index", "off")  # fmt: skip
    assert done.exit_code == 1
    rows = {r["folder"]: r for r in read_tables(tmp_path / "t").tables["sessions"].rows}
    assert rows[first.folder]["as_allocated"] is False
    assert "fails its checksum" in str(rows[second.folder]["problem"])
    report = ok("study", "report", tmp_path / "t")
    assert first.folder.replace("-", "\\-") in report


def test_a_session_that_is_not_there_is_a_row_with_its_reason(trial, tmp_path):
    done = invoke("study", "data", trial.study, "--key", trial.key, "--data", tmp_path,
                  "--out", tmp_path / "t", "--index", "off")  # fmt: skip
    assert done.exit_code == 1
    rows = read_tables(tmp_path / "t").tables["sessions"].rows
    assert all("in none of the datasets" in str(r["problem"]) for r in rows)


def test_read_session_opens_what_was_fed_back(trial):
    key = neurofeedback.load_private_key(trial.key, PASSPHRASE)
    sealed = neurofeedback.read_session(trial.sessions[0])
    opened = neurofeedback.read_session(trial.sessions[0], key=key)
    assert "threshold" not in sealed.features.dtype.names
    trained = opened.features[opened.features["phase"] == "train"]
    assert np.isfinite(trained["threshold"]).any()
    rewards = [e for e in opened.events if e.kind == "Reward"]
    assert len(rewards) == opened.features["reward"].sum()
    ended = [e for e in opened.events if e.kind == "BlockEnded"]
    assert all("success_rate" in e.details for e in ended if e.details["phase"] == "train")
    assert [e.sample for e in opened.events] == sorted(e.sample for e in opened.events)
