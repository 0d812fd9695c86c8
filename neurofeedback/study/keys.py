"""The two keys of a study: one that lets a station run sessions, one that opens everything.

Responsible for making, writing and reading them. Not responsible for where people keep them.

The unblinding key is an RSA key, locked with a passphrase and kept away from the stations. Its file
also says which sealed list it was made with, so that another list in its place is found. The
station key opens one place of the allocation list at a time: a station needs it, because whoever
computes the feedback must know the arm. It shows nothing by itself, and nothing in the study's
folder, in a session or on a screen can be read with the folder alone.

References
----------
Percival C, Josefsson S (2016). The scrypt password-based key derivation function. RFC 7914.
doi:10.17487/RFC7914
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from neurofeedback.errors import UserError
from neurofeedback.recording.files import FOLDER_MODE, why

KEY_BITS = 3072
LEAST_PASSPHRASE = 12
WORK = 17  # scrypt takes 2^17 blocks of 1 KiB, 128 MiB
_MOST_WORK = 20  # the file names it, and must not ask for more memory than there is
_LOCKED_HEAD = b"neurofeedback-unblinding-key:"
_STATION_HEAD = "neurofeedback-station-key:"
_SALT_BYTES = 16
_MOST_BYTES = 64_000


@dataclass(frozen=True, slots=True, repr=False)
class UnblindingKey:
    """An unblinding key, opened.

    Parameters
    ----------
    private : RSAPrivateKey
    allocation_sha256 : str or None
        Of the sealed list that was made with it; None in keys of before.
    """

    private: rsa.RSAPrivateKey
    allocation_sha256: str | None = None


def make_private_key() -> rsa.RSAPrivateKey:
    """Return a new private key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """Return the public half as PEM."""
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode()


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short for an unblinding key.

    Raises
    ------
    UserError
        If it is.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise UserError(
            "The passphrase of the unblinding key is too short: use at least {least} characters, "
            "or a file of random ones with --passphrase-file.",
            least=LEAST_PASSPHRASE,
        )


def write_unblinding_key(path: Path, key: UnblindingKey, passphrase: str) -> None:
    """Write an unblinding key to a new file that only its owner may read.

    Raises
    ------
    UserError
        If the passphrase is too short, the file exists, or it cannot be written.
    """
    check_passphrase(passphrase)
    pem = key.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    content = json.dumps({"pem": pem.decode(), "allocation_sha256": key.allocation_sha256})
    salt, nonce = secrets.token_bytes(_SALT_BYTES), bytes(12)  # a key of its own for each salt
    head = b"%b scrypt %d " % (_LOCKED_HEAD, WORK)
    locked = _lock(passphrase, salt, WORK).encrypt(nonce, content.encode(), head)
    _write_new(path, head + base64.b64encode(salt + locked) + b"\n")


def load_private_key(path: Path, passphrase: str) -> UnblindingKey:
    """Read an unblinding key, also one of before that lies in an encrypted PEM file.

    Raises
    ------
    UserError
        If it cannot be read, is none, or the passphrase is wrong.
    """
    data = _read(path)
    try:
        if data.startswith(_LOCKED_HEAD):
            content = json.loads(_unlocked(data, passphrase))
            pem, pinned, secret = content["pem"].encode(), str(content["allocation_sha256"]), None
        else:
            pem, pinned, secret = data, None, passphrase.encode()
        key = serialization.load_pem_private_key(pem, secret)
    except (ValueError, TypeError, KeyError, InvalidTag) as error:
        raise UserError(
            "{path} cannot be opened: the passphrase is wrong, or it is not the file that 'study "
            "new "
            "--unblinding-key' wrote; check both.",
            path=path,
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UserError(
            "{path} is not an unblinding key; give the file that 'study new --unblinding-key' "
            "wrote.",
            path=path,
        )
    return UnblindingKey(key, pinned)


def check_apart(station_key: Path, unblinding_key: Path) -> None:
    """Refuse to write both keys of a study into one folder.

    Raises
    ------
    UserError
        If they would lie together.
    """
    if station_key.resolve().parent == unblinding_key.resolve().parent:
        raise UserError(
            "Both keys would lie in {folder}. The station key belongs on the computers that run "
            "sessions; the unblinding key belongs with the person who keeps it, on a medium of "
            "its own: name a file there with --unblinding-key.",
            folder=station_key.resolve().parent,
        )


def make_station_key() -> bytes:
    """Return a new station key, 32 bytes."""
    return secrets.token_bytes(32)


def write_station_key(path: Path, key: bytes) -> None:
    """Write a station key to a new file that only its owner may read.

    Raises
    ------
    UserError
        If the file exists or cannot be written.
    """
    _write_new(path, f"{_STATION_HEAD}{base64.b64encode(key).decode()}\n".encode())


def load_station_key(path: Path) -> bytes:
    """Read a station key.

    Raises
    ------
    UserError
        If it cannot be read or is none.
    """
    text = _read(path).decode("ascii", errors="replace").strip()
    try:
        key = base64.b64decode(text.removeprefix(_STATION_HEAD), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_STATION_HEAD) or len(key) != 32:
        raise UserError(
            "{path} is not a station key; give the file that 'study new' wrote.", path=path
        )
    return key


def _lock(passphrase: str, salt: bytes, work: int) -> ChaCha20Poly1305:
    """Return the cipher that locks a key; takes a moment and memory, on purpose."""
    typed = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    kdf = Scrypt(salt=_LOCKED_HEAD + salt, length=32, n=1 << work, r=8, p=1)
    return ChaCha20Poly1305(kdf.derive(typed))


def _unlocked(data: bytes, passphrase: str) -> bytes:
    head, space, text = data.strip().rpartition(b" ")
    _, kind, work = head.split()
    if kind != b"scrypt" or not 1 <= int(work) <= _MOST_WORK:
        raise ValueError("not locked as this program does it")
    locked = base64.b64decode(text, validate=True)
    cipher = _lock(passphrase, locked[:_SALT_BYTES], int(work))
    return cipher.decrypt(bytes(12), locked[_SALT_BYTES:], head + space)


def _write_new(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise UserError(
            "{path} exists already, and keys are never overwritten; name another file.", path=path
        ) from error
    except OSError as error:
        raise UserError(
            "The key {path} cannot be written: {reason}.", path=path, reason=why(error)
        ) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise UserError(
            "The key {path} cannot be read: {reason}.", path=path, reason=why(error)
        ) from error
