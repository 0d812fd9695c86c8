"""``neurofeedback settings``: what this workstation remembers.

Responsible for the commands alone; see `neurofeedback.settings`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from neurofeedback.cli.console import answer, answer_json, say
from neurofeedback.cli.options import AsJson
from neurofeedback.settings.effective import overruling
from neurofeedback.settings.store import change, load, settings_path

app = typer.Typer(
    help="Show and change the settings of this workstation: storage, index, names, "
    "appearance, lock.",
    epilog="Example: neurofeedback settings set operator 'A. Smith'",
    no_args_is_help=True,
)


@app.command("show", epilog="Example: neurofeedback settings show --json")
def show(as_json: AsJson = False) -> None:
    """Show the settings in use, and those that the environment overrides."""
    loaded, above = load(), overruling()
    if loaded.problem is not None:
        say(loaded.problem, style="yellow")
    workstation = loaded.workstation
    values = workstation.settings.model_dump()
    if as_json:
        answer_json(
            {
                "file": str(settings_path()),
                "problem": loaded.problem,
                "profile": workstation.active,
                "profiles": list(workstation.profiles),
                "settings": values,
                "overruled": {key: by.variable for key, by in above.items()},
            }
        )
        return
    answer(f"{settings_path()}, profile {workstation.active} of {', '.join(workstation.profiles)}")
    for key, value in values.items():
        by = f"  ({above[key].variable} is set and overrides it)" if key in above else ""
        answer(f"  {key} = {value!r}{by}")


@app.command("set", epilog="Example: neurofeedback settings set lock_minutes 10")
def set_value(
    key: Annotated[str, typer.Argument(metavar="KEY", help="See: neurofeedback settings show")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The new value; '' for none.")],
) -> None:
    """Change a setting of the profile in use."""
    workstation, kept = change(lambda now: now.with_value(key, value))
    if kept is not None:
        say(f"The rejected settings are kept in {kept}.", style="yellow")
    answer(f"{key} = {getattr(workstation.settings, key)!r} in profile {workstation.active}.")
    above = overruling().get(key)
    if above is not None:
        say(
            f"{above.variable} is set in the environment and overrides this setting.",
            style="yellow",
        )


@app.command("use", epilog="Example: neurofeedback settings use 'Room 2'")
def use(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="Name of the profile.")],
    new: Annotated[
        bool, typer.Option("--new", help="Create it as a copy of the profile in use.")
    ] = (False),
) -> None:
    """Switch to another profile."""
    workstation, _ = change(lambda now: now.adding(profile) if new else now.using(profile))
    answer(f"Profile {workstation.active} is in use.")
