"""``neurofeedback protocols explain``: a protocol on a montage, in plain words.

Responsible for printing what `session.explain.protocol` finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from neurofeedback.cli.console import answer_json, progress_bar, stdout
from neurofeedback.cli.options import AsJson
from neurofeedback.cli.protocol.montage_options import Channels, File, Sfreq, montage_of
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.session.explain.protocol import explain as explained

if TYPE_CHECKING:
    from neurofeedback.session.explain.feature import FeatureExplanation
    from neurofeedback.session.explain.protocol import Explanation


def explain(
    protocol: Annotated[str, typer.Argument(metavar="PROTOCOL", help="A name, or a .toml file.")],
    file: File = None,
    channels: Channels = None,
    sfreq: Sfreq = None,
    as_json: AsJson = False,
) -> None:
    """Explain what a protocol does on a montage: delay, noise, rules, sequence of blocks, arms."""
    spec = load_protocol(protocol)
    with progress_bar("Designing filters"):
        montage = montage_of(file, channels, sfreq)
        found = explained(spec, montage, display_delay=spec.display.smoothing)
    if as_json:
        answer_json(found.to_dict())
        return
    console = stdout()
    for line in _lines(found):
        console.print(line)


def _lines(found: Explanation) -> Iterator[str]:

    yield f"[bold]{escape(found.protocol)}[/]"
    if found.experimental:
        yield "[bold]EXPERIMENTAL[/]: the measure it trains is itself uncertain."
    yield escape(found.montage)
    for feature in found.features:
        yield ""
        yield from _feature(feature)
    for heading, text in (
        ("Blocks", found.course),
        ("Reward", found.reward),
        ("Cleaning", found.cleaning),
        ("Holds", found.gate),
        ("Control arm", found.control),
        ("Who sees what", found.visible),
        ("Limits", found.limits),
    ):
        if text:
            yield ""
            yield f"[bold]{heading}[/]  {escape(text)}"
    for warning in found.warnings:
        yield f"[bold]Warning[/]  {escape(warning)}"


def _feature(feature: FeatureExplanation) -> Iterator[str]:

    parts = " + ".join(f"{name} {value:.3f}" for name, value in feature.parts.items())
    used = " (decides on reward)" if feature.trained else ""
    yield f"[bold]{escape(feature.name)}[/]{used}: {escape(f'{feature.label} [{feature.unit}]')}"
    yield f"  shown {feature.delay:.2f} s after the brain: {parts} s"
    yield (
        f"  effective window {feature.window:.2f} s; held for {feature.hold_after:.2f} s after "
        "a bad sample"
    )
    yield f"  noise: {escape(feature.meaning_of_noise)}"
    yield f"  band: {escape(feature.band)}"
    yield f"  estimator: {escape(feature.estimator)}"
    if feature.note:
        yield f"  {escape(feature.note)}"
