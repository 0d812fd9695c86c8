"""The lock names all that is needed, with checksums and without the address of an index."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def test_the_lock_has_a_version_that_is_allowed_of_all_that_is_needed():
    text = (ROOT / "requirements.lock").read_text()
    pinned = {name.lower().replace("_", "-"): version for name, version in PINNED.findall(text)}
    with (ROOT / "pyproject.toml").open("rb") as file:
        needed = [Requirement(each) for each in tomllib.load(file)["project"]["dependencies"]]
    for one in needed:
        assert one.specifier.contains(pinned[one.name.lower()], prereleases=True), one.name
    assert all(
        "--hash=sha256:" in entry
        for entry in re.split(r"\n(?=[A-Za-z0-9])", text)[1:]
        if "==" in entry
    )
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", text)
