"""Live streams of the lab streaming layer (LSL).

Responsible for receiving every sample that arrives, for saying so when the sender is gone, and for
going on only with the same stream. Not responsible for finding streams and reading their metadata
(`streams`), the return of a lost one (`comeback`), or for the alarm when a connected sender
falls silent (`session.runner`).

Time stamps are kept as the sender wrote them. liblsl's own recovery is off, since it attaches to a
different stream of the same name and identity without a word.

Longer than most modules: the life of one connection: choice, loss and return of a stream share its
state.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as TimedOut

from neurofeedback.acquisition.given_names import GivenNames
from neurofeedback.acquisition.impedance import (
    impedance_channels,
    types_by_unit,
    without_unit,
)
from neurofeedback.acquisition.lsl.comeback import Comeback
from neurofeedback.acquisition.lsl.continuity import Continuity
from neurofeedback.acquisition.lsl.impedance import LslImpedances
from neurofeedback.acquisition.lsl.streams import Connection, Metadata, choose_stream, connect
from neurofeedback.acquisition.naming import name_channels
from neurofeedback.acquisition.units import Scaling, needs_samples, scaling
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, FloatArray, StreamInfo, from_storage, to_storage
from neurofeedback.words.message import Message

POLL_SECONDS = 0.003
OFFSET_SECONDS = 5.0  # between two looks at the clock offset
LOOK_SECONDS = 1.5  # of samples wanted to tell an undeclared unit
IMPEDANCE_SECONDS = 0.3  # of samples wanted where impedances come among them
SILENT_SECONDS = 1.0  # without samples, before it is asked whether the sender is still there
_PULL = 1024
_MOST = 16 * _PULL  # samples in one read

_Batch = tuple[FloatArray, FloatArray]


class LslSource:
    """A stream of LSL behind the `Source` protocol.

    Parameters
    ----------
    query : str
        Which stream: its name, its source id, or ``key=value`` (also ``key:value``) with one of
        ``name, type, source_id, hostname, uid``. Empty for the only stream of type EEG.
    timeout : float
        How long to look for it, s.
    rate : float, optional
        Samples a second, overruling what the sender declares.
    unit : str, optional
        Unit of the voltage channels, overruling what the sender says: ``microvolts``, ``V`` ...
    given : GivenNames, optional
        Names of electrodes that the user gives.
    clock : callable
        The local clock of LSL, s.
    sleep : callable
        How to wait, s.
    """

    def __init__(
        self,
        query: str = "",
        *,
        timeout: float = 5.0,
        rate: float | None = None,
        unit: str | None = None,
        given: GivenNames | None = None,
        clock: Callable[[], float] = pylsl.local_clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._query, self._timeout, self._unit = query, timeout, unit
        self._rate = rate
        self._given = given
        self._notes: tuple[Message, ...] = ()
        self._clock, self._sleep = clock, sleep
        self._info: StreamInfo | None = None
        self._scaling: Scaling | None = None
        self._connection: Connection | None = None
        self._comeback: Comeback | None = None
        self._searches: list[Comeback] = []
        self._last_arrival = 0.0
        self._buffer = np.empty((0, 0))
        self._waiting: deque[Chunk] = deque()
        self._looked_at: list[_Batch] = []
        self._next = 0
        self._last_time = self._last_chunk = math.nan  # stamp, and arrival, of the newest sample
        self._returned = False
        self._offset = math.nan
        self._offset_due = 0.0
        self._refused: Message | None = None
        self._impedances: LslImpedances | None = None
        self._sender: Mapping[str, Any] = {}
        self._closed = False

    @property
    def live(self) -> bool:
        """True: samples arrive whether or not they are read."""
        return True

    @property
    def connected(self) -> bool:
        """Whether the sender is there as far as is known.

        A sender whose process ends or is killed is noticed at once; one that takes its stream down
        but lives on, or whose cable is cut, after about 3 s without samples. A sender that is
        silent but still announces its stream, or answers, counts as connected.
        """
        search = self._comeback
        return self._connection is not None and not (search is not None and search.gone)

    @property
    def exhausted(self) -> bool:
        """Whether the source was closed; a stream has no end of its own."""
        return self._closed

    @property
    def notes(self) -> tuple[Message, ...]:
        """What the user should know about how the stream is read; a sentence each."""
        return self._notes

    @property
    def impedances(self) -> Mapping[str, float]:
        """Newest impedance of each electrode for which the sender has one, ohm."""
        return {} if self._impedances is None else self._impedances.newest

    @property
    def refused(self) -> Message | None:
        """Why a stream that pretends to be the lost one is not used; None when there is none."""
        return self._comeback.refused if self._comeback is not None else self._refused

    @property
    def hidden(self) -> Message | None:
        """Why the lost stream may be there and not be found; None where nothing says so."""
        return self._comeback.hidden if self._comeback is not None else None

    @property
    def offered(self) -> str:
        """Source id of a refused stream that differs in nothing else; empty without one."""
        return self._comeback.offered if self._comeback is not None else ""

    @property
    def sender(self) -> Mapping[str, Any]:
        """Which outlet samples come from: its identity, computer, and when it was made."""
        return self._sender

    def accept(self, source_id: str) -> None:
        """Go on with the stream that is offered; may be called from any thread."""
        search = self._comeback
        if search is not None and source_id and search.offered == source_id:
            search.accept(source_id)

    def open(self) -> StreamInfo:
        """Find the stream, connect, and read its description.

        Raises
        ------
        UserError
            If no stream or more than one matches, it does not answer, its unit is unknown, or the
            user names channels that are not there.
        """
        if self._info is not None:
            return self._info
        impedances = self._impedances = LslImpedances()
        found = choose_stream(self._query, self._timeout, self._clock, self._sleep)
        # Samples are sent as late as can be: those that wait meanwhile would be old.
        connection = connect(found, self._timeout, subscribe=False)
        self._attach(connection)
        meta = connection.metadata
        where = Message("The stream {stream!r}", stream=meta.name)
        chosen = {} if self._given is None else self._given.resolve(meta.labels, where)
        declared = types_by_unit(meta.ch_types, meta.units)
        named = name_channels(meta.labels, declared, chosen, where)
        names, types = named.names, named.types
        eeg = {i: names[i] for i, kind in enumerate(types) if kind == "eeg"}
        measuring = impedance_channels(meta.labels, declared, meta.units, eeg)
        impedances.attach(connection, names, measuring)
        connection.subscribe(self._timeout)
        if needs_samples(meta.units, types, self._unit):
            self._looked_at = self._look(LOOK_SECONDS * meta.sfreq)
        elif measuring:
            self._looked_at = self._look(IMPEDANCE_SECONDS * meta.sfreq)
        sfreq = self._rate or meta.sfreq
        seen = [values for values, _ in self._looked_at]
        self._scaling = scaling(
            meta.units,
            types,
            unit=self._unit,
            values=np.concatenate(seen) if seen else np.empty((0, len(names))),
            sfreq=sfreq,
            where=where,
            ch_names=names,
        )
        self._info = StreamInfo(
            name=meta.name,
            source_id=meta.source_id,
            sfreq=sfreq,
            ch_names=names,
            ch_types=types,
            units=self._scaling.units,
            native_unit=self._scaling.native_unit,
            origin="lsl",
            labels=tuple(meta.labels) if chosen else (),
            reference=named.reference,
        )
        unknown = without_unit(meta.labels, declared, meta.units, where)
        notes = (*named.notes, self._scaling.note, unknown, self._note_on_rate(meta))
        self._notes = tuple(note for note in notes if note)
        self._continuity = Continuity(sfreq)
        for values in seen:
            impedances.see(values)
        return self._info

    def read(self, timeout: float) -> Chunk | None:
        """Return the samples that have arrived, waiting up to `timeout` s for the first."""
        until = self._clock() + timeout
        while not self._closed:
            if not self._waiting:
                self._receive()
            if self._waiting:
                return self._waiting.popleft()
            left = until - self._clock()
            if left <= 0:
                break
            self._sleep(min(POLL_SECONDS, left))
        return None

    def close(self) -> None:
        """Disconnect. May be called twice."""
        self._closed = True
        self._end_search()
        for search in self._searches:
            search.join()
        self._searches.clear()
        self._connection = None
        if self._impedances is not None:
            self._impedances.close()

    def _note_on_rate(self, meta: Metadata) -> Message | None:
        if self._rate is None or self._rate == meta.sfreq:
            return None
        return Message(
            "The stream {stream!r} declares {declared:g} Hz; {rate:g} Hz is used, as asked.",
            stream=meta.name, declared=meta.sfreq, rate=self._rate,
        )  # fmt: skip

    def _attach(self, connection: Connection) -> None:
        self._connection, self._sender = connection, connection.identity()
        self._last_arrival = self._clock()
        self._offset, self._offset_due = connection.clock_offset, self._clock() + OFFSET_SECONDS
        self._buffer = np.empty((_PULL, connection.n_channels), connection.dtype)

    def _receive(self) -> None:
        """Turn everything that has arrived into chunks, or look after the sender."""
        if self._connection is None and not self._is_back():
            return
        batches, self._looked_at = self._looked_at, []
        try:
            batches += self._pull()
            self._refresh_offset()
        except LostError:
            self._lose()
        if batches:
            values, times = (np.concatenate(parts) for parts in zip(*batches, strict=True))
            self._split(values, times)
        self._mind_silence(bool(batches))

    def _pull(self) -> list[_Batch]:
        """Return what lies ready, without waiting."""
        assert self._connection is not None
        batches: list[_Batch] = []
        n_total = 0
        while n_total < _MOST:
            try:
                _, times = self._connection.inlet.pull_chunk(0.0, _PULL, self._buffer)
            except LostError:
                if not batches:
                    raise
                break  # what came before it counts; the next pull says it again
            if not times:
                break
            n = len(times)
            batches.append((self._buffer[:n].astype(np.float64), np.array(times)))
            n_total += n
        return batches

    def _split(self, values: FloatArray, times: FloatArray) -> None:
        """Queue chunks that do not reach across a discontinuity."""
        assert self._info is not None
        assert self._scaling is not None
        assert self._impedances is not None
        self._impedances.see(values)
        sfreq, scale = self._info.sfreq, self._info.storage_scale
        data = from_storage(to_storage(values * self._scaling.factors, scale), scale)
        arrival = self._clock()
        if self._returned:  # even if the time stamps follow on: what was sent meanwhile is unknown
            self._continuity.broken(self._last_time)
        gaps = self._continuity.missing_before(times)
        if self._returned:
            step = times[0] - self._last_time - 1 / sfreq
            waited = max(1 / sfreq, arrival - self._last_chunk - len(times) / sfreq)
            gaps[0] = step if step != 0 and math.isfinite(step) else waited
        starts = [0, *(np.flatnonzero(gaps[1:]) + 1).tolist(), len(times)]
        for start, stop in zip(starts[:-1], starts[1:], strict=True):
            self._waiting.append(
                Chunk(
                    data[start:stop],
                    times[start:stop],
                    self._next + start,
                    gap=float(gaps[start]),
                    arrival=arrival,
                    clock_offset=self._offset,
                )
            )
        self._next += len(times)
        self._last_time, self._returned = float(times[-1]), False
        self._last_chunk = arrival

    def _look(self, n_wanted: float) -> list[_Batch]:
        """Receive samples before the unit is known."""
        batches: list[_Batch] = []
        until = self._clock() + 2 * LOOK_SECONDS + 1.0
        while sum(len(times) for _, times in batches) < n_wanted and self._clock() < until:
            try:
                batches += self._pull()
            except LostError as error:
                raise UserError("The stream ended while it was being opened.") from error
            self._sleep(POLL_SECONDS)
        return batches

    def _refresh_offset(self) -> None:
        if self._connection is None or self._clock() < self._offset_due:
            return
        self._offset_due = self._clock() + OFFSET_SECONDS
        try:
            # liblsl measures in the background; this asks for its latest answer and never waits.
            self._offset = self._connection.inlet.time_correction(0.0)
        except TimedOut:
            pass

    def _mind_silence(self, arrived: bool) -> None:
        """Ask whether a silent sender is still there; stop asking when it speaks."""
        connection = self._connection
        if connection is None:
            return
        if arrived:
            self._last_arrival = self._clock()
            self._end_search()
            self._refused = None
        elif self._comeback is not None:
            self._is_back()  # until then the inlet is read: the search may be wrong
        elif self._clock() - self._last_arrival > SILENT_SECONDS:
            self._search(connection, connection.uid)

    def _lose(self) -> None:
        assert self._connection is not None
        lost, self._connection = self._connection, None
        self._end_search()
        self._search(lost)

    def _search(self, lost: Connection, silent_uid: str = "") -> None:
        self._comeback = Comeback(lost, self._last_arrival, silent_uid)
        self._searches = [s for s in self._searches if s.running] + [self._comeback]

    def _end_search(self) -> None:
        if self._comeback is not None:
            self._refused = self._comeback.refused
            self._comeback.cancel()
        self._comeback = None

    def _is_back(self) -> bool:
        found = self._comeback.found() if self._comeback is not None else None
        if found is None:
            return False
        self._end_search()
        self._attach(found)
        self._returned = not math.isnan(self._last_time)
        return True
