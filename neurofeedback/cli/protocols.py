"""``neurofeedback protocols``: list, show, validate and explain protocols.

Responsible for printing what the protocol files declare. Not responsible for their meaning.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurofeedback.cli.options import AsJson

if TYPE_CHECKING:
    from neurofeedback.acquisition.source import Source
    from neurofeedback.protocols.spec import ProtocolSpec

app = typer.Typer(
    help="List, show, validate and explain protocols.",
    epilog="Example: neurofeedback protocols show faa-up",
    no_args_is_help=True,
)

Which = Annotated[str, typer.Argument(metavar="PROTOCOL", help="A name, or a .toml file.")]


@app.command("list", epilog="Example: neurofeedback protocols list --json")
def list_protocols(as_json: AsJson = False) -> None:
    """List the protocols that come with the program."""
    from rich.table import Table

    from neurofeedback.cli.console import answer_json, stdout
    from neurofeedback.protocols.protocol_file import library, load_protocol

    specs = [load_protocol(name) for name in library()]
    if as_json:
        answer_json([{"name": s.name, "title": s.title, "minutes": minutes(s)} for s in specs])
        return
    table = Table("name", "minutes", "title", box=None, pad_edge=False, header_style="bold")
    for spec in specs:
        table.add_row(spec.name, f"{minutes(spec):.1f}", spec.title)
    stdout().print(table)


@app.command("show", epilog="Example: neurofeedback protocols show faa-up")
def show(protocol: Which, as_json: AsJson = False) -> None:
    """Show what a protocol declares: features, threshold, reward, blocks, limits."""
    from rich.markup import escape
    from rich.table import Table

    from neurofeedback.cli.console import answer_json, stdout
    from neurofeedback.protocols.protocol_file import load_protocol

    spec = load_protocol(protocol)
    if as_json:
        answer_json({**spec.model_dump(mode="json"), "hash": spec.hash})
        return
    table = Table.grid(padding=(0, 2))
    table.title, table.title_justify = escape(spec.title), "left"
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in describe(spec):
        table.add_row(name, text)
    stdout().print(table)


@app.command("validate", epilog="Example: neurofeedback protocols validate my-protocol.toml")
def validate(protocol: Which, as_json: AsJson = False) -> None:
    """Check a protocol file; every refused key is named."""
    from neurofeedback.cli.boundary import EXIT_USER_ERROR
    from neurofeedback.cli.console import answer, answer_json
    from neurofeedback.errors import UserError
    from neurofeedback.protocols.protocol_file import load_protocol

    try:
        spec = load_protocol(protocol)
    except UserError as error:
        if not as_json:
            raise
        answer_json({"ok": False, "error": str(error)})
        raise typer.Exit(EXIT_USER_ERROR) from error
    if as_json:
        answer_json({"ok": True, "name": spec.name, "hash": spec.hash})
    else:
        answer(f"{spec.name} is valid: {minutes(spec):.1f} min, hash {spec.hash[:12]}.")


@app.command("explain", epilog="Example: neurofeedback protocols explain faa-up --file rest.edf")
def explain(
    protocol: Which,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="Take channels and rate from a recording."),
    ] = None,
    channels: Annotated[
        int, typer.Option("--channels", min=2, max=256, help="Channels of a standard montage.")
    ] = 19,
    sfreq: Annotated[
        float, typer.Option("--sfreq", min=64, max=20_000, help="Its sampling rate in Hz.")
    ] = 250.0,
    as_json: AsJson = False,
) -> None:
    """Say in plain words what a protocol does on a montage: delay, window, noise, leakage."""
    from dataclasses import replace

    from rich.console import Group
    from rich.markup import escape

    from neurofeedback.acquisition.replay import ReplaySource
    from neurofeedback.acquisition.synthetic import SyntheticSource
    from neurofeedback.cli.console import answer_json, stdout
    from neurofeedback.gui.scene import SMOOTHING
    from neurofeedback.protocols.protocol_file import load_protocol
    from neurofeedback.session.explain import explain as explained

    spec = load_protocol(protocol)
    source: Source
    if file is None:
        source = SyntheticSource(n_channels=channels, sfreq=sfreq)
        info = replace(source.open(), name="standard montage")
    else:
        source = ReplaySource(file)
        info = source.open()
    source.close()
    found = explained(spec, info, display_delay=SMOOTHING)
    if as_json:
        answer_json(found.to_dict())
        return
    lines = [f"[bold]{escape(found.protocol)}[/]", escape(found.montage), ""]
    for feature in found.features:
        trained = " (trained)" if feature.trained else ""
        parts = " + ".join(f"{name} {value:.3f}" for name, value in feature.parts.items())
        lines += [
            f"[bold]{escape(feature.name)}[/]{trained}: "
            + escape(f"{feature.label} [{feature.unit}]"),
            f"  shown {feature.delay:.2f} s after the brain: {parts} s",
            f"  effective window {feature.window:.2f} s; held for {feature.hold_after:.2f} s after "
            "a bad sample",
            f"  band: {escape(feature.band)}",
            f"  estimator: {escape(feature.estimator)}",
            *([f"  {escape(feature.note)}"] if feature.note else []),
        ]
    lines += ["", *map(escape, (found.course, found.reward, found.gate)), "", escape(found.limits)]
    stdout().print(Group(*lines))


def minutes(spec: ProtocolSpec) -> float:
    """Return the shortest length of a protocol in minutes (clean baseline, no pause)."""
    return sum(block.seconds for block in spec.iter_blocks()) / 60.0


def describe(spec: ProtocolSpec) -> list[tuple[str, str]]:
    """Return a protocol as rows of a name and a sentence, markup escaped."""
    from rich.markup import escape

    from neurofeedback.session.explain import reward_in_words
    from neurofeedback.session.explain_feature import declared_in_words

    settings: dict[str, Any] = spec.model_dump(mode="json")
    rows = [("what", " ".join(spec.description.split()))]
    rows += [(f"feature {f.name}", declared_in_words(f)) for f in spec.signal.features]
    rows += [
        ("reference", str(settings["signal"]["montage"]["reference"])),
        ("reward", reward_in_words(spec)),
        ("blocks", ", ".join(f"{b.kind} {b.seconds:g} s" for b in spec.iter_blocks())),
        ("limits", " ".join(spec.limits.split())),
        ("evidence", ", ".join(f"doi:{doi}" for doi in spec.evidence)),
        ("hash", spec.hash),
    ]
    return [(name, escape(text)) for name, text in rows if text]
