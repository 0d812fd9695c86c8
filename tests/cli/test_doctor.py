import json

import pytest

from neurofeedback.cli import checks
from neurofeedback.cli.checks import State


def test_doctor_finds_this_machine_fit(launch, tmp_path):
    process = launch("doctor", "--json", "--out", tmp_path / "new")
    stdout, stderr = process.communicate(timeout=60)
    answer = json.loads(stdout)
    assert process.returncode == 0, stderr
    assert answer["ok"]
    assert {c["name"] for c in answer["checks"]} >= {
        "Python",
        "PySide6",
        "LSL loopback",
        "recordings",
    }
    by_name = {c["name"]: c for c in answer["checks"]}
    assert by_name["display"]["state"] == "warn"
    assert by_name["LSL loopback"]["detail"].startswith("liblsl 1.")
    assert "no display" in by_name["display"]["detail"]


def test_doctor_says_when_nothing_can_be_recorded(launch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    process = launch("doctor", "--out", blocked)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"{blocked} cannot be written" in stdout
    assert "NEUROFEEDBACK_DATA" in stdout
    assert "Traceback" not in stderr


@pytest.mark.parametrize(
    ("installed", "state"),
    [("6.10.1", State.FAIL), ("6.10.2", State.OK), ("6.11.3", State.OK), ("6.12.0", State.FAIL),
     ("7.0.0", State.FAIL)],
)  # fmt: skip
def test_only_known_good_versions_of_pyside_pass(monkeypatch, installed, state):
    monkeypatch.setattr(checks, "version", lambda name: installed)
    check = checks.check_pyside()
    assert check.state is state
    assert bool(check.mend) == (state is State.FAIL)


def test_a_missing_package_is_named_with_the_line_that_mends_it(monkeypatch):
    def version(name: str) -> str:
        if name == "pyxdf":
            raise checks.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(checks, "version", version)
    check = checks.check_packages()
    assert check.state is State.FAIL
    assert check.mend == "pip install pyxdf"


def test_little_space_is_a_warning(monkeypatch, tmp_path):
    usage = type("Usage", (), {"free": 1e9})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    assert checks.check_root(tmp_path).state is State.WARN


def test_a_settings_file_of_lsl_that_is_not_there_is_a_warning(monkeypatch, tmp_path):
    monkeypatch.setenv("LSLAPICFG", str(tmp_path / "gone.cfg"))
    check = checks.check_lsl_settings()
    assert check.state is State.WARN
    assert "gone.cfg" in check.detail
