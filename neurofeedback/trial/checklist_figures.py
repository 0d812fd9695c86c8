"""The boxes of the checklist that the figures of a study answer.

Responsible for what these boxes say. Not responsible for the figures (`trial.report`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neurofeedback.trial.checklist_value import (
    ANSWERS,
    AUTHOR,
    FILLED,
    PART,
    SEALED,
    SESSIONS,
    STUDY,
    Evidence,
    Filled,
)
from neurofeedback.trial.tables import Table
from neurofeedback.words.message import Message, joined


def _artefacts(known: Evidence) -> Filled:
    holds = known.figures["holds"]
    lines = [
        Message(
            "Arm {arm}: feedback was held for {share:.1%} of the time (mean of {n} sessions).",
            arm=arm,
            share=row["held_share"]["mean"],
            n=row["held_share"]["n"],
        )
        for arm, row in holds["arms"].items()
        if row["held_share"] is not None
    ]
    if not lines:
        return Filled(AUTHOR, author=Message("There are no sessions with figures."))
    if (test := holds["comparison"]) is not None:
        lines.append(
            Message(
                "Between arms, each participant once: Welch's t = {t:.2f}, dof = {dof:.1f}, p = "
                "{p:.3f}.",
                t=test["t"],
                dof=test["dof"],
                p=test["p"],
            )
        )
        return Filled(FILLED, joined(lines), (SESSIONS,), "Yes")
    author = Message("Compare arms; there are too few participants for the program to do so.")
    return Filled(PART, joined(lines), (SESSIONS,), author=author)


def _fed_back(known: Evidence) -> Filled:
    if known.tables.masked:
        return Filled(AUTHOR, author=SEALED)
    lines = [
        Message(
            "Arm {arm}: mean of what was fed back in training {fed:.3f}, of the participant's own "
            "measure {own:.3f} {unit} ({n} sessions).",
            arm=arm,
            fed=row["fed"]["mean"],
            own=row["own"]["mean"],
            unit=known.tables.facts["measure"].get("unit", ""),
            n=row["fed"]["n"],
        )
        for arm, row in known.figures["regulation"].items()
        if row["fed"] is not None and row["own"] is not None
    ]
    if not lines:
        return Filled(AUTHOR, author=Message("There are no sessions with figures."))
    where = Message(
        "By session and block they are in the tables, by frame and as painted in the recordings, "
        "which the unblinding key opens."
    )
    return Filled(FILLED, joined([*lines, where]), (SESSIONS,), "Yes")


def _success(known: Evidence) -> Filled:
    lines = [
        Message(
            "Arm {arm}: in {clear} of {n} sessions the change from baseline to training was clear "
            "by itself.",
            arm=arm,
            clear=row["clear_sessions"],
            n=row["own"]["n"],
        )
        for arm, row in known.figures["regulation"].items()
        if row["own"] is not None
    ]
    if not lines:
        return Filled(AUTHOR, author=Message("There are no sessions with figures."))
    means = [
        Message("Arm {arm}: mean regulation {mean:+.3f} (n = {n}).", arm=a, mean=m, n=n)
        for a, m, n in _mean_regulation(known)
    ]
    return Filled(FILLED, joined([*lines, *means]), (SESSIONS,), "Yes")


def _mean_regulation(known: Evidence) -> list[tuple[str, float, int]]:
    by_arm: dict[str, list[float]] = {}
    for one in known.figures["learning"]["participants"]:
        if one["regulation"] is not None and one["arm"] is not None:
            by_arm.setdefault(one["arm"], []).append(one["regulation"]["value"])
    return [(arm, sum(v) / len(v), len(v)) for arm, v in sorted(by_arm.items())]


def _plots(known: Evidence) -> Filled:
    if not any(c["training"] is not None for c in known.figures["learning"]["blocks"]):
        return Filled(AUTHOR, author=Message("There are no sessions with figures."))
    text = Message(
        "The report (`study report`) draws training blocks within each session, the means of "
        "sessions and the baselines before training, by arm."
    )
    if _rests_afterwards(known.tables.tables["blocks"]):
        return Filled(FILLED, text, (SESSIONS,), "Yes")
    after = Message("There is no resting baseline after training within a session.")
    author = Message("Plot resting baselines before and after the whole training, if recorded.")
    return Filled(PART, joined([text, after]), (SESSIONS,), "Partially", author)


def _rests_afterwards(blocks: Table) -> bool:
    trained: set[tuple[Any, Any]] = set()
    for row in blocks.rows:
        at = (row["participant"], row["session"])
        if row["phase"] == "train":
            trained.add(at)
        elif row["phase"] == "baseline" and at in trained:
            return True
    return False


def _compared(known: Evidence) -> Filled:
    primary = [c for c in known.figures["learning"]["comparisons"] if c["outcome"] == "regulation"]
    if not primary:
        text = Message("There are too few participants for a comparison of arms.")
        return Filled(AUTHOR, text, (SESSIONS,), author=Message("Compare the arms."))
    lines = [
        Message(
            "Regulation (from baseline to training, mean of a participant's sessions), {first} "
            "minus {second}: {difference:+.3f} ({low:+.3f} to {high:+.3f}), Welch's t = {t:.2f}, "
            "dof = {dof:.1f}, p = {p:.3f}, n = {n_first} and {n_second}.",
            **{k: c[k] for k in ("first", "second", "difference", "low", "high", "t", "dof", "p",
                                 "n_first", "n_second")},
        )
        for c in primary
    ]  # fmt: skip
    return Filled(FILLED, joined(lines), (SESSIONS, STUDY), "Yes")


def _clinical(known: Evidence) -> Filled:
    lines = [
        Message(
            "{scale}, arm {arm}: total {first:.1f} at first, {last:.1f} at last (n = {n}).",
            scale=one["instrument"],
            arm=arm,
            first=row["first"]["mean"],
            last=row["last"]["mean"],
            n=row["n"],
        )
        for one in known.figures["outcomes"]
        for arm, row in one["arms"].items()
    ]
    author = Message(
        "Say which measure was defined beforehand as significant, and whether it was reached."
    )
    if not lines:
        text = Message("No questionnaire with a total was answered twice with the program.")
        return Filled(AUTHOR, text, (ANSWERS,), author=author)
    return Filled(PART, joined(lines), (ANSWERS,), author=author)


def _correlated(known: Evidence) -> Filled:
    found = [o for o in known.figures["outcomes"] if o["with_regulation"] is not None]
    lines = [
        Message(
            "{scale}: change of the total and regulation, Spearman's r = {r:+.2f} ({low:+.2f} to "
            "{high:+.2f}, n = {n}).",
            scale=o["instrument"],
            **{k: o["with_regulation"][k] for k in ("r", "low", "high", "n")},
        )
        for o in found
    ]
    if not lines:
        text = Message(
            "The program correlates only where four participants or more answered a questionnaire "
            "with a total twice."
        )
        author = Message("Correlate regulation success with the outcomes of the study.")
        return Filled(AUTHOR, text, (ANSWERS,), author=author)
    return Filled(FILLED, joined(lines), (ANSWERS, SESSIONS), "Yes")


FIGURES: dict[str, Callable[[Evidence], Filled]] = {
    "3e": _artefacts,
    "4d": _fed_back,
    "5a": _success,
    "5b": _plots,
    "5c": _compared,
    "6a": _clinical,
    "6b": _correlated,
}
