import hashlib
import json
import math
import re
import socket
import zipfile
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from official_validator import bids_errors
from recorded_session import STARTED, personal_events, record_session
from session_parts import INFO, FeedSource, cut, eeg, short_protocol

from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.export.bundle import MANIFEST, export_bundle
from neurofeedback.export.bundle_key import BundleKey
from neurofeedback.export.output import decrypt_file
from neurofeedback.export.sessions import sessions_at
from neurofeedback.protocols.commands import hold
from neurofeedback.recording.debrief import (
    Debrief,
    Effect,
    debrief_path,
    read_debrief,
    write_debrief,
)
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.read.session_data import read_session
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.verification.verify import verify_session

CODE = "AnnaS1990"
HOST = "office-pc-17"
PERSONAL = replace(
    INFO,
    name=f"{HOST} Anna Smith",
    source_id="SN-0047-1177",
    native_unit="uV at /home/anna",
)
UPTIME = 871_234.0  # s; ten days


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A session in which a person left traces wherever one can."""
    root = tmp_path_factory.mktemp("data")
    layout = record_session(
        root,
        CODE,
        info=PERSONAL,
        uptime=UPTIME,
        gap=0.5,
        extra=personal_events(100.0 + UPTIME),
        reason="Anna Smith felt ill",
    )
    (root / "participants.tsv").write_text(f"participant_id\tname\nsub-{CODE}\tAnna Smith\n")
    (layout.eeg_dir / "notes of Anna.txt").write_text("Anna Smith")
    effects = (Effect("headache", "severe"),)
    write_debrief(layout, Debrief(STARTED, "B. Jones", "Anna yawns", effects, "Smith felt ill"))
    layout.derived("report.html").write_text(f"sub-{CODE}, Anna Smith")
    return layout


def bundled(layouts, folder, **options):
    made = export_bundle(layouts, folder / "out", folder / "key.json", **options)
    with zipfile.ZipFile(made.file) as archive:
        archive.extractall(folder / "unpacked")
    (root,) = (folder / "unpacked").iterdir()
    return made, root


@pytest.fixture(scope="module")
def bundle(original, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    known = {CODE: {"code": "X7K2P9QD", "weeks": -5987}}  # so that the bytes do not vary
    (folder / "key.json").write_text(json.dumps({"format": 1, "participants": known}))
    return bundled([original], folder)


def files_of(root):
    return sorted(path for path in root.rglob("*") if path.is_file())


LOCAL = STARTED.isoformat()
TRACES = [
    CODE,
    "Anna",
    "Smith",
    "yawns",
    "Jones",
    "felt ill",
    HOST,
    PERSONAL.source_id,
    "/home/",
    str(int(UPTIME)),
    str(int(2 * UPTIME)),
    LOCAL[:10],
    LOCAL[:10].replace("-", ""),
    "2026-",
    LOCAL[-6:],
]
OTHERS = [STARTED.strftime("%d.%m.%y"), "/root/", '"weeks"', "bundle_key", "sourcedata"]


def test_no_byte_of_the_bundle_tells_who_it_was(original, bundle):
    made, root = bundle
    here = [str(original.root), str(made.file.parent), socket.gethostname()]
    here = [text for text in here if len(text) > 4]  # a short name is in everything
    for file in [*files_of(root), made.file]:
        content = file.read_bytes()
        for word in TRACES + OTHERS + here:
            assert word.lower().encode() not in content.lower(), (file.name, word)
            assert word.lower() not in file.relative_to(root.parents[1]).as_posix().lower()


def test_the_traces_were_there_to_be_found(original):
    everything = b"".join(file.read_bytes() for file in files_of(original.root)).lower()
    everything += original.stem.lower().encode()
    for word in TRACES:
        assert word.lower().encode() in everything, word


def test_adverse_effects_go_with_the_bundle_and_no_word_of_them(bundle):
    (layout,) = sessions_at(bundle[1])
    debrief = read_debrief(layout)
    assert debrief.effects == (Effect("headache", "severe"),)
    assert debrief.saved == STARTED + timedelta(weeks=-5987)
    assert (debrief.operator, debrief.note, debrief.effect_words) == ("", "", "")


def test_times_in_the_archive_are_those_of_no_clock(bundle):
    with zipfile.ZipFile(bundle[0].file) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o600}


def test_an_unpacked_bundle_passes_verify_bit_for_bit(original, bundle):
    (layout,) = sessions_at(bundle[1])
    then, now = verify_session(original.protocol), verify_session(layout.protocol)
    assert now.problems == []
    assert [note.fields["names"] for note in now.notes] == [debrief_path(layout).name]
    assert (now.n_samples, now.n_frames, now.n_events, now.n_displayed) == (
        then.n_samples,
        then.n_frames,
        then.n_events,
        then.n_displayed,
    )
    assert now.n_frames > 500
    assert now.n_displayed > 10


def test_an_unpacked_bundle_is_a_bids_dataset(bundle):
    assert bids_errors(bundle[1]) == []
    assert bids_errors(bundle[1] / "derivatives" / "neurofeedback") == []


def test_a_key_beside_the_recordings_leaves_them_a_bids_dataset(tmp_path):
    layout = record_session(tmp_path / "data")
    key = tmp_path / "data" / "sourcedata" / "bundle_key.json"
    export_bundle([layout], tmp_path / "out", key)
    assert key.exists()
    assert bids_errors(tmp_path / "data") == []


def test_the_manifest_names_every_file_with_its_checksum(bundle):
    root = bundle[1]
    listed = {}
    for line in (root / MANIFEST).read_text().splitlines():
        digest, name = line.split("  ", 1)
        listed[name] = digest
    found = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files_of(root)
        if path.name != MANIFEST
    }
    assert listed == found


def test_what_researchers_analyse_is_the_same(original, bundle):
    (layout,) = sessions_at(bundle[1])
    was, now = read_session(original.protocol), read_session(layout.protocol)
    assert now.raw.get_data().tobytes() == was.raw.get_data().tobytes()
    assert now.raw.info["bads"] == was.raw.info["bads"]
    assert now.features.dtype == was.features.dtype
    for name in now.features.dtype.names:
        if name != "time":
            assert np.array_equal(
                now.features[name],
                was.features[name],
                equal_nan=name[:4] in ("feat", "valu", "thre"),
            ), name
    free_text = ("note", "marker")
    kept = [a["description"] for a in was.raw.annotations]
    kept = [text.split()[0] if text.startswith(free_text) else text for text in kept]
    found = [a["description"] for a in now.raw.annotations]
    found = [text.split()[0] if text.startswith(free_text) else text for text in found]
    assert sorted(found) == sorted(kept)
    assert now.protocol == was.protocol


def test_distances_in_time_are_the_same_and_clocks_start_near_zero(original, bundle):
    (layout,) = sessions_at(bundle[1])
    was, now = SessionReader(original.protocol), SessionReader(layout.protocol)
    before, after = (read_session(r.layout.protocol) for r in (was, now))
    assert 0 <= after.times[0] < 1
    assert np.array_equal(np.diff(after.times), np.diff(before.times))
    assert 0 <= now.chunk_rows[0].arrival < 1
    for old, new in zip(was.chunk_rows, now.chunk_rows, strict=True):
        assert (new.gap, new.crc32, new.n_times) == (old.gap, old.crc32, old.n_times)
        # How late a chunk arrived is what the three clocks together say.
        late = [row.arrival - (row.last_time + row.clock_offset) for row in (old, new)]
        assert late[0] == pytest.approx(late[1], abs=1e-6)
    painted = [[row.painted for row in r.display_rows()] for r in (was, now)]
    assert np.allclose(np.diff(painted[0]), np.diff(painted[1]), atol=1e-9)


@given(
    first=st.floats(0, 1e10),
    later=st.floats(0, 1e10),
)
def test_taking_whole_seconds_off_a_clock_is_exact(first, later):
    reading, start = first + later, float(math.floor(first))
    assert Fraction(reading - start) == Fraction(reading) - Fraction(start)


def test_the_date_is_shifted_by_whole_weeks_and_told_in_utc(bundle):
    made, root = bundle
    (layout,) = sessions_at(root)
    start = SessionReader(layout.protocol).start
    weeks = BundleKey(made.key).disguise(CODE, STARTED.date()).weeks
    assert start.started == STARTED + timedelta(weeks=weeks)
    assert start.started.utcoffset() == timedelta(0)
    assert 1904 <= start.started.year < 1920
    raw = read_session(layout.protocol).raw
    assert raw.info["meas_date"] == start.started


def test_events_are_kept_without_what_a_person_wrote(original, bundle):
    (layout,) = sessions_at(bundle[1])
    was, now = SessionReader(original.protocol).events(), SessionReader(layout.protocol).events()
    assert [e.kind for e in now] == [e.kind for e in was]
    by_kind = {event.kind: dict(event.details) for event in now}
    assert by_kind[EventKind.OPERATOR_NOTE] == {}
    assert by_kind[EventKind.MARKER] == {}
    assert by_kind[EventKind.ERROR] == {}
    assert by_kind[EventKind.STREAM_LOST] == {"seconds": 1.5}
    assert by_kind[EventKind.SESSION_STOPPED]["status"] == "completed"
    assert by_kind[EventKind.SESSION_STOPPED]["reason"] == ""


def test_the_marker_file_is_as_it_was_but_for_the_date(original, bundle):
    (layout,) = sessions_at(bundle[1])
    was = original.vmrk.read_text().replace(original.stem, layout.stem)
    now = layout.vmrk.read_text()
    date = re.compile(r"(Mk1=New Segment,,1,1,0,)\d{20}")
    assert date.sub(r"\1", now) == date.sub(r"\1", was)


def test_sessions_of_a_participant_keep_code_and_distance(tmp_path):
    root = tmp_path / "data"
    record_session(root, "P01")
    record_session(root, "P02")
    record_session(root, "P01", started=STARTED + timedelta(days=9))
    made, unpacked = bundled(sessions_at(root), tmp_path)
    assert made.file.name == "bundle.zip"
    found = {
        (a.participant, a.session): SessionReader(a.protocol).start.started
        for a in sessions_at(unpacked)
    }
    one, two = made.codes["P01"], made.codes["P02"]
    assert found[one, 2] - found[one, 1] == timedelta(days=9)
    assert found[two, 1] != found[one, 1]
    listed = (unpacked / "participants.tsv").read_text().splitlines()
    assert listed == ["participant_id", *sorted((f"sub-{one}", f"sub-{two}"))]
    again = export_bundle(sessions_at(root / "sub-P01"), tmp_path / "again", made.key)
    assert again.codes == {"P01": one}


def test_a_code_can_be_chosen_for_one_participant_only(tmp_path):
    root = tmp_path / "data"
    layouts = [record_session(root, "P01"), record_session(root, "P02")]
    with pytest.raises(UserError, match="--code names one participant, but the sessions are of 2"):
        export_bundle(layouts, tmp_path / "out", tmp_path / "key.json", code="S17")
    made = export_bundle(layouts[:1], tmp_path / "out", tmp_path / "key.json", code="S17")
    assert made.file.name == "bundle_sub-S17_ses-01.zip"
    assert json.loads((tmp_path / "key.json").read_text())["participants"].keys() == {"P01"}


def test_a_session_that_was_killed_is_bundled_as_far_as_it_goes(tmp_path):
    layout = record_session(tmp_path / "data", finish=False)
    for path in (layout.eeg, layout.times, layout.chunks, layout.feedback, layout.log):
        path.write_bytes(path.read_bytes()[:-3])
    _, root = bundled([layout], tmp_path)
    (found,) = sessions_at(root)
    reader = SessionReader(found.protocol)
    assert reader.stopped is None
    assert reader.beyond == ()
    assert reader.n_samples == SessionReader(layout.protocol).n_samples
    assert verify_session(found.protocol).problems == []
    assert bids_errors(root) == []


def test_a_damaged_session_is_refused_and_nothing_is_written(tmp_path):
    layout = record_session(tmp_path / "data")
    table = layout.chunks
    table.write_text(table.read_text().replace("0.0", "x", 1))
    with pytest.raises(UserError, match="is damaged, so it cannot be bundled"):
        export_bundle([layout], tmp_path / "out", tmp_path / "key.json")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "key.json").exists()


def test_an_archive_that_is_there_is_kept(tmp_path):
    layout = record_session(tmp_path / "data")
    made = export_bundle([layout], tmp_path / "out", tmp_path / "key.json")
    before = made.file.read_bytes()
    with pytest.raises(UserError, match="exists already"):
        export_bundle([layout], tmp_path / "out", tmp_path / "key.json")
    assert made.file.read_bytes() == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == [made.file.name]


def test_a_bundle_can_be_encrypted(tmp_path):
    layout = record_session(tmp_path / "data")
    phrase = "correct horse battery"
    made = export_bundle([layout], tmp_path / "out", tmp_path / "key.json", passphrase=phrase)
    assert made.file.name.endswith(".zip.age")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [made.file.name]
    decrypt_file(made.file, tmp_path / "bundle.zip", phrase)
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        assert archive.testzip() is None
        assert any(name.endswith(MANIFEST) for name in archive.namelist())


def test_a_session_with_holds_of_its_own_verifies_in_a_bundle(tmp_path):
    source = FeedSource(live=False)
    session = prepare_session(
        source, short_protocol(), root=tmp_path / "data", participant="p1", started=STARTED
    )
    runner = SessionRunner.of(session)
    for command in (hold(0, 200, "stale"), hold(700, 900, "bridge F3-F4")):
        runner.command(command)
    runner.start()
    data = eeg(12.0)
    source.feed(*cut(data, range(0, len(data), 50)), None)
    assert runner.wait(20.0)
    _, root = bundled([session.recorder.layout], tmp_path)
    (copied,) = sessions_at(root)
    assert verify_session(copied.session_dir).problems == []
    causes = [e.details.get("cause") for e in SessionReader(copied.session_dir).events()]
    assert {"stale", "bridge F3-F4"} <= set(causes)
