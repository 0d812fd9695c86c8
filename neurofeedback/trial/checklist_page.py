"""The checklist as a page, and as a table for spreadsheets.

Responsible for their form. Not responsible for what the boxes say (`trial.checklist`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from neurofeedback.trial.checklist import Answer
from neurofeedback.trial.checklist_value import AUTHOR, FILLED, PART
from neurofeedback.trial.page import Grid, Heading, Part, Sentence
from neurofeedback.trial.tables import guarded, to_csv
from neurofeedback.words.message import Message, joined

DOI = "10.1093/brain/awaa009"
COLUMNS = ("item", "box", "asks", "state", "choice", "text", "sources", "for_the_author")
_STATES = {
    FILLED: Message("filled"),
    PART: Message("filled in part"),
    AUTHOR: Message("for the author"),
}


def checklist_parts(name: str, answers: Sequence[Answer]) -> list[Part]:
    """Return the page of a checklist.

    Parameters
    ----------
    name : str
        Of the study or session.
    answers : sequence of Answer
    """
    parts: list[Part] = [
        Heading(Message("CRED-nf checklist: {name}", name=name), 1),
        Sentence(
            Message(
                "The items are those of Ros et al. 2020, doi:{doi}, in the words of this program. "
                "It says what protocol, sessions, study and answers tell; what only a person can "
                "know is for the author.",
                doi=DOI,
            )
        ),
    ]
    for domain, group in groupby(answers, key=lambda one: one.box.domain):
        rows = [_row(one) for one in group]
        parts.append(Heading(domain))
        parts.append(
            Grid(
                [Message("item"), Message("asks"), Message("state"), Message("what is known"),
                 Message("from"), Message("for the author")],
                rows,
            )
        )  # fmt: skip
    return parts


def checklist_csv(answers: Sequence[Answer]) -> str:
    """Return the checklist as CSV, with the names and choices of the authors' tool."""
    rows = []
    for one in answers:
        filled = one.filled
        cells = (one.box.number, one.box.key, one.box.text, filled.state, filled.choice,
                 filled.text, "; ".join(filled.sources), filled.author)  # fmt: skip
        rows.append([guarded(cell) if cell else "" for cell in cells])
    return to_csv(COLUMNS, rows)


def _row(one: Answer) -> list[str]:
    filled = one.filled
    sources = joined(list(filled.sources), ", ")
    return [one.box.key, one.box.text, _STATES[filled.state], filled.text, sources, filled.author]
