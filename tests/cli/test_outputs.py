"""Feedback of a whole session, sent to other programs."""

import json
import socket
import threading
import time

import pytest
from pythonosc.osc_message import OscMessage
from websockets.sync.client import connect

from neurofeedback.recording.read.reader import SessionReader

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def page(port: int, heard: list[dict[str, object]]) -> None:
    """Listen as a page that is opened before the session."""
    for _ in range(1000):
        try:
            with connect(f"ws://localhost:{port}") as connection:
                heard += map(json.loads, connection)
            return
        except ConnectionRefusedError:
            time.sleep(0.01)


def test_a_replay_is_followed_over_osc_and_websocket(invoke, eeg_file, tmp_path):
    port, heard = free_port(), []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        receiver.bind((HOST, 0))
        datagrams: list[OscMessage] = []

        def receive() -> None:
            receiver.settimeout(10)
            while datagram := receiver.recv(4096):
                datagrams.append(OscMessage(datagram))

        threads = [
            threading.Thread(target=page, args=(port, heard), daemon=True),
            threading.Thread(target=receive, daemon=True),
        ]
        for thread in threads:
            thread.start()
        outcome = invoke(
            "replay", eeg_file, "-p", "faa-demo", "--speed", "50", "--headless",
            "--out", tmp_path / "out", "--websocket", port,
            "--osc", f"localhost:{receiver.getsockname()[1]}",
        )  # fmt: skip
        assert outcome.exit_code == 0, outcome.stderr
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", receiver.getsockname())
        for thread in threads:
            thread.join(10)
    (folder,) = (tmp_path / "out").glob("sub-replay/ses-*")
    lines = SessionReader(folder).feedback_lines()
    recorded = [int(line.split("\t")[0]) for line in lines]
    assert len(recorded) > 1000
    assert [m.params[0] for m in datagrams if m.address.endswith("/feedback")] == recorded
    assert heard[0]["program"] == "neurofeedback"
    samples = [m["sample"] for m in heard if "sample" in m]
    assert samples == recorded[-len(samples) :]


def test_what_is_refused_is_refused_before_anything_is_recorded(invoke, eeg_file, tmp_path):
    out = tmp_path / "out"
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        for option, value in (
            ("--osc", "192.0.2.1:9000"),
            ("--websocket", "0.0.0.0:9000"),
            ("--websocket", taken.getsockname()[1]),
            ("--osc", "localhost"),
        ):
            outcome = invoke("replay", eeg_file, "-p", "faa-demo", "--out", out, option, value)
            assert outcome.exit_code == 2, (option, value)
    assert not out.exists()


@pytest.mark.parametrize("option", [("--osc", "9000"), ("--outlet", "x")])
def test_nothing_is_sent_at_top_speed(invoke, eeg_file, option):
    outcome = invoke("replay", eeg_file, "-p", "faa-demo", "--speed", "max", *option)
    assert outcome.exit_code == 2
    assert "top speed" in outcome.stderr
