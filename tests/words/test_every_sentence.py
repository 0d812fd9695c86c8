"""Every sentence that a person can meet has a German one, with the same fields."""

import ast
import string
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from neurofeedback.words.language import DOMAIN, LOCALES

PACKAGE = LOCALES.parents[1]
SAID = {"tr": 1, "later": 1, "tr_n": 2, "Message": 1}  # and how many texts each takes
WHERE_ERRORS_BEGIN = "ReadableError"

Texts = tuple[str, ...]


@cache
def modules() -> dict[str, ast.Module]:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def errors(trees: dict[str, ast.Module]) -> set[str]:
    """Return the names of all classes of errors that say something, whatever they descend by."""
    classes = [n for tree in trees.values() for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    found, before = {WHERE_ERRORS_BEGIN}, 0
    while len(found) > before:
        before = len(found)
        found |= {c.name for c in classes if any(getattr(b, "id", "") in found for b in c.bases)}
    return found


def calls() -> Iterator[tuple[str, list[ast.expr]]]:
    """Yield where something is said, and what it is said with."""
    trees = modules()
    known = SAID | dict.fromkeys(errors(trees) - own_words(trees), 1)
    for where, tree in trees.items():
        for node in ast.walk(tree):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in known:
                yield f"{where}:{node.lineno} {name}", node.args[: known[name]]


def own_words(trees: dict[str, ast.Module]) -> set[str]:
    """Return errors that are made of something other than a template."""
    classes = [n for tree in trees.values() for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    makers = {
        c.name: [f for f in c.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
        for c in classes
    }
    return {
        name
        for name, found in makers.items()
        if found and name != WHERE_ERRORS_BEGIN and found[0].args.args[1:2]
    }


def sentences() -> list[tuple[str, Texts]]:
    found = []
    for where, given in calls():
        texts = tuple(a.value for a in given if isinstance(a, ast.Constant) and a.value)
        if texts and len(texts) == len(given):
            found.append((where, texts))
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (LOCALES / "de" / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale="de")


def test_there_are_sentences_of_all_kinds() -> None:
    kinds = {where.rpartition(" ")[2] for where, _ in sentences()}
    assert {*SAID, "UserError", "DamagedSession", "RecordingError"} <= kinds


def test_every_sentence_has_a_german_one_with_the_same_fields(catalogue: Catalog) -> None:
    missing = []
    for where, texts in sentences():
        message = catalogue.get(texts if len(texts) > 1 else texts[0])
        said = () if message is None else message.string
        german = (said,) if isinstance(said, str) else tuple(said)
        wanted = set.union(*map(fields, texts))
        if not german or not all(german):
            missing.append(f"{where}: not translated: {texts[0]!r}")
        elif any(fields(text) != wanted for text in german):
            missing.append(f"{where}: other fields: {german!r}")
    assert not missing, f"{len(missing)} sentences\n" + "\n".join(missing)


def test_sentences_are_literals_and_not_made_where_they_are_said() -> None:
    made = [
        where
        for where, given in calls()
        if any(isinstance(a, ast.JoinedStr | ast.BinOp) for a in given)
    ]
    assert not made, "\n".join(made)
