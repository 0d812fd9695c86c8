"""A session that was killed goes on, or is moved aside, from the command line."""

import signal
import time

import pytest

from neurofeedback.events import EventKind
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from reliability.sessions import small_session


@pytest.fixture
def killed(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROFEEDBACK_INDEX", str(tmp_path / "index.sqlite3"))
    session = small_session(tmp_path / "data", finish=False)
    session.recorder.abandon()
    return session.recorder.layout


def test_a_killed_program_s_session_goes_on_where_it_was(launch, invoke, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROFEEDBACK_INDEX", "off")
    data = tmp_path / "data"
    run = launch("run", "-s", "synthetic", "-p", "faa-demo", "-u", "p1", "--headless",
                 "--out", data, "--index", "off")  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(data.rglob("*_eeg.eeg")):
        assert time.monotonic() < deadline
        assert run.poll() is None
        time.sleep(0.05)
    layout = SessionLayout.find(data / "sub-p1" / "ses-01")
    while not SessionReader(layout).n_samples:  # a session without a sample cannot go on
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run.kill()
    run.wait()
    before = SessionReader(layout).n_samples
    again = launch("resume", layout.session_dir, "-s", "synthetic", "--headless", "--index", "off")
    while SessionReader(layout).n_samples <= before + 250:
        assert time.monotonic() < deadline
        assert again.poll() is None, again.stderr.read()
        time.sleep(0.05)
    again.send_signal(signal.SIGINT)
    again.wait(30)
    reader = SessionReader(layout)
    assert reader.stopped is not None
    kinds = [event.kind for event in reader.events()]
    assert kinds.count(EventKind.SESSION_RESUMED) == 1
    assert invoke("verify", layout.session_dir, "--index", "off").exit_code == 0


def test_discarding_tells_where_it_is_and_the_index(invoke, killed, monkeypatch):
    assert invoke("index", "rebuild", killed.root).exit_code == 0
    done = invoke("discard", killed.session_dir)
    assert done.exit_code == 0
    there = SessionLayout.find(done.stdout.strip())
    assert "sourcedata" in there.session_dir.parts
    monkeypatch.setenv("NEUROFEEDBACK_DATA", str(killed.root))
    listed = invoke("audit", "list", "--json").stdout
    assert "session.discarded" in listed


def test_what_was_ended_is_neither_resumed_nor_moved(invoke, tmp_path):
    layout = small_session(tmp_path / "data", finish=True).recorder.layout
    for command in (("resume", "-s", "synthetic"), ("discard",)):
        done = invoke(command[0], layout.session_dir, *command[1:])
        assert done.exit_code == 2
        assert "was not interrupted: it has ended" in done.stderr
    assert layout.session_dir.exists()


def test_another_stream_is_refused_and_the_session_stays(invoke, killed):
    for path, n_lines in ((killed.log, 4), (killed.chunks, 12)):  # before the protocol's end
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:n_lines]))
    done = invoke("resume", killed.session_dir, "-s", "synthetic", "--headless")
    assert done.exit_code == 2
    assert "differs from the one of the session" in done.stderr
    assert SessionReader(killed).stopped is None
