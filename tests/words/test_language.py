from __future__ import annotations

import gettext
import importlib.util
import string
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from neurofeedback.gui.participant.texts import Texts
from neurofeedback.protocols.file.reading import library, load_protocol
from neurofeedback.session.display import Mode
from neurofeedback.words import language as module
from neurofeedback.words.language import (
    language,
    languages,
    number,
    set_language,
    tr,
    tr_n,
    tr_spaced,
    wanted_language,
)  # fmt: skip

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    set_language("en")


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    path = ROOT / "scripts" / "make_catalogue.py"
    spec = importlib.util.spec_from_file_location("make_catalogue", path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def german(maker: ModuleType):  # type: ignore[no-untyped-def]
    return maker.LOCALES / "de" / "LC_MESSAGES" / "neurofeedback.po"


def test_the_catalogue_holds_what_the_windows_say(maker) -> None:
    """Where this fails: python scripts/make_catalogue.py, then translate what is missing."""
    path = german(maker)
    updated = maker.updated(path, list(maker.messages()))
    there = {(m.id, m.context) for m in maker.read(path)}
    assert {(m.id, m.context) for m in updated} == there
    assert maker.missing(updated) == []


def test_translations_have_the_places_of_the_english(maker) -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for message in maker.read(german(maker)):
        if not message.id or "neurofeedback/protocols/library" in str(message.locations):
            continue
        texts = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set.union(*(fields(t) for t in texts))
        for text in said:
            assert fields(text) == wanted, text
            english = texts[0]
            assert (text[:1].isspace(), text[-1:].isspace()) == (
                english[:1].isspace(), english[-1:].isspace(),
            ), text  # fmt: skip
            assert ("&" in text) is ("&" in english), text
            if not message.context and english[-1] in ".:\u2026":
                assert text[-1] == english[-1], text


def test_what_is_loaded_is_what_is_written(maker) -> None:
    path = german(maker)
    with path.with_suffix(".mo").open("rb") as file:
        loaded = gettext.GNUTranslations(file)
    for message in maker.read(path):
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            said = tuple(loaded.ngettext(*message.id, n) for n in (1, 2))
        elif message.context:
            said = loaded.pgettext(message.context, message.id)
        else:
            said = loaded.gettext(message.id)
        assert said == message.string


def test_a_made_text_is_refused(maker) -> None:
    with pytest.raises(SystemExit, match=r"x\.py:1"):
        list(maker.in_code('tr(f"{n} of many")', "x.py"))
    assert list(maker.in_code('tr("a {b}", b=f"{c}")', "x.py")) == [("a {b}", None)]
    assert list(maker.in_code('later("a" "b"); tr_n("one", "many", n)', "x.py")) == [
        ("ab", None), (("one", "many"), None),
    ]  # fmt: skip


def test_every_text_of_the_library_is_german(maker) -> None:
    set_language("de")
    for name in library():
        spec = load_protocol(name)
        for text in (spec.title, spec.description, spec.limits):
            assert tr_spaced(text) != " ".join(text.split())


def test_the_participant_is_spoken_to_in_german() -> None:
    set_language("de")
    spec = load_protocol("faa-up")
    assert Texts.of(spec).text(Mode.BASELINE, 0, 0.0).startswith("Bitte sitzen Sie ruhig")
    assert Texts().text(Mode.STALE, 0, 0.0) == "Einen Moment bitte"
    assert Texts.of(spec, "en").text(Mode.BASELINE, 0, 0.0).startswith("Please sit still")


def test_words_numbers_and_counts() -> None:
    assert (tr("Note"), number(0.5, ".2f")) == ("Note", "0.50")
    set_language("de")
    assert language() == "de"
    assert (tr("Note"), number(0.5, ".2f")) == ("Notiz", "0,50")
    assert tr("{clean:.1f} s of", clean=0.5) == "0,5 s of"
    assert tr_n("{n} reward", "{n} rewards", 1) == "1 Belohnung"
    assert tr_n("{n} reward", "{n} rewards", 2) == "2 Belohnungen"
    assert tr("Not in any catalogue {a}", a=1) == "Not in any catalogue 1"
    assert tr("") == ""
    assert tr("{path} {n}", path="a.b", n=3) == "a.b 3"


def test_a_language_that_there_is_not_gives_english() -> None:
    set_language("xx")
    assert language() == "en"
    assert tr("Note") == "Note"
    assert languages() == ("en", "de")


@pytest.mark.parametrize(
    ("environ", "system", "expected"),
    [
        ({}, "", "en"), ({}, "C", "c"), ({}, "de_AT", "de"), ({}, "de-CH.UTF-8", "de"),
        ({"NEUROFEEDBACK_LANGUAGE": "de"}, "en_GB", "de"),
        ({"NEUROFEEDBACK_LANGUAGE": "EN"}, "de_DE", "en"),
        ({"NEUROFEEDBACK_LANGUAGE": ""}, "de_DE", "de"),
    ],
)  # fmt: skip
def test_the_language_asked_for(environ, system, expected) -> None:
    assert wanted_language(environ, system) == expected


def test_catalogues_are_where_they_are_looked_for() -> None:
    assert Path(module.__file__).parents[1] in module.LOCALES.parents
