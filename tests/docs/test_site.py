"""What the site of the documentation shows can be shown there."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
API = runpy.run_path(str(ROOT / "docs" / "make_site.py"))["API"]
# A table of reStructuredText: Markdown shows its rules as text, and its cells as one paragraph.
RULE = re.compile(r"^ *={3,} +={3,}", re.MULTILINE)


def source_of(name: str) -> Path:
    path = ROOT.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.parametrize("name", API)
def test_tables_of_the_api_are_tables_on_its_page(name: str) -> None:
    assert RULE.findall(source_of(name).read_text(encoding="utf-8")) == []
