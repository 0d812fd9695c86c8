"""The rival in a process of its own: StreamLSL of mne-lsl and a Welch window of 1 s at 2 Hz.

``python -m benchmarks.rival SOURCE_ID SECONDS`` prints its figures as JSON. What it computes is
what is common in the field: the last second, average reference, Welch, ln of alpha power right
minus left, every 500 ms.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from mne_lsl.lsl import local_clock
from mne_lsl.stream import StreamLSL
from scipy.signal import welch


def main() -> None:
    source_id, seconds = sys.argv[1], float(sys.argv[2])
    stream = StreamLSL(bufsize=2.0, source_id=source_id)
    stream.connect(acquisition_delay=0.02, timeout=10)
    stream.set_eeg_reference("average")
    left, right = (stream.ch_names.index(name) for name in ("F3", "F4"))
    time.sleep(2.0)
    ages, taken = [], []
    cpu, begun = time.process_time(), time.perf_counter()
    n_updates = 0
    while time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        data, stamps = stream.get_data(winsize=1.0)
        freqs, power = welch(data[[left, right]], stream.info["sfreq"], nperseg=data.shape[1])
        alpha = power[:, (freqs >= 8) & (freqs <= 13)].mean(axis=1)
        float(np.log(alpha[1]) - np.log(alpha[0]))
        taken.append(time.perf_counter() - start)
        ages.append(local_clock() - stamps[-1])
        n_updates += 1
        time.sleep(max(0.0, begun + 0.5 * n_updates - time.perf_counter()))
    wall = time.perf_counter() - begun
    stream.disconnect()
    figures = {
        "cpu_share": (time.process_time() - cpu) / wall,
        "updates_per_s": n_updates / wall,
        "step_ms": 1e3 * float(np.median(taken)),
        "newest_sample_age_ms": 1e3 * float(np.median(ages)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
