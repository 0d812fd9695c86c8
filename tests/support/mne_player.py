"""A player of another library, to be killed: ``python mne_player.py FILE NAME SOURCE_ID``."""

import sys
import time

import mne
from mne_lsl.player import PlayerLSL


def main(path: str, name: str, source_id: str) -> None:
    raw = mne.io.read_raw(path, preload=True, verbose="error")
    with PlayerLSL(raw, chunk_size=8, name=name, source_id=source_id, annotations=False):
        while True:
            time.sleep(1.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
