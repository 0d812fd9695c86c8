"""What the labels of a file or stream mean: channel names and types.

Responsible for turning labels such as ``Fc5.`` and ``EEG F3-LE`` into the field's names, and for
deciding which channels are EEG. Not responsible for positions (`electrodes`) or units (`units`).

The rule. A label is normalised by dropping a leading ``EEG``, trailing dots and a reference after
a hyphen (``-LE``, ``-A1``, ``-Ref`` ...), and spelled as in the 10-05 system whatever its case. T3,
T4, T5 and T6 stay as they are. Then, of the channels that were not declared to be something else
and are not evidently something else by name (ECG, EOG, EMG, triggers, accelerometers ...):

- if at least half have a name of the 10-05 system, those are EEG, and the rest is ``misc``
  (``A2-A1``, ``23A-23R``): an unknown lead must not enter an average reference;
- otherwise the names tell nothing (``EXG Channel 0``, ``E17``), and all are EEG under their own
  names.

Ears and mastoids (A1, A2, M1, M2) count as EEG when recorded as channels of their own. A bipolar
lead between two scalp electrodes (``F3-C3``) is not the electrode F3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from neurofeedback.acquisition.electrodes import positions

CH_TYPES = frozenset({"eeg", "eog", "ecg", "emg", "stim", "misc"})

_PREFIX = re.compile(r"^EEG[\s:_-]*(?=\S)", re.IGNORECASE)
_REFERENCED = re.compile(
    r"^(?P<name>[A-Za-z0-9]+)\s*[-:/_ ]\s*"
    r"\(?(LE|RE|LER|REF|A1|A2|A12|A1A2|A1\+A2|M1|M2|M12|M1M2|M1\+M2|AVG|AVE|AVR|AV|AR|CAR|CA|LM|G2)"
    r"\)?$",
    re.IGNORECASE,
)
_EARS = frozenset({"a1", "a2", "m1", "m2"})
_BY_NAME = (
    ("ecg", re.compile(r"^(ECG|EKG)", re.IGNORECASE)),
    ("eog", re.compile(r"^([HV]?[LR]?EOG|[HV]EO([GLRUD]|$)|LOC$|ROC$|E[12]-)", re.IGNORECASE)),
    ("emg", re.compile(r"^(EMG|CHIN)", re.IGNORECASE)),
    ("stim", re.compile(r"^(STI\b|STI ?\d|STATUS|TRIG|MARKER|DIGITAL|EVENT)", re.IGNORECASE)),
    (
        "misc",
        re.compile(
            r"^(ACC|GYR|MAG|RESP|SPO2|SAO2|PLETH|PULSE|TEMP|GSR|EDA|COUNTER|SAMPLE|BATT|ANALOG"
            r"|NOT USED|TIME|PACKET|VALIDITY|PHOTIC|DC\d)",
            re.IGNORECASE,
        ),
    ),
)


@cache
def _spelling() -> dict[str, str]:
    return {name.casefold(): name for name in positions()}


def electrode_name(label: str) -> str | None:
    """Return the 10-05 name that a label stands for, or None.

    Parameters
    ----------
    label : str
        As written in a file or stream.

    Returns
    -------
    str or None
        ``FC5`` for ``Fc5.``, ``F3`` for ``EEG F3-LE``; None for ``A2-A1``, ``F3-C3``, ``EXG 1``.
    """
    name = own_name(label)
    referenced = _REFERENCED.match(name)
    if referenced:
        name = referenced["name"]
        if name.casefold() in _EARS:
            return None
    return _spelling().get(name.casefold())


def own_name(label: str) -> str:
    """Return a label without the ``EEG`` before and dots behind it."""
    stripped = label.replace("\x00", " ").strip().rstrip(".").strip()
    return _PREFIX.sub("", stripped)


def evident_type(label: str) -> str | None:
    """Return the channel type that a label speaks out (``ECG``, ``Status``), or None."""
    name = own_name(label)
    return next((kind for kind, pattern in _BY_NAME if pattern.match(name)), None)


def describe_channels(
    labels: Sequence[str], declared: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names and types of channels; see the module's docstring for the rule.

    Parameters
    ----------
    labels : sequence of str
        As written.
    declared : sequence of str
        Type of each channel as declared, in any case; empty where there is none. What is not one
        of the types in `StreamInfo` is ``misc``.

    Returns
    -------
    names, types : tuple of str
        As `StreamInfo` wants them; names are unique.
    """
    kinds = [_kind(label, given) for label, given in zip(labels, declared, strict=True)]
    known = [
        electrode_name(label) if k == "eeg" else None
        for label, k in zip(labels, kinds, strict=True)
    ]
    n_known = sum(name is not None for name in known)
    if n_known and 2 * n_known >= kinds.count("eeg"):
        kinds = ["misc" if k == "eeg" and not n else k for k, n in zip(kinds, known, strict=True)]
    names = [n or own_name(label) for n, label in zip(known, labels, strict=True)]
    return _unique(names, labels), tuple(kinds)


def _kind(label: str, declared: str) -> str:
    given = declared.strip().casefold()
    if given in ("", "eeg"):
        return evident_type(label) or "eeg"
    if given in ("stim", "trigger", "triggers", "marker", "markers"):
        return "stim"
    return given if given in CH_TYPES else "misc"


def _unique(names: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
    """Fall back to the label, then to a number, where a name is taken or empty."""
    taken: set[str] = set()
    result = []
    for i, (name, label) in enumerate(zip(names, labels, strict=True), start=1):
        base = label.strip() or f"channel {i}"
        options = [name, base] if name and names.count(name) == 1 else [base]
        options += [f"{base} ({k})" for k in range(2, len(names) + 2)]
        choice = next(option for option in options if option and option not in taken)
        taken.add(choice)
        result.append(choice)
    return tuple(result)
