"""Feedback over OSC and WebSocket on this computer: nothing lost, in order, soon, for anybody.

The receiver is a process of its own, as a game or a browser is.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress

import numpy as np

from benchmarks.table import Table
from neurofeedback.acquisition.out.address import LOOPBACK, Address
from neurofeedback.acquisition.out.news import Outlet
from neurofeedback.acquisition.out.osc import FEEDBACK, OscOutlet
from neurofeedback.acquisition.out.websocket import WebSocketOutlet
from neurofeedback.frames import FeatureDescriptor, FeedbackFrame

SCORE = FeatureDescriptor("faa", "ln ratio", "ln P(F4) - ln P(F3)", 0.2, 1.0)
RATE = 1000.0  # frames a second; a session has about 31
TURN = round(RATE)  # frames that a way sends before the next has its turn
MISSING = -1  # sample number that says that nothing follows


class Bare:
    """A number and a time in a datagram: what this machine takes by itself."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((LOOPBACK, port))

    def begin(self, score: FeatureDescriptor, *, concealed: bool) -> None: ...

    def send(self, frame: FeedbackFrame) -> None:
        self._socket.send(struct.pack("qd", frame.sample, frame.time))

    def close(self) -> None:
        self._socket.close()


def out(quick: bool) -> Table:
    """Send frames faster than any session, beside WebSocket clients that do and do not read.

    Send: the time that a session's engine spends. Added: from before sending until the receiver has
    read the values. The bare datagram is what the machine itself takes under its present load. All
    ways take turns, a second each, so that each meets the same load; the p99 of a typical second
    is the median of those of all seconds.
    """
    n = 10_000 if quick else 100_000
    table = Table(
        f"{n} frames, {RATE:.0f} a second, to a process on this computer (limit: p99 < 5 ms)",
        ["how", "lost", "out of order", "added p50 ms", "p99 ms", "of a typical second", "max ms",
         "send p99 ms", "send max ms"],
    )  # fmt: skip
    with ExitStack() as stack:
        ways = {
            how: stack.enter_context(closing(_Way(how)))
            for how in (
                "bare datagram",
                "osc",
                "websocket",
                "websocket beside a client that does not read",
            )
        }
        for first in range(0, n, TURN):
            for way in ways.values():
                way.send(range(first, first + TURN))
        for how, way in ways.items():
            table.add(how, *way.figures(n))
    return table


class _Way:
    """A way out, and a process that listens at its end."""

    def __init__(self, how: str) -> None:
        port = free_port()
        kind = how.split()[0]
        self._outlet: Outlet
        if kind == "bare":
            self._outlet = Bare(port)
        elif kind == "osc":
            self._outlet = OscOutlet(Address(LOOPBACK, port))
        else:
            self._outlet = WebSocketOutlet(Address(LOOPBACK, port))
        self._outlet.begin(SCORE, concealed=False)
        command = [sys.executable, "-m", "benchmarks.out", kind, str(port)]
        self._receiver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._receiver.stdout is not None
        self._receiver.stdout.readline()  # it listens
        self._idle = ExitStack()
        if "beside" in how:
            from websockets.sync.client import connect

            url = f"ws://{LOOPBACK}:{port}"
            self._idle.enter_context(connect(url, max_queue=1, ping_interval=None))
        self._took: list[float] = []

    def send(self, samples: range) -> None:
        """Send frames of these samples, evenly in time."""
        start = time.perf_counter()
        for i, sample in enumerate(samples):
            time.sleep(max(0.0, start + i / RATE - time.perf_counter()))
            now = time.perf_counter()
            self._outlet.send(FeedbackFrame(sample, now, 0.5, 0.3, 0.2, False, True, 0, "train"))
            self._took.append(time.perf_counter() - now)

    def figures(self, n: int) -> list[float]:
        """Return a row of the table, of the `n` frames that were sent."""
        time.sleep(0.5)
        with suppress(ConnectionRefusedError):  # it has heard the first and gone
            for _ in range(3):  # a datagram of the end may be lost as any
                self._outlet.send(
                    FeedbackFrame(MISSING, 0.0, 0.5, 0.3, 0.2, False, True, 0, "train")
                )
        heard = json.loads(self._receiver.communicate(timeout=60)[0])
        samples, ms = np.array(heard["samples"]), 1e3 * np.array(heard["seconds"])
        turns = [np.percentile(ms[samples // TURN == i], 99) for i in set(samples // TURN)]
        sending = 1e3 * np.array(self._took)
        return [
            n - len(set(samples.tolist())),
            int((np.diff(samples) < 0).sum()),
            *np.percentile(ms, [50, 99]),
            float(np.median(turns)),
            ms.max(),
            np.percentile(sending, 99),
            sending.max(),
        ]

    def close(self) -> None:
        self._idle.close()
        self._outlet.close()
        self._receiver.kill()
        self._receiver.wait()


def free_port() -> int:
    """Return a port of this computer that nobody uses."""
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])


def _receive(kind: str, port: int) -> None:
    samples: list[int] = []
    seconds: list[float] = []

    def take(sample: int, sent: float) -> bool:
        if sample == MISSING:
            return False
        samples.append(sample)
        seconds.append(time.perf_counter() - sent)
        return True

    if kind == "bare":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            receiver.bind((LOOPBACK, port))
            print("listening", flush=True)
            while take(*struct.unpack("qd", receiver.recv(16))):
                pass
    elif kind == "osc":
        from pythonosc.osc_message import OscMessage

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            receiver.bind((LOOPBACK, port))
            print("listening", flush=True)
            more = True
            while more:
                message = OscMessage(receiver.recv(4096))
                more = message.address != FEEDBACK or take(*message.params[:2])
    else:
        from websockets.sync.client import connect

        with connect(f"ws://{LOOPBACK}:{port}", max_queue=None, compression=None) as connection:
            print("listening", flush=True)
            for text in connection:
                fields = json.loads(text)
                if "sample" in fields and not take(fields["sample"], fields["stream_time"]):
                    break
    print(json.dumps({"samples": samples, "seconds": seconds}))


if __name__ == "__main__":
    _receive(sys.argv[1], int(sys.argv[2]))
