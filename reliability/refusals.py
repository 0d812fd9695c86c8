"""What is refused, and in which words: second writers, foreign folders, indexes of other times."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import Table
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.app.unfinished import Unfinished, discard_session, list_unfinished
from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.repair.recover import recover_session
from neurofeedback.recording.write.writer import SessionRecorder
from neurofeedback.session.prepare import PreparedSession
from neurofeedback.session.prepare_resumed import prepare_resumed
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.store.index import Index
from neurofeedback.store.place import find_place
from neurofeedback.store.schema import VERSION_TABLE
from reliability.sessions import small_session

_PROGRAM = """
import sys
from pathlib import Path
from neurofeedback.errors import UserError
from neurofeedback.recording.repair.recover import recover_session
try:
    recover_session(Path(sys.argv[1]))
    print("NOT REFUSED")
except UserError as error:
    print(error)
"""


def refusals(quick: bool) -> list[Table]:
    """Try what must be refused."""
    table = Table("Refused, in one sentence", ["what", "sentence"])
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        session = small_session(work / "data", finish=False)
        for what, attempt in _attempts(work, session):
            try:
                answer = attempt() or "NOT REFUSED"
            except UserError as error:
                answer = str(error)
            table.add(what, answer.replace(folder, ""))
        session.recorder.abandon()
        verified = verify_session(session.recorder.path)
        table.add("... and the session afterwards", f"{len(verified.problems)} problems")
    return [table]


def _attempts(work: Path, session: PreparedSession) -> list[tuple[str, Callable[[], str | None]]]:
    layout = session.recorder.layout
    foreign = work / "foreign"
    return [
        ("a second recorder on the session", lambda: _record_again(session)),
        ("recover, another program", lambda: _in_another_program(layout)),
        ("recover, this program", lambda: _done(recover_session(layout))),
        ("resume", lambda: _done(prepare_resumed(layout, SyntheticSource()))),
        ("discard", lambda: _discard(layout)),
        ("a derivative dataset to record into", lambda: _into(foreign, "derivative")),
        ("a folder that is no session", lambda: _done(verify_session(work))),
        ("a session of another program", lambda: _done(verify_session(_others(foreign)))),
        ("an index of a later version", lambda: _later_index(work)),
        ("a database of another program", lambda: _other_database(work)),
    ]


def _done(_: object) -> str | None:
    return None


def _record_again(session: PreparedSession) -> str | None:
    start = session.recorder.start
    SessionRecorder(
        session.recorder.layout,
        start.stream,
        start.protocol,
        protocol_name=start.protocol_name,
        protocol_hash=start.protocol_hash,
        descriptors=start.descriptors,
        versions=start.versions,
        started=start.started,
    )
    return None


def _in_another_program(layout: SessionLayout) -> str:
    command = [sys.executable, "-c", _PROGRAM, str(layout.session_dir)]
    root = Path(__file__).parents[1]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout


def _discard(layout: SessionLayout) -> str | None:
    if list_unfinished(layout.root):
        return "listed, though it is being recorded"
    values = dict.fromkeys(Unfinished.__slots__)
    values |= {"layout": layout, "choices": ("discard",)}
    discard_session(Unfinished(**values))  # type: ignore[arg-type]
    return None


def _into(root: Path, kind: str) -> str | None:
    root.mkdir(exist_ok=True)
    description = {"Name": "another", "BIDSVersion": "1.10.0", "DatasetType": kind}
    (root / "dataset_description.json").write_text(json.dumps(description))
    SessionLayout.new(root, "p1", "faa-up")
    return None


def _others(root: Path) -> Path:
    session = root / "sub-01" / "ses-01" / "eeg"
    session.mkdir(parents=True)
    (session / "sub-01_ses-01_task-rest_eeg.edf").write_text("")
    return session.parent


def _later_index(work: Path) -> str | None:
    import sqlite3

    place = find_place(work / "data", str(work / "index.sqlite"))
    assert place is not None
    with Index(place).change() as change:
        change.log("test", "")
    with sqlite3.connect(work / "index.sqlite") as connection:
        connection.execute(f"update {VERSION_TABLE} set version_num = '9999'")
    with Index(place).change() as change:
        change.log("test", "")
    return None


def _other_database(work: Path) -> str | None:
    import sqlite3

    with sqlite3.connect(work / "other.sqlite") as connection:
        connection.execute("create table recipes (name text)")
    place = find_place(work / "data", str(work / "other.sqlite"))
    assert place is not None
    with Index(place).change() as change:
        change.log("test", "")
    return None
