"""What a session tells the index of itself.

Responsible for never letting the index get in the way of a session: whatever goes wrong comes back
as a sentence to be shown, and a rebuild brings in what was missed. Not responsible for when it is
called.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import PIPELINE, SessionLayout
from neurofeedback.store.place import Place, find_place
from neurofeedback.words.message import Message, message_of

if TYPE_CHECKING:
    from neurofeedback.store.facts import SessionFacts
    from neurofeedback.store.index import Change


def register_started(
    folder: Path, *, where: str | None = None, who: str | None = None
) -> Message | None:
    """Tell the index that a session has started.

    Parameters
    ----------
    folder : Path
        Of the session; everything known before its first sample is there.
    where : str or None
        Where the index is; see `find_place`.
    who : str or None
        Who runs the session; see `operator_name`.

    Returns
    -------
    Message or None
        What went wrong, for the operator; None if nothing did. Never raises.
    """

    def put(change: Change, facts: SessionFacts) -> None:
        _put(change, facts)
        details = {} if facts.study is None else {"study": dict(facts.study)}
        change.log("session.started", facts.folder, protocol=facts.protocol_name, **details)

    return _told(folder, where, who, put)


def register_finished(
    folder: Path, *, where: str | None = None, who: str | None = None
) -> Message | None:
    """Tell the index how a session ended; see `register_started`."""
    digests = _digests(folder)

    def put(change: Change, facts: SessionFacts) -> None:
        _put(change, facts)
        change.log("session.finished", facts.folder, **_end(facts), sha256=digests)

    return _told(folder, where, who, put)


def register_recovered(
    folder: Path, *, where: str | None = None, who: str | None = None
) -> Message | None:
    """Tell the index what is left of a session after its recovery; see `register_started`."""
    digests = _digests(folder)

    def put(change: Change, facts: SessionFacts) -> None:
        _put(change, facts)
        change.log("session.recovered", facts.folder, **_end(facts), sha256=digests)

    return _told(folder, where, who, put)


def register_discarded(
    layout: SessionLayout, *, where: str | None = None, who: str | None = None
) -> Message | None:
    """Tell the index that a session was moved aside: its row stays, as one without a folder.

    Parameters
    ----------
    layout : SessionLayout
        Where it was.
    where, who : str or None
        As for `register_started`.

    Returns
    -------
    Message or None
        As for `register_started`.
    """

    def tell() -> None:
        place = find_place(layout.root, where)
        if place is not None:
            _tell_discarded(place, layout, who)

    return _guarded(tell)


def register_verified(
    folder: Path, result: str, *, where: str | None = None, who: str | None = None
) -> Message | None:
    """Tell the index what verifying a session gave: ``ok`` or the first difference.

    See `register_started`.
    """

    def put(change: Change, facts: SessionFacts) -> None:
        from neurofeedback.store.sessions import set_verified

        set_verified(change, facts, result)

    return _told(folder, where, who, put)


def register_act(
    dataset: Path,
    action: str,
    subject: str,
    *,
    where: str | None = None,
    who: str | None = None,
    **details: Any,
) -> Message | None:
    """Put into the audit trail what somebody did at this station, such as locking the screen.

    Parameters
    ----------
    dataset : Path
        Folder of the recordings; a dataset without any yet has no trail, and nothing is put there.
    action : str
        ``thing.deed``.
    subject : str
        About what.
    where, who : str or None
        See `register_started`.
    **details
        Further facts as plain JSON types.

    Returns
    -------
    Message or None
        See `register_started`.
    """

    def act() -> None:
        from neurofeedback.store.index import Index

        if not (dataset / "derivatives" / PIPELINE).is_dir():
            return
        place = find_place(dataset, where)
        if place is not None:
            with Index(place, who=who).change() as change:
                change.log(action, subject, **details)

    reason = _reason(act)
    if reason is None:
        return None
    return Message(
        "The audit trail was not written ({action}): {reason}", action=action, reason=reason
    )


def _end(facts: SessionFacts) -> dict[str, Any]:
    """Return what `known_end` holds the folder against later."""
    end = {"status": facts.status, "samples": facts.samples, "run": facts.run}
    return end if facts.held is None else {**end, "held": round(facts.held, 3)}


def _digests(folder: Path) -> dict[str, str]:
    """Return the digests of a session; none where it cannot be read, which its facts tell."""
    from neurofeedback.recording.read.digests import digests

    try:
        return digests(SessionLayout.find(folder))
    except (UserError, OSError):
        return {}


def _put(change: Change, facts: SessionFacts) -> None:
    from neurofeedback.store.sessions import put_session

    put_session(change, facts)


def _told(
    folder: Path,
    where: str | None,
    who: str | None,
    put: Callable[[Change, SessionFacts], None],
) -> Message | None:
    """Do it, whatever may happen."""

    def tell() -> None:
        place = find_place(SessionLayout.find(folder).root, where)
        if place is not None:
            _tell(place, folder, who, put)

    return _guarded(tell)


def _guarded(tell: Callable[[], None]) -> Message | None:
    reason = _reason(tell)
    if reason is None:
        return None
    return Message(
        "The index was not updated (the session is not affected): {reason}", reason=reason
    )


def _reason(doing: Callable[[], None]) -> Message | None:
    """Do something and return why it failed, if it did."""
    try:
        doing()
    except UserError as error:
        return message_of(error)
    except Exception as error:  # a defect of the index must not cost a session: it is told instead
        text = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return Message(text)
    return None


def _tell(
    place: Place, folder: Path, who: str | None, put: Callable[[Change, SessionFacts], None]
) -> None:
    from neurofeedback.store.facts import read_facts
    from neurofeedback.store.index import Index

    facts = read_facts(folder)
    with Index(place, who=who).change() as change:
        put(change, facts)


def _tell_discarded(place: Place, layout: SessionLayout, who: str | None) -> None:
    from neurofeedback.store.index import Index
    from neurofeedback.store.sessions import mark_not_found

    folder = layout.session_dir.relative_to(layout.root).as_posix()
    with Index(place, who=who).change() as change:
        mark_not_found(change, folder)
        change.log("session.discarded", folder)
