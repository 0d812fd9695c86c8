"""The boxes of the checklist that protocol and sessions answer, in a study or outside.

Responsible for what these boxes say. Not responsible for those of a study (`checklist_trial`).
"""

from __future__ import annotations

from collections.abc import Callable

from neurofeedback.session.explain.protocol_words import (
    SCENES,
    SOUNDS,
    cleaning_in_words,
    course_in_words,
    gate_in_words,
    reward_in_words,
    trained_in_words,
)
from neurofeedback.trial.checklist_value import FILLED, PART, PROTOCOL, SESSIONS, Evidence, Filled
from neurofeedback.words.message import Message, joined


def _strategy(known: Evidence) -> Filled:
    texts = known.spec.instructions.texts
    said = [
        Message('{key}: "{text}"', key=key, text=" ".join(by_language["en"].split()))
        for key, by_language in texts.items()
    ]
    author = Message(
        "Say whether what participants were told is a strategy, and whether the operator said more."
    )
    if not said:
        none = Message("The protocol has no instructions for participants.")
        return Filled(PART, none, (PROTOCOL,), author=author)
    told = Message(
        "Participants were shown these instructions (version {version}, as in the protocol): "
        "{texts}",
        version=known.spec.instructions.version,
        texts=joined(said),
    )
    return Filled(PART, told, (PROTOCOL,), author=author)


def _processing(known: Evidence) -> Filled:
    delay = max((float(s["look_ahead"]) for s in known.setups), default=0.0)
    text = joined([gate_in_words(known.spec), cleaning_in_words(known.spec, delay)])
    return Filled(FILLED, text, (PROTOCOL,), "Yes")


def _extraction(known: Evidence) -> Filled:
    lines = [
        Message(
            "{label} [{unit}], delay {delay:.3f} s, effective window {window:.3f} s before a "
            "filter was fitted to the baseline.",
            label=f["label"],
            unit=f["unit"],
            delay=float(f["delay"]),
            window=float(f["window"]),
        )
        for f in (known.setups[0]["features"] if known.setups else ())
    ]
    text = joined([trained_in_words(known.spec), *lines], ". ")
    return Filled(FILLED, text, (PROTOCOL, SESSIONS) if lines else (PROTOCOL,), "Yes")


def _reinforcement(known: Evidence) -> Filled:
    text = joined([course_in_words(known.spec), reward_in_words(known.spec)])
    author = Message("Justify the schedule; the protocol has no reason for it.")
    return Filled(PART, text, (PROTOCOL,), author=author)


def _modality(known: Evidence) -> Filled:
    display = known.spec.display
    numbers = Message("with numbers") if display.numbers else Message("no numbers")
    text = Message(
        "The participant sees {scene}, {numbers}, and {sound}.",
        scene=SCENES[display.scene],
        numbers=numbers,
        sound=SOUNDS[display.sound],
    )
    return Filled(FILLED, text, (PROTOCOL,), "Yes")


def _hardware(known: Evidence) -> Filled:
    streams = [
        Message(
            "Stream {name!r}: {n} EEG channels at {rate:g} Hz.",
            name=s["stream"]["name"],
            n=s["stream"]["channels"],
            rate=float(s["stream"]["sfreq"]),
        )
        for s in known.setups
    ]
    software = sorted({f"{k} {v}" for s in known.setups for k, v in s["versions"].items()})
    text = joined(
        [*dict.fromkeys(streams), Message("Software: {versions}.", versions=", ".join(software))]
    )
    author = Message("Name amplifier, electrodes, screen and loudspeakers: streams do not say.")
    return Filled(PART, text if streams else "", (SESSIONS,), author=author)


SETUP: dict[str, Callable[[Evidence], Filled]] = {
    "3b": _strategy,
    "3d": _processing,
    "4a": _extraction,
    "4b": _reinforcement,
    "4c": _modality,
    "4e": _hardware,
}
