"""The page for supervision: what it says, what it must not say, and who gets it."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from store_parts import begin

from neurofeedback.acquisition.out.address import Address
from neurofeedback.app.supervision.page import supervision_page
from neurofeedback.app.supervision.server import SupervisionServer
from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.store.care import Plan, set_archived, set_plan
from neurofeedback.store.index import Index
from neurofeedback.store.participants import add_participant
from neurofeedback.store.place import find_place
from neurofeedback.store.register import register_finished

TOKEN = "a-token-of-enough-letters"
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def place(tmp_path):
    return find_place(tmp_path / "data", str(tmp_path / "index.sqlite3"), make=True)


@pytest.fixture
def index(place):
    return Index(place, who="A. Smith")


def test_who_is_due_what_ran_and_what_is_missing(index, tmp_path):
    recorder = begin(tmp_path / "data", "p01", n_times=100)
    held = [Event(EventKind.HOLD_STARTED, 20, 0.2), Event(EventKind.HOLD_ENDED, 45, 0.45)]
    recorder.append(held)
    recorder.finalize("completed", "end of the protocol")
    folder = recorder.layout.session_dir
    assert register_finished(folder, where=str(tmp_path / "index.sqlite3")) is None
    with index.change() as change:
        set_plan(change, "p01", Plan(20, 2))
        add_participant(change, "p02", consent=True, consent_date=date(2026, 3, 1))
        add_participant(change, "gone")
        set_archived(change, "gone", True)
    page = supervision_page(index, NOW)
    people, sessions = page.split("<h2>Sessions</h2>")
    row = people.split("<td><bdi>p01</bdi></td>")[1].split("</tr>")[0]
    assert "\u25b2 2026-03-03" in row  # two days after the first of March
    assert "1/20" in row
    assert "\u25b2 no" in row  # consent
    assert "\u25b2 missing" in row  # debrief
    assert "p02" in people
    assert "gone" not in page
    assert "25 %" in sessions
    assert "completed" in sessions
    assert "faa-up" in sessions
    with index.change() as change:
        change.log("session.debriefed", recorder.layout.folder, effects={"headache": "mild"})
    page = supervision_page(index, NOW)
    assert "Headache (mild)" in page
    assert '<meta name="viewport" content="width=device-width' in page
    assert "missing" not in page


def test_nothing_of_an_arm_and_no_text_that_acts(index):
    with index.change() as change:
        add_participant(change, "p01")
        change.log(
            "session.debriefed", "sub-p01/ses-01", effects={"<script>x</script>": "<b>severe</b>"}
        )
        study = {"study": "s", "stratum": "young", "place": 7, "arm": "sham"}
        change.log("session.started", "sub-p01/ses-01", protocol="faa-up", study=study)
    page = supervision_page(index, NOW)
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page
    for word in ("sham", "young", "stratum", "reward", "arm<"):
        assert word not in page


def test_only_long_cells_break_into_lines(index):
    with index.change() as change:
        add_participant(change, "p01")
        effects = {"tired for the rest of the day": "mild"}
        change.log("session.debriefed", "sub-p01/ses-01", effects=effects)
    page = supervision_page(index, NOW)
    assert '<td class="long"><bdi>\u25b2 tired for the rest of the day (mild)</bdi></td>' in page
    assert "<td><bdi>\u25b2 no</bdi></td>" in page


@contextmanager
def served(page):
    server = SupervisionServer(Address("127.0.0.1", 0), TOKEN, page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(port, path="/", method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


def test_a_request_without_the_token_gets_nothing():
    with served(lambda: "<p>secret</p>") as port:
        for path in ("/", "/?token=", "/?token=wrong", f"/?token={TOKEN}x", f"/?tokens={TOKEN}",
                     f"/x?token={TOKEN}", "/?token=%ff%fe", f"/{TOKEN}"):  # fmt: skip
            assert ask(port, path)[:2] == (404, b""), path
        for cookie in (
            "",
            "supervision=",
            f"supervision={TOKEN[:-1]}",
            f"other={TOKEN}",
            "=;=;\x01",
        ):
            assert ask(port, Cookie=cookie)[:2] == (404, b""), cookie
        assert ask(port, f"/?token={TOKEN}", "POST")[0] == 501


def test_the_token_becomes_a_cookie_and_leaves_the_address():
    with served(lambda: "<p>secret</p>") as port:
        status, body, headers = ask(port, f"/?token={TOKEN}")
        assert (status, body, headers["Location"]) == (303, b"", "/")
        # Strict would keep it from who follows a link in a mail.
        assert "HttpOnly; SameSite=Lax" in headers["Set-Cookie"]
        cookie = headers["Set-Cookie"].split(";")[0]
        status, body, headers = ask(port, Cookie=cookie)
        assert (status, body) == (200, b"<p>secret</p>")
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_an_index_that_cannot_be_read_is_said():
    def page():
        raise UserError("The index is away.")

    with served(page) as port:
        found = ask(port, Cookie=f"supervision={TOKEN}")
        assert found[:2] == (503, b"The index is away.")


def test_a_short_token_and_a_taken_port_are_refused():
    with pytest.raises(UserError, match="too short"):
        SupervisionServer(Address("127.0.0.1", 0), "x" * 15, str)
    with served(str) as port, pytest.raises(UserError, match="Nothing can be served"):
        SupervisionServer(Address("127.0.0.1", port), TOKEN, str)


def test_it_is_read_in_any_number_of_people(index):
    with index.change() as change:
        for i in range(300):
            add_participant(change, f"p{i:03}")
    began = datetime.now(UTC)
    assert supervision_page(index, NOW).count("<tr>") == 302
    assert datetime.now(UTC) - began < timedelta(seconds=5)
