"""Sealed records: appended in the open, readable only with the study's unblinding key.

Responsible for the format of a sealed file, for appending to it and for reading it back with the
private key. Not responsible for what is sealed, nor for the keys (`study.keys`).

A file starts with a line of JSON that holds its own random AES key, encrypted with the public key
of the study (RSA-OAEP). Records follow: four bytes of length, four of a checksum, then AES-256-GCM
of some lines. The number of a record is its nonce, and the head is bound into each, so that no
record can be changed, moved, dropped or taken from another file unnoticed by whoever has the key.
The checksum is the CRC-32 of the encrypted bytes, begun with that of the record before (of the head
line for the first), so that whoever puts a session in order without the key finds the end of what
can be trusted. Lines of a kind are all padded to one width, whatever they say: the size of the
file tells how many there are, not what. (In format 2 they were padded to the next multiple of
`UNIT`, which told how long they were.) Whoever records forgets the key with the end of the program;
it is nowhere on the disk in the open.

Longer than most modules: the format of a sealed file, both ways, so that writing and reading cannot
part.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from neurofeedback.errors import UserError
from neurofeedback.recording.files import RecordingError, why
from neurofeedback.recording.write.append_file import AppendFile
from neurofeedback.words.message import Message

FORMAT = 4  # since 4 a session's first record has a tag; see `recording.concealment`
KNOWN = (2, 3, FORMAT)
UNIT = 128  # bytes, of which every width is a multiple
_RECORD = struct.Struct(">II")  # length, checksum
_TAG = 16  # bytes that AES-GCM adds
_LARGEST = 1 << 28
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


@dataclass(frozen=True, slots=True)
class Seal:
    """To whom a file is sealed.

    Parameters
    ----------
    study : str
        Identity of the study.
    public_key : str
        PEM.
    """

    study: str
    public_key: str

    def encrypt_key(self, key: bytes) -> bytes:
        """Encrypt a short secret so that only the private key opens it.

        Raises
        ------
        UserError
            If the public key is none.
        """
        try:
            loaded = serialization.load_pem_public_key(self.public_key.encode())
        except (ValueError, TypeError) as error:
            raise UserError(
                "The public key of study {study!r} is damaged.", study=self.study
            ) from error
        if not isinstance(loaded, rsa.RSAPublicKey):
            raise UserError(
                "The public key of study {study!r} is not an RSA key.", study=self.study
            )
        return loaded.encrypt(key, _OAEP)


class SealedFile:
    """A file that anybody can append to while it is open, and nobody can read without the key.

    Parameters
    ----------
    path : Path
        Must not exist.
    seal : Seal
    width_of : callable
        Returns the bytes that a line takes, with its line break: a multiple of `UNIT` that is the
        same for all lines of a kind.

    Raises
    ------
    FileExistsError, OSError, RecordingError
        If it cannot be made.
    UserError
        If the public key is none.

    Attributes
    ----------
    samples_key : bytes
        For the samples of the session, where they are sealed too; see `recording.sealed_samples`.
    """

    def __init__(self, path: Path, seal: Seal, width_of: Callable[[str], int]) -> None:
        key = secrets.token_bytes(32)
        head = {
            "format": FORMAT,
            "study": seal.study,
            "key": base64.b64encode(seal.encrypt_key(key)).decode(),
        }
        line = json.dumps(head).encode() + b"\n"
        self._width_of = width_of
        self._cipher = AESGCM(key)
        self.samples_key = _samples_key(key)
        self._bound = hashlib.sha256(line).digest()
        self._n_records = 0
        self._crc = zlib.crc32(line)
        self._written = bytearray(line)
        self.file = AppendFile(path, line)

    @property
    def head(self) -> bytes:
        """SHA-256 of the head line, which decides the key of every record."""
        return self._bound

    @property
    def checksum(self) -> str:
        """CRC-32 of everything appended so far, hexadecimal."""
        return f"{zlib.crc32(self._written):08x}"

    def continued(self, path: Path) -> SealedFile:
        """Return a new file that begins with all that was appended so far, to go on with.

        Nobody else could continue it: the key is known here alone. Of the two only one may be
        appended to from here on.

        Raises
        ------
        FileExistsError, OSError, RecordingError
            If it cannot be made.
        """
        other = copy(self)
        other.file = AppendFile(path, bytes(self._written))
        return other

    def append(self, lines: Sequence[str]) -> None:
        """Append lines as one record.

        Parameters
        ----------
        lines : sequence of str
            Without line breaks.

        Raises
        ------
        RecordingError
            If one does not fit its width, or they could not be written; nothing of them is there
            then.
        """
        if not lines:
            return
        text = b"".join(_padded(line, self._width_of(line)) for line in lines)
        sealed = self._cipher.encrypt(_nonce(self._n_records), text, self._bound)
        crc = zlib.crc32(sealed, self._crc)
        record = _RECORD.pack(len(sealed), crc) + sealed
        self.file.append(record)
        self._crc = crc
        self._written += record
        self._n_records += 1


def sealed_head(path: Path) -> bytes:
    """Return the SHA-256 of a sealed file's head line.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.sha256(file.readline()).digest()
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error


def sealed_samples_key(path: Path, private_key: rsa.RSAPrivateKey) -> bytes:
    """Return the key of the samples of the session that a sealed file belongs to.

    Raises
    ------
    UserError
        If the file cannot be read, or was sealed for another key.
    """
    try:
        with path.open("rb") as file:
            line = file.readline().removesuffix(b"\n")
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
    return _samples_key(_open_head(path, line, private_key))


def read_sealed(path: Path, private_key: rsa.RSAPrivateKey) -> list[str]:
    """Read the lines of a sealed file back.

    Parameters
    ----------
    path : Path
        The file. An unfinished record at its end, as a kill leaves it, is passed over.
    private_key : RSAPrivateKey
        See `study.keys.load_private_key`.

    Returns
    -------
    list of str

    Raises
    ------
    UserError
        If the file cannot be read, is damaged, or was sealed for another key.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
    line, _, rest = data.partition(b"\n")
    cipher = AESGCM(_open_head(path, line, private_key))
    bound = hashlib.sha256(line + b"\n").digest()
    found = trusted(data)
    if found.problem:
        raise UserError(
            "{path} is damaged: {problem}. Use an undamaged copy.", path=path, problem=found.problem
        )
    lines: list[str] = []
    for number, record in enumerate(_records(rest, zlib.crc32(line + b"\n"))):
        try:
            text = cipher.decrypt(_nonce(number), record, bound)
        except InvalidTag as error:
            raise UserError(
                "{path} is damaged at record {number}: what was sealed there cannot be "
                "trusted. Use an undamaged copy.",
                path=path,
                number=number + 1,
            ) from error
        lines += [part.rstrip(" ") for part in text.decode().split("\n")[:-1]]
    return lines


@dataclass(frozen=True, slots=True)
class Trusted:
    """What of a sealed file can be trusted, as far as it can be told without the key.

    Parameters
    ----------
    size : int
        Bytes of its head and of the records up to the first that fails its checksum.
    problem : Message or None
        What is wrong with what follows, without full stop; None when nothing follows, or only a
        record that was being written.
    n_torn : int
        Bytes of a record that was being written.
    """

    size: int
    problem: Message | None
    n_torn: int


def trusted(data: bytes) -> Trusted:
    """Find what of a sealed file can be trusted."""
    head = data.find(b"\n") + 1
    records = list(_records(data[head:], zlib.crc32(data[:head]))) if head else []
    size = head + sum(_RECORD.size + len(record) for record in records)
    rest = data[size:]
    if not rest or _is_torn(rest):
        return Trusted(size, None, len(rest))
    problem = Message("record {number} fails its checksum", number=len(records) + 1)
    return Trusted(size, problem, 0)


def _samples_key(key: bytes) -> bytes:
    return hmac.digest(key, b"samples", "sha256")


def _open_head(path: Path, line: bytes, private_key: rsa.RSAPrivateKey) -> bytes:
    try:
        head = json.loads(line)
        if head["format"] not in KNOWN:
            raise UserError(
                "{path} has format {format!r}, only {oldest} to {newest} are known.",
                path=path,
                format=head["format"],
                oldest=KNOWN[0],
                newest=FORMAT,
            )
        sealed_key = base64.b64decode(head["key"], validate=True)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError("{path} is not a sealed file of this program.", path=path) from error
    try:
        return private_key.decrypt(sealed_key, _OAEP)
    except ValueError as error:
        raise UserError(
            "{path} was sealed for another key than the one given; use the unblinding "
            "key of study {study!r}.",
            path=path,
            study=head.get("study"),
        ) from error


def _records(data: bytes, crc: int) -> Iterator[bytes]:
    """Yield records up to the first that is not whole or fails its checksum, begun with `crc`."""
    at = 0
    while at + _RECORD.size <= len(data):
        length, wanted = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        record = data[at : at + length]
        if not _is_length(length) or len(record) < length:
            return
        crc = zlib.crc32(record, crc)
        if crc != wanted:
            return
        yield record
        at += length


def _is_length(length: int) -> bool:
    """Whether a record can be so long: lines of whole units, and the tag."""
    n_text = length - _TAG
    return 0 < n_text <= _LARGEST and n_text % UNIT == 0


def _is_torn(rest: bytes) -> bool:
    """Whether this is the beginning of a record that was being written."""
    if len(rest) < _RECORD.size:
        return True
    length = _RECORD.unpack_from(rest)[0]
    return _is_length(length) and len(rest) - _RECORD.size < length


def _padded(line: str, width: int) -> bytes:
    data = line.encode()
    if len(data) >= width:
        raise RecordingError(
            "A line of {n} bytes cannot be sealed in {width}, and a longer one "
            "would tell the arm; use a protocol with fewer features and shorter names.",
            n=len(data),
            width=width,
        )
    return data.ljust(width - 1) + b"\n"


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
