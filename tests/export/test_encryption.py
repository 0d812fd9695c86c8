import io
import os
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.export import encryption
from neurofeedback.export.encryption import Lock, decrypt, encrypt, new_lock, open_lock

PASSPHRASE = "correct horse battery"
PIECE = encryption.PIECE
LOCK = new_lock(PASSPHRASE)
HEAD = len(LOCK.head)


def locked(plain: bytes, lock: Lock = LOCK) -> bytes:
    target = io.BytesIO()
    encrypt(io.BytesIO(plain), target, lock)
    return target.getvalue()


def opened(data: bytes, lock: Lock = LOCK) -> bytes:
    target = io.BytesIO()
    source = io.BytesIO(data)
    source.seek(HEAD)
    decrypt(source, target, lock, "file.enc")
    return target.getvalue()


@contextmanager
def small_pieces():
    """Pieces of a size at which a short file has many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encryption, "PIECE", 16)
        yield


@given(st.binary(max_size=300))
def test_whatever_is_encrypted_comes_back(plain):
    assert opened(locked(plain)) == plain
    with small_pieces():
        assert opened(locked(plain)) == plain


@pytest.mark.parametrize("n_bytes", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE])
def test_pieces_may_end_anywhere(n_bytes):
    plain = os.urandom(n_bytes)
    data = locked(plain)
    assert opened(data) == plain
    n_pieces = max(-(-n_bytes // PIECE), 1)
    assert len(data) == HEAD + n_bytes + 16 * n_pieces


def test_a_passphrase_opens_what_it_locked_and_no_other_does():
    data = locked(b"EEG")
    assert open_lock(io.BytesIO(data), PASSPHRASE, "file.enc") == LOCK
    with pytest.raises(UserError, match="The passphrase does not open file.enc"):
        open_lock(io.BytesIO(data), PASSPHRASE + " ", "file.enc")


def test_the_same_letters_typed_otherwise_are_the_same_passphrase():
    salt = bytes(32)
    assert Lock.derive("Grüße an alle", salt) == Lock.derive("Gru\u0308ße an alle", salt)


def test_two_files_never_have_the_same_key():
    other = new_lock(PASSPHRASE)
    assert other.key != LOCK.key
    assert b"EEG" not in locked(b"EEG" * 100)
    with pytest.raises(UserError, match="damaged"):
        opened(locked(b"EEG"), other)


def test_a_short_passphrase_is_refused():
    with pytest.raises(UserError, match="has 7 characters; take at least 8"):
        new_lock("seven77")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"neurofeedback-1\n" + bytes(47)])
def test_another_file_is_refused(data):
    with pytest.raises(UserError, match="file.enc is not a file that this program encrypted"):
        open_lock(io.BytesIO(data), PASSPHRASE, "file.enc")


LONG = os.urandom(2 * PIECE + 1000)
LONG_LOCKED = locked(LONG)
TAG = 16
PIECES = [LONG_LOCKED[HEAD + i * (PIECE + TAG) : HEAD + (i + 1) * (PIECE + TAG)] for i in range(3)]


def joined(*pieces: bytes) -> bytes:
    return b"".join((LOCK.head, *pieces))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(joined(*PIECES[:2]), id="last piece missing"),
        pytest.param(joined(PIECES[0]), id="only the first"),
        pytest.param(joined(), id="nothing but the head"),
        pytest.param(joined(PIECES[1], PIECES[0], PIECES[2]), id="exchanged"),
        pytest.param(joined(PIECES[0], PIECES[0], PIECES[1], PIECES[2]), id="repeated"),
        pytest.param(joined(PIECES[0], PIECES[2]), id="one left out"),
        pytest.param(joined(*PIECES, b"x"), id="a byte more"),
        pytest.param(joined(*PIECES, PIECES[2]), id="the end twice"),
        pytest.param(LONG_LOCKED[:-1], id="a byte less"),
    ],
)
def test_a_file_that_was_cut_or_put_in_another_order_is_refused(data):
    assert opened(joined(*PIECES)) == LONG
    with pytest.raises(UserError, match=r"file.enc is damaged: .* from byte \d+ on"):
        opened(data)


@settings(max_examples=300)
@given(st.integers(min_value=0), st.integers(0, 7))
def test_one_flipped_bit_is_found_wherever_it_is(where, bit):
    with small_pieces():
        data = bytearray(locked(b"three hundred bytes" * 16))
        data[HEAD + where % (len(data) - HEAD)] ^= 1 << bit
        with pytest.raises(UserError, match="damaged"):
            opened(bytes(data))


@settings(max_examples=10)
@given(st.integers(0, HEAD - 1), st.integers(0, 7))
def test_a_flipped_bit_in_the_head_opens_nothing(where, bit):
    data = bytearray(locked(b"EEG"))
    data[where] ^= 1 << bit
    with pytest.raises(UserError, match="not a file that|does not open"):
        open_lock(io.BytesIO(bytes(data)), PASSPHRASE, "file.enc")


@given(st.data())
def test_every_cut_is_found(data):
    with small_pieces():
        whole = locked(b"cut me anywhere" * 20)
        stop = data.draw(st.integers(HEAD, len(whole) - 1))
        with pytest.raises(UserError, match="damaged"):
            opened(whole[:stop])
