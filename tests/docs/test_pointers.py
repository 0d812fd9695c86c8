"""What the documentation points to exists."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "neurofeedback"
PAGES = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/developer-guide.md",
    "docs/invariants.md",
    "THREATS.md",
]
MODULE = re.compile(r"`([\w/]+\.py)`")


def text_of(page: str) -> str:
    """A page without its blocks of code."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_paths_and_links_exist(page: str) -> None:
    text = text_of(page)
    named = re.findall(r"`((?:tests|docs|scripts|neurofeedback)/[\w./-]+)`", text)
    linked = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text)]
    there = [ROOT / path for path in named]
    there += [(ROOT / page).parent / link for link in linked if not link.startswith("http")]
    assert there
    assert [str(path) for path in there if not path.exists()] == []


def test_every_invariant_names_its_tests() -> None:
    rows = re.findall(
        r"^\| (?!what always|---)(.+) \| (.+) \|$", text_of("docs/invariants.md"), re.M
    )
    assert len(rows) > 30
    assert [promise for promise, tests in rows if "`tests/" not in tests] == []


def test_what_to_begin_with_exists() -> None:
    rows = re.findall(r"^\| (`[\w`, ]+`) \| (.+?) \|", text_of("ARCHITECTURE.md"), re.MULTILINE)
    for packages, modules in rows:
        folders = [PACKAGE, *(PACKAGE / name for name in re.findall(r"`(\w+)`", packages))]
        for module in MODULE.findall(modules):
            assert any((folder / module).is_file() for folder in folders), (packages, module)
    assert sum(len(MODULE.findall(modules)) for _, modules in rows) > 20


def test_the_picture_has_the_layers_that_are_checked() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["id"] == "layers"]
    picture = re.search(
        r"^```\n(.*?)^```", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.S | re.M
    )
    assert picture is not None
    lines = picture[1].splitlines()
    assert [re.split(r"  +", line)[0] for line in lines] == layers


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=str)
def test_packages_name_modules_that_exist(path: Path) -> None:
    """Lower-case names in single backticks are modules, or parts of one, from here or the top."""
    words = re.findall(r"(?<!`)`([a-z_]+(?:\.\w+)*)`(?!`)", path.read_text("utf-8").split('"""')[1])
    unknown = [
        word for word in words if not any(_is_there(word, p) for p in (path.parent, PACKAGE))
    ]
    assert unknown == []


def _is_there(name: str, folder: Path) -> bool:
    parts = name.split(".")
    candidates = [folder.joinpath(*parts), folder.joinpath(*parts[:-1])]
    if any(p != folder and (p.is_dir() or p.with_suffix(".py").is_file()) for p in candidates):
        return True
    return importlib.util.find_spec(parts[0]) is not None
