"""The boxes of the checklist that a study and its participants answer.

Responsible for what these boxes say. Not responsible for those that a protocol answers by itself
(`checklist_setup`), nor for those that figures answer (`checklist_figures`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from neurofeedback.protocols.run.control import FED
from neurofeedback.scales.own import EXPECTANCY, STRATEGIES, TODAY
from neurofeedback.session.explain.protocol_words import control_in_words
from neurofeedback.trial.checklist_items import DOUBLE_BLIND
from neurofeedback.trial.checklist_value import (
    ANSWERS,
    AUTHOR,
    FILLED,
    PART,
    PROTOCOL,
    SEALED,
    SESSIONS,
    STUDY,
    Evidence,
    Filled,
)
from neurofeedback.trial.tables import Row
from neurofeedback.words.message import Message, joined

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
    text = [control_in_words(known.spec)]
    if known.tables.facts["n_arms"] > len(FED):
        text.append(Message("A third group is in standard care, without feedback."))
    return Filled(FILLED, joined(text), (PROTOCOL, STUDY), "Yes")


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
    shown = [r for r in known.tables.tables["sessions"].rows if r.get("feedback_shown")]
    if shown:
        text.append(
            Message(
                "Operators were shown what was fed back, for a logged reason, in {n} sessions, of "
                "{codes}.",
                n=len(shown),
                codes=", ".join(sorted({str(r["participant"]) for r in shown})),
            )
        )
    if known.tables.facts["n_arms"] > len(FED):
        text.append(Message("Whoever is in standard care knows it, and so do operators."))
    author = Message("Say whether anybody learned an arm in another way.")
    return Filled(PART, joined(text), (STUDY, SESSIONS), DOUBLE_BLIND, author)


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
        return Filled(PART, said, (ANSWERS,), "Yes", SEALED)
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
    facts = known.tables.facts
    if facts["n_arms"] > len(FED):
        text = Message(
            "{n} of {all} participants were in standard care, by the sealed list, and had no "
            "sessions.",
            n=facts["standard_care"],
            all=len(known.tables.tables["participants"].rows),
        )
        author = Message(
            "Say what standard care was, and whether the other groups were compared with it as a "
            "benchmark for improvement."
        )
        return Filled(PART, text, (STUDY,), author=author)
    text = Message("The list of the study has {n} arms.", n=facts["n_arms"])
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
    "7a": _uploaded,
}
