"""A stream that has fallen silent, and its return.

Responsible for finding out whether a silent sender is gone and for looking for the same stream
again, in a thread of its own, so that nobody who reads is kept waiting; and for refusing a stream
that only has the same name. Not responsible for the samples.

A sender whose process ends is noticed by its closed connection. One that takes its stream down and
lives on may leave the connection open; then only its absence from the network tells. A search does
not see every outlet of a computer with many (`crowd`), so the outlet itself is asked, too.

::

    silent --the outlet is neither seen for GONE_SECONDS nor answers--> gone
    lost connection --------------------------------------------------> gone
    gone --the same stream answers--> found
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import replace
from typing import Any

import pylsl

from neurofeedback.acquisition.lsl.crowd import crowd
from neurofeedback.acquisition.lsl.streams import Connection, connect
from neurofeedback.errors import UserError
from neurofeedback.words.message import Message, joined

LOOK_SECONDS = 0.1
GONE_SECONDS = 2.0
ANSWER_SECONDS = 1.0


class Comeback:
    """Looks for a stream from when it is made until it is found or `cancel` is called.

    The same stream is one whose name, source id, type, rate, channel names, channel types and
    units are all equal, and whose outlet was made after the loss: another that was there before is
    a twin. On which computer it runs does not matter. Another source id alone may be accepted:
    some senders make a new one each time they start.

    Parameters
    ----------
    lost : Connection
        To the outlet that is missed.
    since : float
        When its last samples arrived, on the local clock of LSL, s.
    silent_uid : str
        Identity of the outlet while its connection is still open; empty when that is lost.
    """

    def __init__(self, lost: Connection, since: float, silent_uid: str = "") -> None:
        self._wanted = lost.metadata
        self._lost = lost
        self._since = since
        self._silent_uid = silent_uid
        self._cancelled = threading.Event()
        self._gone = not silent_uid
        self._found: Connection | None = None
        self._refused: Message | None = None
        self._hidden: Message | None = None
        self._offered = ""
        self._refused_uids: set[str] = set()
        self._thread = threading.Thread(target=self._look, name="lsl-comeback", daemon=True)
        self._thread.start()

    @property
    def gone(self) -> bool:
        """Whether the outlet that had fallen silent is no more."""
        return self._gone

    @property
    def refused(self) -> Message | None:
        """Why a stream that could be taken for the missed one is not used; None without one."""
        return self._refused

    @property
    def hidden(self) -> Message | None:
        """Why the missed stream may be there and not be found; None where nothing says so."""
        return self._hidden if self._gone else None

    @property
    def offered(self) -> str:
        """Source id of a refused stream that differs in nothing else; empty without one."""
        return self._offered

    def accept(self, source_id: str) -> None:
        """Take a stream of this source id for the missed one."""
        self._wanted = replace(self._wanted, source_id=source_id)
        self._refused_uids.clear()

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
            infos = resolver.results()
            candidates = [info for info in infos if self._by_name(info)]
            self._hidden = None if candidates else crowd(infos)
            if not self._gone:
                if any(info.uid() == self._silent_uid for info in candidates):
                    last_seen = time.monotonic()
                elif time.monotonic() - last_seen > GONE_SECONDS:
                    self._gone = not self._lost.answers(ANSWER_SECONDS)
                    last_seen = time.monotonic()
            if self._gone and self._try_each(candidates):
                return

    def _by_name(self, info: Any) -> bool:
        return (info.name() or "unnamed") == self._wanted.name

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
        wanted, found = self._wanted, connection.metadata
        differences = wanted.differences(found)
        twin = self._is_twin(connection)
        if twin and replace(found, source_id=wanted.source_id) == wanted:
            differences.append(
                Message("it was there before the loss, on {computer}", computer=connection.hostname)
            )
        if differences:
            self._refused_uids.add(info.uid())
            only_id = not twin and replace(found, source_id=wanted.source_id) == wanted
            self._offered = found.source_id if only_id else ""
            self._refused = Message(
                "A stream with the name of {stream!r} is there, but it is another one "
                "({differences}): it is not used. Start the sender again as it was, or begin a new "
                "session.",
                stream=self._wanted.name, differences=joined(differences, "; "),
            )  # fmt: skip
            return False
        self._refused, self._offered = None, ""
        self._found = connection
        return True

    def _is_twin(self, found: Connection) -> bool:
        """Whether an outlet is not the one that is missed and was made before that was lost."""
        offset = 0.0 if math.isnan(found.clock_offset) else found.clock_offset
        return found.uid != self._lost.uid and found.created_at + offset < self._since
