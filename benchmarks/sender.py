"""A sender in a process of its own: ``python -m benchmarks.sender CHANNELS SFREQ SECONDS ID``."""

from __future__ import annotations

import sys

from neurofeedback.acquisition.outlet import StreamOutletThread
from neurofeedback.acquisition.synthetic import SyntheticSource


def main() -> None:
    n_channels, sfreq, seconds, source_id = sys.argv[1:]
    source = SyntheticSource(
        seed=1, n_channels=int(n_channels), sfreq=float(sfreq), seconds=float(seconds)
    )
    with StreamOutletThread(source, name="benchmark", source_id=source_id) as outlet:
        outlet.wait()


if __name__ == "__main__":
    main()
