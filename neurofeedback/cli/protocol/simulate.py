"""``neurofeedback protocols simulate``: a protocol tried on a synthetic participant.

Responsible for printing what `session.explain.simulate` finds. Not responsible for the finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from neurofeedback.acquisition.standard_montage import CHANNELS, SFREQ
from neurofeedback.cli.console import answer_json, progress_bar, stdout
from neurofeedback.cli.options import AsJson
from neurofeedback.cli.protocol.montage_options import Channels, Sfreq
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.session.explain.contingency import LENGTHS
from neurofeedback.session.explain.learning_curve import difference
from neurofeedback.session.explain.simulate import shortened
from neurofeedback.session.explain.simulate import simulate as simulated

if TYPE_CHECKING:
    from rich.console import RenderableType

    from neurofeedback.session.explain.contingency import Contingency
    from neurofeedback.session.explain.learning_curve import LearningCurve
    from neurofeedback.session.explain.simulate import Simulation

EPILOG = "Example: neurofeedback protocols simulate faa-up --seed 1"


def simulate(
    protocol: Annotated[str, typer.Argument(metavar="PROTOCOL", help="A name, or a .toml file.")],
    learner: Annotated[
        bool | None,
        typer.Option(
            "--learner/--non-learner",
            help="Only a participant who learns, or one who does not. (both)",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed.")] = 0,
    channels: Channels = None,
    sfreq: Sfreq = None,
    rounds_seconds: Annotated[
        float | None,
        typer.Option(
            "--rounds-seconds",
            metavar="S",
            min=1.0,
            help="Shorten training, transfer and control blocks to S seconds.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a whole protocol offline on a synthetic participant who learns, and on one who does not.

    Shows whether the protocol can work, not whether it will: the synthetic participants do not
    model a brain.
    """
    spec = load_protocol(protocol)
    if rounds_seconds is not None:
        spec = shortened(spec, rounds_seconds)
    found = []
    for who in (True, False) if learner is None else (learner,):
        title = f"{spec.name}, {_who(who)}"
        with progress_bar(title, quiet=as_json) as progress:
            found.append(
                simulated(
                    spec,
                    learner=who,
                    seed=seed,
                    n_channels=channels or CHANNELS,
                    sfreq=sfreq or SFREQ,
                    progress=progress,
                )
            )
    courses = [one.course for one in found if one.course is not None]
    contrast = difference(*courses) if len(courses) == 2 else None
    if as_json:
        answer_json(
            {
                "protocol": spec.name,
                "hash": spec.hash,
                "participants": [one.to_dict() for one in found],
                "difference": contrast.to_dict() if contrast else None,
            }
        )
        return
    console = stdout()
    for one in found:
        for part in _lines(one):
            console.print(part)
    if contrast is not None:
        console.print(f"[bold]Learner less non-learner[/]  {_course(contrast)}")


def _who(learner: bool) -> str:
    return "learner" if learner else "non-learner"


def _lines(found: Simulation) -> Iterator[RenderableType]:

    yield (
        f"[bold]{_who(found.learner).capitalize()}[/] (seed {found.seed}): "
        f"{escape(found.ended)} after {found.minutes:.1f} min"
    )
    yield _table(found)
    if found.success_rate is not None:
        target = "" if found.target_rate is None else f", target {found.target_rate:.0%}"
        error = "" if found.rate_error is None else f" ± {found.rate_error:.0%} (standard error)"
        yield f"Success rate of training {found.success_rate:.0%}{error} of clean time{target}."
    if found.rewards_a_minute is not None:
        yield f"{found.rewards} rewards, {found.rewards_a_minute:.1f} a minute of feedback."
    yield f"Feedback was held {found.held_share:.0%} of the time."
    if found.course is not None:
        yield f"Trained: {_course(found.course)}"
    if found.contingency is not None:
        yield _watched(found.contingency)
    for warning in found.warnings:
        yield f"[bold]Warning[/]  {escape(warning)}"
    yield ""


def _watched(found: Contingency) -> str:
    """Say how well an ideal watcher could see that the picture follows."""
    over = [found.over(seconds) for seconds in LENGTHS]
    parts = [
        f"{name} {', '.join(f'{distances[i]:.1f}' for distances in over)}"
        for i, name in enumerate(("picture", "boat", "chimes"))
    ]
    return (
        "Half a standard deviation more against none, as an ideal watcher sees it in 30 s, 1, 3 "
        f"and 10 min (d'): {'; '.join(parts)}. Rewards a clean minute {found.rewards:.0f} and "
        f"{found.rewards_raised:.0f}."
    )


def _table(found: Simulation) -> RenderableType:

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("block", "kind", "s", "held", "success", "rewards", "threshold", "mean"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    table.caption = escape(f"threshold and mean: {found.score} [{found.unit}]")
    table.caption_justify = "left"
    for b in found.blocks:
        table.add_row(
            str(b.block + 1),
            b.phase,
            f"{b.seconds:.0f}",
            f"{b.held_share:.0%}",
            "" if b.success_rate is None else f"{b.success_rate:.0%}",
            str(b.rewards) if b.success_rate is not None else "",
            _number(b.threshold),
            _number(b.mean),
        )
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _course(course: LearningCurve) -> str:

    verdict = "clearly" if course.learned else "not clearly"
    return escape(
        f"{course.name} from {course.start:.2f} to {course.end:.2f} [{course.unit}], "
        f"{course.slope:+.3f} ± {course.error:.3f} (standard error) a minute: {verdict} "
        f"{course.direction}, which is trained."
    )
