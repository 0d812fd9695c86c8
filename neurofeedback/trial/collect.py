"""All tables of a study, from its list, its sessions and the answers of its participants.

Responsible for filling the tables of `trial.columns`. Not responsible for the figures of a session
(`trial.session_figures`), nor for writing anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.verification.delivery import delivered_in
from neurofeedback.store.index import Index
from neurofeedback.store.models import ScaleRow, SessionRow
from neurofeedback.store.responses import responses_of
from neurofeedback.study.delivery import Allocated
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import UnblindingKey
from neurofeedback.trial.columns import (
    ANSWERS,
    BLOCKS,
    HOLDS,
    MASKED_AWAY,
    SESSIONS,
    participants_table,
)
from neurofeedback.trial.ledger_rows import (
    ShownIn,
    levels_row,
    path_of,
    sessions_of,
    shown_in,
    shown_row,
    withdrawal_row,
)
from neurofeedback.trial.masking import ArmNames
from neurofeedback.trial.session_figures import session_figures
from neurofeedback.trial.session_rows import asked_row, block_row, figures_row
from neurofeedback.trial.tables import Row, Table


@dataclass(frozen=True, slots=True)
class TrialTables:
    """The tables of a study.

    Parameters
    ----------
    facts : mapping
        What holds for the study as a whole, as plain JSON types.
    tables : mapping of str to Table
        By name; see `trial.columns.TABLES`.
    """

    facts: Mapping[str, Any]
    tables: Mapping[str, Table]

    @property
    def masked(self) -> bool:
        """Whether letters stand for the arms."""
        return bool(self.facts["masked"])


@dataclass(slots=True)
class _Filled:
    """Rows so far."""

    participants: list[Row]
    sessions: list[Row]
    blocks: list[Row]
    holds: list[Row]
    answers: list[Row]
    measure: dict[str, Any]
    setups: list[Mapping[str, Any]]
    shown: ShownIn


def collect(
    study: Study,
    key: UnblindingKey,
    data: Sequence[Path],
    index: Index | None,
    now: datetime,
    progress: Callable[[float], None] = lambda share: None,
) -> TrialTables:
    """Collect the tables of a study.

    Before the whole list was unblinded, letters stand for the arms, and what was fed back is left
    out; see `trial.masking`.

    Parameters
    ----------
    study : Study
    key : UnblindingKey
    data : sequence of Path
        Datasets with its sessions.
    index : Index or None
        Where questionnaires are kept; None for none of them.
    now : datetime
        With time zone.
    progress : callable
        Gets the share that is done.

    Raises
    ------
    UserError
        If the key is another study's, the list was changed or the index cannot be read. A session
        that cannot be read has its reason in its row.
    """
    allocated = study.allocated(key)
    status = study.status()
    shown = shown_in(allocated, data)
    names = ArmNames(allocated, status["unblindings"], _seen(allocated, shown))
    filled = _Filled([], [], [], [], [], {}, [], shown)
    places = [e for e in allocated.entries if e["what"] == "place"]
    for done, entry in enumerate(places):
        progress(done / len(places))
        arm = names.of(entry["stratum"], entry["place"])
        _participant(filled, entry, arm, allocated, key, data, names)
        if index is not None:
            filled.answers += _answers(index, entry["participant"], arm, allocated)
    hidden = MASKED_AWAY if names.masked else ()
    tables = [
        table.with_rows(rows).without(hidden)
        for table, rows in (
            (participants_table(study.factors), filled.participants),
            (SESSIONS, filled.sessions),
            (BLOCKS, filled.blocks),
            (HOLDS, filled.holds),
            (ANSWERS, filled.answers),
        )
    ]
    facts = _facts(study, status, names, allocated, filled, now)
    return TrialTables(facts, {table.name: table for table in tables})


def _seen(allocated: Allocated, shown: ShownIn) -> set[str]:
    """Return the codes of participants whose feedback an operator was shown."""
    sessions = (e for e in allocated.entries if e["what"] == "session")
    return {str(e["participant"]) for e in sessions if shown.get(str(e["folder"]))}


def _facts(
    study: Study,
    status: Mapping[str, Any],
    names: ArmNames,
    allocated: Allocated,
    filled: _Filled,
    now: datetime,
) -> dict[str, Any]:
    arms = sorted({str(p.arm) for p in allocated.places.values()})
    return {
        "study": study.identity,
        "name": study.name,
        "written": now.isoformat(),
        "masked": names.masked,
        "arms": [] if names.masked else arms,
        "n_arms": len(arms),
        "standard_care": sum(r["arm"] == Arm.STANDARD for r in filled.participants),
        "strata": status["strata"],
        "unblindings": status["unblindings"],
        "protocol_hash": study.spec.hash,
        "protocol": study.spec.model_dump(mode="json"),
        "measure": filled.measure,
        "setups": filled.setups,
    }


def _participant(
    filled: _Filled,
    entry: Mapping[str, Any],
    arm: str | None,
    allocated: Allocated,
    key: UnblindingKey,
    data: Sequence[Path],
    names: ArmNames,
) -> None:
    code = str(entry["participant"])
    sessions = []
    for number, started in enumerate(sessions_of(allocated, code), start=1):
        head: Row = {"participant": code, "session": number, "arm": arm}
        row = _session(filled, head, started, allocated, key, data, opened=not names.masked)
        sessions.append(row)
    _count_days(sessions)
    filled.sessions += sessions
    filled.participants.append(
        {
            "participant": code,
            "stratum": entry["stratum"],
            "place": entry["place"],
            "arm": arm,
            "enrolled": entry["when"],
            "sessions": len(sessions),
            "sessions_through": sum(bool(row.get("through")) for row in sessions),
            "train_minutes": _minutes(sessions, "train_seconds"),
            "clean_minutes": _minutes(sessions, "clean_seconds"),
            "unblinded": code in names.opened,
            **withdrawal_row(allocated, code),
            **levels_row(entry),
        }
    )


def _session(
    filled: _Filled,
    head: Row,
    started: Mapping[str, Any],
    allocated: Allocated,
    key: UnblindingKey,
    data: Sequence[Path],
    *,
    opened: bool,
) -> Row:
    folder = str(started["folder"])
    row: Row = {**head, "folder": folder, "started": started["when"]}
    row["operator"] = started.get("operator") or None
    try:
        path = path_of(folder, data)
        row |= shown_row(filled.shown.get(folder, ()))
        given = delivered_in(SessionReader(path, key=key.private), key)
        row["as_allocated"] = not allocated.differences(given)
        found = session_figures(path, key, opened=opened)
        row |= figures_row(found)
        row |= asked_row(SessionLayout.find(path))
    except UserError as error:
        return {**row, "problem": str(error)}
    summary = found.summary
    filled.blocks += [
        {**head, **block_row(block, fed)}
        for block, fed in zip(summary.blocks, found.fed, strict=True)
    ]
    filled.holds += [
        {**head, "cause": h.cause, "times": h.times, "seconds": h.seconds, "share": h.share}
        for h in summary.holds
    ]
    if found.setup not in filled.setups:
        filled.setups.append(found.setup)
    if summary.measure is not None and not filled.measure:
        m = summary.measure
        filled.measure = {
            "name": m.name, "unit": m.unit, "label": str(m.label), "direction": m.direction,
            "window": m.window, "delay": m.delay, "note": str(m.note),
        }  # fmt: skip
    return row


def _answers(index: Index, code: str, arm: str | None, allocated: Allocated) -> Iterator[Row]:
    numbers = {e["folder"]: i for i, e in enumerate(sessions_of(allocated, code), start=1)}
    with index.read() as session:
        try:
            responses = responses_of(session, code)
        except UserError:  # nobody the index knows
            return
        for response in responses:
            kept = session.get(SessionRow, response.session_id) if response.session_id else None
            number = None if kept is None else numbers.get(kept.folder)
            yield from _items(response, {"participant": code, "session": number, "arm": arm})


def _items(response: ScaleRow, head: Row) -> Iterator[Row]:
    head = {
        **head,
        "instrument": response.instrument,
        "version": response.version,
        "timing": response.timing,
        "taken": response.taken.isoformat(),
        "response": response.id,
        "total": response.total,
    }
    for number, answer in enumerate(response.answers, start=1):
        yield {**head, "item": number, "answer": answer}


def _count_days(sessions: Sequence[Row]) -> None:
    if sessions:
        first = datetime.fromisoformat(str(sessions[0]["started"]))
        for row in sessions:
            passed = datetime.fromisoformat(str(row["started"])) - first
            row["days"] = passed.total_seconds() / 86400.0


def _minutes(sessions: Sequence[Row], column: str) -> float:
    return sum(float(row[column] or 0.0) for row in sessions if column in row) / 60.0
