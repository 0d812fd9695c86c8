"""The boxes of the checklist that a study and its participants answer.

Responsible for what these boxes say. Not responsible for those that a protocol answers by itself
(`checklist_setup`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from neurofeedback.scales.own import EXPECTANCY, STRATEGIES, TODAY
from neurofeedback.session.explain.protocol_words import control_in_words
from neurofeedback.trial.checklist_items import DOUBLE_BLIND
from neurofeedback.trial.checklist_value import (
    ANSWERS,
    AUTHOR,
    FILLED,
    PART,
    PROTOCOL,
    SESSIONS,
    STUDY,
    Evidence,
    Filled,
)
from neurofeedback.trial.tables import Row, Table
from neurofeedback.words.message import Message, joined

_SEALED = Message(
    "What was fed back is sealed until the whole list is unblinded; write the tables again then."
)

_WHO = {"participant": Message("participants"), "operator": Message("operators")}


def _registered(known: Evidence) -> Filled:
    text = Message(
        "The protocol was fixed when the study was made (SHA-256 of its meaning {hash}). That is "
        "no registration.",
        hash=known.tables.facts["protocol_hash"],
    )
    return Filled(AUTHOR, text, (STUDY,), author=Message("Name the registration, with a link."))


def _size(known: Evidence) -> Filled:
    strata = known.tables.facts["strata"].values()
    text = Message(
        "The list has {places} places, of which {taken} were taken.",
        places=sum(s["places"] for s in strata),
        taken=sum(s["taken"] for s in strata),
    )
    author = Message("Describe the sampling plan and justify the size of the sample.")
    return Filled(AUTHOR, text, (STUDY,), author=author)


def _control(known: Evidence) -> Filled:
    if known.spec.control is None:
        return Filled(FILLED, Message("The protocol has no control arm."), (PROTOCOL,), "No")
    return Filled(FILLED, control_in_words(known.spec), (PROTOCOL, STUDY), "Yes")


def _double_blind(known: Evidence) -> Filled:
    opened = [u for u in known.tables.facts["unblindings"] if u.get("participant") is not None]
    text = [
        Message(
            "Arms were allocated by a sealed list; the program showed the arm neither to "
            "participants nor to operators, and what was fed back on the participant's display "
            "alone."
        )
    ]
    if opened:
        text.append(
            Message(
                "Unblinded before the whole list was: {codes}.",
                codes=", ".join(sorted({str(u["participant"]) for u in opened})),
            )
        )
    author = Message("Say whether anybody learned an arm in another way.")
    return Filled(PART, joined(text), (STUDY,), DOUBLE_BLIND, author)


def _raters(known: Evidence) -> Filled:
    n = len({r["response"] for r in known.tables.tables["answers"].rows})
    text = Message("{n} questionnaires were filled in with the program.", n=n) if n else ""
    author = Message("Say who rated the outcomes and whether they knew the arms.")
    return Filled(AUTHOR, text, (ANSWERS,) if n else (), author=author)


def _analysts(known: Evidence) -> Filled:
    text = (
        Message("These tables have letters in the place of arms: the list was not unblinded yet.")
        if known.tables.masked
        else Message("These tables were written after the list was unblinded and name the arms.")
    )
    author = Message("Say whether the analysis was done on tables with letters.")
    return Filled(AUTHOR, text, (STUDY,), author=author)


def _remained_blind(known: Evidence) -> Filled:
    rows = known.tables.tables["sessions"].rows
    asked = {
        by: len({r["participant"] for r in rows if r.get(f"guess_{by}")})
        for by in ("participant", "operator")
    }
    if not any(asked.values()):
        text = Message("No guess of the arm was recorded with the program.")
        author = Message("Say whether participants and operators were asked in another way.")
        return Filled(AUTHOR, text, (SESSIONS,), author=author)
    said = Message(
        "After sessions the arm was guessed with a confidence: by {participants} participants, and "
        "by operators about {operators}.",
        participants=asked["participant"],
        operators=asked["operator"],
    )
    indices = [_index(i) for one in known.figures["blinding"] or () if one["when"] == "last"
               for i in one["arms"]]  # fmt: skip
    if known.tables.masked:
        return Filled(PART, said, (ANSWERS,), "Yes", _SEALED)
    return Filled(FILLED, joined([said, *indices]), (ANSWERS, STUDY), "Yes")


def _index(found: Mapping[str, Any]) -> Message:
    return Message(
        "Bang's index of the last guess, {who}, {arm} arm: {index:+.2f} ({low:+.2f} to "
        "{high:+.2f}, n = {n}).",
        who=_WHO[found["by"]],
        arm=found["arm"],
        index=found["index"],
        low=found["low"],
        high=found["high"],
        n=found["n"],
    )


def _standard_care(known: Evidence) -> Filled:
    text = Message("The list of the study has {n} arms.", n=known.tables.facts["n_arms"])
    author = Message(
        "Say whether this is a study of clinical efficacy and whether one of its groups had "
        "standard care."
    )
    return Filled(AUTHOR, text, (STUDY,), author=author)


def _psychosocial(known: Evidence) -> Filled:
    counts = [c for i in (EXPECTANCY, TODAY) if (c := _asked(known, i.key, i.title)) is not None]
    if not counts:
        text = Message("Neither expectancy nor motivation was recorded with the program.")
        author = Message("Say whether psychosocial factors were recorded in another way.")
        return Filled(AUTHOR, text, (ANSWERS,), author=author)
    text = joined(
        [*counts, Message("Both were made for this program and are not validated.")]
        if len(counts) > 1
        else [*counts, Message("It was made for this program and is not validated.")]
    )
    return Filled(FILLED, text, (ANSWERS,), "Yes")


def _asked(known: Evidence, key: str, title: str) -> Message | None:
    rows = [r for r in known.tables.tables["answers"].rows if r["instrument"] == key]
    if not rows:
        return None
    return Message(
        "{title!r}: {n} responses of {people} participants.",
        title=title,
        n=len({r["response"] for r in rows}),
        people=len({r["participant"] for r in rows}),
    )


def _strategies_used(known: Evidence) -> Filled:
    rows = [r for r in known.tables.tables["answers"].rows if r["instrument"] == STRATEGIES.key]
    free = [r for r in known.tables.tables["sessions"].rows if r.get("strategy")]
    if not rows and not free:
        text = Message("No strategy was recorded with the program.")
        author = Message("Say whether strategies were recorded in another way.")
        return Filled(AUTHOR, text, (ANSWERS,), author=author)
    said = [
        Message(
            "{strategy}: now and then in {some}, most of the time in {most} of {n} responses.",
            strategy=item.text,
            some=_count(rows, number, 1),
            most=_count(rows, number, 2),
            n=len({r["response"] for r in rows}),
        )
        for number, item in enumerate(STRATEGIES.items, start=1)
        if rows
    ]
    if free:
        said.append(
            Message("In {n} sessions participants also said it in their own words.", n=len(free))
        )
    return Filled(FILLED, joined(said), (ANSWERS,), "Yes")


def _count(rows: Iterable[Row], item: int, answer: int) -> int:
    return sum(r["item"] == item and r["answer"] == answer for r in rows)


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
        return Filled(AUTHOR, author=_SEALED)
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


def _uploaded(known: Evidence) -> Filled:
    text = Message(
        "There are to upload: the tables with their data dictionary, the report, the protocol, the "
        "recordings as de-identified bundles (`export --to bundle`), and this program."
    )
    return Filled(AUTHOR, text, (STUDY,), author=Message("Upload them, and give the link."))


TRIAL: dict[str, Callable[[Evidence], Filled]] = {
    "1a": _registered,
    "1b": _size,
    "2a": _control,
    "2b": _double_blind,
    "2c.rater": _raters,
    "2c.stat": _analysts,
    "2d": _remained_blind,
    "2e": _standard_care,
    "3a": _psychosocial,
    "3c": _strategies_used,
    "3e": _artefacts,
    "4d": _fed_back,
    "5a": _success,
    "5b": _plots,
    "5c": _compared,
    "6a": _clinical,
    "6b": _correlated,
    "7a": _uploaded,
}
