"""The languages there are, and the one in use.

Responsible for looking texts up in the catalogue of a language and for writing numbers as in it.
Not responsible for choosing the words: English ones stand where they are used, in `tr("...")`, in
a `words.message.Message` or a `UserError`.

Catalogues are gettext's: ``locales/<language>/LC_MESSAGES/neurofeedback.{po,mo}``. What a catalogue
lacks stays English.
"""

from __future__ import annotations

import gettext
import os
import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from neurofeedback.words.plain import plain

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "neurofeedback"


class _Formatter(string.Formatter):
    """Fills places; numbers are written as in a language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return what is put in a place."""
        written = format(value, format_spec)
        return _with_point(written, self._language) if isinstance(value, float) else written


_language = "en"


def set_language(language: str) -> None:
    """Use a language from now on, for what is shown from now on.

    Parameters
    ----------
    language : str
        ISO 639-1 code, e.g. ``de``; ``en`` and languages without a catalogue give English.
    """
    global _language
    _language = language if language in languages() else "en"


def language() -> str:
    """Return the code of the language in use; ``en`` where the one asked for has no catalogue."""
    return _language


def languages() -> tuple[str, ...]:
    """Return the codes of all languages there are, English first."""
    found = sorted(p.parent.parent.name for p in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return ("en", *found)


def own_name(language: str) -> str:
    """Return what a language calls itself, e.g. ``Deutsch``; its code where it does not say.

    Parameters
    ----------
    language : str
        ISO 639-1 code.
    """
    if language == "en":
        return "English"
    said = _catalogue(language).pgettext("this language, in itself", "English")
    return said if said != "English" else language


def wanted_language(environ: Mapping[str, str] = os.environ, system: str = "") -> str:
    """Return the language that is asked for.

    Parameters
    ----------
    environ : mapping of str to str
        Environment variables: NEUROFEEDBACK_LANGUAGE comes first.
    system : str
        The system's language, e.g. ``de_AT``.

    Returns
    -------
    str
        ISO 639-1 code; ``en`` where nothing is known.
    """
    chosen = environ.get("NEUROFEEDBACK_LANGUAGE") or system
    return chosen.replace("-", "_").split("_")[0].split(".")[0].lower() or "en"


def tr(text: str, /, **fields: object) -> str:
    """Return a text in the language in use.

    Parameters
    ----------
    text : str
        A `words.message.Message`, which has its own fields; or English, a literal, so that it is
        found by whoever makes the catalogue. Texts that come from elsewhere (a protocol's title)
        are looked up as they are.
    **fields
        What is put in the place of ``{name}``, after the translation; ``{name:.2f}`` gives a number
        with the point or comma of the language.

    Returns
    -------
    str
    """
    if hasattr(text, "in_language"):
        return plain(str(_in_use(text)))
    said = {name: _in_use(value) for name, value in fields.items()}
    return plain(fill(translated(text, _language), said, _language))


def _in_use(field: object) -> object:
    own = getattr(field, "in_language", None)
    return field if own is None else own(_language)


def tr_spaced(text: str, /) -> str:
    """Return a text of several lines, as files hold it, in one line and in the language in use."""
    return tr(" ".join(text.split()))


def tr_n(one: str, many: str, n: int, /, **fields: object) -> str:
    """Return the text that goes with a number, in the language in use.

    Parameters
    ----------
    one, many : str
        In English, literals: for one, and for any other number.
    n : int
        The number; put in the place of ``{n}``.
    **fields
        What is put in the place of ``{name}``.

    Returns
    -------
    str
    """
    return plain(fill(_catalogue(_language).ngettext(one, many, n), {"n": n, **fields}, _language))


def number(value: float, spec: str) -> str:
    """Return a number as it is written in the language in use.

    Parameters
    ----------
    value : float
    spec : str
        As for `format`, e.g. ``.2f``.
    """
    return with_point(format(value, spec))


def with_point(written: str) -> str:
    """Return a number written in English, without groups of thousands, in the language in use."""
    return _with_point(written, _language)


def decimal_point() -> str:
    """Return what stands before the decimals: a point, or what the catalogue says."""
    return _decimal_point(_language)


def later(text: str, /) -> str:
    """Mark a literal for the catalogue and return it as it is: for tables, shown with `tr` later.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return text


def translated(template: str, language: str) -> str:
    """Return a template in a language, its places not yet filled; as it is where it is not known.

    Parameters
    ----------
    template : str
        In English.
    language : str
        ISO 639-1 code.
    """
    return _catalogue(language).gettext(template) if template else ""


def fill(template: str, fields: Mapping[str, object], language: str) -> str:
    """Put fields into a template, numbers as they are written in a language.

    Parameters
    ----------
    template : str
        With ``{name}`` in the place of fields; where there are none it is taken as it is, so that
        a brace in it is a brace.
    fields : mapping of str to object
    language : str
        ISO 639-1 code.
    """
    return _formatter(language).vformat(template, (), fields) if fields else template


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALES, [language], fallback=True)


@cache
def _formatter(language: str) -> _Formatter:
    return _Formatter(language)


@cache
def _decimal_point(language: str) -> str:
    return _catalogue(language).pgettext("before decimals", ".")


def _with_point(written: str, language: str) -> str:
    return written.replace(".", _decimal_point(language))
