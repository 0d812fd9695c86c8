"""What happens when the kernel takes no more bytes, for real: a limit on the size of files."""

import pytest
from file_limits import files_no_larger_than

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.write.writer import RecordingError


def contents(layout: SessionLayout):
    return {p: p.read_bytes() for p in layout.root.rglob("*") if p.is_file() and p.stat().st_size}


# Times and samples of one sample are short, so that the row is what meets the limit; of many
# samples the raw data is the longest by far.
@pytest.mark.parametrize(("n_times", "step"), [(1, 5), (200, 97)], ids=["row", "raw"])
def test_a_chunk_that_does_not_fit_is_taken_back_and_can_be_repeated(make, n_times, step):
    recorder = make.recorder()
    layout = recorder.layout
    first = 0
    for _ in range(3):
        recorder.append([make.chunk(first, n_times)])
        first += n_times
    chunk = make.chunk(first, n_times, gap=0.25)
    before = contents(layout)
    largest = layout.chunks if n_times == 1 else layout.eeg
    growth = 4 * make.info.n_channels * n_times if n_times > 1 else 60
    start = largest.stat().st_size
    for limit in range(start, start + growth, step):
        with files_no_larger_than(limit), pytest.raises(RecordingError, match="too large"):
            recorder.append([chunk])
        assert contents(layout) == before
    assert check_files(recorder.path) == []
    recorder.append([chunk])
    recorder.finalize("completed")
    assert check_files(recorder.path) == []
    assert SessionReader(recorder.path).n_samples == first + n_times


def test_events_that_do_not_fit_are_taken_back_and_can_be_repeated(make):
    recorder, chunks = make.session(2, finish=False)
    layout = recorder.layout
    before = contents(layout)
    events = make.events(chunks[-1])
    start = layout.log.stat().st_size
    for limit in range(start, start + sum(len(e.to_json()) + 1 for e in events), 11):
        with files_no_larger_than(limit), pytest.raises(RecordingError, match="too large"):
            recorder.append(events)
        assert contents(layout) == before
    recorder.append(events)
    recorder.finalize("completed")
    assert len(SessionReader(recorder.path).events()) == 2 + 9


def test_a_session_that_cannot_be_finished_reads_as_one_that_crashed(make):
    recorder, chunks = make.session(finish=False)
    with files_no_larger_than(10), pytest.raises(RecordingError, match="too large"):
        recorder.finalize("completed")
    reader = SessionReader(recorder.path)
    assert reader.stopped is None
    assert reader.n_samples == 120
    recorder.finalize("completed")
    with pytest.raises(RecordingError, match="has ended"):
        recorder.append([make.chunk(chunks[-1].stop_sample, 1)])


def test_the_end_is_logged_before_the_description_is_finished(make):
    recorder, _ = make.session(finish=False)
    sidecar = recorder.layout.raw("eeg.json")
    sidecar.unlink()
    (sidecar / "in the way").mkdir(parents=True)
    with pytest.raises(RecordingError, match="description of .* could not be finished"):
        recorder.finalize("completed")
    assert SessionReader(recorder.path).stopped is not None
