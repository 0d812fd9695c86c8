"""The report of a trial as a page that a person reads.

Responsible for its words and tables. Not responsible for its figures (`trial.report`), nor for the
form of a page (`trial.page`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from neurofeedback.trial.drawing import course_svg
from neurofeedback.trial.page import Drawing, Grid, Heading, Part, Sentence
from neurofeedback.words.message import Message

_OUTCOMES = {
    "regulation": Message("Regulation: from baseline to training, mean of the sessions (primary)"),
    "within": Message("Within sessions: slope through training, a minute"),
    "across": Message("Across sessions: slope of the training means, a session"),
    "transfer": Message("Without feedback: from the first to the last transfer block"),
    "baseline": Message("Resting: slope of the baselines, a session"),
}
_ASKED = {"participant": Message("participant"), "operator": Message("operator")}
_NOTHING = "\u2013"


def report_parts(report: Mapping[str, Any]) -> list[Part]:
    """Return the page of a report; see `trial.report.trial_report`."""
    study = report["study"]
    parts: list[Part] = [
        Heading(Message("Report of the study {name}", name=study["name"]), 1),
        Sentence(Message("From the tables of {when}.", when=study["written"])),
    ]
    if study["masked"]:
        parts.append(
            Sentence(
                Message(
                    "The study is not unblinded: letters stand for the arms, and what was fed back "
                    "and what people believe is left out."
                )
            )
        )
    sections = (_flow, _dose, _learning, _model, _regulation, _holds, _blinding, _effects,
                _outcomes, _problems)  # fmt: skip
    return [*parts, *(part for section in sections for part in section(report))]


def _flow(report: Mapping[str, Any]) -> Iterator[Part]:
    flow = report["flow"]
    yield Heading(Message("Participants"))
    yield Grid(
        [Message("stratum"), Message("places"), Message("taken")],
        [[s, str(n["places"]), str(n["taken"])] for s, n in flow["strata"].items()],
    )
    names = ("allocated", "started", "through_once", "analysed", "withdrawn", "unblinded")
    yield Grid(
        [Message("arm"), Message("allocated"), Message("started"), Message("one session whole"),
         Message("analysed"), Message("withdrawn"), Message("opened before the end")],
        [[arm, *(str(row[n]) for n in names)] for arm, row in flow["arms"].items()],
    )  # fmt: skip


def _dose(report: Mapping[str, Any]) -> Iterator[Part]:
    yield Heading(Message("Adherence and dose"))
    yield Sentence(Message("For each participant: mean (least to most)."))
    yield Grid(
        [Message("arm"), Message("sessions started"), Message("sessions whole"),
         Message("training, min"), Message("training that was not held, min")],
        [
            [arm, *(_range(row[n], 1) for n in
                    ("sessions", "sessions_through", "train_minutes", "clean_minutes"))]
            for arm, row in report["dose"].items()
        ],
    )  # fmt: skip


def _learning(report: Mapping[str, Any]) -> Iterator[Part]:
    learning, measure = report["learning"], report["study"]["measure"]
    yield Heading(Message("Learning"))
    yield Sentence(
        Message(
            "The measure is {name}, in {unit}; positive is the direction that is trained "
            "({direction}). It is the participant's own in every arm, whatever was fed back.",
            name=measure.get("label") or measure.get("name", _NOTHING),
            unit=measure.get("unit", _NOTHING),
            direction=measure.get("direction", _NOTHING),
        )
    )
    yield Heading(Message("Between arms"), 3)
    yield Sentence(
        Message(
            "Each participant counts once. Welch's test with its 95 % interval; p by giving out "
            "the arms anew; p of secondary outcomes by Holm."
        )
    )
    yield Grid(
        [Message("outcome"), Message("arms"), Message("n"), Message("difference"), "t (dof)", "p",
         Message("p, allocated anew"), Message("p, Holm"), "g"],
        [_compared(row) for row in learning["comparisons"]],
    )  # fmt: skip
    if svg := course_svg(learning["blocks"]):
        yield Drawing(
            svg,
            Message(
                "Means of training blocks (dots) and baselines (squares) by session and arm; the "
                "thin line joins the means of sessions."
            ),
        )
    yield Grid(
        [Message("arm"), Message("session"), Message("n"), Message("baseline"),
         Message("training"), Message("training blocks")],
        [
            [c["arm"], str(c["session"]), str(c["n"]), _number(c["baseline"]),
             _number(c["training"]), ", ".join(_number(v) for v in c["blocks"])]
            for c in learning["blocks"]
        ],
    )  # fmt: skip
    yield Heading(Message("Participants one by one"), 3)
    yield Sentence(
        Message(
            "With 99 % intervals, corrected for how sessions go together (degrees of freedom after "
            "that)."
        )
    )
    yield Grid(
        [Message("participant"), Message("arm"), Message("sessions"), *_OUTCOMES.values(),
         Message("sessions clear by themselves")],
        [
            [p["participant"], p["arm"] or _NOTHING, str(p["n"]),
             *(_estimate(p[name]) for name in _OUTCOMES), str(p["clear"])]
            for p in learning["participants"]
        ],
    )  # fmt: skip


def _compared(row: Mapping[str, Any]) -> list[str]:
    return [
        _OUTCOMES[row["outcome"]],
        Message("{first} minus {second}", first=row["first"], second=row["second"]),
        f"{row['n_first']}, {row['n_second']}",
        f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})",
        f"{row['t']:.2f} ({row['dof']:.1f})",
        _p(row["p"]),
        _p(row["p_permuted"]),
        _NOTHING if row["p_holm"] is None else _p(row["p_holm"]),
        f"{row['g']:+.2f}",
    ]


def _model(report: Mapping[str, Any]) -> Iterator[Part]:
    model = report.get("model")
    if model is None:
        return
    yield Heading(Message("Mixed model"), 3)
    yield Sentence(
        Message(
            "{formula}; {people} participants, {sessions} sessions. This is beside the comparison "
            "above, and holds as far as its assumptions do:",
            formula=model["formula"],
            people=model["n_people"],
            sessions=model["n_sessions"],
        )
    )
    yield from (Sentence(text) for text in model["assumptions"])
    yield Grid(
        [Message("effect"), Message("value"), "p"],
        [
            [e["name"], f"{e['value']:+.3f} ({e['low']:+.3f} to {e['high']:+.3f})", _p(e["p"])]
            for e in model["effects"]
        ],
    )


def _regulation(report: Mapping[str, Any]) -> Iterator[Part]:
    yield Heading(Message("Regulation success"))
    yield Grid(
        [Message("arm"), Message("sessions"), Message("clear by themselves"),
         Message("participants with one or more"), Message("success rate"), Message("aim"),
         Message("rewards a session"), Message("fed back"), Message("own measure")],
        [
            [arm, str(r["sessions"]), str(r["clear_sessions"]), str(r["people_clear_once"]),
             *(_range(r[n], 2) for n in ("success_rate", "target_rate", "rewards", "fed", "own"))]
            for arm, r in report["regulation"].items()
        ],
    )  # fmt: skip
    yield Sentence(
        Message(
            "The threshold follows what is fed back, so that success rate and rewards say how much "
            "was rewarded, not how much was learned."
        )
    )


def _holds(report: Mapping[str, Any]) -> Iterator[Part]:
    holds = report["holds"]
    yield Heading(Message("Holds and artefacts"))
    yield Grid(
        [Message("arm"), Message("held, share of the time"), Message("gaps"),
         Message("poor electrodes"), Message("by cause, share of the time")],
        [
            [arm, _range(r["held_share"], 3), f"{r['gaps']:.0f}", _range(r["poor_electrodes"], 1),
             ", ".join(f"{k} {v:.3f}" for k, v in r["share_by_cause"].items()) or _NOTHING]
            for arm, r in holds["arms"].items()
        ],
    )  # fmt: skip
    if (test := holds["comparison"]) is not None:
        yield Sentence(
            Message(
                "Share that was held, between arms, each participant once: t = {t:.2f}, dof = "
                "{dof:.1f}, p = {p}.",
                t=test["t"],
                dof=test["dof"],
                p=_p(test["p"]),
            )
        )


def _blinding(report: Mapping[str, Any]) -> Iterator[Part]:
    yield Heading(Message("Blinding"))
    found = report["blinding"]
    if found is None:
        yield Sentence(Message("What people believe is compared with the arms after unblinding."))
        return
    if not found:
        yield Sentence(Message("Nobody was asked which arm it was."))
        return
    yield Sentence(
        Message(
            "Bang's index by arm: 0 is chance, 1 all right, -1 all wrong; James' index of both "
            "arms: 1 is complete blinding, 0.5 chance, 0 all right. With 95 % intervals that hold "
            "for few people."
        )
    )
    yield Grid(
        [Message("session"), Message("asked"), Message("arm"), Message("right, wrong, all"),
         Message("Bang's index"), Message("by confidence"), Message("James' index")],
        [row for one in found for row in _indices(one)],
    )  # fmt: skip


def _indices(one: Mapping[str, Any]) -> Iterator[list[str]]:
    study = one["study"]
    james = _interval(study["index"], study["low"], study["high"])
    for arm in one["arms"]:
        sure = (arm[n] for n in ("by_confidence", "by_confidence_low", "by_confidence_high"))
        when = Message("last of each") if one["when"] == "last" else str(one["when"])
        counts = f"{arm['right']}, {arm['wrong']}, {arm['n']}"
        index = _interval(arm["index"], arm["low"], arm["high"])
        yield [when, _ASKED[one["by"]], arm["arm"], counts, index, _interval(*sure), james]


def _effects(report: Mapping[str, Any]) -> Iterator[Part]:
    yield Heading(Message("Adverse effects"))
    yield Sentence(
        Message("Sessions and participants in which each was told, and the worst severity.")
    )
    arms = report["effects"]
    kinds = list(next(iter(arms.values()), {"kinds": {}})["kinds"])
    rows = [
        [Message("sessions in which somebody asked"), *(f"{a['asked']} / {a['sessions']}"
         for a in arms.values())],
        *([kind, *(_effect(a["kinds"][kind]) for a in arms.values())] for kind in kinds),
    ]  # fmt: skip
    yield Grid([Message("effect"), *arms], rows)


def _effect(found: Mapping[str, Any]) -> str:
    return f"{found['sessions']}, {found['participants']} ({found['worst']})"


def _outcomes(report: Mapping[str, Any]) -> Iterator[Part]:
    yield Heading(Message("Questionnaires"))
    if not report["outcomes"]:
        yield Sentence(Message("No questionnaire with a total was answered twice by anybody."))
        return
    rows = []
    for one in report["outcomes"]:
        for arm, r in one["arms"].items():
            rows.append([one["instrument"], arm, str(r["n"]),
                         *(_range(r[n], 1) for n in ("first", "last", "change"))])  # fmt: skip
    yield Grid(
        [Message("questionnaire"), Message("arm"), Message("n"), Message("first"),
         Message("last"), Message("change")],
        rows,
    )  # fmt: skip
    for one in report["outcomes"]:
        if (r := one["with_regulation"]) is not None:
            yield Sentence(
                Message(
                    "{scale}: change of the total and regulation go together with r = {r:+.2f} "
                    "({low:+.2f} to {high:+.2f}; Spearman, {n} participants of all arms).",
                    scale=one["instrument"],
                    r=r["r"],
                    low=r["low"],
                    high=r["high"],
                    n=r["n"],
                )
            )


def _problems(report: Mapping[str, Any]) -> Iterator[Part]:
    if report["not_as_allocated"]:
        yield Heading(Message("Sessions that were not given what was allocated"))
        yield Sentence(
            Message(
                "They are counted in the arm that was allocated; `study check` says what differs: "
                "{folders}.",
                folders=", ".join(report["not_as_allocated"]),
            )
        )
    if report["problems"]:
        yield Heading(Message("Sessions without figures"))
        yield Grid(
            [Message("session"), Message("reason")],
            [[p["folder"], p["problem"]] for p in report["problems"]],
        )


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return _NOTHING
    return f"{value:+.2f} ({low:+.2f} to {high:+.2f})"


def _estimate(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return _NOTHING
    if found["low"] is None:
        return f"{found['value']:+.3f}"
    interval = f"{found['low']:+.3f} to {found['high']:+.3f}"
    return f"{found['value']:+.3f} ({interval}; {found['dof']:.1f})"


def _range(found: Mapping[str, Any] | None, digits: int) -> str:
    if found is None:
        return _NOTHING
    mean, low, high = (found[name] for name in ("mean", "min", "max"))
    return f"{mean:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")
