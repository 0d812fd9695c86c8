"""The unblinding key is dear to guess, and does not lie beside the station key."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization

from neurofeedback.errors import UserError
from neurofeedback.study import keys
from neurofeedback.study.keys import (
    UnblindingKey,
    _unlocked,
    load_private_key,
    make_private_key,
    write_unblinding_key,
)
from tests.study.conftest import PASSPHRASE

SHIPPED = {name: getattr(keys, name) for name in ("WORK", "KEY_BITS")}  # before tests lower them


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lock with the work that is shipped."""
    monkeypatch.setattr(keys, "WORK", SHIPPED["WORK"])


@pytest.fixture(scope="module")
def private():
    return make_private_key()


def test_a_guess_takes_scrypt_of_2_to_the_17(tmp_path: Path, private) -> None:
    path = tmp_path / "x.key"
    write_unblinding_key(path, UnblindingKey(private, "ab"), PASSPHRASE)
    data = path.read_bytes()
    name, kind, work, _ = data.split()
    assert (name, kind, int(work) >= 17) == (b"neurofeedback-unblinding-key:", b"scrypt", True)
    assert SHIPPED["KEY_BITS"] >= 3072
    back = load_private_key(path, PASSPHRASE)
    assert back.private.private_numbers() == private.private_numbers()
    assert back.allocation_sha256 == "ab"
    with pytest.raises(InvalidTag):  # the work that the file names is authenticated with the rest
        _unlocked(data.replace(b" 17 ", b" 16 "), PASSPHRASE)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:60],
        lambda data: data.replace(b" 17 ", b" 40 "),
        lambda data: data.replace(b"scrypt", b"pbkdf2"),
        lambda data: data[:-9] + b"AAAAAAAA\n",
    ],
)
def test_a_damaged_key_is_one_sentence(tmp_path: Path, private, damage) -> None:
    path = tmp_path / "x.key"
    write_unblinding_key(path, UnblindingKey(private), PASSPHRASE)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match="cannot be opened"):
        load_private_key(path, PASSPHRASE)


def test_keys_of_before_still_open(tmp_path: Path, private) -> None:
    path = tmp_path / "old.pem"
    locked = serialization.BestAvailableEncryption(b"eight ch")
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(private.private_bytes(*pem, locked))
    back = load_private_key(path, "eight ch")
    assert back.private.private_numbers() == private.private_numbers()
    assert back.allocation_sha256 is None


def test_keys_do_not_lie_together(make_study, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Both keys would lie in .* person who keeps it"):
        make_study("phase-scrambled", unblinding_key=tmp_path / "unblinding.pem")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_eleven_characters_are_too_few(make_study) -> None:
    with pytest.raises(UserError, match="at least 12 characters"):
        make_study("phase-scrambled", passphrase="eleven char")
