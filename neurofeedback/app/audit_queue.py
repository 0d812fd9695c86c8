"""Entries of the audit trail, written one after the other by a thread.

Responsible for never letting a window wait for the index, which may lie on a slow server. Not
responsible for what is worth an entry.
"""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any


class AuditQueue:
    """Takes entries at once and writes them in order.

    Parameters
    ----------
    dataset : Path
        Folder of the recordings; its index has the trail.
    where : str or None
        Where the index is; see `store.place.find_place`.
    subject : str
        What all entries are about: the station.

    Attributes
    ----------
    problems : list of str
        What could not be written, a sentence each.
    """

    def __init__(self, dataset: Path, where: str | None = None, subject: str = "station") -> None:
        self.problems: list[str] = []
        self._dataset = dataset
        self._where = where
        self._subject = subject
        self._entries: SimpleQueue[tuple[str, str, dict[str, Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._write, name="audit", daemon=True)
        self._thread.start()

    def __call__(self, action: str, who: str, **details: object) -> None:
        """Take an entry; returns at once."""
        self._entries.put((action, who, details))

    def close(self) -> list[str]:
        """Wait until all is written; return what could not be, a sentence each."""
        self._entries.put(None)
        self._thread.join()
        return list(dict.fromkeys(self.problems))

    def _write(self) -> None:
        from neurofeedback.store.register import register_act

        while (entry := self._entries.get()) is not None:
            action, who, details = entry
            problem = register_act(
                self._dataset, action, self._subject, where=self._where, who=who, **details
            )
            if problem is not None:
                self.problems.append(problem)
