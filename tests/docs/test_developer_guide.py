"""The steps of the developer guide, carried out in a copy of the program.

A block whose first line names a file is written to it (Python, TOML), changes it (a diff), or is
translated in it (a catalogue). Commands are run and must print what stands below them.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "developer-guide.md").read_text(encoding="utf-8")
MAKE_CATALOGUE = "python scripts/make_catalogue.py"
PROGRAMS = {
    "python": [sys.executable],
    "pytest": [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
    "neurofeedback": [sys.executable, "-m", "neurofeedback"],
    "ruff": [sys.executable, "-m", "ruff"],
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the guide changes and of what it runs."""
    root = tmp_path / "program"
    leave_out = shutil.ignore_patterns("__pycache__", "golden", "screens")
    for folder in ("neurofeedback", "scripts", "docs", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=leave_out)
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, root)
    return root


def blocks(heading: str) -> Iterator[tuple[str, str]]:
    """Language and text of each block of code below a heading."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", GUIDE, re.DOTALL | re.MULTILINE)
    yield from re.findall(r"^```(\w+)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def carry_out(heading: str, root: Path) -> None:
    """Follow a section of the guide from its first block to its last."""
    for language, text in blocks(heading):
        if language == "console":
            for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                compare(command, run(command, root), printed)
        elif language == "pycon":
            example = root / "example.txt"
            example.write_text(text, encoding="utf-8")
            run("python -m doctest example.txt", root)
        else:
            first, rest = text.split("\n", 1)
            change(root / first.removeprefix("# "), language, text, rest, root)


def change(file: Path, language: str, text: str, rest: str, root: Path) -> None:
    """Do to a file what a block says."""
    if language == "diff":
        lines = rest.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        there = file.read_text(encoding="utf-8")
        assert there.count(old) == 1, f"the guide changes lines that are not in {file.name}:\n{old}"
        file.write_text(there.replace(old, new), encoding="utf-8")
    elif language == "po":
        translate(file, rest, root)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if language == "python":
            run(f"ruff check {file}", root)
            run(f"ruff format --check {file}", root)


def translate(file: Path, text: str, root: Path) -> None:
    """Let the script add what is new to a catalogue, translate it, and let it write the rest."""
    run(MAKE_CATALOGUE, root)
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=file.parent.parent.name)
    for message in read_po(text.splitlines(keepends=True), locale=catalogue.locale):
        if message.id:
            there = catalogue.get(message.id, message.context)
            assert there is not None, f"nothing shows the text {message.id!r}"
            there.string = message.string
    with file.open("wb") as stream:
        write_po(stream, catalogue)
    run(MAKE_CATALOGUE, root)


def run(command: str, root: Path) -> str:
    """Run a command in the copy; what it printed."""
    program, *arguments = shlex.split(command)
    done = subprocess.run(
        [*PROGRAMS[program], *arguments], cwd=root, check=False, capture_output=True, text=True,
        encoding="utf-8", env={**os.environ, "PYTHONPATH": str(root), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
    return done.stdout


def compare(command: str, got: str, want: str) -> None:
    """Compare output with the guide, where ``...`` stands for anything."""
    how = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert not want or doctest.OutputChecker().check_output(want, got, how), f"$ {command}\n{got}"


def untranslated(file: str, root: Path) -> list[object]:
    """Templates in a file of the program that have no German."""
    path = root / "neurofeedback" / "words" / "locales" / "de" / "LC_MESSAGES" / "neurofeedback.po"
    with path.open("rb") as stream:
        texts = [m for m in read_po(stream) if any(where == file for where, _ in m.locations)]
    assert texts
    return [m.id for m in texts if not m.string]


def test_a_new_kind_of_feature(copy: Path) -> None:
    carry_out("A new kind of feature", copy)
    assert untranslated("neurofeedback/signal/features/ratio.py", copy) == []
    page = (copy / "docs" / "protocol-file.md").read_text(encoding="utf-8")
    assert "`[[signal.features]]` with `kind = 'ratio'`" in page
    run("pytest tests/protocols/test_every_kind.py -k 'left_out or ratio'", copy)


def test_a_new_threshold_rule(copy: Path) -> None:
    carry_out("A new threshold rule", copy)
    assert untranslated("neurofeedback/protocols/rules/median.py", copy) == []
    run("pytest tests/protocols/test_every_kind.py -k 'left_out or median'", copy)


def test_a_new_language(copy: Path) -> None:
    carry_out("A new language", copy)
    missing = run(f"{MAKE_CATALOGUE} --missing", copy).splitlines()
    assert "Training" in missing
    assert "Threshold" not in missing


@pytest.mark.parametrize("code", ["de", "en", "qq", "../fr"])
def test_a_language_that_cannot_be_made_is_refused(code: str, copy: Path) -> None:
    with pytest.raises(AssertionError, match=r"there already|no language"):
        run(f"{MAKE_CATALOGUE} --new {code}", copy)
    assert len(list((copy / "neurofeedback" / "words" / "locales").iterdir())) == 1
