"""A sentence as a value: a template and its fields.

Responsible for a text that knows how it was made, so that it can be shown in any language without
being read back. Not responsible for choosing the language (`words.language`), nor for what is
said.

A sentence is made where its facts are known and put into words where it is shown::

    Message("There is no channel {name} in {stream!r}.", name="F3", stream="amp")

The template is a literal: the catalogue of translations is collected from the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from neurofeedback.words.language import fill, translated


class Message(str):
    """An English text that remembers its template and its fields.

    It is a string, the English one, so that logs, JSON and comparisons need to know nothing of
    languages. What joins or cuts it (`+`, `str.join`, slices) makes a plain string of it, which
    stays English: use `joined`.

    Parameters
    ----------
    template : str
        In English, with ``{name}`` in the place of fields; a format specification (``{x:.2f}``) or
        conversion (``{x!r}``) is as for `str.format`.
    **fields
        What is put there. A field may be a `Message`, or an exception that carries one.

    Attributes
    ----------
    template : str
    fields : mapping of str to object
    """

    __slots__ = ("fields", "template")

    template: str
    fields: Mapping[str, Any]

    def __new__(cls, template: str, /, **fields: object) -> Message:
        """Fill the template in English."""
        values = {name: _sayable(value) for name, value in fields.items()}
        self = super().__new__(cls, fill(template, values, "en"))
        self.template, self.fields = template, MappingProxyType(values)
        return self

    def in_language(self, language: str) -> str:
        """Return the text in a language; English where its catalogue lacks the template.

        Parameters
        ----------
        language : str
            ISO 639-1 code, e.g. ``de``.
        """
        fields = {
            name: value.in_language(language) if isinstance(value, Message) else value
            for name, value in self.fields.items()
        }
        return fill(translated(self.template, language), fields, language)

    def __deepcopy__(self, memo: dict[int, Any]) -> Message:
        """Return itself: it cannot change."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how it is made again."""
        return _made, (self.template, dict(self.fields))


def joined(parts: Iterable[str], separator: str = " ") -> Message:
    """Return sentences or terms as one message; empty ones are left out.

    Parameters
    ----------
    parts : iterable of str
        Messages are shown in the language asked for; plain strings (names, numbers) as they are.
    separator : str
        What stands between them.
    """
    fields = {f"part{i}": part for i, part in enumerate(part for part in parts if part)}
    return Message(separator.join(f"{{{name}}}" for name in fields), **fields)


def message_of(error: BaseException) -> Message:
    """Return what an error says; of one that is not ours, its text as it is."""
    said = error.args[0] if error.args else None
    return said if isinstance(said, Message) else Message(str(error))


NOTHING = Message("")


def _sayable(value: object) -> object:
    """Return a field as it can be kept: an error as what it says."""
    return message_of(value) if isinstance(value, BaseException) else value


def _made(template: str, fields: Mapping[str, object]) -> Message:
    return Message(template, **fields)
