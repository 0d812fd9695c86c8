import errno
import os
import stat

import pytest

from neurofeedback.recording.files import RecordingError, replace_text
from neurofeedback.recording.write.append_file import AppendFile, all_or_nothing


@pytest.fixture
def file(tmp_path):
    file = AppendFile(tmp_path / "f", b"head\n")
    yield file
    file.close()


def test_appends_are_on_disk_at_once_and_private(file):
    file.append(b"abc")
    file.append(memoryview(b"def"))
    assert file.path.read_bytes() == b"head\nabcdef"
    assert file.size == 11
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_an_existing_file_is_never_opened(file):
    with pytest.raises(FileExistsError):
        AppendFile(file.path)
    late = AppendFile(file.path, late=True)
    with pytest.raises(RecordingError, match="file exists"):
        late.append(b"x")
    assert file.path.read_bytes() == b"head\n"


def test_a_late_file_is_made_by_its_first_bytes(tmp_path):
    file = AppendFile(tmp_path / "late", late=True)
    file.append(b"")
    file.sync()
    assert not file.path.exists()
    file.append(b"x")
    assert file.path.read_bytes() == b"x"
    file.close()


def test_a_closed_file_refuses(file):
    file.close()
    file.close()
    with pytest.raises(RecordingError, match="closed"):
        file.append(b"x")


def test_a_committed_line_can_be_followed_by_others(file):
    file.append_line_committed("Mk2=a\n")
    file.append_line_committed("Mk3=b\n")
    file.append(b"end\n")
    assert file.path.read_bytes() == b"head\nMk2=a\nMk3=b\nend\n"


def test_a_committed_line_is_a_comment_until_it_is_whole(file, monkeypatch):
    states = []
    write = os.write

    def watched(fd, data):
        n_bytes = write(fd, data[:3])
        states.append(file.path.read_bytes())
        return n_bytes

    monkeypatch.setattr(os, "write", watched)
    file.append_line_committed("Mk2=a\n")
    assert states == [b"head\n;k2", b"head\n;k2=a\n", b"head\nMk2=a\n"]


def test_failure_in_the_middle_takes_all_back(file, tmp_path):
    other = AppendFile(tmp_path / "g")

    def fail():
        with all_or_nothing(file, other):
            file.append(b"1")
            other.append(b"2")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    file.append(b"3")
    assert file.path.read_bytes() == b"head\n3"
    assert other.path.read_bytes() == b""
    other.close()


def test_a_full_device_is_one_sentence_and_a_file_that_cannot_be_mended_stays_shut(file):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    os.dup2(os.open("/dev/full", os.O_WRONLY), file._fd)
    with pytest.raises(RecordingError, match="failed: no space left on device; free space") as full:
        file.append(b"x")
    assert full.value.__cause__.errno == errno.ENOSPC
    with pytest.raises(RecordingError, match="nothing more is appended"):
        file.append(b"x")


def test_a_file_whose_device_is_mended_goes_on(file):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    good = os.dup(file._fd)
    os.dup2(os.open("/dev/full", os.O_WRONLY), file._fd)
    for _ in range(3):
        with pytest.raises(RecordingError):
            file.append(b"lost")
    os.dup2(good, file._fd)
    os.write(good, b"half of what was los")
    file.append(b"kept")
    assert file.path.read_bytes() == b"head\nkept"
    os.close(good)


def test_replacing_leaves_no_other_file(tmp_path):
    path = tmp_path / "a.json"
    replace_text(path, "one")
    replace_text(path, "two")
    assert path.read_text() == "two"
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()
    with pytest.raises(OSError, match="a.json"):
        replace_text(path, "three")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
