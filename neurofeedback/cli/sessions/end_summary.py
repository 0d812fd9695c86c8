"""The few lines a finished session is summed up in.

Responsible for reading them out of the session's own log, so that they say what was recorded. Not
responsible for a report.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from neurofeedback.app.states import PHASES, percent
from neurofeedback.cli.console import answer, say, stderr
from neurofeedback.events import EventKind
from neurofeedback.recording.read.reader import SessionReader

if TYPE_CHECKING:
    from neurofeedback.events import Event


def show_summary(folder: Path) -> str:
    """Print a table of the blocks, how the session ended, where it is and how to verify it.

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


def _or_nan(value: Any) -> float:
    return math.nan if value is None else float(value)
