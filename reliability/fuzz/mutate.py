"""Changed copies of a whole file; the same seed gives the same copies."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
NUMBERS = (
    b"0", b"-1", b"1", b"255", b"65536", b"2147483647", b"-2147483648", b"4294967296", b"99999999",
    b"1e308", b"-1e308", b"1e-320", b"nan", b"inf", b"-inf", b"1_0", b"0x10", b"1,5", b"", b" ",
    b"9" * 400, b"true", b"null", b"[]", b"{}", b'""', "\u0661".encode(), b"\xb2",
)  # fmt: skip
BYTES = (
    b"\0", b"\xff", b"\0" * 8, b"\xff" * 8, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\n", b"\r",
    b"\t", b'"', b"'", b"<", b">", b"&", b"=", b"%s", b"{0}", b"{x}", b"../", b"\x1b[2J", b"\xc3",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"\x00\x00\xf8\x7f", b"\x00\x00\xc0\x7f",
    b"[" * 64, b"a." * 64,
)  # fmt: skip

Edit = Callable[[random.Random, bytes], bytes]


def mutated(chance: random.Random, content: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Return a copy with one to four changes; most of them near the beginning, where headers are.

    Parameters
    ----------
    chance : random.Random
        Settles all that is left to chance.
    content : bytes
        A whole file.
    others : sequence of bytes
        Files of which parts may be put into it.
    """
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        if others and chance.random() < 0.05:
            content = _spliced(chance, content, chance.choice(others))
        else:
            content = chance.choice(_EDITS)(chance, content)
    return content


def _place(chance: random.Random, content: bytes) -> int:
    """Choose a byte: half the time any, else one of the first few hundred."""
    n = len(content) if chance.random() < 0.5 else min(len(content), chance.choice((64, 512, 4096)))
    return chance.randrange(n + 1)


def _stretch(chance: random.Random, content: bytes) -> tuple[int, int]:
    at = _place(chance, content)
    return at, min(len(content), at + chance.choice((1, 2, 4, 8, 16, 80, 1000)))


def _flip(chance: random.Random, content: bytes) -> bytes:
    if not content:
        return content
    at = min(_place(chance, content), len(content) - 1)
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def _replace(chance: random.Random, content: bytes) -> bytes:
    at, new = _place(chance, content), chance.choice(BYTES + NUMBERS)
    return content[:at] + new + content[at + len(new) :]


def _insert(chance: random.Random, content: bytes) -> bytes:
    at = _place(chance, content)
    return content[:at] + chance.choice(BYTES + NUMBERS) + content[at:]


def _delete(chance: random.Random, content: bytes) -> bytes:
    start, stop = _stretch(chance, content)
    return content[:start] + content[stop:]


def _repeat(chance: random.Random, content: bytes) -> bytes:
    start, stop = _stretch(chance, content)
    return content[:stop] + content[start:stop] * chance.choice((1, 2, 50)) + content[stop:]


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: _place(chance, content)]


def _number(chance: random.Random, content: bytes) -> bytes:
    """Write another number in the place of one."""
    found = list(_NUMBER.finditer(content[:65536]))
    if not found:
        return _replace(chance, content)
    one = chance.choice(found)
    return content[: one.start()] + chance.choice(NUMBERS) + content[one.end() :]


def _same_width(chance: random.Random, content: bytes) -> bytes:
    """Write another number in the place of one, in fields of a fixed width."""
    found = list(_NUMBER.finditer(content[:65536]))
    if not found:
        return _replace(chance, content)
    one = chance.choice(found)
    stop = one.end() + len(content[one.end() :]) - len(content[one.end() :].lstrip(b" "))
    new = chance.choice(NUMBERS)[: max(1, stop - one.start())]
    return content[: one.start()] + new.ljust(stop - one.start()) + content[stop:]


def _lines(chance: random.Random, content: bytes) -> bytes:
    """Swap two lines, or write one twice."""
    lines = content.split(b"\n")
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    if chance.random() < 0.5:
        lines[a], lines[b] = lines[b], lines[a]
    else:
        lines.insert(a, lines[b])
    return b"\n".join(lines)


def _integer(chance: random.Random, content: bytes) -> bytes:
    """Write another integer of 2, 4 or 8 bytes, of either order."""
    width, at = chance.choice((2, 4, 8)), _place(chance, content)
    top = 1 << 8 * width
    value = chance.choice((0, 1, top - 1, top // 2, top // 2 - 1, top // 16, chance.randrange(top)))
    new = value.to_bytes(width, chance.choice(("little", "big")))
    return content[:at] + new + content[at + width :]


_EDITS: tuple[Edit, ...] = (
    _flip, _replace, _insert, _delete, _repeat, _cut, _number, _number, _same_width, _lines,
    _integer,
)  # fmt: skip


def _spliced(chance: random.Random, content: bytes, other: bytes) -> bytes:
    start, stop = _stretch(chance, other)
    at = _place(chance, content)
    return content[:at] + other[start:stop] + content[at:]
