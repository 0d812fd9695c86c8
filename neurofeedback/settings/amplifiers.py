"""Which electrode each channel of an amplifier is, where its labels do not say.

Responsible for keeping what the operator entered for an amplifier, which is known again by its
name, its source and its number of channels. Not responsible for what names mean
(`acquisition.naming`), nor for asking for them (`gui.desk.dialogs.names`).

The file lies beside the settings. One that cannot be understood is as none: names are entered
again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurofeedback.acquisition.given_names import GivenNames, spelled
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.recording.files import make_folders, replace_text, why
from neurofeedback.settings.store import settings_path
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

FORMAT = 1
LARGEST = 4 * 1024 * 1024
_REMEMBERED = later("The names that were entered for this amplifier")


class Amplifiers:
    """The amplifiers whose electrodes were named.

    Parameters
    ----------
    path : Path or None
        The file, which need not exist; beside the settings by default.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or settings_path().with_name("amplifiers.json")

    @property
    def known(self) -> bool:
        """Whether there is any."""
        return bool(self._read())

    def names_of(self, info: StreamInfo) -> GivenNames | None:
        """Return the names that were entered for an amplifier; None without any."""
        names = self._read().get(_key(info))
        return None if not names else _given(names)

    def remember(self, info: StreamInfo, names: Mapping[int, str]) -> None:
        """Keep the names of an amplifier; forget it where there are none.

        Parameters
        ----------
        info : StreamInfo
            Of the amplifier.
        names : mapping of int to str
            Names of the 10-05 system by number of the channel, from 1.

        Raises
        ------
        UserError
            If a name is none of the 10-05 system or given twice, or they cannot be written.
        """
        known = self._read()
        known.pop(_key(info), None)
        if names:
            given = _given({str(number): name for number, name in names.items()})
            known[_key(info)] = dict(given.entries)
        rows = [
            {"name": name, "source": source, "channels": n, "names": entries}
            for (name, source, n), entries in sorted(known.items())
        ]
        text = json.dumps({"format": FORMAT, "amplifiers": rows}, indent=1, ensure_ascii=False)
        try:
            make_folders(self.path.parent)
            replace_text(self.path, text + "\n")
        except OSError as error:
            raise UserError(
                "The names of electrodes cannot be written to {path}: {reason}.",
                path=self.path,
                reason=why(error),
            ) from error

    def _read(self) -> dict[tuple[str, str, int], dict[str, str]]:
        try:
            with self.path.open("rb") as file:
                fields = json.loads(file.read(LARGEST))
            return dict(map(_entry, fields["amplifiers"])) if fields["format"] == FORMAT else {}
        except (OSError, ValueError, KeyError, TypeError, UserError, RecursionError):
            return {}


def _given(names: Mapping[str, str]) -> GivenNames:
    source = Message(_REMEMBERED)
    return GivenNames(spelled(list(names.items()), source), source, numbered=True)


def _entry(row: Any) -> tuple[tuple[str, str, int], dict[str, str]]:
    key = str(row["name"]), str(row["source"]), int(row["channels"])
    given = _given({str(int(number)): str(name) for number, name in row["names"].items()})
    return key, dict(given.entries)


def _key(info: StreamInfo) -> tuple[str, str, int]:
    return info.name, info.source_id, info.n_channels
