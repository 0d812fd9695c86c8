"""The language of the windows.

Responsible for looking words up in the catalogue of the chosen language. Not responsible for
choosing the words: English ones stand where they are used, as `tr("...")`. Knows no Qt.

Catalogues are gettext's: ``locales/<language>/LC_MESSAGES/neurofeedback.{po,mo}``. What a catalogue
lacks stays English.
"""

from __future__ import annotations

import gettext
import os
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parent.parent / "locales"
DOMAIN = "neurofeedback"


class _Formatter(string.Formatter):
    """Fills places; numbers are written as in the language in use."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return what is put in a place."""
        written = format(value, format_spec)
        return with_point(written) if isinstance(value, float) else written


_FORMATTER = _Formatter()
_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def set_language(language: str) -> None:
    """Use a language from now on, for what is shown from now on.

    Parameters
    ----------
    language : str
        ISO 639-1 code, e.g. ``de``; ``en`` and languages without a catalogue give English.
    """
    global _catalogue, _language
    _catalogue = gettext.translation(DOMAIN, LOCALES, [language], fallback=True)
    _language = "en" if type(_catalogue) is gettext.NullTranslations else language


def language() -> str:
    """Return the code of the language in use; ``en`` where the one asked for has no catalogue."""
    return _language


def languages() -> tuple[str, ...]:
    """Return the codes of all languages there are, English first."""
    found = sorted(p.parent.parent.name for p in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return ("en", *found)


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
    """Return a text in the chosen language.

    Parameters
    ----------
    text : str
        In English; a literal, so that it is found by whoever makes the catalogue. Texts that come
        from elsewhere (a protocol's title) are looked up as they are.
    **fields
        What is put in the place of ``{name}``, after the translation; ``{name:.2f}`` gives a number
        with the point or comma of the language.

    Returns
    -------
    str
    """
    found = _catalogue.gettext(text) if text else ""
    return _FORMATTER.vformat(found, (), fields) if fields else found


def tr_spaced(text: str, /) -> str:
    """Return a text of several lines, as files hold it, in one line and in the chosen language."""
    return tr(" ".join(text.split()))


def tr_n(one: str, many: str, n: int, /, **fields: object) -> str:
    """Return the text that goes with a number, in the chosen language.

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
    return _FORMATTER.vformat(_catalogue.ngettext(one, many, n), (), {"n": n, **fields})


def number(value: float, spec: str) -> str:
    """Return a number as it is written in the chosen language.

    Parameters
    ----------
    value : float
    spec : str
        As for `format`, e.g. ``.2f``.
    """
    return with_point(format(value, spec))


def with_point(written: str) -> str:
    """Return a number written in English, without groups of thousands, in the chosen language."""
    return written.replace(".", decimal_point())


def decimal_point() -> str:
    """Return what stands before the decimals: a point, or what the catalogue says."""
    return _catalogue.pgettext("before decimals", ".")


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
