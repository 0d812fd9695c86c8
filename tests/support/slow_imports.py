"""The command line on a computer that loads slowly: what is imported late is seen to be.

Run as ``python slow_imports.py ARGUMENTS``. From when a stream is opened, each module that is not
loaded yet takes a while to load.
"""

from __future__ import annotations

import sys
import time
from importlib.abc import MetaPathFinder

from neurofeedback.acquisition.lsl import LslSource
from neurofeedback.cli.main import main

SECONDS = 0.05


class Slow(MetaPathFinder):
    """Finds nothing, and takes its time for it."""

    def find_spec(self, fullname, path=None, target=None):
        time.sleep(SECONDS)


def _open(source: LslSource, opened=LslSource.open):
    sys.meta_path.insert(0, Slow())
    return opened(source)


if __name__ == "__main__":
    LslSource.open = _open
    main()
