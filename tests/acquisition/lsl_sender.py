"""A sender of LSL to be killed: a counter on every channel, in microvolts.

Run as ``python lsl_sender.py NAME SOURCE_ID SFREQ LABEL,LABEL UNIT``; sends until it is killed.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pylsl


def main(name: str, source_id: str, sfreq: str, labels: str, unit: str) -> None:
    names = labels.split(",")
    info = pylsl.StreamInfo(name, "EEG", len(names), float(sfreq), pylsl.cf_float32, source_id)
    channels = info.desc().append_child("channels")
    for label in names:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit)
        channel.append_child_value("type", "EEG")
    outlet = pylsl.StreamOutlet(info)
    start, n_sent = pylsl.local_clock(), 0
    while True:
        n_due = int((pylsl.local_clock() - start) * float(sfreq))
        if n_due > n_sent:
            numbers = np.arange(n_sent, n_due, dtype=np.float32)
            times = start + np.arange(n_sent, n_due) / float(sfreq)
            outlet.push_chunk(np.tile(numbers[:, None], (1, len(names))), times.tolist())
            n_sent = n_due
        time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
