"""What people said after a session, by the audit trail: guesses and debrief.

Responsible for noticing that one of these files was changed or removed since it was written. They
lie beside the session and are written after its end, so that its digests say nothing of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.store.models import AuditRow
from neurofeedback.words.message import Message

GUESSED, DEBRIEFED = "session.guessed", "session.debriefed"
NAMES = ("guesses.jsonl", "debrief.json")
GROWS = (".jsonl",)  # may have more by now than the trail knows


def kept_beside(layout: SessionLayout) -> dict[str, Any]:
    """Return bytes and SHA-256 of each file of a session that was written after its end."""
    found = {name: _content(layout.derived(name)) for name in NAMES}
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in found.items()
        if content is not None
    }


def changed_beside(session: Session, layout: SessionLayout) -> Message | None:
    """Compare these files with what the trail says of them.

    Parameters
    ----------
    session : Session
        Of the index.
    layout : SessionLayout

    Returns
    -------
    Message or None
        Which of them were others; None where the trail says nothing else.
    """
    rows = session.scalars(
        select(AuditRow)
        .where(AuditRow.subject == layout.folder, AuditRow.action.in_((GUESSED, DEBRIEFED)))
        .order_by(AuditRow.number.desc())
    )
    for row in rows:
        known = row.facts.get("beside")
        if isinstance(known, dict):
            paths = {name: layout.derived(name) for name in NAMES if name in known}
            names = [path.name for name, path in paths.items() if not _is_still(path, known[name])]
            return _sentence(row.time, names) if names else None
    return None


def _sentence(when: str, names: list[str]) -> Message:
    return Message(
        "After the session ({when} UTC, by the audit trail) these files were others: {files}. What "
        "was said of the session was changed or removed since; restore them from a copy.",
        when=when[:16],
        files=", ".join(names),
    )


def _is_still(path: Path, known: Mapping[str, Any]) -> bool:
    content = _content(path)
    if content is None:
        return False
    if path.suffix in GROWS:
        content = content[: int(known.get("bytes", 0))]
    return hashlib.sha256(content).hexdigest() == known.get("sha256")


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
