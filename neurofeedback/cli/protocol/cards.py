"""What a person or a program is told of a protocol at a glance.

Responsible for cards and for rows of a name and a text. Not responsible for printing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from neurofeedback.session.explain import protocol_words as words
from neurofeedback.session.explain.protocol_words import minutes, trained_in_words

if TYPE_CHECKING:
    from neurofeedback.protocols.spec import ProtocolSpec


def card_of(spec: ProtocolSpec) -> dict[str, Any]:
    """Return what a card of a protocol says, as plain JSON types."""
    return {
        "name": spec.name,
        "title": spec.title,
        "trains": trained_in_words(spec),
        "minutes": round(minutes(spec), 2),
        "experimental": spec.experimental,
        "description": " ".join(spec.description.split()),
        "limits": " ".join(spec.limits.split()),
        "evidence": list(spec.evidence),
        "hash": spec.hash,
    }


def describe(spec: ProtocolSpec) -> list[tuple[str, str]]:
    """Return a protocol as rows of a name and a text."""
    settings: dict[str, Any] = spec.model_dump(mode="json")
    reference = settings["signal"]["montage"]["reference"]
    rows = [
        ("what", " ".join(spec.description.split())),
        (
            "experimental",
            "yes: the measure it trains is itself uncertain" if spec.experimental else "",
        ),
        ("trains", words.trained_in_words(spec)),
        *((f"feature {f.name}", f.declared_in_words) for f in spec.signal.features),
        ("reference", reference if isinstance(reference, str) else ", ".join(reference)),
        ("reward", words.reward_in_words(spec)),
        ("blocks", words.course_in_words(spec)),
        ("control arm", words.control_in_words(spec)),
        ("instructions", _instructions(spec)),
        ("scales", _scales(spec)),
        ("limits", " ".join(spec.limits.split())),
        ("evidence", ", ".join(f"doi:{doi}" for doi in spec.evidence)),
        ("hash", spec.hash),
    ]
    return [(name, text) for name, text in rows if text]


def mentions(card: dict[str, Any], words: Sequence[str]) -> bool:
    """Whether every one of some words is somewhere on a card."""
    text = " ".join(map(str, card.values())).casefold()
    return all(word.casefold() in text for word in words)


def _instructions(spec: ProtocolSpec) -> str:
    texts = spec.instructions.texts
    languages = sorted({language for text in texts.values() for language in text})
    if not texts:
        return ""
    return f"version {spec.instructions.version}: {', '.join(texts)} ({', '.join(languages)})"


def _scales(spec: ProtocolSpec) -> str:
    parts = [("before", spec.scales.before), ("after", spec.scales.after)]
    return "; ".join(f"{when} {', '.join(scales)}" for when, scales in parts if scales)
