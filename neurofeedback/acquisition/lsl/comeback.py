"""A stream that has fallen silent, and its return.

Responsible for finding out whether a silent sender is gone and for looking for the same stream
again, in a thread of its own, so that nobody who reads is kept waiting; and for refusing a stream
that only has the same name. Not responsible for the samples.

A sender whose process ends is noticed by its closed connection. One that takes its stream down and
lives on may leave the connection open; then only its absence from the network tells.

::

    silent --the outlet is not seen for GONE_SECONDS--> gone --the same stream answers--> found
    lost connection ----------------------------------> gone
"""

from __future__ import annotations

import threading
import time
from typing import Any

import pylsl

from neurofeedback.acquisition.lsl.streams import Connection, Metadata, connect
from neurofeedback.errors import UserError
from neurofeedback.words.message import Message, joined

LOOK_SECONDS = 0.1
GONE_SECONDS = 2.0
ANSWER_SECONDS = 1.0


class Comeback:
    """Looks for a stream from when it is made until it is found or `cancel` is called.

    The same stream is one whose name, source id, type, rate, channel names, channel types and
    units are all equal; on which computer it runs does not matter.

    Parameters
    ----------
    metadata : Metadata
        Of the stream that is missed.
    silent_uid : str
        Identity of the outlet while its connection is still open; empty when that is lost.
    """

    def __init__(self, metadata: Metadata, silent_uid: str = "") -> None:
        self._wanted = metadata
        self._silent_uid = silent_uid
        self._cancelled = threading.Event()
        self._gone = not silent_uid
        self._found: Connection | None = None
        self._refused: Message | None = None
        self._refused_uids: set[str] = set()
        self._thread = threading.Thread(target=self._look, name="lsl-comeback", daemon=True)
        self._thread.start()

    @property
    def gone(self) -> bool:
        """Whether the outlet that had fallen silent is no more."""
        return self._gone

    @property
    def refused(self) -> Message | None:
        """Why a stream of the same name is not used; None when there is none."""
        return self._refused

    @property
    def running(self) -> bool:
        """Whether its thread has not ended yet."""
        return self._thread.is_alive()

    def found(self) -> Connection | None:
        """Return the connection once the stream is back, else None. Does not wait."""
        return self._found

    def cancel(self) -> None:
        """End the search without waiting for its thread."""
        self._cancelled.set()

    def join(self) -> None:
        """Wait for the thread of a search that has ended or was cancelled."""
        self._thread.join()

    def _look(self) -> None:
        resolver = pylsl.ContinuousResolver(forget_after=GONE_SECONDS)
        last_seen = time.monotonic()
        while not self._cancelled.wait(LOOK_SECONDS):
            candidates = [info for info in resolver.results() if self._by_name(info)]
            if not self._gone:
                now = time.monotonic()
                if any(info.uid() == self._silent_uid for info in candidates):
                    last_seen = now
                self._gone = now - last_seen > GONE_SECONDS
            if self._gone and self._try_each(candidates):
                return

    def _by_name(self, info: Any) -> bool:
        name = info.name() or "unnamed"
        return name == self._wanted.name and info.source_id() == self._wanted.source_id

    def _try_each(self, candidates: list[Any]) -> bool:
        """Connect to the newest outlet that is the same stream; return whether there is one."""
        for info in sorted(candidates, key=lambda i: -float(i.created_at())):
            if self._cancelled.is_set():
                return False
            if info.uid() not in self._refused_uids and self._try(info):
                return True
        return False

    def _try(self, info: Any) -> bool:
        try:
            connection = connect(info, ANSWER_SECONDS)
        except UserError:
            return False  # still announced but gone, or not yet ready: it is tried again
        differences = self._wanted.differences(connection.metadata)
        if differences:
            self._refused_uids.add(info.uid())
            self._refused = Message(
                "A stream with the name and source id of {stream!r} is there, but it is another "
                "one ({differences}): it is not used.",
                stream=self._wanted.name, differences=joined(differences, "; "),
            )  # fmt: skip
            return False
        self._refused = None
        self._found = connection
        return True
