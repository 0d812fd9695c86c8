"""Indexes to test with, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from store_parts import PostgresServer, postgres_problem, postgres_server

from neurofeedback.store.index import Index
from neurofeedback.store.place import find_place

OpenIndex = Callable[..., Index]


class TickingClock:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server; the test is skipped where none can be started."""
    problem = postgres_problem()
    if problem is not None:
        pytest.skip(problem)
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address at which there is no index yet, on either kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "index" / "index.sqlite3")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.empty_database()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def open_index(where: str, dataset: Path) -> OpenIndex:
    """Open the index of `dataset`, as often as wanted."""
    clock = TickingClock()

    def open_it(who: str = "A. Smith", at: str = where, **options: object) -> Index:
        place = find_place(dataset, at, make=True)
        assert place is not None
        return Index(place, who=who, clock=clock, **options)

    return open_it


@pytest.fixture
def index(open_index: OpenIndex) -> Index:
    return open_index()
