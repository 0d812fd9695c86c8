"""Render the windows during a replay of a recording, as PNG files for the documentation.

    python docs/make_screens.py FILE [--out docs/screens] [--protocol faa-demo] [--speed 4]

The session is a real one (source, engine, runner), the windows are the real windows; only the
recording is not kept. Runs without a display.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

SIZES = ((1366, 768), (1920, 1080))
PATIENCE_MS = 120_000


def main() -> int:
    """Render every screen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="a recording with F3 and F4")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "screens")
    parser.add_argument("--protocol", default="faa-demo")
    parser.add_argument("--speed", type=float, default=4.0)
    parser.add_argument("--show", action="store_true", help="on the screen instead of unseen")
    args = parser.parse_args()
    if not args.show:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    args.out.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        render_session(args.file, args.protocol, args.speed, size, args.out)
        render_start(size, args.out)
    return 0


def render_session(
    file: Path, protocol: str, speed: float, size: tuple[int, int], out: Path
) -> None:
    """Replay `file` and grab both windows in the states worth showing."""
    from neurofeedback.acquisition.replay import ReplaySource
    from neurofeedback.gui.app import SessionWindows, application
    from neurofeedback.protocols.spec import load_protocol
    from neurofeedback.session.prepare import prepare_session
    from neurofeedback.session.runner import SessionRunner

    application()
    with tempfile.TemporaryDirectory() as root:
        made = prepare_session(
            ReplaySource(file, speed=speed), load_protocol(protocol), root=Path(root),
            participant="01", started=datetime.now(UTC),
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
            grab_states(windows, runner, f"{size[0]}x{size[1]}", out)
        finally:
            runner.stop("screens rendered")
            runner.wait(30)
            windows.release()


def grab_states(windows, runner, label: str, out: Path) -> None:  # type: ignore[no-untyped-def]
    """Grab baseline, training, hold, pause and end as they come."""

    def progress():  # type: ignore[no-untyped-def]
        return runner.status().progress

    def grab(name: str) -> None:
        for window, who in ((windows.operator, "operator"), (windows.participant, "participant")):
            window.grab().save(str(out / f"{who}-{name}-{label}.png"))

    wait_until(lambda: progress().phase == "baseline" and progress().elapsed > 5)
    grab("baseline")
    windows.operator.mark("eyes open")
    wanted = {
        "hold": lambda: holding(windows),
        "training": lambda: progress().block >= 1 and runner.latest.sample > 6000
        and rewarded(windows),
    }  # fmt: skip
    while wanted and progress().phase != "done":
        wait_until(lambda: any(met() for met in wanted.values()), 30_000)
        for name in [n for n, met in wanted.items() if met()]:
            grab(name)
            del wanted[name]
    windows.operator.toggle_pause()
    wait_until(lambda: str(runner.status().state) == "paused", 5_000)
    settle(700)
    grab("pause")
    windows.operator.toggle_pause()
    wait_until(lambda: str(runner.status().state) in ("finished", "failed"))
    settle(1500)
    grab("end")


def holding(windows) -> bool:  # type: ignore[no-untyped-def]
    """Whether a hold is well visible to participant and operator."""
    scene = windows.participant.scene
    return str(scene.mode) == "held" == str(scene.word_mode) and scene.word_opacity > 0.7


def rewarded(windows) -> bool:  # type: ignore[no-untyped-def]
    """Whether the halo of a reward is well visible."""
    scene = windows.participant.scene
    return scene.halo > 0.6 and scene.value > 0.5


def render_start(size: tuple[int, int], out: Path) -> None:
    """Grab the start window."""
    from neurofeedback.gui.app import application
    from neurofeedback.gui.start import StartWindow
    from neurofeedback.protocols.spec import library, load_protocol

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
