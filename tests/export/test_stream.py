import io
import os
import tracemalloc
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.export.stream import Stream

SIZE = 16  # pieces so small that a short file has many
TAG = 16
STREAMS = [Stream(ChaCha20Poly1305(bytes(32)), SIZE), Stream(AESGCM(bytes(32)), SIZE, b"head")]
STREAM = STREAMS[0]


def encrypted(plain: bytes, stream: Stream = STREAM) -> bytes:
    target = io.BytesIO()
    stream.encrypt(io.BytesIO(plain), target)
    return target.getvalue()


def decrypted(data: bytes, stream: Stream = STREAM) -> bytes:
    target = io.BytesIO()
    stream.decrypt(io.BytesIO(data), target, "file.age")
    return target.getvalue()


@pytest.mark.parametrize("stream", STREAMS)
@given(plain=st.binary(max_size=300))
def test_whatever_is_encrypted_comes_back(stream, plain):
    assert decrypted(encrypted(plain, stream), stream) == plain


@pytest.mark.parametrize("n_bytes", [0, 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE])
def test_pieces_may_end_anywhere(n_bytes):
    plain = os.urandom(n_bytes)
    data = encrypted(plain)
    assert decrypted(data) == plain
    assert len(data) == n_bytes + TAG * max(-(-n_bytes // SIZE), 1)


def test_another_key_or_another_head_opens_nothing():
    for other in (Stream(AESGCM(bytes(31) + b"1"), SIZE, b"head"), replace(STREAMS[1], bound=b"h")):
        with pytest.raises(UserError, match="damaged"):
            decrypted(encrypted(b"EEG", STREAMS[1]), other)


LONG = os.urandom(2 * SIZE + 10)
LONG_ENCRYPTED = encrypted(LONG)
PIECES = [LONG_ENCRYPTED[i : i + SIZE + TAG] for i in range(0, len(LONG_ENCRYPTED), SIZE + TAG)]
EMPTY_LAST = STREAM.cipher.encrypt((1).to_bytes(11, "big") + b"\x01", b"", None)
NOT_LAST = STREAM.cipher.encrypt(bytes(12), bytes(SIZE), None)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"".join(PIECES[:2]), id="last piece missing"),
        pytest.param(PIECES[0], id="only the first"),
        pytest.param(b"", id="nothing"),
        pytest.param(PIECES[1] + PIECES[0] + PIECES[2], id="exchanged"),
        pytest.param(PIECES[0] + LONG_ENCRYPTED, id="repeated"),
        pytest.param(PIECES[0] + PIECES[2], id="one left out"),
        pytest.param(LONG_ENCRYPTED + b"x", id="a byte more"),
        pytest.param(LONG_ENCRYPTED + PIECES[2], id="the end twice"),
        pytest.param(LONG_ENCRYPTED[:-1], id="a byte less"),
        pytest.param(NOT_LAST + EMPTY_LAST, id="an empty piece more"),
    ],
)
def test_a_file_that_was_cut_or_put_in_another_order_is_refused(data):
    assert decrypted(b"".join(PIECES)) == LONG
    with pytest.raises(UserError, match=r"file.age is damaged: .* from byte \d+ on"):
        decrypted(data)


def test_the_place_of_the_damage_counts_from_the_beginning_of_the_file():
    source = io.BytesIO(b"a head" + PIECES[0] + bytes(len(PIECES[1])) + PIECES[2])
    source.seek(6)
    with pytest.raises(UserError, match=f"from byte {6 + SIZE + TAG} on"):
        STREAM.decrypt(source, io.BytesIO(), "file.age")


@pytest.mark.parametrize("stream", STREAMS)
@settings(max_examples=examples(300))
@given(where=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_flipped_bit_is_found_wherever_it_is(stream, where, bit):
    data = bytearray(encrypted(b"three hundred bytes" * 16, stream))
    data[where % len(data)] ^= 1 << bit
    with pytest.raises(UserError, match="damaged"):
        decrypted(bytes(data), stream)


@given(st.data())
def test_every_cut_is_found(data):
    whole = encrypted(b"cut me anywhere" * 20)
    stop = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(UserError, match="damaged"):
        decrypted(whole[:stop])


class Zeros(io.RawIOBase):
    """So many bytes, none of which lies in memory before it is read."""

    def __init__(self, n_bytes: int) -> None:
        self.left = n_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        n_bytes = min(len(buffer), self.left)
        self.left -= n_bytes
        buffer[:n_bytes] = bytes(n_bytes)
        return n_bytes


def test_memory_does_not_grow_with_the_file(tmp_path):
    stream = replace(STREAM, size=1 << 16)
    peaks = []
    for n_bytes in (1 << 20, 1 << 26):
        tracemalloc.start()
        with (tmp_path / "file.age").open("wb") as target:
            stream.encrypt(io.BufferedReader(Zeros(n_bytes)), target)
        with (tmp_path / "file.age").open("rb") as source, (tmp_path / "file").open("wb") as target:
            stream.decrypt(source, target, "file.age")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (tmp_path / "file").stat().st_size == n_bytes
    assert max(peaks) < 10 * stream.size
