"""Electrode names that the user gives to channels whose labels tell none.

Responsible for what is typed (``1=F3,2=F4``) and for montages in files, and for which channel each
name is for. Not responsible for what a name then means (`naming`) nor for the montages that MNE and
amplifiers bring (`known_montages`).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.acquisition.known_montages import known_montage, known_montages
from neurofeedback.acquisition.naming import electrode_name, evident_type
from neurofeedback.errors import UserError
from neurofeedback.words.message import Message

_CHANNEL_COLUMNS = ("channel", "number", "label")


@dataclass(frozen=True, slots=True)
class GivenNames:
    """Which channel is which electrode, as the user says.

    Parameters
    ----------
    entries : tuple of (str, str)
        Label of a channel, or its number from 1, and a name of the 10-05 system.
    source : str or Message
        Where that was said, for messages.
    in_order : bool
        Whether the entries stand for the channels in their order where no label is among those of
        the entries: the labels of a montage are those of its maker.
    numbered : bool
        Whether the entries stand for numbers alone, also where a label is one.
    """

    entries: tuple[tuple[str, str], ...]
    source: str | Message
    in_order: bool = False
    numbered: bool = False

    def resolve(self, labels: Sequence[str], where: object) -> dict[int, str]:
        """Return the names by index of the channel.

        Parameters
        ----------
        labels : sequence of str
            Of the file or stream.
        where : object
            Which, for messages.

        Raises
        ------
        UserError
            If an entry is for no channel, or two are for the same one.
        """
        at = {label.strip().casefold(): i for i, label in reversed(list(enumerate(labels)))}
        at = {} if self.numbered else at
        places = [at.get(key.casefold()) for key, _ in self.entries]
        if self.in_order:
            return self._of_montage(places, labels, where)
        found: dict[int, str] = {}
        for place, (key, name) in zip(places, self.entries, strict=True):
            if place is None and key.isdecimal() and 1 <= int(key) <= len(labels):
                place = int(key) - 1
            if place is None:
                raise UserError(
                    "{source}: {where} has no channel {key!r}; give its number, 1 to {n}, or its "
                    "label, one of: {labels}.",
                    source=self.source, where=where, key=key, n=len(labels),
                    labels=", ".join(labels),
                )  # fmt: skip
            if place in found:
                raise UserError(
                    "{source}: channel {n} ({label}) is named twice, {first} and {second}.",
                    source=self.source, n=place + 1, label=labels[place], first=found[place],
                    second=name,
                )  # fmt: skip
            found[place] = name
        return found

    def _of_montage(
        self, places: Sequence[int | None], labels: Sequence[str], where: object
    ) -> dict[int, str]:
        """Go by the labels of the montage where the channels have these, else by the order."""
        names = [name for _, name in self.entries]
        signals = [i for i, label in enumerate(labels) if evident_type(label) is None]
        if 2 * sum(place is not None for place in places) >= len(signals):
            pairs = zip(places, names, strict=True)
            return {place: name for place, name in pairs if place is not None and name}
        if len(signals) < len(names):
            raise UserError(
                "The montage {source} has {n} electrodes and {where} has {there} channels; choose "
                "the montage of this cap, or name the channels with --channels.",
                source=self.source, n=len(names), where=where, there=len(signals),
            )  # fmt: skip
        return {i: name for i, name in zip(signals, names, strict=False) if name}


def parse_channels(text: str) -> GivenNames:
    """Return the names that ``1=F3,2=F4`` gives.

    Raises
    ------
    UserError
        If it is written in another way, a name is none of the 10-05 system or is given twice.
    """
    entries = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, sign, name = part.rpartition("=")
        if not sign or not key.strip():
            raise UserError(
                "--channels: {part!r} is not understood; write channel=electrode, for example "
                "1=F3,2=F4.",
                part=part,
            )
        entries.append((key.strip(), name.strip()))
    if not entries:
        raise UserError("--channels is empty; write channel=electrode, for example 1=F3,2=F4.")
    return GivenNames(spelled(entries, "--channels"), "--channels")


def load_montage(text: str) -> GivenNames:
    """Return the names of a montage.

    Parameters
    ----------
    text : str
        A file (a table of channels and names, or the electrodes.tsv of a BIDS dataset), or the
        name of a montage that MNE or an amplifier brings: ``biosemi64``, ``GSN-HydroCel-128``,
        ``openbci``.

    Raises
    ------
    UserError
        If there is no such file or montage, or the file names no electrodes.
    """
    path = Path(text)
    if path.is_file():
        return _montage_file(path)
    found = known_montage(text)
    if found is None:
        raise UserError(
            "There is no montage {text!r}: give a file, or one of {known}.",
            text=text,
            known=", ".join(known_montages()),
        )
    return GivenNames(found, text, in_order=True)


def _montage_file(path: Path) -> GivenNames:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            "The montage {path} cannot be read: {reason}.", path=path, reason=error
        ) from error
    rows = [row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if any(row)]
    columns = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if "name" not in columns:
        raise UserError(
            "{path} is no montage: its first line must be channel, a tab and name, and then there "
            "must be a line for each electrode, such as 1, a tab and F3.",
            path=path,
        )
    name_at = columns.index("name")
    names = [row[name_at].strip() if name_at < len(row) else "" for row in rows[1:]]
    key_at = next((columns.index(c) for c in _CHANNEL_COLUMNS if c in columns), None)
    if key_at is None:  # the electrodes of a BIDS dataset, in the order of its channels
        entries = [(name, electrode_name(name) or "") for name in names]
        if not any(name for _, name in entries):
            raise UserError(
                "{path}: none of its names is an electrode of the 10-05 system.", path=path
            )
        return GivenNames(tuple(entries), str(path), in_order=True)
    keys = [row[key_at].strip() if key_at < len(row) else "" for row in rows[1:]]
    given = [(key, name) for key, name in zip(keys, names, strict=True) if key and name]
    return GivenNames(spelled(given, str(path)), str(path))


def spelled(
    entries: Sequence[tuple[str, str]], source: str | Message
) -> tuple[tuple[str, str], ...]:
    """Return entries with names as the 10-05 system spells them.

    Raises
    ------
    UserError
        If a name is none of the 10-05 system or is given twice.
    """
    found = []
    for key, written in entries:
        name = electrode_name(written)
        if name is None:
            raise UserError(
                "{source}: {written!r} is no electrode of the 10-05 system.",
                source=source,
                written=written,
            )
        found.append((key, name))
    twice = [name for name, n in Counter(name for _, name in found).items() if n > 1]
    if twice:
        raise UserError("{source}: {name} is given to two channels.", source=source, name=twice[0])
    return tuple(found)


def given_names(channels: str | None, montage: str | None) -> GivenNames | None:
    """Return what ``--channels`` or ``--montage`` says; None where neither is given.

    Raises
    ------
    UserError
        If both are, or what is given is refused.
    """
    if channels is not None and montage is not None:
        raise UserError("Give --channels or --montage, not both.")
    if channels is not None:
        return parse_channels(channels)
    return None if montage is None else load_montage(montage)
