"""`study checklist`: every box of CRED-nf, and nothing that is not so."""

import csv
import io
import json
import re

import pytest
from typer.testing import CliRunner

from neurofeedback.cli.main import app
from neurofeedback.errors import UserError
from neurofeedback.scales.own import EXPECTANCY, STRATEGIES
from neurofeedback.trial.checklist import trial_checklist
from neurofeedback.trial.checklist_items import BOXES
from neurofeedback.trial.checklist_page import checklist_csv
from neurofeedback.trial.report import trial_report
from neurofeedback.trial.simulated import Planted, simulated_trial
from neurofeedback.trial.tables_folder import write_tables

KEYS = (  # of the authors' tool, in its order
    "1a 1b 2a 2b 2c.rater 2c.stat 2d 2e 3a 3b 3c 3d 3e 4a 4b 4c 4d 4e 5a 5b 5c 6a 6b 7a".split()
)


def trial_of(*, masked: bool = False, **tables):
    trial = simulated_trial(Planted(), 7)
    changed = {name: table.with_rows(tables.get(name, table.rows))
               for name, table in trial.tables.items()}  # fmt: skip
    return type(trial)({**trial.facts, "masked": masked}, changed)


def answers(scale, participants: int, total=None):
    return [
        {"participant": f"S{p:03d}", "session": s, "arm": "real", "instrument": scale,
         "version": "1", "timing": "before", "taken": f"2026-01-{s:02d}T09:00:00+00:00",
         "response": 100 * p + s, "item": i, "answer": 2, "total": total and total + p * s}
        for p in range(1, participants + 1)
        for s in (1, 2)
        for i in (1, 2)
    ]  # fmt: skip


def boxes(trial, said=None):
    return {one.box.key: one.filled for one in trial_checklist(trial, said)}


def test_there_are_24_boxes_with_the_names_of_the_published_tool():
    assert [box.key for box in BOXES] == KEYS
    assert len({box.number for box in BOXES}) == 23
    found = boxes(trial_of())
    assert list(found) == KEYS
    for key, filled in found.items():
        assert filled.state in ("filled", "part", "author"), key
        assert filled.text or filled.author, key
        assert filled.sources or not filled.text, key
        assert bool(filled.author) == (filled.state != "filled"), key


def test_what_nobody_recorded_is_never_claimed():
    found = boxes(trial_of())
    for key in ("1a", "1b", "2c.rater", "2c.stat", "2d", "2e", "3a", "3c", "6a", "6b", "7a"):
        assert found[key].state == "author", key
        assert found[key].choice == "", key
    empty = boxes(trial_of(sessions=(), participants=()))
    for key in ("3e", "4d", "5a", "5b", "5c"):
        assert empty[key].state == "author", key
        assert empty[key].choice == "", key
    assert empty["4e"].text == ""


def test_before_unblinding_nothing_is_said_of_what_was_fed_back():
    rows = [{**r, "guess_participant": "real", "confidence_participant": 90}
            for r in trial_of().tables["sessions"].rows]  # fmt: skip
    masked = boxes(trial_of(masked=True, sessions=rows))
    assert masked["4d"].state == "author"
    assert masked["2d"].state == "part"
    assert "Bang" not in masked["2d"].text
    assert "Bang" in boxes(trial_of(sessions=rows))["2d"].text


def test_every_number_is_that_of_the_report():
    rows = [
        {**r, "fed_mean": 0.25, "success_rate": 0.6} for r in trial_of().tables["sessions"].rows
    ]
    given = answers(EXPECTANCY.key, 3) + answers(STRATEGIES.key, 4) + answers("phq-9", 9, total=5)
    trial = trial_of(sessions=rows, answers=given)
    found, report = boxes(trial), trial_report(trial)
    assert "6 responses of 3 participants" in found["3a"].text
    assert (
        f"{STRATEGIES.items[0].text}: now and then in 0, most of the time in 8 of 8"
        in found["3c"].text
    )
    held = report["holds"]["arms"]["real"]["held_share"]
    assert f"{held['mean']:.1%} of the time (mean of {held['n']} sessions)" in found["3e"].text
    assert "training 0.250" in found["4d"].text
    primary = report["learning"]["comparisons"][0]
    assert f"{primary['difference']:+.3f}" in found["5c"].text
    assert f"n = {primary['n_first']} and {primary['n_second']}" in found["5c"].text
    outcome = report["outcomes"][0]["with_regulation"]
    assert f"r = {outcome['r']:+.2f}" in found["6b"].text
    assert found["6a"].state == "part"
    assert found["5b"].choice == "Partially"


def test_the_author_answers_what_is_left():
    found = boxes(trial_of(), {"1a": "https://osf.io/x", "2c": "They were blind."})
    assert found["1a"].text.startswith("https://osf.io/x")
    assert found["1a"].state == found["2c.rater"].state == found["2c.stat"].state == "filled"
    with pytest.raises(UserError, match="no box '9z'"):
        trial_checklist(trial_of(), {"9z": "x"})


def test_all_forms_hold_all_boxes(tmp_path):
    write_tables(tmp_path / "t", trial_of())
    (tmp_path / "a.toml").write_text('"1a" = "=cmd() <b> \\u202e|"\n')

    def run(*more):
        done = CliRunner().invoke(app, ["study", "checklist", str(tmp_path / "t"), "--answers",
                                        str(tmp_path / "a.toml"), *more],
                                  catch_exceptions=False)  # fmt: skip
        assert done.exit_code == 0, done.stderr
        return done.stdout

    assert [b["key"] for b in json.loads(run("--json"))["boxes"]] == KEYS
    printed = run()
    assert all(f"| {key}" in printed.replace("\\", "") for key in KEYS)
    run("--out", str(tmp_path / "c.csv"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text())))
    assert [row["box"] for row in rows] == KEYS
    assert rows[0]["text"].startswith("'=cmd() <b> \\u202e|")
    run("--out", str(tmp_path / "c.html"), "--language", "de")
    page = (tmp_path / "c.html").read_text()
    assert "<b>" not in page
    assert "\u202e" not in page
    assert re.search(r"Begründen|begründen", page)


def test_choices_are_those_of_the_tool():
    for one in trial_checklist(trial_of()):
        assert one.filled.choice in ("", *one.box.choices)
    assert "Yes, and a double-blind was used" in checklist_csv(trial_checklist(trial_of()))
