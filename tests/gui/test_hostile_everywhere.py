"""Hostile text in every field that a person or a file fills, and in everything that shows it.

One session of a trial has it in all of them. What the program shows or writes of it is gone through
place by place; codes, names of studies, strata and factors are refused.
"""

from __future__ import annotations

import csv
import html.parser
import math
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtPdf import QPdfDocument
from typer.testing import CliRunner

from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.app.indexing import open_index
from neurofeedback.app.participants import Participants
from neurofeedback.app.progress import ProgressReader
from neurofeedback.app.progress_text import write_table
from neurofeedback.cli.main import app
from neurofeedback.gui.desk.participant_details import DetailsView
from neurofeedback.gui.operator.recording.page import RecordingPage
from neurofeedback.gui.progress.page import ProgressPage
from neurofeedback.gui.summary.page import SummaryPage
from neurofeedback.recording.debrief import Debrief, Effect, write_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.report.summary import session_summary
from neurofeedback.session.prepare import prepare_session, prepare_study_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_station_key
from tests.gui.test_hostile_text import obeyed
from tests.support.short_studies import short_trial

PASSPHRASE = "correct horse battery"
HOSTILE = (
    "=1+1 \x1b[31m\x1b]0;own\x07 <b>bold</b><script>alert(1)</script><img src=x onerror=y> "
    "[red]x[/red] \u202egnirts\u202c \u2067x\u2069 \x9b2J \r over"
)
FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.]|inf)")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TAGS = {"b", "script", "img"}


def led(by: str) -> str:
    """Return the text beginning with another sign that makes a formula."""
    return by + HOSTILE[1:]


def invoke(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def ok(*words: object) -> str:
    done = invoke(*words)
    assert done.exit_code == 0, (words, done.output)
    return done.stdout


class Hostile:
    """A trial of one session and a session outside of it, each field full."""

    def __init__(self, folder: Path, eeg: Path) -> None:
        self.folder, self.data, self.study = folder, folder / "data", folder / "study"
        self.key = folder / "keeper" / "trial.key"
        named = folder / (HOSTILE.replace("/", "\u2044") + ".edf")  # the stream's name
        named.write_bytes(eeg.read_bytes())
        # A protocol with what is obeyed and not seen is refused; all else may stand in its title.
        short_trial(self.study, self.key, PASSPHRASE, title=OBEYED.sub("", HOSTILE)[:120])
        study = Study(self.study)
        common = {"root": self.data, "started": datetime.now(UTC)}
        inside = prepare_study_session(
            ReplaySource(named, speed=math.inf), study, participant="P1",
            station_key=load_station_key(Path(f"{self.study}.station.key")), operator=led("@"),
            **common,
        )  # fmt: skip
        outside = prepare_session(
            ReplaySource(named, speed=math.inf), study.spec, participant="P2", **common
        )
        self.sessions = [self.run(inside), self.run(outside)]
        ok("study", "withdraw", self.study, "-u", "P1", "--who", led("+"), "--reason", led("-"))
        ok("participants", "note", "P1", HOSTILE, "--out", self.data)

    def run(self, session) -> Path:
        runner, path = SessionRunner.of(session), session.recorder.path
        if session.concealed:
            runner.show_feedback(led("@"), led("+"))
        runner.note(led("-"))
        runner.marker(led("@"))
        runner.start()
        assert runner.wait(60.0)
        layout = SessionLayout.find(path)
        write_debrief(layout, Debrief(
            datetime.now(UTC), operator=led("="), note=led("+"), strategy=led("@"),
            effects=(Effect("headache", "mild"),), effect_words=led("-"),
        ))  # fmt: skip
        ok("study", "guess", path, "--by", "participant", "--arm", "real", "--reason", led("+"))
        ok("index", "rebuild", self.data)
        return path

    @property
    def index(self):
        return open_index(self.data, None)


@pytest.fixture(scope="module")
def made(tmp_path_factory, data_dir: Path):
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROFEEDBACK_PASSPHRASE", PASSPHRASE)
        patch.setenv("NEUROFEEDBACK_INDEX", str(folder / "index.sqlite3"))
        patch.setenv("NEUROFEEDBACK_OPERATOR", led("="))
        yield Hostile(folder, data_dir / "edf" / "S001R01.edf")


COMMANDS = {
    "report": lambda m, s, out: ("report", s),
    "report as data": lambda m, s, out: ("report", s, "--json"),
    "checklist of a session": lambda m, s, out: ("report", s, "--checklist"),
    "verify": lambda m, s, out: ("verify", s),
    "verify as data": lambda m, s, out: ("verify", s, "--json"),
    "rewards": lambda m, s, out: ("rewards", s),
    "explain": lambda m, s, out: ("protocols", "explain", m.folder / "trial.toml"),
    "validate": lambda m, s, out: ("protocols", "validate", m.folder / "trial.toml"),
    "recover": lambda m, s, out: ("recover", s),
    "participants": lambda m, s, out: ("participants", "list", "--out", m.data),
    "participant": lambda m, s, out: ("participants", "show", s.parent.name[4:], "--out", m.data),
    "trail": lambda m, s, out: ("audit", "list", "--out", m.data),
    "trail as data": lambda m, s, out: ("audit", "list", "--json", "--out", m.data),
    "trail verified": lambda m, s, out: ("audit", "verify", "--out", m.data),
    "status": lambda m, s, out: ("study", "status", m.study, "--data", m.data),
    "status as data": lambda m, s, out: ("study", "status", m.study, "--json"),
    "check": lambda m, s, out: ("study", "check", m.study, "--key", m.key, "--data", m.data),
    "edf": lambda m, s, out: ("export", s, "--to", "edf", "--out", out),
    "bundle": lambda m, s, out: ("export", s, "--to", "bundle", "--out", out),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_terminal_obeys_nothing(made: Hostile, tmp_path: Path, command: str) -> None:
    for number, session in enumerate(made.sessions):
        done = invoke(*COMMANDS[command](made, session, tmp_path / str(number)))
        assert "Traceback" not in done.output
        assert "Usage:" not in done.output, done.output
        assert not OBEYED.search(done.output.replace("\r\n", "\n")), done.output


class Tags(html.parser.HTMLParser):
    """Collects the tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


@pytest.mark.parametrize("unblinded", [False, True], ids=["masked", "open"])
def test_tables_pages_and_checklists_obey_nothing(made: Hostile, tmp_path, unblinded) -> None:
    if unblinded:
        told = ok("study", "unblind", made.study, "--key", made.key, "--who", led("+"),
                  "--reason", led("-"))  # fmt: skip
        assert not OBEYED.search(told)
    tables, pages = tmp_path / "tables", tmp_path / "pages"
    pages.mkdir()
    ok("study", "data", made.study, "--key", made.key, "--data", made.data, "--out", tables)
    for kind in ("html", "md", "json"):
        ok("study", "report", tables, "--out", pages / f"report.{kind}")
    for kind in ("csv", "md", "json"):
        ok("study", "checklist", tables, "--out", pages / f"crednf.{kind}")
    page = (pages / "report.html").read_text()
    assert not Tags(page).found & TAGS
    for path in (*pages.iterdir(), *tables.rglob("*.json")):
        assert not OBEYED.search(path.read_text()), path
    for path in pages.glob("*.md"):
        assert not re.search(r"(?<!\\)<(b|script|img)\b", path.read_text()), path
    assert_tables_are_text(tables, pages)


def assert_tables_are_text(*folders: Path) -> None:
    found = [p for folder in folders for p in folder.rglob("*") if p.suffix in (".tsv", ".csv")]
    assert found
    for path in found:
        quoted = csv.QUOTE_MINIMAL if path.suffix == ".csv" else csv.QUOTE_NONE
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ",",
                                  quoting=quoted):  # fmt: skip
                for cell in row:
                    assert not OBEYED.search(cell.replace("\n", "")), (path, cell)
                    assert not FORMULA.match(cell), (path, cell)


def test_tables_of_the_dataset_and_of_exports_are_text(made: Hostile, tmp_path: Path) -> None:
    for code in ("P1", "P2"):
        course = ProgressReader(made.index, code).read_all()
        write_table(course, tmp_path / f"{code}.csv")
    for number, session in enumerate(made.sessions):
        for kind in ("edf", "set", "bundle"):
            ok("export", session, "--to", kind, "--out", tmp_path / f"{kind}{number}")
    for path in tmp_path.rglob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(path.with_suffix(""))
    assert_tables_are_text(made.data, tmp_path)


def test_the_printed_summary_shows_text(made: Hostile, qapp, tmp_path: Path) -> None:
    for number, session in enumerate(made.sessions):
        target = tmp_path / f"{number}.pdf"
        ok("report", session, "--pdf", target)
        document = QPdfDocument()
        document.load(str(target))
        text = "".join(document.getAllText(i).text() for i in range(document.pageCount()))
        document.close()
        assert "<b>bold</b>" in "".join(text.split())
        assert not OBEYED.search(text.replace("\r\n", "\n")), text


def pages_of(made: Hostile, session: Path):
    people = Participants(lambda: made.index)
    code = session.parent.name.removeprefix("sub-")
    people.refresh()
    details = DetailsView()
    details.show_details(people.details(code), indexed=True)
    yield details
    yield SummaryPage(session_summary(session))
    course = ProgressReader(made.index, code)
    course.read_all()
    yield ProgressPage(course, lambda plan: None)
    recording = RecordingPage([])
    recording.open(SessionLayout.find(session).vhdr)
    yield recording


def test_pages_obey_nothing(made: Hostile, qapp) -> None:
    for session in made.sessions:
        for page in pages_of(made, session):
            page.show()
            qapp.processEvents()
            found = obeyed(page)
            page.close()
            page.deleteLater()
            assert found == [], type(page)


REFUSED = {
    "participant": ("replay", "x.edf", "-p", "faa-demo", "-u", HOSTILE),
    "participant added": ("participants", "add", HOSTILE),
    "name of a study": ("study", "new", "s", "-p", "faa-trial", "--name", HOSTILE,
                        "--unblinding-key", "k/u"),
    "stratum": ("study", "new", "s", "-p", "faa-trial", "--name", "A", "--stratum", HOSTILE,
                "--unblinding-key", "k/u"),
    "factor": ("study", "new", "s", "-p", "faa-trial", "--name", "A", "--minimise", HOSTILE,
               "--unblinding-key", "k/u"),
    "level": ("study", "new", "s", "-p", "faa-trial", "--name", "A", "--minimise",
              f"sex=f,{HOSTILE}", "--unblinding-key", "k/u"),
    "ratio": ("study", "new", "s", "-p", "faa-trial", "--name", "A", "--ratio", HOSTILE,
              "--unblinding-key", "k/u"),
    "protocol": ("protocols", "explain", HOSTILE),
    "study": ("study", "status", HOSTILE),
    "session": ("verify", HOSTILE),
    "stream": ("run", "-s", HOSTILE, "-u", "P"),
    "code of a letter": ("study", "open-envelope", "STUDY", "-u", "P1", "--who", "A", "--reason",
                         "x", "--code", HOSTILE),
    "participant of a letter": ("study", "open-envelope", "STUDY", "-u", HOSTILE, "--who", "A",
                                "--reason", "x", "--code", "x"),
    "stratum of a place": ("study", "enrol", "STUDY", "-u", "P9", "--stratum", HOSTILE,
                           "--station-key", "STUDY.station.key", "--out", "DATA"),
    "level of a participant": ("study", "enrol", "STUDY", "-u", "P9", "--level", f"a={HOSTILE}",
                               "--station-key", "STUDY.station.key", "--out", "DATA"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_named_as_text(made: Hostile, tmp_path, monkeypatch, what: str) -> None:
    monkeypatch.chdir(tmp_path)
    words = [w.replace("STUDY", str(made.study)).replace("DATA", str(made.data))
             for w in REFUSED[what]]  # fmt: skip
    done = invoke(*words)
    assert done.exit_code == 2, done.output
    assert "Usage:" not in done.output, done.output
    assert not OBEYED.search(done.output), done.output
    assert done.output.strip()
