"""`study report`: from tables to pages, without a key."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neurofeedback.cli.main import app
from neurofeedback.trial.page import Grid, Heading, Sentence, to_html, to_markdown
from neurofeedback.trial.report import trial_report
from neurofeedback.trial.simulated import Planted, simulated_trial
from neurofeedback.trial.tables_folder import write_tables

EVIL = '=1+1\x1b[31m<script>alert(1)</script>\u202e|**x**\n& "'


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    trial = simulated_trial(Planted(), 7)
    rows = [dict(r) for r in trial.tables["sessions"].rows]
    for number, row in enumerate(rows):
        row |= {"guess_participant": "real", "confidence_participant": 60}
        row |= {"effects_asked": True, "effect_headache": number % 3}
        row["folder"] = f"sub-{row['participant']}/ses-01"
    rows[0]["problem"] = EVIL
    changed = {**trial.tables, "sessions": trial.tables["sessions"].with_rows(rows)}
    trial = type(trial)({**trial.facts, "name": EVIL}, changed)
    write_tables(tmp_path / "tables", trial)
    return tmp_path / "tables"


def invoke(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


def test_the_report_says_who_took_part_and_what_came_of_it(tables):
    done = invoke("study", "report", tables, "--json")
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["flow"]["arms"]["real"]["allocated"] == 20
    primary = report["learning"]["comparisons"][0]
    assert primary["outcome"] == "regulation"
    assert primary["low"] < primary["difference"] < primary["high"]
    assert len(report["learning"]["participants"]) == 40
    last = report["blinding"][0]
    assert (last["when"], last["by"]) == ("last", "participant")
    assert [a["index"] for a in last["arms"]] == [1.0, -1.0]
    assert last["study"]["low"] <= last["study"]["index"] <= last["study"]["high"]
    assert [b["when"] for b in report["blinding"][1:3]] == [1, 2]
    assert report["effects"]["real"]["kinds"]["headache"]["worst"] == "moderate"
    assert "model" not in report


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.seen += [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]

    def handle_data(self, data):
        self.words.append(data)


def test_pages_hold_themselves_and_text_stays_text(tables, tmp_path):
    page = tmp_path / "r.html"
    assert invoke("study", "report", tables, "--out", page).exit_code == 0
    text, tags = page.read_text(), Tags()
    tags.feed(text)
    assert not {"script", "link", "img", "src", "href", "iframe"} & set(tags.seen)
    assert "svg" in tags.seen
    assert "<script>alert(1)</script>" in "".join(tags.words)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    printed = invoke("study", "report", tables).stdout
    assert "\x1b" not in printed
    assert "<script" not in printed.replace("\\<", "")
    assert all(c == "\n" or c.isprintable() for c in printed)


def test_the_page_speaks_german(tables, tmp_path):
    page = tmp_path / "r.md"
    assert invoke("study", "report", tables, "--out", page, "--language", "de").exit_code == 0
    assert "# Bericht der Studie" in page.read_text()
    assert "Unerwünschte Wirkungen" in page.read_text()


def test_a_file_of_no_known_kind_is_refused(tables, tmp_path):
    refused = invoke("study", "report", tables, "--out", tmp_path / "r.docx")
    assert refused.exit_code == 2
    assert ".html" in refused.stderr


def test_masked_tables_give_letters_and_no_beliefs():
    trial = simulated_trial(Planted(people=4), 7)
    masked = type(trial)({**trial.facts, "masked": True}, trial.tables)
    assert trial_report(masked)["blinding"] is None


def test_a_trial_without_sessions_is_reported_too():
    trial = simulated_trial(Planted(people=2), 7)
    empty = {name: table.with_rows(()) for name, table in trial.tables.items()}
    report = trial_report(type(trial)(trial.facts, empty))
    assert report["learning"]["comparisons"] == []


def test_markdown_and_html_escape_what_they_would_act_upon():
    parts = [Heading("a < b | c"), Sentence("*x* _y_"), Grid(["h"], [["| # <b>"]])]
    assert "\\*x\\* \\_y\\_" in to_markdown(parts)
    assert "\\| \\# \\<b\\>" in to_markdown(parts)
    assert "<bdi>| # &lt;b&gt;</bdi>" in to_html("t", parts)
