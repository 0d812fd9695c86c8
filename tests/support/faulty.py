"""A synthetic participant whose stream can be cut, and a recording whose disk can be full."""

from __future__ import annotations

import threading
from pathlib import Path

from desk_walk import ShortServices

from neurofeedback.acquisition.source import Source
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.frames import Chunk, StreamInfo


class Cable:
    """A stream behind a cable: while it is unplugged, nothing arrives.

    Parameters
    ----------
    source : Source
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._plugged = threading.Event()
        self._plugged.set()
        self.live = True

    @property
    def connected(self) -> bool:
        return self._plugged.is_set()

    @property
    def exhausted(self) -> bool:
        return self._source.exhausted

    def open(self) -> StreamInfo:
        return self._source.open()

    def read(self, timeout: float) -> Chunk | None:
        return self._source.read(timeout) if self._plugged.wait(timeout) else None

    def close(self) -> None:
        self._source.close()

    def pull(self) -> None:
        self._plugged.clear()

    def plug(self) -> None:
        self._plugged.set()


class FaultyServices(ShortServices):
    """The program around the desk, with a cable to the newest stream in `cable`."""

    cable: Cable

    def __init__(self, root: Path, **options: object) -> None:
        super().__init__(root, **options)  # type: ignore[arg-type]

    def make_source(self, text: str) -> Source:
        if text != "synthetic":
            return super().make_source(text)
        self.cable = Cable(SyntheticSource(learner=True, speed=self._speed))
        return self.cable
