"""``neurofeedback`` without a command: the start window, then sessions one after another.

Responsible for connecting the start window with the making and running of sessions. Not responsible
for either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from neurofeedback.gui.start import SessionRequest, StartWindow, StreamChoice

SEARCH_SECONDS = 1.0
AWAKE_MILLISECONDS = 100


def open_application(help_text: str) -> None:
    """Open the start window; where there can be no windows, say so and show the help.

    Parameters
    ----------
    help_text : str
        What to print when there is no display.
    """
    from neurofeedback.cli.console import say
    from neurofeedback.gui.display import display_problem

    problem = display_problem()
    if problem is not None:
        say(problem)
        typer.echo(help_text)
        return
    from neurofeedback.cli.drive import ending_signals
    from neurofeedback.cli.sessions import output_root
    from neurofeedback.gui._qt import QtCore
    from neurofeedback.gui.app import application
    from neurofeedback.gui.start import StartWindow
    from neurofeedback.protocols.protocol_file import library, load_protocol

    application()
    protocols = [(name, load_protocol(name)) for name in library()]
    window = StartWindow(protocols, output_root(None), list_choices)
    loop = QtCore.QEventLoop()
    window.closed.connect(loop.quit)
    window.requested.connect(lambda request: run_requested(request, window))
    with ending_signals(lambda _: None) as received:
        awake = QtCore.QTimer()  # Python hears signals only while it runs
        awake.timeout.connect(lambda: loop.quit() if received else None)
        awake.start(AWAKE_MILLISECONDS)
        window.show()
        loop.exec()
    window.deleteLater()
    if received:
        raise typer.Exit(128 + received[0])


def list_choices() -> list[StreamChoice]:
    """Return the LSL streams for the start window to offer."""
    from neurofeedback.cli.lsl_settings import use_settings
    from neurofeedback.gui.start import StreamChoice

    use_settings()
    from neurofeedback.acquisition.lsl import find_streams
    from neurofeedback.gui.language import number, tr_n

    return [
        StreamChoice(
            f"lsl:uid={s.uid}",
            f"{s.name} · {tr_n('{n} channel', '{n} channels', s.n_channels)} · "
            f"{number(s.sfreq, 'g')} Hz · {s.hostname}",
        )
        for s in find_streams(SEARCH_SECONDS)
        if s.sfreq > 0
    ]


def run_requested(request: SessionRequest, window: StartWindow) -> None:
    """Run the session that was asked for in the start window; a refusal is shown there."""
    from neurofeedback.cli.drive import run_live
    from neurofeedback.cli.indexing import indexed, load_index
    from neurofeedback.cli.sessions import learner_of, make_source, prepare
    from neurofeedback.errors import UserError
    from neurofeedback.gui._qt import QtCore

    load_index()
    try:
        source = make_source(request.source)
        session = prepare(
            source,
            request.protocol,
            participant=request.participant,
            out=request.folder,
            bads=None,
        )
    except UserError as error:
        window.say(str(error))
        return

    def go() -> None:
        window.hide()
        with indexed(session.recorder.path):
            run_live(session, headless=False, on_feedback=learner_of(source))
        window.say("")
        window.show()

    # Not from within the window's signal: it shows a busy cursor until this function returns.
    QtCore.QTimer.singleShot(0, go)
