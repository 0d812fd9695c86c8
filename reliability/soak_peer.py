"""What stands around a session that goes on for hours: amplifier, stimulus program, game.

Run as ``python -m reliability.soak_peer NAME PORT CHANNELS SFREQ SEED``: sends a synthetic
participant and numbered markers over LSL, and listens to OSC, until a line comes. Then it prints
what it sent and heard.
"""

from __future__ import annotations

import json
import socket
import sys
import threading

import pylsl
from pythonosc.osc_message import OscMessage

from neurofeedback.acquisition.out.address import LOOPBACK
from neurofeedback.acquisition.out.osc import FEEDBACK
from neurofeedback.acquisition.outlet import StreamOutletThread
from neurofeedback.acquisition.synthetic import SyntheticSource

MARKER_SECONDS = 0.1
CHUNK_SECONDS = 0.032
WAIT_SECONDS = 120.0  # for a receiver


class Game:
    """Counts feedback that comes over OSC."""

    def __init__(self, port: int) -> None:
        self.n_heard = self.n_disordered = 0
        self._newest = -1
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind((LOOPBACK, port))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            message = OscMessage(self._socket.recv(4096))
            if message.address == FEEDBACK:
                sample = message.params[0]
                self.n_heard += 1
                self.n_disordered += sample <= self._newest
                self._newest = sample


def send_markers(outlet: pylsl.StreamOutlet, over: threading.Event) -> int:
    """Send a number ten times a second once somebody listens; return how many."""
    n = 0
    while not over.wait(MARKER_SECONDS):
        if outlet.have_consumers():
            n += 1
            outlet.push_sample([str(n)])
    return n


def main(name: str, port: str, n_channels: str, sfreq: str, seed: str) -> None:
    source = SyntheticSource(
        seed=int(seed), n_channels=int(n_channels), sfreq=float(sfreq), chunk_seconds=CHUNK_SECONDS
    )
    info = pylsl.StreamInfo(
        f"{name}-markers", "Markers", 1, pylsl.IRREGULAR_RATE, pylsl.cf_string, f"{name}-markers"
    )
    markers, over, sent = pylsl.StreamOutlet(info), threading.Event(), []
    game = Game(int(port))
    thread = threading.Thread(target=lambda: sent.append(send_markers(markers, over)))
    thread.start()
    with StreamOutletThread(source, name=name, wait_for_consumer=WAIT_SECONDS):
        sys.stdin.readline()
    over.set()
    thread.join()
    heard = {"heard": game.n_heard, "disordered": game.n_disordered, "markers": sent[0]}
    sys.stdout.write(json.dumps(heard) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
