"""The CRED-nf checklist, filled from what is known, and nothing beyond that.

Responsible for what each box says, where that is from, and what is left for the author: whatever
only a person can know stays empty. Not responsible for which boxes there are
(`trial.checklist_items`), nor for pages (`trial.checklist_page`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.trial.checklist_figures import FIGURES
from neurofeedback.trial.checklist_items import BOXES, Box
from neurofeedback.trial.checklist_setup import SETUP
from neurofeedback.trial.checklist_trial import TRIAL
from neurofeedback.trial.checklist_value import FILLED, Evidence, Filled
from neurofeedback.trial.collect import TrialTables
from neurofeedback.trial.report import trial_report
from neurofeedback.words.message import Message

_RULES: Mapping[str, Callable[[Evidence], Filled]] = {**SETUP, **TRIAL, **FIGURES}


@dataclass(frozen=True, slots=True)
class Answer:
    """A box and what it holds.

    Parameters
    ----------
    box : Box
    filled : Filled
    """

    box: Box
    filled: Filled

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        filled = self.filled
        return {
            "key": self.box.key,
            "item": self.box.number,
            "domain": self.box.domain,
            "asks": self.box.text,
            "state": filled.state,
            "choice": filled.choice,
            "text": filled.text,
            "sources": list(filled.sources),
            "for_the_author": filled.author,
        }


def trial_checklist(trial: TrialTables, answers: Mapping[str, str] | None = None) -> list[Answer]:
    """Fill all boxes from the tables of a study.

    Parameters
    ----------
    trial : TrialTables
    answers : mapping of str to str
        What the author says, by key of a box or number of an item.

    Raises
    ------
    UserError
        If an answer is to no box, or this version does not understand the protocol.
    """
    try:
        spec = ProtocolSpec.model_validate(trial.facts["protocol"])
    except ValidationError as error:
        raise UserError(
            "This version cannot run the recorded protocol: {reason}.", reason=error
        ) from error
    evidence = Evidence(spec, tuple(trial.facts["setups"]), trial, trial_report(trial))
    return list(_with_answers(_filled(BOXES, evidence), answers or {}))


def session_checklist(protocol: Mapping[str, Any], setup: Mapping[str, Any]) -> list[Answer]:
    """Fill the boxes of which a single session outside of a study says something.

    Parameters
    ----------
    protocol : mapping
        As the session has it.
    setup : mapping
        See `trial.session_figures.setup_of`.
    """
    evidence = Evidence(ProtocolSpec.model_validate(protocol), (setup,))
    return list(_filled([box for box in BOXES if box.key in SETUP], evidence))


def _filled(boxes: Sequence[Box], evidence: Evidence) -> Iterator[Answer]:
    for box in boxes:
        found = _RULES[box.key](evidence)
        if found.choice and found.choice not in box.choices:
            raise ValueError(f"{box.key}: {found.choice!r} is no choice of this box.")
        yield Answer(box, found)


def _with_answers(found: Iterator[Answer], answers: Mapping[str, str]) -> Iterator[Answer]:
    unknown = set(answers) - {box.key for box in BOXES} - {box.number for box in BOXES}
    if unknown:
        raise UserError(
            "The checklist has no box {key!r}; there are {known}.",
            key=min(unknown)[:40],
            known=", ".join(box.key for box in BOXES),
        )
    for one in found:
        said = answers.get(one.box.key) or answers.get(one.box.number)
        if not said:
            yield one
            continue
        text = f"{said} {one.filled.text}".strip()
        sources = (Message("the author"), *one.filled.sources)
        filled = replace(one.filled, state=FILLED, text=text, sources=sources, author="")
        yield Answer(one.box, filled)
