"""A terminal escape, a formula, HTML and turned text in the text fields: shown, never obeyed."""

import csv
import json
import re

import pytest

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.lines import LOG, add_checksums, read_log
from tests.cli.test_study import key_of, passphrase, protocol, run, study

__all__ = ["passphrase", "protocol", "study"]  # fixtures

HOSTILE = (
    "=cmd|'x'!A1 \x1b[31m\x1b]0;own\x07 <b>bold</b> [red]x[/red] \u202egnirts\u202c \x9b2J \r over"
)
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def shown(*texts: str) -> str:
    """Return what was printed, having looked for what a terminal would obey."""
    said = " ".join(" ".join(texts).split())
    assert not OBEYED.search("".join(texts)), texts
    assert "<b>bold</b>" in said
    assert "[red]x[/red]" in said
    return said


def with_note(layout: SessionLayout, text: str) -> None:
    """Put a note and a marker into the log, as somebody with a text editor would."""
    texts = read_log(layout.log).texts
    at = json.loads(texts[len(texts) // 2])
    more = [
        json.dumps({"event": kind, "sample": at["sample"], "time": at["time"], key: text})
        for kind, key in (("OperatorNote", "text"), ("Marker", "label"))
    ]
    half = len(texts) // 2
    texts[half + 1 : half + 1] = more
    layout.log.write_bytes(add_checksums(texts, 0, LOG)[0])


@pytest.fixture
def session(invoke, eeg_file, tmp_path) -> SessionLayout:
    done = invoke("replay", eeg_file, "-p", "faa-up", "--speed", "max", "-u", "P1", "--out",
                  tmp_path / "data", "--index", "off")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    layout = SessionLayout.find(done.stdout.strip())
    with_note(layout, HOSTILE)
    return layout


def test_notes_of_a_session(invoke, session, tmp_path, qapp) -> None:
    told = invoke("report", session.session_dir)
    assert "note: =cmd" in shown(told.stdout)
    pdf = tmp_path / "page.pdf"
    assert invoke("report", session.session_dir, "--pdf", pdf).exit_code == 0
    assert pdf.stat().st_size > 1000
    as_json = invoke("report", session.session_dir, "--json")
    assert not OBEYED.search(as_json.stdout)
    assert {r["text"] for r in json.loads(as_json.stdout)["remarks"]} == {HOSTILE}


def test_tables_for_spreadsheets(invoke, session) -> None:
    assert invoke("recover", session.session_dir, "--out", session.root).exit_code in (0, 1, 2)
    for path in (*session.eeg_dir.glob("*.tsv"), *session.derivatives_dir.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                for cell in row:
                    assert not OBEYED.search(cell), path
                    assert not re.match(r"[=@]|[+-](?![\d.]|inf)", cell), (path, cell)


def test_participants_notes_and_the_trail(invoke, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("NEUROFEEDBACK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NEUROFEEDBACK_INDEX", str(tmp_path / "index.sqlite3"))
    monkeypatch.setenv("NEUROFEEDBACK_OPERATOR", HOSTILE)
    assert invoke("participants", "add", "p01").exit_code == 0
    assert invoke("participants", "note", "p01", HOSTILE).exit_code == 0
    shown(invoke("participants", "show", "p01").stdout)
    shown(invoke("audit", "list").stdout)
    assert not OBEYED.search(invoke("audit", "list", "--json").stdout)


def test_reasons_and_names_of_a_study(invoke, eeg_file, study) -> None:
    done = run(invoke, eeg_file, study, "P1", "--operator", HOSTILE)
    assert done.exit_code == 0, done.stderr
    guessed = invoke("study", "guess", done.stdout.strip(), "--by", "participant", "--arm", "real",
                     "--reason", HOSTILE)  # fmt: skip
    assert guessed.exit_code == 0
    opened = invoke("study", "unblind", study, "--key", key_of(study), "--who", HOSTILE,
                    "--reason", HOSTILE)  # fmt: skip
    assert opened.exit_code == 0
    withdrawn = invoke("study", "withdraw", study, "-u", "P1", "--who", HOSTILE, "--reason", "x")
    assert withdrawn.exit_code == 0
    shown(invoke("study", "status", study).stdout)
    assert not OBEYED.search(invoke("study", "status", study, "--json").stdout)


def test_errors_that_name_what_was_typed(invoke, study) -> None:
    for words in (
        ("study", "status", HOSTILE),
        ("verify", HOSTILE),
        ("run", "-s", HOSTILE, "-u", "P"),
        ("study", "withdraw", study, "-u", HOSTILE, "--who", "A", "--reason", "x"),
    ):
        done = invoke(*words)
        assert done.exit_code == 2
        assert not OBEYED.search(done.stdout + done.stderr), words
