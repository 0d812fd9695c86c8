"""The questionnaires that come with the program.

Responsible for their words, answers and bands. Not responsible for scoring (`scales.instrument`),
nor for those that were made for this program (`scales.own`).

References
----------
Kroenke K, Spitzer RL, Williams JBW 2001, the PHQ-9, doi:10.1046/j.1525-1497.2001.016009606.x.
Spitzer RL, Kroenke K, Williams JBW, Löwe B 2006, the GAD-7, doi:10.1001/archinte.166.10.1092.
"""

from __future__ import annotations

from neurofeedback.errors import UserError
from neurofeedback.scales.instrument import Band, Choice, Instrument, Item, Recurrence, Slider
from neurofeedback.scales.own import EXPECTANCY, STRATEGIES, TODAY

_PFIZER = (
    "Developed by Drs. Robert L. Spitzer, Janet B.W. Williams, Kurt Kroenke and colleagues, with "
    "an educational grant from Pfizer Inc. No permission required to reproduce, translate, "
    "display or distribute."
)
_FREQUENCY = (
    Choice(0, "Not at all"),
    Choice(1, "Several days"),
    Choice(2, "More than half the days"),
    Choice(3, "Nearly every day"),
)
_DIFFICULTY = (
    Choice(0, "Not difficult at all"),
    Choice(1, "Somewhat difficult"),
    Choice(2, "Very difficult"),
    Choice(3, "Extremely difficult"),
)


def _asked(*texts: str) -> tuple[Item, ...]:
    return tuple(Item(text, _FREQUENCY) for text in texts)


PHQ9 = Instrument(
    key="phq-9",
    version="en-1",
    title="Patient Health Questionnaire-9 (PHQ-9)",
    stem=(
        "Over the last 2 weeks, how often have you been bothered by any of the following problems?"
    ),
    items=(
        *_asked(
            "Little interest or pleasure in doing things",
            "Feeling down, depressed, or hopeless",
            "Trouble falling or staying asleep, or sleeping too much",
            "Feeling tired or having little energy",
            "Poor appetite or overeating",
            "Feeling bad about yourself — or that you are a failure or have let yourself or your "
            "family down",
            "Trouble concentrating on things, such as reading the newspaper or watching television",
            "Moving or speaking so slowly that other people could have noticed? Or the opposite — "
            "being so fidgety or restless that you have been moving around a lot more than usual",
            "Thoughts that you would be better off dead or of hurting yourself in some way",
        ),
        Item(
            "If you checked off any problems, how difficult have these problems made it for you to "
            "do your work, take care of things at home, or get along with other people?",
            _DIFFICULTY,
            scored=False,
        ),
    ),
    bands=(
        Band(0, 4, "minimal"),
        Band(5, 9, "mild"),
        Band(10, 14, "moderate"),
        Band(15, 19, "moderately severe"),
        Band(20, 27, "severe"),
    ),
    reference="10.1046/j.1525-1497.2001.016009606.x",
    terms=_PFIZER,
    safety_item=9,
    safety_words="being better off dead, or hurting oneself",
    recurrence=Recurrence.FORTNIGHT,
)

GAD7 = Instrument(
    key="gad-7",
    version="en-1",
    title="Generalized Anxiety Disorder 7 (GAD-7)",
    stem="Over the last 2 weeks, how often have you been bothered by the following problems?",
    items=(
        *_asked(
            "Feeling nervous, anxious or on edge",
            "Not being able to stop or control worrying",
            "Worrying too much about different things",
            "Trouble relaxing",
            "Being so restless that it is hard to sit still",
            "Becoming easily annoyed or irritable",
            "Feeling afraid as if something awful might happen",
        ),
        Item(
            "If you checked off any problems, how difficult have these problems made it for you to "
            "do your work, take care of things at home, or get along with other people?",
            _DIFFICULTY,
            scored=False,
        ),
    ),
    bands=(
        Band(0, 4, "minimal"),
        Band(5, 9, "mild"),
        Band(10, 14, "moderate"),
        Band(15, 21, "severe"),
    ),
    reference="10.1001/archinte.166.10.1092",
    terms=_PFIZER,
    recurrence=Recurrence.FORTNIGHT,
)

MOOD = Instrument(
    key="mood",
    version="en-1",
    title="How you are now",
    stem="How are you right now? Put each mark where it fits best.",
    items=(
        Item("Mood", Slider(0, 100, "very low", "very good")),
        Item("Calm", Slider(0, 100, "very tense", "very calm")),
        Item("Alertness", Slider(0, 100, "very sleepy", "wide awake")),
    ),
    terms="Made for this program; not validated. The lines are not summed.",
)

_ALL = (PHQ9, GAD7, MOOD, EXPECTANCY, TODAY, STRATEGIES)
INSTRUMENTS = {instrument.key: instrument for instrument in _ALL}


def instrument(key: str, version: str | None = None) -> Instrument:
    """Return a questionnaire by its short name.

    Parameters
    ----------
    key : str
        One of `INSTRUMENTS`.
    version : str or None
        The wording that is wanted; the present one by default.

    Raises
    ------
    UserError
        If there is none of that name, or not in that wording.
    """
    found = INSTRUMENTS.get(key)
    if found is None:
        raise UserError(
            "There is no scale {scale!r}; there are {known}.",
            scale=key[:40],
            known=", ".join(INSTRUMENTS),
        )
    if version not in (None, found.version):
        raise UserError(
            "The scale {scale} is known in the wording {version}, not {given!r}; it was "
            "probably answered with a later version of the program.",
            scale=key,
            version=found.version,
            given=version,
        )
    return found
