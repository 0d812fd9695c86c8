"""The settings of this station, as commands use them.

Responsible for which value counts where a command was given none: the environment, then the
settings. Not responsible for the settings themselves (`neurofeedback.settings`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurofeedback.settings.model import Settings

_told: set[str] = set()


def station_settings() -> Settings:
    """Return the settings in use; that a file was refused is said once, and the defaults count."""
    from neurofeedback.cli.console import say
    from neurofeedback.settings.store import load

    loaded = load()
    if loaded.problem is not None and loaded.problem not in _told:
        _told.add(loaded.problem)
        say(loaded.problem, style="yellow")
    return loaded.station.settings


def index_address(where: str | None) -> str | None:
    """Return where the index lies: as given, from the environment, or as set; else None."""
    from neurofeedback.settings.effective import value_of

    return where or value_of(station_settings(), "index") or None


def operator_or_set(name: str) -> str:
    """Return who works here: as given, from the environment, or as set; else empty."""
    from neurofeedback.settings.effective import value_of

    return name or value_of(station_settings(), "operator")
