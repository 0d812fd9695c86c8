import subprocess
import sys
from pathlib import Path

import mne
import numpy as np
import pytest
from effort import examples
from forge import forge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_session import record_session
from session_parts import INFO

import neurofeedback
from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.recording.read.reader import DamagedSession, SessionReader
from neurofeedback.recording.read.session_data import GAP, read_session


def words(session):
    return [
        (round(a["onset"], 6), round(a["duration"], 6), a["description"])
        for a in session.raw.annotations
    ]


def test_a_session_comes_back_as_it_was_recorded(make):
    recorder, chunks = make.session()
    session = read_session(recorder.path)
    raw = session.raw
    stored = (raw.get_data().T * make.info.storage_scale).astype("<f4")
    assert stored.tobytes() == make.stored(*chunks).tobytes()
    assert raw.get_channel_types() == list(make.info.ch_types)
    assert raw.info["bads"] == ["Cz"]
    assert raw.info["meas_date"] == make.started
    assert raw.info["sfreq"] == make.info.sfreq
    assert np.array_equal(session.times, np.concatenate([c.timestamps for c in chunks]))
    assert session.protocol == make.protocol
    assert session.descriptors == {d.name: d for d in make.descriptors}
    assert session.start == recorder.start
    assert session.events[0].kind is EventKind.SESSION_STARTED
    assert session.events[-1].kind is EventKind.SESSION_STOPPED


def test_the_tables_hold_the_same_bits(make):
    recorder, chunks = make.session()
    session = read_session(recorder.path)
    features, feedback = zip(*(make.frames(chunk) for chunk in chunks), strict=True)
    table = session.features
    assert np.array_equal(table["sample"], np.concatenate([f.samples for f in features]))
    assert np.array_equal(table["time"], np.concatenate([f.times for f in features]))
    values = np.concatenate([f.values for f in features])
    for i, descriptor in enumerate(make.descriptors):
        assert np.array_equal(table[f"feature_{descriptor.name}"], values[:, i], equal_nan=True)
    frames = [frame for run in feedback for frame in run]
    for name in ("value", "feature", "threshold"):
        expected = np.array([getattr(frame, name) for frame in frames])
        assert np.array_equal(table[name], expected, equal_nan=True)
    for name in ("success", "reward", "block", "phase"):
        assert table[name].tolist() == [getattr(frame, name) for frame in frames]
    assert table["held"].tolist() == [frame.held or "" for frame in frames]
    assert session.display["sample"].tolist() == [chunk.first_sample for chunk in chunks]


def test_seconds_count_from_the_first_recorded_sample(make):
    recorder, _ = make.session()  # its first sample has the number 7
    session = read_session(recorder.path)
    assert session.features["seconds"][0] == 0.0
    assert np.allclose(
        session.features["seconds"] * make.info.sfreq, session.features["sample"] - 7
    )
    assert session.display["seconds"][0] == 0.0


def test_known_electrodes_have_places_in_the_head(make):
    recorder, _ = make.session()
    raw = read_session(recorder.path).raw
    places = raw.get_montage().get_positions()
    assert places["coord_frame"] == "head"
    f3, f4 = places["ch_pos"]["F3"], places["ch_pos"]["F4"]
    assert f3[0] < -0.03 < 0.03 < f4[0]


def test_a_gap_keeps_filters_and_epochs_apart(make):
    recorder, chunks = make.session()
    session = read_session(recorder.path)
    gap = chunks[0].n_times / make.info.sfreq
    assert (gap, 0.0, f"{GAP} 0.500 s") in words(session)
    assert session.remarks == (f"Samples are missing in 1 place(s), marked by {GAP} annotations.",)
    epochs = mne.make_fixed_length_epochs(
        session.raw, duration=0.1, reject_by_annotation=True, preload=True, verbose="error"
    )
    dropped = [i for i, why in enumerate(epochs.drop_log) if why]
    assert dropped == [1], "the epoch from 0.1 to 0.2 s that spans the gap at 0.16 s"


NOTES = (
    Event(EventKind.OPERATOR_NOTE, 20, 100.2, {"text": "yawns, looks away"}),
    Event(EventKind.MARKER, 20, 100.2, {"label": "eyes open"}),
)


def trained(folder, *, finish=True):
    """Return a session that the engine ran."""
    return record_session(folder, gap=0.25, missing=True, extra=NOTES, finish=finish)


def test_blocks_holds_rewards_and_notes_are_annotated(tmp_path):
    session = read_session(trained(tmp_path).protocol)
    found = words(session)
    events = session.events
    for word, start, end in (
        ("block", EventKind.BLOCK_STARTED, EventKind.BLOCK_ENDED),
        ("hold", EventKind.HOLD_STARTED, EventKind.HOLD_ENDED),
    ):
        starts = [e.sample for e in events if e.kind is start]
        spans = [(on, long) for on, long, what in found if what.startswith(word)]
        assert [round(on * INFO.sfreq) for on, _ in spans] == starts
        stops = {round((on + long) * INFO.sfreq) for on, long in spans}
        assert {e.sample for e in events if e.kind is end} <= stops
    rewards = [e.sample / INFO.sfreq for e in events if e.kind is EventKind.REWARD]
    assert rewards
    assert [on for on, _, what in found if what == "reward"] == pytest.approx(rewards)
    assert (0.15625, 0.0, "note yawns, looks away") in found
    assert (0.15625, 0.0, "marker eyes open") in found
    assert (10.0, 0.0, f"{GAP} 0.250 s") in found
    assert any(what == "hold amplitude F3" for *_, what in found)
    held = session.features["gate"] != ""
    assert 0 < held.sum() < len(held)


def test_a_session_that_still_runs_can_be_read(tmp_path):
    session = read_session(trained(tmp_path, finish=False).protocol)
    assert session.raw.n_times == 20 * INFO.sfreq
    assert "not ended" in session.remarks[0]
    last_block = [a for a in words(session) if a[2].startswith("block")][-1]
    assert last_block[0] + last_block[1] <= 20.0


def test_a_session_that_was_killed_while_writing_can_be_read(tmp_path):
    layout = trained(tmp_path, finish=False)
    for path in (layout.eeg, layout.times, layout.chunks, layout.feedback, layout.log):
        path.write_bytes(path.read_bytes()[:-5])
    session = read_session(layout.protocol)
    n_samples = SessionReader(layout.protocol).n_samples
    assert n_samples == 20 * INFO.sfreq - 32
    assert session.raw.n_times == len(session.times) == n_samples
    assert session.features["sample"].max() < n_samples
    assert any("torn" in remark for remark in session.remarks)


def test_damage_is_said_not_read(tmp_path):
    layout = trained(tmp_path)
    data = bytearray(layout.eeg.read_bytes())
    data[len(data) // 2] ^= 1
    layout.eeg.write_bytes(data)
    with pytest.raises(DamagedSession, match="fails its checksum"):
        read_session(layout.protocol)


@pytest.mark.parametrize(
    ("was", "becomes"), [("SamplingInterval=", "SamplingInterval=1"), ("F3,,1,", "F3,,1.5,")]
)
def test_a_header_of_another_rate_or_calibration_is_not_read(make, was, becomes):
    recorder, _ = make.session()
    text = recorder.layout.vhdr.read_text(encoding="utf-8")
    assert was in text
    recorder.layout.vhdr.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(DamagedSession, match="is not as it was written"):
        read_session(recorder.path)


def test_a_table_that_holds_nonsense_is_refused(make):
    recorder, _ = make.session()
    table = recorder.layout.feedback
    forge(table, "7\t", "x\t")
    with pytest.raises(DamagedSession, match="column sample"):
        read_session(recorder.path)


def test_how_a_session_ended_is_said_unless_it_was_completed(make):
    recorder, _ = make.session(n_chunks=1, finish=False)
    recorder.finalize("failed", "the amplifier went away")
    remarks = read_session(recorder.path).remarks
    assert remarks == ("The session ended as failed: the amplifier went away.",)


def test_without_a_sample_there_is_nothing_to_read(make):
    recorder = make.recorder()
    with pytest.raises(UserError, match="has no samples: nothing has been recorded yet"):
        read_session(recorder.path)


KINDS = (
    EventKind.BLOCK_STARTED,
    EventKind.BLOCK_ENDED,
    EventKind.HOLD_STARTED,
    EventKind.HOLD_ENDED,
    EventKind.REWARD,
    EventKind.MARKER,
)


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(-3, 60)), max_size=30))
def test_annotations_stay_within_the_recording_whatever_was_logged(
    tmp_path_factory, make_in, drawn
):
    make = make_in(tmp_path_factory.mktemp("data"))
    recorder = make.recorder()
    recorder.append([make.chunk(0, 50)])
    drawn = sorted(drawn, key=lambda pair: pair[1])
    recorder.append([Event(kind, sample, 0.0, {"cause": "c"}) for kind, sample in drawn])
    session = read_session(recorder.path)
    inside = [kind for kind, sample in drawn if 0 <= sample < 50]
    begun = [kind for kind in inside if kind not in (EventKind.BLOCK_ENDED, EventKind.HOLD_ENDED)]
    assert len(session.raw.annotations) == len(begun)
    for onset, duration, _ in words(session):
        assert 0 <= onset < 0.2
        assert 0 <= duration <= 0.2 - onset + 1e-9


def test_the_name_is_there_without_loading_mne_or_qt():
    code = (
        "import sys, neurofeedback\n"
        "assert not {'mne', 'numpy', 'PySide6'} & set(sys.modules)\n"
        "neurofeedback.read_session\n"
        "assert not {'mne', 'PySide6'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
    with pytest.raises(AttributeError, match="no attribute 'read_sessions'"):
        _ = neurofeedback.read_sessions
