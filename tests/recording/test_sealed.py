from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.recording.files import RecordingError
from neurofeedback.recording.sealed import Seal, SealedFile, read_sealed, trusted

WIDTH = 128
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
LINES = st.lists(
    st.lists(
        st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=31),
        max_size=4,
    )
)


def seal(key: rsa.RSAPrivateKey = KEY) -> Seal:
    from neurofeedback.study.keys import public_pem

    return Seal("study", public_pem(key))


def write(path: Path, records: list[list[str]]) -> bytes:
    sealed = SealedFile(path, seal(), lambda line: WIDTH)
    for record in records:
        sealed.append(record)
    sealed.file.close()
    return path.read_bytes()


@given(LINES)
def test_what_was_sealed_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, records: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("sealed") / "x"
    write(path, records)
    lines = [line.rstrip(" ") for record in records for line in record]
    assert read_sealed(path, KEY) == lines


def test_the_size_tells_how_many_lines_not_what(tmp_path: Path) -> None:
    short = write(tmp_path / "a", [["x"], ["real"]])
    long = write(tmp_path / "b", [["y" * (WIDTH - 1)], ["control" * 3]])
    assert len(short) == len(long)
    assert b"control" not in long


def test_a_line_that_would_tell_its_length_is_refused(tmp_path: Path) -> None:
    sealed = SealedFile(tmp_path / "x", seal(), lambda line: WIDTH)
    sealed.append(["first"])
    with pytest.raises(RecordingError, match="cannot be sealed in 128"):
        sealed.append(["second", "\u00e9" * (WIDTH // 2)])
    sealed.file.close()
    assert read_sealed(tmp_path / "x", KEY) == ["first"]


def test_every_flipped_bit_and_every_missing_record_is_found(tmp_path: Path) -> None:
    data = write(tmp_path / "x", [["first"], ["second"], ["third"]])
    head = data.index(b"\n") + 1
    record = (len(data) - head) // 3
    changed = [data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :] for i in range(0, len(data), 7)]
    changed.append(data[:head] + data[head + record :])
    changed.append(data[:head] + data[head + record :] + data[head : head + record])
    path = tmp_path / "bad"
    for bad in changed:
        path.write_bytes(bad)
        found = trusted(bad)
        # Without the key too; a length that was changed may make the rest an unfinished record.
        assert found.problem or found.n_torn
        assert found.size % record == head % record
        try:
            lines = read_sealed(path, KEY)
        except UserError:
            continue
        assert found.n_torn
        assert lines == ["first", "second", "third"][: len(lines)]
        assert len(lines) < 3


def test_a_tail_of_zeros_is_no_record(tmp_path: Path) -> None:
    data = write(tmp_path / "x", [["first"], ["second"]])
    (tmp_path / "y").write_bytes(data + bytes(500))
    assert trusted(data + bytes(500)).size == len(data)
    with pytest.raises(UserError, match="record 3 fails its checksum"):
        read_sealed(tmp_path / "y", KEY)
    for n_zeros in range(1, 300):
        zeroed = data[:-n_zeros] + bytes(n_zeros)
        if zeroed != data:
            assert trusted(zeroed).size < len(data)
            assert trusted(zeroed).problem


def test_an_unfinished_record_is_passed_over(tmp_path: Path) -> None:
    data = write(tmp_path / "x", [["first"], ["second"]])
    whole = len(data)
    for cut in range(1, 100):
        (tmp_path / "y").write_bytes(data[: whole - cut])
        assert read_sealed(tmp_path / "y", KEY) == ["first"]
        found = trusted(data[: whole - cut])
        assert found.size + found.n_torn == whole - cut
        assert found.problem is None
    assert trusted(data).size == whole


def test_another_key_and_another_file_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "x", [["first"]])
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(UserError, match="another key"):
        read_sealed(tmp_path / "x", other)
    for text in (b"", b"{}", b"[]\n", b'{"format": 9}\n', b'{"format": 1, "key": 3}\n'):
        (tmp_path / "y").write_bytes(text)
        with pytest.raises(UserError):
            read_sealed(tmp_path / "y", KEY)
    with pytest.raises(UserError, match="cannot be read"):
        read_sealed(tmp_path / "nowhere", KEY)
    with pytest.raises(UserError, match="damaged"):
        SealedFile(tmp_path / "z", Seal("study", "no key"), lambda line: WIDTH)
    assert not (tmp_path / "z").exists()
