"""The few lines a finished session is summed up in.

Responsible for reading them out of the session's own log, so that they say what was recorded. Not
responsible for a report.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from neurofeedback.app.states import PHASES, hold_in_words, percent
from neurofeedback.cli.console import answer, say, stderr
from neurofeedback.events import EventKind
from neurofeedback.holds import AT_ELECTRODES, Hold
from neurofeedback.recording.read.reader import SessionReader

if TYPE_CHECKING:
    from neurofeedback.events import Event


def show_summary(folder: Path) -> str:
    """Print the blocks, bad electrodes, how the session ended, where it is, how to verify it.

    Returns
    -------
    str
        The recorded status: ``completed``, ``stopped``, ``failed``, or ``crashed`` without one.
    """
    blocks, end = read_blocks(folder)
    if blocks:
        names = ("block", "", "length", "clean", "mean", "past threshold", "rewards")
        table = Table(*names, box=None, pad_edge=False, header_style="bold")
        for event in blocks:
            d = event.details
            table.add_row(
                str(d["block"] + 1),
                PHASES.get(d["phase"], d["phase"]),
                f"{d['seconds']:.1f} s",
                f"{d['clean_seconds']:.1f} s",
                "–" if d.get("mean") is None else f"{d['mean']:+.3f}",
                percent(_or_nan(d.get("success_rate"))),
                str(d.get("rewards", "–")),
            )
        stderr().print(table)
        if "rewards" not in blocks[0].details:
            say("What was fed back is sealed: this session belongs to a study.", style="dim")
    for cause, seconds in held_at_electrodes(folder).most_common():
        say(f"Feedback was held for {seconds:.0f} s: {hold_in_words(cause)}.", style="yellow")
    if end is not None:
        say(f"{end.details['status'].capitalize()}: {end.details['reason']}.")
    say("Session folder (standard output), to be checked with: neurofeedback verify FOLDER")
    answer(str(folder))
    return "crashed" if end is None else str(end.details["status"])


def read_blocks(folder: Path) -> tuple[list[Event], Event | None]:
    """Return the ends of the blocks of a recorded session, and its end if it has one."""
    reader = SessionReader(folder)
    blocks = [event for event in reader.events() if event.kind is EventKind.BLOCK_ENDED]
    return blocks, reader.stopped


def held_at_electrodes(folder: Path) -> Counter[str]:
    """Return how long commands held feedback for an electrode that was bad, s, by cause."""
    reader = SessionReader(folder)
    last, held = reader.n_samples - 1, Counter[str]()
    for event in reader.events():
        cause = str(event.details.get("cause", ""))
        if event.kind is EventKind.COMMAND and Hold.read(cause).cause in AT_ELECTRODES:
            first, stop = event.details["first"], min(event.details["last"], last) + 1
            held[cause] += (stop - first) / reader.info.sfreq
    return held


def _or_nan(value: Any) -> float:
    return math.nan if value is None else float(value)
