"""What the audit trail knows of a session's end, and of the places of a study.

Responsible for noticing that a session is not the one that ended in its folder: where rows are
missing at the end of every file, or all files are those of another session, the folder alone looks
whole. Not responsible for any other damage, which the folder shows by itself
(`recording.read.checks`), nor for judging a study (`study.folder`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.digests import decisive_files, digests
from neurofeedback.store.facts import UNFINISHED, SessionFacts, find_recordings, read_facts
from neurofeedback.store.index import Index
from neurofeedback.store.kept_beside import changed_beside
from neurofeedback.store.models import AuditRow, SessionRow
from neurofeedback.store.place import Place, find_place
from neurofeedback.words.message import Message

RENAMED = "session.renamed"  # with how it ended under the code before
ENDS = ("session.finished", "session.recovered", RENAMED)


@dataclass(frozen=True, slots=True)
class KnownEnd:
    """What the trail says of a session.

    Parameters
    ----------
    problem : Message or None
        How the folder differs from what was written down when the session ended, and after it.
    note : Message or None
        That nothing was written down, though there is a trail.
    """

    problem: Message | None = None
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class StudyStart:
    """A row of the trail about the start of a study's session.

    Parameters
    ----------
    folder : str
        Of the session, relative to the dataset.
    study : mapping
        As in `SessionFacts`.
    """

    folder: str
    study: Mapping[str, Any]


def known_end(folder: Path, *, where: str | None = None) -> KnownEnd:
    """Compare a session with what was put down when it ended.

    Parameters
    ----------
    folder : Path
        Of the session.
    where : str or None
        Where the index is; see `find_place`.

    Returns
    -------
    KnownEnd
        Empty where nothing speaks against the session, or there is no index to ask.
    """
    try:
        facts = read_facts(folder)
        layout = SessionLayout.find(folder)
        place = _existing(layout.root, where)
        if place is None:
            return KnownEnd()
        now = digests(layout)
        with Index(place).read() as session:
            said = changed_beside(session, layout)
            row = _newest_end(session, facts)
            if row is None:
                moved = _ended_elsewhere(session, facts, now)
                return KnownEnd(moved or said, None if moved else _unknown())
    except (UserError, OSError):
        return KnownEnd()  # whoever tells the index of the outcome says what is wrong with it
    problem = _shortened(row.facts, row.time, facts) or _replaced(row.facts, row.time, layout, now)
    return KnownEnd(problem or said)


def study_starts(dataset: Path, study: str, *, where: str | None = None) -> list[StudyStart]:
    """Return what the audit trail of a dataset says of the sessions of a study.

    Parameters
    ----------
    dataset : Path
    study : str
        Identity of the study.
    where : str or None
        Where the index is; see `find_place`.

    Raises
    ------
    UserError
        If the index cannot be read.
    """
    place = _existing(dataset, where)
    if place is None:
        return []
    statement = (
        select(AuditRow).where(AuditRow.action == "session.started").order_by(AuditRow.number)
    )
    with Index(place).read() as session:
        rows = [(row.subject, row.facts.get("study")) for row in session.scalars(statement)]
    return [
        StudyStart(folder, known)
        for folder, known in rows
        if isinstance(known, dict) and known.get("study") == study
    ]


def unknown_sessions(session: Session, dataset: Path) -> list[Message]:
    """Return a sentence for each recorded session that neither records nor trail know.

    A database that was restored from an older copy agrees with itself; the recordings of since
    then tell.

    Parameters
    ----------
    session : Session
        Of the database.
    dataset : Path
        With the recordings.
    """
    known = set(session.scalars(select(AuditRow.subject)))
    known |= set(session.scalars(select(SessionRow.folder)))
    folders = [SessionLayout.find(path).folder for path in find_recordings(dataset)]
    return [
        Message(
            "The session {folder} is recorded, but the database does not know of it: it was "
            "restored from an older copy, or the session was run without the index. Once that is "
            "clear, add it with 'neurofeedback index rebuild'.",
            folder=folder,
        )
        for folder in dict.fromkeys(folders)
        if folder not in known
    ]


def _existing(dataset: Path, where: str | None) -> Place | None:
    place = find_place(dataset, where)
    missing = place is not None and place.file is not None and not place.file.exists()
    return None if missing else place


def _newest_end(session: Session, facts: SessionFacts) -> AuditRow | None:
    statement = (
        select(AuditRow)
        .where(AuditRow.subject == facts.folder, AuditRow.action.in_(ENDS))
        .order_by(AuditRow.number.desc())
    )
    for row in session.scalars(statement):
        details = row.facts
        if details.get("run") == facts.run and "samples" in details:
            return row
    return None


def _ended_elsewhere(
    session: Session, facts: SessionFacts, now: Mapping[str, str]
) -> Message | None:
    if "log" not in now:
        return None
    statement = select(AuditRow).where(
        AuditRow.action.in_(ENDS), AuditRow.details.contains(now["log"])
    )
    row = session.scalars(statement).first()
    if row is None:
        return None
    return Message(
        "By the audit trail this session was recorded in {place} ({when} UTC): it was moved or "
        "copied to {folder}.",
        place=row.subject,
        when=row.time[:16],
        folder=facts.folder,
    )


def _unknown() -> Message:
    return Message("The audit trail does not say how this session ended.")


def _shortened(known: Mapping[str, object], when: str, facts: SessionFacts) -> Message | None:
    ended = facts.status != UNFINISHED or known.get("status") == UNFINISHED
    samples = int(str(known["samples"]))
    if ended and facts.samples >= samples:
        return None
    found = {"when": when[:16], "samples": samples, "now": facts.samples}
    if facts.status == UNFINISHED:
        return Message(
            "When the session ended ({when} UTC, by the audit trail) it had {samples} samples; its "
            "folder has {now} and no end: what followed was taken away.",
            **found,
        )
    return Message(
        "When the session ended ({when} UTC, by the audit trail) it had {samples} samples; its "
        "folder has {now}: what followed was taken away.",
        **found,
    )


def _replaced(
    known: Mapping[str, Any], when: str, layout: SessionLayout, now: Mapping[str, str]
) -> Message | None:
    then = known.get("sha256")
    if not isinstance(then, dict):
        return None  # written down by a version that kept no digests
    names = [
        path.name
        for kind, path in decisive_files(layout).items()
        if then.get(kind) != now.get(kind)
    ]
    if not names:
        return None
    return Message(
        "When the session ended ({when} UTC, by the audit trail) these files were others: {files}. "
        "The session was changed or replaced since.",
        when=when[:16],
        files=", ".join(names),
    )
