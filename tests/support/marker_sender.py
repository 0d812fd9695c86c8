"""A sender of markers over LSL, in a process whose clock may be another than that of the rest.

Run as ``python marker_sender.py NAME N OFFSET KIND``: waits for a line, sends N markers, and ends
when nobody listens any more. Each marker says when it was sent, on the receiver's clock; of the
KIND ``number`` it is a number, and ``flood`` sends 10,000 numbers a second as text. Ends at once
with code 77 where the system gives no process a clock of its own.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time

NEW_TIME = 0x80  # CLONE_NEWTIME
NOT_HERE = 77
FLOOD = 10_000  # markers a second


def shift_clock(seconds: float) -> None:
    """Let processes that are started from here on have a monotonic clock that is ahead."""
    if not hasattr(ctypes.CDLL(None), "unshare") or ctypes.CDLL(None).unshare(NEW_TIME):
        raise OSError
    with open("/proc/self/timens_offsets", "w", encoding="ascii") as file:
        file.write(f"monotonic 0 {round(seconds * 1e9)}\n")


def send(name: str, n: int, offset: float, kind: str) -> None:
    import pylsl

    sent_as = pylsl.cf_int32 if kind == "number" else pylsl.cf_string
    info = pylsl.StreamInfo(name, "Markers", 1, pylsl.IRREGULAR_RATE, sent_as, f"id-{name}")
    outlet = pylsl.StreamOutlet(info)
    sys.stdin.readline()
    if kind == "flood":
        flood(outlet, n)
    else:
        one_by_one(outlet, n, offset, kind)
    while outlet.have_consumers():
        time.sleep(0.1)


def one_by_one(outlet, n: int, offset: float, kind: str) -> None:
    """Send with the pauses of an experiment."""
    from pylsl import local_clock

    for i in range(n):
        now = local_clock()
        outlet.push_sample([f"{now - offset:.9f}" if kind == "text" else i], now)
        time.sleep(0.001 * (i % 7))


def flood(outlet, n: int) -> None:
    """Send as a program that has lost its way."""
    began = time.monotonic()
    sent = 0
    while sent < n:
        due = min(n, round(FLOOD * (time.monotonic() - began)))
        if due > sent:
            outlet.push_chunk([[str(i)] for i in range(sent, due)])
            sent = due
        time.sleep(0.01)


if __name__ == "__main__":
    ahead = float(sys.argv[3])
    if ahead and "shifted" not in os.environ:
        try:
            shift_clock(ahead)
        except OSError:
            sys.exit(NOT_HERE)
        child = subprocess.Popen([sys.executable, *sys.argv], env={**os.environ, "shifted": "1"})
        sys.exit(child.wait())
    send(sys.argv[1], int(sys.argv[2]), ahead, sys.argv[4])
