"""What the audit trail knows of a session's end.

Responsible for noticing that the end of a session was taken away: where the last rows of every file
are missing and SessionStopped with them, the folder alone looks like that of a session that was
cut. Not responsible for any other damage, which the folder shows by itself
(`recording.read.checks`).
"""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.store.facts import UNFINISHED, SessionFacts, read_facts
from neurofeedback.store.index import Index
from neurofeedback.store.models import AuditRow
from neurofeedback.store.place import find_place
from neurofeedback.words.message import Message

ENDS = ("session.finished", "session.recovered")


def missing_end(folder: Path, *, where: str | None = None) -> Message | None:
    """Compare a session with what was put down when it ended.

    Parameters
    ----------
    folder : Path
        Of the session.
    where : str or None
        Where the index is; see `find_place`.

    Returns
    -------
    Message or None
        One sentence where the session had more than its folder has; None where nothing speaks for
        that, or there is no index to ask.
    """
    try:
        facts = read_facts(folder)
        place = find_place(SessionLayout.find(folder).root, where)
        if place is None or (place.file is not None and not place.file.exists()):
            return None
        with Index(place).read() as session:
            statement = (
                select(AuditRow)
                .where(AuditRow.subject == facts.folder, AuditRow.action.in_(ENDS))
                .order_by(AuditRow.number.desc())
            )
            rows = [row for row in session.scalars(statement) if _is_of(row, facts)]
    except UserError:
        return None  # whoever tells the index of the outcome says what is wrong with it
    return _compared(json.loads(rows[0].details), rows[0].time, facts) if rows else None


def _is_of(row: AuditRow, facts: SessionFacts) -> bool:
    details = json.loads(row.details)
    return bool(details.get("run") == facts.run and "samples" in details)


def _compared(known: dict[str, object], when: str, facts: SessionFacts) -> Message | None:
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
