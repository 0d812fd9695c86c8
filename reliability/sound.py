"""Sound for twenty minutes under load, with pauses, and with a device that goes and comes back.

A session with both windows plays a tone and chimes; two processes do nothing but compute. The
device is one in memory that plays by the clock as a real one does, so that every sample that would
have been heard is known: a machine without a sound server can measure, too. One more process does
nothing but sleep: how late it wakes is what no program on this computer can help.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import endless
from benchmarks.table import Table
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.gui.participant.clinic_media import USUAL_MEDIA
from neurofeedback.gui.participant.feeder import PERIOD
from neurofeedback.gui.participant.speaker import BUFFER, DEEPEST, Speaker
from neurofeedback.gui.participant.tones import FADE, RATE
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner

N_BUSY = 2
PAUSE_EVERY, PAUSE = 60.0, 5.0  # s
GONE = 6.0  # s that the device is away, in the middle
FADED = FADE + DEEPEST + 0.3  # s after which a pause must be silent
CLICK = 0.005  # second difference; tone and chimes have less than .003 at this volume
_BYTES = 8  # of a sample: two sides of 4


class NullDevice:
    """Plays what is written to it, by the clock, into nothing; as `QAudioSink` and its device."""

    def __init__(self, world: NullSpeaker) -> None:
        self._world, self._queue = world, np.zeros((0, 2), np.float32)
        self._began, self._played = time.monotonic(), 0

    def bufferSize(self) -> int:  # noqa: N802
        return round(DEEPEST * RATE) * _BYTES

    def bytesFree(self) -> int:  # noqa: N802
        self._play()
        return self.bufferSize() - _BYTES * len(self._queue)

    def write(self, data: bytes) -> int:
        self._play()
        new = np.frombuffer(data, np.float32).reshape(-1, 2)
        self._queue = np.concatenate([self._queue, new])
        return len(data)

    def error(self) -> Any:
        from PySide6 import QtMultimedia

        errors = QtMultimedia.QtAudio.Error
        return errors.NoError if self._world.present else errors.FatalError

    def stop(self) -> None:
        self._play()

    def deleteLater(self) -> None:  # noqa: N802
        self._queue = self._queue[:0]

    def _play(self) -> None:
        """Play what was due until now; what was not there in time is a break."""
        due = round((time.monotonic() - self._began) * RATE) - self._played
        self._played += due
        self._world.heard.take(self._queue[:due, 0], max(0, due - len(self._queue)))
        self._queue = self._queue[due:]


class NullSpeaker(Speaker):
    """The speaker on a device that plays into nothing, and may be taken away."""

    def __init__(self) -> None:
        super().__init__()
        self.heard, self.present = Heard(), True

    def open(self) -> str | None:
        self.close()
        if not self.present:
            return "No sound: no audio device was found."
        self._sink = self._device = NullDevice(self)  # type: ignore[assignment]
        self._whole, self._sounding = False, False
        self._set_depth(self.latency)
        self._opened_at = self._accepted_at = self._clock()
        return None


class Heard:
    """What was heard, as figures.

    Attributes
    ----------
    breaks : list of float
        Length in s of each break that could be heard.
    clicks : int
        Samples at which the sound turned more sharply than tones do.
    sharpest, loudest : float
        Largest second difference; largest value since `listen`.
    """

    def __init__(self) -> None:
        self.n_samples, self.clicks, self.sharpest = 0, 0, 0.0
        self.breaks: list[float] = []
        self._last = np.zeros(2, np.float32)
        self._turn = threading.Lock()  # one thread plays, another asks how loud it was
        self.listen()

    def listen(self) -> None:
        """Forget how loud it was."""
        with self._turn:
            self.loudest = 0.0

    def take(self, samples: np.ndarray, n_missing: int) -> None:
        """Take what was played, and how many samples were missing after it."""
        if samples.size:
            joined = np.concatenate([self._last, samples.astype(np.float64)])
            sharp = np.abs(np.diff(joined, 2))
            self.clicks += int((sharp > CLICK).sum())
            self.sharpest = max(self.sharpest, float(sharp.max()))
            with self._turn:
                self.loudest = max(self.loudest, float(np.abs(samples).max()))
            self._last = joined[-2:]
            self.n_samples += samples.size
        if n_missing and self._last[-1] != 0.0:
            self.breaks.append(n_missing / RATE)
            self._last = np.zeros(2)


@contextmanager
def _busy(n: int) -> Iterator[Any]:
    """Keep the computer busy; give how often a sleeper woke later than the buffer, and how late."""
    context = multiprocessing.get_context("spawn")
    late = context.Array("d", 2)
    workers = [context.Process(target=_compute, daemon=True) for _ in range(n)]
    workers.append(context.Process(target=_sleep, args=(late,), daemon=True))
    for worker in workers:
        worker.start()
    try:
        yield late
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def _compute() -> None:
    x = 0.0
    while True:
        x = math.sin(x + 1.0)


def _sleep(late: Any) -> None:
    while True:
        before = time.monotonic()
        time.sleep(PERIOD)
        lost = time.monotonic() - before - PERIOD
        late[0] += lost > BUFFER
        late[1] = max(late[1], lost)


def sound(quick: bool, minutes: float | None = None) -> list[Table]:
    """Play for so many minutes, 20 by default."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    seconds = 60.0 * (minutes or (2.0 if quick else 20.0))
    with tempfile.TemporaryDirectory() as folder, _busy(N_BUSY) as late:
        table = _played(Path(folder), seconds)
        table.add("a process that only sleeps woke too late", late[0], "times")
        table.add("latest", 1e3 * late[1], "ms")
        return [table]


def _session(root: Path) -> SessionRunner:
    spec = endless("faa-up")
    display = spec.display.model_copy(update={"sound": "tone"})
    spec = spec.model_copy(update={"display": display})
    source = SyntheticSource(seed=1, speed=1.0, artifacts=False)
    prepared = prepare_session(source, spec, root=root, participant="p1", started=datetime.now(UTC))
    return SessionRunner.of(prepared)


def _played(root: Path, seconds: float) -> Table:
    from neurofeedback.gui._qt import QtCore
    from neurofeedback.gui.application import application
    from neurofeedback.gui.windows import SessionWindows

    application()
    runner, speaker = _session(root), NullSpeaker()
    runner.start()
    windows = SessionWindows(runner, media=USUAL_MEDIA, output=speaker)
    windows.show()
    watch = Watch(runner, speaker, windows.sound, seconds)
    timer, loop = QtCore.QTimer(), QtCore.QEventLoop()
    timer.timeout.connect(lambda: watch.look() or loop.quit())
    timer.start(50)
    loop.exec()
    timer.stop()
    windows.close()
    runner.stop()
    runner.wait()
    return watch.table()


class Watch:
    """Pauses the session, takes the device away and gives it back, as time goes on."""

    def __init__(
        self, runner: SessionRunner, speaker: NullSpeaker, sound: Any, seconds: float
    ) -> None:
        self._runner, self._speaker, self._sound, self._seconds = runner, speaker, sound, seconds
        self._began = self._paused_at = time.monotonic()
        self._paused, self._faded = False, False
        self.pauses: list[float] = []
        self.lowest_level = math.inf
        self.load: list[float] = []
        self.came_back: float | None = None
        self._gone_at = self._back_at = math.inf

    def look(self) -> bool:
        """Do what is due; return whether it goes on."""
        now = time.monotonic()
        self._pause(now)
        self._take_away(now)
        self.load.append(os.getloadavg()[0])
        return now - self._began < self._seconds

    def _pause(self, now: float) -> None:
        heard, since = self._speaker.heard, now - self._paused_at
        if self._paused and not self._faded and since > FADED:
            heard.listen()
            self._faded = True
        elif self._paused and since > PAUSE:
            self.pauses.append(heard.loudest)
            heard.listen()
            self._runner.command(Command(CommandName.RESUME))
            self._paused, self._paused_at = False, now
        elif not self._paused and since > PAUSE_EVERY:
            self.lowest_level = min(self.lowest_level, heard.loudest)
            self._runner.command(Command(CommandName.PAUSE))
            self._paused, self._faded, self._paused_at = True, False, now

    def _take_away(self, now: float) -> None:
        middle = self._began + self._seconds / 2
        if math.isinf(self._gone_at) and now > middle and not self._paused:
            self._speaker.present, self._gone_at = False, now
        elif not self._speaker.present and now > self._gone_at + GONE:
            self._speaker.present, self._back_at = True, now
        elif self.came_back is None and self._speaker.present and now > self._back_at:
            if self._sound.playing:
                self.came_back = now - self._back_at

    def table(self) -> Table:
        """Return what was heard."""
        heard = self._speaker.heard
        longest = 1e3 * max(heard.breaks, default=0.0)
        minutes = self._seconds / 60
        table = Table(
            f"Tone and chimes for {minutes:g} min, {N_BUSY} busy processes beside them",
            ["what", "value", "unit"],
        )
        for row in (
            ("played", heard.n_samples / RATE / 60, "min"),
            ("breaks that could be heard", len(heard.breaks), ""),
            ("longest break", longest, "ms"),
            ("clicks (turns that no tone makes)", heard.clicks, ""),
            ("sharpest turn; a click has more than .005", heard.sharpest, ""),
            ("pauses", len(self.pauses), ""),
            ("loudest in a pause, once it has faded", max(self.pauses, default=math.nan), ""),
            ("lowest peak of a minute between pauses", self.lowest_level, ""),
            ("device away for", GONE, "s"),
            ("heard again after", self.came_back or math.nan, "s"),
            ("buffer at the end", 1e3 * self._speaker.latency, "ms"),
            ("load of the computer, mean", float(np.mean(self.load)), "processes"),
        ):
            table.add(*row)
        return table
