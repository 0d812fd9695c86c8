"""A running session as text: a live panel on a terminal, plain lines elsewhere.

A plain line comes every few seconds, and at once when block, state or alarm changes.

Responsible for showing what the runner says of itself. Not responsible for running anything, nor
for deciding what is shown to a participant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from neurofeedback.app.states import PHASES, STATES, clock, hold_in_words, percent
from neurofeedback.frames import FeedbackFrame
from neurofeedback.session.status import RunState, Status

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

BAR_WIDTH = 40
LINE_EVERY = 5.0
CONCEALED = "not shown in a session of a study: seeing it could reveal the arm"
RUN_STYLES = {
    RunState.RUNNING: "green",
    RunState.PAUSED: "yellow",
    RunState.FINISHED: "cyan",
    RunState.FAILED: "bold red",
}


class Shown(Protocol):
    """What the view asks of a session; `session.runner.SessionRunner` has it."""

    @property
    def latest(self) -> FeedbackFrame | None:
        """The newest feedback frame."""
        ...

    def status(self) -> Status:
        """Return a snapshot of the session."""
        ...


class TextView:
    """Shows a session as text while it is entered as a context.

    Parameters
    ----------
    session : Shown
        The session.
    title : str
        One line above everything: protocol, source, participant.
    feature : str
        Name of the trained feature with its sign convention.
    console : Console
        Where to show it; a live panel only if it is a terminal.
    clock : callable
        Seconds, for the distance of plain lines.
    """

    def __init__(
        self,
        session: Shown,
        title: str,
        feature: str,
        console: Console,
        clock: Callable[[], float],
    ) -> None:
        self._session = session
        self._title = title
        self._feature = feature
        self._console = console
        self._clock = clock
        self._live: Live | None = None
        self._next_line = -math.inf
        self._news: tuple[object, ...] = ()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=False)
            self._live.__enter__()
        else:
            self._console.print(self._title, markup=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)
            self._live = None

    def refresh(self) -> None:
        """Show the present state; to be called some ten times a second."""
        status, frame = self._session.status(), self._session.latest
        if self._live is not None:
            self._live.update(
                panel(status, frame, title=self._title, feature=self._feature), refresh=True
            )
            return
        news = (status.state, status.progress.block, status.progress.phase, status.alarm is None)
        now = self._clock()
        if now >= self._next_line or news != self._news:
            self._next_line, self._news = now + LINE_EVERY, news
            self._console.print(plain_line(status, frame), markup=False)


def panel(
    status: Status, frame: FeedbackFrame | None, *, title: str, feature: str
) -> RenderableType:
    """Return the live panel for one moment of a session."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", justify="right")
    table.add_column()
    for name, text, style in rows(status, frame, feature):
        table.add_row(name, Text(text, style=style))
    return Panel(table, title=Text(title), title_align="left", expand=False)


def rows(status: Status, frame: FeedbackFrame | None, feature: str) -> list[tuple[str, str, str]]:
    """Return name, text and style of each line of the panel; none of feedback if concealed."""
    held = "" if frame is None or frame.held is None else hold_in_words(frame.held)
    lines = [
        ("state", STATES[status.state], RUN_STYLES.get(status.state, "")),
        ("block", block_clock(status), ""),
        ("hold", held or "none", "yellow" if held else "dim"),
        ("time held", percent(status.progress.held_share), ""),
        ("recorded", f"{clock(status.recorded_seconds)} ({status.recorded_samples} samples)", ""),
    ]
    if status.rewards is None:
        lines[2:2] = [("feedback", CONCEALED, "dim")]
    else:
        lines[2:2] = _feedback_rows(status, frame, feature, "dim" if held else "green")
    if status.estimator:
        lines.append(("estimator", status.estimator, "dim"))
    if status.alarm:
        lines.append(("ALARM", status.alarm, "bold red"))
    return lines


def _feedback_rows(
    status: Status, frame: FeedbackFrame | None, feature: str, style: str
) -> list[tuple[str, str, str]]:
    value = math.nan if frame is None else frame.feature
    threshold = math.nan if frame is None else frame.threshold
    return [
        (feature, f"{number(value)}   threshold {number(threshold)}", ""),
        ("feedback", bar(frame), style),
        ("past threshold", percent(status.progress.success_rate), ""),
        ("rewards", str(status.rewards), ""),
    ]


def plain_line(status: Status, frame: FeedbackFrame | None) -> str:
    """Return one moment of a session as one line."""
    parts = [
        f"{clock(status.recorded_seconds)} {STATES[status.state].lower()}",
        block_clock(status),
    ]
    told = status.rewards is not None
    if frame is not None and told:
        parts.append(f"value {number(frame.feature)} threshold {number(frame.threshold)}")
    if frame is not None and frame.held is not None:
        parts.append(f"hold: {hold_in_words(frame.held)}")
    if told:
        parts.append(f"past threshold {percent(status.progress.success_rate)}")
        parts.append(f"rewards {status.rewards}")
    if status.alarm:
        parts.append(f"ALARM: {status.alarm}")
    return " | ".join(parts)


def bar(frame: FeedbackFrame | None) -> str:
    """Return the feedback value as a bar with a tick where the threshold is (0.5)."""
    filled = 0
    if frame is not None and math.isfinite(frame.value):
        filled = round(min(max(frame.value, 0.0), 1.0) * BAR_WIDTH)
    cells = ["█" if i < filled else "·" for i in range(BAR_WIDTH)]
    cells.insert(BAR_WIDTH // 2, "│")
    return "".join(cells)


def block_clock(status: Status) -> str:
    """Return which block it is and how far it has come, as words."""
    p = status.progress
    if p.phase == "done":
        return "protocol done"
    return (
        f"{PHASES.get(p.phase, p.phase).lower()}, {p.block + 1} of {p.n_blocks}, "
        f"{clock(p.elapsed)} of {clock(p.seconds)}"
    )


def number(value: float) -> str:
    """Return a feature value as people read it; a dash for NaN."""
    return f"{value:+.2f}" if math.isfinite(value) else "–"
