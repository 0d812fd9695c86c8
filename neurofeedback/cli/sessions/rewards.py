"""``neurofeedback rewards``: which rewards of a session were true.

Responsible for the command. Not responsible for judging (`report.true_rewards`) nor for words
(`app.summary_text`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.app.summary_text import true_reward_lines, true_reward_row
from neurofeedback.cli.console import answer, answer_json
from neurofeedback.cli.options import AsJson
from neurofeedback.errors import UserError
from neurofeedback.report.summary import session_summary
from neurofeedback.report.true_rewards import LEAST_REWARDS, LEAST_SECONDS


def rewards(
    session: Annotated[
        Path, typer.Argument(metavar="SESSION", help="Folder of the session, or any file of it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Tell what the brain did when rewards were given, as it is seen afterwards."""
    summary = session_summary(session)
    found = summary.true_rewards
    if found is None:
        raise UserError(
            "The rewards of {folder} cannot be judged: that takes a session outside of a blinded "
            "study that trained a single asymmetry or power at electrodes, with at least {n} "
            "rewards and {seconds:g} s of clean training.",
            folder=summary.folder,
            n=LEAST_REWARDS,
            seconds=LEAST_SECONDS,
        )
    if as_json:
        answer_json(asdict(found))
        return
    for row in true_reward_row(found):
        answer(": ".join(row))
    for line in true_reward_lines(found):
        answer(line)
