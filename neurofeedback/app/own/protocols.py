"""Protocols of this user's own, beside those that come with the program.

Responsible for where they are and for reading them. Not responsible for making them
(`app.own.form`).
"""

from __future__ import annotations

from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.settings.store import settings_path
from neurofeedback.words.message import Message, message_of

FOLDER = "protocols"


def own_folder() -> Path:
    """Return the folder of this user's own protocols; it need not exist."""
    return settings_path().parent / FOLDER


def own_protocols(folder: Path) -> tuple[dict[str, ProtocolSpec], list[Message]]:
    """Read the protocols in a folder.

    Returns
    -------
    protocols : dict
        Path to protocol.
    refused : list of Message
        Why others are not among them.
    """
    found: dict[str, ProtocolSpec] = {}
    refused = []
    for path in sorted(folder.glob("*.toml")):
        try:
            found[str(path)] = load_protocol(str(path))
        except UserError as error:
            refused.append(message_of(error))
    return found, refused
