"""A sender of EEG over LSL, to be killed.

Run as ``python eeg_sender.py NAME``; sends a synthetic participant in real time until it is killed.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import pylsl  # noqa: E402

from neurofeedback.acquisition.synthetic import SyntheticSource  # noqa: E402

MICROVOLTS = 1e6


def main(name: str) -> None:
    source = SyntheticSource(artifacts=False)
    stream = source.open()
    info = pylsl.StreamInfo(
        name, "EEG", stream.n_channels, stream.sfreq, pylsl.cf_float32, f"id-{name}"
    )
    channels = info.desc().append_child("channels")
    for label in stream.ch_names:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "uV")
        channel.append_child_value("type", "EEG")
    outlet = pylsl.StreamOutlet(info)
    sys.stdout.write("sending\n")
    sys.stdout.flush()
    while True:
        chunk = source.read(1.0)
        if chunk is not None:
            outlet.push_chunk((chunk.data * MICROVOLTS).astype("float32"))


if __name__ == "__main__":
    main(*sys.argv[1:])
