"""A first session that is led through: what each step is for, in a sentence.

Responsible for the words and the code under which it is recorded. Not responsible for the steps.
"""

from __future__ import annotations

from neurofeedback.gui.desk.steps import Step
from neurofeedback.words.language import later, tr

CODE = "demo"
HINTS = {
    Step.PROTOCOL: later(
        "Demonstration: a protocol says what is trained and for how long; this one is short. "
        "Press Enter."
    ),
    Step.STREAM: later(
        "Demonstration: the synthetic participant takes the place of an amplifier. Press Enter."
    ),
    Step.CHECK: later(
        "Demonstration: here you see whether the electrodes are good; nothing is recorded yet. "
        "Press Enter."
    ),
    Step.BASELINE: later(
        "Demonstration: ten seconds at rest are recorded, from which the threshold is found. "
        "Wait a moment."
    ),
    Step.THRESHOLD: later(
        "Demonstration: the threshold was found; the slider sets how much of the time is "
        "rewarded. Press Enter."
    ),
    Step.ROUNDS: later(
        "Demonstration: feedback runs, and the other window is what the participant sees; "
        "+ and \u2212 make it easier and harder."
    ),
    Step.DEBRIEF: later(
        "Demonstration: here a note and adverse effects are written down; now you can leave "
        "without saving."
    ),
    Step.SUMMARY: later(
        "Demonstration: the summary says what came of it. Ctrl+N begins a session with a code of "
        "your own."
    ),
}


def hint(step: Step) -> str:
    """Return what a step is for; empty for the first."""
    return tr(HINTS[step]) if step in HINTS else ""
