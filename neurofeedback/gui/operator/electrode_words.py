"""The traffic lights of the electrodes, put into words for the operator.

Responsible for the words of a verdict and for the one sentence that says what to mend next. Not
responsible for the verdict (`signal.quality`) nor for layout. Knows no Qt.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

from neurofeedback.frames import MICROVOLTS_PER_VOLT
from neurofeedback.signal.quality import ChannelState, Light
from neurofeedback.words.language import later, number, tr, tr_n

NAMED_AT_MOST = 4

# Reason as `signal.quality` gives it: a word for the map, "is ..." and "are ...", what to do.
_WORDS = {
    "no values": (later("no values"), later("gives no values"), later("give no values"),
                  later("check the channel settings of the amplifier")),
    "flat": (later("flat"), later("is flat"), later("are flat"),
             later("press it down, add gel, check the lead")),
    "railed": (later("railed"), later("is at the amplifier's limit"),
               later("are at the amplifier's limit"),
               later("clean the skin and apply new gel")),
    "noisy (muscle or poor contact)": (
        later("noisy"), later("is noisy"), later("are noisy"),
        later("ask the participant to relax jaw and forehead; if that does not help, add "
              "gel")),
    "rather noisy (muscle or poor contact)": (
        later("rather noisy"), later("is rather noisy"), later("are rather noisy"),
        later("ask the participant to relax jaw and forehead; if that does not help, add "
              "gel")),
    "line noise": (later("mains"), later("picks up the mains"), later("pick up the mains"),
                   later("add gel and keep the leads away from power cords")),
    "low correlation with its neighbours": (
        later("uncorrelated"), later("does not correlate with its neighbours"),
        later("do not correlate with their neighbours"), later("check contact and position")),
    "rather low correlation with its neighbours": (
        later("rather uncorrelated"), later("correlates poorly with its neighbours"),
        later("correlate poorly with their neighbours"), later("check contact and position")),
}  # fmt: skip
REASON_WORDS = {reason: words[0] for reason, words in _WORDS.items()}  # a word or two for each
REASONS = (  # in full, for tooltips
    later("noisy (muscle or poor contact)"), later("rather noisy (muscle or poor contact)"),
    later("line noise"), later("low correlation with its neighbours"),
    later("rather low correlation with its neighbours"),
)  # fmt: skip
LIGHTS = {"good": later("good"), "fair": later("fair"), "bad": later("bad")}
_RANK: dict[Light, int] = {"good": 2, "fair": 1, "bad": 0}


def count_line(states: Sequence[ChannelState]) -> str:
    """Count the lights, e.g. ``61 good, 2 fair, 1 bad``; empty before the first verdict."""
    lights = Counter(s.light for s in states)
    return ", ".join(f"{lights[light]} {tr(LIGHTS[light])}" for light in _RANK if lights[light])


def short_word(state: ChannelState) -> str:
    """Return a word or two for an electrode: ``good``, or what is wrong with it."""
    if state.reason in REASON_WORDS:
        return tr(REASON_WORDS[state.reason])
    return state.reason or tr(LIGHTS[state.light])


def figures(state: ChannelState) -> str:
    """Say everything about an electrode, for a tooltip: light, reason, amplitude, mains."""
    parts = [f"{state.name}: {tr(LIGHTS[state.light])}"]
    if state.reason:
        parts[0] += f", {tr(state.reason)}"
    for what, volts in ((tr("SD"), state.amplitude), (tr("mains"), state.line)):
        if math.isfinite(volts):
            parts.append(f"{what} {number(volts * MICROVOLTS_PER_VOLT, '.3g')} \u00b5V")
    if math.isfinite(state.correlation):
        r = number(state.correlation, ".2f")
        parts.append(tr("correlation with its neighbours r = {r}", r=r))
    return " \u00b7 ".join(parts)


def worst_first(
    states: Sequence[ChannelState], trained: Collection[str] = ()
) -> list[ChannelState]:
    """Sort by light, and within a light those first that decide on reward; else in stream order."""
    return sorted(states, key=lambda s: (_RANK[s.light], s.name not in trained))


def next_fix(
    states: Sequence[ChannelState], trained: Collection[str] = (), seconds: float = 4.0
) -> str:
    """Say in one sentence what to mend next.

    Parameters
    ----------
    states : sequence of ChannelState
        The newest verdict; empty before the first.
    trained : collection of str
        Electrodes that decide on reward: they are named first.
    seconds : float
        How long the first verdict takes, s.

    Returns
    -------
    str
    """
    if not states:
        return tr("Electrodes are checked once {seconds} s have arrived.", seconds=f"{seconds:g}")
    poor = [s for s in worst_first(states, trained) if s.light != "good"]
    if not poor:
        return tr("All {n} electrodes are good.", n=len(states))
    reason, n = Counter(s.reason for s in poor).most_common(1)[0]
    if n >= 4 and 2 * n > len(states):
        what = tr("have the same fault ({reason})", reason=reason)
        if reason in _WORDS:
            what = tr(_WORDS[reason][2])
        return tr(
            "Next: {n} of {total} electrodes {what}; check ground and reference first.",
            n=n, total=len(states), what=what,
        )  # fmt: skip
    first = poor[0]
    same = [
        s.name for s in poor
        if (s.light, s.reason, s.name in trained) == (first.light, first.reason,
                                                      first.name in trained)
    ]  # fmt: skip
    return _sentence(same, first, len(poor) - len(same), first.name in trained)


def _sentence(names: Sequence[str], first: ChannelState, others: int, trained: bool) -> str:
    if first.reason in _WORDS:
        _, singular, plural, advice = (tr(words) for words in _WORDS[first.reason])
    else:
        judged = f"{tr(LIGHTS[first.light])} ({first.reason})"
        singular, plural = tr("is {judged}", judged=judged), tr("are {judged}", judged=judged)
        advice = tr("check contact")
    one = len(names) == 1
    stakes = ""
    if trained:
        stakes = tr_n(", used for reward,", ", used for reward,", len(names))
    line = tr(
        "Next: {names}{stakes} {what}: {advice}.",
        names=_listed(names), stakes=stakes, what=singular if one else plural, advice=advice,
    )  # fmt: skip
    return f"{line} {tr('Then {n} more.', n=others)}" if others else line


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    if len(names) > NAMED_AT_MOST:
        shown = ", ".join(names[: NAMED_AT_MOST - 1])
        return tr("{names} and {n} more", names=shown, n=len(names) - NAMED_AT_MOST + 1)
    return tr("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])
