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

NAMED_AT_MOST = 4

# Reason as `signal.quality` gives it: a word for the map, "is ..." and "are ...", what to do.
_WORDS = {
    "no values": ("no values", "gives no values", "give no values",
                  "check the channel settings of the amplifier"),
    "flat": ("flat", "is flat", "are flat", "press on, add gel, look for a broken lead"),
    "railed": ("railed", "is at the amplifier's limit", "are at the amplifier's limit",
               "clean the skin there and put new gel"),
    "noisy (muscle or poor contact)": (
        "noisy", "is noisy", "are noisy", "let jaw and forehead relax; if that is not it, add gel"),
    "rather noisy (muscle or poor contact)": (
        "rather noisy", "is rather noisy", "are rather noisy",
        "let jaw and forehead relax; if that is not it, add gel"),
    "line noise": ("mains", "picks up the mains", "pick up the mains",
                   "add gel, and lead cables away from power cords"),
    "low correlation with its neighbours": (
        "stands apart", "does not go with its neighbours", "do not go with their neighbours",
        "check contact and place"),
    "rather low correlation with its neighbours": (
        "rather apart", "hardly goes with its neighbours", "hardly go with their neighbours",
        "check contact and place"),
}  # fmt: skip
_RANK: dict[Light, int] = {"good": 2, "fair": 1, "bad": 0}


def count_line(states: Sequence[ChannelState]) -> str:
    """Count the lights, e.g. ``61 good, 2 fair, 1 bad``; empty before the first verdict."""
    lights = Counter(s.light for s in states)
    return ", ".join(f"{lights[light]} {light}" for light in _RANK if lights[light])


def short_word(state: ChannelState) -> str:
    """Return a word or two for an electrode: ``good``, or what is wrong with it."""
    return _WORDS[state.reason][0] if state.reason in _WORDS else (state.reason or state.light)


def figures(state: ChannelState) -> str:
    """Say everything about an electrode, for a tooltip: light, reason, amplitude, mains."""
    parts = [f"{state.name}: {state.light}"]
    if state.reason:
        parts[0] += f", {state.reason}"
    for what, volts in (("SD", state.amplitude), ("mains", state.line)):
        if math.isfinite(volts):
            parts.append(f"{what} {volts * MICROVOLTS_PER_VOLT:.3g} \u00b5V")
    if math.isfinite(state.correlation):
        parts.append(f"goes with its neighbours r = {state.correlation:.2f}")
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
        return f"The electrodes are judged from {seconds:g} s of samples on."
    poor = [s for s in worst_first(states, trained) if s.light != "good"]
    if not poor:
        return f"All {len(states)} electrodes are good."
    reason, n = Counter(s.reason for s in poor).most_common(1)[0]
    if n >= 4 and 2 * n > len(states):
        what = _WORDS[reason][2] if reason in _WORDS else f"have one fault ({reason})"
        return (
            f"Next: {n} of {len(states)} electrodes {what}; check ground and reference "
            "before any of them."
        )
    first = poor[0]
    same = [
        s.name for s in poor
        if (s.light, s.reason, s.name in trained) == (first.light, first.reason,
                                                      first.name in trained)
    ]  # fmt: skip
    return _sentence(same, first, len(poor) - len(same), first.name in trained)


def _sentence(names: Sequence[str], first: ChannelState, others: int, trained: bool) -> str:
    fallback = (first.light, *(f"{be} {first.light} ({first.reason})" for be in ("is", "are")))
    _, singular, plural, advice = _WORDS.get(first.reason, (*fallback, "check contact"))
    stakes = ", on which reward depends," if trained else ""
    after = f" Then {others} more." if others else ""
    what = singular if len(names) == 1 else plural
    return f"Next: {_listed(names)}{stakes} {what}: {advice}.{after}"


def _listed(names: Sequence[str]) -> str:
    if len(names) > NAMED_AT_MOST:
        shown = ", ".join(names[: NAMED_AT_MOST - 1])
        return f"{shown} and {len(names) - NAMED_AT_MOST + 1} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
