"""The digest on the printed page, and a database older than its recordings."""

import re
import shutil

import pytest


@pytest.fixture
def recorded(invoke, eeg_file, tmp_path):
    def record(code: str):
        done = invoke("replay", eeg_file, "-p", "faa-up", "--speed", "max", "-u", code, "--out",
                      tmp_path / "data", "--index", tmp_path / "index.sqlite3")  # fmt: skip
        assert done.exit_code == 0, done.stderr
        return done.stdout.strip()

    return record


def printed(invoke, session) -> str:
    text = " ".join(invoke("report", session).stdout.split())
    return re.search(r"Digest of the recording: ([0-9a-f-]{24})", text)[1]


def test_a_typed_digest_is_compared(invoke, recorded) -> None:
    one, other = recorded("P1"), recorded("P2")
    digest = printed(invoke, one)
    for typed in (digest, digest.upper().replace("-", " ")):
        assert invoke("verify", one, "--digest", typed).exit_code == 0
    found = invoke("verify", other, "--digest", digest)
    assert found.exit_code == 1
    assert f"not {digest}" in " ".join(found.stderr.split())
    wrong = ("0" if digest[0] != "0" else "1") + digest[1:]
    assert invoke("verify", one, "--digest", wrong).exit_code == 1


def test_sessions_that_were_swapped_are_found_by_the_page(invoke, recorded, tmp_path) -> None:
    """Both are the same recording under other codes, so each looks whole by itself."""
    one, other = recorded("P1"), recorded("P2")
    digests = printed(invoke, one), printed(invoke, other)
    assert digests[0] != digests[1]
    where = ("--index", "off")
    assert invoke("verify", one, "--digest", digests[1], *where).exit_code == 1


def test_a_restored_database_does_not_know_the_last_session(invoke, recorded, tmp_path) -> None:
    recorded("P1")
    index = tmp_path / "index.sqlite3"
    shutil.copy(index, tmp_path / "old.sqlite3")
    recorded("P2")
    verify = ("audit", "verify", "--out", tmp_path / "data", "--index", index)
    assert invoke(*verify).exit_code == 0
    for path in tmp_path.glob("index.sqlite3-*"):
        path.unlink()
    shutil.copy(tmp_path / "old.sqlite3", index)
    found = invoke(*verify)
    assert found.exit_code == 1
    assert "The session sub-P2/ses-01 is recorded, but the database does not know of it" in (
        " ".join(found.stderr.split())
    )
