"""Questionnaires kept in the index.

Responsible for being the `scales.keeping.ResponseStore` that windows and commands are given. Not
responsible for the rules of keeping (`store.responses`).
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Kept, Timing, Waiting
from neurofeedback.store.index import Change, Index
from neurofeedback.store.models import ScaleRow, SessionRow
from neurofeedback.store.participants import ensure_participant
from neurofeedback.store.responses import (
    acknowledge,
    read_response,
    revise_response,
    store_response,
    waiting_responses,
)
from neurofeedback.store.sessions import find_session


class IndexResponses:
    """Responses in an index.

    Parameters
    ----------
    index : Index
    layout : SessionLayout or None
        The session that they are answered before or after, once there is one.
    """

    def __init__(self, index: Index, layout: SessionLayout | None = None) -> None:
        self._index = index
        self._layout = layout

    def keep(
        self, participant: str, response: Response, timing: Timing, number: int | None = None
    ) -> Kept:
        """Keep a response; with a number, in the place of the one kept under it.

        A participant whom the index does not know yet is added.

        Raises
        ------
        UserError
            If the index cannot be written, or what is to be replaced was acknowledged already.
        """
        with self._index.change() as change:
            if number is not None:
                row = revise_response(change, number, response)
            else:
                ensure_participant(change, participant)
                session = self._session(change)
                row = store_response(change, participant, response, timing=timing, session=session)
            return Kept(row.id, waiting_of(row))

    def acknowledge(self, number: int, who: str) -> None:
        """Record that somebody has read the safety prompt; see `store.responses.acknowledge`."""
        with self._index.change() as change:
            acknowledge(change, number, who)

    def waiting(self, participant: str | None = None) -> Sequence[Waiting]:
        """Return what waits for somebody to read it, of one participant or of all; oldest first.

        Raises
        ------
        UserError
            If the index cannot be read.
        """
        with self._index.read() as session:
            found = [waiting_of(row) for row in waiting_responses(session)]
        return [w for w in found if w is not None and participant in (None, w.participant)]

    def _session(self, change: Change) -> SessionRow | None:
        return None if self._layout is None else find_session(change.session, self._layout)


def waiting_of(row: ScaleRow) -> Waiting | None:
    """Return what somebody must read because of a kept response; None if nothing.

    Raises
    ------
    UserError
        If the questionnaire is not known in that wording.
    """
    response = read_response(row)
    if response.safety is None or response.acknowledgement is not None:
        return None
    code = row.participant.code
    return Waiting(row.id, code, response.instrument, row.taken, response.safety)
