"""Which LSL streams there are, and what one says of itself.

Responsible for finding streams, choosing one by a query, connecting to it and reading its
metadata. Not responsible for its samples (`source`).

Longer than most modules: everything that reads the metadata of liblsl, which differ from sender to
sender.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as TimedOut

from neurofeedback.acquisition.lsl.crowd import crowd
from neurofeedback.errors import UserError
from neurofeedback.words.message import Message, joined

KEYS = ("name", "type", "source_id", "hostname", "uid")
BUFFER_SECONDS = 360
FORGOTTEN_AFTER = 5.0  # s without an answer
SETTLE_SECONDS = 0.7  # after a match, for a second one to show itself
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """A stream as seen on the network.

    Parameters
    ----------
    name, kind, source_id, hostname, uid : str
        What the sender calls the stream, its type (``EEG``), the identity that the sender keeps
        across restarts, the computer, and the identity of this very outlet.
    n_channels : int
        Number of channels.
    sfreq : float
        Hz; 0 for markers.
    """

    name: str
    kind: str
    source_id: str
    hostname: str
    uid: str
    n_channels: int
    sfreq: float

    def value(self, key: str) -> str:
        """Return what the stream has for one of `KEYS`."""
        return str(getattr(self, "kind" if key == "type" else key))


@dataclass(frozen=True, slots=True)
class Metadata:
    """What must be equal for two streams to be the same one.

    Parameters
    ----------
    name, source_id, kind : str
        As in `StreamSummary`.
    sfreq : float
        Hz.
    labels, ch_types, units : tuple of str
        Of each channel, as the sender wrote them; empty where it says nothing.
    """

    name: str
    source_id: str
    kind: str
    sfreq: float
    labels: tuple[str, ...]
    ch_types: tuple[str, ...]
    units: tuple[str, ...]

    def differences(self, other: Metadata) -> list[Message]:
        """Return in words how another stream differs from this one."""
        found = []
        if self.source_id != other.source_id:
            found.append(
                Message(
                    "source id {source_id!r} instead of {wanted!r}",
                    source_id=other.source_id, wanted=self.source_id,
                )
            )  # fmt: skip
        if self.kind != other.kind:
            found.append(
                Message("type {kind!r} instead of {wanted!r}", kind=other.kind, wanted=self.kind)
            )
        if self.sfreq != other.sfreq:
            found.append(
                Message("{rate:g} Hz instead of {wanted:g} Hz", rate=other.sfreq, wanted=self.sfreq)
            )
        if self.labels != other.labels:
            names, wanted = _few(other.labels), _few(self.labels)
            found.append(
                Message("channels {names} instead of {wanted}", names=names, wanted=wanted)
            )
        if self.ch_types != other.ch_types:
            found.append(Message("other channel types"))
        if self.units != other.units:
            names, wanted = _few(other.units), _few(self.units)
            found.append(Message("units {names} instead of {wanted}", names=names, wanted=wanted))
        return found


@dataclass(frozen=True, slots=True)
class Connection:
    """An inlet.

    Parameters
    ----------
    inlet : pylsl.StreamInlet
        Once it is subscribed, samples are being buffered.
    found : pylsl.StreamInfo
        As it was found: where the outlet is.
    metadata : Metadata
    uid, hostname : str
        Identity of the outlet, and its computer.
    created_at : float
        When the outlet was made, on the clock of its computer, s.
    clock_offset : float
        What to add to a time stamp to get local time, s; NaN when the sender did not answer.
    dtype : numpy.dtype
        Of the samples.
    """

    inlet: Any
    found: Any
    metadata: Metadata
    uid: str
    hostname: str
    created_at: float
    clock_offset: float
    dtype: np.dtype[Any]

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return len(self.metadata.labels)

    def subscribe(self, timeout: float) -> None:
        """Have samples sent from now on, if they are not yet.

        Raises
        ------
        UserError
            If the sender does not answer within `timeout` s.
        """
        with _answering(self.metadata.name):
            self.inlet.open_stream(timeout)

    def answers(self, timeout: float) -> bool:
        """Return whether the outlet itself answers within `timeout` s, whoever else is found."""
        try:
            there = pylsl.StreamInlet(self.found, recover=False).info(timeout)
        except (TimedOut, LostError):
            return False
        return bool(there.uid() == self.uid)

    def identity(self) -> dict[str, str | float]:
        """Return what tells this outlet from any other of the same stream, for the log."""
        return {
            "source_id": self.metadata.source_id,
            "uid": self.uid,
            "host": self.hostname,
            "created_at": self.created_at,
        }


def library_version() -> str:
    """Return the version of the liblsl that is loaded, e.g. ``1.18``."""
    return "{}.{}".format(*divmod(pylsl.library_version(), 100))


def find_streams(timeout: float) -> list[StreamSummary]:
    """Return every stream that answers within `timeout` s, in order of name."""
    return _in_order(_summary(info) for info in pylsl.resolve_streams(timeout))


class StreamWatch:
    """Streams that are there now, without waiting for them; liblsl looks on while this lives."""

    def __init__(self) -> None:
        self._resolver = pylsl.ContinuousResolver(forget_after=FORGOTTEN_AFTER)

    def streams(self) -> list[StreamSummary]:
        """Return every stream that answered lately, in order of name."""
        return _in_order(_summary(info) for info in self._resolver.results())


def select(streams: Sequence[StreamSummary], query: str) -> list[StreamSummary]:
    """Return the regularly sampled streams that a query means.

    Parameters
    ----------
    streams : sequence of StreamSummary
        What is there.
    query : str
        See `LslSource`.
    """
    regular = [s for s in streams if s.sfreq > 0]
    if not query:
        return [s for s in regular if s.kind.casefold() == "eeg"]
    exact = [s for s in regular if query in (s.name, s.source_id)]
    if exact:
        return exact
    for sign in ("=", ":"):
        key, found, value = query.partition(sign)
        if found and key.strip() in KEYS:
            key, value = key.strip(), value.strip()
            fold = str.casefold if key == "type" else str
            return [s for s in regular if fold(s.value(key)) == fold(value)]
    return []


def choose_stream(
    query: str, timeout: float, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Any:
    """Return the one stream that a query means, as pylsl's StreamInfo.

    Raises
    ------
    UserError
        If there is none within `timeout` s, or more than one.
    """
    resolver = pylsl.ContinuousResolver(forget_after=FORGOTTEN_AFTER)
    until = clock() + timeout
    matched = False
    while True:
        infos = {info.uid(): info for info in resolver.results()}
        streams = _in_order(_summary(info) for info in infos.values())
        found = select(streams, query)
        now = clock()
        if found and not matched:
            matched, until = True, now + SETTLE_SECONDS
        if now >= until:
            break
        sleep(_POLL_SECONDS)
    if not found:
        hidden = crowd(infos.values())
        raise UserError(joined(filter(None, (_none_sentence(query, streams), hidden))))
    if len(found) > 1:
        raise UserError(_several_sentence(query, found))
    return infos[found[0].uid]


@contextmanager
def _answering(name: str) -> Iterator[None]:
    """Say so if a stream does not answer."""
    try:
        yield
    except (TimedOut, LostError) as error:
        raise UserError(
            "The stream {stream!r} was found but does not answer: is its sender still "
            "running, or a firewall in between?",
            stream=name,
        ) from error


def connect(info: Any, timeout: float, *, subscribe: bool = True) -> Connection:
    """Connect to a stream and read its metadata.

    Parameters
    ----------
    info : pylsl.StreamInfo
        As found.
    timeout : float
        How long to wait for its answer, s.
    subscribe : bool
        Whether to have samples sent before the clock offset is known, which takes half a second:
        none that is sent meanwhile is missed. Otherwise see `Connection.subscribe`.

    Raises
    ------
    UserError
        If it does not answer, or does not send numbers.
    """
    if info.channel_format() == pylsl.cf_string:
        raise UserError(
            "The stream {stream!r} sends text, not samples: choose another.", stream=info.name()
        )
    inlet = pylsl.StreamInlet(info, max_buflen=BUFFER_SECONDS, recover=False)
    with _answering(info.name()):
        metadata = metadata_of(inlet.info(timeout))
        if subscribe:
            inlet.open_stream(timeout)
    try:
        offset = float(inlet.time_correction(min(timeout, 1.0)))
    except (TimedOut, LostError):
        offset = math.nan
    return Connection(
        inlet,
        info,
        metadata,
        info.uid(),
        info.hostname(),
        float(info.created_at()),
        offset,
        np.dtype(inlet.value_type),
    )


def _in_order(streams: Iterable[StreamSummary]) -> list[StreamSummary]:
    return sorted(streams, key=lambda s: (s.name, s.source_id, s.uid))


def _summary(info: Any) -> StreamSummary:
    return StreamSummary(
        name=info.name(),
        kind=info.type(),
        source_id=info.source_id(),
        hostname=info.hostname(),
        uid=info.uid(),
        n_channels=info.channel_count(),
        sfreq=info.nominal_srate(),
    )


def metadata_of(info: Any) -> Metadata:
    """Return what a stream says of itself.

    Parameters
    ----------
    info : pylsl.StreamInfo
        With its description.
    """
    n_channels = info.channel_count()
    rows: list[tuple[str, str, str]] = []
    channel = info.desc().child("channels").child("channel")
    while not channel.empty() and len(rows) <= n_channels:
        label = channel.child_value("label") or channel.child_value("name")
        rows.append((label, channel.child_value("type"), channel.child_value("unit")))
        channel = channel.next_sibling("channel")
    if len(rows) != n_channels:
        rows = [("", "", "")] * n_channels
    labels = tuple(row[0] or f"channel {i}" for i, row in enumerate(rows, start=1))
    found = Metadata(
        name=info.name() or "unnamed",
        source_id=info.source_id(),
        kind=info.type(),
        sfreq=float(info.nominal_srate()),
        labels=labels,
        ch_types=tuple(row[1] for row in rows),
        units=tuple(row[2] for row in rows),
    )
    # Without channel descriptions, the stream's own type speaks for its channels.
    return found if any(found.ch_types) else replace(found, ch_types=_types_of(found))


def _types_of(metadata: Metadata) -> tuple[str, ...]:
    kind = metadata.kind.casefold()
    return ("" if kind in ("eeg", "exg", "") else kind,) * len(metadata.labels)


def _none_sentence(query: str, streams: Sequence[StreamSummary]) -> Message:
    wanted = Message("stream that matches {query!r}", query=query)
    if not query:
        wanted = Message("stream of type EEG")
    if not streams:
        return Message(
            "No LSL {wanted} was found, nor any other: is the amplifier's program streaming, and "
            "on this machine?",
            wanted=wanted,
        )
    return Message(
        "No LSL {wanted} was found; there is: {there}. Choose one by its name.",
        wanted=wanted, there=joined(map(_described, streams), "; "),
    )  # fmt: skip


def _several_sentence(query: str, found: Sequence[StreamSummary]) -> Message:
    listed = joined(
        (
            Message(
                "{stream}, to be chosen by {query!r}",
                stream=_described(s), query=_telling(s, found),
            )
            for s in found
        ),
        "; ",
    )  # fmt: skip
    if not query:
        return Message("{n} LSL streams are of type EEG: {there}.", n=len(found), there=listed)
    return Message(
        "{n} LSL streams match {query!r}: {there}.", n=len(found), query=query, there=listed
    )


def _telling(stream: StreamSummary, among: Sequence[StreamSummary]) -> str:
    """Return the shortest query that means this stream alone."""
    for key in ("name", "source_id", "hostname"):
        value = stream.value(key)
        if value and sum(s.value(key) == value for s in among) == 1:
            return f"{key}={value}"
    return f"uid={stream.uid}"


def _described(stream: StreamSummary) -> Message:
    holds = Message("markers")
    if stream.sfreq:
        holds = Message("{n} channels at {rate:g} Hz", n=stream.n_channels, rate=stream.sfreq)
    return Message(
        "{name!r} (type {kind!r}, {holds}, on {computer})",
        name=stream.name, kind=stream.kind, holds=holds, computer=stream.hostname,
    )  # fmt: skip


def _few(texts: Sequence[str], most: int = 4) -> Message:
    shown = joined((text or Message("none") for text in texts[:most]), ", ")
    if len(texts) <= most:
        return shown
    return Message("{names} ... ({n})", names=shown, n=len(texts))
