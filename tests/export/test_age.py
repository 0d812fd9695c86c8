"""Files that other programs read and wrote: the format is theirs."""

import io
import os
import shutil
import sys
from pathlib import Path

import pyrage
import pytest
from effort import examples, long
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.export import age
from neurofeedback.export.output import decrypt_file, encrypt_file

PASSPHRASE = "Grüße an alle"
CONTENTS = [b"", b"EEG", os.urandom(age.PIECE), os.urandom(2 * age.PIECE + 1)]

with_age = pytest.mark.skipif(
    shutil.which("age") is None or sys.platform == "win32",
    reason="needs the program `age` (Debian: apt install age) and a pseudo-terminal",
)


def encrypted(plain: bytes, passphrase: str = PASSPHRASE) -> bytes:
    target = io.BytesIO()
    age.write_head(target, passphrase).encrypt(io.BytesIO(plain), target)
    return target.getvalue()


def decrypted(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    source, target = io.BytesIO(data), io.BytesIO()
    assert source.readline() == age.FIRST_LINE
    age.read_head(source, passphrase, "file.age").decrypt(source, target, "file.age")
    return target.getvalue()


DATA = encrypted(b"EEG")
LINES = DATA.split(b"\n", 4)
HEAD = len(DATA) - len(LINES[4])


def run_age(*command: str | Path, passphrases: int) -> int:
    """Run `age` at a terminal of its own, answer so many prompts, and return its exit code."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.execvp("age", ["age", *map(str, command)])
    seen = b""
    for n in range(1, passphrases + 1):
        while seen.count(b":") < n:  # of all prompts so far: two may come at once
            seen += os.read(terminal, 1000)
        os.write(terminal, f"{PASSPHRASE}\n".encode())
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status)


@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_another_implementation_opens_what_is_written_here(content):
    assert pyrage.passphrase.decrypt(encrypted(content), PASSPHRASE) == content


@pytest.mark.parametrize("content", [CONTENTS[-1], *long(b"")], ids=len)
def test_what_another_implementation_wrote_is_opened_here(content, monkeypatch):
    monkeypatch.setattr(age, "MAX_WORK", 22)  # it takes as much as the machine does in a second
    assert decrypted(pyrage.passphrase.encrypt(content, PASSPHRASE)) == content


@with_age
@pytest.mark.parametrize("content", [*CONTENTS[-2:], *long(*CONTENTS[:-2])], ids=len)
def test_the_program_age_opens_what_is_written_here(tmp_path, content):
    plain = tmp_path / "a.edf"
    plain.write_bytes(content)
    locked = encrypt_file(plain, PASSPHRASE)
    assert run_age("-d", "-o", tmp_path / "opened", locked, passphrases=1) == 0
    # An empty file is not made at all by some versions.
    opened = tmp_path / "opened"
    assert (opened.read_bytes() if opened.exists() else b"") == content


@with_age
def test_what_the_program_age_wrote_is_opened_here(tmp_path):
    (tmp_path / "a.edf").write_bytes(CONTENTS[-1])
    command = ("-p", "-o", tmp_path / "a.edf.age", tmp_path / "a.edf")
    assert run_age(*command, passphrases=2) == 0
    decrypt_file(tmp_path / "a.edf.age", tmp_path / "opened", PASSPHRASE)
    assert (tmp_path / "opened").read_bytes() == CONTENTS[-1]


def test_another_passphrase_opens_nothing():
    with pytest.raises(UserError, match="The passphrase does not open file.age: type it again"):
        decrypted(DATA, PASSPHRASE + " ")


def test_the_same_letters_typed_otherwise_are_the_same_passphrase():
    assert decrypted(DATA, "Gru\u0308ße an alle") == b"EEG"


def test_two_files_have_nothing_in_common():
    other = encrypted(b"EEG")
    assert other[HEAD:] != DATA[HEAD:]
    with pytest.raises(UserError, match=f"damaged: .* from byte {HEAD + 16} on"):
        decrypted(DATA[:HEAD] + other[HEAD:])


def test_a_short_passphrase_is_refused():
    with pytest.raises(UserError, match="has 7 characters; use at least 8"):
        age.write_head(io.BytesIO(), "seven77")


def test_a_file_for_a_key_is_said_to_be_one():
    recipient = pyrage.x25519.Identity.generate().to_public()
    with pytest.raises(
        UserError, match="encrypted for a key, not with a passphrase: use `age -d -i"
    ):
        decrypted(pyrage.encrypt(b"EEG", [recipient]))


def test_a_file_cannot_ask_for_more_memory_than_there_is():
    greedy = DATA.replace(b" 18\n", b" 22\n")
    with pytest.raises(UserError, match="needs 4 GiB of memory to open, .*: use `age -d`"):
        decrypted(greedy)


@pytest.mark.parametrize("stop", [len(LINES[0]) + 1, len(LINES[0]) + 9, HEAD - 1])
def test_a_file_that_ends_in_its_head_is_damaged(stop):
    with pytest.raises(UserError, match="file.age is damaged: it was truncated"):
        decrypted(DATA[:stop])


@pytest.mark.parametrize("stop", range(HEAD, len(DATA), 5))
def test_a_file_that_ends_behind_its_head_is_damaged(stop, monkeypatch):
    monkeypatch.setattr(age, "WORK", 10)
    with pytest.raises(UserError, match="file.age is damaged: it was truncated"):
        decrypted(encrypted(b"EEG")[:stop])


@settings(max_examples=examples(500), deadline=None)
@given(st.integers(len(age.FIRST_LINE), HEAD - 1), st.integers(0, 7))
def test_a_flipped_bit_in_the_head_opens_nothing(where, bit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(age, "WORK", 10)
        patch.setattr(age, "MAX_WORK", 12)
        data = bytearray(encrypted(b"EEG"))
        data[where] ^= 1 << bit
        with pytest.raises(UserError, match="damaged|does not open|encrypted for a key|of memory"):
            decrypted(bytes(data))
