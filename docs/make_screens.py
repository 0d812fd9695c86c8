"""Render the windows during a replay of a recording, as pictures for the documentation.

    python docs/make_screens.py FILE [--out docs/screens] [--all]

The session is a real one (source, engine, runner, recorder), the windows are the real windows; only
the recording is not kept. Runs without a display. The participant's pictures are JPEG: their grain
makes PNG files of a megabyte.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

SMALL, LARGE = (1366, 768), (1920, 1080)
STATES = ("baseline", "training", "hold", "pause", "end", "stale", "start")
SHOWN = {SMALL: ("training", "hold", "stale", "start"), LARGE: ("training",)}
PATIENCE_MS = 120_000


def main() -> int:
    """Render the screens."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="a recording of a minute or more with F3 and F4")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "screens")
    parser.add_argument("--protocol", default="faa-demo")
    parser.add_argument("--speed", type=float, default=4.0)
    parser.add_argument("--all", action="store_true", help="every state in every size")
    parser.add_argument("--show", action="store_true", help="on the screen instead of unseen")
    parser.add_argument("--scheme", default="dark", choices=("dark", "light"))
    parser.add_argument("--language", default="en")
    args = parser.parse_args()
    if not args.show:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    args.out.mkdir(parents=True, exist_ok=True)
    choose_look(args.scheme, args.language)
    for size, states in SHOWN.items():
        render(args, size, STATES if args.all else states)
    return 0


def choose_look(scheme: str, language: str) -> None:
    """Use a theme and a language in all pictures, whatever the system says."""
    from neurofeedback.gui.app import application, speak
    from neurofeedback.gui.look import look

    speak(application(), language)
    look().choose(scheme)


def render(args: argparse.Namespace, size: tuple[int, int], states: tuple[str, ...]) -> None:
    """Render some states in one size: from a whole session, and from one whose stream stops."""
    from neurofeedback.acquisition.replay import ReplaySource

    label = f"{size[0]}x{size[1]}"
    whole = ReplaySource(args.file, speed=args.speed)
    with opened(whole, args.protocol, size) as (windows, runner):
        grab_states(windows, runner, label, args.out, states)
    if "stale" in states:
        falling = Falling(ReplaySource(args.file, speed=args.speed), 22.0)
        with opened(falling, args.protocol, size) as (windows, _):
            wait_until(lambda: windows.operator.banner.kind == "alarm")
            settle(1500)
            grab_both(windows, f"stale-{label}", args.out)
    if "start" in states:
        render_start(size, args.out)


@contextmanager
def opened(source, protocol: str, size: tuple[int, int]):  # type: ignore[no-untyped-def]
    """Run a session of `source` with both windows; end and forget it afterwards."""
    from neurofeedback.gui.app import SessionWindows, application
    from neurofeedback.protocols.protocol_file import load_protocol
    from neurofeedback.session.prepare import prepare_session
    from neurofeedback.session.runner import SessionRunner

    application()
    with tempfile.TemporaryDirectory() as root:
        made = prepare_session(
            source, load_protocol(protocol), root=Path(root), participant="01",
            started=datetime.now(UTC),
        )  # fmt: skip
        runner = SessionRunner(
            made.source, made.info, made.spec, made.engine, made.recorder,
            folder=Path("recordings/sub-01/ses-01"),
        )  # fmt: skip
        runner.start()
        windows = SessionWindows(runner)
        for window in (windows.operator, windows.participant):
            window.setFixedSize(*size)
        windows.show()
        try:
            yield windows, runner
        finally:
            runner.stop("screens rendered")
            runner.wait(30)
            windows.release()


class Falling:
    """A live stream, as far as the runner knows, that falls silent after `seconds`."""

    live = True
    connected = True
    exhausted = False

    def __init__(self, source, seconds: float) -> None:  # type: ignore[no-untyped-def]
        self._source = source
        self._seconds = seconds
        self._stop = 0.0

    def open(self):  # type: ignore[no-untyped-def]
        """Open the source."""
        info = self._source.open()
        self._stop = self._seconds * info.sfreq
        return info

    def read(self, timeout: float):  # type: ignore[no-untyped-def]
        """Read on, or wait for nothing."""
        chunk = self._source.read(timeout) if self._stop > 0 else None
        if chunk is None:
            time.sleep(min(timeout, 0.02))
        else:
            self._stop = self._stop if chunk.stop_sample < self._stop else 0.0
        return chunk

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def grab_both(windows, label: str, out: Path) -> None:  # type: ignore[no-untyped-def]
    """Save both windows as they are."""
    windows.operator.grab().save(str(out / f"operator-{label}.png"))
    windows.participant.grab().save(str(out / f"participant-{label}.jpg"), quality=92)


def grab_states(  # type: ignore[no-untyped-def]
    windows, runner, label: str, out: Path, states: tuple[str, ...]
) -> None:
    """Grab baseline, training, hold, pause and end as they come."""

    def progress():  # type: ignore[no-untyped-def]
        return runner.status().progress

    def ended() -> bool:
        return str(runner.status().state) in ("finished", "failed")

    conditions = {
        "baseline": lambda: progress().phase == "baseline" and progress().elapsed > 5,
        "hold": lambda: holding(windows),
        "training": lambda: runner.latest.sample > 6000 and rewarded(windows),
    }
    wanted = {name: met for name, met in conditions.items() if name in states}
    wait_until(lambda: runner.latest is not None)
    windows.operator.mark("eyes open")
    while wanted and not ended():
        wait_until(lambda: ended() or any(met() for met in wanted.values()))
        for name in [n for n, met in wanted.items() if met()]:
            grab_both(windows, f"{name}-{label}", out)
            del wanted[name]
    if "pause" in states:
        windows.operator.toggle_pause()
        wait_until(lambda: ended() or str(runner.status().state) == "paused")
        settle(700)
        grab_both(windows, f"pause-{label}", out)
        windows.operator.toggle_pause()
    if "end" in states:
        wait_until(ended)
        settle(1500)
        grab_both(windows, f"end-{label}", out)


def holding(windows) -> bool:  # type: ignore[no-untyped-def]
    """Whether a hold is well visible to participant and operator."""
    picture = windows.participant.picture
    return str(picture.mode) == "held" == str(picture.word_mode) and picture.word_opacity > 0.7


def rewarded(windows) -> bool:  # type: ignore[no-untyped-def]
    """Whether the halo of a reward is well visible."""
    picture = windows.participant.picture
    return picture.halo > 0.6 and picture.value > 0.5 and picture.word_opacity < 0.02


def render_start(size: tuple[int, int], out: Path) -> None:
    """Grab the start window."""
    from neurofeedback.gui.app import application
    from neurofeedback.gui.start import StartWindow
    from neurofeedback.protocols.protocol_file import library, load_protocol

    application()
    protocols = [(name, load_protocol(name)) for name in library()]
    start = StartWindow(protocols, Path("~/neurofeedback"), list)
    start.setFixedSize(*size)
    start.participant.setText("01")
    start.show()
    settle(200)
    start.grab().save(str(out / f"start-{size[0]}x{size[1]}.png"))
    start.deleteLater()


def wait_until(condition: Callable[[], bool], patience_ms: int = PATIENCE_MS) -> bool:
    """Run the event loop until `condition` holds; give up after a while."""
    from neurofeedback.gui._qt import QtCore

    loop, timer, limit = QtCore.QEventLoop(), QtCore.QTimer(), QtCore.QElapsedTimer()
    limit.start()
    timer.timeout.connect(
        lambda: loop.quit() if condition() or limit.hasExpired(patience_ms) else None
    )
    timer.start(5)
    loop.exec()
    return condition()


def settle(milliseconds: int) -> None:
    """Let fades end."""
    wait_until(lambda: False, milliseconds)


if __name__ == "__main__":
    sys.exit(main())
