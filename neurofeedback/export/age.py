"""The beginning of `age` files that a passphrase opens.

Responsible for that head, and for the key that passphrase and head make together. Not responsible
for the pieces that follow (`export.stream`), for asking for a passphrase, nor for files appearing
whole (`export.output`).

The format is age-encryption.org/v1 with its scrypt recipient, as https://c2sp.org/age has it, so
that ``age -d FILE`` opens what is written here. It is written here, and not by a library, because
those for Python hold a whole file in memory where a passphrase opens it, and a bundle may be larger
than memory.

References
----------
Percival C, Josefsson S (2016). The scrypt password-based key derivation function. RFC 7914.
doi:10.17487/RFC7914
"""

from __future__ import annotations

import hmac
import os
import re
import unicodedata
from base64 import b64decode, b64encode
from io import BufferedIOBase

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from neurofeedback.errors import UserError
from neurofeedback.export.stream import Stream, damaged, wrong_passphrase

FIRST_LINE = b"age-encryption.org/v1\n"
MIN_CHARACTERS = 8
PIECE = 1 << 16
WORK = 18  # scrypt takes 2^18 blocks of 1 KiB, 256 MiB, as the program `age` has it
MAX_WORK = 20  # the head names it, and a file must not ask for more memory than there is

_LONGEST_LINE = 100
# Base64 of 16 and of 32 bytes: the last character has bits to spare, which must be 0.
_16, _32 = rb"([A-Za-z0-9+/]{21}[AQgw])", rb"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048])"
_REST = re.compile(rb"-> scrypt %b ([1-9][0-9]?)\n%b\n--- %b\n" % (_16, _32, _32))


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short to lock anything with.

    Raises
    ------
    UserError
        If it is shorter than `MIN_CHARACTERS`.
    """
    if len(passphrase) < MIN_CHARACTERS:
        raise UserError(
            "The passphrase has {n} characters; use at least {least}, preferably several words.",
            n=len(passphrase),
            least=MIN_CHARACTERS,
        )


def write_head(target: BufferedIOBase, passphrase: str) -> Stream:
    """Write the beginning of a new file and return the stream of its pieces.

    Raises
    ------
    UserError
        If the passphrase is too short.
    """
    check_passphrase(passphrase)
    file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    wrapped = _wrapping(passphrase, salt, WORK).encrypt(bytes(12), file_key, None)
    head = b"%b-> scrypt %b %d\n%b\n---" % (FIRST_LINE, _text(salt), WORK, _text(wrapped))
    target.write(b"%b %b\n%b" % (head, _text(_mac(file_key, head)), nonce))
    return _stream(file_key, nonce)


def read_head(source: BufferedIOBase, passphrase: str, name: str) -> Stream:
    """Read the rest of a file's beginning and return the stream of its pieces.

    Parameters
    ----------
    source : binary file
        Stands behind `FIRST_LINE`, and at the first piece afterwards.
    passphrase : str
    name : str
        What the file is called in sentences.

    Raises
    ------
    UserError
        If the passphrase is another, the file is opened by keys, its beginning is damaged, or it
        asks for too much memory.
    """
    lines = [source.readline(_LONGEST_LINE) for _ in range(3)]
    fields = _REST.fullmatch(b"".join(lines))
    if fields is None:
        if re.fullmatch(rb"-> (?!scrypt ).+\n", lines[0]):
            raise UserError(
                "{name} is encrypted for a key, not with a passphrase: use `age -d -i KEYFILE`.",
                name=name,
            )
        raise damaged(name, len(FIRST_LINE))
    salt, work, wrapped, mac = fields.groups()
    if int(work) > MAX_WORK:
        raise UserError(
            "{name} needs {work} GiB of memory to open, which is more than this program "
            "allows: use `age -d`.",
            name=name,
            work=2 ** (int(work) - MAX_WORK),
        )
    try:
        file_key = _wrapping(passphrase, _bytes(salt), int(work)).decrypt(
            bytes(12), _bytes(wrapped), None
        )
    except InvalidTag as error:
        raise wrong_passphrase(name) from error
    head = FIRST_LINE + b"".join(lines[:2]) + b"---"
    if not hmac.compare_digest(_text(_mac(file_key, head)), mac):
        raise damaged(name, len(FIRST_LINE))
    return _stream(file_key, source.read(16))


def passphrase_bytes(passphrase: str) -> bytes:
    """Return the same bytes for the same letters, however they were typed."""
    return unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")


def _wrapping(passphrase: str, salt: bytes, work: int) -> ChaCha20Poly1305:
    """Return the cipher that locks the key of the file; takes a moment and memory, on purpose."""
    kdf = Scrypt(salt=b"age-encryption.org/v1/scrypt" + salt, length=32, n=1 << work, r=8, p=1)
    return ChaCha20Poly1305(kdf.derive(passphrase_bytes(passphrase)))


def _stream(file_key: bytes, nonce: bytes) -> Stream:
    return Stream(ChaCha20Poly1305(_derived(file_key, nonce, b"payload")), PIECE)


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), head, "sha256")


def _derived(file_key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=salt, info=purpose).derive(file_key)


def _text(data: bytes) -> bytes:
    return b64encode(data).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    return b64decode(text + b"=" * (-len(text) % 4))
