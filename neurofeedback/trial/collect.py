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
from neurofeedback.recording.debrief import EFFECTS, SEVERITIES, read_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.report.summary_parts import Block, Change, SessionSummary
from neurofeedback.store.index import Index
from neurofeedback.store.models import ScaleRow, SessionRow
from neurofeedback.store.responses import responses_of
from neurofeedback.study.delivery import Allocated
from neurofeedback.study.folder import Study
from neurofeedback.study.guesses import guesses
from neurofeedback.study.keys import UnblindingKey
from neurofeedback.trial.columns import (
    ANSWERS,
    BLOCKS,
    HOLDS,
    MASKED_AWAY,
    PARTICIPANTS,
    SESSIONS,
    effect_column,
)
from neurofeedback.trial.masking import ArmNames
from neurofeedback.trial.session_figures import SessionFigures, session_figures
from neurofeedback.trial.tables import Row, Table

_CHANGES = {"baseline": "change", "slope": "slope", "last-first": "last_first"}


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
    names = ArmNames(allocated, status["unblindings"])
    filled = _Filled([], [], [], [], [], {}, [])
    places = [e for e in allocated.entries if e["what"] == "place"]
    for done, entry in enumerate(places):
        progress(done / len(places))
        arm = names.of(entry["participant"], entry["stratum"], entry["place"])
        opener = None if names.masked else key
        _participant(filled, entry, arm, allocated, opener, data, names)
        if index is not None:
            filled.answers += _answers(index, entry["participant"], arm, allocated)
    hidden = MASKED_AWAY if names.masked else ()
    tables = [
        table.with_rows(rows).without(hidden)
        for table, rows in (
            (PARTICIPANTS, filled.participants),
            (SESSIONS, filled.sessions),
            (BLOCKS, filled.blocks),
            (HOLDS, filled.holds),
            (ANSWERS, filled.answers),
        )
    ]
    facts = _facts(study, status, names, allocated, filled, now)
    return TrialTables(facts, {table.name: table for table in tables})


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
    opener: UnblindingKey | None,
    data: Sequence[Path],
    names: ArmNames,
) -> None:
    code = str(entry["participant"])
    sessions = []
    for number, started in enumerate(_sessions_of(allocated, code), start=1):
        head: Row = {"participant": code, "session": number, "arm": arm}
        row = _session(filled, head, started, opener, data)
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
        }
    )


def _sessions_of(allocated: Allocated, code: str) -> list[Mapping[str, Any]]:
    return [e for e in allocated.entries if e["what"] == "session" and e.get("participant") == code]


def _session(
    filled: _Filled,
    head: Row,
    started: Mapping[str, Any],
    opener: UnblindingKey | None,
    data: Sequence[Path],
) -> Row:
    folder = str(started["folder"])
    row: Row = {**head, "folder": folder, "started": started["when"]}
    row["operator"] = started.get("operator") or None
    try:
        path = next((root / folder for root in data if (root / folder).is_dir()), None)
        if path is None:
            raise UserError("The session is in none of the datasets that were given.")
        found = session_figures(path, opener)
        row |= _session_figures(found)
        row |= _asked(SessionLayout.find(path))
    except UserError as error:
        return {**row, "problem": str(error)}
    summary = found.summary
    filled.blocks += [
        {**head, **_block(block, fed)} for block, fed in zip(summary.blocks, found.fed, strict=True)
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


def _session_figures(found: SessionFigures) -> Row:
    summary = found.summary
    trained, poor = summary.trained(), summary.electrodes
    baselines = [b for b in summary.blocks if b.phase == "baseline" and b.ended_by]
    return {
        "status": summary.status,
        "through": summary.through,
        "blocks_planned": summary.n_planned,
        "train_blocks": len(trained),
        "recorded_seconds": summary.seconds,
        "train_seconds": sum(b.seconds for b in trained),
        "clean_seconds": sum(b.clean_seconds for b in trained),
        "paused_seconds": summary.paused_seconds,
        "held_share": summary.held_share,
        "gaps": summary.stream.n_gaps,
        "missing_seconds": summary.stream.missing_seconds,
        "poor_electrodes": None if poor is None else len(poor.poor),
        "baseline_mean": baselines[-1].mean if baselines else None,
        "train_mean": _weighted([(b.mean, b.clean_seconds) for b in trained]),
        **_changes(summary),
        "transfer": _transfer(summary),
        "fed_mean": _weighted(
            [
                (fed, b.clean_seconds)
                for b, fed in zip(summary.blocks, found.fed, strict=True)
                if b.phase == "train"
            ]
        ),
        "threshold": next((b.threshold for b in trained if b.threshold is not None), None),
        "threshold_end": next(
            (b.threshold_end for b in reversed(trained) if b.threshold_end is not None), None
        ),
        "target_rate": summary.target_rate,
        "success_rate": summary.success_rate,
        "rewards": summary.rewards,
        "donor": found.donor,
    }


def _transfer(summary: SessionSummary) -> float | None:
    means = [b.mean for b in summary.blocks if b.phase == "transfer" and b.mean is not None]
    return means[-1] - means[0] if len(means) > 1 else None


def _changes(summary: SessionSummary) -> Row:
    row: Row = {}
    for change in summary.changes:
        row |= _change(_CHANGES[change.kind], change)
    return row


def _change(stem: str, change: Change) -> Row:
    low, high = change.interval or (None, None)
    return {
        stem: change.value,
        f"{stem}_error": change.error,
        f"{stem}_low": low,
        f"{stem}_high": high,
        f"{stem}_dof": change.dof,
    }


def _block(block: Block, fed: float | None) -> Row:
    return {
        "block": block.number,
        "phase": block.phase,
        "attempt": block.attempt,
        "ended_by": block.ended_by or None,
        "start": block.start,
        "seconds": block.seconds,
        "clean_seconds": block.clean_seconds,
        "mean": block.mean,
        "error": block.error,
        "refitted": block.refitted,
        "fed_mean": fed,
        "threshold": block.threshold,
        "threshold_end": block.threshold_end,
        "success_rate": block.success_rate,
        "rewards": block.rewards,
    }


def _asked(layout: SessionLayout) -> Row:
    """Return what was asked after the session and is kept beside it."""
    row: Row = {}
    for guess in guesses(layout):  # the last one of each counts
        row[f"guess_{guess.by}"] = guess.belief
        row[f"confidence_{guess.by}"] = guess.confidence
    debrief = read_debrief(layout)
    row["effects_asked"] = debrief is not None and debrief.effects is not None
    if debrief is not None:
        row["strategy"] = debrief.strategy or None
    if debrief is None or debrief.effects is None:
        return row
    told = {e.kind: 1 + SEVERITIES.index(e.severity) for e in debrief.effects}
    return {**row, **{effect_column(kind): told.get(kind, 0) for kind in EFFECTS}}


def _answers(index: Index, code: str, arm: str | None, allocated: Allocated) -> Iterator[Row]:
    numbers = {e["folder"]: i for i, e in enumerate(_sessions_of(allocated, code), start=1)}
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


def _weighted(pairs: Sequence[tuple[float | None, float]]) -> float | None:
    known = [(value, weight) for value, weight in pairs if value is not None and weight > 0.0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total > 0.0 else None
