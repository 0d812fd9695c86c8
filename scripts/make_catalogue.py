"""Collect the words of the windows into the catalogues of their translations.

    python scripts/make_catalogue.py            update the .po files, write the .mo files
    python scripts/make_catalogue.py --missing  tell what has no translation yet
    python scripts/make_catalogue.py --check    change nothing; fail if something is to be done
    python scripts/make_catalogue.py --also FILE.po   take what is lacking from another catalogue
    python scripts/make_catalogue.py --new fr   make the catalogue of a language, untranslated

Words come from the code of the package (`Message`, errors, `tr`, `tr_n`, `later` with literals) and
from the titles, descriptions and limits of the protocols in the library. Translations are kept by
their English text; what is no longer used is dropped. Translate by editing the .po files, then run
this.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from babel.localedata import locale_identifiers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "neurofeedback"
LIBRARY = PACKAGE / "protocols" / "library"
LOCALES = PACKAGE / "words" / "locales"
DOMAIN = "neurofeedback"
ERRORS = ("UserError", "DamagedSession", "RecordingError")
KEYWORDS = {"tr": 1, "later": 1, "tr_n": 2, "pgettext": 2, "Message": 1, **dict.fromkeys(ERRORS, 1)}
SHOWN = ("title", "description", "limits")  # of a protocol
WIDTH = 100
MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the same in every run, so that nothing changes by itself

Id = str | tuple[str, str]
Message = tuple[Id, str | None, str]  # text (one and many), context, where it is from


def main() -> int:
    """Update, list or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("--missing", action="store_true", help="list what is not translated")
    parser.add_argument("--also", type=Path, help="a .po file of the same language")
    parser.add_argument("--new", metavar="LANG", help="make the catalogue of a language")
    args = parser.parse_args()
    if args.new:
        begin(args.new, parser.error)
    found, ok = list(messages()), True
    for path in sorted(LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        catalogue = updated(path, found, args.also)
        lacking = missing(catalogue)
        if args.missing:
            print(*lacking, sep="\n")
        elif args.check:
            ok &= not lacking and path.read_bytes() == po_bytes(catalogue)
        else:
            path.write_bytes(po_bytes(catalogue))
            path.with_suffix(".mo").write_bytes(mo_bytes(catalogue))
            print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {len(lacking)} missing")
    return 0 if ok else 1


def begin(language: str, refuse: Callable[[str], NoReturn]) -> None:
    """Make the empty catalogue of a language, which is then filled like any other."""
    path = LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not re.fullmatch(r"[a-z]{2,3}", language) or language not in locale_identifiers():
        refuse(f"there is no language {language!r}: give an ISO 639-1 code such as fr")
    if language == "en" or path.exists():
        refuse(f"the language {language!r} is there already")
    path.parent.mkdir(parents=True)
    path.write_bytes(po_bytes(Catalog(locale=language)))


def messages() -> Iterator[Message]:
    """Return every text that is shown, in the order of files and lines."""
    for path in sorted(PACKAGE.rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        for text, context in in_code(path.read_text(encoding="utf-8"), where):
            yield text, context, where
    for path in sorted(LIBRARY.glob("*.toml")):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        for key in SHOWN:
            if words := " ".join(str(told.get(key, "")).split()):
                yield words, None, path.relative_to(ROOT).as_posix()


def in_code(code: str, where: str) -> Iterator[tuple[Id, str | None]]:
    """Return the texts of a module and their contexts."""
    calls = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call)]
    for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset)):
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        given = call.args[: KEYWORDS.get(name, 0)]
        if any(isinstance(a, ast.JoinedStr | ast.BinOp) for a in given):
            raise SystemExit(f"{where}:{call.lineno}: {name}() needs a literal, not a made text")
        literal = [a.value for a in given if isinstance(a, ast.Constant) and a.value]
        if literal and len(literal) == KEYWORDS[name]:
            first, *rest = literal
            if name == "pgettext":
                yield rest[0], first
            else:
                yield (first, rest[0]) if rest else first, None


def updated(path: Path, found: list[Message], also: Path | None = None) -> Catalog:
    """Return the catalogue of a file with the texts there are now and the translations it has."""
    old = read(path)
    new = Catalog(
        locale=old.locale, project="neurofeedback", version="1", domain=DOMAIN, charset="utf-8",
        creation_date=MADE, revision_date=MADE, fuzzy=False,
        copyright_holder="The neurofeedback authors",
        last_translator="The neurofeedback authors", language_team="",
        header_comment="# Words of the windows. Made by scripts/make_catalogue.py; edit msgstr.",
    )  # fmt: skip
    others = [old] if also is None else [old, read(also, str(old.locale))]
    for text, context, where in found:
        known = next((m for c in others if (m := c.get(text, context)) and m.string), None)
        said = known.string if known is not None and "fuzzy" not in known.flags else None
        new.add(text, said, locations=[(where, None)], context=context)
    return new


def missing(catalogue: Catalog) -> list[Id]:
    """Return the texts without a translation."""
    return [
        m.id for m in catalogue
        if m.id and not all(m.string if isinstance(m.string, tuple) else (m.string,))
    ]  # fmt: skip


def read(path: Path, language: str = "") -> Catalog:
    """Read a .po file; its language is that of its folder, unless told."""
    with path.open("rb") as file:
        return read_po(file, locale=language or path.parent.parent.name)


def po_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as the text of a .po file."""
    out = io.BytesIO()
    write_po(out, catalogue, width=WIDTH, include_lineno=False)
    return out.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
