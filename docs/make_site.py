"""Build the documentation as a site, without a network.

    python docs/make_site.py            into build/site
    python docs/make_site.py --serve    and show it on this machine

The pages keep the places they have in the project, so that a link is right in both. What they link
to and is no page (an example, a test) goes with them. Links and anchors that lead nowhere fail.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "build" / "pages"
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
API = (
    "neurofeedback",
    "neurofeedback.recording.read.session_data",
    "neurofeedback.frames",
    "neurofeedback.events",
    "neurofeedback.acquisition.source",
    "neurofeedback.acquisition.replay",
    "neurofeedback.signal.pipeline",
    "neurofeedback.signal.features.base",
    "neurofeedback.protocols.spec",
    "neurofeedback.protocols.rules",
    "neurofeedback.session.engine",
    "neurofeedback.session.verification.verify",
)


def gather() -> None:
    """Copy every page, what it links to, and the API into `PAGES`."""
    shutil.rmtree(PAGES, ignore_errors=True)
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        _copy(page)
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            linked = (page.parent / target).resolve()
            if linked.is_file() and linked.is_relative_to(ROOT):
                _copy(linked)
            elif (linked / "README.md").is_file():
                _copy(linked / "README.md")
    text = "# API\n\nThe parts that other programs build on.\n\n"
    text += "\n\n".join(f"::: {name}" for name in API) + "\n"
    (PAGES / "api.md").write_text(text, encoding="utf-8")


def _copy(file: Path) -> None:
    place = PAGES / file.relative_to(ROOT)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, place)


def main() -> int:
    """Build."""
    gather()
    command = "serve" if "--serve" in sys.argv[1:] else "build"
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    words = [sys.executable, "-m", "mkdocs", command]
    return subprocess.run(words, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
