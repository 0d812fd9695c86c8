"""Picks and reference as one spatial matrix.

Responsible for turning channel names and a reference into weights, and for refusing what the
stream does not have. Not responsible for applying the matrix.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.words.message import Message, joined

Reference = Literal["average", "as-recorded"] | tuple[str, ...]


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
        if len(members) < 3:  # of two, both signals are the same difference
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


def describe_reference(
    reference: Reference, info: StreamInfo, bads: Collection[str] = ()
) -> Message:
    """Say in a few words what the reference is, e.g. ``average of 64``."""
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
            "Channel {name}, which {who}, is marked bad; mend the electrode first.",
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
