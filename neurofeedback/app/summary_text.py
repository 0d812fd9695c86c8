"""The summary of a session in words, for the page, the paper and the command line.

Responsible for wording and for numbers as a person reads them, each with its unit. Not responsible
for any figure (`report.summary`) nor for layout. Knows no Qt.

Longer than most modules: a sentence for each figure of a summary, in its order; no function is
long.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.app.debrief_words import effect_with_severity
from neurofeedback.app.states import PHASES, clock, hold_in_words, percent, rate
from neurofeedback.app.summary_numbers import (
    DASH,
    clarity,
    share_words,
    signed,
    unit_words,
    with_error,
    with_uncertainty,
)
from neurofeedback.errors import UserError
from neurofeedback.recording.debrief import read_debrief
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.report.summary_parts import (
    LEAST_SCORED,
    Block,
    Estimator,
    SessionSummary,
    TrueRewards,
)
from neurofeedback.signal.power.bands import band_in_words
from neurofeedback.signal.wording import ESTIMATORS
from neurofeedback.words.language import later, number, tr, tr_n
from neurofeedback.words.plain import plain

MOST_HOLDS = 5
ERRORS = 1.96  # standard errors to either side, 95 %

CHANGES = {
    "baseline": later("Training against the baseline"),
    "last-first": later("Last round against the first"),
    "slope": later("Trend during training, per minute"),
}
DIRECTIONS = {"up": later("up"), "down": later("down")}
RULES = {
    "target-rate": later("target rate"),
    "fixed": later("fixed"),
    "percentile": later("percentile"),
    "mean-sd": later("mean and SD"),
    "staircase": later("staircase"),
    "continuous": later("continuous"),
    "manual": later("by the operator"),
}
ENDS = {
    "": later("cut short"), "skip": later("skipped"), "repeat": later("repeated"),
    "redo-baseline": later("ended to repeat the baseline"), "abort": later("ended by the operator"),
}  # fmt: skip
LIGHTS = {"fair": later("fair"), "bad": later("bad")}
PLACES = {"beginning": later("beginning"), "middle": later("middle"), "end": later("end")}
SEALED = later(
    "Part of a blinded study: feedback is sealed. The feedback, the rewards and the "
    "brain's own measure are not shown until the study is unblinded."
)
CLAIM = later("A research and training tool. Not a medical device; it does not diagnose or treat.")
BLOCK_COLUMNS = (
    later("block"), later("length"), later("clean"), later("mean \u00b1 SE"), later("threshold"),
    later("past it"), later("rewards"),
)  # fmt: skip


def measure_lines(summary: SessionSummary) -> list[str]:
    """Say what the numbers are: formula, reference, unit, window and delay."""
    measure = summary.measure
    if measure is None:
        return [tr("This version cannot read the protocol, so there is no measure.")]
    name = measure.name.upper()
    known = {
        "unit": unit_words(measure.unit),
        "window": number(measure.window, ".2f"),
        "delay": number(measure.delay, ".2f"),
    }
    return [
        f"{name} = {tr(measure.label)}",
        tr(
            "unit {unit}, window {window} s, delay {delay} s; trained {direction}",
            direction=tr(DIRECTIONS[measure.direction]),
            **known,
        )
        if measure.trained
        else tr(
            "unit {unit}, window {window} s, delay {delay} s; measured, not trained",
            **known,
        ),
    ]  # fmt: skip


def block_names(blocks: Sequence[Block]) -> list[str]:
    """Name the blocks as they were run: ``Training 2``, ``Training 2, again``."""
    numbers: dict[str, list[int]] = {}
    for block in blocks:
        mine = numbers.setdefault(block.phase, [])
        if block.number not in mine:
            mine.append(block.number)
    names = []
    for block in blocks:
        name, mine = tr(PHASES.get(block.phase, block.phase)), numbers[block.phase]
        if len(mine) > 1 and block.phase != "rest":
            name = f"{name} {mine.index(block.number) + 1}"
        names.append(tr("{name}, repeated", name=name) if block.attempt > 1 else name)
    return names


def block_columns(summary: SessionSummary) -> list[str]:
    """Return the names of the columns of `block_rows`; those that tell anything."""
    return [tr(name) for name in (BLOCK_COLUMNS[:3] if summary.concealed else BLOCK_COLUMNS)]


def block_rows(summary: SessionSummary) -> list[list[str]]:
    """Return a row of the table of blocks for each block but rests."""
    rows = []
    for name, block in zip(block_names(summary.blocks), summary.blocks, strict=True):
        if block.phase == "rest":
            continue
        if block.mean is not None and not block.enough:
            name = f"{name} *"
        unfinished = "" if block.ended_by == "time" else f" ({_end_of(block)})"
        told = [name + unfinished, clock(block.seconds), clock(block.clean_seconds)]
        if summary.concealed:
            rows.append(told)
            continue
        rows.append(
            [
                *told,
                with_error(block.mean, block.error),
                _threshold(block),
                DASH if block.success_rate is None else percent(block.success_rate),
                str(block.rewards) if block.success_rate is not None else DASH,
            ]
        )
    return rows


def block_notes(summary: SessionSummary) -> list[str]:
    """Say what must be known to read the table of blocks."""
    measure = summary.measure
    if measure is None or not summary.blocks or summary.concealed:
        return []
    notes = [
        tr(
            "Mean over clean data, in {unit}. ± is one standard error, computed from the "
            "means of segments of {segment} s; with fewer than five segments it is not "
            "given.",
            unit=unit_words(measure.unit), segment=number(round(measure.segment, 1), "g"),
        )
    ]  # fmt: skip
    if any(block.refitted for block in summary.blocks):
        notes.append(
            tr(
                "The baseline mean is computed with the estimator fitted to it; its ± "
                "comes from the earlier estimator, which is noisier."
            )
        )
    if any(block.mean is not None and not block.enough for block in summary.blocks):
        notes.append(
            tr("* less than {seconds:g} s of clean data: mostly noise.", seconds=LEAST_SCORED)
        )
    return notes


def change_rows(summary: SessionSummary) -> list[tuple[str, str, str]]:
    """Return what changed within the session: name, number with unit, and what it amounts to."""
    measure = summary.measure
    if measure is None:
        return []
    return [
        (
            tr(CHANGES[change.kind]),
            f"{with_error(change.value, change.error)} {unit_words(measure.unit)}",
            clarity(change, measure.direction),
        )
        for change in summary.changes
    ]


def reward_rows(summary: SessionSummary) -> list[tuple[str, str]]:
    """Return reward rate, target, rewards and threshold rule."""
    if not summary.threshold_rule:
        return []
    aim = DASH if summary.target_rate is None else percent(summary.target_rate)
    reached = DASH if summary.success_rate is None else percent(summary.success_rate)
    return [
        (tr("Past the threshold in training"), tr("{share} of clean time", share=reached)),
        (tr("Target"), aim),
        (tr("Rewards"), DASH if summary.rewards is None else str(summary.rewards)),
        (tr("Threshold rule"), tr(RULES.get(summary.threshold_rule, summary.threshold_rule))),
        *true_reward_row(summary.true_rewards),
    ]


def true_reward_row(found: TrueRewards | None) -> list[tuple[str, str]]:
    """Return the share of rewards that were true beside that of chance, if it is known."""
    if found is None:
        return []
    share = tr("{share}, by chance {chance}", share=percent(found.share),
               chance=percent(found.chance))  # fmt: skip
    return [(tr("Rewards that were true"), share)]


def true_reward_lines(found: TrueRewards | None) -> list[str]:
    """Return what true rewards are, how sure their share is, and how firm that measure is."""
    if found is None:
        return []
    low, high = found.share - ERRORS * found.error, found.share + ERRORS * found.error
    lines = [
        tr(
            "Of {n} rewards, {low} to {high} (two standard errors) were true: seen afterwards, the "
            "measure was past the threshold at the moment that was shown.",
            n=found.rewards, low=percent(max(0.0, low)), high=percent(min(1.0, high)),
        )
    ]  # fmt: skip
    if found.lag:
        lines.append(tr("That moment was {ms:.0f} ms earlier, by choice.", ms=1e3 * found.lag))
    lines.append(
        tr(
            "What was shown has r = {r} with that measure, area under the curve {auc}.",
            r=number(found.r, ".2f"), auc=number(found.auc, ".2f"),
        )
    )  # fmt: skip
    if found.reliability is not None:
        lines.append(
            tr(
                "With one half of the other electrodes as reference, that measure has r = {r} with "
                "itself with the other half: nothing can be shown more truly than it can be "
                "measured.",
                r=number(found.reliability, ".2f"),
            )
        )
    return lines


def hold_rows(summary: SessionSummary) -> list[tuple[str, str, str]]:
    """Return causes of holds: words, time with count, share; small ones together."""
    rows = [
        (
            _capital(hold_in_words(h.cause)),
            f"{h.seconds:.0f} s, {h.times}\u00d7",
            share_words(h.share),
        )
        for h in summary.holds[:MOST_HOLDS]
    ]
    rest = summary.holds[MOST_HOLDS:]
    if rest:
        seconds, times = sum(h.seconds for h in rest), sum(h.times for h in rest)
        name = tr_n("{n} other cause", "{n} other causes", len(rest))
        rows.append(
            (name, f"{seconds:.0f} s, {times}\u00d7", share_words(sum(h.share for h in rest)))
        )
    return rows


def hold_line(summary: SessionSummary) -> str:
    """Say how much was held, and how long the session was paused."""
    said = tr("Held for {share} of the time outside rests.", share=share_words(summary.held_share))
    if summary.paused_seconds >= 1:
        said += " " + tr("Paused for {time} min.", time=clock(summary.paused_seconds))
    return said


def baseline_lines(summary: SessionSummary) -> list[str]:
    """Say what came of the baseline."""
    baseline = summary.baseline
    if baseline is None:
        return [tr("There was no baseline.")]
    wanted = baseline.wanted_seconds
    said = [
        tr("{clean:.0f} s of clean data.", clean=baseline.clean_seconds)
        if wanted is None
        else tr(
            "{clean:.0f} s of clean data, {wanted:.0f} s wanted.",
            clean=baseline.clean_seconds, wanted=wanted,
        )
    ]  # fmt: skip
    if not baseline.through:
        said.append(tr("It was not finished, so it was not used."))
    if baseline.alpha_words:
        used = (
            tr("It determines the band.")
            if baseline.alpha_used
            else tr("It determines no band of this protocol.")
        )
        said.append(f"{tr(baseline.alpha_words)} {used}")
    return said + [_estimator(found) for found in baseline.estimators]


def electrode_lines(summary: SessionSummary) -> list[str]:
    """Say how the electrodes were."""
    found = summary.electrodes
    if found is None:
        return [tr("The recording is too short to judge the electrodes.")]
    total = found.n_good + len(found.poor)
    said = [
        tr(
            "{good} of {total} good, judged from {seconds:.0f} s at the start, in the "
            "middle and at the end.",
            good=found.n_good, total=total, seconds=found.judged_seconds,
        )
    ]  # fmt: skip
    said += [
        tr(
            "{name} {light} ({when}): {reason}.",
            name=e.name, light=tr(LIGHTS[e.light]), when=tr(PLACES[e.when]),
            reason=tr(e.reason),
        )
        for e in found.poor
    ]  # fmt: skip
    if found.bads:
        said.append(tr("Left out: {names}.", names=", ".join(found.bads)))
    return said


def remark_lines(summary: SessionSummary) -> list[str]:
    """Return notes and markers with their time."""
    kinds = {"note": tr("note"), "marker": tr("marker")}
    return [
        f"{clock(remark.seconds)}  {kinds[remark.kind]}: {plain(' '.join(remark.text.split()))}"
        for remark in summary.remarks
    ]


def debrief_lines(summary: SessionSummary) -> list[str]:
    """Return what was said after the session: adverse effects and the note; nothing without one."""
    try:
        found = read_debrief(SessionLayout.find(summary.folder))
    except UserError:  # moved away, or damaged: the summary itself stands
        return []
    if found is None:
        return []
    lines = []
    if found.effects is not None:
        told = [effect_with_severity(each.kind, each.severity) for each in found.effects]
        lines.append(tr("Adverse effects: {effects}", effects=", ".join(told) or tr("none")))
    if found.effect_words:
        lines.append(found.effect_words)
    if found.note:
        lines.append(tr("Note: {text}", text=found.note))
    return lines


def sampling_rows(summary: SessionSummary) -> list[tuple[str, str]]:
    """Return the true sampling rate and the share of samples lost, with their uncertainty."""
    stream = summary.stream
    if not summary.seconds:
        return []
    declared = rate(stream.sfreq)
    if stream.true_rate is None or stream.true_rate_error is None:
        true = tr("not measured (declared: {rate})", rate=declared)
    else:
        measured = with_uncertainty(stream.true_rate, stream.true_rate_error)
        true = tr("{rate} Hz (declared: {declared})", rate=measured, declared=declared)
    lost = with_uncertainty(100 * stream.share_lost, 100 * stream.share_lost_error)
    return [(tr("True sampling rate"), true), (tr("Samples lost"), f"{lost} %")]


def trouble_lines(summary: SessionSummary) -> list[str]:
    """Say what is wrong with the recording itself."""
    said = []
    if summary.continues:
        said.append(tr("This continues {session}, whose disk failed.", session=summary.continues))
    if summary.stream.n_gaps:
        said.append(
            tr_n(
                "Samples are missing in {n} place, {seconds} s in all.",
                "Samples are missing in {n} places, {seconds} s in all.",
                summary.stream.n_gaps, seconds=number(summary.stream.missing_seconds, ".1f"),
            )
        )  # fmt: skip
    return said + [tr(words) for words in summary.damage]


def fine_print(summary: SessionSummary) -> list[str]:
    """Return what must be read beside the numbers, and what the summary rests on."""
    said = [tr(sentence) for sentence in summary.sentences]
    if summary.experimental:
        said.append(tr("Experimental: the measure itself is uncertain."))
    if summary.changes:
        said.append(
            tr(
                "A change is called clear where chance would show one of its size in fewer than "
                "1 of 100 sessions without learning, with at least 30 s of clean data on both "
                "sides. One session shows whether the measure moved while it was trained, not "
                "why, and not whether the training helps."
            )
        )
    said.append(tr(CLAIM))
    said.append(verification_line(summary))
    if summary.digest:
        said.append(
            tr(
                "Digest of the recording: {digest}. Keep this page: 'neurofeedback verify SESSION "
                "--digest' compares it.",
                digest=summary.digest,
            )
        )
    versions = ", ".join(f"{name} {version}" for name, version in summary.versions.items())
    return [*said, versions] if versions else said


def verification_line(summary: SessionSummary) -> str:
    """Say whether the session was re-run."""
    if summary.verification:
        return tr(summary.verification)
    return tr("Not verified by a re-run here: neurofeedback verify {folder}", folder=summary.folder)


def _estimator(found: Estimator) -> str:
    known = {
        "name": found.feature.upper(),
        "how": tr(ESTIMATORS.get(found.estimator, found.estimator)),
        "band": band_in_words((found.band[0], found.band[1])) if len(found.band) == 2 else DASH,
    }
    if found.lag and found.fidelity is not None:
        return tr(
            "{name} by {how}, {band}, as it was {ms:.0f} ms before; expected r = {r} with "
            "{name} at that moment as an offline filter finds it afterwards (judged on "
            "{seconds:.0f} s).",
            ms=1e3 * found.lag, r=number(found.fidelity, ".2f"), seconds=found.judged_seconds,
            **known,
        )  # fmt: skip
    if found.fidelity is None:
        return tr(
            "{name} by {how}, {band}; too little clean baseline to estimate how well it "
            "follows the brain.",
            **known,
        )
    return tr(
        "{name} by {how}, {band}; expected r = {r} with {name} at that moment as an offline filter "
        "finds it afterwards (judged on {seconds:.0f} s).",
        r=number(found.fidelity, ".2f"), seconds=found.judged_seconds, **known,
    )  # fmt: skip


def _threshold(block: Block) -> str:
    first, last = signed(block.threshold), signed(block.threshold_end)
    return first if first == last else f"{first} \u2192 {last}"


def _end_of(block: Block) -> str:
    return tr(ENDS.get(block.ended_by, block.ended_by))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
