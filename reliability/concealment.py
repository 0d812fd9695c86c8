"""Whether a trained eye could tell the arms of a trial from everything that lies open.

A trial is run with the program's own parts, in accelerated time, with twins: for everybody in one
arm there is somebody alike in the other, so that what people bring with them tells nothing and what
the arms do stands out. Of each session is noted what anybody can see of it without a key: all files
with sizes, times and numbers, the index, what is sent to other programs, what the terminal shows
and commands print, the draft of the debrief, the participant's course and the pictures of the
operator's pages. A classifier then judges which of two twins was in the control arm, and each
number does so by itself.
"""

from __future__ import annotations

import io
import math
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from rich.console import Console

from benchmarks.table import Table
from neurofeedback.acquisition.out.lsl import LslOutlet
from neurofeedback.acquisition.out.news import News
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.app.progress import ProgressReader
from neurofeedback.cli.sessions.view import TextView
from neurofeedback.frames import FeedbackFrame, FloatArray
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import FED, Arm
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.donor import donor_of_session
from neurofeedback.session.prepare import PreparedSession, prepare_session, prepare_study_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.store.register import register_finished, register_started
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key, load_station_key
from reliability.partition import partition
from reliability.readable import (
    about_commands,
    about_course,
    about_files,
    about_index,
    about_text,
    course_of,
    keep_draft,
)
from reliability.twins import Twins, judge, strongest

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSPHRASE = "correct horse battery"
CHANNELS = ("F3", "F4", "C3", "C4")
SFREQ, SECONDS = 128.0, 26.0
N_DONORS = 8
LOOK = 0.02  # s between two looks at a running session
KINDS = ("yoked", "time-shifted", "phase-scrambled")


def protocol(kind: str) -> ProtocolSpec:
    """Return a short protocol with a kind of control."""
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": kind, "shift": 10.0}
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 10.5},
        {"kind": "train", "seconds": 5.0, "repeat": 2, "rest": 1.0},
        {"kind": "transfer", "seconds": 2.0},
    ]
    return ProtocolSpec.model_validate(fields)


def person(seed: int, speed: float) -> SyntheticSource:
    """Return somebody with an asymmetry of their own, as people have."""
    return SyntheticSource(
        asymmetry=float(np.random.default_rng(seed).standard_normal()), ch_names=CHANNELS,
        sfreq=SFREQ, seed=seed, seconds=SECONDS, speed=speed, chunk_seconds=0.5,
    )  # fmt: skip


class Outlet(LslOutlet):
    """The program's own outlet, which keeps what it sends; all outlets send the same."""

    def __init__(self, session: PreparedSession) -> None:
        super().__init__("concealment")
        self.begin(session.engine.score, concealed=session.concealed)
        self.sent: list[str] = []
        self._told = News(concealed=session.concealed)

    def send(self, frame: FeedbackFrame) -> None:
        told = self._told.of(frame)
        self.sent += told.markers
        self.sent += [] if told.values is None else [repr(told.values)]
        super().send(frame)


class Pages(Protocol):
    """Windows on a running session."""

    def look(self) -> None:
        """Let the windows take over what is new."""
        ...

    def pictures(self) -> dict[str, FloatArray]:
        """Return what each page shows, by its name; closes the windows."""
        ...


Open = Callable[[SessionRunner], Pages]
Course = Callable[[ProgressReader], FloatArray]


def run(session: PreparedSession, windows: Open | None = None) -> dict[str, float]:
    """Run a session to its end; return what terminal, outlet and pages showed, as numbers."""
    outlet, terminal = Outlet(session), io.StringIO()
    runner = SessionRunner.of(session, on_feedback=outlet.send)
    view = TextView(
        runner, session.spec.title, "FAA", Console(file=terminal, width=100), time.monotonic
    )
    pages = None if windows is None else windows(runner)
    runner.start()
    with view:
        while not runner.wait(LOOK):
            view.refresh()
            if pages is not None:
                pages.look()
        view.refresh()
    outlet.close()
    numbers = dict(about_text("terminal", terminal.getvalue()))
    numbers |= dict(about_text("outlet", "\n".join(outlet.sent)))
    for name, picture in ({} if pages is None else pages.pictures()).items():
        numbers |= {f"page {name} {i}": float(x) for i, x in enumerate(picture.ravel())}
    return numbers


def make_study(folder: Path, kind: str, size: int) -> tuple[Study, bytes]:
    """Make a study with donors."""
    study = Study.create(
        folder / "study", "Concealment", protocol(kind), strata=[], size=size, blocks=[4, 6],
        seed=11, station_key=folder / "station.key",
        unblinding_key=folder / "keeper" / "unblind.key", passphrase=PASSPHRASE, now=NOW,
    )  # fmt: skip
    for i in range(N_DONORS if kind == "yoked" else 0):
        session = prepare_session(
            person(1000 + i, math.inf), study.spec, root=folder / "donors",
            participant=f"D{i}", started=NOW,
        )  # fmt: skip
        run(session)
        study.add_donor(donor_of_session(session.recorder.path, study.spec), operator="op", now=NOW)
    return study, load_station_key(folder / "station.key")


def run_trial(
    folder: Path,
    kind: str,
    n_pairs: int,
    *,
    speed: float = math.inf,
    windows: Open | None = None,
    course_page: Course | None = None,
) -> Twins:
    """Run a trial with twins; return what is seen of each pair.

    Parameters
    ----------
    folder : Path
    kind : str
        Of the control.
    n_pairs : int
        At least; whole blocks are run.
    speed : float
        Stream seconds in a second.
    windows : callable or None
        Opens windows on a session; see `reliability.pages`.
    course_page : callable or None
        Shows a participant's course; see `reliability.pages`.
    """
    study, key = make_study(folder, kind, 2 * n_pairs)
    private = load_private_key(folder / "keeper" / "unblind.key", PASSPHRASE)
    seen: dict[Arm, list[dict[str, float]]] = {arm: [] for arm in FED}
    for place in study.allocated(private).places.values():
        own = seen[place.arm]
        source = person(len(own), speed)
        session = prepare_study_session(
            source, study, root=folder / "data", participant=f"P{place.number:02d}", started=NOW,
            station_key=key,
        )  # fmt: skip
        own.append(everything_of(session, folder, windows, course_page))
    return Twins.of(seen[Arm.CONTROL], seen[Arm.REAL])


def everything_of(
    session: PreparedSession, folder: Path, windows: Open | None, course_page: Course | None
) -> dict[str, float]:
    """Run a session and do with it what is done after one; return everything that can be seen."""
    began, path, index = time.time(), session.recorder.path, folder / "index.sqlite3"
    where, code = f"sqlite:///{index}", session.recorder.layout.participant
    told = [register_started(path, where=where, who="op")]
    numbers = run(session, windows)
    told.append(register_finished(path, where=where, who="op"))
    assert told == [None, None], told
    keep_draft(path, index)
    reader = course_of(path, index, code)
    numbers |= dict(about_course(reader.read_all()))
    if course_page is not None:
        numbers |= {f"page course {i}": float(x)
                    for i, x in enumerate(course_page(reader).ravel())}  # fmt: skip
    numbers |= dict(about_files(folder, code, began))
    numbers |= dict(about_index(index, code))
    return numbers | dict(about_commands(path, index, code))


def classifier(quick: bool) -> Table:
    """Judge trials of each kind of control, with windows."""
    from reliability.pages import SessionPages, course_picture

    table = Table(
        "Arm of a session, judged from everything that lies open, is shown or is sent",
        ["control", "sessions an arm", "numbers", "AUC", "SE at chance", "strongest number",
         "tells of pairs", "p"],
    )  # fmt: skip
    found = []
    for kind in KINDS[: 1 if quick else None]:
        with tempfile.TemporaryDirectory() as folder:
            twins = run_trial(
                Path(folder), kind, 10 if quick else 40, speed=15.0, windows=SessionPages,
                course_page=course_picture,
            )  # fmt: skip
        found.append(judge(twins.x))
        table.add(kind, len(twins.x), len(twins.names), *found[-1], *strongest(twins))
    auc, errors = np.transpose(found)
    error = float(np.sqrt(np.sum(np.square(errors))) / len(errors))
    table.add("together", "", "", float(np.mean(auc)), error, "", "", "")
    return table


def concealment(quick: bool) -> list[Table]:
    """Guess the partition of simulated studies, and judge the arms of trials."""
    return [partition(quick), classifier(quick)]
