"""What the parts of a protocol must say together.

Responsible for the rules that no part can check alone. They are judged on plain values, as a file
or a dump of the model gives them, so that they can be judged while other keys are still refused: a
value that cannot be understood is given the benefit of the doubt. Not responsible for single keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from neurofeedback.signal.settings_base import Finding
from neurofeedback.words.message import Message

# As in `spec`, which imports this module; a test compares them.
KINDS = ("baseline", "rest", "train", "transfer", "control")
SCORED = ("train", "transfer", "control")


def disagreements(fields: Mapping[str, Any]) -> Iterator[Finding]:
    """Find what does not fit together.

    Parameters
    ----------
    fields : mapping
        A whole protocol; may hold anything.

    Yields
    ------
    loc : tuple
        Keys and indices of the place to mend.
    says : Message
        What is wrong there, to be read after the key's name.
    """
    yield from _features(fields)
    yield from _conditions(fields)
    yield from _blocks(fields)


def _features(fields: Mapping[str, Any]) -> Iterator[Finding]:
    signal, target = _table(fields, "signal"), _table(fields, "target")
    names = [feature.get("name") for feature in _tables(signal, "features")]
    if not names or not all(isinstance(name, str) for name in names):
        return
    for part in ("conditions", "inhibits"):
        for index, item in enumerate(_tables(target, part)):
            feature = item.get("feature")
            if isinstance(feature, str) and feature not in names:
                known = ", ".join(map(repr, names))
                yield (
                    ("target", part, index, "feature"),
                    Message(
                        "names {feature!r}, which is not one of the features: {known}",
                        feature=feature,
                        known=known,
                    ),
                )


def _conditions(fields: Mapping[str, Any]) -> Iterator[Finding]:
    conditions = _tables(_table(fields, "target"), "conditions")
    seen: set[object] = set()
    for index, condition in enumerate(conditions):
        feature = condition.get("feature")
        if isinstance(feature, str) and feature in seen:
            place = ("target", "conditions", index, "feature")
            yield (
                place,
                Message(
                    "names {feature!r} a second time; a feature is trained one way",
                    feature=feature,
                ),
            )
        if isinstance(feature, str):
            seen.add(feature)


def _blocks(fields: Mapping[str, Any]) -> Iterator[Finding]:
    blocks = _tables(fields, "blocks")
    kinds = [block.get("kind") for block in blocks]
    first = next((i for i, kind in enumerate(kinds) if kind in SCORED), None)
    if first is not None:
        place = ("blocks", first, "kind")
        if fields.get("target") is None:
            yield (
                place,
                Message(
                    "is {kind!r}, which needs a [target] that says what is scored",
                    kind=kinds[first],
                ),
            )
        before = kinds[:first]
        if "baseline" not in before and all(kind in KINDS for kind in before):
            yield (
                place,
                Message("is {kind!r}, but no baseline block comes before it", kind=kinds[first]),
            )
    texts = _table(fields, "instructions").get("texts", {})
    if not isinstance(texts, Mapping):
        return
    for index, block in enumerate(blocks):
        key = block.get("instruction")
        if isinstance(key, str) and key not in texts:
            known = ", ".join(repr(k) for k in texts if isinstance(k, str))
            yield (
                ("blocks", index, "instruction"),
                Message(
                    "names {key!r}, which is not one of [instructions.texts]: {known}",
                    key=key,
                    known=known or Message("none"),
                ),
            )


def _table(fields: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = fields.get(key)
    return value if isinstance(value, Mapping) else {}


def _tables(fields: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = fields.get(key)
    items = value if isinstance(value, list | tuple) else ()
    return [item if isinstance(item, Mapping) else {} for item in items]
