"""The workflows are what GitHub reads; they cannot run here, but their form can be checked."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def problems(*files):
    """Return what the schema of GitHub's workflows says against files."""
    if find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema is not installed: pip install check-jsonschema")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows",
         *files],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_workflows_are_of_the_form_that_is_asked_for():
    assert len(WORKFLOWS) == 2
    assert problems(*WORKFLOWS) == ""


def test_a_mistake_in_one_is_found(tmp_path):
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:", 1))
    assert "run-on" in problems(wrong)
