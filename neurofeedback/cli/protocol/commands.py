"""``neurofeedback protocols``: list, show, validate, explain, compare and make protocols.

Responsible for printing what the protocol files declare and for writing a new one. Not responsible
for their meaning.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from neurofeedback.cli.console import answer, answer_json, say, stdout
from neurofeedback.cli.options import AsJson
from neurofeedback.cli.protocol.cards import card_of, describe, mentions
from neurofeedback.cli.protocol.explain import explain
from neurofeedback.cli.protocol.fidelity import fidelity
from neurofeedback.cli.protocol.simulate import EPILOG, simulate
from neurofeedback.cli.protocol.validate import validate
from neurofeedback.protocols.file.difference import differences, in_words
from neurofeedback.protocols.file.reading import library, load_protocol, renamed, write_new
from neurofeedback.protocols.file.writing import to_toml

app = typer.Typer(
    help="List, show, validate, explain, simulate, compare and make protocols.",
    epilog="Example: neurofeedback protocols explain faa-up",
    no_args_is_help=True,
)

Which = Annotated[str, typer.Argument(metavar="PROTOCOL", help="A name, or a .toml file.")]

app.command("explain", epilog="Example: neurofeedback protocols explain faa-up --file rest.edf")(
    explain
)
app.command("fidelity", epilog="Example: neurofeedback protocols fidelity faa-up --file rest.edf")(
    fidelity
)
app.command("validate", epilog="Example: neurofeedback protocols validate my-protocol.toml")(
    validate
)
app.command("simulate", epilog=EPILOG)(simulate)


@app.command("list", epilog="Example: neurofeedback protocols list --search theta")
def list_protocols(
    search: Annotated[
        list[str] | None,
        typer.Option("--search", metavar="WORD", help="Only those with this word; repeatable."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the protocols that come with the program, as cards."""
    specs = [load_protocol(name) for name in library()]
    cards = [card for card in map(card_of, specs) if mentions(card, search or ())]
    if as_json:
        answer_json(cards)
        return
    if not cards:
        say(f"No protocol mentions {' and '.join(search or ())}.")
    console = stdout()
    for i, card in enumerate(cards):
        mark = "  [bold]EXPERIMENTAL[/]" if card["experimental"] else ""
        gap = "\n" if i else ""
        console.print(f"{gap}[bold]{escape(card['name'])}[/]  {card['minutes']:.1f} min{mark}")
        console.print(f"  {escape(card['title'])}")
        console.print(f"  trains {escape(card['trains'])}")


@app.command("show", epilog="Example: neurofeedback protocols show faa-up")
def show(
    protocol: Which,
    as_toml: Annotated[
        bool, typer.Option("--toml", help="As a file with every value written out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a protocol declares: features, threshold, reward, blocks, limits."""
    spec = load_protocol(protocol)
    if as_json:
        answer_json({**spec.model_dump(mode="json"), "hash": spec.hash})
        return
    if as_toml:
        answer(to_toml(spec).rstrip("\n"))
        return
    table = Table.grid(padding=(0, 2))
    table.title, table.title_justify = escape(spec.title), "left"
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in describe(spec):
        table.add_row(name, escape(text))
    stdout().print(table)


@app.command("diff", epilog="Example: neurofeedback protocols diff faa-up my-protocol.toml")
def diff(
    old: Annotated[str, typer.Argument(metavar="A", help="A name, or a .toml file.")],
    new: Annotated[str, typer.Argument(metavar="B", help="A name, or a .toml file.")],
    as_json: AsJson = False,
) -> None:
    """List what differs in meaning between two protocols, key by key."""
    a, b = load_protocol(old), load_protocol(new)
    found = differences(a, b)
    if as_json:
        hashes = {"a": {"name": a.name, "hash": a.hash}, "b": {"name": b.name, "hash": b.hash}}
        answer_json({"equal": not found, **hashes, "differences": [d.to_dict() for d in found]})
    elif not found:
        answer(f"{a.name} and {b.name} mean the same (hash {a.hash[:12]}).")
    else:
        table = Table("key", a.name, b.name, box=None, pad_edge=False, header_style="bold")
        for d in found:
            table.add_row(*map(Text, (d.key, in_words(d.old, d.unit), in_words(d.new, d.unit))))
        stdout().print(table)


@app.command("new", epilog="Example: neurofeedback protocols new my-faa --from faa-individual")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new protocol.")],
    source: Annotated[
        str, typer.Option("--from", metavar="PROTOCOL", help="The protocol to start from.")
    ] = "faa-up",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Default: NAME.toml.")
    ] = None,
) -> None:
    """Write a new protocol file with a comment on each key; never overwrite an existing file."""
    begun_from = load_protocol(source)
    text = to_toml(renamed(begun_from, name), comments=True)
    path = out or Path(f"{name}.toml")
    write_new(
        path,
        f"# Begun from {begun_from.name}. After a change: neurofeedback protocols validate {path}\n"
        f"# and neurofeedback protocols diff {source} {path}\n\n{text}",
    )
    answer(f"{path} was written; it means the same as {source} until you change it.")
