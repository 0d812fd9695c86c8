"""Records without end and says after each chunk how many samples were acknowledged.

Run by test_kill.py, which kills it.
"""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest import Maker

from neurofeedback.recording.write.writer import Frames


def sync_for_ever(recorder, pause):
    while not pause.wait(0.01):
        recorder.sync()


def say(word, number):
    sys.stdout.write(f"{word} {number}\n")
    sys.stdout.flush()


def main(root, n_times):
    make = Maker(Path(root))
    recorder = make.recorder()
    syncing = threading.Thread(target=sync_for_ever, args=(recorder, threading.Event()))
    syncing.daemon = True
    syncing.start()
    first = 0
    while True:
        chunk = make.chunk(first, n_times, gap=0.5 if first // n_times % 10 == 0 else 0.0)
        recorder.append([chunk])
        first += n_times
        say("samples", first)
        recorder.append([Frames(*make.frames(chunk))])
        recorder.append(make.events(chunk))
        say("events", first // n_times)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
