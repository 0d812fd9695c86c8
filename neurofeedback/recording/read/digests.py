"""What a session is, in few letters.

Responsible for the SHA-256 of the files that decide what a session is, and for the digest of these
that a person can write down and type in again. Not responsible for keeping either.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from pathlib import Path

from neurofeedback.recording.layout import SessionLayout

_GROUPS, _GROUP = 5, 4  # 80 bits


def decisive_files(layout: SessionLayout) -> dict[str, Path]:
    """Return the files that decide what a session is, by their kind."""
    return {
        "log": layout.log,
        "chunks": layout.chunks,
        "eeg": layout.eeg,
        "feedback": layout.feedback,
        "sealed": layout.sealed,
    }


def digests(layout: SessionLayout) -> dict[str, str]:
    """Return the SHA-256 of these files, as far as they are there, by their kind.

    Raises
    ------
    OSError
        If one cannot be read.
    """
    found = {}
    for kind, path in decisive_files(layout).items():
        if path.is_file():
            with path.open("rb") as file:
                found[kind] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def short_digest(of_files: Mapping[str, str]) -> str:
    """Return the digest that is printed: five groups of four hexadecimal digits.

    Parameters
    ----------
    of_files : mapping of str to str
        See `digests`.
    """
    text = "".join(f"{kind} {digest}\n" for kind, digest in sorted(of_files.items()))
    found = hashlib.sha256(text.encode()).hexdigest()
    return "-".join(found[i * _GROUP : (i + 1) * _GROUP] for i in range(_GROUPS))


def same_digest(typed: str, digest: str) -> bool:
    """Return whether a person typed this digest, however they parted it."""
    plain = "".join(c for c in typed.lower() if c in string.hexdigits)
    return plain == digest.replace("-", "")
