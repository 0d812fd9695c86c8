"""The language of the windows.

Responsible for looking words up in the catalogue of the chosen language. Not responsible for
choosing the words: English ones stand where they are used, as `tr("...")`. Knows no Qt.

Catalogues are gettext's: ``locales/<language>/LC_MESSAGES/neurofeedback.{po,mo}``. What a catalogue
lacks stays English.
"""

from __future__ import annotations

import gettext
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "neurofeedback"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def set_language(language: str) -> None:
    """Use a language from now on.

    Parameters
    ----------
    language : str
        ISO 639-1 code, e.g. ``de``; ``en`` and languages without a catalogue give English.
    """
    global _catalogue
    _catalogue = gettext.translation(DOMAIN, LOCALES, [language], fallback=True)


def tr(text: str, /, **fields: object) -> str:
    """Return a text in the chosen language.

    Parameters
    ----------
    text : str
        In English; a literal, so that it is found by whoever makes the catalogue.
    **fields
        What is put in the place of ``{name}``, after the translation.

    Returns
    -------
    str
    """
    found = _catalogue.gettext(text) if text else ""
    return found.format(**fields) if fields else found
