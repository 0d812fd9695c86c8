"""Picks and reference as one spatial matrix.

Responsible for turning channel names and a reference into weights, for which references a stream
allows, and for refusing what it does not have. Not responsible for applying the matrix, nor for the
surface Laplacian itself (`laplacian`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.signal.laplacian import MIN_ELECTRODES, csd_matrix, has_position
from neurofeedback.words.message import Message, joined

Reference = Literal["average", "as-recorded"] | tuple[str, ...]
AnyReference = Reference | Literal["csd"]

MIN_AVERAGED = 3  # channels; of two, both signals are the same difference
LINKED = (("A1", "A2"), ("M1", "M2"))
_EARS = frozenset(name for pair in LINKED for name in pair)


def spatial_matrix(
    info: StreamInfo, picks: Sequence[str], reference: Reference, bads: Collection[str] = ()
) -> FloatArray:
    """Compose picks and reference.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    picks : sequence of str
        Channels wanted, one signal each.
    reference : 'average', 'as-recorded' or tuple of str
        What is subtracted: the mean of all good EEG channels, nothing, or the mean of the named
        channels.
    bads : collection of str
        Channels that must not be used; left out of the average.

    Returns
    -------
    ndarray, shape (n_signals, n_channels)
        ``signals = data @ matrix.T``.

    Raises
    ------
    UserError
        If a channel is missing, has no voltage unit or is marked bad.
    """
    unknown = sorted(set(bads) - set(info.ch_names))
    if unknown:
        raise UserError(
            "Marked bad but not in the stream {stream!r}: {unknown}. It has {there}.",
            stream=info.name,
            unknown=", ".join(unknown),
            there=_some(info.ch_names),
        )
    matrix = np.zeros((len(picks), info.n_channels))
    for row, name in enumerate(picks):
        matrix[row, _usable(info, name, bads, Message("the protocol needs"))] = 1.0
    if reference == "average":
        members = [i for i in info.eeg if info.ch_names[i] not in bads and info.units[i] == "V"]
        if len(members) < MIN_AVERAGED:
            raise UserError(
                "An average reference needs at least three good EEG channels; the stream "
                "{stream!r} has {n}. The protocol may use them as recorded.",
                stream=info.name,
                n=len(members),
            )
    elif reference == "as-recorded":
        return matrix
    else:
        members = [_usable(info, name, bads, Message("the reference needs")) for name in reference]
    matrix[:, members] -= 1.0 / len(members)
    return matrix


def scalp_channels(info: StreamInfo, bads: Collection[str] = ()) -> tuple[str, ...]:
    """Return the good EEG channels on the scalp whose place is known by their name."""
    return tuple(
        name
        for name, kind, unit in zip(info.ch_names, info.ch_types, info.units, strict=True)
        if kind == "eeg"
        and unit == "V"
        and name not in bads
        and name not in _EARS
        and has_position(name)
    )


def possible_references(info: StreamInfo, bads: Collection[str] = ()) -> tuple[AnyReference, ...]:
    """Return every reference the stream allows.

    As recorded always; the average from three channels; Cz, linked ears (A1 + A2) and linked
    mastoids (M1 + M2) where these are there and good; the surface Laplacian from 19 electrodes.
    """
    eeg = {info.ch_names[i] for i in info.eeg if info.units[i] == "V"} - set(bads)
    found: list[AnyReference] = ["average"] if len(eeg) >= MIN_AVERAGED else []
    found.append("as-recorded")
    if "Cz" in eeg:
        found.append(("Cz",))
    found += [pair for pair in LINKED if set(pair) <= eeg]
    if len(scalp_channels(info, bads)) >= MIN_ELECTRODES:
        found.append("csd")
    return tuple(found)


def reference_matrix(
    info: StreamInfo, picks: Sequence[str], reference: AnyReference, bads: Collection[str] = ()
) -> FloatArray:
    """Compose picks and any reference, the surface Laplacian included.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    picks : sequence of str
        Channels wanted, one signal each.
    reference : 'average', 'as-recorded', 'csd' or tuple of str
        See `spatial_matrix`; ``csd`` is the surface Laplacian of all good scalp channels
        with a known place, and its signals are in V/m^2 instead of V.
    bads : collection of str
        Channels that must not be used.

    Returns
    -------
    ndarray, shape (n_signals, n_channels)
        ``signals = data @ matrix.T``.

    Raises
    ------
    UserError
        If a channel is missing, has no voltage unit or is marked bad, or if there are too few
        electrodes for the Laplacian.
    """
    if reference != "csd":
        return spatial_matrix(info, picks, reference, bads)
    spatial_matrix(info, picks, "as-recorded", bads)  # refuses what cannot be picked
    scalp = scalp_channels(info, bads)
    if len(scalp) < MIN_ELECTRODES:
        raise UserError(
            "The surface Laplacian needs {least} good electrodes with names of the 10-05 "
            "system; {stream!r} has {n}. Choose another reference.",
            least=MIN_ELECTRODES,
            stream=info.name,
            n=len(scalp),
        )
    elsewhere = [name for name in picks if name not in scalp]
    if elsewhere:
        raise UserError(
            "The surface Laplacian has no value at {elsewhere}: only electrodes on the "
            "scalp with names of the 10-05 system have one.",
            elsewhere=", ".join(elsewhere),
        )
    matrix = np.zeros((len(picks), info.n_channels))
    columns = [info.ch_names.index(name) for name in scalp]
    rows = [scalp.index(name) for name in picks]
    matrix[:, columns] = csd_matrix(scalp)[rows]
    return matrix


def describe(reference: AnyReference, info: StreamInfo, bads: Collection[str] = ()) -> Message:
    """Say in a few words what a reference is, e.g. ``average of 64``."""
    if reference == "csd":
        return Message("surface Laplacian (CSD) of {n}", n=len(scalp_channels(info, bads)))
    if reference == ("A1", "A2"):
        return Message("linked ears (A1 + A2)")
    if reference == ("M1", "M2"):
        return Message("linked mastoids (M1 + M2)")
    if reference == "average":
        n = sum(1 for i in info.eeg if info.ch_names[i] not in bads and info.units[i] == "V")
        return Message("average of {n}", n=n)
    if reference == "as-recorded":
        return Message("as recorded")
    return joined(reference, " + ")


def _usable(info: StreamInfo, name: str, bads: Collection[str], who: Message) -> int:
    if name not in info.ch_names:
        raise UserError(
            "There is no channel {name}, which {who}, in {stream!r}. It has {there}.",
            name=name,
            who=who,
            stream=info.name,
            there=_some(info.ch_names),
        )
    index = info.ch_names.index(name)
    if name in bads:
        raise UserError(
            "Channel {name}, which {who}, is marked bad; fix the electrode first.",
            name=name,
            who=who,
        )
    if info.units[index] != "V":
        raise UserError(
            "Channel {name}, which {who}, has no voltage unit in {stream!r}.",
            name=name,
            who=who,
            stream=info.name,
        )
    return index


def _some(names: Sequence[str], most: int = 24) -> str:
    listed, n = ", ".join(names[:most]), len(names) - most
    return listed if n <= 0 else Message("{listed} and {n} more", listed=listed, n=n)
