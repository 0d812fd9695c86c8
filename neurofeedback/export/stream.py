"""Files encrypted piece by piece, in memory that does not grow with the file.

Responsible for the pieces: that none was changed, left out, repeated or put elsewhere, and that the
end is there. Not responsible for the key, nor for what precedes the first piece (`export.age`).

A nonce is the number of the piece from 0 (11 bytes, big-endian) and a byte that is 1 for the last
piece; each file has a key of its own, so no nonce is used twice.

References
----------
Hoang VT, Reyhanitabar R, Rogaway P, Vizar D (2015). Online authenticated-encryption and its
nonce-reuse misuse-resistance (the construction STREAM). IACR ePrint 2015/189.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from itertools import count

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from neurofeedback.errors import UserError

_TAG = 16


@dataclass(frozen=True, slots=True, repr=False)
class Stream:
    """The pieces of one file.

    Parameters
    ----------
    cipher : ChaCha20Poly1305 or AESGCM
        With a key that no other file has.
    size : int
        Plain bytes of each piece but the last, which may be shorter.
    bound : bytes or None
        What is authenticated with each piece.
    """

    cipher: ChaCha20Poly1305 | AESGCM
    size: int
    bound: bytes | None = None

    def encrypt(
        self,
        source: BufferedIOBase,
        target: BufferedIOBase,
        progress: Callable[[int], None] = lambda n_bytes: None,
    ) -> None:
        """Write `source` to `target`, encrypted.

        Parameters
        ----------
        source, target : binary file
            Read to its end; written from where it stands.
        progress : callable
            Called with the bytes read so far.
        """
        n_bytes = 0
        for nonce, piece in _pieces(source, self.size):
            target.write(self.cipher.encrypt(nonce, piece, self.bound))
            n_bytes += len(piece)
            progress(n_bytes)

    def decrypt(
        self,
        source: BufferedIOBase,
        target: BufferedIOBase,
        name: str,
        progress: Callable[[int], None] = lambda n_bytes: None,
    ) -> None:
        """Write what was encrypted to `target`.

        The output may be used only once this returns: a missing end is noticed at the end.

        Parameters
        ----------
        source : binary file
            Stands at the first piece.
        target : binary file
        name : str
            What the file is called in sentences.
        progress : callable
            Called with the encrypted bytes read so far.

        Raises
        ------
        UserError
            If the file was cut short, lengthened or changed.
        """
        start, n_bytes = source.tell(), 0
        for nonce, piece in _pieces(source, self.size + _TAG):
            try:
                plain = self.cipher.decrypt(nonce, piece, self.bound)
            except (InvalidTag, ValueError) as error:
                raise damaged(name, start + n_bytes) from error
            if (
                n_bytes and not plain
            ):  # no writer ends with an empty piece unless it is the only one
                raise damaged(name, start + n_bytes)
            target.write(plain)
            n_bytes += len(piece)
            progress(n_bytes)


def damaged(name: str, where: int) -> UserError:
    """Return the refusal of an encrypted file that is not as it was written."""
    return UserError(
        "{name} is damaged: it was truncated or changed from byte {n} on; get another copy.",
        name=name,
        n=where,
    )


def wrong_passphrase(name: str) -> UserError:
    """Return the refusal of a passphrase that does not open a file."""
    return UserError(
        "The passphrase does not open {name}: type it again. If it is certainly right, "
        "the start of the file is damaged; get another copy.",
        name=name,
    )


def _pieces(source: BufferedIOBase, n_bytes: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield nonce and content of each piece; an empty file has one, which is empty."""
    piece = source.read(n_bytes)
    for number in count():
        following = source.read(n_bytes)
        yield number.to_bytes(11, "big") + bytes([not following]), piece
        if not following:
            return
        piece = following
