"""Running the command line in tests: in this process where it can be, else as a real process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lsl_network import settings_of
from typer.testing import CliRunner, Result

ROOT = Path(__file__).parents[2]

Invoke = Callable[..., Result]
Launch = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def invoke() -> Invoke:
    """Run a command in this process; a defect of the program fails the test."""
    from neurofeedback.cli.main import app

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)

    return run


@pytest.fixture
def clean_environment(tmp_path: Path) -> dict[str, str]:
    """Environment of a process of its own: no display, an LSL session nobody else is in."""
    settings = tmp_path / "lsl_api.cfg"
    settings.write_text(settings_of(f"cli-{os.getpid()}-{tmp_path.name}"), "ascii")
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "NEUROFEEDBACK_DATA")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    return environment | {"LSLAPICFG": str(settings), "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def launch(clean_environment: dict[str, str]):
    """Start commands as processes; those still running at the test's end are ended."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, **options: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "neurofeedback", *map(str, arguments)],
            cwd=ROOT,
            env=clean_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


@pytest.fixture
def eeg_file(data_dir: Path) -> Path:
    """A real recording of 61 s with 64 channels."""
    return data_dir / "edf" / "S001R01.edf"
