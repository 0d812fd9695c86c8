"""The two keys of a study: one that lets a station run sessions, one that opens everything.

Responsible for making, writing and reading them. Not responsible for where people keep them.

The unblinding key is an RSA key under a passphrase and is kept away from the stations. The station
key opens one place of the allocation list at a time: a station needs it, because whoever computes
the feedback must know the arm. It shows nothing by itself, and nothing in the study's folder, in a
session or on a screen can be read with the folder alone.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from neurofeedback.errors import UserError
from neurofeedback.recording.files import why

KEY_BITS = 3072
LEAST_PASSPHRASE = 8
_STATION_HEAD = "neurofeedback-station-key:"
_MOST_BYTES = 64_000


def make_private_key() -> rsa.RSAPrivateKey:
    """Return a new unblinding key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """Return the public half as PEM."""
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode()


def write_private_key(path: Path, key: rsa.RSAPrivateKey, passphrase: str) -> None:
    """Write an unblinding key to a new file that only its owner may read.

    Raises
    ------
    UserError
        If the passphrase is too short, the file exists, or it cannot be written.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise UserError(
            "The passphrase of the unblinding key is too short: use at least {least} characters.",
            least=LEAST_PASSPHRASE,
        )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    _write_new(path, pem)


def load_private_key(path: Path, passphrase: str) -> rsa.RSAPrivateKey:
    """Read an unblinding key.

    Raises
    ------
    UserError
        If it cannot be read, is none, or the passphrase is wrong.
    """
    data = _read(path)
    try:
        key = serialization.load_pem_private_key(data, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise UserError(
            "{path} cannot be opened: it is not an unblinding key, or the passphrase is wrong.",
            path=path,
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UserError("{path} is not an unblinding key of this program.", path=path)
    return key


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


def _write_new(path: Path, data: bytes) -> None:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise UserError("{path} exists already; keys are never overwritten.", path=path) from error
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
