"""Damaged files: found by `verify`, cut by `recover` to what came before, nothing invented."""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import Table
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.changes import MANIFEST
from neurofeedback.recording.repair.recover import recover_session
from neurofeedback.recording.repair.tidy import problems_of
from reliability.sessions import Truth, copy_of, same_bits, small_session

GROWING = ("eeg", "times", "chunks", "feedback", "display", "log", "events", "vmrk")
RECORDED = GROWING[:6]  # the other files follow from these
SAMPLES = ("eeg", "times", "chunks")
NOT_ENDED = "The session was not ended."


@dataclass(frozen=True)
class Damage:
    """One way to damage one file.

    Parameters
    ----------
    file : str
        Name of the file's property in `SessionLayout`, or its path below the dataset.
    kind : str
        In words.
    at : int
        Place of the first changed byte.
    make : callable
        From bytes to bytes.
    """

    file: str
    kind: str
    at: int
    make: Callable[[bytes], bytes]


def path_of(layout: SessionLayout, file: str) -> Path:
    return getattr(layout, file) if hasattr(layout, file) else layout.root / file


def records(layout: SessionLayout, file: str) -> list[int]:
    """Return where the records of a file end: chunks of samples, or lines."""
    reader = SessionReader(layout)
    if file in ("eeg", "times"):
        width = 4 * reader.info.n_channels if file == "eeg" else 8
        ends, place = [], 0
        for row in reader.chunk_rows:
            place += row.n_times * width
            ends.append(place)
        return ends
    data = path_of(layout, file).read_bytes()
    return [i + 1 for i, byte in enumerate(data) if byte == 10]


def cuts(layout: SessionLayout, file: str, step: int) -> Iterator[Damage]:
    """Cut a file at every byte of its last three records, or at each `step`-th."""
    ends = records(layout, file)
    start = ends[-4] if len(ends) > 3 else 0
    for at in range(start, ends[-1], step):
        yield Damage(file, "cut", at, lambda data, at=at: data[:at])


def flips(layout: SessionLayout, file: str, step: int, first: int) -> Iterator[Damage]:
    """Flip each `step`-th bit of a file."""
    n_bits = 8 * path_of(layout, file).stat().st_size
    for bit in range(first, n_bits, step):
        yield Damage(file, "bit", bit // 8, lambda data, bit=bit: flipped(data, bit))


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def zeros(layout: SessionLayout, file: str, n_cases: int, seed: int) -> Iterator[Damage]:
    """Zero the last bytes of a file, as a file system may after loss of power."""
    size = path_of(layout, file).stat().st_size
    for at in sorted(random.Random(seed).sample(range(1, size), min(n_cases, size - 1))):
        yield Damage(file, "zeros", at, lambda data, at=at: data[:at] + bytes(len(data) - at))


def blocks(layout: SessionLayout, file: str, n_cases: int, seed: int) -> Iterator[Damage]:
    """Swap two records that follow each other, write one twice, or write one over the next."""
    ends = [0, *records(layout, file)]
    chosen = random.Random(seed)
    for _ in range(n_cases):
        i = chosen.randrange(len(ends) - 2)
        a, b, c = ends[i : i + 3]
        yield Damage(file, "swap", a, lambda d, a=a, b=b, c=c: d[:a] + d[b:c] + d[a:b] + d[c:])
        yield Damage(file, "repeat", b, lambda d, a=a, b=b: d[:b] + d[a:b] + d[b:])
        yield Damage(file, "stale", b, lambda d, a=a, b=b, c=c: d[:b] + d[a:b] + d[c:])


class Court:
    """Judges what becomes of damage to one undamaged session.

    Parameters
    ----------
    layout : SessionLayout
        The undamaged session.
    work : Path
        Folder for the copies.
    """

    def __init__(self, layout: SessionLayout, work: Path) -> None:
        self.layout = layout
        self.truth = Truth.of(layout)
        self.finished = SessionReader(layout).stopped is not None
        self._work = work
        self._ends = {file: records(layout, file) for file in RECORDED}

    def is_found(self, damage: Damage) -> bool:
        """Whether the checks find the damage; it is made in the session itself and undone."""
        path = path_of(self.layout, damage.file)
        data = path.read_bytes()
        changed = damage.make(data)
        if changed == data:
            return True
        path.write_bytes(changed)
        try:
            return bool(set(problems_of(self.layout)) - {NOT_ENDED}) or self._says_nothing(damage)
        finally:
            path.write_bytes(data)

    def judge(self, damage: Damage) -> list[str]:
        """Damage a copy, recover it and return what is wrong then; nothing, one hopes."""
        copy = copy_of(self.layout, self._work)
        path = path_of(copy, damage.file)
        path.write_bytes(damage.make(path.read_bytes()))
        before = contents(copy)
        report = recover_session(copy)
        wrong = [f"left: {problem}" for problem in check_files(copy)]
        wrong += self._compare(copy, damage)
        after = contents(copy)
        wrong += originals_lost(report.originals, before, after)
        if recover_session(copy).changed or contents(copy) != after:
            wrong.append("a second run changed something")
        return wrong

    def _says_nothing(self, damage: Damage) -> bool:
        """Whether a session that was killed could look like that, without anything damaged."""
        is_end = damage.at in self._ends.get(damage.file, ())
        follows = damage.file in ("events", "vmrk")
        return not self.finished and damage.kind == "cut" and (is_end or follows)

    def _compare(self, copy: SessionLayout, damage: Damage) -> list[str]:
        """Compare what was recovered with the truth."""
        found, truth = Truth.of(copy), self.truth
        wrong = []
        same = [same_bits(a, b) for a, b in zip(found.chunks, truth.chunks, strict=False)]
        if not all(same) or len(found.chunks) > len(truth.chunks):
            wrong.append("a chunk was invented")
        if len(found.chunks) < self._expected(damage, "eeg", SAMPLES, len(truth.chunks)):
            wrong.append(f"only {len(found.chunks)} chunks were kept")
        for name, own in (("feedback", 0), ("display", 0), ("log", 1)):
            texts = getattr(found, name)[: len(getattr(found, name)) - own]
            wanted = getattr(truth, name)[: len(getattr(truth, name)) - own * self.finished]
            if texts != wanted[: len(texts)]:
                wrong.append(f"a line of {name} was invented")
            n_samples = sum(chunk.n_times for chunk in found.chunks)
            belong = n_belonging(wanted, name, n_samples)
            if len(texts) < min(belong, self._expected(damage, name, (name,), len(wanted))):
                wrong.append(f"only {len(texts)} lines of {name} were kept")
        return wrong

    def _expected(self, damage: Damage, name: str, files: tuple[str, ...], n_all: int) -> int:
        """Return how many records must be kept: those before the damage."""
        if damage.file not in files:
            return n_all
        n_before = sum(end <= damage.at for end in self._ends[damage.file])
        return n_before - 1 if damage.file == "chunks" else n_before


def n_belonging(lines: Sequence[str], name: str, n_samples: int) -> int:
    """Return how many lines there are before the first that belongs to a later sample."""
    for number, line in enumerate(lines):
        first = str(json.loads(line)["sample"]) if name == "log" else line.split("\t")[0]
        if first.isdecimal() and int(first) >= n_samples:
            return number
    return len(lines)


def contents(layout: SessionLayout) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for folder in (layout.eeg_dir, layout.derivatives_dir)
        for path in sorted(folder.iterdir())
    }


def originals_lost(
    folder: Path | None, before: dict[str, bytes], after: dict[str, bytes]
) -> list[str]:
    """Return which files of before cannot be put together again from what was kept."""
    told = {} if folder is None else json.loads((folder / MANIFEST).read_text())["files"]
    wrong = []
    for name, data in before.items():
        now = after.get(name, b"")
        if name in told:
            kept = folder / name
            now = now[: told[name]["kept_bytes"]] + (kept.read_bytes() if kept.exists() else b"")
        if now != data:
            wrong.append(f"the original of {name} is lost")
    return wrong


def damage(quick: bool) -> Table:
    """Damage small sessions in every way and count what was not found, lost or invented."""
    table = Table(
        "Damage to a session of 24 chunks: found by the checks, cut by recover to what came before",
        ["session", "damage", "files", "cases", "not found", "judged", "lost or invented"],
    )
    for finished in (True, False):
        with tempfile.TemporaryDirectory(dir=_memory()) as folder:
            session = small_session(Path(folder) / "data", finish=finished)
            session.recorder.abandon()
            court = Court(session.recorder.layout, Path(folder) / "copy")
            for kind, found in cases(court.layout, quick).items():
                _add(table, court, "finished" if finished else "killed", kind, found, quick)
    return table


def cases(layout: SessionLayout, quick: bool) -> dict[str, list[Damage]]:
    """Return every damage to be done, by kind."""
    small = [
        str(path.relative_to(layout.root))
        for folder in (layout.eeg_dir, layout.derivatives_dir)
        for path in sorted(folder.iterdir())
        if path not in {path_of(layout, file) for file in GROWING}
    ]
    return {
        "cut at a byte of the last 3 records": [
            d for f in GROWING for d in cuts(layout, f, 37 if quick else 1)
        ],
        "one bit": [
            d
            for i, f in enumerate((*GROWING, *small))
            for d in flips(layout, f, 1999 if quick else 13, i)
        ],
        "zeros at the end": [
            d for i, f in enumerate(GROWING) for d in zeros(layout, f, 2 if quick else 60, i)
        ],
        "records swapped, repeated, stale": [
            d for i, f in enumerate(GROWING) for d in blocks(layout, f, 2 if quick else 60, i)
        ],
    }


def _add(
    table: Table, court: Court, session: str, kind: str, found: list[Damage], quick: bool
) -> None:
    missed = [d for d in found if not court.is_found(d)]
    # Every damage is looked for; for single bits, of which there are many, some are recovered.
    judged = found[:: 1 if kind != "one bit" or quick else 101]
    wrong = {d: court.judge(d) for d in judged}
    bad = {d: w for d, w in wrong.items() if w}
    files = len({d.file for d in found})
    print(f"  {session}, {kind}: {len(found)} cases", file=sys.stderr, flush=True)
    table.add(session, kind, files, len(found), len(missed), len(judged), len(bad))
    for d in missed[:3]:
        print("  NOT FOUND", d.file, d.kind, d.at)
    for d, why in list(bad.items())[:3]:
        print("  WRONG", d.file, d.kind, d.at, why)


def _memory() -> str | None:
    """Return a folder in memory, where thousands of copies and syncs are quick."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
