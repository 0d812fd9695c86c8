"""The commands about the index, and what sessions tell it."""

import json
import sqlite3
from contextlib import closing

import pytest
from store_parts import STARTED, record

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import PHQ9
from neurofeedback.store.index import Index
from neurofeedback.store.place import find_place
from neurofeedback.store.responses import store_response


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    """A dataset with two sessions, all commands pointed to it and to an index of its own."""
    folder = tmp_path / "data"
    monkeypatch.setenv("NEUROFEEDBACK_DATA", str(folder))
    monkeypatch.setenv("NEUROFEEDBACK_INDEX", str(tmp_path / "index.sqlite3"))
    monkeypatch.setenv("NEUROFEEDBACK_OPERATOR", "A. Smith")
    record(folder, "p01", protocol="faa-up")
    record(folder, "p02", protocol="fm-theta-up", status="stopped")
    return folder


def answer(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_rebuild_answers_a_person_and_a_program(invoke, dataset):
    report = answer(invoke("index", "rebuild", dataset, "--json"))
    assert report.pop("index").endswith("index.sqlite3")
    assert report == {
        "sessions": 2, "changed": 2, "missing": 0, "participants": 2, "problems": []
    }  # fmt: skip
    result = invoke("index", "rebuild")
    assert result.exit_code == 0
    assert "Sessions: 2, new or changed: 0" in result.stdout


def test_a_rebuild_tells_what_it_could_not_read(invoke, dataset):
    layout = SessionLayout.find(dataset / "sub-p02" / "ses-01")
    layout.protocol.write_text("{")
    result = invoke("index", "rebuild", dataset)
    assert "Sessions: 1" in result.stdout
    assert str(layout.protocol) in result.stderr.replace("\n", "")
    assert len(answer(invoke("index", "rebuild", dataset, "--json"))["problems"]) == 1


def test_sessions_are_listed_and_searched(invoke, dataset):
    invoke("index", "rebuild")
    (first, second) = answer(invoke("index", "list", "--json"))
    assert {first["participant"], second["participant"]} == {"p01", "p02"}
    (found,) = answer(invoke("index", "search", "THETA", "--json"))
    assert found["started"] == STARTED.isoformat()
    assert (found["status"], found["seconds"], found["rewards"]) == ("stopped", 0.5, 2)
    assert answer(invoke("index", "search", "--until", "2026-02-27", "--json")) == []
    shown = invoke("index", "search", "p01", "--since", "2026-01-01").stdout
    assert "sub-p01/ses-01" in shown
    assert "p02" not in shown
    assert "neurofeedback index rebuild" in invoke("index", "search", "nobody").stderr


def test_participants_are_added_shown_and_listed(invoke, dataset):
    invoke("index", "rebuild")
    assert invoke("participants", "add", "p09", "--consent", "--date", "2026-02-01").exit_code == 0
    assert invoke("participants", "note", "p09", "[bold]slept badly[/]").exit_code == 0
    assert invoke("participants", "consent", "p09", "--withdrawn").exit_code == 0
    known = answer(invoke("participants", "show", "p09", "--json"))
    assert not known["consent"]
    assert [(n["text"], n["author"]) for n in known["notes"]] == [
        ("[bold]slept badly[/]", "A. Smith")
    ]
    shown = invoke("participants", "show", "p09").stdout
    assert "[bold]slept badly[/]" in shown
    assert "consent: withdrawn" in shown
    assert "fm-theta-up" in invoke("participants", "show", "p02").stdout
    codes = [p["participant"] for p in answer(invoke("participants", "list", "--json"))]
    assert codes == ["p01", "p02", "p09"]
    assert "p09" not in invoke("participants", "list", "P01").stdout


def test_a_safety_prompt_that_nobody_acknowledged_cannot_be_overlooked(invoke, dataset):
    invoke("index", "rebuild")
    with Index(find_place(dataset)).change() as change:
        response = Response(PHQ9, (0,) * 8 + (1, None))
        store_response(change, "p01", response, timing=Timing.BEFORE)
    shown = invoke("participants", "show", "p01").stdout
    assert "phq-9 before: 1 (minimal), unacknowledged; SAFETY PROMPT NOT ACKNOWLEDGED" in shown


def test_the_trail_is_listed_and_verified(invoke, dataset, tmp_path):
    invoke("index", "rebuild")
    invoke("participants", "add", "p09")
    rows = answer(invoke("audit", "list", "--json"))
    assert [(row["who"], row["action"], row["subject"]) for row in rows][-1:] == [
        ("A. Smith", "participant.added", "p09")
    ]
    assert "participant.added" in invoke("audit", "list", "--last", "1").stdout
    good = answer(invoke("audit", "verify", "--json"))
    assert good["ok"]
    assert invoke("audit", "verify", "--head", good["head"]).exit_code == 0
    assert invoke("audit", "verify", "--head", f"9:{'0' * 64}").exit_code == 1
    with closing(sqlite3.connect(tmp_path / "index.sqlite3")) as connection:
        last = rows[-1]["number"]
        connection.execute(
            "UPDATE audit SET who = 'B. Jones', details = 'x' WHERE number = ?", [last]
        )
        connection.commit()
    result = invoke("audit", "verify")
    assert result.exit_code == 1
    assert f"Row {last} was changed" in result.stderr.replace("\n", " ")
    assert not json.loads(invoke("audit", "verify", "--json").stdout)["ok"]
    assert answer(invoke("audit", "list", "--json"))[-1]["details"] == "x"


def test_the_index_is_copied_and_upgraded(invoke, dataset, tmp_path):
    invoke("index", "rebuild")
    copy = tmp_path / "copy.sqlite3"
    assert invoke("index", "copy", copy).exit_code == 0
    assert len(answer(invoke("index", "list", "--index", copy, "--json"))) == 2
    assert invoke("index", "upgrade").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["index", "rebuild", "nowhere"],
        ["index", "list", "--index", "off"],
        ["index", "list", "--index", "mysql://host/db"],
        ["index", "list", "--index", "/proc/no/index"],
        ["index", "search", "--since", "9999-12-31"],
        ["index", "copy", "/proc/no/copy"],
        ["participants", "add", "Anna Smith"],
        ["participants", "show", "p77"],
        ["participants", "note", "p77", "x"],
        ["participants", "consent", "p77"],
        ["audit", "verify", "--head", "x"],
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_sentence_and_status_2(invoke, dataset, arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("speed", ["max"])
def test_a_replay_is_in_the_index_and_verify_says_so(invoke, dataset, eeg_file, speed):
    result = invoke("replay", eeg_file, "-p", "faa-up", "--speed", speed, "-u", "p03")
    assert result.exit_code == 0
    folder = result.stdout.strip().splitlines()[-1]
    assert invoke("verify", folder).exit_code == 0
    (row,) = answer(invoke("index", "search", "p03", "--json"))
    assert (row["status"], row["seconds"], row["verified_result"]) == ("stopped", 61.0, "ok")
    actions = [row["action"] for row in answer(invoke("audit", "list", "--json"))]
    assert actions == ["index.made", "session.started", "session.finished", "session.verified"]


@pytest.mark.parametrize("where", ["/proc/no/index", "postgresql://clinic@127.0.0.1:1/index"])
def test_a_session_is_recorded_though_the_index_fails(invoke, dataset, eeg_file, where):
    result = invoke(
        "replay", eeg_file, "-p", "faa-up", "--speed", "max", "-u", "p03", "--index", where
    )
    assert result.exit_code == 0
    assert result.stderr.count("The index was not updated (the session is not affected)") == 1


def test_a_session_without_an_index_leaves_none(invoke, dataset, eeg_file, tmp_path):
    result = invoke("replay", eeg_file, "-p", "faa-up", "--speed", "max", "--index", "off")
    assert result.exit_code == 0
    assert not (tmp_path / "index.sqlite3").exists()
