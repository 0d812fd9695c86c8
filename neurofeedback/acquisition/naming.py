"""What the labels of a file or stream mean: channel names, types and references.

Responsible for turning labels such as ``Fc5.`` and ``EEG F3-LE`` into the field's names, for
deciding which channels are EEG, and for what is to be said of it. Not responsible for positions
(`electrodes`), for names that the user gives (`given_names`), nor for units (`units`).

The rule. A label is normalised by dropping a leading ``EEG`` or ``POL``, trailing dots and a
reference after a hyphen (``-LE``, ``-A1``, ``-Ref`` ...), and spelled as in the 10-05 system
whatever its case. T3, T4, T5 and T6 stay as they are. A scalp electrode after the hyphen
(``F3-CPz``) is a reference if it is the only one in all labels; otherwise these are bipolar leads
(``F3-C3``, ``C3-P3``), which are no electrodes. Names that the user gives come before all that. Of
two channels of one name the first has it; the other takes no part in the EEG. Then, of the channels
that were not declared to be something else and are not evidently something else by name (ECG, EOG,
EMG, triggers, accelerometers ...):

- if at least half have a name of the 10-05 system, or the user gave names, those are EEG, and the
  rest is ``misc`` (``A2-A1``, ``23A-23R``): an unknown lead must not enter an average reference;
- otherwise the names tell nothing (``EXG Channel 0``, ``E17``), and all are EEG under their own
  names.

Ears and mastoids (A1, A2, M1, M2) count as EEG when recorded as channels of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.words.message import Message, joined

CH_TYPES = frozenset({"eeg", "eog", "ecg", "emg", "stim", "misc"})

_PREFIX = re.compile(r"^(EEG[\s:._-]*|POL[\s:._-]+)(?=\S)", re.IGNORECASE)
_REFERENCED = re.compile(
    r"^(?P<name>[A-Za-z0-9]+)\s*[-:/_ ]\s*\(?(?P<reference>[A-Za-z0-9+]+)\)?$", re.IGNORECASE
)
_NO_SCALP = re.compile(
    r"^(LE|RE|LER|V?REF\d?|A1|A2|A12|A1A2|A1\+A2|M1|M2|M12|M1M2|M1\+M2|AVG|AVE|AVR|AV|AR|CAR|CA|LM|G2)$",
    re.IGNORECASE,
)
_AT_THE_EARS = re.compile(r"^(LE|RE|LER|LM|[AM](1|2|12|1\+?[AM]2))$", re.IGNORECASE)
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
            r"|IMP|NOT USED|TIME|PACKET|VALIDITY|PHOTIC|DC\d)",
            re.IGNORECASE,
        ),
    ),
)


@cache
def _spelling() -> dict[str, str]:
    return {name.casefold(): name for name in positions()}


@dataclass(frozen=True, slots=True)
class Named:
    """What channels are called and are.

    Parameters
    ----------
    names, types : tuple of str
        As `StreamInfo` wants them; names are unique.
    reference : str
        What all channels that have a name of the 10-05 system are recorded against, by their
        labels; empty where they do not say, or say several.
    notes : tuple of Message
        What the user should know; a sentence each.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    reference: str = ""
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class _Lead:
    """A label, taken apart: an electrode if it is one, its reference if one is written."""

    name: str | None
    reference: str = ""
    against_scalp: bool = False


def electrode_name(label: str) -> str | None:
    """Return the 10-05 name that a label stands for by itself, or None.

    Parameters
    ----------
    label : str
        As written in a file or stream.

    Returns
    -------
    str or None
        ``FC5`` for ``Fc5.``, ``F3`` for ``EEG F3-LE``; None for ``A2-A1``, ``F3-C3``, ``EXG 1``.
    """
    lead = _lead(label)
    return None if lead.against_scalp else lead.name


def _lead(label: str) -> _Lead:
    name = own_name(label)
    known = _spelling().get(name.casefold())
    referenced = _REFERENCED.match(name)
    if known or not referenced:
        return _Lead(known)
    electrode = _spelling().get(referenced["name"].casefold())
    reference = referenced["reference"]
    if _NO_SCALP.match(reference):
        is_ear = referenced["name"].casefold() in _EARS
        return _Lead(None) if is_ear or not electrode else _Lead(electrode, reference.upper())
    against = _spelling().get(reference.casefold())
    return _Lead(electrode, against, True) if electrode and against else _Lead(None)


def own_name(label: str) -> str:
    """Return a label without the ``EEG`` or ``POL`` before and dots behind it."""
    stripped = label.replace("\x00", " ").strip().rstrip(".").strip()
    return _PREFIX.sub("", stripped)


def evident_type(label: str) -> str | None:
    """Return the channel type that a label speaks out (``ECG``, ``Status``), or None."""
    name = own_name(label)
    return next((kind for kind, pattern in _BY_NAME if pattern.match(name)), None)


def describe_channels(
    labels: Sequence[str], declared: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names and types of channels; see `name_channels`."""
    named = name_channels(labels, declared)
    return named.names, named.types


def name_channels(
    labels: Sequence[str],
    declared: Sequence[str],
    given: Mapping[int, str] | None = None,
    where: str | Message = "",
) -> Named:
    """Say what channels are called and are; see the module's docstring for the rule.

    Parameters
    ----------
    labels : sequence of str
        As written.
    declared : sequence of str
        Type of each channel as declared, in any case; empty where there is none. What is not one
        of the types in `StreamInfo` is ``misc``.
    given : mapping of int to str, optional
        10-05 names that the user gives, by index of the channel.
    where : str or Message
        The file or stream, for the notes.

    Returns
    -------
    Named
    """
    given = given or {}
    kinds = [_kind(label, kind) for label, kind in zip(labels, declared, strict=True)]
    kinds = ["eeg" if i in given else kind for i, kind in enumerate(kinds)]
    leads = _electrodes([_lead(label) for label in labels])
    known = [
        given.get(i, lead.name if kind == "eeg" else None)
        for i, (kind, lead) in enumerate(zip(kinds, leads, strict=True))
    ]
    kept, notes = _one_of_each(known, given, labels, where)
    n_known = sum(name is not None for name in known)
    if given or (n_known and 2 * n_known >= kinds.count("eeg")):
        kinds = ["misc" if k == "eeg" and i not in kept else k for i, k in enumerate(kinds)]
    else:
        kinds = ["misc" if n and i not in kept else k
                 for i, (k, n) in enumerate(zip(kinds, known, strict=True))]  # fmt: skip
    references = {i: leads[i].reference for i in kept if leads[i].reference}
    notes += _on_references(references, known, where)
    if given:
        notes.append(_on_given(given, kinds, labels, where))
    stated = set(references.values())
    return Named(
        _unique({i: known[i] or "" for i in kept}, labels),
        tuple(kinds),
        stated.pop() if len(stated) == 1 and len(references) == len(kept) else "",
        tuple(notes),
    )


def _electrodes(leads: list[_Lead]) -> list[_Lead]:
    """Return leads against scalp electrodes as none, unless there is one such reference only."""
    against = Counter(lead.reference for lead in leads if lead.against_scalp)
    if len(against) == 1 and against.total() > 1:
        return leads
    return [_Lead(None) if lead.against_scalp else lead for lead in leads]


def _one_of_each(
    known: Sequence[str | None],
    given: Mapping[int, str],
    labels: Sequence[str],
    where: str | Message,
) -> tuple[list[int], list[Message]]:
    """Return which channels have the name they claim, and what is said of those that do not."""
    owner: dict[str, int] = {}
    for i in sorted(range(len(known)), key=lambda i: (i not in given, i)):
        if name := known[i]:
            owner.setdefault(name, i)
    notes = []
    for name, kept in owner.items():
        others = [i for i, other in enumerate(known) if other == name and i != kept]
        if others:
            notes.append(
                Message(
                    "{where}: several channels are {name}; number {kept} ({label}) is used, and "
                    "left out of the EEG: {others}.",
                    where=where, name=name, kept=kept + 1, label=labels[kept],
                    others=joined([_numbered(i, labels) for i in others]),
                )
            )  # fmt: skip
    return sorted(owner.values()), notes


def _on_references(
    references: Mapping[int, str], known: Sequence[str | None], where: str | Message
) -> Iterator[Message]:
    """Yield what is to be said of the references that labels name, by index of the channel.

    A common one at the ears or mastoids goes without saying.
    """
    by_reference: dict[str, list[str]] = {}
    for i, reference in references.items():
        by_reference.setdefault(reference, []).append(known[i] or "")
    if len(by_reference) == 1 and not _AT_THE_EARS.match(next(iter(by_reference))):
        yield Message(
            "{where}: by their labels, channels are recorded against {reference}.",
            where=where, reference=next(iter(by_reference)),
        )  # fmt: skip
    elif len(by_reference) > 1:
        groups = (f"{reference} ({', '.join(names)})" for reference, names in by_reference.items())
        yield Message(
            "{where}: by their labels, channels are recorded against different references, "
            "{references}: what differs between them may come from the references, and an average "
            "of them mixes these.",
            where=where, references=", ".join(groups),
        )  # fmt: skip


def _on_given(
    given: Mapping[int, str], kinds: Sequence[str], labels: Sequence[str], where: str | Message
) -> Message:
    names = ", ".join(f"{i + 1}={name}" for i, name in sorted(given.items()))
    rest = [_numbered(i, labels) for i, kind in enumerate(kinds) if kind == "misc"]
    said = Message("{where}: channels are named as asked: {names}.", where=where, names=names)
    if not rest:
        return said
    left = Message("Without a name, and left out of the EEG: {others}.", others=joined(rest))
    return joined((said, left))


def _numbered(i: int, labels: Sequence[str]) -> Message:
    return Message("{n} ({label})", n=i + 1, label=labels[i].strip())


def _kind(label: str, declared: str) -> str:
    given = declared.strip().casefold()
    if given in ("", "eeg"):
        return evident_type(label) or "eeg"
    if given in ("stim", "trigger", "triggers", "marker", "markers"):
        return "stim"
    return given if given in CH_TYPES else "misc"


def _unique(known: Mapping[int, str], labels: Sequence[str]) -> tuple[str, ...]:
    """Fall back to the label, then to a number, where there is no name or it is taken."""
    own = [known.get(i) or own_name(label) for i, label in enumerate(labels)]
    taken = set(known.values())
    result = []
    for i, label in enumerate(labels):
        name = known.get(i)
        if name is None:
            base = label.strip() or f"channel {i + 1}"
            options = [own[i], base] if own[i] and own.count(own[i]) == 1 else [base]
            options += [f"{base} ({k})" for k in range(2, len(labels) + 2)]
            name = next(option for option in options if option and option not in taken)
            taken.add(name)
        result.append(name)
    return tuple(result)
