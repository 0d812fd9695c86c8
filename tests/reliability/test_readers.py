"""The raw file as other programs see it while it grows."""

import math
from datetime import UTC, datetime

import numpy as np

from neurofeedback.session.prepare import prepare_session
from reliability.readers import _look, by_mne, by_the_header
from reliability.record_until_killed import source
from reliability.refusals import refusals
from reliability.sessions import protocol


def test_mne_and_the_words_of_the_header_agree_at_every_moment(tmp_path):
    opened = source(11, math.inf)
    session = prepare_session(
        opened, protocol(), root=tmp_path, participant="p1", started=datetime.now(UTC)
    )
    recorder = session.recorder
    for n_chunks in (1, 4, 9):
        for _ in range(n_chunks):
            recorder.append([opened.read(1.0)])
        n_samples, same, sent, _ = _look(recorder.layout)
        assert (n_samples, same, sent) == (recorder.n_samples, True, True)
    with recorder.layout.eeg.open("ab") as file:  # half of a sample: it is being written
        file.write(bytes(100))
    first, second = by_mne(recorder.layout.vhdr), by_the_header(recorder.layout.vhdr)
    assert first.shape == second.shape == (64, recorder.n_samples)
    assert np.array_equal(first.astype("<f4"), second.astype("<f4"))
    recorder.abandon()


def test_what_must_be_refused_is_refused_and_the_session_is_as_it_was():
    [table] = refusals(quick=True)
    *refused, after = table.rows
    assert len(refused) == 10
    for what, sentence in refused:
        assert sentence.strip().count("\n") == 0, what
        assert "NOT REFUSED" not in sentence, what
    assert after[1] == "0 problems"
