"""An alarm as it is read at a glance: what is wrong first, whole paths last.

Responsible for shortening the paths within a sentence. Not responsible for the sentence, nor for
showing it. Knows no Qt.
"""

from __future__ import annotations

from pathlib import Path

from neurofeedback.words.language import tr
from neurofeedback.words.message import Message

LONGEST_NAME = 16  # letters of a file's name that stand within a sentence


def sentence_and_paths(said: str) -> tuple[str, tuple[str, ...]]:
    """Return an alarm with the ends of its paths, and the paths.

    Parameters
    ----------
    said : str
        A `Message` whose fields may be paths, or be messages with such; any other text stays as
        it is.

    Returns
    -------
    sentence : str
        In the language of the windows.
    paths : tuple of str
        In the order in which they are named, each once.
    """
    paths: dict[str, None] = {}
    return tr(_shortened(said, paths)), tuple(paths)


def _shortened(said: str, paths: dict[str, None]) -> str:
    if not isinstance(said, Message):
        return said
    fields: dict[str, object] = {}
    for name, value in said.fields.items():
        if isinstance(value, Path):
            paths[str(value)] = None
            fields[name] = f"\u2026{value.name[-LONGEST_NAME:]}"
        else:
            fields[name] = _shortened(value, paths) if isinstance(value, Message) else value
    return Message(said.template, **fields)
