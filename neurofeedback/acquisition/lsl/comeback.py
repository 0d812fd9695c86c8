"""The return of a lost LSL stream.

Responsible for looking for the same stream in a thread of its own, so that nobody who reads is
kept waiting, and for refusing one that only has the same name. Not responsible for the samples.
"""

from __future__ import annotations

import threading
from typing import Any

import pylsl

from neurofeedback.acquisition.lsl.streams import Connection, Metadata, connect
from neurofeedback.errors import UserError

LOOK_SECONDS = 0.1
ANSWER_SECONDS = 1.0


class Comeback:
    """Looks for a stream from when it is made until it is found or `stop` is called.

    The same stream is one whose name, source id, type, rate, channel names, channel types and
    units are all equal; on which computer it runs does not matter.

    Parameters
    ----------
    metadata : Metadata
        Of the stream that was lost.
    """

    def __init__(self, metadata: Metadata) -> None:
        self._wanted = metadata
        self._stopped = threading.Event()
        self._found: Connection | None = None
        self._refused = ""
        self._thread = threading.Thread(target=self._look, name="lsl-comeback", daemon=True)
        self._thread.start()

    @property
    def refused(self) -> str:
        """Why a stream of the same name is not used; empty when there is none."""
        return self._refused

    def found(self) -> Connection | None:
        """Return the connection once the stream is back, else None. Does not wait."""
        return self._found

    def stop(self) -> None:
        """End the search and wait for its thread."""
        self._stopped.set()
        self._thread.join()

    def _look(self) -> None:
        resolver = pylsl.ContinuousResolver(forget_after=2.0)
        refused: set[str] = set()
        while not self._stopped.wait(LOOK_SECONDS):
            candidates = [i for i in resolver.results() if self._by_name(i)]
            for info in sorted(candidates, key=lambda i: -float(i.created_at())):
                if info.uid() in refused or self._stopped.is_set():
                    continue
                if self._try(info):
                    return
                if self._refused:
                    refused.add(info.uid())

    def _by_name(self, info: Any) -> bool:
        name = info.name() or "unnamed"
        return name == self._wanted.name and info.source_id() == self._wanted.source_id

    def _try(self, info: Any) -> bool:
        self._refused = ""
        try:
            connection = connect(info, ANSWER_SECONDS)
        except UserError:
            return False  # still announced but gone, or not yet ready: it is tried again
        differences = self._wanted.differences(connection.metadata)
        if differences:
            self._refused = (
                f"A stream with the name and source id of {self._wanted.name!r} is there, but it "
                f"is another one ({'; '.join(differences)}): it is not used."
            )
            return False
        self._found = connection
        return True
