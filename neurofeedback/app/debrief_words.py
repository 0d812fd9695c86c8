"""What was said after a session, in words.

Responsible for the names of adverse effects and of how severe they are. Not responsible for asking
(`gui.forms`) nor for keeping (`app.debrief`). Knows no Qt.
"""

from __future__ import annotations

from neurofeedback.words.language import later, tr

EFFECT_WORDS = {
    "headache": later("Headache"),
    "tiredness": later("Tiredness"),
    "dizziness": later("Dizziness"),
    "irritability": later("Irritability"),
    "anxiety": later("Anxiety, agitation"),
    "sleep": later("Sleep got worse"),
    "low-mood": later("Low mood, or feeling worse"),
    "other": later("Other"),
}
SEVERITY_WORDS = {
    "mild": later("mild"),
    "moderate": later("moderate"),
    "severe": later("severe"),
}


def effect_word(kind: str) -> str:
    """Return the words for a kind of adverse effect; unknown ones stay as they are."""
    return tr(EFFECT_WORDS.get(kind, kind))


def effect_with_severity(kind: str, severity: str) -> str:
    """Return the words for an adverse effect, such as ``Headache (mild)``."""
    how = tr(SEVERITY_WORDS.get(severity, severity))
    return f"{effect_word(kind)} ({how})"
