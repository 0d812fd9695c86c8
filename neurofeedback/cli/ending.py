"""Signals that end the program: the first one cleanly, a second one at once.

Responsible for hearing them. Not responsible for what is ended.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from neurofeedback.session.ends import told_by

ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def ending_signals(stop: Callable[[str], None]) -> Iterator[list[int]]:
    """Let the first signal to end call `stop` with a reason; a second one interrupts.

    Yields
    ------
    list of int
        Numbers of the signals received.
    """
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        stop(told_by(signal.Signals(number).name))

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    numbers = [getattr(signal, name) for name in ENDING_SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
