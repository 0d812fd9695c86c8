"""Which questionnaires are due before or after a session.

Responsible for that alone, from what a protocol wants and what has been answered. Not responsible
for asking them.

PHQ-9 and GAD-7 ask about the last two weeks, so they are due again after 14 days, counted by the
calendar, whether the last answers came before or after a session. What is expected of a training is
asked once. Any other is due at each session and timing. A response that lacks an answer does not
count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from neurofeedback.errors import UserError
from neurofeedback.protocols.spec import ScaleSettings
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.instrument import Instrument, Recurrence, ResponseState
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import instrument
from neurofeedback.store.index import Index
from neurofeedback.store.responses import responses_of
from neurofeedback.store.sessions import find_session

DAYS = 14  # the time that PHQ-9 and GAD-7 ask about


@dataclass(frozen=True, slots=True)
class Answered:
    """A questionnaire that was answered whole.

    Parameters
    ----------
    key : str
        Which.
    timing : Timing
    when : datetime
        With time zone.
    here : bool
        Whether it belongs to the session that is asked about.
    """

    key: str
    timing: Timing
    when: datetime
    here: bool = False


def due_scales(
    settings: ScaleSettings,
    timing: Timing,
    answered: Sequence[Answered],
    now: datetime,
    days: int = DAYS,
) -> tuple[Instrument, ...]:
    """Return the questionnaires that are due, in the protocol's order.

    Parameters
    ----------
    settings : ScaleSettings
        Of the protocol.
    timing : Timing
        Before or after the session; apart from one, nothing is due.
    answered : sequence of Answered
        By the participant so far.
    now : datetime
        With time zone.
    days : int
        Calendar days after which PHQ-9 and GAD-7 are due again.
    """
    wanted = {Timing.BEFORE: settings.before, Timing.AFTER: settings.after}.get(timing, ())
    return tuple(instrument(key) for key in wanted if _is_due(key, timing, answered, now, days))


def due_for(
    index: Index,
    settings: ScaleSettings,
    timing: Timing,
    code: str,
    now: datetime,
    layout: SessionLayout | None = None,
    days: int = DAYS,
) -> tuple[Instrument, ...]:
    """Return the questionnaires that are due for a participant; see `due_scales`.

    Parameters
    ----------
    index : Index
        What was answered; of somebody it does not know, nothing.
    settings, timing, now, days
        See `due_scales`.
    code : str
        The participant.
    layout : SessionLayout or None
        The session, once there is one.

    Raises
    ------
    UserError
        If the index cannot be read.
    """
    with index.read() as session:
        here = None if layout is None else find_session(session, layout)
        try:
            rows = responses_of(session, code)
        except UserError:  # nobody the index knows
            rows = ()
        answered = [
            Answered(
                row.instrument,
                Timing(row.timing),
                row.taken,
                here is not None and row.session_id == here.id,
            )
            for row in rows
            if row.state != ResponseState.INCOMPLETE
        ]
    return due_scales(settings, timing, answered, now, days)


def _is_due(
    key: str, timing: Timing, answered: Sequence[Answered], now: datetime, days: int
) -> bool:
    found = [one for one in answered if one.key == key]
    recurrence = instrument(key).recurrence
    if recurrence is Recurrence.ONCE:
        return not found
    if recurrence is Recurrence.FORTNIGHT:
        today = now.astimezone().date()
        return all((today - one.when.astimezone().date()).days >= days for one in found)
    return not any(one.here and one.timing is timing for one in found)
