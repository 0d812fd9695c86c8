"""The true sampling rate of a session and what of it was lost, against what the sender did."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recorded_session import record_session
from session_parts import INFO

from neurofeedback.app.summary_text import sampling_rows
from neurofeedback.recording.tables import ChunkRow
from neurofeedback.report.summary import session_summary
from neurofeedback.report.summary_sampling import session_timing

N_CHUNK = 8


def chunks(
    seconds: float,
    true: float = 128.0,
    *,
    stamped: float | None = None,
    jitter: float = 0.0,
    lost: dict[int, int] | None = None,
    arrivals: bool = True,
    seed: int = 0,
) -> list[ChunkRow]:
    """Return the table of a sender of `true` Hz that stamps by a clock, or counts at `stamped` Hz.

    ``lost`` tells how many samples are missing before which chunk.
    """
    rng, rows, missing, time = np.random.default_rng(seed), [], 0, 1000.0
    for i in range(round(seconds * true / N_CHUNK)):
        gone = (lost or {}).get(i, 0)
        missing += gone
        ends = np.array([i * N_CHUNK, (i + 1) * N_CHUNK - 1]) + missing
        by_clock = time + ends / true
        stamps = by_clock if stamped is None else time + ends / stamped
        first, last = stamps + jitter * rng.uniform(-0.5, 0.5, 2)
        arrival = float(by_clock[1] + rng.exponential(0.003)) if arrivals else math.nan
        gap = gone / true
        rows.append(ChunkRow(i * N_CHUNK, N_CHUNK, first, last, gap, 0.0, arrival, 0, 0))
    return rows


@pytest.mark.parametrize("true", [127.9, 128.0, 100.0])
def test_the_rate_of_a_jittering_clock_is_found_within_its_uncertainty(true: float) -> None:
    within = 0
    for seed in range(40):
        found = session_timing(chunks(120, true, jitter=0.02, seed=seed), INFO)
        assert 0 < found.rate_error < 0.02
        within += abs(found.rate - true) < 2 * found.rate_error
    assert within >= 34


def test_losses_disturb_neither_the_rate_nor_their_own_share() -> None:
    lost = dict.fromkeys(range(50, 1500, 100), 12)
    found = session_timing(chunks(120, jitter=0.004, lost=lost), INFO)
    assert found.rate == pytest.approx(128, abs=4 * found.rate_error)
    share = 12 * len(lost) / (12 * len(lost) + 120 * 128)
    assert found.share_lost == pytest.approx(share, rel=1e-3)
    assert 0 < found.share_error < 0.001


def test_stamps_that_are_counted_measure_nothing() -> None:
    found = session_timing(chunks(60, 100.0, stamped=128.0), replace(INFO, origin="file"))
    assert math.isnan(found.rate)
    live = session_timing(chunks(60, 100.0, stamped=128.0), INFO)
    assert live.rate == pytest.approx(100, abs=3 * live.rate_error)
    assert math.isnan(session_timing(chunks(60, stamped=128.0, arrivals=False), INFO).rate)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_a_session_of_no_length_has_no_rate(n: int) -> None:
    found = session_timing(chunks(60)[:n], INFO)
    assert math.isnan(found.rate)
    assert (found.n_lost, found.n_times) == (0, n * N_CHUNK)


def test_the_summary_gives_both_with_their_uncertainty(tmp_path: Path) -> None:
    summary = session_summary(record_session(tmp_path, gap=0.25).session_dir)
    stream = summary.stream
    assert stream.true_rate == pytest.approx(128)
    assert stream.share_lost == pytest.approx(0.25 / 20.25, rel=1e-3)
    assert stream.share_lost_error is not None
    names = [name for name, _ in sampling_rows(summary)]
    assert names == ["True sampling rate", "Samples lost"]
    assert {"true_rate", "true_rate_error", "share_lost", "share_lost_error"} <= set(
        summary.to_dict()["stream"]
    )


def test_what_nothing_measures_is_said_to_be_declared(tmp_path: Path) -> None:
    summary = session_summary(
        record_session(tmp_path, info=replace(INFO, origin="file")).session_dir
    )
    assert summary.stream.true_rate is None
    rows = dict(sampling_rows(summary))
    assert rows["True sampling rate"] == "not measured (declared: 128 Hz)"
    assert rows["Samples lost"] == "0.00 %"
