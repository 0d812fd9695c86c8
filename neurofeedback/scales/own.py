"""Questionnaires that were made for this program: what a trial must know beside its outcome.

Responsible for their words and answers. Not responsible for published questionnaires
(`scales.library`).

None of them is validated and none is summed; each item stands for itself. They are shown in the
language of the windows, since no wording was validated that a translation could depart from.
"""

from __future__ import annotations

from neurofeedback.scales.instrument import Choice, Instrument, Item, Recurrence, Slider
from neurofeedback.words.message import Message

_TERMS = "Made for this program; not validated. The items are not summed."
_USED = (
    Choice(0, Message("Not at all")),
    Choice(1, Message("Now and then")),
    Choice(2, Message("Most of the time")),
)


def _used(*texts: Message) -> tuple[Item, ...]:
    return tuple(Item(text, _USED) for text in texts)


EXPECTANCY = Instrument(
    key="expectancy",
    version="own-1",
    title=Message("What you expect"),
    stem=Message("Before you begin: what do you think of this training?"),
    items=(
        Item(
            Message("It makes sense to me that such a training could work."),
            Slider(0, 100, Message("no sense at all"), Message("perfect sense")),
        ),
        Item(
            Message("I expect that it will help me."),
            Slider(0, 100, Message("not at all"), Message("very much")),
        ),
        Item(
            Message("I expect to learn to move the display by myself."),
            Slider(0, 100, Message("not at all"), Message("very well")),
        ),
        Item(
            Message("I feel, rather than think, that it will do me good."),
            Slider(0, 100, Message("not at all"), Message("very much")),
        ),
    ),
    terms=_TERMS,
    recurrence=Recurrence.ONCE,
)

TODAY = Instrument(
    key="today",
    version="own-1",
    title=Message("Today"),
    stem=Message("Before the session: how is it today?"),
    items=(
        Item(
            Message("How long did you sleep last night?"),
            (
                Choice(0, Message("Less than 4 hours")),
                Choice(1, Message("4 to 6 hours")),
                Choice(2, Message("6 to 8 hours")),
                Choice(3, Message("More than 8 hours")),
            ),
        ),
        Item(
            Message("How well did you sleep?"),
            (
                Choice(0, Message("Badly")),
                Choice(1, Message("Rather badly")),
                Choice(2, Message("Rather well")),
                Choice(3, Message("Well")),
            ),
        ),
        Item(
            Message("How much do you want to train today?"),
            (
                Choice(0, Message("Not at all")),
                Choice(1, Message("A little")),
                Choice(2, Message("Quite a bit")),
                Choice(3, Message("Very much")),
            ),
        ),
        Item(
            Message("Have you taken your medication as usual since the last session?"),
            (
                Choice(0, Message("I take none")),
                Choice(1, Message("As usual")),
                Choice(2, Message("I left some out")),
                Choice(3, Message("Something else, or another dose")),
            ),
        ),
        Item(
            Message("Coffee, nicotine, alcohol or other drugs in the last three hours?"),
            (Choice(0, Message("No")), Choice(1, Message("Yes"))),
        ),
    ),
    terms=_TERMS,
)

STRATEGIES = Instrument(
    key="strategies",
    version="own-1",
    title=Message("What you tried"),
    stem=Message("In the rounds just now: what did you do to move the display?"),
    items=_used(
        Message("I let thoughts come and go"),
        Message("I remembered or imagined something pleasant"),
        Message("I imagined a movement or a place"),
        Message("I counted, reckoned or used words"),
        Message("I attended to my breath or body"),
        Message("I attended to the display alone"),
        Message("I tensed or moved something: eyes, jaw, forehead, shoulders"),
        Message("I tried something else"),
        Message("I did nothing in particular"),
    ),
    terms=_TERMS,
)
