"""Exports that version 0.1 encrypted, in a format of its own.

Responsible for opening them: they lie in archives and with reviewers, and no other program can.
Nothing writes this format any more; see `export.age` for the one that replaced it.

16 bytes of `FIRST_LINE`, 32 of salt, 16 of check; then the pieces, AES-256-GCM, each authenticated
together with these 64 bytes. ``scrypt(passphrase, salt, n=2^17, r=8, p=1)`` gives the key and the
check, which tells a wrong passphrase from a damaged file.
"""

from __future__ import annotations

import hmac
from io import BufferedIOBase

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from neurofeedback.export.age import passphrase_bytes
from neurofeedback.export.stream import Stream, wrong_passphrase

FIRST_LINE = b"neurofeedback-1\n"
PIECE = 1 << 20


def read_head(source: BufferedIOBase, passphrase: str, name: str) -> Stream:
    """Read the rest of a file's beginning and return the stream of its pieces; see `export.age`.

    Raises
    ------
    UserError
        If the passphrase is another, or the beginning is damaged.
    """
    salt, check = source.read(32), source.read(16)
    derived = Scrypt(salt=salt, length=48, n=1 << 17, r=8, p=1).derive(passphrase_bytes(passphrase))
    if not hmac.compare_digest(derived[32:], check):
        raise wrong_passphrase(name)
    return Stream(AESGCM(derived[:32]), PIECE, FIRST_LINE + salt + check)
