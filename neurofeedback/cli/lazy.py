"""Commands that are imported when they are called.

Responsible for a group whose list of commands costs nothing to show. Not responsible for which
commands there are (`cli.main`). Commands and contexts are `Any`: typer brings its own click in some
versions, and takes the installed one in others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

CONTEXT = {"help_option_names": ["-h", "--help"]}


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that is not yet imported.

    Parameters
    ----------
    where : str
        ``module:name`` of its function, or of a `typer.Typer` with commands of its own.
    help : str
        What the list of commands says of it.
    example : str
        Shown below its own help; a `typer.Typer` has one of its own.
    """

    where: str
    help: str
    example: str = ""

    def load(self, name: str) -> Any:
        """Import the command."""
        module, attribute = self.where.split(":")
        found = getattr(import_module(module), attribute)
        app = typer.Typer(add_completion=False, rich_markup_mode="rich", context_settings=CONTEXT)
        app.callback()(lambda: None)  # so that one command stays a group of one
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name, epilog=f"Example: {self.example}")(found)
        return typer.main.get_group(app).commands[name]


class LazyGroup(TyperGroup):
    """A group of `Entry`; only the one that is called is imported."""

    entries: ClassVar[Mapping[str, Entry]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in order."""
        return list(self.entries)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return what the list of commands shows; `resolve_command` imports."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        return TyperCommand(cmd_name, short_help=entry.help, help=entry.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that is called, imported."""
        name, _, rest = super().resolve_command(ctx, args)
        command = None if name is None else self.entries[name].load(name)
        return name, command, rest
