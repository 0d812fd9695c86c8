"""Impedances of electrodes, as senders of LSL give them.

Responsible for the three ways in which they do: a value among the metadata of a channel
(``impedance``, in kilohm), channels of their own between those of the EEG, and a stream of its own
of the type ``Impedance`` on the same computer, with a channel for each electrode. Not responsible
for what they mean (`acquisition.impedance`).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as TimedOut

from neurofeedback.acquisition.impedance import ImpedanceChannel, ohms_per_unit
from neurofeedback.acquisition.lsl.streams import Connection
from neurofeedback.acquisition.naming import electrode_name
from neurofeedback.frames import FloatArray

TYPE = "Impedance"
SEARCH_SECONDS = 0.3
FIRST_SECONDS = 1.0  # for the first values of a stream
_ANSWER_SECONDS = 1.0
_POLL_SECONDS = 0.02
_KILOHM = 1e3


class LslImpedances:
    """The impedances that belong to a stream; looks for a stream of them from when it is made."""

    def __init__(self) -> None:
        self._channels: tuple[ImpedanceChannel, ...] = ()
        self._lock = threading.Lock()
        self._ohms: dict[str, float] = {}
        self._hostname, self._names = "", set[str]()
        self._resolver = pylsl.ContinuousResolver("type", TYPE)
        self._until = time.monotonic() + SEARCH_SECONDS
        self._tried: set[str] = set()
        self._inlet: Any = None
        self._places: list[tuple[int, str, float]] = []  # channel, electrode, ohm per unit

    def attach(
        self,
        connection: Connection,
        ch_names: Sequence[str],
        channels: Sequence[ImpedanceChannel] = (),
    ) -> None:
        """Say which stream it is.

        Parameters
        ----------
        connection : Connection
            To the stream.
        ch_names : sequence of str
            What its channels are called here.
        channels : sequence of ImpedanceChannel
            Those of them that hold impedances.
        """
        self._channels = tuple(channels)
        self._ohms = _declared(connection, ch_names)
        self._hostname, self._names = connection.hostname, set(ch_names)
        while not self._listens() and time.monotonic() < self._until:
            time.sleep(_POLL_SECONDS)
        self._pull(FIRST_SECONDS)

    @property
    def newest(self) -> Mapping[str, float]:
        """Impedance of each electrode for which there is one, ohm; any thread may ask."""
        with self._lock:
            if self._listens():
                self._pull(0.0)
            return dict(self._ohms)

    def see(self, values: FloatArray) -> None:
        """Take the newest impedances among samples as received, shape (n_times, n_channels)."""
        for channel in self._channels:
            measured = values[:, channel.index]
            measured = measured[np.isfinite(measured) & (measured > 0)]
            if len(measured):
                with self._lock:
                    _put(self._ohms, channel.electrode, channel.factor * float(measured[-1]))

    def close(self) -> None:
        """Listen no more. May be called twice."""
        with self._lock:
            self._inlet = self._resolver = None

    def _listens(self) -> bool:
        """Return whether there is a stream to listen to, after looking for one."""
        if self._inlet is not None or self._resolver is None:
            return self._inlet is not None
        found = [
            info
            for info in self._resolver.results()
            if info.hostname() == self._hostname and info.channel_format() != pylsl.cf_string
        ]
        # Of several, nobody says which belongs to the stream.
        if len(found) == 1 and found[0].uid() not in self._tried:
            self._tried.add(found[0].uid())
            self._listen(found[0])
        return self._inlet is not None

    def _listen(self, found: Any) -> None:
        inlet = pylsl.StreamInlet(found, max_buflen=10, recover=False)
        try:
            rows = _channels(inlet.info(_ANSWER_SECONDS))
            inlet.open_stream(_ANSWER_SECONDS)
        except (TimedOut, LostError):
            return
        for i, (label, unit, _) in enumerate(rows):
            name = electrode_name(label) or label
            factor = ohms_per_unit(unit)
            if name in self._names and factor is not None:
                self._places.append((i, name, factor))
        self._inlet = inlet

    def _pull(self, timeout: float) -> None:
        if self._inlet is None:
            return
        try:
            values, _ = self._inlet.pull_sample(timeout)
            later, _ = self._inlet.pull_chunk(0.0)
        except LostError:
            self._inlet = None  # the newest values stay
            return
        for sample in (values, *later):
            for i, name, factor in self._places if sample is not None else ():
                _put(self._ohms, name, factor * float(sample[i]))


def _declared(connection: Connection, ch_names: Sequence[str]) -> dict[str, float]:
    try:
        rows = _channels(connection.inlet.info(_ANSWER_SECONDS))
    except (TimedOut, LostError):
        return {}
    ohms: dict[str, float] = {}
    if len(rows) == len(ch_names):
        for name, (_, _, text) in zip(ch_names, rows, strict=True):
            try:
                _put(ohms, name, _KILOHM * float(text or "nan"))
            except ValueError:
                continue
    return ohms


def _channels(info: Any) -> list[tuple[str, str, str]]:
    """Return label, unit and impedance of each channel, as written."""
    rows: list[tuple[str, str, str]] = []
    channel = info.desc().child("channels").child("channel")
    while not channel.empty() and len(rows) <= info.channel_count():
        rows.append(
            (
                channel.child_value("label") or channel.child_value("name"),
                channel.child_value("unit"),
                channel.child_value("impedance"),
            )
        )
        channel = channel.next_sibling("channel")
    return rows


def _put(ohms: dict[str, float], name: str, value: float) -> None:
    """Keep a value; amplifiers give zero or less, or no number, where they measured none."""
    if math.isfinite(value) and value > 0:
        ohms[name] = value
