"""One questionnaire as it is answered, item after item.

Responsible for answers, for where one is, for what is missing and for what is said about it. Not
responsible for how it looks. Knows no Qt.

After the last item comes the review, at which all answers can be seen and changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurofeedback.gui.forms.scale_words import answer_words, missing_line, result_line, wording
from neurofeedback.scales.instrument import Choice, Instrument, Item, Response, Slider
from neurofeedback.words.language import tr


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """An item at the review.

    Parameters
    ----------
    index : int
        Of the item, from 0.
    text, answer : str
        What was asked and answered.
    missing : bool
        Whether an answer is wanted and not there.
    """

    index: int
    text: str
    answer: str
    missing: bool


class ScalePresenter:
    """A questionnaire in the making.

    Parameters
    ----------
    instrument : Instrument
    scored : bool
        Whether the total and its severity may be said: to the operator, not to the participant.
    """

    def __init__(self, instrument: Instrument, *, scored: bool = False) -> None:
        self.instrument = instrument
        self._scored = scored
        self._answers: list[int | None] = [None] * len(instrument.items)
        self.at = 0

    @property
    def response(self) -> Response:
        """The answers so far."""
        return Response(self.instrument, tuple(self._answers))

    def put(self, response: Response) -> None:
        """Take over answers that were given before, and go to the first item without one."""
        self._answers = list(response.answers)
        self.at = next((i for i, a in enumerate(self._answers) if a is None), len(self._answers))

    @property
    def reviewing(self) -> bool:
        """Whether one is past the last item."""
        return self.at >= len(self._answers)

    @property
    def item(self) -> Item:
        """What is asked now; the last item while reviewing."""
        return self.instrument.items[min(self.at, len(self._answers) - 1)]

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Answers to the item; none for a slider."""
        answers = self.item.answers
        return () if isinstance(answers, Slider) else answers

    @property
    def answer(self) -> int | None:
        """Answer to the item, if there is one."""
        return None if self.reviewing else self._answers[self.at]

    @property
    def progress(self) -> str:
        """Where one is: ``5 of 9``; items that do not count are not counted."""
        if self.reviewing:
            return tr("Your answers")
        if not self.item.scored:
            return tr("One more question; you may skip it")
        n_scored = sum(item.scored for item in self.instrument.items)
        number = sum(item.scored for item in self.instrument.items[: self.at + 1])
        return tr("{number} of {total}", number=number, total=n_scored)

    @property
    def share(self) -> float:
        """Share of the items that lie behind, 0..1."""
        return self.at / len(self._answers)

    @property
    def missing(self) -> str:
        """Which answers are missing, as a sentence; empty when all are there."""
        return missing_line(self.response.missing)

    @property
    def result(self) -> str:
        """Total and severity, where they may be said; else empty."""
        return result_line(self.response) if self._scored else ""

    @property
    def review(self) -> list[ReviewLine]:
        """All items with their answers."""
        response = self.response
        return [
            ReviewLine(i, wording(item.text), answer_words(response, i), i + 1 in response.missing)
            for i, item in enumerate(self.instrument.items)
        ]

    def set(self, value: int) -> bool:
        """Answer the item and stay there; return whether it has that answer."""
        if self.reviewing or not self.item.accepts(value):
            return False
        self._answers[self.at] = value
        return True

    def settle(self, value: int) -> bool:
        """Answer the item and go on; return whether it has that answer."""
        found = self.set(value)
        if found:
            self.forward()
        return found

    def forward(self) -> None:
        """Go to the next item, after the last one to the review."""
        self.at = min(self.at + 1, len(self._answers))

    def back(self) -> None:
        """Go to the item before."""
        self.at = max(self.at - 1, 0)

    def go(self, index: int) -> None:
        """Go to an item, counted from 0."""
        self.at = min(max(index, 0), len(self._answers))
