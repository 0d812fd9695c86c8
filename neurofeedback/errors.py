"""Errors that a person is meant to read.

Responsible for errors that say what is wrong in a sentence, in any language. Not responsible for
showing it.
"""

from __future__ import annotations

from neurofeedback.words.message import Message


class ReadableError(Exception):
    """An error that says in a sentence what is wrong.

    Parameters
    ----------
    template : str
        English, a literal with ``{name}`` in the place of fields; or a `Message`.
    **fields
        As for `Message`.

    Attributes
    ----------
    message : Message
        What it says; ``str(error)`` is the same in English.
    """

    def __init__(self, template: str, /, **fields: object) -> None:
        self.message = template if isinstance(template, Message) else Message(template, **fields)
        super().__init__(self.message)


class UserError(ReadableError):
    """A mistake in what was given: one sentence saying what is wrong, where, and how to mend it.

    The command line prints it without a traceback and exits with status 2; a window shows it in its
    language.
    """
