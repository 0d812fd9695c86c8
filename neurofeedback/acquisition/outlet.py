"""Samples out into the lab streaming layer.

Responsible for letting any source be seen by others as a live LSL stream, with all its metadata
and to the last bit. Not responsible for pace: a source that keeps real time is streamed in real
time.

Time stamps are regularly spaced, so that they carry neither the jitter of this thread nor the
bursts of an amplifier. A recorded file is as regular as they are. The clock of a live source is
not: its stamps follow slowly, so that the samples that came fastest over the last seconds have no
age.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType

import numpy as np
import pylsl

from neurofeedback.acquisition.discontinuity import SAMPLES, SHORTEST
from neurofeedback.acquisition.source import Source
from neurofeedback.frames import Chunk, FloatArray, StreamInfo, to_storage

MANUFACTURER = "neurofeedback"
_READ_SECONDS = 0.1
FOLLOW_SECONDS = 10.0
FOLLOW = 0.002  # s/s; twice of what oscillators of amplifiers are off


def describe_stream(
    info: StreamInfo, *, name: str | None = None, source_id: str | None = None
) -> pylsl.StreamInfo:
    """Return the description of a stream for LSL: float32, voltages in microvolts.

    Parameters
    ----------
    info : StreamInfo
        What is sent.
    name, source_id : str, optional
        Take the place of those in `info`.
    """
    name = name or info.name
    described = pylsl.StreamInfo(
        name,
        "EEG",
        info.n_channels,
        info.sfreq,
        pylsl.cf_float32,
        source_id or info.source_id or f"neurofeedback-{name}",
    )
    described.desc().append_child_value("manufacturer", MANUFACTURER)
    channels = described.desc().append_child("channels")
    for label, kind, unit in zip(info.ch_names, info.ch_types, info.units, strict=True):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "microvolts" if unit == "V" else "none")
        channel.append_child_value("type", kind.upper())
    return described


class StreamOutletThread:
    """Plays a source out as an LSL stream, in a thread of its own.

    Time stamps begin at the local time of the first sample. A gap of the source is a jump in them;
    of a recorded file, at least as large as any receiver needs to see it. At the end of the source
    the outlet stays until `stop`, so that receivers get what they have not fetched yet.

    Usable as a context manager.

    Parameters
    ----------
    source : Source
        Opened by `start` and closed by `stop`; sets the pace.
    name, source_id : str, optional
        Take the place of the source's own.
    wait_for_consumer : float
        How long to hold the first sample back until somebody listens, s.
    clock : callable
        LSL's local clock, s.
    """

    def __init__(
        self,
        source: Source,
        *,
        name: str | None = None,
        source_id: str | None = None,
        wait_for_consumer: float = 0.0,
        clock: Callable[[], float] = pylsl.local_clock,
    ) -> None:
        self._source, self._name, self._source_id = source, name, source_id
        self._patience = wait_for_consumer
        self._clock = clock
        self._outlet: pylsl.StreamOutlet | None = None
        self._info: StreamInfo | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._done = threading.Event()
        self._n_sent = 0
        self._origin = 0.0
        self._lost = 0.0  # seconds, by gaps
        self._earliest: deque[tuple[float, float]] = deque()  # when, and the origin it would have
        self._error: BaseException | None = None

    @property
    def n_sent(self) -> int:
        """Number of samples sent so far."""
        return self._n_sent

    @property
    def finished(self) -> bool:
        """Whether the source has ended and all of it was sent, or sending has failed."""
        return self._done.is_set()

    def start(self) -> StreamInfo:
        """Open the source and begin to send; return what is sent.

        Raises
        ------
        UserError
            If the source cannot be opened.
        """
        self._info = self._source.open()
        described = describe_stream(self._info, name=self._name, source_id=self._source_id)
        self._outlet = pylsl.StreamOutlet(described)
        self._thread = threading.Thread(target=self._run, name="lsl-outlet", daemon=True)
        self._thread.start()
        return self._info

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the source has ended; return whether it has."""
        return self._done.wait(timeout)

    def stop(self) -> None:
        """Stop sending, take the stream off the network and close the source.

        Raises
        ------
        Exception
            What made sending fail, if it did.
        """
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._source.close()
        self._thread = self._outlet = None
        error, self._error = self._error, None
        if error is not None:
            raise error

    def __enter__(self) -> StreamOutletThread:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            self._await_consumer()
            while not (self._stopping.is_set() or self._source.exhausted):
                chunk = self._source.read(_READ_SECONDS)
                if chunk is not None:
                    self._send(chunk)
        except Exception as error:  # handed to whoever calls `stop`
            self._error = error
        finally:
            self._done.set()

    def _await_consumer(self) -> None:
        assert self._outlet is not None
        until = self._clock() + self._patience
        while self._clock() < until and not self._stopping.is_set():
            if self._outlet.wait_for_consumers(min(_READ_SECONDS, self._patience)):
                return

    def _send(self, chunk: Chunk) -> None:
        assert self._outlet is not None
        assert self._info is not None
        times = self._times(chunk, self._info.sfreq)
        self._outlet.push_chunk(to_storage(chunk.data, self._info.storage_scale), times.tolist())
        self._n_sent += chunk.n_times

    def _times(self, chunk: Chunk, sfreq: float) -> FloatArray:
        """Return regularly spaced time stamps, shape (n_times,), s."""
        if self._n_sent == 0:
            self._origin = self._clock() - chunk.stop_sample / sfreq
        elif chunk.gap and self._source.live:
            self._origin += chunk.gap
            self._lost += chunk.gap
        elif chunk.gap:
            visible = 2 * max(SHORTEST, SAMPLES / sfreq)
            self._origin += np.copysign(max(abs(chunk.gap), visible), chunk.gap)
        if self._source.live:
            self._follow(chunk, sfreq)
        return self._origin + np.arange(chunk.first_sample, chunk.stop_sample) / sfreq

    def _follow(self, chunk: Chunk, sfreq: float) -> None:
        """Move the origin towards where the fastest samples of the last seconds put it."""
        now = self._clock()
        self._earliest.append((now, now - chunk.stop_sample / sfreq - self._lost))
        while self._earliest[0][0] < now - FOLLOW_SECONDS:
            self._earliest.popleft()
        wanted = min(origin for _, origin in self._earliest) + self._lost
        most = FOLLOW * chunk.n_times / sfreq
        self._origin += min(max(wanted - self._origin, -most), most)
