"""Files locked with a passphrase: AES-256-GCM in pieces, the key from scrypt.

Responsible for the format, and for refusing what was cut short, changed or put in another order.
Not responsible for asking for a passphrase, nor for files appearing whole (`export.output`).

The format, for whoever has to read it without this program: 16 bytes of `MAGIC`, 32 of salt, 16 of
check; then pieces of `PIECE` bytes of plain text (the last may be shorter, or empty), each followed
by its tag of 16 bytes. ``scrypt(passphrase, salt, n=2^17, r=8, p=1)`` gives 48 bytes: the key, and
the check, which tells a wrong passphrase from a damaged file. A nonce is the number of the piece
from 0 (11 bytes, big-endian) and a byte that is 1 for the last piece; as each file has a key of its
own, no nonce is used twice. The 64 bytes before the first piece are authenticated with each piece.

References
----------
Hoang VT, Reyhanitabar R, Rogaway P, Vizar D (2015). Online authenticated-encryption and its
nonce-reuse misuse-resistance (the construction STREAM). IACR ePrint 2015/189.
Percival C, Josefsson S (2016). The scrypt password-based key derivation function. RFC 7914.
doi:10.17487/RFC7914
"""

from __future__ import annotations

import hmac
import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Self

from neurofeedback.errors import UserError

MAGIC = b"neurofeedback-1\n"
PIECE = 1 << 20
MIN_CHARACTERS = 8

_SALT = 32
_KEY = 32
_CHECK = 16
_HEAD = len(MAGIC) + _SALT + _CHECK
_TAG = 16


@dataclass(frozen=True, slots=True, repr=False)
class Lock:
    """The key of one file, and what stands at the file's beginning.

    Parameters
    ----------
    key : bytes
        32 bytes.
    head : bytes
        `MAGIC`, salt and check.
    """

    key: bytes
    head: bytes

    @classmethod
    def derive(cls, passphrase: str, salt: bytes) -> Self:
        """Derive the key from a passphrase; takes a moment and 128 MB, on purpose."""
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
        derived = Scrypt(salt=salt, length=_KEY + _CHECK, n=1 << 17, r=8, p=1).derive(secret)
        return cls(derived[:_KEY], MAGIC + salt + derived[_KEY:])


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short to lock anything with.

    Raises
    ------
    UserError
        If it is shorter than `MIN_CHARACTERS`.
    """
    if len(passphrase) < MIN_CHARACTERS:
        raise UserError(
            f"The passphrase has {len(passphrase)} characters; take at least {MIN_CHARACTERS}, "
            "several words are best."
        )


def new_lock(passphrase: str) -> Lock:
    """Return a fresh lock for one file; see `check_passphrase`."""
    check_passphrase(passphrase)
    return Lock.derive(passphrase, os.urandom(_SALT))


def encrypt(
    source: BinaryIO,
    target: BinaryIO,
    lock: Lock,
    progress: Callable[[int], None] = lambda n_bytes: None,
) -> None:
    """Write `source` to `target`, encrypted.

    Parameters
    ----------
    source, target : binary file
        Read to its end; written from where it stands.
    lock : Lock
        Fresh: never one that another file was encrypted with.
    progress : callable
        Called with the bytes read so far.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(lock.key)
    target.write(lock.head)
    number, n_bytes = 0, 0
    piece = _read(source, PIECE)
    while True:
        following = _read(source, PIECE)
        target.write(cipher.encrypt(_nonce(number, last=not following), piece, lock.head))
        n_bytes += len(piece)
        progress(n_bytes)
        if not following:
            return
        piece, number = following, number + 1


def open_lock(source: BinaryIO, passphrase: str, name: str) -> Lock:
    """Read the beginning of an encrypted file and open its lock.

    Parameters
    ----------
    source : binary file
        Stands at the first piece afterwards.
    passphrase : str
    name : str
        What the file is called in sentences.

    Raises
    ------
    UserError
        If it is no such file, or the passphrase is another.
    """
    head = _read(source, _HEAD)
    if len(head) < _HEAD or not head.startswith(MAGIC):
        raise UserError(f"{name} is not a file that this program encrypted; choose another.")
    lock = Lock.derive(passphrase, head[len(MAGIC) : len(MAGIC) + _SALT])
    if not hmac.compare_digest(lock.head, head):
        raise UserError(
            f"The passphrase does not open {name}: type it again, or, if it is certainly right, "
            "get another copy of the file, as its beginning is damaged then."
        )
    return lock


def decrypt(
    source: BinaryIO,
    target: BinaryIO,
    lock: Lock,
    name: str,
    progress: Callable[[int], None] = lambda n_bytes: None,
) -> None:
    """Write what was encrypted to `target`.

    What is written may be used only when this returns: that the end is missing is seen at the end.

    Parameters
    ----------
    source : binary file
        Stands at the first piece; see `open_lock`.
    target : binary file
    lock : Lock
        Of this file.
    name : str
        What the file is called in sentences.
    progress : callable
        Called with the encrypted bytes read so far.

    Raises
    ------
    UserError
        If the file was cut short, lengthened or changed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(lock.key)
    number, n_bytes = 0, 0
    piece = _read(source, PIECE + _TAG)
    while True:
        following = _read(source, PIECE + _TAG)
        try:
            plain = cipher.decrypt(_nonce(number, last=not following), piece, lock.head)
        except (InvalidTag, ValueError) as error:
            raise UserError(
                f"{name} is damaged: it was cut short or changed from byte {_HEAD + n_bytes} on; "
                "get another copy."
            ) from error
        target.write(plain)
        n_bytes += len(piece)
        progress(n_bytes)
        if not following:
            return
        piece, number = following, number + 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _read(source: BinaryIO, n_bytes: int) -> bytes:
    """Read so many bytes, fewer only at the end of the file."""
    parts = []
    while n_bytes and (part := source.read(n_bytes)):
        parts.append(part)
        n_bytes -= len(part)
    return b"".join(parts)
