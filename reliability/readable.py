"""What anybody can read of a session of a trial without a key, as numbers.

Files with their sizes and times of writing, wherever the program left them; the index; what the
commands print; the draft of a debrief; the numbers and the words of the participant's course.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import numpy as np
from typer.testing import CliRunner

from neurofeedback.app.drafts import Draft, DraftFile
from neurofeedback.app.progress import Progress, ProgressReader
from neurofeedback.app.progress_text import fine_print, table
from neurofeedback.cli.main import app
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.store.index import Index
from neurofeedback.store.place import find_place

N_BUCKETS = 24  # of words
TEXTS = (".tsv", ".jsonl", ".json", ".vhdr", ".vmrk", ".toml", ".txt", ".log", ".md")
KEYS = ("station.key", "keeper")
DRAFT = Draft(note="calm", none=True, strategy="counted", beliefs={"operator": "real"})


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


def about_files(folder: Path, participant: str, began: float) -> Iterator[tuple[str, float]]:
    """Yield what a listing of everything but the keys shows of a participant, and what is read.

    Of a file that everybody shares, the time of writing and the lines that name the participant.

    Parameters
    ----------
    folder : Path
        With the study, the recordings and whatever else the program left.
    participant : str
    began : float
        Time from which times of writing count, in s.
    """
    own = re.compile(rf"(?<![A-Za-z0-9]){participant}(?![A-Za-z0-9])")
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        place = path.relative_to(folder).as_posix()
        if place.startswith(KEYS):
            continue
        mine = own.search(place) is not None
        if not mine and "/sub-" in f"/{place}":
            continue  # somebody else's
        stat, name = path.stat(), own.sub("CODE", place)
        yield f"written {name}", stat.st_mtime - began
        yield f"changed {name}", stat.st_ctime - began
        if mine:
            yield f"size {name}", float(stat.st_size)
            yield f"room {name}", float(stat.st_blocks)
        if path.suffix in TEXTS:
            text = path.read_text(encoding="utf-8")
            lines = text if mine else "\n".join(x for x in text.splitlines() if own.search(x))
            yield from about_text(name, lines)
    for path in folder.rglob(f"sub-{participant}_*sealed.bin"):
        whole = np.frombuffer(path.read_bytes(), dtype=np.uint8)
        yield "sealed mean", float(whole.mean())
        yield "sealed last", float(whole[-1])


def about_index(path: Path, participant: str) -> Iterator[tuple[str, float]]:
    """Yield what the index holds of a session: numbers, and lengths of texts."""
    with sqlite3.connect(path) as index:
        tables = [r[0] for r in index.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for name in sorted(tables):
            rows = [r for r in index.execute(f'SELECT * FROM "{name}"')
                    if any(participant in str(cell) for cell in r)]  # fmt: skip
            text = "\n".join(json.dumps(row, default=str) for row in rows)
            yield f"index rows {name}", float(len(rows))
            yield from about_text(f"index {name}", text)


def about_commands(session: Path, index: Path, participant: str) -> Iterator[tuple[str, float]]:
    """Yield what the commands print of a session that need no key, and what they return."""
    where, out = ("--index", f"sqlite:///{index}"), ("--out", str(session.parents[1]))
    for words in (
        ("verify", str(session), *where),
        ("report", str(session)),
        ("report", str(session), "--json"),
        ("report", str(session), "--checklist"),
        ("rewards", str(session)),
        ("participants", "show", participant, *out, *where),
    ):
        done, name = CliRunner().invoke(app, list(words)), f"{words[0]} {words[-1][:6]}"
        yield f"returns {name}", float(done.exit_code)
        yield from about_text(f"prints {name}", done.output)


def keep_draft(session: Path, index: Path) -> None:
    """Leave a debrief half done, with the same entries for everybody."""
    layout = SessionLayout.find(session)
    DraftFile(layout, find_place(layout.root, f"sqlite:///{index}")).keep(DRAFT)


def course_of(session: Path, index: Path, participant: str) -> ProgressReader:
    """Return what reads the participant's course, and leaves its numbers beside the index."""
    place = find_place(SessionLayout.find(session).root, f"sqlite:///{index}")
    assert place is not None
    return ProgressReader(Index(place), participant)


def about_course(progress: Progress) -> Iterator[tuple[str, float]]:
    """Yield the words and numbers of the participant's course."""
    yield from about_text("course", table(progress))
    yield from about_text("small print", "\n".join(fine_print(progress)))
    for series in progress.series():
        yield f"course {series.key}", float(np.mean([point.value for point in series.points]))
