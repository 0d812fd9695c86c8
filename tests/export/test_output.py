import pytest

from neurofeedback.errors import UserError
from neurofeedback.export.output import (
    decrypt_file,
    encrypt_file,
    publish,
    refuse_existing,
    workshop,
)

PASSPHRASE = "correct horse battery"


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "in" / "a.edf"
    path.parent.mkdir()
    path.write_bytes(b"EEG" * 1000)
    return path


def test_a_file_goes_there_and_back(plain, tmp_path):
    content = plain.read_bytes()
    steps = []
    locked = encrypt_file(plain, PASSPHRASE, steps.append)
    assert locked.name == "a.edf.age"
    assert not plain.exists()
    decrypt_file(locked, tmp_path / "out" / "a.edf", PASSPHRASE, progress=steps.append)
    assert (tmp_path / "out" / "a.edf").read_bytes() == content
    assert (tmp_path / "out" / "a.edf").stat().st_mode & 0o777 == 0o600
    assert steps[0] == 1.0
    assert steps[-1] <= 1.0


@pytest.mark.parametrize("harm", ["passphrase", "cut", "bit"])
def test_what_does_not_decrypt_leaves_nothing_behind(plain, tmp_path, harm):
    locked = encrypt_file(plain, PASSPHRASE)
    data = bytearray(locked.read_bytes())
    if harm == "cut":
        del data[-1]
    elif harm == "bit":
        data[-1] ^= 1
    locked.write_bytes(data)
    out = tmp_path / "out"
    with pytest.raises(UserError, match="does not open" if harm == "passphrase" else "damaged"):
        decrypt_file(locked, out / "a.edf", "wrong" * 3 if harm == "passphrase" else PASSPHRASE)
    assert not out.exists() or not list(out.iterdir())


def test_nothing_is_replaced_unless_asked_for(plain, tmp_path):
    locked = encrypt_file(plain, PASSPHRASE)
    plain.write_bytes(b"mine")
    with pytest.raises(UserError, match="a.edf exists already: .* --force"):
        decrypt_file(locked, plain, PASSPHRASE)
    assert plain.read_bytes() == b"mine"
    decrypt_file(locked, plain, PASSPHRASE, force=True)
    assert plain.read_bytes() == b"EEG" * 1000


def test_a_folder_is_never_replaced(tmp_path):
    with pytest.raises(UserError, match="choose another folder"):
        refuse_existing([tmp_path], force=True)


def test_a_file_that_appeared_meanwhile_is_kept(tmp_path):
    made, target = tmp_path / "made", tmp_path / "target"
    made.write_bytes(b"new")
    target.write_bytes(b"old")
    with pytest.raises(UserError, match="exists already"):
        publish(made, target, force=False)
    assert target.read_bytes() == b"old"


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(UserError, match="gone.age cannot be read: no such file or directory"):
        decrypt_file(tmp_path / "gone.age", tmp_path / "gone", PASSPHRASE)


def test_a_workshop_is_private_and_goes_away_even_after_an_error(tmp_path):
    def work():
        with workshop(tmp_path / "new") as folder:
            assert folder.stat().st_mode & 0o777 == 0o700
            (folder / "half").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert list((tmp_path / "new").iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with (
        pytest.raises(UserError, match="a file of that name already exists"),
        workshop(tmp_path / "out"),
    ):
        pass
