"""Feedback over OSC and WebSocket: all in order, nobody waited for, nothing concealed told."""

import json
import math
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest
from out_frames import FRAMES, MARKERS, OPEN_MARKERS, SCORE, frame
from pythonosc.osc_message import OscMessage
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection, connect

from neurofeedback.acquisition.out.address import Address, read_address
from neurofeedback.acquisition.out.osc import FEEDBACK, MARKER, OscOutlet
from neurofeedback.acquisition.out.websocket import WAITING, WebSocketOutlet
from neurofeedback.errors import UserError

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


@contextmanager
def osc(*, concealed: bool = False) -> Iterator[tuple[OscOutlet, socket.socket]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind((HOST, 0))
        receiver.settimeout(10)
        with closing(OscOutlet(Address(HOST, receiver.getsockname()[1]))) as outlet:
            outlet.begin(SCORE, concealed=concealed)
            yield outlet, receiver


@contextmanager
def websocket(*, concealed: bool = False) -> Iterator[tuple[WebSocketOutlet, str]]:
    address = Address(HOST, free_port())
    with closing(WebSocketOutlet(address)) as outlet:
        outlet.begin(SCORE, concealed=concealed)
        yield outlet, f"ws://{address}"


def told(client: ClientConnection, n: int) -> list[dict[str, object]]:
    return [json.loads(client.recv(timeout=10)) for _ in range(n)]


def test_osc_sends_markers_and_values_in_order() -> None:
    with osc() as (outlet, receiver):
        for one in FRAMES:
            outlet.send(one)
        messages = [OscMessage(receiver.recv(4096)) for _ in range(len(FRAMES) + len(MARKERS))]
    assert [m.params[0] for m in messages if m.address == MARKER] == MARKERS
    rows = [m.params for m in messages if m.address == FEEDBACK]
    assert [row[0] for row in rows] == [f.sample for f in FRAMES]
    assert math.isnan(rows[0][2])
    assert rows[2] == [23, 23 / 250, 0.75, 0.25, 0.5, 1, 1]


def test_osc_of_a_concealed_session_tells_blocks_and_holds_only() -> None:
    with osc(concealed=True) as (outlet, receiver):
        for one in FRAMES:
            outlet.send(one)
        outlet.send(frame(47, held="blink"))
        heard = []
        while not heard or heard[-1] != "hold blink":
            heard.append(OscMessage(receiver.recv(4096)).params[0])
    assert heard == [*OPEN_MARKERS, "hold blink"]


def test_nobody_listening_to_osc_is_no_error() -> None:
    with closing(OscOutlet(Address(HOST, free_port()))) as outlet:
        outlet.begin(SCORE, concealed=False)
        for one in FRAMES * 10:
            outlet.send(one)


def test_websocket_sends_markers_and_values_in_order() -> None:
    with websocket() as (outlet, url), connect(url) as client:
        (hello,) = told(client, 1)
        assert hello["score"] == SCORE.label
        for one in FRAMES:
            outlet.send(one)
        messages = told(client, len(FRAMES) + len(MARKERS))
    assert [m["marker"] for m in messages if "marker" in m] == MARKERS
    rows = [m for m in messages if "sample" in m]
    assert [row["sample"] for row in rows] == [f.sample for f in FRAMES]
    assert rows[0]["value"] is None
    assert rows[2]["reward"] is True


def test_websocket_of_a_concealed_session_tells_blocks_and_holds_only() -> None:
    with websocket(concealed=True) as (outlet, url), connect(url) as client:
        assert told(client, 1) == [{"program": "neurofeedback", "concealed": True}]
        for one in [*FRAMES, frame(47, held="blink")]:
            outlet.send(one)
        heard = [m["marker"] for m in told(client, len(MARKERS))]
    assert heard == [*OPEN_MARKERS, "hold blink"]


@pytest.mark.parametrize("concealed", [False, True])
def test_who_comes_later_is_told_where_the_session_stands(concealed: bool) -> None:
    with websocket(concealed=concealed) as (outlet, url):
        for one in FRAMES[:4]:
            outlet.send(one)
        with connect(url) as client:
            assert [m.get("marker") for m in told(client, 3)] == [
                None, "block 2 train", "hold amplitude F3",
            ]  # fmt: skip
        outlet.send(FRAMES[4])
        with connect(url) as client:
            assert [m.get("marker") for m in told(client, 2)] == [None, "block 2 train"]
            outlet.send(frame(47, held="blink"))
            assert told(client, 1) == [{"marker": "hold blink"}]


def test_what_was_sent_last_arrives_before_the_end() -> None:
    with websocket() as (outlet, url), connect(url) as client:
        told(client, 1)
        outlet.send(frame(1))
        outlet.close()
        assert [m.get("sample") for m in told(client, 2)] == [None, 1]
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=10)


def test_a_client_that_does_not_read_delays_nobody_and_is_told_what_it_missed() -> None:
    n = 8_000
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    with websocket() as (outlet, url):
        narrow.connect((HOST, int(url.rpartition(":")[2])))
        with connect(url, sock=narrow, max_queue=1) as idle, connect(url) as client:
            told(idle, 1)
            told(client, 1)
            slowest = 0.0
            for sample in range(n):
                start = time.perf_counter()
                outlet.send(frame(sample))
                slowest = max(slowest, time.perf_counter() - start)
                if sample == 0:
                    told(client, 1)  # the marker of the block
                assert told(client, 1)[0]["sample"] == sample
            heard: list[dict[str, object]] = []
            while not heard or heard[-1].get("sample") != n - 1:
                heard += told(idle, 1)
    samples = [int(str(m["sample"])) for m in heard if "sample" in m]
    skipped = sum(int(str(m["skipped"])) for m in heard if "skipped" in m)
    assert slowest < 0.5  # the machine may pause a thread; a client may not
    assert samples == sorted(samples)
    assert skipped > 0
    assert len(samples) + skipped == n
    assert len(samples) >= WAITING


UPGRADE = (
    "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
RUBBISH = b"\x81\xfe\x0f\x00" + bytes(4) + b"x" * 0x0F00  # a text of 3840 bytes, masked by zeros


def talk(talker: socket.socket, n: int) -> None:
    for _ in range(n):
        talker.sendall(RUBBISH)


def test_a_client_that_talks_without_end_is_made_to_wait() -> None:
    with websocket() as (outlet, url), socket.socket() as talker:
        talker.connect((HOST, int(url.rpartition(":")[2])))
        talker.sendall(UPGRADE.format(host=url.removeprefix("ws://")).encode())
        assert talker.recv(12) == b"HTTP/1.1 101"
        talker.settimeout(0.2)
        with pytest.raises(TimeoutError):
            talk(talker, 20_000)  # 80 MB
        with connect(url) as client:
            told(client, 1)
            outlet.send(frame(1))
            assert told(client, 2)[1]["sample"] == 1


def test_a_client_that_sends_too_much_at_once_is_let_go() -> None:
    with websocket() as (outlet, url), connect(url) as talker, connect(url) as client:
        with suppress(ConnectionClosed):  # while it sends, or when it reads on
            talker.send("rubbish" * 1_500_000)
            list(talker)
        assert talker.close_code == CloseCode.MESSAGE_TOO_BIG
        told(client, 1)
        outlet.send(frame(1))
        assert told(client, 2)[1]["sample"] == 1


def test_pages_of_other_sites_may_not_listen() -> None:
    with websocket() as (_, url):
        for origin in ("https://example.org", "http://localhost.example.org"):
            with pytest.raises(InvalidStatus), connect(url, origin=origin):  # type: ignore[arg-type]
                pass
        for origin in ("null", "http://localhost:8000"):
            with connect(url, origin=origin):  # type: ignore[arg-type]
                pass


def test_a_port_in_use_is_said() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"127.0.0.1:{port}.*another port"):
            WebSocketOutlet(Address(HOST, port))


def test_addresses() -> None:
    assert read_address("9000", "--osc", to_network=False) == Address(HOST, 9000)
    assert read_address("localhost:9000", "--osc", to_network=False).local
    assert str(read_address("[::1]:9000", "--osc", to_network=False)) == "[::1]:9000"
    assert not read_address("10.0.0.5:9000", "--osc", to_network=True).local


@pytest.mark.parametrize("text", ["10.0.0.5:9000", "0.0.0.0:9000", "amp-pc:9000", ":::9000"])
def test_other_computers_are_reached_only_if_wanted(text: str) -> None:
    with pytest.raises(UserError, match="--to-network"):
        read_address(text, "--websocket", to_network=False)


@pytest.mark.parametrize("text", ["", "localhost", "localhost:", "0", "65536", "x:9a", "²"])
def test_no_address(text: str) -> None:
    with pytest.raises(UserError, match="--osc needs a port"):
        read_address(text, "--osc", to_network=False)
