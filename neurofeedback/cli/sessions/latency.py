"""``neurofeedback latency``: how long it takes from a sample to the picture, on this machine.

Responsible for the command alone; see `session.latency` and `session.light` for what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.table import Table

from neurofeedback.acquisition.given_names import given_names
from neurofeedback.app.loading import load_session
from neurofeedback.app.sessions import make_source
from neurofeedback.cli.boundary import EXIT_DEFECT
from neurofeedback.cli.console import answer_json, say, stdout
from neurofeedback.cli.options import AsJson, Channels, Montage, Unit
from neurofeedback.errors import UserError
from neurofeedback.gui.display import display_problem
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.session.check import prepare_check
from neurofeedback.session.ends import CHECKED
from neurofeedback.session.light import CHANNEL, Flash, LightLoop, light_delays
from neurofeedback.session.status import RunState
from neurofeedback.session.threads.stream_monitor import STALE_SECONDS

if TYPE_CHECKING:
    from neurofeedback.acquisition.source import Source
    from neurofeedback.frames import FloatArray
    from neurofeedback.session.latency import Latency
    from neurofeedback.session.runner import SessionRunner

LOOP = "nf-latency"
LOOP_RATE = 1000.0  # Hz; a sample is a millisecond
WORDS = {
    "arrival": "sample to arrival",
    "engine": "arrival to computed",
    "screen": "computed to painted",
    "total": "sample to painted",
}


def latency(
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            "-s",
            metavar="SOURCE",
            help="lsl, lsl:NAME or brainflow:BOARD; by default a synthetic stream of this "
            "computer, which goes through LSL.",
        ),
    ] = None,
    protocol: Annotated[
        str,
        typer.Option("--protocol", "-p", metavar="PROTOCOL", help="Whose signal path is used."),
    ] = "faa-up",
    seconds: Annotated[
        float, typer.Option(metavar="S", min=3.0, max=18.0, help="How long to measure.")
    ] = 15.0,
    light: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL",
            help="Channel of a light sensor on the patch at the lower left of the window: what the "
            "monitor adds is measured, too.",
        ),
    ] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: the way to the screen is left out.")
    ] = False,
    unit: Unit = None,
    channels: Channels = None,
    montage: Montage = None,
    as_json: AsJson = False,
) -> None:
    """Measure the time from a sample to the picture. Status 1 if it is too long."""
    problem = None if headless else display_problem()
    if problem is not None:
        raise UserError(problem)
    if headless and light is not None:
        raise UserError("A light sensor needs a window to look at: leave out --headless.")
    load_session()
    if not headless:
        import neurofeedback.gui.latency_window  # noqa: F401
    with ExitStack() as stack:
        loop: LightLoop | None = None
        if source is None:
            loop, opened = stack.enter_context(_loop())
            light = light or (None if headless else CHANNEL)
        else:
            opened = make_source(source, unit=unit, given=given_names(channels, montage))
        runner, refusal = prepare_check(opened, load_protocol(protocol))
        if refusal is not None:
            opened.close()
            raise refusal
        at = None if light is None else _channel(runner, light)
        runner.start()
        stack.callback(_end, runner)
        flashes: list[Flash] = []
        if headless:
            runner.wait(seconds)
        else:
            flashes = _show(runner, seconds, _lit(loop) if at is not None else None)
        status = runner.status()
        if status.state is RunState.FAILED:
            raise UserError("The stream failed: {why}", why=status.alarm or "")
        if status.since_sample > STALE_SECONDS:
            raise UserError(
                "The stream stopped while latency was measured, {seconds:.0f} s before the end: "
                "start its sender, and measure again.",
                seconds=status.since_sample,
            )
        newest, _ = runner.ring.read_since(0)
        delays = None
        if at is not None:
            delays = light_delays(
                newest.data[:, at], newest.first_sample, runner.info.sfreq, flashes
            )
        found = runner.latency
    _answer(found, delays, as_json=as_json)
    if found.known and not found.ok:
        raise typer.Exit(EXIT_DEFECT)


@contextmanager
def _loop() -> Iterator[tuple[LightLoop, Source]]:
    """Send a synthetic participant with a light sensor through LSL, and receive it."""
    from neurofeedback.acquisition.lsl.settings import private_network
    from neurofeedback.acquisition.synthetic import SyntheticSource

    with private_network(f"{LOOP}-{time.monotonic_ns()}"):
        from neurofeedback.acquisition.lsl import LslSource
        from neurofeedback.acquisition.outlet import StreamOutletThread

        loop = LightLoop(SyntheticSource(sfreq=LOOP_RATE, chunk_seconds=0.01))
        name = f"{LOOP}-{time.monotonic_ns()}"
        with StreamOutletThread(loop, name=name):
            yield loop, LslSource(f"name={name}")


def _lit(loop: LightLoop | None) -> Callable[[bool, float], None]:
    if loop is None:
        return lambda bright, when: None
    return lambda bright, when: loop.show(bright=bright, when=when)


def _channel(runner: SessionRunner, name: str) -> int:
    names = runner.info.ch_names
    if name not in names:
        runner.stop(CHECKED)
        raise UserError(
            "There is no channel {name!r} in the stream; there are {names}.",
            name=name, names=", ".join(names),
        )  # fmt: skip
    return names.index(name)


def _show(
    runner: SessionRunner, seconds: float, light: Callable[[bool, float], None] | None
) -> list[Flash]:
    """Open the window for a while; return the changes of its patch."""
    from neurofeedback.gui._qt import QtCore
    from neurofeedback.gui.application import application
    from neurofeedback.gui.bridge import Bridge
    from neurofeedback.gui.latency_window import LatencyWindow

    application().setQuitOnLastWindowClosed(False)
    bridge = Bridge(runner, time.monotonic)
    window = LatencyWindow(runner, bridge, light=light, seconds=seconds)
    waiting = QtCore.QEventLoop()
    window.measured.connect(waiting.quit)
    window.put_away.connect(waiting.quit)
    window.show()
    bridge.start()
    waiting.exec()
    bridge.stop()
    runner.wait(0.5)  # the last light is on its way
    window.deleteLater()
    return window.flashes


def _end(runner: SessionRunner) -> None:
    runner.stop(CHECKED)
    runner.wait()


def _answer(found: Latency, light: FloatArray | None, *, as_json: bool) -> None:
    quartiles = None if light is None else [float(q) for q in np.percentile(light, [50, 95, 99])]
    if as_json:
        answer = found.to_dict()
        if light is not None and quartiles is not None:
            answer["light"] = {
                "n": len(light), "p50": quartiles[0], "p95": quartiles[1], "p99": quartiles[2],
                "max": float(light.max()),
            }  # fmt: skip
        answer_json(answer)
        return
    table = Table("ms", "frames", "median", "95 %", "99 %", "longest", box=None, pad_edge=False)
    for name, stage in found.stages.items():
        if stage.n:
            figures = [stage.p50, stage.p95, stage.p99, stage.most]
            table.add_row(WORDS[name], str(stage.n), *(f"{1e3 * s:.1f}" for s in figures))
    if light is not None and quartiles is not None:
        figures = [*quartiles, float(light.max())]
        table.add_row("sample to light", str(len(light)), *(f"{1e3 * s:.1f}" for s in figures))
    stdout().print(table)
    say(found.in_words, style="green" if found.ok else "yellow")
