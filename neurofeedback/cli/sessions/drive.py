"""Running a prepared session from the command line, to a clean end.

Responsible for choosing between windows and text, for Ctrl-C and SIGTERM ending a session
instead of cutting it off, and for the exit status. Not responsible for building the session
(`session.prepare`), running it (`session.runner`) or showing it (`cli.sessions.view`, `gui`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from neurofeedback.app.loading import load_session
from neurofeedback.app.sessions import at_rate
from neurofeedback.app.states import stream_line
from neurofeedback.cli.boundary import EXIT_DEFECT, report
from neurofeedback.cli.console import progress_bar, say, stderr
from neurofeedback.cli.ending import ending_signals
from neurofeedback.cli.sessions.end_summary import show_summary
from neurofeedback.cli.sessions.report import keep_page
from neurofeedback.cli.sessions.view import TextView
from neurofeedback.errors import UserError
from neurofeedback.recording.write.writer import RecordingError
from neurofeedback.session.ends import asked
from neurofeedback.session.offline import run_offline
from neurofeedback.session.runner import PAUSE_SECONDS, SessionRunner
from neurofeedback.session.status import RunState
from neurofeedback.words.message import message_of

if TYPE_CHECKING:
    from neurofeedback.acquisition.lsl.markers import MarkerStreams
    from neurofeedback.acquisition.out.news import Outlet
    from neurofeedback.acquisition.replay import ReplaySource
    from neurofeedback.frames import Chunk, FeedbackFrame
    from neurofeedback.gui.participant.clinic_media import ClinicMedia
    from neurofeedback.session.prepare import PreparedSession

REFRESH = 0.1
LOOK_MILLISECONDS = 20


def run_live(
    session: PreparedSession,
    *,
    headless: bool,
    on_feedback: Callable[[FeedbackFrame], None] | None = None,
    seconds: float | None = None,
    close_when_done: bool = False,
    outlets: Sequence[Outlet] = (),
    markers: MarkerStreams | None = None,
    media: ClinicMedia | None = None,
    replay: ReplaySource | None = None,
) -> int:
    """Run a session with threads, in windows where there can be some, and sum it up.

    Parameters
    ----------
    session : PreparedSession
        Ready to run.
    headless : bool
        Show text; as `ready_to_run` returned.
    on_feedback : callable or None
        Gets every feedback frame; see `SessionRunner`.
    seconds : float or None
        Stop after so much stream time.
    close_when_done : bool
        Whether the windows close by themselves when the session has ended.
    outlets : sequence of Outlet
        What feedback and markers are sent by, not yet begun.
    markers : MarkerStreams or None
        Recorded beside the samples.
    media : ClinicMedia or None
        Volume and music; None for the usual.
    replay : ReplaySource or None
        What the session replays; gets a bar in the windows.

    Returns
    -------
    int
        Exit status: 0 unless the session failed or was ended by a signal.
    """
    for outlet in outlets:
        outlet.begin(session.engine.score, concealed=session.concealed)

    def listen(frame: FeedbackFrame) -> None:
        if on_feedback is not None:
            on_feedback(frame)
        for outlet in outlets:
            outlet.send(frame)
        if seconds is not None and frame.sample >= seconds * session.info.sfreq:
            runner.stop(asked(seconds))

    # Without windows nobody is asked to resume: feedback goes on with the samples.
    patience = math.inf if headless else PAUSE_SECONDS
    runner = SessionRunner.of(session, on_feedback=listen, pause_after=patience, markers=markers)

    def stop(reason: str) -> None:
        runner.stop(reason)
        if not headless:
            _close_windows_after(runner)

    if not headless:
        from neurofeedback.gui.participant.clinic_media import USUAL_MEDIA
        from neurofeedback.gui.windows import run_windows
    with ending_signals(stop) as received:
        runner.start()
        if headless:
            follow(runner)
        else:
            run_windows(
                runner, close_when_done=close_when_done, media=media or USUAL_MEDIA, replay=replay
            )
        runner.wait()
    status = runner.status()
    ended = show_summary(session.recorder.path)
    keep_page(session.recorder.path)
    _tell_places(session)
    if math.isfinite(status.true_rate):
        source = at_rate(f"lsl:{session.info.name}", status.true_rate)
        say(
            f"The stream delivers {status.true_rate:g} samples a second, not what it declares. To "
            f"start anew with its true rate, give it as -s '{source}'.",
            style="bold yellow",
        )
    if status.state is RunState.FAILED:
        report(status.alarm or "The session failed.")
    if ended in ("failed", "crashed"):
        return EXIT_DEFECT
    return 128 + received[0] if received else 0


def run_fast(session: PreparedSession, n_samples: int | None) -> int:
    """Run a session of a recorded file as fast as it goes, with a progress bar, and sum it up.

    Parameters
    ----------
    session : PreparedSession
        Ready to run; its source ends by itself.
    n_samples : int or None
        Length of the file, for the progress bar.

    Returns
    -------
    int
        Exit status: 0 unless the protocol failed or it was interrupted.
    """
    start = time.monotonic()
    try:
        with progress_bar(f"Replaying {session.info.name}") as progress:

            def advance(chunk: Chunk) -> None:
                if n_samples:
                    progress(chunk.stop_sample / n_samples)

            result = run_offline(
                session.source, session.engine, session.info.sfreq, session.recorder, advance
            )
    except RecordingError as error:
        raise UserError(message_of(error)) from error
    finally:
        session.source.close()
    took = time.monotonic() - start
    ended = show_summary(session.recorder.path)
    _tell_places(session)
    say(
        f"{result.stream_seconds:.1f} s of EEG in {took:.2f} s, "
        f"{result.stream_seconds / took:.0f} times real time.",
        style="dim",
    )
    return EXIT_DEFECT if ended in ("failed", "crashed") else 0


def _tell_places(session: PreparedSession) -> None:
    """Say so when the disk failed and the session lies elsewhere, or in two places."""
    if len(session.recorder.places) > 1:
        first, second = session.recorder.places
        place = session.recorder.layout.root.parent
        say(
            f"The recording started in {first} and continued in {second}, because the first disk "
            "failed. Once it works again, join both parts with: neurofeedback recover "
            f"{second} --second-out {place}",
            style="bold yellow",
        )


def ready_to_run(*, headless: bool, index: str | None = None) -> bool:
    """Load all that a session needs, before a source is opened; return whether to show text.

    Parameters
    ----------
    headless : bool
        Whether text was asked for.
    index : str or None
        Where the index is.

    Returns
    -------
    bool
        Whether text was asked for or, which is said, windows cannot be opened.
    """
    from neurofeedback.gui.display import display_problem

    load_session(index)
    if headless:
        return True
    problem = display_problem()
    if problem is not None:
        say(f"{problem} Showing text instead.", style="dim")
        return True
    import neurofeedback.gui.windows  # noqa: F401
    from neurofeedback.gui.application import application

    application()
    return False


def tell_of_markers(markers: MarkerStreams | None) -> None:
    """Say which marker streams are recorded."""
    if markers is None:
        return
    names = ", ".join(str(stream["name"]) for stream in markers.found)
    say(f"Markers are recorded from: {names}." if names else "No marker stream was found.")


def follow(runner: SessionRunner) -> None:
    """Show a session as text until everything is written."""
    view = TextView(
        runner,
        title=f"{runner.spec.title} · {stream_line(runner.info)}",
        feature=runner.score.name.upper(),
        console=stderr(),
        clock=time.monotonic,
    )
    with view:
        while not runner.wait(REFRESH):
            view.refresh()
        view.refresh()


def _close_windows_after(runner: SessionRunner) -> None:
    """Close the windows as soon as the session has ended; they would wait for the operator."""
    from neurofeedback.gui._qt import QtCore, QtWidgets
    from neurofeedback.gui.operator.window import OperatorWindow

    def look() -> None:
        if runner.wait(0.0):
            for window in QtWidgets.QApplication.topLevelWidgets():
                if isinstance(window, OperatorWindow):  # the participant's only hides when closed
                    window.close()
        else:
            QtCore.QTimer.singleShot(LOOK_MILLISECONDS, look)

    # From the event loop only: the signal may have come before the windows are shown.
    QtCore.QTimer.singleShot(LOOK_MILLISECONDS, look)
