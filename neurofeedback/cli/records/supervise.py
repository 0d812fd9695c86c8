"""``neurofeedback supervise``: a page of who is due and what ran.

Responsible for the command alone; see `neurofeedback.app.supervision`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.acquisition.out.address import read_address
from neurofeedback.app.indexing import open_index
from neurofeedback.app.sessions import workstation_settings
from neurofeedback.cli.console import answer, say
from neurofeedback.cli.options import IndexAt, OutputRoot
from neurofeedback.errors import UserError
from neurofeedback.recording.files import why
from neurofeedback.words.language import set_language, wanted_language

DEFAULT = "127.0.0.1:8765"


def supervise(
    at: Annotated[
        str, typer.Option("--at", metavar="HOST:PORT", help="Where the page is served.")
    ] = DEFAULT,
    to_network: Annotated[
        bool, typer.Option("--to-network", help="Other computers may read it.")
    ] = False,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file", metavar="FILE", help="First line: the token. By default a new one."
        ),
    ] = None,
    out: OutputRoot = None,
    index: IndexAt = None,
) -> None:
    """Serve a page of who is due, what ran, holds, adverse effects and missing debriefs.

    It is read only, comes from the index, and shows nothing of an arm. Ctrl-C ends it.
    """
    from neurofeedback.app.supervision.page import supervision_page
    from neurofeedback.app.supervision.server import SupervisionServer, new_token

    address = read_address(at, "--at", to_network=to_network)
    set_language(_language(workstation_settings().language))
    opened = open_index(out, index)
    token = new_token() if token_file is None else _read(token_file)
    server = SupervisionServer(address, token, lambda: supervision_page(opened, datetime.now(UTC)))
    with server:
        answer(f"http://{address}/" + ("" if token_file else f"?token={token}"))
        if not address.local:
            say("Nothing of it is encrypted: let a proxy with TLS stand before it.", style="yellow")
        server.serve_forever()


def _language(chosen: str) -> str:
    if chosen != "system":
        return chosen
    return wanted_language(system=os.environ.get("LC_ALL") or os.environ.get("LANG", ""))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").split("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = why(error) if isinstance(error, OSError) else error
        raise UserError(
            "The token {path} cannot be read: {reason}.", path=path, reason=reason
        ) from error
