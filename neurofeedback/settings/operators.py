"""Which operators have a passphrase for the screen lock.

Responsible for keeping a scrypt hash for a name, and for telling whether a passphrase is the right
one. The passphrase itself is kept nowhere. Not responsible for the lock (`gui.lock.idle_lock`).

The file lies beside the settings, readable by its owner alone. Whoever can write to it can remove a
passphrase: it keeps passers-by out of an open session, as the account of the system keeps others
out of the files.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.errors import UserError
from neurofeedback.recording.files import make_folders, replace_text, why
from neurofeedback.settings.store import settings_path

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

FORMAT = 1
SHORTEST, LONGEST = 4, 200
COST, BLOCK, PARALLEL = 2**14, 8, 1  # 16 MB and some 50 ms: it is computed where windows are drawn
LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Hash:
    """A hash with what it was made with, as hexadecimal text."""

    salt: str
    hash: str
    cost: int = COST


class Operators:
    """The passphrases of a workstation.

    Parameters
    ----------
    path : Path or None
        The file, which need not exist; beside the settings by default.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or settings_path().with_name("operators.json")

    def has(self, name: str) -> bool:
        """Return whether an operator has a passphrase.

        Raises
        ------
        UserError
            If the file cannot be read.
        """
        return _key(name) in self._read()

    def right(self, name: str, passphrase: str) -> bool:
        """Return whether it is the passphrase of that operator; False if there is none.

        Raises
        ------
        UserError
            If the file cannot be read.
        """
        from cryptography.exceptions import InvalidKey

        known = self._read().get(_key(name))
        if known is None:
            return False
        try:
            _scrypt(known).verify(_bytes(passphrase), bytes.fromhex(known.hash))
        except InvalidKey:
            return False
        return True

    def set(self, name: str, passphrase: str) -> None:
        """Give an operator a passphrase, or another one.

        Raises
        ------
        UserError
            If there is no name, the passphrase is too short or long, or it cannot be written.
        """
        if not _key(name):
            raise UserError("Enter the operator's name first.")
        if not SHORTEST <= len(passphrase) <= LONGEST:
            raise UserError(
                "A passphrase has {shortest} to {longest} characters.",
                shortest=SHORTEST,
                longest=LONGEST,
            )
        fresh = _Hash(os.urandom(16).hex(), "")
        made = _Hash(fresh.salt, _scrypt(fresh).derive(_bytes(passphrase)).hex())
        self._write({**self._read(), _key(name): made})

    def remove(self, name: str) -> None:
        """Take an operator's passphrase away, if there is one.

        Raises
        ------
        UserError
            If it cannot be read or written.
        """
        known = self._read()
        if _key(name) in known:
            self._write({other: made for other, made in known.items() if other != _key(name)})

    def _read(self) -> dict[str, _Hash]:
        try:
            with self.path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise UserError(
                "The passphrases in {path} cannot be read: {reason}.",
                path=self.path,
                reason=why(error),
            ) from (error)
        try:
            fields = json.loads(content)
            if fields["format"] != FORMAT or len(content) > LARGEST:
                raise ValueError("another form")
            return {str(name): _checked(_Hash(**made)) for name, made in fields["hashes"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UserError(
                "The passphrases in {path} cannot be read because the file is damaged; "
                "remove it and set them again.",
                path=self.path,
            ) from error

    def _write(self, known: Mapping[str, _Hash]) -> None:
        hashes = {name: asdict(made) for name, made in sorted(known.items())}
        try:
            make_folders(self.path.parent)
            replace_text(self.path, json.dumps({"format": FORMAT, "hashes": hashes}) + "\n")
        except OSError as error:
            raise UserError(
                "The passphrase cannot be written to {path}: {reason}.",
                path=self.path,
                reason=why(error),
            ) from error


def _key(name: str) -> str:
    """Return what tells one operator from another: spaces and capital letters do not."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _bytes(passphrase: str) -> bytes:
    return unicodedata.normalize("NFC", passphrase).encode("utf-8", "replace")


def _checked(made: _Hash) -> _Hash:
    """Return a hash that can be computed here, whoever wrote the file."""
    if made.cost not in (2**14, 2**15, 2**16, 2**17):
        raise ValueError("a cost that is not used")
    if len(bytes.fromhex(made.salt)) != 16 or len(bytes.fromhex(made.hash)) != 32:
        raise ValueError("another length")
    return made


def _scrypt(made: _Hash) -> Scrypt:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt as Kdf

    return Kdf(salt=bytes.fromhex(made.salt), length=32, n=made.cost, r=BLOCK, p=PARALLEL)
