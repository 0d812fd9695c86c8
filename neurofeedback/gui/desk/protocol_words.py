"""What a person is told of a protocol before it is run.

Responsible for the lines of a protocol's card and page. Not responsible for the figures
(`session.explain.protocol`). Knows no Qt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurofeedback.app.states import percent, protocol_facts
from neurofeedback.protocols.file.difference import differences, in_words
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.protocols.warnings import warnings_of
from neurofeedback.session.explain.protocol import Explanation
from neurofeedback.session.explain.protocol_words import minutes, trained_in_words
from neurofeedback.words.language import number, tr

if TYPE_CHECKING:
    from neurofeedback.session.explain.simulate import Simulation

MOST_DIFFERENCES = 6


def card_line(spec: ProtocolSpec) -> str:
    """Return a protocol in two lines: its title; how long it takes and whether it is in doubt."""
    parts = [tr("{minutes:.0f} min", minutes=minutes(spec))]
    if spec.experimental:
        parts.append(tr("experimental"))
    if spec.target is None:
        parts.append(tr("measures only"))
    if spec.control is not None:
        parts.append(tr("with a control arm, for trials"))
    return tr(spec.title) + "\n" + " \u00b7 ".join(parts)


def matches(spec: ProtocolSpec, text: str) -> bool:
    """Return whether every word of `text` is somewhere in what is said of a protocol."""
    said = " ".join(
        (spec.name, spec.title, tr(spec.title), spec.description, trained_in_words(spec))
    )
    return all(word in said.casefold() for word in text.casefold().split())


def facts_of(spec: ProtocolSpec, known: Explanation | None) -> list[tuple[str, str]]:
    """Return headings and words.

    Parameters
    ----------
    spec : ProtocolSpec
    known : Explanation or None
        What it does on a usual montage, once that has been worked out.

    Returns
    -------
    list of (str, str)
    """
    described = " ".join(spec.description.split())
    rows = [(tr("WHAT IT TRAINS"), tr(described or trained_in_words(spec)))]
    rows.append((tr("SEQUENCE OF BLOCKS"), protocol_facts(spec)))
    if known is None:
        rows.append((tr("DELAY AND NOISE"), tr("Calculating …")))
    else:
        rows.append((tr("MONTAGE"), tr(known.montage)))
        rows += [(tr("DELAY AND NOISE"), words) for words in delay_and_noise(known)]
        notes = [tr(f.note) for f in known.features if f.note]
        rows += [(tr("WHAT THE NUMBER IS"), note) for note in dict.fromkeys(notes)]
        warnings = [_sentence(tr(warning.text)) for warning in warnings_of(spec)]
        if warnings:
            rows.append((tr("WARNINGS"), " ".join(warnings)))
    limits = " ".join(spec.limits.split())
    rows.append((tr("WHAT IT CANNOT DO"), tr(limits) if limits else tr("Not stated.")))
    if spec.evidence:
        rows.append((tr("EVIDENCE"), ", ".join(f"doi:{doi}" for doi in spec.evidence)))
    return rows


def _sentence(text: str) -> str:
    """Return a remark, which a file's key stands before elsewhere, as a sentence of its own."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def delay_and_noise(known: Explanation) -> list[str]:
    """Return a sentence for each feature."""
    sentences = []
    for feature in known.features:
        words = tr(
            "{name} ({band}): delay {delay:.2f} s, window {window:.2f} s. If the brain "
            "does not change, the value varies by {noise:.2f} {unit} (SD); averaged over "
            "30 s, by {noise_30:.2f}.",
            name=feature.name,
            band=tr(feature.band),
            delay=feature.delay,
            window=feature.window,
            noise=feature.noise,
            noise_30=feature.noise_30,
            unit=tr(feature.unit),
        )
        sentences.append(words)
    return sentences


def simulated_words(found: Simulation) -> str:
    """Say what came of a protocol that was tried on a synthetic participant."""
    who = (
        tr("A synthetic participant who learns:")
        if found.learner
        else tr("The same one, who does not learn:")
    )
    parts = []
    if found.success_rate is not None:
        parts.append(
            tr("{share} of clean time past the threshold", share=percent(found.success_rate))
        )
    if found.rewards_a_minute is not None:
        parts.append(tr("{n} rewards a minute", n=number(found.rewards_a_minute, ".1f")))
    parts.append(tr("held {share}", share=percent(found.held_share)))
    return " ".join([who, ", ".join(parts) + ".", *map(tr, found.warnings)])


def changed_since(last: ProtocolSpec | None, now: ProtocolSpec) -> str:
    """Say what differs from the participant's last session; empty where there was none."""
    if last is None:
        return ""
    if last.name != now.name:
        return tr("Last time: {title}.", title=tr(last.title))
    found = differences(last, now)
    if not found:
        return tr("All settings are the same as last time.")
    told = [
        f"{d.key} {in_words(d.old, d.unit)} \u2192 {in_words(d.new, d.unit)}"
        for d in found[:MOST_DIFFERENCES]
    ]
    more = len(found) - len(told)
    if more:
        told.append(tr("{n} more", n=more))
    return tr("Changed since last time: {changes}.", changes="; ".join(told))
