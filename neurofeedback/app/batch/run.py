"""A batch: which recordings, what of them is done, the rest, and the table.

Responsible for the order of these steps. Not responsible for any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from neurofeedback.acquisition.folder import content_digest, find_recordings
from neurofeedback.app.batch.kept import Kept, key_of
from neurofeedback.app.batch.pool import Each
from neurofeedback.app.batch.tables import known_of, write_table
from neurofeedback.app.batch.work import Work
from neurofeedback.errors import UserError
from neurofeedback.recording.files import why
from neurofeedback.trial.tables import Row, Value


@dataclass(frozen=True, slots=True)
class Item:
    """A recording of a batch.

    Parameters
    ----------
    path : Path
        The file to open.
    name : str
        From the folder of the batch on, with slashes.
    digest : str or None
        See `content_digest`; None where a file of it cannot be read.
    size : int
        Bytes.
    key : str
        Under which its rows are kept.
    """

    path: Path
    name: str
    digest: str | None = None
    size: int = 0
    key: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a recording.

    Parameters
    ----------
    item : Item
    rows : list of dict or None
        None where there is a problem.
    problem : str
        Why there are none, a sentence.
    """

    item: Item
    rows: list[Row] | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch came to.

    Parameters
    ----------
    files : tuple of Path
        The table and what belongs to it.
    n_recordings, n_before : int
        How many there are, and of how many the rows were kept from before.
    problems : tuple of (str, str)
        Recordings without rows, and why.
    left_out : tuple of Path
        Texts that are no recordings.
    """

    files: tuple[Path, ...]
    n_recordings: int
    n_before: int
    problems: tuple[tuple[str, str], ...]
    left_out: tuple[Path, ...]


Progress = Callable[[str, float], None]


def run_batch(
    folder: Path,
    work: Work,
    out: Path,
    each: Each,
    progress: Progress = lambda what, done: None,
) -> BatchResult:
    """Do the work for every recording that it is not done for, and write one table of all.

    Parameters
    ----------
    folder : Path
        A BIDS dataset, or any folder with recordings.
    work : Work
    out : Path
        Folder of the table and of what is done; made when missing.
    each : Each
        See `pool`.
    progress : callable
        Called with what is going on and the share of it that is done, 0..1.

    Returns
    -------
    BatchResult

    Raises
    ------
    UserError
        If there are no recordings, another batch is at work, or a worker dies. What was done until
        then is kept.
    """
    found = find_recordings(folder)
    kept = Kept(out)
    with kept.locked():
        items = _digested(folder, found.recordings, work, each, progress)
        rest = [i for i in items if not i.key or kept.read(i.key) is None]
        problems = _carried_out(rest, work, kept, each, progress)
        rows = [row for item in items for row in _rows(item, work, kept, problems)]
        files = write_table(out, work, rows)
    return BatchResult(
        tuple(files),
        len(items),
        len(items) - len(rest),
        tuple(sorted(problems.items())),
        found.left_out,
    )


def _digested(
    folder: Path, heads: Sequence[Path], work: Work, each: Each, progress: Progress
) -> list[Item]:
    """Return the recordings in order of their names, with what they contain."""
    items = []
    plain = (Item(head, head.relative_to(folder).as_posix()) for head in heads)
    for item in each(partial(_with_digest, work), plain):
        items.append(item)
        progress("Looking at what is done", len(items) / len(heads))
    return sorted(items, key=lambda item: item.name)


def _with_digest(work: Work, item: Item) -> Item:
    try:
        digest, size = content_digest(item.path)
    except OSError:  # the sentence comes when it is read
        return item
    return Item(item.path, item.name, digest, size, key_of(work, item.name, digest))


def _carried_out(
    rest: Sequence[Item], work: Work, kept: Kept, each: Each, progress: Progress
) -> dict[str, str]:
    """Keep the rows of each recording as they come; return what could not be done, and why."""
    problems = {}
    total, done = sum(item.size for item in rest) + len(rest), 0
    for outcome in each(partial(_carry_out, work), rest):
        if outcome.rows is None:
            problems[outcome.item.name] = outcome.problem
        else:
            kept.write(outcome.item.key, outcome.rows)
        done += outcome.item.size + 1
        progress(f"{len(rest)} recordings", done / total)
    return problems


def _carry_out(work: Work, item: Item) -> Outcome:
    """Return the rows of a recording, or why there are none: the others go on."""
    try:
        rows = work.rows(item.path)
        if not item.key:
            content_digest(item.path)  # says why there is no key
    except UserError as error:
        return Outcome(item, None, _named(str(error), item))
    except OSError as error:
        problem = f"The recording {item.name} cannot be read: {why(error)}."
        return Outcome(item, None, problem)
    except Exception as error:  # a defect of the program is no reason to lose the others
        problem = f"This is a defect of the program ({type(error).__name__}: {error})."
        return Outcome(item, None, _named(problem, item))
    return Outcome(item, [{name: _named(v, item) for name, v in row.items()} for row in rows])


def _named(value: Value, item: Item) -> Any:
    """Return a text in which the recording is called as in the table, wherever it lies."""
    return value.replace(str(item.path), item.name) if isinstance(value, str) else value


def _rows(item: Item, work: Work, kept: Kept, problems: dict[str, str]) -> list[Row]:
    known = known_of(work, item.name, item.digest)
    if item.name in problems:
        return [{**known, "problem": problems[item.name]}]
    return [{**known, **row} for row in kept.read(item.key) or ()]
