"""What a trial came to, as plain numbers: from its tables alone.

Responsible for the figures of the report, section by section. Not responsible for tests of learning
(`trial.learning`), nor for how they are told (`trial.report_page`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

import numpy as np

from neurofeedback.recording.debrief import EFFECTS, SEVERITIES
from neurofeedback.study.blinding import blinding_index, study_blinding
from neurofeedback.trial.collect import TrialTables
from neurofeedback.trial.columns import effect_column
from neurofeedback.trial.learning import Learner, compare, learners, welch
from neurofeedback.trial.mixed_model import mixed_model
from neurofeedback.trial.tables import Row, Table, Value

NO_ARM = "-"
ASKED = ("participant", "operator")


def trial_report(trial: TrialTables, *, with_model: bool = False) -> dict[str, Any]:
    """Return the report of a trial as plain JSON types.

    Parameters
    ----------
    trial : TrialTables
    with_model : bool
        Whether a mixed model is fitted as well.

    Raises
    ------
    UserError
        If a mixed model is wanted and cannot be had.
    """
    direction = str(trial.facts.get("measure", {}).get("direction", "up"))
    sessions = trial.tables["sessions"]
    people = learners(sessions, direction)
    report = {
        "study": {k: trial.facts[k] for k in ("name", "study", "written", "masked", "measure")},
        "flow": _flow(trial),
        "dose": _dose(trial),
        "learning": {
            "participants": [asdict(one) for one in people],
            "comparisons": [asdict(one) for one in compare(people)],
            "blocks": _courses(trial),
        },
        "regulation": _regulation(trial, people),
        "holds": _holds(trial),
        "blinding": None if trial.masked else _blinding(sessions),
        "effects": _effects(sessions),
        "outcomes": _outcomes(trial, people),
        "not_as_allocated": [
            row["folder"] for row in sessions.rows if row.get("as_allocated") is False
        ],
        "problems": [
            {"folder": row["folder"], "problem": row["problem"]}
            for row in sessions.rows
            if row.get("problem") is not None
        ],
    }
    if with_model:
        report["model"] = asdict(mixed_model(sessions, direction))
    plain: dict[str, Any] = _plain(report)
    return plain


def arms_of(table: Table) -> dict[str, list[Row]]:
    """Return the rows of a table by arm, the control last; those without an arm under a dash."""
    found: dict[str, list[Row]] = {}
    for row in table.rows:
        found.setdefault(str(row.get("arm") or NO_ARM), []).append(row)
    order = sorted(found, key=lambda arm: (arm == NO_ARM, arm == "control", arm))
    return {arm: found[arm] for arm in order}


def _flow(trial: TrialTables) -> dict[str, Any]:
    sessions = trial.tables["sessions"]
    analysed = {r["participant"] for r in sessions.rows if r.get("change") is not None}
    arms = {}
    for arm, rows in arms_of(trial.tables["participants"]).items():
        arms[arm] = {
            "allocated": len(rows),
            "started": sum(bool(r.get("sessions")) for r in rows),
            "through_once": sum(bool(r.get("sessions_through")) for r in rows),
            "analysed": sum(r["participant"] in analysed for r in rows),
            "withdrawn": sum(r.get("withdrawn") is not None for r in rows),
            "unblinded": sum(bool(r.get("unblinded")) for r in rows),
        }
    return {"strata": trial.facts["strata"], "arms": arms}


def _dose(trial: TrialTables) -> dict[str, Any]:
    columns = ("sessions", "sessions_through", "train_minutes", "clean_minutes")
    return {
        arm: {name: _spread(_numbers(rows, name)) for name in columns}
        for arm, rows in arms_of(trial.tables["participants"]).items()
    }


def _courses(trial: TrialTables) -> list[dict[str, Any]]:
    """Return the means of training by arm and session, as they are drawn, with what rest was."""
    found = []
    for arm, rows in arms_of(trial.tables["sessions"]).items():
        for number in sorted({int(r["session"] or 0) for r in rows}):
            here = [r for r in rows if r["session"] == number]
            found.append(
                {
                    "arm": arm,
                    "session": number,
                    "n": len(here),
                    "baseline": _mean(_numbers(here, "baseline_mean")),
                    "training": _mean(_numbers(here, "train_mean")),
                    "blocks": _block_means(trial.tables["blocks"], arm, number),
                }
            )
    return found


def _block_means(blocks: Table, arm: str, session: int) -> list[float | None]:
    """Return the mean over participants of each training block of a session, in order."""
    own: dict[Value, list[float]] = {}
    for row in blocks.rows:
        here = str(row.get("arm") or NO_ARM) == arm and row["session"] == session
        if here and row["phase"] == "train" and isinstance(row.get("mean"), float):
            own.setdefault(row["block"], []).append(float(row["mean"] or 0.0))
    return [_mean(values) for _, values in sorted(own.items(), key=lambda item: int(item[0] or 0))]


def _regulation(trial: TrialTables, people: Sequence[Learner]) -> dict[str, Any]:
    found = {}
    for arm, rows in arms_of(trial.tables["sessions"]).items():
        own = [one for one in people if (one.arm or NO_ARM) == arm]
        found[arm] = {
            "sessions": len(rows),
            "clear_sessions": sum(one.clear for one in own),
            "people_clear_once": sum(one.clear > 0 for one in own),
            "success_rate": _spread(_numbers(rows, "success_rate")),
            "target_rate": _spread(_numbers(rows, "target_rate")),
            "rewards": _spread(_numbers(rows, "rewards")),
            "fed": _spread(_numbers(rows, "fed_mean")),
            "own": _spread(_numbers(rows, "train_mean")),
        }
    return found


def _holds(trial: TrialTables) -> dict[str, Any]:
    sessions, causes = trial.tables["sessions"], trial.tables["holds"]
    by_arm = arms_of(sessions)
    found: dict[str, Any] = {}
    for arm, rows in by_arm.items():
        own = [r for r in causes.rows if str(r.get("arm") or NO_ARM) == arm]
        kinds = sorted({str(r["cause"]).split(" ")[0] for r in own})
        found[arm] = {
            "held_share": _spread(_numbers(rows, "held_share")),
            "gaps": sum(_numbers(rows, "gaps")),
            "poor_electrodes": _spread(_numbers(rows, "poor_electrodes")),
            "share_by_cause": {
                kind: sum(
                    float(r["share"] or 0.0) for r in own if str(r["cause"]).split(" ")[0] == kind
                )
                / len(rows)
                for kind in kinds
            },
        }
    return {"arms": found, "comparison": _compared_holds(sessions)}


def _compared_holds(sessions: Table) -> dict[str, float] | None:
    """Compare the share that was held between two arms, by participants."""
    from scipy.special import stdtr

    means: dict[str, list[float]] = {}
    for (arm, _), rows in groupby(sessions.rows, key=lambda r: (r.get("arm"), r["participant"])):
        shares = _numbers(list(rows), "held_share")
        if arm is not None and shares:
            means.setdefault(str(arm), []).append(sum(shares) / len(shares))
    if len(means) != 2 or min(map(len, means.values())) < 2:
        return None
    first, second = (np.array(means[arm]) for arm in sorted(means))
    tested = welch(first, second)
    if tested is None:
        return None
    _, t, dof = tested
    return {"t": t, "dof": dof, "p": float(2.0 * stdtr(dof, -abs(t)))}


def _blinding(sessions: Table) -> list[dict[str, Any]]:
    """Return the indices at the end, then by session, of whoever was asked."""
    found = []
    numbers = sorted({int(r["session"] or 0) for r in sessions.rows})
    for by in ASKED:
        rows = [r for r in sessions.rows if r.get(f"guess_{by}") and r.get("arm")]
        last = list({r["participant"]: r for r in rows}.values())
        found.append(_indices("last", by, last))
        found += [_indices(n, by, [r for r in rows if r["session"] == n]) for n in numbers]
    return [one for one in found if one["arms"]]


def _indices(when: str | int, by: str, rows: Sequence[Row]) -> dict[str, Any]:
    arms = []
    for arm in sorted({str(r["arm"]) for r in rows}, key=lambda a: (a == "control", a)):
        own = [r for r in rows if r["arm"] == arm]
        beliefs = [str(r[f"guess_{by}"]) for r in own]
        sure = [float(r.get(f"confidence_{by}") or 0.0) for r in own]
        arms.append(blinding_index(arm, by, beliefs, sure))
    study = study_blinding(by, [(i.right, i.wrong, i.n) for i in arms])
    return {
        "when": when,
        "by": by,
        "arms": [asdict(index) for index in arms],
        "study": asdict(study),
    }


def _effects(sessions: Table) -> dict[str, Any]:
    found = {}
    for arm, rows in arms_of(sessions).items():
        asked = [r for r in rows if r.get("effects_asked")]
        kinds = {}
        for kind in EFFECTS:
            hit = [r for r in asked if isinstance(r.get(effect_column(kind)), int)]
            hit = [r for r in hit if int(r[effect_column(kind)] or 0) > 0]
            worst = max((int(r[effect_column(kind)] or 0) for r in hit), default=0)
            kinds[kind] = {
                "sessions": len(hit),
                "participants": len({r["participant"] for r in hit}),
                "worst": SEVERITIES[worst - 1] if worst else "none",
            }
        found[arm] = {"sessions": len(rows), "asked": len(asked), "kinds": kinds}
    return found


def _outcomes(trial: TrialTables, people: Sequence[Learner]) -> list[dict[str, Any]]:
    """Return questionnaires with a total: first and last answer by arm, and beside regulation."""
    regulated = {p.participant: p.regulation.value for p in people if p.regulation is not None}
    found = []
    totals = {
        (str(r["instrument"]), str(r["participant"]), str(r["taken"])): r
        for r in trial.tables["answers"].rows
        if r.get("total") is not None
    }
    ordered = sorted(totals.items())
    for instrument, group in groupby(ordered, key=lambda item: item[0][0]):
        rows = [row for _, row in group]
        pairs = list(_first_and_last(rows))
        arms = {}
        for arm in sorted({arm for _, arm, _, _ in pairs}, key=lambda a: (a == "control", a)):
            own = [(first, last) for _, a, first, last in pairs if a == arm]
            arms[arm] = {
                "n": len(own),
                "first": _spread([f for f, _ in own]),
                "last": _spread([last for _, last in own]),
                "change": _spread([last - f for f, last in own]),
            }
        both = [(regulated[c], last - f) for c, _, f, last in pairs if c in regulated]
        found.append(
            {"instrument": instrument, "arms": arms, "with_regulation": _correlation(both)}
        )
    return found


def _first_and_last(rows: Sequence[Row]) -> Iterator[tuple[str, str, float, float]]:
    for code, group in groupby(rows, key=lambda r: str(r["participant"])):
        own = list(group)
        if len(own) >= 2:
            first, last = (float(own[i]["total"] or 0) for i in (0, -1))
            yield code, str(own[0].get("arm") or NO_ARM), first, last


def _correlation(pairs: Sequence[tuple[float, float]]) -> dict[str, Any] | None:
    """Return Spearman's rank correlation with its 95 % interval by Fisher's transformation."""
    if len(pairs) < 4:
        return None
    from scipy.stats import rankdata

    x, y = (rankdata(side) for side in zip(*pairs, strict=True))
    if not x.std() or not y.std():
        return None
    r = float(np.corrcoef(x, y)[0, 1])
    z = math.atanh(min(max(r, -0.999999), 0.999999))
    half = 1.96 * math.sqrt((1.0 + r * r / 2.0) / (len(pairs) - 3))  # Bonett and Wright 2000
    return {"n": len(pairs), "r": r, "low": math.tanh(z - half), "high": math.tanh(z + half)}


def _numbers(rows: Sequence[Mapping[str, Any]], column: str) -> list[float]:
    values = (row.get(column) for row in rows)
    return [float(v) for v in values if isinstance(v, int | float) and math.isfinite(v)]


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    """Return number, mean, standard deviation, median and range of values; None of none."""
    if not values:
        return None
    found = np.array(values)
    return {
        "n": len(values),
        "mean": float(found.mean()),
        "sd": float(found.std(ddof=1)) if len(values) > 1 else math.nan,
        "median": float(np.median(found)),
        "min": float(found.min()),
        "max": float(found.max()),
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _plain(value: Any) -> Any:
    """Return plain JSON types: what is no number is missing."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
