"""A session of a study that was cut: put in order without the key, verified with it."""

import math
from datetime import UTC, datetime

import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.app.unfinished import Choice, discard_session, list_unfinished
from neurofeedback.errors import UserError
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.recover import recover_session
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import prepare_study_session
from neurofeedback.session.prepare_resumed import prepare_resumed
from neurofeedback.session.sink import Frames
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key, load_station_key
from reliability import faults
from reliability.sessions import copy_of

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSPHRASE = "correct horse"


@pytest.fixture(scope="module", params=[False, True], ids=["open samples", "sealed samples"])
def study(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": "time-shifted", "shift": 10.0}
    fields["blocks"] = [{"kind": "baseline", "seconds": 10.0}, {"kind": "train", "seconds": 20.0}]
    return Study.create(
        folder / "study",
        "Cut",
        ProtocolSpec.model_validate(fields),
        strata=[],
        size=4,
        blocks=[4],
        seed=3,
        station_key=folder / "station.key",
        unblinding_key=folder / "keeper" / "unblind.pem",
        passphrase=PASSPHRASE,
        now=NOW,
        seal_raw=request.param,
    )


def record(study, root, participant, second=None):
    """Record 18 s with what is fed back and painted, and let go; return the recorder."""
    source = SyntheticSource(
        n_channels=8, sfreq=160.0, seed=2, seconds=18.0, speed=math.inf, chunk_seconds=0.5
    )
    session = prepare_study_session(
        source,
        study,
        root=root,
        participant=participant,
        started=NOW,
        station_key=load_station_key(study.folder.parent / "station.key"),
        second=second,
    )
    picture, now = PictureModel(), 100.0
    for chunk in chunks_of(source):
        session.recorder.append([chunk])
        result = session.engine.step(chunk)
        rows = []
        for frame in result.feedback:
            picture.show(frame, None)
            now += 0.016
            seen = picture.advance(0.016)
            rows.append(DisplayRow(frame.sample, str(seen.mode), seen.value, now))
        session.recorder.append([Frames(result.features, result.feedback), *result.events, *rows])
        yield session.recorder


@pytest.fixture(scope="module")
def killed(study, tmp_path_factory):
    *_, recorder = record(study, tmp_path_factory.mktemp("data"), "P1")
    recorder.abandon()
    return recorder.layout


@pytest.fixture
def layout(killed, tmp_path):
    return copy_of(killed, tmp_path / "data")


@pytest.fixture
def key(study):
    return load_private_key(study.folder.parent / "keeper" / "unblind.pem", PASSPHRASE)


def test_as_it_was_left_it_verifies_and_is_finished(layout, key):
    assert verify_session(layout.session_dir, None, key).problems == []
    report = recover_session(layout)
    assert report.cut == {}
    report = verify_session(layout.session_dir, None, key)
    assert report.problems == []
    assert report.n_frames > 400
    assert report.n_displayed == report.n_frames
    stopped = SessionReader(layout).stopped
    assert layout.sealed.name in stopped.details["files"]
    assert not recover_session(layout).changed


DAMAGE = {
    "torn": lambda data: data[:-200],
    "zeros": lambda data: data[:-200] + bytes(200),
    "more zeros": lambda data: data + bytes(4096),
    "a bit": lambda data: data[:-3000] + bytes([data[-3000] ^ 4]) + data[-2999:],
    "a record twice": lambda data: data + data[-148:],
}


@pytest.mark.parametrize("how", DAMAGE)
def test_the_sealed_part_is_cut_to_what_can_be_trusted_without_the_key(layout, key, how):
    before = layout.sealed.read_bytes()
    layout.sealed.write_bytes(DAMAGE[how](before))
    if how != "torn":
        assert any("fails its checksum" in problem for problem in check_files(layout))
    report = recover_session(layout)
    kept = layout.sealed.read_bytes()
    assert before.startswith(kept)
    assert report.cut == {layout.sealed.name: len(DAMAGE[how](before)) - len(kept)}
    assert report.n_samples == 18 * 160
    assert (report.originals / layout.sealed.name).read_bytes() == DAMAGE[how](before)[len(kept) :]
    assert verify_session(layout.session_dir).problems == []
    assert verify_session(layout.session_dir, None, key).problems == []
    assert not recover_session(layout).changed


def test_what_is_sealed_of_samples_that_are_lost_is_passed_over(layout, key):
    raw = layout.eeg.read_bytes()
    layout.eeg.write_bytes(raw[: len(raw) * 3 // 4])
    report = recover_session(layout)
    assert report.n_samples == 18 * 160 * 3 / 4
    report = verify_session(layout.session_dir, None, key)
    assert report.problems == []
    assert report.n_displayed > 200


def test_where_the_sealed_part_is_gone_it_is_said(layout, key):
    layout.sealed.unlink()
    assert "The sealed part is not here." in verify_session(layout.session_dir).notes[1]
    assert "cannot be read" in verify_session(layout.session_dir, None, key).problems[0]


@pytest.mark.parametrize("lost", [0, 100_000], ids=["whole", "shorter in the second"])
def test_of_two_places_the_longer_sealed_part_is_taken(study, tmp_path, key, lost):
    second = tmp_path / "second"
    code = f"P{2 + bool(lost)}"
    for number, recorder in enumerate(record(study, tmp_path / "data", code, second)):
        if number == 20:
            recorder.sync()
            first = recorder.layout
            sealed = first.sealed.read_bytes()
            faults.broken("raw")(recorder)
    recorder.abandon()
    assert recorder.layout != first
    whole = recorder.layout.sealed.read_bytes()
    assert whole.startswith(sealed)
    if lost:
        recorder.layout.sealed.write_bytes(whole[: len(sealed) - 5])
    assert recover_session(first, second).joined == recorder.path
    assert first.sealed.read_bytes() == (sealed if lost else whole)
    report = verify_session(first.session_dir, None, key)
    assert report.problems == []
    assert report.n_samples == 18 * 160


def test_it_can_only_be_finished(layout):
    [found] = list_unfinished(layout.root)
    assert found.choices == (Choice.FINISH,)
    assert "belongs to a study" in found.reason
    with pytest.raises(UserError, match="belongs to a study"):
        discard_session(found)
    with pytest.raises(UserError, match="belongs to a study"):
        prepare_resumed(layout, SyntheticSource())
