"""The house rules that a machine can check: who may import whom, and what start-up may load."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEVER_AT_START = {"PySide6", "pyqtgraph", "mne"}
NOT_NEEDED_FOR_HELP = NEVER_AT_START | {"numpy", "scipy", "pylsl", "pyxdf"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def loaded(importtime: str) -> set[str]:
    """Top-level packages named in the output of ``python -X importtime``."""
    return {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in importtime.splitlines()}


def test_import_contracts_hold():
    outcome = run("-c", "import sys; from importlinter.cli import lint_imports; "
                        "sys.exit(lint_imports(no_logo=True))")  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout


def test_the_contract_on_pylsl_names_modules_that_exist():
    text = (ROOT / "pyproject.toml").read_text()
    named = re.findall(r'"neurofeedback\.([a-z_.]+)"', text)
    assert named
    for module in named:
        path = ROOT / "neurofeedback" / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_importing_the_package_loads_neither_qt_nor_mne():
    outcome = run("-X", "importtime", "-c", "import neurofeedback")
    assert outcome.returncode == 0
    assert not loaded(outcome.stderr) & NEVER_AT_START


@pytest.mark.parametrize(
    ("arguments", "never"),
    [
        (["--help"], NOT_NEEDED_FOR_HELP),
        (["--version"], NOT_NEEDED_FOR_HELP),
        (["replay", "--help"], NEVER_AT_START),  # a command imports its own work
        (["protocols", "--help"], NEVER_AT_START),
    ],
)
def test_help_loads_nothing_heavy(arguments, never):
    outcome = run("-X", "importtime", "-m", "neurofeedback", *arguments)
    assert outcome.returncode == 0
    assert "typer" in loaded(outcome.stderr)
    assert not loaded(outcome.stderr) & never


def test_a_long_module_says_why():
    """A module has about 300 lines; one of more than 350 gives its reason in its docstring."""
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "neurofeedback").rglob("*.py")
        if (text := path.read_text(encoding="utf-8")).count("\n") > 350
        and "Longer than most modules" not in (ast.get_docstring(ast.parse(text)) or "")
    ]
    assert silent == []
