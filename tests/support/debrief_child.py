"""A desk in a process of its own, to be killed while somebody writes the note after a session.

Run as ``python debrief_child.py FOLDER NOTE``. Ends a session in its first round, types the note,
and says so on standard output; then it waits.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from desk_walk import CONTROL, Key, ShortServices, Walk  # noqa: E402

from neurofeedback.gui.application import application  # noqa: E402
from neurofeedback.gui.desk.steps import Step  # noqa: E402


def main(folder: str, note: str) -> None:
    application()
    walk = Walk(ShortServices(Path(folder)))
    walk.to_rounds(seconds=60)
    walk.press(Key.Key_E, modifier=CONTROL)
    walk.press(Key.Key_Return)
    walk.until_step(Step.DEBRIEF)
    walk.press(Key.Key_Tab, note)
    sys.stdout.write("typed\n")
    sys.stdout.flush()
    walk.until(lambda: False, 300)


if __name__ == "__main__":
    main(*sys.argv[1:])
