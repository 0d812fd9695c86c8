"""Look for known faults in the versions of requirements.lock, with pip-audit in a venv of its own.

python scripts/audit.py

Exits with 1 if there are any, with 0 if there are none, and with 2 if nobody could be asked.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "audit"
UNKNOWN = (
    "Whether requirements.lock has known faults could not be found out: pip-audit or the list of "
    "faults cannot be reached. Try again where there is a network."
)


def main() -> int:
    """Make the venv, ask, and say what came of it."""
    if not (FOLDER / "bin" / "python").exists() and not (FOLDER / "Scripts").exists():
        venv.create(FOLDER, with_pip=True)
    python = next(p for p in FOLDER.glob("*/python*") if p.stem == "python")
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit"],
        check=False, capture_output=True,
    )  # fmt: skip
    if installed.returncode:
        print(UNKNOWN)
        return 2
    lock = ROOT / "requirements.lock"
    # Nothing is installed: the lock has every version, and nothing is to be resolved.
    asked = subprocess.run(
        [python, "-m", "pip_audit", "--requirement", lock, "--require-hashes", "--disable-pip",
         "--progress-spinner", "off"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    faults = asked.returncode and "Found" in asked.stderr
    if not faults and (asked.returncode or "could not be audited" in asked.stdout):
        print(UNKNOWN)
        return 2
    print(asked.stdout, end="")
    print(asked.stderr, end="", file=sys.stderr)
    return asked.returncode


if __name__ == "__main__":
    raise SystemExit(main())
