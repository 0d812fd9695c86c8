"""The metadata of a stream in an XDF file.

Responsible for reading fields wherever the tree of metadata ends. Not responsible for samples.
"""

from __future__ import annotations

from typing import Any


def channels(info: dict[str, Any], n_channels: int) -> tuple[list[str], list[str], list[str]]:
    """Return label, type and unit of each channel as written; labels are never empty."""
    described = _descriptions(info)
    if len(described) != n_channels:
        described = [{} for _ in range(n_channels)]
    labels = [first(d, "label") or first(d, "name") for d in described]
    labels = [label or f"channel {i}" for i, label in enumerate(labels, start=1)]
    return labels, [first(d, "type") for d in described], [first(d, "unit") for d in described]


def _descriptions(info: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the descriptions of the channels, wherever the tree of metadata ends."""
    node: Any = info
    for key in ("desc", "channels"):
        found = node.get(key) if isinstance(node, dict) else None
        node = found[0] if found else None
    channels = node.get("channel") if isinstance(node, dict) else None
    return [d if isinstance(d, dict) else {} for d in channels or []]


def first(fields: dict[str, Any], key: str) -> str:
    """Return the text of a field of XDF's metadata, empty when there is none."""
    found = fields.get(key)
    value = found[0] if isinstance(found, list) and found else found
    return value if isinstance(value, str) else ""


def to_float(text: str) -> float:
    """Return the number that a field holds; NaN for none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
