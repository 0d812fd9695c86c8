"""What packages below the windows say, in the chosen language.

Those packages write English sentences and know of no other language. Responsible for the patterns
of such sentences, so that they are in the catalogue, and for finding in a text the pattern it was
made by. Not responsible for choosing the words, nor for texts that are the same every time: those
are looked up as they are. Knows no Qt.

What no pattern fits stays English. `tests/gui/test_sentences.py` has the packages say what they can
say, and fails where a pattern no longer fits.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from neurofeedback.gui.language import language, later, tr, with_point

SENTENCES = (
    # signal: what is to be known of a feature
    later(
        "From the end of the baseline on, the estimator fitted to it is used: delay, window and "
        "noise are then its own."
    ),
    later("By one analytic filter, fitted to the baseline."),
    later("By a Wiener filter, fitted to the baseline."),
    later("By posterior power, fitted to the baseline."),
    later(
        "Positive: more alpha on the right, read as relatively greater left activity. Where the "
        "true asymmetry is zero, its standard deviation is at least {noise} (estimator noise, flat "
        "spectrum)."
    ),
    later(
        "Positive: more alpha on the right, read as relatively greater left activity. Where the "
        "true asymmetry is zero, its standard deviation is at least {noise} (estimator noise, "
        "spectrum of the baseline)."
    ),
    later(
        "{channels} instead of {first}, which this stream lacks; values of different channels do "
        "not compare."
    ),
    later(
        "Feedback is held while the {roi} can explain less than {least} % of the power in the band "
        "at the electrodes; of noise that they do not share it would explain {chance} %."
    ),
    later(
        "Until the baseline is over {method} stands in for LCMV, which leaks in its own way and "
        "needs {seconds} s of clean baseline for {n} electrodes."
    ),
    later("LCMV from the covariance of {seconds} s of clean baseline."),
    later(
        "{method} stays: for {n} electrodes and a band of {width} Hz LCMV needs {wanted} s of "
        "clean baseline, and there are {seconds} s."
    ),
    later(
        "This signal responds at least as strongly to other frontal cortex as to the {roi}: a "
        "source of the same strength in dorsolateral prefrontal cortex moves it {times} times as "
        "much as one in the {same}."
    ),
    later(
        "This signal responds to other frontal cortex as well as to the {roi}: a source of the "
        "same strength in dorsolateral prefrontal cortex moves it {times} times as much as one in "
        "the {same}."
    ),
    later(
        "The {roi} lies {depth} mm below the brain surface. If all of the brain were equally "
        "active, {share} of the signal's power would come from within {near} mm of it; the "
        "strongest contribution comes from {far} mm away (MNI {x}, {y}, {z} mm)."
    ),
    later(
        "The {roi} lies {depth} mm below the brain surface. If all of the brain were equally "
        "active, {share} of the signal's power would come from within {near} mm of it; the "
        "strongest contribution comes from there."
    ),
    later("It is a medial-frontal theta proxy, not a measurement of the {roi}."),
    later(
        "Experimental: the {roi} cannot be isolated with electrodes on the scalp, and more of them "
        "do not help; pgACC or theta at Fz is the sounder choice."
    ),
    later("Left out of it, bad or without a known position: {names}."),
    # session: the estimator in use
    later(
        "{name} from now on by one analytic filter in {band}, fitted to the baseline; expected "
        "r = {r} with the brain's {same} at that moment (judged on {seconds} s)."
    ),
    later(
        "{name} from now on by a Wiener filter in {band}, fitted to the baseline; expected "
        "r = {r} with the brain's {same} at that moment (judged on {seconds} s)."
    ),
    later(
        "{name} from now on by posterior power in {band}, fitted to the baseline; expected "
        "r = {r} with the brain's {same} at that moment (judged on {seconds} s)."
    ),
    later(
        "{name} from now on by one analytic filter in {band}, fitted to the baseline; too little "
        "clean baseline to tell how well it follows the brain."
    ),
    later(
        "{name} from now on by a Wiener filter in {band}, fitted to the baseline; too little "
        "clean baseline to tell how well it follows the brain."
    ),
    later(
        "{name} from now on by posterior power in {band}, fitted to the baseline; too little "
        "clean baseline to tell how well it follows the brain."
    ),
    # session and recording: alarms and reasons
    later("region {roi} explains {share} %"),
    later(
        "The stream {name} is lost (no samples for {seconds} s). Feedback is held; it goes on when "
        "the same stream returns."
    ),
    later("No samples from {name} for {seconds} s. Feedback is held."),
    later("Processing is {seconds} s behind the stream. Feedback is held."),
    later("The disk is slow: it has been taking {seconds} s to record. Nothing is lost."),
    later("The disk has confirmed nothing for {seconds} s: a power cut would cost that."),
    later("The recording goes on in {folder}."),
    later("Recording to {path} failed: {reason}; free space or check the disk."),
    later(
        "The disk of {folder} will be full in about {left} of recording; free some space now."
    ),
    later("{folder} was removed or moved away."),
    later("The session failed: {reason}"),
    # refusals: what is asked for when a session is begun
    later(
        "The participant code {code} is refused: use 1 to 32 letters (A-Z, a-z) and digits, and no "
        "name."
    ),
    later(
        "No LSL stream of type EEG was found, nor any other: is the amplifier's program streaming, "
        "and on this machine?"
    ),
    later(
        "No LSL stream that matches {query} was found, nor any other: is the amplifier's program "
        "streaming, and on this machine?"
    ),
    later("No LSL stream of type EEG was found; there is: {streams}. Choose one by its name."),
    later(
        "No LSL stream that matches {query} was found; there is: {streams}. Choose one by its name."
    ),
    later(
        "The stream {name} was found but does not answer: is its sender still running, or a "
        "firewall in between?"
    ),
    later("The stream {name} sends text, not samples: choose another."),
    later("The stream ended while it was being opened."),
    later("The recording {path} is an empty file."),
    later("The recording {path} cannot be read: {reason}."),
    later("The recording {path} is of an unknown kind {kind}; known are {known}."),
    later("{path} cannot be read as a recording: {reason}."),
    later("There is no channel {name}, which {who}, in {stream}. It has {there}."),
    later("Channel {name}, which {who}, is marked bad; mend the electrode first."),
    later(
        "An average reference needs at least three good EEG channels; the stream {stream} has {n}. "
        "The protocol may use them as recorded."
    ),
)  # fmt: skip

LABELS = (
    # protocols: several features as one number
    later("{terms}, z(x) = (x - baseline mean) / baseline SD; {features}"),
    later("smallest distance from the thresholds: {terms}; {features}"),
    # signal: what a number is
    later("mean of {pairs}, {band}, reference {reference}"),
    later("tanh of half the {formula}, {band}, reference {reference}"),
    later("ln of mean power at {channels}, {band}, reference {reference}"),
    later("mean ln power at {channels}, {band}, reference {reference}"),
    later("ln of {roi} power by {method} ({head}), {band}"),
    later("{formula}, {band}, reference {reference}"),
)

PARTS = (
    later("average of {n}"),
    later("surface Laplacian (CSD) of {n}"),
    later("linked ears (A1 + A2)"),
    later("linked mastoids (M1 + M2)"),
    later("as recorded"),
    later("mean of {pairs}"),
    later("{band} (fallback: too few posterior channels for an alpha peak)"),
    later("{band} (fallback: no clear alpha peak)"),
    later("{band} until the baseline is over, then {rule}"),
    later("{band} (IAF - {below} to IAF + {above} Hz, IAF {peak} Hz)"),
    later("IAF - {below} to IAF + {above} Hz"),
    later("sphere"),
)

UNITS = (
    later("ln ratio"), later("ratio, -1 to 1"), later("ln, no unit"), later("SD of the baseline"),
    later("share of variance, 0 to 1"),
)  # fmt: skip

_FIELD = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"[+-]?\d+\.\d+")
_END_OF_SENTENCE = re.compile(r"[.?!](?=\s|$)")


def in_language(text: str) -> str:
    """Return sentences of another package in the chosen language.

    Parameters
    ----------
    text : str
        English, one sentence or several, with single spaces between them.

    Returns
    -------
    str
        What neither the catalogue nor a pattern knows stays as it is.
    """
    return text if language() == "en" else _sentences(text, language())


@lru_cache(maxsize=256)
def _sentences(text: str, _language: str) -> str:
    if (known := tr(text)) != text:
        return known
    parts, rest = [], text
    while rest:
        said, length = _first(rest)
        parts.append(said)
        rest = rest[length:].lstrip()
    return " ".join(parts)


def label_in_language(label: str) -> str:
    """Return what a number is, e.g. ``ln P(F4) - ln P(F3), 8-13 Hz, reference average of 19``."""
    if language() == "en":
        return label
    for template in LABELS:
        if (found := _pattern(template).fullmatch(label)) is not None:
            return tr(template, **{k: _part(v) for k, v in found.groupdict().items()})
    return label


def _first(text: str) -> tuple[str, int]:
    """Return what a text begins with, in the chosen language, and how long that is in English."""
    for template in SENTENCES:
        if (found := _prefix(template).match(text)) is not None:
            fields = {k: _part(v) for k, v in found.groupdict().items()}
            return tr(template, **fields), found.end()
    end = _END_OF_SENTENCE.search(text)
    length = len(text) if end is None else end.end()
    return tr(text[:length]), length


def _part(text: str) -> str:
    """Return what a pattern's field holds in the chosen language: words, or a number."""
    if _NUMBER.fullmatch(text):
        return with_point(text)
    for template in PARTS:
        if (found := _pattern(template).fullmatch(text)) is not None:
            return tr(template, **{k: _part(v) for k, v in found.groupdict().items()})
    return "; ".join(_named(term) for term in text.split("; "))


def _named(term: str) -> str:
    """Return ``name = label`` with the label in the chosen language; other terms as they are."""
    name, equals, label = term.partition(" = ")
    return f"{name} = {label_in_language(label)}" if equals else term


@cache
def _expression(template: str) -> str:
    pieces = _FIELD.split(template)
    named = [re.escape(p) if i % 2 == 0 else f"(?P<{p}>.+?)" for i, p in enumerate(pieces)]
    return "".join(named)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_expression(template), re.DOTALL)


@cache
def _prefix(template: str) -> re.Pattern[str]:
    return re.compile(_expression(template) + r"(?=\s|$)", re.DOTALL)
