"""A protocol over a part of a recording: from where it was begun, on the same grid, verified."""

import numpy as np
from session_parts import INFO, SFREQ, eeg, short_protocol
from summary_sessions import STARTED

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.summary import session_summary
from neurofeedback.session.offline import run_offline
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.verification.verify import verify_session


def replayed(root, start):
    data = eeg(30.0)
    recording = Recording(INFO, data, np.arange(len(data)) / SFREQ)
    source = ReplaySource(recording, start=start)
    session = prepare_session(
        source, short_protocol(), root=root, participant="P01", started=STARTED
    )
    run_offline(source, session.engine, SFREQ, session.recorder)
    return session.recorder.path


def samples(folder):
    return [int(cell) for cell in SessionReader(folder).feedback_rows()["sample"]]


def test_a_session_that_began_within_a_recording_is_whole(tmp_path):
    folder = replayed(tmp_path, 3.3)
    reader = SessionReader(folder)
    assert reader.chunk_rows[0].first_sample == round(3.3 * SFREQ)
    report = verify_session(folder)
    assert report.ok, report.problems
    assert report.n_frames > 100
    whole = samples(replayed(tmp_path, 0.0))
    part = samples(folder)
    assert {s % (part[1] - part[0]) for s in part} == {s % (whole[1] - whole[0]) for s in whole}
    summary = session_summary(folder)
    assert summary.blocks[0].start < 0.1, "seconds count from the first recorded sample"
