"""A desk in a process of its own, to be killed in the middle of a session.

Run as ``python desk_child.py FOLDER``. Walks by keyboard to the first round, pauses and goes on,
waits until the stream is lost and is there again, and says each on standard output; then it only
records on.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from desk_walk import Key, ShortServices, Walk  # noqa: E402

from neurofeedback.gui.application import application  # noqa: E402
from neurofeedback.session.status import RunState  # noqa: E402


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main(folder: str) -> None:
    application()
    walk = Walk(ShortServices(Path(folder), train=120.0))
    walk.to_rounds(seconds=60)
    session = walk.desk.session
    assert session is not None
    running = session.session
    walk.press(Key.Key_Space)
    walk.until(lambda: running.status().state is RunState.PAUSED, what="pause")
    walk.until(lambda: session.operator.banner.kind == "pause", what="words of the pause")
    say("paused", session.operator.banner.text)
    walk.press(Key.Key_Space)
    walk.until(lambda: session.operator.banner.kind == "good", what="the end of the pause")
    say("running")
    walk.until(lambda: session.operator.banner.kind == "alarm", 60, "the alarm")
    say("lost", session.operator.banner.text)
    walk.until(lambda: session.operator.banner.kind == "good", 60, "the stream")
    say("back", walk.step)
    walk.until(lambda: False, 300)


if __name__ == "__main__":
    main(*sys.argv[1:])
