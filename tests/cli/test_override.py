"""A session whose feedback the operator was shown is named, and verifies as before."""

import json
import math
from datetime import UTC, datetime

from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.session.prepare import prepare_study_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_station_key
from tests.cli.test_study import key_of, passphrase, protocol, run, study

__all__ = ["passphrase", "protocol", "study"]  # fixtures

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def test_it_is_named_by_check_and_status(invoke, eeg_file, study) -> None:
    data = study.parent / "data"
    assert run(invoke, eeg_file, study, "P1").exit_code == 0
    session = prepare_study_session(
        ReplaySource(eeg_file, speed=math.inf), Study(study), root=data, participant="P2",
        started=NOW, station_key=load_station_key(study.with_name("study.station.key")),
    )  # fmt: skip
    runner = SessionRunner.of(session)
    assert runner.status().rewards is None
    runner.show_feedback("B. Doctor", "faint")
    assert runner.status().rewards == 0
    runner.start()
    assert runner.wait(60.0)
    checked = invoke("study", "check", study, "--key", key_of(study), "--data", data)
    assert checked.exit_code == 0, checked.stderr
    said = "The operator was shown the feedback; the session is unblinded to them"
    assert checked.stderr.count(said) == 1
    assert "sub-P2/ses-01" in checked.stderr
    status = invoke("study", "status", study, "--data", data)
    assert status.exit_code == 0
    assert "(B. Doctor: faint)" in " ".join(status.stderr.split())
    found = json.loads(invoke("study", "status", study, "--data", data, "--json").stdout)
    assert list(found["feedback_shown"]) == ["sub-P2/ses-01"]
    verified = invoke("verify", session.recorder.path, "--key", key_of(study), "--study", study)
    assert verified.exit_code == 0, verified.stderr
