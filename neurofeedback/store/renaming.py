"""A participant's code changed in the index, after a typing error.

Responsible for the rows, and for what the trail says of it: the old code, and of each session how
it ended under that code, so that it can be held against the folder of the new one. Not responsible
for files (`recording.repair.rename`).
"""

from __future__ import annotations

import json

from sqlalchemy import func, select

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import check_participant
from neurofeedback.store.index import Change
from neurofeedback.store.known_end import ENDS, RENAMED
from neurofeedback.store.models import AuditRow, Participant, SessionRow
from neurofeedback.store.participants import get_participant

ACTION = "participant.renamed"
_ENDED = ("status", "samples", "run", "sha256")


def rename_participant(change: Change, old: str, new: str) -> None:
    """Change the code of a participant, and the folders of the sessions.

    Parameters
    ----------
    change : Change
    old, new : str
        Codes.

    Raises
    ------
    UserError
        If there is no such participant, or the new code is refused or taken.
    """
    check_participant(new)
    person = get_participant(change.session, old)
    same = select(Participant.code).where(
        func.lower(Participant.code) == new.lower(), Participant.id != person.id
    )
    taken = change.session.scalar(same)
    if taken is not None:
        raise UserError("Participant {code} exists already; choose another code.", code=taken)
    person.code = new
    change.log(ACTION, new, was=old)
    mine = select(SessionRow).where(SessionRow.participant_id == person.id)
    for row in change.session.scalars(mine).all():
        before = row.folder
        row.folder = f"sub-{new}/" + before.partition("/")[2]
        ended = _how_it_ended(change, before, row.run)
        if ended:
            change.log(RENAMED, row.folder, was=before, **ended)
    change.session.flush()


def _how_it_ended(change: Change, folder: str, run: int) -> dict[str, object]:
    statement = (
        select(AuditRow.details)
        .where(AuditRow.subject == folder, AuditRow.action.in_(ENDS))
        .order_by(AuditRow.number.desc())
    )
    for text in change.session.scalars(statement):
        details = json.loads(text)
        if details.get("run") == run and "samples" in details:
            return {key: details[key] for key in _ENDED if key in details}
    return {}
