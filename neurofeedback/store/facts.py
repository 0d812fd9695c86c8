"""What the index says of a session, read from its folder.

Responsible for finding the sessions of a dataset and for taking from each what the index holds,
with everything that is foreign in it made harmless. Nothing is ever written there. Not responsible
for the database.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.recording.files import why
from neurofeedback.recording.layout import PIPELINE, SessionLayout, check_participant
from neurofeedback.recording.read.reader import DamagedSession, SessionReader
from neurofeedback.store.clean import clean
from neurofeedback.words.message import message_of

UNFINISHED = "unfinished"  # it runs, or was killed: its log has no end

_LABEL = 200
_MOST_SAMPLES = 2**62


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What can be known of a session from its folder.

    Parameters
    ----------
    participant : str
        Code.
    folder : str
        Relative to the dataset, with slashes.
    task : str
        Label of the task.
    number, run : int
        From 1.
    protocol_name, protocol_hash : str
        What was run.
    started : datetime
        UTC.
    status : str
        As the log says at its end, else `UNFINISHED`.
    seconds : float
        Samples in s.
    samples : int
        Samples that can be read.
    rewards : int or None
        Rewards given; None where they are sealed, or the log is damaged.
    held : float or None
        Share of the samples at which feedback was held, 0 to 1; None as for `rewards`.
    settings : mapping
        What the next session of this participant may start with.
    damage : tuple of str
        What could not be read, a sentence each.
    sizes : tuple of int
        Bytes of the log and of the table of chunks before they were read.
    study : mapping or None
        Identity of the study it belongs to, stratum, place, number of the session and head of the
        study's ledger; None outside of one.
    """

    participant: str
    folder: str
    task: str
    number: int
    run: int
    protocol_name: str
    protocol_hash: str
    started: datetime
    status: str
    seconds: float
    samples: int
    rewards: int | None
    held: float | None
    settings: Mapping[str, Any]
    damage: tuple[str, ...]
    sizes: tuple[int, ...]
    study: Mapping[str, Any] | None = None


def find_recordings(dataset: Path) -> list[Path]:
    """Return the file that each recording of a dataset begins with, in order of their names."""
    derivatives = dataset / "derivatives" / PIPELINE
    return sorted(derivatives.glob("sub-*/ses-*/eeg/*_protocol.json"))


def find_participant_codes(dataset: Path) -> list[str]:
    """Return the codes in the dataset's list of participants that this program could have used."""
    try:
        text = (dataset / "participants.tsv").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return sorted(set(_codes(text.splitlines()[1:])))


def read_facts(path: Path) -> SessionFacts:
    """Read what the index says of a session.

    Parameters
    ----------
    path : Path
        Folder of the session, or any of its files.

    Returns
    -------
    SessionFacts

    Raises
    ------
    UserError
        If it is no session, or what was known at its start cannot be read.
    """
    try:
        sizes = _sizes(SessionLayout.find(path))
        return _facts(SessionReader(path), sizes)
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
    except OverflowError as error:
        raise UserError(
            "{path} cannot be understood: {reason}.", path=path, reason=error
        ) from error


def read_newer(facts: SessionFacts, path: Path) -> SessionFacts:
    """Return `facts`, read again if the session has gone on since; see `read_facts`."""
    return facts if facts.sizes == _sizes(SessionLayout.find(path)) else read_facts(path)


def _facts(reader: SessionReader, sizes: tuple[int, ...]) -> SessionFacts:
    layout, start = reader.layout, reader.start
    rewards, held, damage = _happened(reader)
    stopped = reader.stopped
    status = clean(str(stopped.details.get("status", "")), 32) if stopped else ""
    seconds = reader.n_samples / reader.info.sfreq
    return SessionFacts(
        participant=layout.participant,
        folder=layout.folder,
        task=layout.task,
        number=layout.session,
        run=layout.run,
        protocol_name=clean(str(start.protocol_name), _LABEL),
        protocol_hash=clean(str(start.protocol_hash), _LABEL),
        started=start.started.astimezone(UTC),
        status=status or UNFINISHED,
        seconds=seconds if math.isfinite(seconds) else 0.0,
        samples=min(reader.n_samples, _MOST_SAMPLES),
        rewards=rewards,
        held=held,
        settings={
            "protocol": clean(str(start.protocol_name), _LABEL),
            "bads": [clean(str(name), _LABEL) for name in start.bads],
            "stream": clean(reader.info.name, _LABEL),
        },
        damage=(*reader.damage, *damage),
        sizes=sizes,
        study=_study(start.study),
    )


def _study(known: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if known is None:
        return None
    return {
        key: clean(value, _LABEL) if isinstance(value, str) else value
        for key in ("study", "stratum", "place", "session", "ledger")
        if isinstance(value := known.get(key), str | int)
    }


def _happened(reader: SessionReader) -> tuple[int | None, float | None, tuple[str, ...]]:
    """Return rewards and share of holds, and what of the log cannot be read."""
    if reader.start.study is not None:  # how often tells the arm
        return None, None, ()
    try:
        events = reader.events()
    except DamagedSession as error:
        return None, None, (message_of(error),)
    rewards = sum(event.kind is EventKind.REWARD for event in events)
    return rewards, _held(events, reader.n_samples), ()


def _held(events: Iterable[Event], n_samples: int) -> float | None:
    """Return the share of samples within holds; None without samples."""
    held, since = 0, None
    for event in events:
        if event.kind is EventKind.HOLD_STARTED and since is None:
            since = event.sample
        elif event.kind is EventKind.HOLD_ENDED and since is not None:
            held, since = held + max(0, event.sample - since), None
    if since is not None:
        held += max(0, n_samples - since)
    return min(1.0, held / n_samples) if n_samples else None


def _sizes(layout: SessionLayout) -> tuple[int, ...]:
    return tuple(f.stat().st_size if f.exists() else -1 for f in (layout.log, layout.chunks))


def _codes(lines: list[str]) -> Iterator[str]:
    for line in lines:
        label, _, code = line.split("\t")[0].partition("sub-")
        if label or not code:
            continue
        try:
            check_participant(code)
        except UserError:
            continue
        yield code
