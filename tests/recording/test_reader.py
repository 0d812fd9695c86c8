import shutil
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from effort import examples
from forge import forge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, StreamInfo, from_storage
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import DamagedSession, SessionReader
from neurofeedback.recording.tables import DisplayRow, format_feedback_rows


def words(rows: Iterable[DisplayRow | Event]) -> list[str]:
    """Return rows so that they can be compared: since Python 3.13, one with a NaN equals none."""
    return [repr(row) for row in rows]


def same(a: Chunk, b: Chunk) -> bool:
    """Whether two chunks are equal in every bit."""

    def bits(chunk):
        scalars = (chunk.gap, chunk.arrival, chunk.clock_offset)
        return (
            chunk.data.shape,
            chunk.data.dtype,
            chunk.data.tobytes(),
            chunk.timestamps.tobytes(),
            chunk.first_sample,
            struct.pack("<3d", *scalars),
        )

    return bits(a) == bits(b)


def test_chunks_come_back_bit_for_bit(make):
    recorder, chunks = make.session(5, 33)
    reader = SessionReader(recorder.path)
    again = list(reader.iter_chunks())
    assert len(again) == len(chunks)
    assert all(same(a, b) for a, b in zip(again, chunks, strict=True))
    assert not again[0].data.flags.writeable
    assert reader.beyond == ()


number = st.floats(allow_infinity=False)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            npst.arrays("<f4", (3, 3)),
            npst.arrays("<f8", 3, elements=st.floats()),
            number,
            number,
            number,
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 2**53),
)
def test_whatever_a_stream_brings_comes_back(tmp_path_factory, make_in, parts, first):
    make = make_in(tmp_path_factory.mktemp("data"))
    info = StreamInfo("s", "", 3.0, ("a", "b", "c"), ("eeg", "misc", "stim"), ("V", "n/a", "V"))
    chunks = []
    with np.errstate(over="ignore"), make.recorder(info=info) as recorder:
        for stored, times, gap, arrival, offset in parts:
            gap = 0.0 if gap != gap else gap
            data = from_storage(stored, info.storage_scale)
            chunks.append(Chunk(data, times, first, gap, arrival, offset))
            recorder.append([chunks[-1]])
            first += 3
    reader = SessionReader(recorder.path)
    assert reader.info == info
    for a, b in zip(reader.iter_chunks(), chunks, strict=True):
        np.testing.assert_array_equal(a.data, b.data)
        assert a.timestamps.tobytes() == b.timestamps.tobytes()
        assert (a.first_sample, a.gap) == (b.first_sample, b.gap)
        assert repr((a.arrival, a.clock_offset)) == repr((b.arrival, b.clock_offset))
    assert check_files(recorder.path) == []


def test_what_was_known_at_the_start_comes_back(make):
    hostile = ("F3\t,F4", "ü[Comment]", "  ", "a\nb", "F3_,F4")
    info = StreamInfo(
        "ämp\n\udc80", "\0id", 1000 / 3, hostile, ("eeg",) * 5, ("V",) * 5, "µV", "lsl"
    )
    recorder = make.recorder(info=info)
    recorder.append([make.chunk(0, 4, info=info)])
    start = SessionReader(recorder.path).start
    assert start == recorder.start
    assert start.stream == info
    assert start.protocol == make.protocol
    assert start.descriptors == make.descriptors
    assert (start.bads, start.started) == (("Cz",), make.started)
    recorder.finalize("completed")


def test_tables_and_log_come_back_as_text(make):
    recorder, chunks = make.session()
    reader = SessionReader(recorder.path)
    text = "".join(format_feedback_rows(*make.frames(chunk)) for chunk in chunks)
    assert reader.feedback_lines() == text.splitlines()
    columns = reader.feedback_rows()
    assert list(columns) == [
        "sample", "time", "feature_faa", "feature_value", "gate", "held", "value", "feature",
        "threshold", "inhibit", "success", "reward", "block", "phase",
    ]  # fmt: skip
    assert len(columns["sample"]) == 15
    assert columns["held"][:2] == ["amplitude F3", "n/a"]
    assert words(reader.display_rows()) == words(
        DisplayRow(c.first_sample, "feedback", 0.25, c.arrival + 0.02) for c in chunks
    )
    recorded = [e for c in chunks for e in make.events(c)]
    assert reader.events()[1:-1] == recorded
    assert reader.stopped.kind is EventKind.SESSION_STOPPED


TORN = ["eeg", "times", "chunks", "feedback", "display", "log", "events"]


@pytest.mark.parametrize("name", TORN)
def test_a_file_torn_anywhere_in_its_last_record_costs_that_record_alone(make, name):
    recorder, chunks = make.session(4, 6, finish=False)
    path = getattr(recorder.layout, name)
    whole = path.read_bytes()
    full = SessionReader(recorder.path)
    lines, painted, events = full.feedback_lines(), full.display_rows(), full.events()
    assert full.beyond == ()
    if name in ("eeg", "times"):
        begin = len(whole) * 3 // 4
    else:
        begin = whole.rstrip(b"\n").rfind(b"\n") + 1
    for size in range(begin, len(whole)):
        path.write_bytes(whole[:size])
        reader = SessionReader(recorder.path)
        lost = name in ("eeg", "times", "chunks")
        kept = chunks[:-1] if lost else chunks
        again = list(reader.iter_chunks())
        assert len(again) == len(kept)
        assert all(same(a, b) for a, b in zip(again, kept, strict=True))
        assert reader.feedback_lines() == lines[: len(lines) - (name == "feedback")]
        assert words(reader.display_rows()) == words(painted[: len(painted) - (name == "display")])
        assert words(reader.events()) == words(events[: len(events) - (name == "log")])
        assert reader.stopped is None
        assert bool(reader.beyond) is (lost or size > begin), "the torn end goes unreported"
        assert check_files(recorder.path) == []
    path.write_bytes(whole[: begin - 1])
    assert SessionReader(recorder.path).beyond


def test_bytes_of_a_chunk_that_was_never_acknowledged_are_told_of(make):
    recorder, chunks = make.session(finish=False)
    for path, n_bytes in ((recorder.layout.times, 80), (recorder.layout.eeg, 33)):
        with open(path, "ab") as file:
            file.write(b"\1" * n_bytes)
    reader = SessionReader(recorder.path)
    assert len(list(reader.iter_chunks())) == len(chunks)
    assert sorted(int(s.split(": ")[1].split()[0]) for s in reader.beyond) == [33, 80]
    assert check_files(recorder.path) == []


def test_left_over_or_missing_bytes_of_a_finished_session_are_damage(make):
    recorder, _ = make.session()
    assert check_files(recorder.path) == []
    with open(recorder.layout.eeg, "ab") as file:
        file.write(b"\1")
    assert any("1 bytes after" in problem for problem in check_files(recorder.path))
    with open(recorder.layout.times, "r+b") as file:
        file.truncate(8 * 119)
    problems = check_files(recorder.path)
    assert any("1 acknowledged chunk(s) are missing" in problem for problem in problems)
    assert any("tells of 120 samples, there are 80" in problem for problem in problems)


def flip(path, bit):
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["eeg", "times"])
def test_every_flipped_bit_is_found_and_its_chunk_named(make, name):
    recorder, chunks = make.session(3, 5)
    path = getattr(recorder.layout, name)
    n_bits = path.stat().st_size * 8
    for bit in range(0, n_bits, 7):
        flip(path, bit)
        [problem] = check_files(recorder.path)
        index = bit * 3 // n_bits
        assert f"chunk {index + 1} of 3 (samples {chunks[index].first_sample} to" in problem
        assert "checksum" in problem
        assert problem.fields["chunk"].fields["number"] == index + 1
        with pytest.raises(DamagedSession, match=f"chunk {index + 1} of 3"):
            list(SessionReader(recorder.path).iter_chunks())
        flip(path, bit)
    assert check_files(recorder.path) == []


def test_a_flipped_bit_never_ends_in_a_traceback(make):
    recorder, _ = make.session(2, 8)
    layout = recorder.layout
    for path in (layout.chunks, layout.log, layout.feedback, layout.display, layout.protocol):
        for bit in range(0, path.stat().st_size * 8, 29):
            flip(path, bit)
            check_files(recorder.path)
            with suppress(UserError):
                list(SessionReader(recorder.path).iter_chunks())
            flip(path, bit)
    assert check_files(recorder.path) == []


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


EDITS = {
    "chunk table": ("chunks", "\n47\t40\t", "\n47\tforty\t", "chunks.tsv, line 3"),
    "chunk columns": ("chunks", "first_sample", "first", "unknown columns"),
    "sample numbers": ("chunks", "\n47\t40\t", "\n48\t40\t", "does not follow on: 47"),
    "times of a row": ("chunks", "\t1000.128\t", "\t1000.129\t", "times differ"),
    "event time": ("log", '"time": 1000.128', '"time": {}', "line 2"),
    "event sample": ("log", '"sample": 7', '"sample": 1e999', "line 2"),
    "log": ("log", '{"event": "Reward"', '{"event": "Regard"', "line 3"),
    "feedback": ("feedback", "\ttrain\n", "\n", "line 2: 13 cells"),
    "display": ("display", "\t0.25\t", "\t0.2x\t", "line 2"),
    "header": ("vhdr", "NumberOfChannels=5", "NumberOfChannels=4", "is not as it was written"),
    "events": ("events", "\tReward\t", "\tRegard\t", "does not have the events of the log"),
    "markers": ("vmrk", "Comment,Reward", "Comment,Regard", "does not have the markers"),
    "marker numbers": ("vmrk", "Mk3=", "Mk4=", "does not have the markers"),
    "marker head": ("vmrk", "UTF-8", "UTF-7", "does not have the markers"),
    "sidecar": ("recording", '"EEGChannelCount": 3', '"EEGChannelCount": 4', "is not as it was"),
    "start": ("protocol", '"sfreq": 250.0', '"sfreq": -250.0', "cannot be understood"),
    "format": ("protocol", '"format": 2', '"format": 3', "format 3 is not known"),
    "start, no JSON": ("protocol", "{", "", "cannot be understood"),
    "start, a list": ("protocol", "{", "[]", "cannot be understood"),
}


@pytest.mark.parametrize(("name", "old", "new", "message"), EDITS.values(), ids=EDITS)
def test_damage_is_one_sentence(make, name, old, new, message):
    recorder, _ = make.session()
    assert check_files(recorder.path) == []
    path = getattr(recorder.layout, name)
    if name in ("chunks", "log", "feedback", "display"):
        forge(path, old, new)
    else:
        edit(path, old, new)
    problems = check_files(recorder.path)
    assert any(message in problem for problem in problems), problems
    assert all("\n" not in problem for problem in problems)


def test_chunks_before_a_damaged_row_can_still_be_used(make):
    recorder, chunks = make.session()
    forge(recorder.layout.chunks, "\n87\t", "\n8x\t")
    got = []
    with pytest.raises(DamagedSession, match="line 4"):
        got.extend(SessionReader(recorder.path).iter_chunks())
    forge(recorder.layout.chunks, "\n8x\t", "\n88\t")
    with pytest.raises(DamagedSession, match=r"chunk 3 of 3 .* does not follow on"):
        got.extend(SessionReader(recorder.path).iter_chunks())
    assert len(got) == 4
    assert all(same(a, b) for a, b in zip(got, chunks[:2] * 2, strict=True))


@pytest.mark.parametrize("name", [*TORN, "vmrk", "vhdr"])
def test_a_missing_file_is_damage_not_a_traceback(make, name):
    recorder, _ = make.session()
    getattr(recorder.layout, name).unlink()
    problems = check_files(recorder.path)
    assert any(problem.endswith("is missing.") for problem in problems)


def test_what_is_no_session_is_refused(tmp_path):
    with pytest.raises(UserError, match="is not a session"):
        check_files(tmp_path)


def test_a_copy_of_a_running_session_can_be_read(make, tmp_path):
    recorder, chunks = make.session(2, finish=False)
    copy = tmp_path / "copy"
    shutil.copytree(make.root, copy)
    make.record(recorder, make.chunk(chunks[-1].stop_sample, 10))
    layout = replace(recorder.layout, root=copy)
    reader = SessionReader(layout.session_dir)
    assert reader.n_samples == 80
    assert check_files(layout.session_dir) == []
    recorder.finalize("completed")
    assert SessionReader(recorder.path).n_samples == 90
