"""Nothing of a concealed session's size, at any moment, tells the arm: participants alike to the
last sample, one in each arm, leave files that grow alike."""

import json
import math
import re
from datetime import UTC, datetime

import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import FED
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.sealed import read_sealed
from neurofeedback.session.donor import donor_of_session
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import prepare_session, prepare_study_session
from neurofeedback.session.sink import Frames
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key, load_station_key

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSPHRASE = "correct horse"
RULES = {
    "target-rate": {"rule": "target-rate", "target_rate": 0.6},
    "staircase": {"rule": "staircase", "target_rate": 0.6, "easy": 0.9, "hard": 0.6},
    "continuous": {"rule": "continuous", "target_rate": 0.6, "window": 10.0},
}


def spec_of(kind, rule):
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": kind, "shift": 12.0}
    fields["threshold"] = RULES[rule]
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 14.0},
        {"kind": "train", "seconds": 12.0, "repeat": 4, "rest": 1.0},
    ]
    return ProtocolSpec.model_validate(fields)


def growth(session):
    """Run a session; return the sizes of its files after every chunk, by the ends of their names.

    That of the chunks is left out: it holds readings of the clock.
    """
    layout, sizes = session.recorder.layout, []
    for chunk in chunks_of(session.source):
        session.recorder.append([chunk])
        result = session.engine.step(chunk)
        session.recorder.append([Frames(result.features, result.feedback), *result.events])
        files = [*layout.eeg_dir.iterdir(), *layout.derivatives_dir.iterdir()]
        sizes.append({p.name.split("_")[-1]: p.stat().st_size for p in files if p != layout.chunks})
        if session.engine.finished:
            break
    session.recorder.finalize("completed")
    session.source.close()
    return sizes


@pytest.fixture(params=[("time-shifted", r) for r in RULES]
                + [("phase-scrambled", "staircase"), ("yoked", "staircase")],
                ids=" ".join)  # fmt: skip
def trial(request, tmp_path):
    study = Study.create(
        tmp_path / "study", "Sizes", spec_of(*request.param), strata=[], size=2, blocks=[4],
        seed=4, station_key=tmp_path / "station.key",
        unblinding_key=tmp_path / "keeper" / "unblind.pem", passphrase=PASSPHRASE, now=NOW,
    )  # fmt: skip
    if request.param[0] == "yoked":
        for number in range(2):
            session = prepare_session(
                person(20 + number, 100.0), study.spec, root=tmp_path / "donors",
                participant=f"D{number}", started=NOW,
            )  # fmt: skip
            growth(session)
            donor = donor_of_session(session.recorder.path, study.spec)
            study.add_donor(donor, operator="op", now=NOW)
    return study, load_station_key(tmp_path / "station.key")


def person(seed, seconds=70.0):
    return SyntheticSource(
        ch_names=("F3", "F4", "C3", "C4"), sfreq=128.0, seed=seed, seconds=seconds,
        speed=math.inf, chunk_seconds=1.0,
    )  # fmt: skip


def test_twins_leave_files_that_grow_alike(trial, tmp_path):
    study, station = trial
    grown = []
    for code in ("P1", "P2"):
        session = prepare_study_session(
            person(3), study, root=tmp_path / "data", participant=code, started=NOW,
            station_key=station,
        )  # fmt: skip
        grown.append(growth(session))
    key = load_private_key(tmp_path / "keeper" / "unblind.pem", PASSPHRASE)
    opened = study.unblind(key, who="test", reason="test", now=NOW)
    assert {place.arm for place in opened} == set(FED)
    assert grown[0] == grown[1]
    assert {"sealed.bin", "feedback.tsv", "session.jsonl"} <= set(grown[0][0])
    told = []
    for code in ("P1", "P2"):
        layout = SessionLayout.find(tmp_path / "data" / f"sub-{code}" / "ses-01")
        assert verify_session(layout.session_dir, None, key, study.donors).problems == []
        lines = read_sealed(layout.sealed, key.private)
        told.append([line for line in lines if re.match("[EF]", line)])
    assert told[0] != told[1]
    assert [len(line) for line in told[0]] != [len(line) for line in told[1]]
    if study.spec.threshold.rule == "staircase":  # blocks that move the threshold in one arm alone
        moved = [[json.loads(x[2:])["sample"] for x in t if "ThresholdChanged" in x] for t in told]
        assert moved[0] != moved[1]
