"""The course of a trial as a drawing: within sessions, and from one to the next.

Responsible for the SVG. Not responsible for its figures (`trial.report`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurofeedback.trial.tables import escaped

WIDTH, HEIGHT, EDGE = 760, 300, 46
_COLOURS = ("#1f5fa8", "#c05a00", "#3a7d44", "#7a3e9d")
_DASHES = ("", "6 4", "2 3", "8 3 2 3")  # arms are told apart without colour as well


def course_svg(courses: Sequence[Mapping[str, Any]]) -> str:
    """Draw training blocks and baselines of all sessions by arm; empty where there is nothing.

    Parameters
    ----------
    courses : sequence of mapping
        As ``learning.blocks`` of the report.
    """
    values = [v for c in courses for v in (c["baseline"], c["training"], *c["blocks"])]
    known = [v for v in values if v is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    room = (high - low) * 0.08 or 1.0
    last = max(c["session"] for c in courses)

    def at(session: float, value: float) -> tuple[float, float]:
        x = EDGE + (session - 0.5) * (WIDTH - 2 * EDGE) / last
        y = HEIGHT - EDGE - (value - low + room) * (HEIGHT - 2 * EDGE) / (high - low + 2 * room)
        return round(x, 1), round(y, 1)

    arms = list(dict.fromkeys(c["arm"] for c in courses))
    drawn = [_axes(last, low, high, at)]
    for number, arm in enumerate(arms):
        own = [c for c in courses if c["arm"] == arm]
        drawn.append(_arm(own, arm, number, at))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12">{"".join(drawn)}</svg>'
    )


def _axes(last: int, low: float, high: float, at: Any) -> str:
    base = HEIGHT - EDGE
    parts = [f'<path d="M{EDGE} {EDGE / 2}V{base}H{WIDTH - EDGE}" fill="none" stroke="#555"/>']
    for session in range(1, last + 1):
        x, _ = at(session, low)
        parts.append(f'<text x="{x}" y="{base + 16}" text-anchor="middle">{session}</text>')
    for value in (low, high):
        _, y = at(1, value)
        parts.append(f'<text x="{EDGE - 4}" y="{y}" text-anchor="end">{value:.2f}</text>')
    return "".join(parts)


def _arm(courses: Sequence[Mapping[str, Any]], arm: str, number: int, at: Any) -> str:
    colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
    style = f'fill="none" stroke="{colour}" stroke-dasharray="{dash}"'
    parts = []
    for course in courses:
        blocks = [v for v in course["blocks"] if v is not None]
        begin, step = course["session"] - 0.3, 0.6 / max(len(blocks), 1)
        places = [begin + step * (i + 0.5) for i in range(len(blocks))]
        points = [at(x, v) for x, v in zip(places, blocks, strict=True)]
        if len(points) > 1:
            line = " ".join(f"{x},{y}" for x, y in points)
            parts.append(f'<polyline points="{line}" {style} stroke-width="2"/>')
        for x, y in points:
            parts.append(f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>')
        if course["baseline"] is not None:
            x, y = at(course["session"] - 0.38, course["baseline"])
            parts.append(
                f'<rect x="{x - 3}" y="{y - 3}" width="6" height="6" fill="none" '
                f'stroke="{colour}"/>'
            )
    means = [at(c["session"], c["training"]) for c in courses if c["training"] is not None]
    line = " ".join(f"{x},{y}" for x, y in means)
    parts.append(f'<polyline points="{line}" {style} stroke-width="1"/>')
    y = 14 + 16 * number
    name = escaped(arm).replace("&", "&amp;").replace("<", "&lt;")
    parts.append(f'<path d="M{WIDTH - 150} {y - 4}h30" {style} stroke-width="2"/>')
    parts.append(f'<text x="{WIDTH - 112}" y="{y}">{name}</text>')
    return "".join(parts)
