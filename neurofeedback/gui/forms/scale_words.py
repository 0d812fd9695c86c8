"""What is said about questionnaires, in the language of the windows.

Responsible for severity, totals, progress and the safety prompt in words, and for which texts of a
questionnaire are translated: none that was validated, which is shown in its wording, in whatever
language that is.
Knows no Qt.
"""

from __future__ import annotations

from neurofeedback.scales.instrument import Response, Slider
from neurofeedback.scales.keeping import Waiting
from neurofeedback.scales.library import PHQ9
from neurofeedback.words.language import tr
from neurofeedback.words.message import Message


def wording(text: str) -> str:
    """Return a text of a questionnaire as it is shown: translated if it was made here."""
    return tr(text) if isinstance(text, Message) else text


def severity_word(word: str) -> str:
    """Return the word for a severity; an unknown one stays as it is."""
    known = {
        "minimal": tr("minimal"),
        "mild": tr("mild"),
        "moderate": tr("moderate"),
        "moderately severe": tr("moderately severe"),
        "severe": tr("severe"),
    }
    return known.get(word, word)


def result_line(response: Response) -> str:
    """Say the total and its severity, for the operator; empty for scales that have none."""
    bands = response.instrument.bands
    if not bands:
        return ""
    if response.total is None:
        return tr("No total: an answer is missing.")
    return tr(
        "Total {total} of {most}: {severity}. A score is not a diagnosis.",
        total=response.total,
        most=bands[-1].high,
        severity=severity_word(response.severity),
    )


def missing_line(numbers: tuple[int, ...]) -> str:
    """Say which questions have no answer; empty when all have."""
    if not numbers:
        return ""
    listed = ", ".join(map(str, numbers))
    if len(numbers) == 1:
        return tr("Question {listed} is not answered yet.", listed=listed)
    return tr("Questions {listed} are not answered yet.", listed=listed)


def answer_words(response: Response, index: int) -> str:
    """Return what was answered to an item, counted from 0; a dash where nothing was."""
    item, value = response.instrument.items[index], response.answers[index]
    if value is None:
        return "\u2013"
    return str(value) if isinstance(item.answers, Slider) else wording(item.label(value))


def safety_sentence(waiting: Waiting) -> str:
    """Say what a safety prompt is about and what to do."""
    prompt, asked = waiting.prompt, waiting.instrument
    if asked.key != PHQ9.key:
        return prompt.sentence
    return tr(
        "Item {item} of the PHQ-9 (thoughts of being better off dead, or of hurting oneself) was "
        "answered \u201c{answer}\u201d. Assess the risk before this person leaves, by the "
        "procedure of your clinic.",
        item=prompt.item,
        answer=asked.items[prompt.item - 1].label(prompt.answer),
    )
