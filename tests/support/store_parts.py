"""Small recordings, and a real PostgreSQL server, for the tests of the index."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, StreamInfo, from_storage
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.write.writer import SessionRecorder

SFREQ = 100.0
STARTED = datetime(2026, 3, 1, 9, 30, 15, 250000, tzinfo=UTC)
INFO = StreamInfo("amp", "id-1", SFREQ, ("A1",), ("misc",), ("V",), "microvolts", "synthetic")


def begin(
    root: Path,
    participant: str = "p01",
    *,
    protocol: str = "faa-up",
    started: datetime = STARTED,
    n_times: int = 50,
    rewards: int = 2,
    bads: tuple[str, ...] = (),
) -> SessionRecorder:
    """Record the first samples and rewards of a session."""
    recorder = SessionRecorder(
        SessionLayout.new(root, participant, protocol),
        INFO,
        {"version": 1, "name": protocol},
        protocol_name=protocol,
        protocol_hash=f"hash of {protocol}",
        descriptors=(),
        versions={"neurofeedback": "0.1.0"},
        started=started,
        bads=bads,
    )
    if n_times:
        data = from_storage(np.ones((n_times, 1), "<f4"), INFO.storage_scale)
        recorder.append([Chunk(data, np.arange(n_times) / SFREQ, 0)])
        recorder.append([Event(EventKind.REWARD, 0, 0.0, {"block": 1})] * rewards)
    return recorder


def record(root: Path, *arguments: Any, status: str | None = "completed", **fields: Any) -> Path:
    """Record a session and return its folder; without a status it is left as a kill leaves it."""
    recorder = begin(root, *arguments, **fields)
    if status is not None:
        recorder.finalize(status, "as wanted by the test")
    else:
        recorder._part.close()
    return recorder.path


class PostgresServer:
    """A server of its own, reached by a socket in a private folder.

    Parameters
    ----------
    folder : Path
        Made for it, and its own.
    programs : Path
        Folder of initdb and pg_ctl.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._programs = programs
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def start(self) -> None:
        self._run("initdb", "-D", self._data, "-U", "clinic", "-A", "trust", "-E", "UTF8", "-N")
        self.go_on()

    def go_on(self) -> None:
        """Start it again, with what it held."""
        settings = f"-c listen_addresses='' -c fsync=off -k {self._folder}"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", self._folder / "log", "-o", settings,
                  "start")  # fmt: skip

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    @property
    def socket(self) -> Path:
        """Where clients connect."""
        return self._folder / ".s.PGSQL.5432"

    def url(self, database: str) -> str:
        return f"postgresql://clinic@/{database}?host={self._folder}"

    def empty_database(self) -> str:
        """Return the URL of an empty database, always of the same one: that is quicker."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self.url("postgres")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._as, str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")


def postgres_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs; None where there are none."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "initdb").exists() and (p / "pg_ctl").exists()), None)


def postgres_problem() -> str | None:
    """Return why no server can be started here; None if one can."""
    if postgres_programs() is None:
        return "PostgreSQL is not installed (Debian package postgresql): no initdb and pg_ctl"
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        return f"the driver psycopg cannot be loaded: {error}"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL does not run as the superuser, and there is no runuser"
    if os.geteuid() == 0 and subprocess.run(["id", "postgres"], capture_output=True).returncode:
        return "PostgreSQL does not run as the superuser, and there is no user postgres"
    return None


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server in a new folder; stop it and remove the folder at the end."""
    programs = postgres_programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="neurofeedback-pg-", dir="/tmp"))  # a socket's short path
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        server = PostgresServer(folder, programs)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
