"""A session whose arm is concealed keeps its secret, whatever becomes of it."""

import math
import zipfile
from datetime import UTC, datetime

import pytest
from recorded_session import record_session

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.export.bundle import export_bundle
from neurofeedback.export.sessions import sessions_at
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.session_data import read_session
from neurofeedback.session.offline import run_offline
from neurofeedback.session.prepare import prepare_study_session
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_station_key

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def concealed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": "time-shifted", "shift": 15.0}
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 20.0},
        {"kind": "train", "seconds": 20.0},
    ]
    study = Study.create(
        folder / "study",
        "Concealed",
        ProtocolSpec.model_validate(fields),
        strata=[],
        size=4,
        blocks=[4],
        seed=3,
        station_key=folder / "station.key",
        unblinding_key=folder / "keeper" / "unblind.pem",
        passphrase="correct horse",
        now=NOW,
    )
    source = SyntheticSource(
        n_channels=8, sfreq=160.0, seed=2, seconds=60.0, speed=math.inf, chunk_seconds=5.0
    )
    session = prepare_study_session(
        source,
        study,
        root=folder / "data",
        participant="AnnaS1990",
        started=NOW,
        station_key=load_station_key(folder / "station.key"),
    )
    run_offline(source, session.engine, session.info.sfreq, session.recorder)
    return session.recorder.layout


def test_what_was_fed_back_is_missing_and_it_is_said(concealed):
    session = read_session(concealed.protocol)
    assert "concealed: features and what was fed back are missing here" in session.remarks[0]
    trained = session.features[session.features["phase"] == "train"]
    assert len(trained) > 100
    assert not {"value", "feature", "threshold", "feature_faa"} & set(session.features.dtype.names)
    assert "reward" not in session.raw.annotations.description


def test_a_bundle_leaves_the_sealed_part_behind_and_verifies_as_the_session_does(
    concealed, tmp_path
):
    assert concealed.sealed.exists()
    made = export_bundle([concealed], tmp_path / "out", tmp_path / "key.json")
    with zipfile.ZipFile(made.file) as archive:
        archive.extractall(tmp_path / "unpacked")
    (root,) = (tmp_path / "unpacked").iterdir()
    (layout,) = sessions_at(root)
    assert not layout.sealed.exists()
    then, now = verify_session(concealed.protocol), verify_session(layout.protocol)
    assert (now.ok, now.n_frames, now.n_events) == (then.ok, then.n_frames, then.n_events)
    assert now.n_frames > 500
    for path in root.rglob("*"):
        if path.is_file():
            assert b"AnnaS1990" not in path.read_bytes()


def test_a_session_outside_of_a_study_has_no_such_remark(tmp_path):
    assert read_session(record_session(tmp_path).protocol).remarks == ()
