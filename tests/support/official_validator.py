"""The official BIDS validator, as a program that runs without internet."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def bids_errors(folder: Path) -> list[str]:
    """Return the errors that it finds in a folder; the test is skipped where it is missing."""
    beside = Path(sys.executable).with_name("bids-validator-deno")
    program = beside if beside.exists() else shutil.which("bids-validator-deno")
    if program is None:
        pytest.skip("bids-validator-deno is not installed")
    command = [program, "--format", "json", "--max-rows", "-1", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["totalFiles"] >= 2, report
    return [
        f"{issue['code']} {issue.get('location')}"
        for issue in report["issues"]["issues"]
        if issue["severity"] == "error"
    ]
