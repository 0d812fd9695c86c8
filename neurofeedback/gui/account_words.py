"""The account of a session in words, for the page, the paper and the command line.

Responsible for wording and for numbers as a person reads them, each with its unit. Not responsible
for any figure (`report.account`) nor for layout. Knows no Qt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from neurofeedback.gui.language import later, number, tr, tr_n, tr_spaced, with_point
from neurofeedback.gui.sentences import in_language, label_in_language
from neurofeedback.gui.words import PHASES, clock, hold_in_words, percent, rate
from neurofeedback.protocols.course import CLEARLY
from neurofeedback.report.account_parts import (
    ABORTED,
    CRASHED,
    FAILED,
    FINISHED,
    LEAST_SCORED,
    RECOVERED,
    RUNNING,
    Block,
    Change,
    Estimator,
    SessionAccount,
)
from neurofeedback.signal.band_settings import band_in_words
from neurofeedback.signal.wording import ESTIMATORS

DASH = "\u2013"
MINUS = "\u2212"
MOST_HOLDS = 5
MOST_LETTERS = 80  # of what others have named or written, in a line with other things

STATUS = {
    FINISHED: later("Session finished{after}."),
    ABORTED: later("Session ended early{after}."),
    FAILED: later("Session failed{after}."),
    RECOVERED: later("Session was cut short{after}, and recovered."),
    CRASHED: later("Session was cut short{after}, and is not yet put in order."),
    RUNNING: later("Session is being recorded{after}."),
}
KINDS = {  # of the status, as `StateBanner` knows them
    FINISHED: "good", ABORTED: "caution", FAILED: "alarm",
    RECOVERED: "caution", CRASHED: "alarm", RUNNING: "caution",
}  # fmt: skip
CHANGES = {
    "baseline": later("Training against the baseline"),
    "last-first": later("Last round against the first"),
    "slope": later("Trend over the training, a minute"),
}
DIRECTIONS = {"up": later("up"), "down": later("down")}
RULES = {
    "target-rate": later("target rate, from block to block or not at all"),
    "fixed": later("fixed"),
    "percentile": later("percentile of the baseline"),
    "mean-sd": later("mean of the baseline and so many SD"),
    "staircase": later("a step after an easy or a hard block"),
    "continuous": later("follows the last moments; hides learning"),
    "manual": later("moved by the operator"),
}
ENDS = {
    "": later("cut short"), "skip": later("skipped"), "repeat": later("repeated"),
    "redo-baseline": later("left for another baseline"), "abort": later("ended by the operator"),
}  # fmt: skip
LIGHTS = {"fair": later("fair"), "bad": later("bad")}
PLACES = {"beginning": later("beginning"), "middle": later("middle"), "end": later("end")}
SEALED = later(
    "Part of a blinded study: feedback is sealed. What was fed back, how often it was rewarded and "
    "the brain's own measure are left out until the study is unblinded."
)
CLAIM = later("A research and training tool. Not a medical device; it does not diagnose or treat.")
BLOCK_COLUMNS = (
    later("block"), later("length"), later("clean"), later("mean \u00b1 SE"), later("threshold"),
    later("past it"), later("rewards"),
)  # fmt: skip


def signed(value: float | None) -> str:
    """Write a number with its sign, to as many places as it deserves; a dash for none."""
    if value is None or not math.isfinite(value):
        return DASH
    written = f"{abs(value):.{_places(value)}f}"
    zero, text = float(written) == 0, with_point(written)
    return text if zero else (MINUS if value < 0 else "+") + text


def with_error(value: float | None, error: float | None) -> str:
    """Write a number with its standard error, ``+0.126 \u00b1 0.184``."""
    if value is None or error is None:
        return signed(value)
    return f"{signed(value)} \u00b1 {number(error, f'.{_places(value)}f')}"


def unit_words(unit: str) -> str:
    """Write a unit as a person reads it, ``ln V\u00b2``."""
    return tr(unit).replace("^2", "\u00b2")


def title_line(account: SessionAccount) -> str:
    """Say whose session it was, when, by which protocol and on which stream."""
    stream = account.stream
    parts = (
        tr("{participant}, session {n}", participant=account.participant, n=account.session),
        f"{account.started:%Y-%m-%d %H:%M}",
        tr_spaced(account.title),
        tr("{time} min recorded", time=clock(account.seconds)),
        f"{_cut(stream.name, MOST_LETTERS)}, {stream.n_channels} ch, {rate(stream.sfreq)}",
    )
    return " \u00b7 ".join(parts)


def headline(account: SessionAccount) -> str:
    """Say in plain words how the session ended and what came of it."""
    if not account.seconds:
        return f"{tr(STATUS[account.status], after='')} {tr('Nothing was recorded.')}"
    said = [tr(STATUS[account.status], after=_unfinished(account)), _work(account)]
    if account.concealed:
        said.append(tr("Part of a blinded study: feedback is sealed."))
    else:
        said += [_reward(account), _gain(account)]
    return " ".join(sentence for sentence in said if sentence)


def measure_lines(account: SessionAccount) -> list[str]:
    """Say what the numbers are: formula, reference, unit, window and delay."""
    measure = account.measure
    if measure is None:
        return [tr("The protocol cannot be read by this version, so there is no measure.")]
    name = measure.name.upper()
    return [
        f"{name} = {label_in_language(measure.label)}",
        tr(
            "unit {unit}, window {window:.2f} s, delay {delay:.2f} s; trained {direction}",
            unit=unit_words(measure.unit), window=measure.window, delay=measure.delay,
            direction=tr(DIRECTIONS[measure.direction]),
        )
        if measure.trained
        else tr(
            "unit {unit}, window {window:.2f} s, delay {delay:.2f} s; measured, not trained",
            unit=unit_words(measure.unit), window=measure.window, delay=measure.delay,
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
        names.append(tr("{name}, again", name=name) if block.attempt > 1 else name)
    return names


def block_columns(account: SessionAccount) -> list[str]:
    """Return the names of the columns of `block_rows`; those that tell anything."""
    return [tr(name) for name in (BLOCK_COLUMNS[:3] if account.concealed else BLOCK_COLUMNS)]


def block_rows(account: SessionAccount) -> list[list[str]]:
    """Return a row of the table of blocks for each block but rests."""
    rows = []
    for name, block in zip(block_names(account.blocks), account.blocks, strict=True):
        if block.phase == "rest":
            continue
        if block.mean is not None and not block.enough:
            name = f"{name} *"
        unfinished = "" if block.ended_by == "time" else f" ({_end_of(block)})"
        told = [name + unfinished, clock(block.seconds), clock(block.clean_seconds)]
        if account.concealed:
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


def block_notes(account: SessionAccount) -> list[str]:
    """Say what must be known to read the table of blocks."""
    measure = account.measure
    if measure is None or not account.blocks or account.concealed:
        return []
    notes = [
        tr(
            "Mean over clean data, in {unit}. \u00b1 is one standard error, from the scatter of "
            "the means of {segment:g} s each; with fewer than five of them there is none.",
            unit=unit_words(measure.unit), segment=round(measure.segment, 1),
        )
    ]  # fmt: skip
    if any(block.refitted for block in account.blocks):
        notes.append(
            tr(
                "The baseline's mean is as the estimator sees it that was fitted to it; its "
                "\u00b1 is that of the estimator before, which is noisier."
            )
        )
    if any(block.mean is not None and not block.enough for block in account.blocks):
        notes.append(
            tr("* less than {seconds:g} s of clean data: mostly noise.", seconds=LEAST_SCORED)
        )
    return notes


def change_rows(account: SessionAccount) -> list[tuple[str, str, str]]:
    """Return what changed within the session: name, number with unit, and what it amounts to."""
    measure = account.measure
    if measure is None:
        return []
    return [
        (
            tr(CHANGES[change.kind]),
            f"{with_error(change.value, change.error)} {unit_words(measure.unit)}",
            _clarity(change, measure.direction),
        )
        for change in account.changes
    ]


def reward_rows(account: SessionAccount) -> list[tuple[str, str]]:
    """Return reward rate, target, rewards and threshold rule."""
    if not account.threshold_rule:
        return []
    aim = DASH if account.target_rate is None else percent(account.target_rate)
    reached = DASH if account.success_rate is None else percent(account.success_rate)
    return [
        (tr("Past the threshold in training"), tr("{share} of clean time", share=reached)),
        (tr("Aimed at"), aim),
        (tr("Rewards"), DASH if account.rewards is None else str(account.rewards)),
        (tr("Threshold"), tr(RULES.get(account.threshold_rule, account.threshold_rule))),
    ]


def hold_rows(account: SessionAccount) -> list[tuple[str, str, str]]:
    """Return causes of holds: words, time with count, share; small ones together."""
    rows = [
        (_capital(hold_in_words(h.cause)), f"{h.seconds:.0f} s, {h.times}\u00d7", _share(h.share))
        for h in account.holds[:MOST_HOLDS]
    ]
    rest = account.holds[MOST_HOLDS:]
    if rest:
        seconds, times = sum(h.seconds for h in rest), sum(h.times for h in rest)
        name = tr_n("{n} other cause", "{n} other causes", len(rest))
        rows.append((name, f"{seconds:.0f} s, {times}\u00d7", _share(sum(h.share for h in rest))))
    return rows


def hold_line(account: SessionAccount) -> str:
    """Say how much was held, and how long the session was paused."""
    said = tr("Held for {share} of the time outside rests.", share=_share(account.held_share))
    if account.paused_seconds >= 1:
        said += " " + tr("Paused for {time} min.", time=clock(account.paused_seconds))
    return said


def baseline_lines(account: SessionAccount) -> list[str]:
    """Say what came of the baseline."""
    baseline = account.baseline
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
        said.append(tr("It was not finished, so nothing was learnt from it."))
    if baseline.alpha_words:
        used = (
            tr("The band follows from it.")
            if baseline.alpha_used
            else tr("No band here depends on it.")
        )
        said.append(f"{in_language(baseline.alpha_words)} {used}")
    return said + [_estimator(found) for found in baseline.estimators]


def electrode_lines(account: SessionAccount) -> list[str]:
    """Say how the electrodes were."""
    found = account.electrodes
    if found is None:
        return [tr("The recording is too short to judge the electrodes.")]
    total = found.n_good + len(found.poor)
    said = [
        tr(
            "{good} of {total} good, judged from {seconds:.0f} s at the beginning, in the middle "
            "and at the end.",
            good=found.n_good, total=total, seconds=found.judged_seconds,
        )
    ]  # fmt: skip
    said += [
        tr(
            "{name} {light} ({when}): {reason}.",
            name=e.name, light=tr(LIGHTS[e.light]), when=tr(PLACES[e.when]), reason=tr(e.reason),
        )
        for e in found.poor
    ]  # fmt: skip
    if found.bads:
        said.append(tr("Left out: {names}.", names=", ".join(found.bads)))
    return said


def remark_lines(account: SessionAccount) -> list[str]:
    """Return notes and markers with their time."""
    kinds = {"note": tr("note"), "marker": tr("marker")}
    return [
        f"{clock(remark.seconds)}  {kinds[remark.kind]}: {' '.join(remark.text.split())}"
        for remark in account.remarks
    ]


def trouble_lines(account: SessionAccount) -> list[str]:
    """Say what is wrong with the recording itself."""
    said = []
    if account.continues:
        said.append(tr("It goes on from {session}, whose disk failed.", session=account.continues))
    if account.stream.n_gaps:
        said.append(
            tr_n(
                "Samples are missing in {n} place, {seconds:.1f} s in all.",
                "Samples are missing in {n} places, {seconds:.1f} s in all.",
                account.stream.n_gaps, seconds=account.stream.missing_seconds,
            )
        )  # fmt: skip
    return said + [in_language(words) for words in account.damage]


def fine_print(account: SessionAccount) -> list[str]:
    """Return what must be read beside the numbers, and what the account rests on."""
    said = [in_language(" ".join(s.split())) for s in account.sentences]
    if account.experimental:
        said.append(tr("Experimental: the measure itself is in doubt."))
    if account.changes:
        said.append(
            tr(
                "A change is called clear beyond two standard errors. One session shows whether "
                "the measure moved while it was trained, not why, and not whether the training "
                "helps."
            )
        )
    said.append(tr(CLAIM))
    said.append(verification_line(account))
    versions = ", ".join(f"{name} {version}" for name, version in account.versions.items())
    return [*said, versions] if versions else said


def verification_line(account: SessionAccount) -> str:
    """Say whether the session was re-run."""
    if account.verification:
        return account.verification
    return tr("Not verified by a re-run here: neurofeedback verify {folder}", folder=account.folder)


def _unfinished(account: SessionAccount) -> str:
    if account.status == RUNNING or account.through or not account.n_planned:
        return ""
    n = len({block.number for block in account.blocks if block.ended_by})
    words = tr(" after {n} of {total} blocks", n=n, total=account.n_planned)
    if not account.reason:
        return words
    return f"{words} ({_cut(in_language(account.reason), MOST_LETTERS)})"


def _work(account: SessionAccount) -> str:
    rounds = account.trained()
    blocks = rounds or account.blocks
    clean = clock(sum(block.clean_seconds for block in blocks))
    if rounds:
        return tr_n(
            "{n} round of training with {clean} min of clean data.",
            "{n} rounds of training with {clean} min of clean data.",
            len(rounds), clean=clean,
        )  # fmt: skip
    return tr("No training; {clean} min of clean data.", clean=clean)


def _reward(account: SessionAccount) -> str:
    if account.success_rate is None or account.rewards is None:
        return ""
    share = percent(account.success_rate)
    if account.target_rate is None:
        return tr(
            "Past the threshold {share} of the clean time, {rewards} rewards.",
            share=share, rewards=account.rewards,
        )  # fmt: skip
    return tr(
        "Past the threshold {share} of the clean time (aimed at {target}), {rewards} rewards.",
        share=share, target=percent(account.target_rate), rewards=account.rewards,
    )  # fmt: skip


def _gain(account: SessionAccount) -> str:
    changes = {change.kind: change for change in account.changes}
    change, measure = changes.get("baseline"), account.measure
    if change is None or measure is None:
        return ""
    return tr(
        "{name} in training against the baseline: {change} {unit}, {clarity}.",
        name=measure.name.upper(),
        change=with_error(change.value, change.error),
        unit=unit_words(measure.unit),
        clarity=_clarity(change, measure.direction),
    )


def _clarity(change: Change, direction: str) -> str:
    """Say what a change amounts to; more than two standard errors are clear."""
    if change.clear:
        return tr("a clear change in the direction that is trained")
    towards = -change.value if direction == "down" else change.value
    if -towards > CLEARLY * change.error:
        return tr("a clear change against the direction that is trained")
    return tr("no clear change")


def _estimator(found: Estimator) -> str:
    known = {
        "name": found.feature.upper(),
        "how": tr(ESTIMATORS.get(found.estimator, found.estimator)),
        "band": band_in_words((found.band[0], found.band[1])) if len(found.band) == 2 else DASH,
    }
    if found.fidelity is None:
        return tr(
            "{name} by {how}, {band}; too little clean baseline to tell how well it follows the "
            "brain.",
            **known,
        )
    return tr(
        "{name} by {how}, {band}; expected r = {r:.2f} with the brain's {name} at that moment "
        "(judged on {seconds:.0f} s).",
        r=found.fidelity, seconds=found.judged_seconds, **known,
    )  # fmt: skip


def _threshold(block: Block) -> str:
    first, last = signed(block.threshold), signed(block.threshold_end)
    return first if first == last else f"{first} \u2192 {last}"


def _end_of(block: Block) -> str:
    return tr(ENDS.get(block.ended_by, block.ended_by))


def _places(value: float) -> int:
    return 3 if abs(value) < 100 else 1


def _share(share: float) -> str:
    return f"{number(100 * share, '.1f')} %" if share < 0.1 else percent(share)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
