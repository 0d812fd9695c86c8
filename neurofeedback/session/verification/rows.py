"""The rows of a re-run, compared and let go of as they come.

Responsible for comparing them with the logged ones without keeping either, so that the memory that
verifying takes does not grow with the session. Not responsible for running it again
(`session.verification.verify`).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import zip_longest

import numpy as np

from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.tables import MISSING, feedback_columns, to_float
from neurofeedback.session.display import FedBack, Mode, mode_of_frame
from neurofeedback.session.verification.rounding import Rounding
from neurofeedback.words.message import Message


class RowComparison:
    """Compares the rows of a re-run with those of the feedback table, as they come.

    Parameters
    ----------
    reader : SessionReader
    rounding : Rounding or None
        What may differ; None for nothing.
    """

    def __init__(self, reader: SessionReader, rounding: Rounding | None) -> None:
        self._rounding = rounding
        self._table, self._names = reader.layout.feedback, list(reader.start.feedback_columns)
        self._logged = reader.iter_feedback()
        self._n_logged = self._n_found = 0
        self._problem: Message | None = None
        self._n_equal = 0

    def take(self, rows: Sequence[str]) -> None:
        """Compare the next rows."""
        for now in rows:
            was = next(self._logged, None)
            self._n_found += 1
            self._n_logged += was is not None
            if was is None or self._problem is not None:
                continue
            if was == now or (self._rounding and self._rounding.equal(was, now)):
                self._n_equal += 1
                continue
            self._problem = Message(
                "{path}, line {number}: {reason}",
                path=self._table, number=self._n_found + 1,
                reason=_difference(self._names, was, now),
            )  # fmt: skip

    def finish(self, whole: bool) -> tuple[int, Message | None]:
        """Return how many rows were found again, and the first difference or a missing end."""
        self._n_logged += sum(1 for _ in self._logged)
        if self._problem is None and (
            self._n_logged > self._n_found or (whole and self._n_logged < self._n_found)
        ):
            problem = other_number(self._n_logged, Message("rows"), self._n_found)
            self._problem = Message("{path}: {problem}", path=self._table, problem=problem)
        return self._n_equal, self._problem


class FedBackRows:
    """Keeps of the rows of a re-run what the display depends on.

    Parameters
    ----------
    reader : SessionReader
    """

    def __init__(self, reader: SessionReader) -> None:
        columns = list(feedback_columns(reader.start.descriptors))
        self._at = [columns.index(name) for name in ("value", "held", "phase", "block", "reward")]
        self._samples, self._values = array("q"), array("d")
        self._modes: list[Mode] = []
        self._rewards, self._block = array("q"), ""

    def take(self, rows: Sequence[str]) -> None:
        """Keep the next rows."""
        for row in rows:
            cells = row.split("\t")
            value, held, phase, block, reward = (cells[i] for i in self._at)
            before = self._rewards[-1] if self._rewards and block == self._block else 0
            self._rewards.append(before + (reward == "1"))
            self._block = block
            self._samples.append(int(cells[0]))
            self._values.append(to_float(value))
            self._modes.append(mode_of_frame(phase, None if held == MISSING else held))

    @property
    def frames(self) -> FedBack:
        """All of them."""
        return FedBack(
            samples=np.array(self._samples, dtype=np.int64),
            values=np.array(self._values, dtype=np.float64),
            modes=self._modes,
            rewards=np.array(self._rewards, dtype=np.int64),
        )


def other_number(logged: int, noun: Message, found: int) -> Message:
    """Say that not as many are logged as are found."""
    return Message(
        "{n} {noun} are logged, the samples give {found}.", n=logged, noun=noun, found=found
    )


def _difference(names: Sequence[str], was: str, now: str) -> Message:
    cells = zip_longest(names, was.split("\t"), now.split("\t"))
    sample = was.split("\t", 1)[0]
    for name, old, new in cells:
        if old != new:
            return Message(
                "at sample {sample}, {name} is logged as {was}, and comes out as {now}.",
                sample=sample, name=name, was=old, now=new,
            )  # fmt: skip
    return Message("at sample {sample}, the row is not as it would be written.", sample=sample)
