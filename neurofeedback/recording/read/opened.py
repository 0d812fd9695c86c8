"""A concealed session with its sealed part opened: tables and events as an open session has them.

Responsible for joining what lies open with what was sealed. Not responsible for who may open it
(`study.keys`), nor for whether it is what was allocated (`study.delivery`).

The features themselves are in neither part: they follow from the samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import rsa

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.recording.concealment import SealedPart, part_sealed
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.sealed import read_sealed
from neurofeedback.recording.tables import FED, MISSING, to_float


class OpensSealed(Protocol):
    """What opens a sealed part: an unblinding key as `study.keys.load_private_key` returns it."""

    @property
    def private(self) -> rsa.RSAPrivateKey:
        """The private key."""


def opened_part(reader: SessionReader, key: OpensSealed) -> SealedPart:
    """Open the sealed part of a session.

    Raises
    ------
    UserError
        If it has none, it is damaged, or it was sealed for another key.
    """
    path = reader.layout.sealed
    if reader.start.study is None:
        raise UserError(
            "{folder} is not a session of a study, so nothing of it is sealed: leave out the key.",
            folder=reader.layout.session_dir,
        )
    return part_sealed(read_sealed(path, key.private), str(path))


def opened_rows(reader: SessionReader, part: SealedPart) -> dict[str, list[str]]:
    """Return the feedback table with what was fed back in it, as raw text, column by column.

    Raises
    ------
    DamagedSession
        If the open table cannot be read.
    """
    columns = reader.feedback_rows()
    if not columns:  # nothing was recorded
        return {}
    fed = {int(sample): cells for sample, *cells in _frames(part)}
    nothing = [MISSING] * len(FED)
    rows = [fed.get(int(sample), nothing) for sample in columns.get("sample", ())]
    return {**columns, **{name: [cells[i] for cells in rows] for i, name in enumerate(FED)}}


def opened_events(
    events: Sequence[Event], part: SealedPart, rows: Mapping[str, Sequence[str]]
) -> list[Event]:
    """Return the events of the log with those that were sealed, in their order.

    Parameters
    ----------
    events : sequence of Event
        As they lie open.
    part : SealedPart
    rows : mapping of str to sequence of str
        See `opened_rows`; tells the rewards.

    Returns
    -------
    list of Event
        Rewards are told from the sealed frames, which is where they are kept.
    """
    sealed = [Event.from_json(line[2:]) for line in part.events]
    whole = {_block(e): e for e in sealed if e.kind is EventKind.BLOCK_ENDED}
    known = [whole.get(_block(e), e) if e.kind is EventKind.BLOCK_ENDED else e for e in events]
    others = [e for e in sealed if e.kind is not EventKind.BLOCK_ENDED]
    rewards = [
        Event(EventKind.REWARD, int(sample), to_float(time), {"block": int(block)})
        for sample, time, block, reward in zip(
            *(rows.get(name, ()) for name in ("sample", "time", "block", "reward")), strict=True
        )
        if reward == "1"
    ]
    return list(merge(known, others, rewards, key=lambda event: event.sample))


def _frames(part: SealedPart) -> Iterator[list[str]]:
    for line in part.frames:
        cells = line[2:].split("\t")
        if len(cells) != 1 + len(FED) or not cells[0].isdecimal():
            raise UserError("A sealed row of the feedback table cannot be understood.")
        yield cells


def _block(event: Event) -> tuple[int, object, object]:
    return event.sample, event.details.get("block"), event.details.get("attempt")
