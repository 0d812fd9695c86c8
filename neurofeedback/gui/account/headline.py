"""The account of a session in two lines: whose it was, how it ended and what came of it.

Responsible for the headline and the line below it. Not responsible for the rest of the account
(`gui.account.words`). Knows no Qt.
"""

from __future__ import annotations

from neurofeedback.gui.account.numbers import clarity, cut_short, unit_words, with_error
from neurofeedback.gui.words.sentences import in_language
from neurofeedback.gui.words.states import clock, percent, rate
from neurofeedback.report.account_parts import (
    ABORTED,
    CRASHED,
    FAILED,
    FINISHED,
    RECOVERED,
    RUNNING,
    SessionAccount,
)
from neurofeedback.words.language import later, tr, tr_n, tr_spaced

STATUS = {
    FINISHED: later("Session finished{after}."),
    ABORTED: later("Session ended early{after}."),
    FAILED: later("Session failed{after}."),
    RECOVERED: later("Session was cut short{after}, and recovered."),
    CRASHED: later("Session was cut short{after}, and is not yet put in order."),
    RUNNING: later("Session is being recorded{after}."),
}


def title_line(account: SessionAccount) -> str:
    """Say whose session it was, when, by which protocol and on which stream."""
    stream = account.stream
    parts = (
        tr("{participant}, session {n}", participant=account.participant, n=account.session),
        f"{account.started:%Y-%m-%d %H:%M}",
        tr_spaced(account.title),
        tr("{time} min recorded", time=clock(account.seconds)),
        f"{cut_short(stream.name)}, {stream.n_channels} ch, {rate(stream.sfreq)}",
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


def _unfinished(account: SessionAccount) -> str:
    if account.status == RUNNING or account.through or not account.n_planned:
        return ""
    n = len({block.number for block in account.blocks if block.ended_by})
    words = tr(" after {n} of {total} blocks", n=n, total=account.n_planned)
    return f"{words} ({cut_short(in_language(account.reason))})" if account.reason else words


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
        clarity=clarity(change, measure.direction),
    )
