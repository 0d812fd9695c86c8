"""Print the lowest versions that pyproject.toml promises, as constraints for pip.

python scripts/lowest.py > lowest.txt
pip install --editable ".[test]" --constraint lowest.txt
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
PROMISE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?>=(?P<version>[^,;]+)")


def main() -> None:
    """Print a line for each package that the program itself needs."""
    with PYPROJECT.open("rb") as file:
        project = tomllib.load(file)["project"]
    for promise in project["dependencies"]:
        found = PROMISE.match(promise)
        if found is None:
            raise SystemExit(f"{promise} has no lowest version")
        print(f"{found['name']}=={found['version'].strip()}")


if __name__ == "__main__":
    main()
