"""The newest feedback frames, for those who poll.

Responsible for keeping a bounded number of them and for cursors. Not responsible for what is on
disk, where all of them are.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from neurofeedback.frames import FeedbackFrame

HISTORY_FRAMES = 20_000


class FrameHistory:
    """Keep the last `HISTORY_FRAMES` frames; one thread adds, any may read."""

    def __init__(self) -> None:
        self._frames: deque[FeedbackFrame] = deque(maxlen=HISTORY_FRAMES)
        self._n_frames = 0
        self._lock = threading.Lock()

    def extend(self, frames: Sequence[FeedbackFrame]) -> None:
        """Add frames."""
        with self._lock:
            self._frames.extend(frames)
            self._n_frames += len(frames)

    def since(self, cursor: int) -> tuple[list[FeedbackFrame], int]:
        """Return the frames since `cursor` (0 is the start), and the next cursor."""
        with self._lock:
            n_new = min(self._n_frames - cursor, len(self._frames))
            return [self._frames[i] for i in range(-n_new, 0)], self._n_frames
