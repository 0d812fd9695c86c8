"""Terms of the windows, each in a sentence.

Responsible for the words and for finding terms in a text of the language in use. Not responsible
for showing them.
"""

from __future__ import annotations

import re

from neurofeedback.words.language import later, tr

TERMS = {
    later("FAA"): later(
        "FAA, frontal alpha asymmetry: ln alpha power on the right (F4) minus on the left (F3); "
        "above 0 there is more alpha on the right."
    ),
    later("ln ratio"): later(
        "ln ratio: the natural logarithm of one power divided by another; 0 means equal, 0.69 "
        "means twice as much."
    ),
    later("held"): later(
        "Held: feedback stands still because the samples cannot be trusted, for instance during "
        "a blink; held time earns no rewards and does not count."
    ),
    later("threshold"): later(
        "Threshold: the value that the trained measure must pass to be rewarded; it comes from "
        "the baseline, by the rule of the protocol."
    ),
    later("reward rate"): later(
        "Reward rate: the share of clean time past the threshold; where the threshold follows "
        "the participant, it says nothing about learning."
    ),
    later("target rate"): later(
        "Target rate: the share of clean time that is to be past the threshold; a higher one is "
        "easier."
    ),
    later("clean data"): later("Clean data: time without artefacts, gaps and missing electrodes."),
    later("baseline"): later(
        "Baseline: a stretch at rest before training, from which the threshold and the "
        "participant's own frequencies are found."
    ),
    later("alpha peak"): later(
        "Alpha peak: the frequency, usually 8 to 13 Hz, at which the resting EEG is strongest."
    ),
    later("cordance"): later(
        "Cordance: absolute and relative band power combined into one number per electrode."
    ),
    later("impedance"): later(
        "Impedance: the resistance between electrode and skin; below about 10 k\u03a9 is good."
    ),
    later("transfer"): later(
        "Transfer: a block without feedback, which shows whether the participant can do it alone."
    ),
}
MOST = 3  # that are explained at once


def explained(text: str) -> list[str]:
    """Return the sentence of each term that a text has, in order of appearance; at most three."""
    found = []
    for term, sentence in TERMS.items():
        at = re.search(rf"\b{re.escape(tr(term))}", text, re.IGNORECASE)
        if at is not None:
            found.append((at.start(), tr(sentence)))
    return [sentence for _, sentence in sorted(found)[:MOST]]
