"""The index made again from the folders.

Responsible for bringing all that can be known from the folders into the index, and for saying what
could not be read. Not responsible for what only the index knows: consent, scales, notes, trail.
Folders are only read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.store.facts import (
    find_participant_codes,
    find_recordings,
    read_facts,
    read_newer,
)
from neurofeedback.store.index import Change, Index
from neurofeedback.store.models import SessionRow
from neurofeedback.store.participants import ensure_participant
from neurofeedback.store.sessions import put_session
from neurofeedback.words.message import message_of

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild found.

    Parameters
    ----------
    sessions : int
        Recordings that can be read.
    changed : int
        How many of them the index did not know, or not so.
    missing : int
        Sessions that the index knows and that are not in the dataset any more.
    participants : int
        Participants in the dataset.
    problems : tuple of str
        What could not be read, a sentence each.
    """

    sessions: int
    changed: int
    missing: int
    participants: int
    problems: tuple[str, ...]


def rebuild(index: Index, progress: Progress | None = None) -> RebuildReport:
    """Bring everything that can be known from the folders into the index.

    May run while sessions are recorded. A session whose folder is gone stays, marked as not found:
    scales and notes may belong to it.

    Parameters
    ----------
    index : Index
        Of the dataset.
    progress : callable or None
        Gets the recordings done and their number.

    Returns
    -------
    RebuildReport

    Raises
    ------
    UserError
        If the index cannot be written.
    """
    dataset = index.place.dataset
    paths = find_recordings(dataset)
    codes = set(find_participant_codes(dataset))
    seen: set[int] = set()
    problems: list[str] = []
    changed = 0
    for done, path in enumerate(paths):
        if progress is not None:
            progress(done, len(paths))
        try:
            facts = read_facts(path)
        except UserError as error:
            problems.append(message_of(error))
            continue
        with index.change() as change:
            # While other writers wait: what they know of this session cannot be newer.
            facts = read_newer(facts, path)
            row, is_changed = put_session(change, facts)
        seen.add(row.id)
        codes.add(facts.participant)
        changed += is_changed
        problems += facts.damage
    with index.change() as change:
        for code in sorted(codes):
            ensure_participant(change, code)
        missing = _mark_missing(change, dataset, seen)
        counts = {"sessions": len(seen), "changed": changed, "missing": missing}
        change.log("index.rebuilt", index.place.name, **counts, problems=len(problems))
    return RebuildReport(len(seen), changed, missing, len(codes), tuple(problems))


def _mark_missing(change: Change, dataset: Path, seen: set[int]) -> int:
    missing = 0
    for row in change.session.scalars(select(SessionRow)):
        if row.id not in seen:
            layout = SessionLayout(dataset, row.participant.code, row.number, row.task, row.run)
            row.found = layout.protocol.is_file()  # started meanwhile, or damaged
            missing += not row.found
    return missing
