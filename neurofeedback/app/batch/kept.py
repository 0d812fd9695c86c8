"""Rows of recordings, kept until everything they depend on is another.

Responsible for the digest of what rows depend on, and for files that appear whole. Not responsible
for making rows (`work`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from neurofeedback.app.batch.work import Work
from neurofeedback.errors import UserError
from neurofeedback.recording.files import make_folders, replace_text, take_lock, why
from neurofeedback.trial.tables import Row

FORMAT = 2
_LOCK = ".batch.lock"


def key_of(work: Work, name: str, digest: str) -> str:
    """Return the SHA-256 of all that the rows of a recording depend on.

    Parameters
    ----------
    work : Work
    name : str
        Of the recording, from the folder of the batch on; notes may say it.
    digest : str
        Of what it contains.
    """
    parts = {"format": FORMAT, "name": name, "content": digest, "work": work.identity()}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Kept:
    """The folder of rows, a file for each recording.

    Parameters
    ----------
    folder : Path
        Of the batch.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows = folder / "done"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other batches out, and remove what a killed one left half written.

        Raises
        ------
        UserError
            If another batch is at work there, or nothing can be written.
        """
        try:
            make_folders(self._rows)
        except OSError as error:
            raise UserError(
                "{path} cannot be written: {reason}.", path=self.folder, reason=why(error)
            ) from error
        with (self.folder / _LOCK).open("ab") as lock:
            if not take_lock(lock.fileno()):
                raise UserError(
                    "Another batch is at work in {folder}: wait for its end, or choose another "
                    "folder with --out.",
                    folder=self.folder,
                )
            for folder in (self.folder, self._rows):
                for half in folder.glob(".*.tmp"):
                    half.unlink(missing_ok=True)
            yield

    def write(self, key: str, rows: list[Row]) -> None:
        """Keep the rows of a recording; they are there whole or not at all."""
        finite = [{name: _finite(value) for name, value in row.items()} for row in rows]
        text = json.dumps({"format": FORMAT, "rows": finite}, allow_nan=False)
        replace_text(self._rows / f"{key}.json", text + "\n")

    def read(self, key: str) -> list[Row] | None:
        """Return rows that were kept; None if there are none, or none that can be understood."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads((self._rows / f"{key}.json").read_text("utf-8"))
            if found["format"] == FORMAT:
                return [dict(row) for row in found["rows"]]
        return None


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
