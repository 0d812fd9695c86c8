"""Files brought to another place: cut at any moment, the same bytes arrive."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recorded_session import record_session
from typer.testing import CliRunner

from neurofeedback.cli.main import app
from neurofeedback.errors import UserError
from neurofeedback.export.upload import upload

PIECE = 4096


class Cut(Exception):
    """The connection is gone."""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "bundle.zip"
    path.write_bytes(random.Random(1).randbytes(50 * PIECE + 123))
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def cut_after(n):
    left = [n]

    def progress(done):
        left[0] -= 1
        if left[0] < 0:
            raise Cut

    return progress


def test_cut_twenty_times_and_torn_the_same_bytes_arrive(file, tmp_path):
    there, chance = tmp_path / "share", random.Random(2)
    part = there / "bundle.zip.part"
    for _ in range(20):
        with pytest.raises(Cut):
            upload(file, there, progress=cut_after(chance.randrange(3)), piece=PIECE)
        torn = chance.choice(("none", "cut", "zeros", "more"))
        size = part.stat().st_size
        with part.open("r+b") as target:
            if torn == "cut":
                target.truncate(max(0, size - chance.randrange(PIECE)))
            elif torn == "zeros":
                target.seek(max(0, size - 100))
                target.write(bytes(100))
            elif torn == "more":
                target.seek(size)
                target.write(b"not of this file")
        assert not (there / file.name).exists()
    done = upload(file, there, piece=PIECE)
    assert done.n_kept > 5 * PIECE  # it was not begun anew
    assert done.sha256 == sha256(done.path) == sha256(file)
    assert (there / "bundle.zip.sha256").read_text() == f"{done.sha256}  bundle.zip\n"
    assert sorted(p.name for p in there.iterdir()) == ["bundle.zip", "bundle.zip.sha256"]


def test_killed_while_it_writes_the_rest_is_sent(tmp_path):
    file, there = tmp_path / "big.bin", tmp_path / "share"
    file.write_bytes(random.Random(3).randbytes(40 << 20))
    code = (
        "import sys; from pathlib import Path; from neurofeedback.export.upload import upload;"
        "upload(Path(sys.argv[1]), Path(sys.argv[2]), piece=1 << 16)"
    )
    part = there / "big.bin.part"
    for fraction in (0.1, 0.4):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(file), str(there)], cwd=Path(__file__).parents[2]
        )
        until = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size > fraction * (40 << 20)):
            assert process.poll() is None
            assert time.monotonic() < until
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = upload(file, there)
    assert done.n_kept > 10 << 20
    assert sha256(done.path) == sha256(file)


def test_what_is_there_already_is_not_sent_again_and_another_file_is_kept(file, tmp_path):
    there = tmp_path / "share"
    upload(file, there)
    again = upload(file, there, progress=cut_after(0))
    assert again.n_kept == file.stat().st_size
    other = tmp_path / "other" / file.name
    other.parent.mkdir()
    other.write_bytes(b"another file")
    with pytest.raises(UserError, match="is another file"):
        upload(other, there)
    assert sha256(there / file.name) == sha256(file)
    assert upload(other, there, force=True).sha256 == sha256(other)
    assert upload(other, there).path.read_bytes() == b"another file"


def test_an_empty_file_arrives(tmp_path):
    empty = tmp_path / "empty"
    empty.touch()
    assert upload(empty, tmp_path / "share").path.read_bytes() == b""


def test_what_cannot_be_used_is_one_sentence(file, tmp_path):
    with pytest.raises(UserError, match=r"not brought .* as a whole: .*goes on where it stopped"):
        upload(tmp_path / "missing", tmp_path / "share")
    (tmp_path / "taken").touch()
    with pytest.raises(UserError, match="not brought"):
        upload(file, tmp_path / "taken")


def test_an_export_is_uploaded_and_its_checksum_printed(tmp_path):
    session = record_session(tmp_path / "data").session_dir
    out, there = tmp_path / "out", tmp_path / "share"
    asked = ["export", os.fspath(session), "--to", "edf", "--out", os.fspath(out), "--upload",
             os.fspath(there)]  # fmt: skip
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    [made] = out.glob("*.edf")
    assert sha256(there / made.name) == sha256(made)
    assert sha256(made) in done.output
    done = CliRunner().invoke(app, ["upload", os.fspath(made), "--to", os.fspath(there), "--json"])
    assert f'"kept": {made.stat().st_size}' in done.stdout
