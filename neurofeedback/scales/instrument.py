"""What a questionnaire is, and what its answers come to.

Responsible for the form of items, answers and severity bands, for refusing answers that an item
does not have, for the total, and for the safety prompt that an answer may raise. Not responsible
for the questionnaires themselves (`scales.library`), for asking, nor for storing (`store`).

Missing answers: no total is given while a scored item lacks its answer, and none is filled in. The
answers there are can be kept, and the response is incomplete. An answer to the safety item counts
from the moment it is given, whatever else is missing.

Longer than most modules: values alone, mostly the docstrings of their fields and what they refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from neurofeedback.errors import UserError
from neurofeedback.words.message import Message

Answers = tuple[int | None, ...]


class ResponseState(StrEnum):
    """How far a response has come."""

    INCOMPLETE = "incomplete"  # an item lacks its answer
    UNACKNOWLEDGED = "unacknowledged"  # answered, and the safety prompt waits for somebody
    COMPLETE = "complete"


class Recurrence(StrEnum):
    """How often a questionnaire that a protocol wants is asked."""

    EACH = "each"  # at each session and timing
    FORTNIGHT = "fortnight"  # when the days it asks about have passed
    ONCE = "once"  # at the first session


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers that an item offers.

    Parameters
    ----------
    value : int
        What it scores.
    label : str
        Its words.
    """

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Slider:
    """An answer on a line between two words; whole numbers from `low` to `high`.

    Parameters
    ----------
    low, high : int
        Values of the two ends.
    low_label, high_label : str
        Words at the two ends.
    """

    low: int
    high: int
    low_label: str
    high_label: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Parameters
    ----------
    text : str
        As it is asked.
    answers : tuple of Choice, or Slider
        What may be answered.
    scored : bool
        Whether it counts for the total; if not, it may stay unanswered.
    """

    text: str
    answers: tuple[Choice, ...] | Slider
    scored: bool = True

    def accepts(self, value: int) -> bool:
        """Return whether `value` is one of the answers."""
        if isinstance(self.answers, Slider):
            return self.answers.low <= value <= self.answers.high
        return any(value == choice.value for choice in self.answers)

    def label(self, value: int) -> str:
        """Return the words of an answer; of a slider the number itself."""
        if isinstance(self.answers, Slider):
            return str(value)
        return next(choice.label for choice in self.answers if choice.value == value)

    @property
    def allowed(self) -> Message:
        """What may be answered, in words for a person."""
        if isinstance(self.answers, Slider):
            low, high = self.answers.low, self.answers.high
            return Message("a whole number from {low} to {high}", low=low, high=high)
        choices = ", ".join(f"{choice.value} ({choice.label})" for choice in self.answers)
        return Message(choices)


@dataclass(frozen=True, slots=True)
class Band:
    """What a range of totals is called.

    Parameters
    ----------
    low, high : int
        First and last total of it.
    word : str
        Severity.
    """

    low: int
    high: int
    word: str


@dataclass(frozen=True, slots=True)
class SafetyPrompt:
    """What somebody responsible must read before a response counts as complete.

    Parameters
    ----------
    item : int
        Number of the item, from 1.
    answer : int
        What was answered.
    sentence : str
        What it is about and what to do.
    """

    item: int
    answer: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has read the safety prompt.

    Parameters
    ----------
    who : str
        Name of the person; not empty.
    when : datetime
        With time zone.

    Raises
    ------
    UserError
        If there is no name.
    ValueError
        If there is no time zone.
    """

    who: str
    when: datetime

    def __post_init__(self) -> None:
        if not self.who.strip():
            raise UserError("The safety prompt must be acknowledged by name: enter your name.")
        if self.when.tzinfo is None:
            raise ValueError("The time of an acknowledgement needs a time zone.")


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire.

    Parameters
    ----------
    key : str
        Short name, as stored.
    version : str
        Which wording; stored beside each response.
    title : str
        Full name.
    stem : str
        What is said before the items.
    items : tuple of Item
        In order.
    bands : tuple of Band
        Severity by total; empty if the items are not summed.
    reference : str
        DOI of the publication that scores it so; empty if there is none.
    terms : str
        Why it may be shown.
    safety_item : int or None
        Number of the item, from 1, any answer above 0 to which raises the safety prompt.
    safety_words : str
        What such an answer is about.
    recurrence : Recurrence
        How often it is asked.
    """

    key: str
    version: str
    title: str
    stem: str
    items: tuple[Item, ...]
    bands: tuple[Band, ...] = ()
    reference: str = ""
    terms: str = ""
    safety_item: int | None = None
    safety_words: str = ""
    recurrence: Recurrence = Recurrence.EACH

    def check(self, answers: Sequence[int | None]) -> Answers:
        """Return `answers` as they can be kept.

        Parameters
        ----------
        answers : sequence of int or None
            One for each item; None where there is none yet.

        Raises
        ------
        UserError
            If their number is wrong or one is not among those that its item offers.
        """
        if len(answers) != len(self.items):
            raise UserError(
                "{scale} has {n} items and {given} answers were given; give one for "
                "each item, none where it was left out.",
                scale=self.key,
                n=len(self.items),
                given=len(answers),
            )
        for number, (item, value) in enumerate(zip(self.items, answers, strict=True), start=1):
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or not item.accepts(value):
                raise UserError(
                    "{scale}, item {number}: {value!r} is not a possible answer; "
                    "allowed: {allowed}.",
                    scale=self.key,
                    number=number,
                    value=str(value)[:40],
                    allowed=item.allowed,
                )
        return tuple(answers)


def is_lines(instrument: Instrument) -> bool:
    """Return whether all items are answered on a line."""
    return all(isinstance(item.answers, Slider) for item in instrument.items)


@dataclass(frozen=True, slots=True)
class Response:
    """The answers to a questionnaire, and what they come to.

    Parameters
    ----------
    instrument : Instrument
    answers : tuple of int or None
        One for each item.
    acknowledgement : Acknowledgement or None
        Who has read the safety prompt, and when.

    Raises
    ------
    UserError
        See `Instrument.check`.
    """

    instrument: Instrument
    answers: Answers
    acknowledgement: Acknowledgement | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", self.instrument.check(self.answers))

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers, from 1, of the scored items without an answer."""
        pairs = zip(self.instrument.items, self.answers, strict=True)
        return tuple(n for n, (i, a) in enumerate(pairs, start=1) if i.scored and a is None)

    @property
    def total(self) -> int | None:
        """Sum of the scored items; None if one is missing or they are not summed."""
        if self.missing or not self.instrument.bands:
            return None
        pairs = zip(self.instrument.items, self.answers, strict=True)
        return sum(a for item, a in pairs if item.scored and a is not None)

    @property
    def severity(self) -> str:
        """Word for the total; empty without one."""
        total = self.total
        words = (b.word for b in self.instrument.bands if total is not None and total <= b.high)
        return next(words, "")

    @property
    def safety(self) -> SafetyPrompt | None:
        """What must be read by somebody responsible; None if nothing calls for it."""
        number = self.instrument.safety_item
        answer = self.answers[number - 1] if number else None
        if not number or not answer:
            return None
        return SafetyPrompt(
            number,
            answer,
            Message(
                'Item {number} ({words}) was answered "{answer}". Assess the risk before this '
                "person leaves, by the procedure of your clinic.",
                number=number,
                words=Message(self.instrument.safety_words),
                answer=self.instrument.items[number - 1].label(answer),
            ),
        )

    @property
    def state(self) -> ResponseState:
        """How far it has come; complete only if a safety prompt has been acknowledged."""
        if self.missing:
            return ResponseState.INCOMPLETE
        if self.safety is not None and self.acknowledgement is None:
            return ResponseState.UNACKNOWLEDGED
        return ResponseState.COMPLETE

    def acknowledged(self, who: str, when: datetime) -> Response:
        """Return the response with its safety prompt acknowledged.

        Raises
        ------
        UserError
            If there is no name, nothing to acknowledge, or it has been done already.
        """
        if self.safety is None:
            raise UserError("This response has no safety prompt to acknowledge.")
        if self.acknowledgement is not None:
            raise UserError(
                "The safety prompt was acknowledged already, by {who}.",
                who=self.acknowledgement.who,
            )
        return replace(self, acknowledgement=Acknowledgement(who, when))
