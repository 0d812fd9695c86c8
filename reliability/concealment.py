"""Whether a trained eye could tell the arms of a trial from everything that lies open.

A trial is run with the program's own parts, in accelerated time, with twins: for everybody in one
arm there is somebody alike in the other, so that what people bring with them tells nothing and what
the arms do stands out. Of each session is noted what anybody can see of it without a key: its files
with sizes, times and numbers, the index, what is sent to other programs, what the terminal shows
and the pictures of the operator's pages. A classifier then judges which of two twins was in the
control arm.
"""

from __future__ import annotations

import io
import json
import math
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from zlib import crc32

import numpy as np
from rich.console import Console

from benchmarks.table import Table
from neurofeedback.acquisition.out.lsl import LslOutlet
from neurofeedback.acquisition.out.news import News
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.cli.sessions.view import TextView
from neurofeedback.frames import FeedbackFrame, FloatArray
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import FED, Arm
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.session.donor import donor_of_session
from neurofeedback.session.prepare import PreparedSession, prepare_session, prepare_study_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.store.register import register_finished, register_started
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key, load_station_key
from reliability.partition import partition
from reliability.twins import judge

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSPHRASE = "correct horse battery"
CHANNELS = ("F3", "F4", "C3", "C4")
SFREQ, SECONDS = 128.0, 26.0
N_DONORS = 8
N_BUCKETS = 24  # of words
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
    numbers = dict(about_text("terminal", terminal.getvalue()))
    numbers |= dict(about_text("outlet", "\n".join(outlet.sent)))
    for name, picture in ({} if pages is None else pages.pictures()).items():
        numbers |= {f"page {name} {i}": float(x) for i, x in enumerate(picture.ravel())}
    return numbers


def about_files(layout: SessionLayout, began: float) -> Iterator[tuple[str, float]]:
    """Yield sizes, times of writing and numbers in the open files of a session."""
    for path in sorted((*layout.eeg_dir.iterdir(), *layout.derivatives_dir.iterdir())):
        name, stat = path.name.split("_")[-1], path.stat()
        yield f"size {name}", float(stat.st_size)
        yield f"written {name}", stat.st_mtime - began
        if path.suffix in (".tsv", ".jsonl", ".json", ".vhdr", ".vmrk"):
            yield from about_text(name, path.read_text(encoding="utf-8"))
    whole = np.frombuffer(layout.sealed.read_bytes(), dtype=np.uint8)
    yield "sealed mean", float(whole.mean())
    yield "sealed last", float(whole[-1])


def about_text(name: str, text: str) -> Iterator[tuple[str, float]]:
    """Yield length, lines, numbers and words of a text."""
    yield f"lines {name}", float(text.count("\n"))
    yield f"length {name}", float(len(text))
    found = [float(x) for x in re.findall(r"-?\d+\.\d+", text)][:20_000]
    yield f"mean {name}", float(np.mean(found)) if found else 0.0
    yield f"spread {name}", float(np.std(found)) if found else 0.0
    buckets = np.zeros(N_BUCKETS)
    for word in re.findall(r"[A-Za-z_]+", text):
        buckets[crc32(word.encode()) % N_BUCKETS] += 1
    for i, count in enumerate(buckets):
        yield f"words {name} {i}", float(count)


def about_index(path: Path, participant: str) -> Iterator[tuple[str, float]]:
    """Yield what the index holds of a session: numbers, and lengths of texts."""
    with sqlite3.connect(path) as index:
        tables = [r[0] for r in index.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for table in sorted(tables):
            rows = [r for r in index.execute(f'SELECT * FROM "{table}"')
                    if any(participant in str(cell) for cell in r)]  # fmt: skip
            text = "\n".join(json.dumps(row, default=str) for row in rows)
            yield f"index rows {table}", float(len(rows))
            yield from about_text(f"index {table}", text)


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
        study.donors.add(donor_of_session(session.recorder.path, study.spec))
    return study, load_station_key(folder / "station.key")


def run_trial(
    folder: Path, kind: str, n_pairs: int, *, speed: float = math.inf, windows: Open | None = None
) -> FloatArray:
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

    Returns
    -------
    ndarray, shape (n_pairs, 2, n_numbers)
        The one in the control arm first.
    """
    study, key = make_study(folder, kind, 2 * n_pairs)
    private = load_private_key(folder / "keeper" / "unblind.key", PASSPHRASE)
    index, seen = folder / "index.sqlite3", {arm: [] for arm in FED}
    for place in study.allocated(private).places.values():
        code, own = f"P{place.number:02d}", seen[place.arm]
        source = person(len(own), speed)
        session = prepare_study_session(
            source, study, root=folder / "data", participant=code, started=NOW, station_key=key
        )
        began, path = time.time(), session.recorder.path
        told = [register_started(path, where=f"sqlite:///{index}", who="op")]
        numbers = run(session, windows)
        told.append(register_finished(path, where=f"sqlite:///{index}", who="op"))
        assert told == [None, None], told
        numbers |= dict(about_files(SessionLayout.find(path), began))
        own.append(numbers | dict(about_index(index, code)))
    names = sorted({name for each in seen.values() for own in each for name in own})
    in_arm = [[[own.get(name, 0.0) for name in names] for own in seen[arm]]
              for arm in (Arm.CONTROL, Arm.REAL)]  # fmt: skip
    return np.array(in_arm).swapaxes(0, 1)


def classifier(quick: bool) -> Table:
    """Judge trials of each kind of control, with windows."""
    from reliability.pages import SessionPages

    table = Table(
        "Arm of a session, judged from everything that lies open, is shown or is sent",
        ["control", "sessions an arm", "numbers", "AUC", "SE at chance"],
    )
    for kind in KINDS[: 1 if quick else None]:
        with tempfile.TemporaryDirectory() as folder:
            x = run_trial(Path(folder), kind, 10 if quick else 40, speed=15.0, windows=SessionPages)
        table.add(kind, len(x), x.shape[-1], *judge(x))
    return table


def concealment(quick: bool) -> list[Table]:
    """Guess the partition of simulated studies, and judge the arms of trials."""
    return [partition(quick), classifier(quick)]
