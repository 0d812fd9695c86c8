"""Settings as they take effect: the environment first, then the file, then the defaults.

Responsible for which value counts, and for telling that the environment overrules a setting. Not
responsible for options of the command line, which come before all of these.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.settings.model import Settings

VARIABLES = {
    "recordings": "NEUROFEEDBACK_DATA",
    "index": "NEUROFEEDBACK_INDEX",
    "operator": "NEUROFEEDBACK_OPERATOR",
    "language": "NEUROFEEDBACK_LANGUAGE",
}


@dataclass(frozen=True, slots=True)
class Overruling:
    """A variable of the environment that stands above a setting.

    Parameters
    ----------
    variable : str
        Its name.
    value : str
        What counts in place of the setting.
    """

    variable: str
    value: str


def overruling(environ: Mapping[str, str] | None = None) -> dict[str, Overruling]:
    """Return the settings that the environment overrules, by key.

    Parameters
    ----------
    environ : mapping or None
        That of the process by default.
    """
    found = os.environ if environ is None else environ
    return {
        key: Overruling(name, found[name]) for key, name in VARIABLES.items() if found.get(name)
    }


def value_of(settings: Settings, key: str, environ: Mapping[str, str] | None = None) -> str:
    """Return a setting of text as it takes effect; empty where nothing is set."""
    above = overruling(environ).get(key)
    return str(getattr(settings, key)) if above is None else above.value


def recordings_folder(settings: Settings, environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder that recordings go to."""
    from platformdirs import user_data_path

    text = value_of(settings, "recordings", environ)
    if text:
        return Path(os.path.expanduser(text))
    return user_data_path("neurofeedback", appauthor=False) / "recordings"


def second_folder(settings: Settings) -> Path:
    """Return where a recording goes on when its disk fails."""
    from platformdirs import user_state_path

    if settings.second_place:
        return Path(os.path.expanduser(settings.second_place))
    return user_state_path("neurofeedback", appauthor=False) / "continued"
