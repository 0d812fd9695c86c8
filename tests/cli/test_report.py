import json
import subprocess
import sys

import pytest
from summary_sessions import trained

from neurofeedback.report.summary import session_summary


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("report"), seconds=75.0)


def test_text_says_what_the_summary_does(invoke, folder):
    result = invoke("report", folder)
    summary = session_summary(folder)
    assert result.exit_code == 0
    text = result.output
    assert summary.title in text
    assert "Training 1" in text
    assert f"{summary.rewards} rewards" in text.replace("\n", " ")
    assert "does not diagnose depression" in text


def test_json_is_the_summary(invoke, folder):
    result = invoke("report", folder, "--json")
    assert json.loads(result.stdout) == json.loads(json.dumps(session_summary(folder).to_dict()))


def test_what_a_rerun_found_is_told(invoke, folder):
    result = invoke("report", folder, "--json", "--verify")
    assert json.loads(result.stdout)["verification"].startswith("Verified: ")


def test_a_pdf_needs_no_display(folder, tmp_path, clean_environment):
    target = tmp_path / "summary.pdf"
    command = [sys.executable, "-m", "neurofeedback", "report", folder, "--pdf", target]
    subprocess.run([*map(str, command)], check=True, env=clean_environment, timeout=100)
    assert target.read_bytes().startswith(b"%PDF-")


def test_without_pdf_no_qt_is_loaded(folder):
    code = (
        "import sys\nfrom neurofeedback.cli.main import app\n"
        f"app(['report', {str(folder)!r}], standalone_mode=False)\n"
        "assert not any(name.startswith('PySide6') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)


def test_no_session_is_one_sentence(launch, tmp_path):
    process = launch("report", tmp_path / "none")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "There is no session at" in said
    assert "Traceback" not in said
