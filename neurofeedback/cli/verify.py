"""``neurofeedback verify``: is a recorded session what the engine gives for its samples?

Responsible for the command alone; the comparison is `session.verify`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.cli.options import AsJson


def verify(
    session: Annotated[
        Path, typer.Argument(metavar="SESSION", help="Folder of the session, or one of its files.")
    ],
    as_json: AsJson = False,
) -> None:
    """Run a recorded session again and compare every logged value, bit for bit."""
