"""Two stations on one index: a server that restarts, a network that is away, one participant.

The same on SQLite shows what one file can do: several programs of one computer. A file cannot be
shared over a network, so that two computers need a server.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_parts import begin, postgres_problem, postgres_server

from neurofeedback.store.index import Index
from neurofeedback.store.overview import session_lines
from neurofeedback.store.participants import add_participant
from neurofeedback.store.place import find_place
from neurofeedback.store.rebuild import rebuild
from neurofeedback.store.register import register_finished, register_started

N_SESSIONS = 4


class Station:
    """A computer that records the sessions of one participant after another into a folder."""

    def __init__(self, root: Path, where: str) -> None:
        self.root, self.where = root, where
        self.told: list[str] = []
        self.folders: list[str] = []

    def run(self, codes: list[str], disturb=lambda number: None) -> None:
        for number, code in enumerate(codes):
            recorder = begin(self.root, code)
            self.folders.append(recorder.layout.folder)
            folder = recorder.layout.session_dir
            self._tell(register_started(folder, where=self.where, who=self.root.name))
            disturb(number)
            recorder.finalize("completed", "end")
            self._tell(register_finished(folder, where=self.where, who=self.root.name))

    def _tell(self, problem) -> None:
        if problem is not None:
            self.told.append(str(problem))


def index_of(root: Path, where: str) -> Index:
    return Index(find_place(root, where, make=True), who="A. Smith")


def known(index: Index) -> set[str]:
    with index.read() as session:
        return {f"sub-{one.code}/ses-{one.number:02}" for one in session_lines(session, 1000)}


def together(*work) -> None:
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(each) for each in work]:
            done.result()


@pytest.fixture
def server():
    problem = postgres_problem()
    if problem is not None:
        pytest.skip(problem)
    with postgres_server() as found:
        yield found


def test_a_server_that_restarts_within_a_session_loses_no_row(server, tmp_path):
    root, where = tmp_path / "data", server.url("postgres")
    index_of(root, where)
    first, second = Station(root, where), Station(root, where)

    def restart(number):
        if number == 2:
            server.stop()
        if number == 3:
            server.go_on()

    together(
        lambda: first.run([f"a{n}" for n in range(N_SESSIONS)], restart),
        lambda: second.run([f"b{n}" for n in range(N_SESSIONS)]),
    )
    assert first.told  # the end of the session in which it went away, and the start of the next
    assert all("the session is not affected" in problem for problem in first.told + second.told)
    index = index_of(root, where)
    rebuild(index)
    assert known(index) == {*first.folders, *second.folders}
    with index.read() as session:
        assert all(one.status == "completed" for one in session_lines(session, 1000))


def test_a_site_without_network_catches_up(server, tmp_path):
    root, where = tmp_path / "data", server.url("postgres")
    index = index_of(root, where)
    with index.change() as change:
        add_participant(change, "p1", consent=True)
    socket = server.socket
    station = Station(root, where)

    def cut(number):
        if number == 1:
            socket.rename(socket.with_name("away"))

    station.run([f"c{n}" for n in range(4)], cut)
    assert len(station.told) == 5  # from the end of the second session on, each time
    socket.with_name("away").rename(socket)
    index = index_of(root, where)
    assert known(index) < set(station.folders)
    rebuild(index)
    assert known(index) == set(station.folders)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_stations_on_one_participant_get_two_sessions(kind, tmp_path, request):
    where = str(tmp_path / "index.sqlite3")
    if kind == "postgresql":
        where = request.getfixturevalue("server").url("postgres")
    root = tmp_path / "data"
    index = index_of(root, where)
    first, second = Station(root, where), Station(root, where)
    codes = ["p1"] * N_SESSIONS
    together(lambda: first.run(codes), lambda: second.run(codes))
    assert first.told == second.told == []
    assert not set(first.folders) & set(second.folders)
    assert known(index) == {*first.folders, *second.folders}
    assert len(known(index)) == 2 * N_SESSIONS
