"""The built application, built and used as a person without Python would.

Takes minutes, so it is not part of ``make test``; run it with ``make test-installer``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built unless ``NEUROFEEDBACK_BUILD`` names a folder that was built before."""
    built = os.environ.get("NEUROFEEDBACK_BUILD")
    if built:
        return Path(built).resolve() / "neurofeedback"
    out = tmp_path_factory.mktemp("build")
    script = ROOT / "scripts" / "build_installer.py"
    subprocess.run([sys.executable, script, "--out", out, "--no-archive"], check=True)
    return out / "neurofeedback" / "neurofeedback"


@pytest.fixture
def run(program: Path, tmp_path: Path):
    """Run the program far from the sources, with nothing of this Python in the environment."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}

    def start(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [program, *map(str, arguments)],
            cwd=tmp_path, env=kept | home | environment,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return start


def test_it_says_what_it_can(run) -> None:
    assert "demo" in run("--help").stdout
    assert run("--version").stdout.startswith("neurofeedback ")


def test_the_library_is_there(run) -> None:
    shipped = {path.stem for path in (ROOT / "neurofeedback/protocols/library").glob("*.toml")}
    assert {p["name"] for p in json.loads(run("protocols", "list", "--json").stdout)} == shipped
    run("protocols", "explain", "pgacc-theta-up")


@pytest.mark.parametrize("shown", ["text", "windows"])
def test_a_demonstration_is_recorded_and_verified(run, tmp_path, shown: str) -> None:
    """Needs liblsl, the tables of mne, the steps of the index, and Qt."""
    more = ["--headless"] if shown == "text" else []
    run("demo", *more, "--seconds", 5, "--out", "here", QT_QPA_PLATFORM="offscreen")
    session = tmp_path / "here" / "sub-demo" / "ses-01"
    assert "bit for bit" in run("verify", session).stdout
    assert "demo" in run("index", "list", "--out", "here").stdout
    painted = next((tmp_path / "here").rglob("*_display.tsv")).read_text().splitlines()
    assert (len(painted) > 50) == (shown == "windows")


def test_the_machine_is_found_fit(run, tmp_path) -> None:
    answer = json.loads(run("doctor", "--json", "--out", tmp_path).stdout)
    assert answer["ok"], answer


def test_what_is_needed_beside_the_program_lies_there(program: Path) -> None:
    for name in ("neurofeedback.desktop", "neurofeedback.svg", "LICENSE"):
        assert (program.parent / name).is_file()
