"""The summary of a session: every figure against one computed anew from the files."""

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from forge import forge
from recorded_session import record_samples, record_session
from summary_sessions import STARTED, blinded, person, protocol, trained

from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.learning_curve import line_through
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.recover import recover_session
from neurofeedback.report.summary import session_summary
from neurofeedback.session.prepare import prepare_session
from neurofeedback.signal.features.asymmetry import NO_DIAGNOSIS

HOP = 4 / 128  # s; 32 ms in whole samples


def table(folder):
    """Read feedback.tsv by itself: a list of rows, numbers as floats."""
    path = SessionLayout.find(folder).feedback
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def number(cell):
    return math.nan if cell == "n/a" else float(cell)


def of_block(rows, block, *, clean=True):
    return [r for r in rows if r["block"] == str(block) and (not clean or r["held"] == "n/a")]


def error_of(values, seconds=2.0):
    n = round(seconds / HOP)
    means = [np.mean(values[i : i + n]) for i in range(0, len(values) - n + 1, n)]
    return np.std(means, ddof=1) / np.sqrt(len(means)) if len(means) >= 5 else None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("summary"), notes={60.0: "yawns"})


@pytest.fixture(scope="module")
def summary(folder):
    return session_summary(folder)


def test_it_says_who_what_and_when(summary, folder):
    assert (summary.participant, summary.session, summary.run) == ("P01", 1, 1)
    assert (summary.protocol, summary.title) == (
        "faa-up",
        "Frontal alpha asymmetry up (F4 against F3)",
    )
    assert summary.started == STARTED
    assert summary.status == "finished"
    assert summary.through
    assert summary.folder == str(folder)
    assert summary.seconds == SessionReader(folder).n_samples / 128.0
    assert (summary.stream.sfreq, summary.stream.n_channels) == (128.0, 8)
    assert summary.stream.origin == "synthetic"
    assert set(summary.versions) >= {"neurofeedback", "numpy"}
    assert summary.damage == ()
    assert [(round(r.seconds), r.kind, r.text) for r in summary.remarks] == [(60, "note", "yawns")]


def test_every_block_is_scored_over_its_clean_data(summary, folder):
    rows = table(folder)
    assert [b.phase for b in summary.blocks] == [
        "baseline", "train", "rest", "train", "rest", "train", "transfer"
    ]  # fmt: skip
    assert summary.n_planned == len(summary.blocks)
    for block in summary.blocks:
        mine, clean = of_block(rows, block.number, clean=False), of_block(rows, block.number)
        assert block.seconds == pytest.approx(len(mine) * HOP)
        assert block.clean_seconds == pytest.approx(len(clean) * HOP)
        assert block.start == pytest.approx(int(mine[0]["sample"]) / 128.0)
        assert block.ended_by == "time"
        if block.phase == "rest":
            assert (block.mean, block.error, block.threshold) == (None, None, None)
            continue
        values = [number(r["feature_faa"]) for r in clean]
        assert block.error == (pytest.approx(error_of(values)) if error_of(values) else None)
        if block.phase == "baseline":
            continue
        assert block.mean == pytest.approx(np.mean(values))
        assert block.threshold == block.threshold_end == number(mine[0]["threshold"])
        assert block.success_rate == pytest.approx(np.mean([r["success"] == "1" for r in clean]))
        assert block.rewards == sum(r["reward"] == "1" for r in mine)
    assert [b.enough for b in summary.trained()] == [True] * 3
    assert not summary.blocks[-1].enough


def test_a_baseline_counts_as_the_estimator_sees_it_that_was_fitted_to_it(summary, folder):
    logged = [e for e in SessionReader(folder).events() if "baseline" in e.details]
    block = summary.blocks[0]
    assert block.refitted
    assert block.mean == logged[0].details["baseline"]["faa"]["mean"]
    before = np.mean([number(r["feature_faa"]) for r in of_block(table(folder), 0)])
    assert block.mean != before


def test_rewards_are_told_beside_what_was_aimed_at(summary, folder):
    rows = [r for r in table(folder) if r["phase"] == "train"]
    clean = [r for r in rows if r["held"] == "n/a"]
    assert summary.success_rate == pytest.approx(np.mean([r["success"] == "1" for r in clean]))
    assert summary.target_rate == protocol().target_rate == 0.5
    events = SessionReader(folder).events()
    assert summary.rewards == sum(e.kind is EventKind.REWARD for e in events) > 0
    assert summary.threshold_rule == "target-rate"


def test_held_time_is_told_by_cause(summary, folder):
    rows = [r for r in table(folder) if r["phase"] != "rest"]
    held = [r["held"] for r in rows if r["held"] != "n/a"]
    assert held
    assert summary.held_share == pytest.approx(len(held) / len(rows))
    assert sum(h.seconds for h in summary.holds) == pytest.approx(len(held) * HOP)
    assert [h.seconds for h in summary.holds] == sorted(
        (h.seconds for h in summary.holds), reverse=True
    )
    # Settling counts for what came before it, so there is none but at the start and after the fit.
    settling = [h for h in summary.holds if h.cause == "settling"]
    assert sum(h.times for h in settling) <= 2
    for hold in summary.holds:
        assert hold.share == pytest.approx(hold.seconds / (len(rows) * HOP))
        if hold.cause != "settling":
            assert hold.seconds >= sum(r["held"] == hold.cause for r in rows) * HOP


def test_the_course_is_the_mean_of_ten_seconds_each(summary, folder):
    rows, n = table(folder), round(10.0 / HOP)
    expected = []
    for i, block in enumerate(summary.blocks):
        mine = of_block(rows, block.number, clean=False)
        for k in range(0, len(mine) if block.phase != "rest" else 0, n):
            part = mine[k : k + n]
            values = [number(r["feature_faa"]) for r in part if r["held"] == "n/a"]
            if len(values) >= 0.3 * n:
                middle = (int(part[0]["sample"]) + int(part[-1]["sample"])) / 2 / 128.0
                expected.append((i, middle, np.mean(values), len(values) / len(part)))
    found = [(p.block, p.seconds, p.mean, p.clean) for p in summary.course]
    assert np.allclose(found, expected)
    assert len(found) > 10


def test_changes_are_told_with_and_without_the_baseline(summary, folder):
    rows = table(folder)
    changes = {c.kind: c for c in summary.changes}
    blocks = {b.number: b for b in summary.blocks}
    last = changes["last-first"]
    assert last.value == pytest.approx(blocks[5].mean - blocks[1].mean)
    assert last.error == pytest.approx(math.hypot(blocks[5].error, blocks[1].error))
    values = [number(r["feature_faa"]) for k in (1, 3, 5) for r in of_block(rows, k)]
    base = changes["baseline"]
    assert base.value == pytest.approx(np.mean(values) - blocks[0].mean)
    assert base.error == pytest.approx(math.hypot(error_of(values), blocks[0].error))
    train = [r for r in rows if r["phase"] == "train"]
    points, n = {}, 10.0 / HOP
    for k in range(int(len(train) / n) + 1):
        part = [r for i, r in enumerate(train) if int(i / n) == k and r["held"] == "n/a"]
        if len(part) >= 0.3 * n:
            points[(k + 0.5) / 6] = np.mean([number(r["feature_faa"]) for r in part])
    line = line_through(points, "faa", "ln ratio", "up")
    assert changes["slope"].value == pytest.approx(line.slope)
    assert changes["slope"].error == pytest.approx(line.error)
    for change in summary.changes:
        assert change.clear == (change.value > 2 * change.error)


def test_the_measure_comes_with_all_one_must_know(summary, folder):
    fit = next(e for e in SessionReader(folder).events() if e.kind is EventKind.ESTIMATOR_FITTED)
    measure = summary.measure
    assert (measure.name, measure.unit, measure.direction) == ("faa", "ln ratio", "up")
    assert measure.label == fit.details["label"]
    assert "reference average of 8" in measure.label
    assert measure.window == fit.details["window"]
    assert measure.segment >= 2 * measure.window
    assert any("read as relatively greater left activity" in s for s in summary.sentences)
    assert any("does not diagnose depression" in s for s in summary.sentences)
    baseline = summary.baseline
    chosen = fit.details["estimator"]
    assert baseline.estimators[0].estimator == chosen
    assert baseline.estimators[0].fidelity == fit.details["fidelity"].get(chosen)
    assert baseline.wanted_seconds == 20.0
    assert baseline.alpha_peak == pytest.approx(10.0, abs=0.5)
    assert not baseline.alpha_used


def test_an_alpha_frequency_that_the_session_used_is_the_logged_one(tmp_path):
    fields = protocol().model_dump(mode="json")
    fields["signal"]["features"][0]["envelope"]["band"] = {"individual": "alpha"}
    spec = protocol(signal=fields["signal"])
    folder = trained(tmp_path, spec, seconds=30.0)
    baseline = session_summary(folder).baseline
    event = next(e for e in SessionReader(folder).events() if e.kind is EventKind.ALPHA_MEASURED)
    assert baseline.alpha_used
    assert (baseline.alpha_peak, baseline.alpha_words) == (
        event.details["peak"],
        event.details["words"],
    )


def test_it_is_plain_json(summary):
    text = json.dumps(summary.to_dict(), allow_nan=False)
    fields = json.loads(text)
    assert fields["started"] == STARTED.isoformat()
    assert fields["blocks"][1]["mean"] == summary.blocks[1].mean
    assert len(fields["course"]) == len(summary.course)


def test_a_pause_and_a_repeated_block_are_told_apart(tmp_path):
    commands = {
        30.0: Command(CommandName.PAUSE),
        36.0: Command(CommandName.RESUME),
        50.0: Command(CommandName.REPEAT),
    }
    folder = trained(tmp_path, commands=commands)
    summary = session_summary(folder)
    first, second = summary.blocks[1:3]
    assert (first.number, first.attempt, first.ended_by) == (1, 1, "repeat")
    assert (second.number, second.attempt, second.ended_by) == (1, 2, "time")
    assert summary.paused_seconds == pytest.approx(6.0, abs=0.3)
    logged = [e.details for e in SessionReader(folder).events()
              if e.kind is EventKind.BLOCK_ENDED]  # fmt: skip
    for block, details in zip(summary.blocks, logged, strict=True):
        assert block.seconds == pytest.approx(details["seconds"])
        assert block.clean_seconds == pytest.approx(details["clean_seconds"])
        assert block.rewards == details["rewards"]
        if block.phase in ("train", "transfer"):
            assert block.mean == pytest.approx(details["mean"])
            assert block.success_rate == pytest.approx(details["success_rate"])


def test_a_score_of_several_features_is_told_in_its_own_unit(tmp_path):
    fields = protocol().model_dump(mode="json")
    fields["signal"]["features"].append(
        {"kind": "power", "name": "alpha", "channels": ["P3", "P4"],
         "envelope": fields["signal"]["features"][0]["envelope"]}
    )  # fmt: skip
    fields["target"]["conditions"].append({"feature": "alpha", "direction": "up"})
    spec = protocol(signal=fields["signal"], target=fields["target"])
    summary = session_summary(trained(tmp_path, spec))
    assert (summary.measure.name, summary.measure.unit) == ("score", "SD of the baseline")
    assert summary.blocks[0].mean is None
    assert all(math.isfinite(b.mean) for b in summary.trained())


def test_of_a_blinded_session_nothing_is_told_that_could_tell_the_arm(tmp_path):
    folder = blinded(tmp_path)
    summary = session_summary(folder)
    assert summary.concealed
    assert summary.status == "finished"
    assert [b.phase for b in summary.blocks].count("train") == 3
    assert all(b.clean_seconds > 0 for b in summary.blocks)
    assert summary.holds
    assert summary.baseline.estimators[0].estimator
    assert (summary.rewards, summary.success_rate, summary.target_rate) == (None, None, None)
    assert summary.course == summary.changes == ()
    for block in summary.blocks:
        told = (block.mean, block.error, block.threshold, block.threshold_end,
                block.success_rate, block.rewards)  # fmt: skip
        assert told == (None,) * 6
    # What is told is the same whatever lies sealed: it comes from what lies open.
    SessionLayout.find(folder).sealed.unlink()
    assert replace(session_summary(folder), digest=summary.digest) == summary


def test_a_session_that_was_killed_is_told_as_far_as_it_went(tmp_path):
    folder = trained(tmp_path, seconds=40.0, finish=False)
    summary = session_summary(folder)
    assert (summary.status, summary.through) == ("crashed", False)
    assert summary.seconds == 40.0
    last = summary.blocks[-1]
    assert (last.phase, last.ended_by) == ("train", "")
    clean = [number(r["feature_faa"]) for r in of_block(table(folder), last.number)]
    assert last.mean == pytest.approx(np.mean(clean))
    recover_session(folder)
    assert session_summary(folder).status == "recovered"


def test_bytes_that_were_being_written_do_not_keep_it_from_being_told(tmp_path):
    folder = trained(tmp_path, seconds=40.0, finish=False)
    layout = SessionLayout.find(folder)
    for path in (layout.eeg, layout.times, layout.chunks, layout.feedback, layout.log):
        path.write_bytes(path.read_bytes()[:-5])
    summary = session_summary(folder)
    assert summary.status == "crashed"
    assert 39.0 < summary.seconds < 40.0
    assert summary.blocks


@pytest.mark.parametrize("name", ["log", "feedback", "chunks", "eeg"])
def test_of_a_damaged_session_is_told_what_can_be_read_and_what_cannot(tmp_path, name):
    folder = trained(tmp_path, seconds=60.0)
    path = getattr(SessionLayout.find(folder), name)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    summary = session_summary(folder)
    assert summary.seconds > 0
    if name != "eeg":  # samples are checked by `verify`
        assert any(path.name in sentence for sentence in summary.damage)


def test_without_a_sample_there_is_a_summary_of_nothing(tmp_path):
    prepared = prepare_session(
        person(), protocol(), root=tmp_path, participant="P01", started=STARTED
    )
    prepared.recorder.abandon()
    summary = session_summary(prepared.recorder.path)
    assert summary.seconds == 0.0
    assert summary.blocks == summary.holds == summary.course == ()
    assert summary.baseline is summary.electrodes is None


def test_a_protocol_that_cannot_be_understood_is_no_hindrance(tmp_path):
    layout = record_samples(tmp_path, np.zeros((500, 3), dtype=np.float32))
    summary = session_summary(layout.session_dir)
    assert summary.title == "faa-up"
    assert summary.measure is None
    assert summary.seconds == 2.0


def test_samples_that_are_missing_are_told(tmp_path):
    summary = session_summary(record_session(tmp_path, gap=0.25).session_dir)
    assert (summary.stream.n_gaps, summary.stream.missing_seconds) == (1, 0.25)


def test_a_short_session_is_told(tmp_path):
    summary = session_summary(trained(tmp_path, seconds=2.0))
    assert [b.phase for b in summary.blocks] == ["baseline"]
    assert summary.changes == ()
    assert summary.baseline.estimators == ()
    assert not summary.baseline.through


def test_poor_electrodes_are_named_with_the_reason(tmp_path):
    layout = record_session(tmp_path, missing=True)
    summary = session_summary(layout.session_dir)
    assert summary.electrodes.bads == ("Pz",)
    judged = {e.name for e in summary.electrodes.poor}
    assert "Pz" not in judged
    assert summary.electrodes.n_good + len(judged) == 3


def test_no_session_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="no such file or folder"):
        session_summary(tmp_path / "nothing")


def test_a_feedback_table_with_nonsense_is_said(tmp_path):
    folder = trained(tmp_path, seconds=30.0)
    forge(SessionLayout.find(folder).feedback, "\n7\t", "\nseven\t")
    assert any("cannot be understood" in s for s in session_summary(folder).damage)


def test_what_asymmetry_cannot_say_is_said_where_the_protocol_does_not(tmp_path):
    summary = session_summary(trained(tmp_path, protocol(limits=""), seconds=5.0))
    assert NO_DIAGNOSIS in summary.sentences
