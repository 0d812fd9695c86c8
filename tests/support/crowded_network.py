"""A stream on a computer with more outlets than LSL has ports.

Run as ``python crowded_network.py N`` with liblsl's settings in ``LSLAPICFG``: a sender starts
after N others, and another after it, so that no search sees it any more. It stalls for some
seconds, sends on, and ends. Prints as JSON what the source said meanwhile.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import pylsl

from neurofeedback.acquisition.lsl import LslSource
from neurofeedback.errors import UserError

SFREQ = 250.0
STALL_SECONDS = 6.0  # longer than it takes to be thought gone
LOST_SECONDS = 5.0


def outlet(name: str) -> pylsl.StreamOutlet:
    """Open a stream of two channels."""
    info = pylsl.StreamInfo(name, "EEG", 2, SFREQ, pylsl.cf_float32, f"id-{name}")
    channels = info.desc().append_child("channels")
    for label in ("F3", "F4"):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "microvolts")
    return pylsl.StreamOutlet(info)


def main(n: int) -> None:
    others = [outlet(f"other-{i}") for i in range(n)]
    sender = outlet("amplifier")
    source = LslSource("amplifier", timeout=10.0)
    source.open()
    others.append(outlet("one-more"))
    said = {"received": 0, "connected": True, "refused": None, "lost": None, "none": ""}

    def receive(seconds: float, send: pylsl.StreamOutlet | None) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if send is not None:
                send.push_chunk(np.full((5, 2), 1.0, np.float32).tolist())
            chunk = source.read(0.02)
            said["received"] += 0 if chunk is None else chunk.n_times

    receive(1.0, sender)
    said["before"] = said["received"]
    until = time.monotonic() + STALL_SECONDS
    while time.monotonic() < until:
        receive(0.1, None)
        said["connected"] &= source.connected
    receive(1.0, sender)
    said["after"] = said["received"] - said["before"]
    said["refused"] = source.refused
    del sender
    receive(LOST_SECONDS, None)
    said["lost"] = source.hidden
    source.close()
    try:
        LslSource("never-there", timeout=1.0).open()
    except UserError as error:
        said["none"] = str(error)
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
