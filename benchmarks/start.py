"""How long until something is seen, and until the first page can be used?

Each row starts the program anew, in a process of its own, with an index of many people and
sessions or of none; the times are from before the first import. Processor time is what it takes
where nothing else runs. Beside it, reading and searching an index of that size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.table import Table

PEOPLE, SESSIONS = 300, 5000
SECONDS_SEEN, SECONDS_USABLE, SECONDS_SEARCH = 0.5, 2.0, 0.2
STARTED = datetime(2025, 1, 6, 9, tzinfo=UTC)
CHILD = """
import sys, time
began = time.perf_counter()
used = time.process_time()
import json
from neurofeedback.gui._qt import QtCore, QtWidgets
from neurofeedback.cli.application import open_application
marks = {}

class Watch(QtCore.QObject):
    def eventFilter(self, watched, event):
        if event.type() != QtCore.QEvent.Type.Paint or not isinstance(watched, QtWidgets.QWidget):
            return False
        name = type(watched.window()).__name__
        if name == "Splash":
            marks.setdefault("seen", time.perf_counter() - began)
            marks.setdefault("seen_cpu", time.process_time() - used)
        if name == "Desk" and "usable" not in marks:
            QtCore.QTimer.singleShot(0, self.usable)
        return False

    def usable(self):
        if "usable" in marks:
            return
        marks["usable"] = time.perf_counter() - began
        marks["usable_cpu"] = time.process_time() - used
        desk = next(w for w in QtWidgets.QApplication.topLevelWidgets()
                    if type(w).__name__ == "Desk")
        marks["people"] = desk.preparation.participant.list.count()
        QtCore.QTimer.singleShot(0, desk.close)

import neurofeedback.gui.application as made
make = made.application

def watched():
    app = make()
    app.watch = Watch()
    app.installEventFilter(app.watch)
    return app

made.application = watched
open_application(lambda: "")
print(json.dumps(marks))
"""


def fill(index: object, people: int = PEOPLE, sessions: int = SESSIONS) -> None:
    """Put people and sessions into an index, a few at a time as a clinic would have them."""
    from sqlalchemy import insert

    from neurofeedback.store.models import AuditRow, Participant, SessionRow  # noqa: F401

    each = max(1, sessions // max(people, 1))
    with index.change() as change:  # type: ignore[attr-defined]
        change.session.execute(
            insert(Participant),
            [
                {
                    "id": n + 1, "code": f"P{n:04d}", "consent": n % 7 != 0,
                    "settings": {"protocol": "faa-up", "plan": {"sessions": 20, "days": 3}},
                    "added": STARTED,
                }
                for n in range(people)
            ],
        )  # fmt: skip
        change.session.execute(
            insert(SessionRow),
            [
                {
                    "participant_id": n % people + 1,
                    "folder": f"sub-P{n % people:04d}/ses-{n:05d}",
                    "task": "faaup", "number": n // people + 1, "run": 1,
                    "protocol_name": "faa-up", "protocol_hash": "x",
                    "started": STARTED + timedelta(hours=n), "status": "completed",
                    "seconds": 1200.0, "samples": 307200, "rewards": 200, "found": True,
                }
                for n in range(each * people)
            ],
        )  # fmt: skip
        for n in range(0, each * people, 4):
            change.log("session.debriefed", f"sub-P{n % people:04d}/ses-{n:05d}", effects={})


@contextmanager
def clinic(people: int, sessions: int) -> Iterator[dict[str, str]]:
    """Yield the environment of a computer with an index of that size."""
    from neurofeedback.store.index import Index
    from neurofeedback.store.place import find_place

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "data"
        where = str(Path(folder) / "index.sqlite3")
        if people:
            place = find_place(root, where, make=True)
            assert place is not None
            fill(Index(place, who="benchmark"), people, sessions)
        yield {
            **os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder,
            "XDG_STATE_HOME": folder, "NEUROFEEDBACK_INDEX": where,
            "NEUROFEEDBACK_DATA": str(root),
        }  # fmt: skip


def start_once(env: dict[str, str]) -> dict[str, float]:
    """Start the program and close it again; return when what was there, s."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD], env=env, capture_output=True, text=True, check=True
    )
    marks: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return marks


def list_and_search(env: dict[str, str]) -> dict[str, float]:
    """Return how long it takes to list everybody, to search, and to see one's sessions, s."""
    from neurofeedback.app.overview import Everybody
    from neurofeedback.app.participants import Participants
    from neurofeedback.app.progress import ProgressReader
    from neurofeedback.store.index import Index
    from neurofeedback.store.place import find_place

    place = find_place(env["NEUROFEEDBACK_DATA"], env["NEUROFEEDBACK_INDEX"])
    assert place is not None
    index = Index(place)
    everybody = Everybody(index, set, lambda old, new: None)
    people = Participants(lambda: index)
    today = datetime.now(UTC).date()
    return {
        "overview": _took(lambda: everybody.refresh(today)),
        "list": _took(people.refresh),
        "search": _took(lambda: (people.matching("02"), everybody.matching("02"))),
        "person": _took(lambda: people.details("P0042")),
        "course": _took(lambda: ProgressReader(index, "P0042")),
    }


def _took(do: object) -> float:
    began = time.perf_counter()
    do()  # type: ignore[operator]
    return time.perf_counter() - began


def start(quick: bool) -> list[Table]:
    """Measure starts, listing and searching."""
    starts = Table(
        "From the start of the program, s (median)",
        ["index", "seen", "first page usable", "seen, CPU", "usable, CPU", "people listed"],
    )
    lists = Table(
        f"An index of {PEOPLE} people and {SESSIONS} sessions, ms",
        ["overview", "list", "search", "person", "course"],
    )
    n = 3 if quick else 7
    for name, people, sessions in (("none", 0, 0), (f"{SESSIONS} sessions", PEOPLE, SESSIONS)):
        with clinic(people, sessions) as env:
            found = [start_once(env) for _ in range(n)]
            middle = {
                key: sorted(each[key] for each in found)[n // 2]
                for key in ("seen", "usable", "seen_cpu", "usable_cpu")
            }
            starts.add(name, *middle.values(), found[0]["people"])
            if people:
                lists.add(*(1000 * seconds for seconds in list_and_search(env).values()))
    return [starts, lists]
