"""What a box of the checklist is filled from, and what it is filled with.

Responsible for these values alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.trial.collect import TrialTables
from neurofeedback.words.message import Message

FILLED: Literal["filled"] = "filled"
PART: Literal["part"] = "part"
AUTHOR: Literal["author"] = "author"

PROTOCOL = Message("protocol")
SESSIONS = Message("sessions")
STUDY = Message("study")
ANSWERS = Message("answers")
SEALED = Message(
    "What was fed back is sealed until the whole list is unblinded; write the tables again then."
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known.

    Parameters
    ----------
    spec : ProtocolSpec
    setups : tuple of mapping
        With what sessions were run; see `trial.session_figures.setup_of`.
    trial : TrialTables or None
        None of a session outside of a study.
    report : mapping
        See `trial.report.trial_report`.
    """

    spec: ProtocolSpec
    setups: tuple[Mapping[str, Any], ...]
    trial: TrialTables | None = None
    report: Mapping[str, Any] | None = None

    @property
    def tables(self) -> TrialTables:
        """The tables of the study; only boxes of a study ask for them."""
        assert self.trial is not None
        return self.trial

    @property
    def figures(self) -> Mapping[str, Any]:
        """The report of the study."""
        assert self.report is not None
        return self.report


@dataclass(frozen=True, slots=True)
class Filled:
    """What a box holds.

    Parameters
    ----------
    state : {'filled', 'part', 'author'}
        ``part``: something is left for the author; ``author``: only the author can answer it.
    text : str
        What is known; empty for nothing.
    sources : tuple of str
        Where it is from.
    choice : str
        The answer of the authors' tool; empty where it is for the author to choose.
    author : str
        What the author must add; empty for nothing.
    """

    state: Literal["filled", "part", "author"]
    text: str = ""
    sources: tuple[str, ...] = ()
    choice: str = ""
    author: str = ""
