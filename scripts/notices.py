"""Write the licences of everything that is handed over with the application.

    python scripts/notices.py FILE

Many licences demand that their text goes with the program; this collects the text of each package
that the program needs, as the package itself brings it. Qt for Python brings none: its texts are
in ``packaging/licences``. That library is used under the LGPL; the files of its folder in the
application may be replaced by others. The typeface of the windows has its text beside it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

NAMES = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
NEEDED = re.compile(r"[A-Za-z0-9._-]+")
RULE = "=" * 78
ROOT = Path(__file__).resolve().parents[1]
LICENCES = ROOT / "packaging" / "licences"
TYPEFACE = ROOT / "neurofeedback" / "gui" / "typeface" / "OFL.txt"


def needed(name: str, seen: dict[str, Distribution]) -> dict[str, Distribution]:
    """Return the packages that one needs to run, itself included, by name."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    try:
        seen[key] = distribution(name)
    except PackageNotFoundError:  # for another system, or an extra that is not installed
        return seen
    for text in seen[key].requires or ():
        if "extra ==" not in text and (found := NEEDED.match(text)):
            needed(found[0], seen)
    return seen


def licence(package: Distribution) -> str:
    """Return the name of its licence, as the package gives it."""
    known = package.metadata
    classifiers = [
        line.rsplit("::", 1)[-1].strip()
        for line in known.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    short = (known.get("License") or "").strip()
    return known.get("License-Expression") or "; ".join(classifiers) or short.split("\n")[0]


def texts(package: Distribution) -> Iterator[str]:
    """Yield the texts of its licences."""
    for file in package.files or ():
        if NAMES.match(file.name) and file.suffix.lower() not in {".py", ".pyc"}:
            path = Path(str(file.locate()))
            if path.is_file():
                yield path.read_text(encoding="utf-8", errors="replace").strip()


def main() -> None:
    """Write the file."""
    packages = needed("neurofeedback", {})
    packages.pop("neurofeedback")
    parts = ["This application contains the following packages, each under its own licence."]
    parts += [
        "\n\n".join(
            [f"{RULE}\n{p.metadata['Name']} {p.version}: {licence(p) or 'see below'}", *texts(p)]
        )
        for _, p in sorted(packages.items())
    ]
    parts += [
        f"{RULE}\n{path.stem}, the text\n\n{path.read_text(encoding='utf-8').strip()}"
        for path in (*sorted(LICENCES.glob("*.txt")), TYPEFACE)
    ]
    Path(sys.argv[1]).write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
