"""Sessions with estimators learned from other people: recorded, verified, and without them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from session_parts import FeedSource

from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, StreamInfo, from_storage, to_storage
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.summary import session_summary
from neurofeedback.session import prepare
from neurofeedback.session.offline import run_offline
from neurofeedback.session.prepare import prepare_session
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.signal.power import prior

NAMES = tuple("Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2".split())
SFREQ = 128.0
INFO = StreamInfo("amp", "id-1", SFREQ, NAMES, ("eeg",) * 19, ("V",) * 19, "microvolts", "file")
STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECONDS = 130


class TenTwenty(FeedSource):
    """Hands out EEG of 19 channels."""

    def open(self) -> StreamInfo:
        return INFO


def protocol(*, control: bool = False, **envelope: object) -> ProtocolSpec:
    fields = load_protocol("faa-up").model_dump(mode="json")
    fields["signal"]["features"][0]["envelope"] |= envelope
    fields["signal"]["gate"] = {"muscle": "off", "blink": "off", "line_noise": "off"}
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 24.0},
        {"kind": "train", "seconds": 30.0, "repeat": 3, "rest": 1.0},
    ]
    if control:
        fields["control"] = {"kind": "time-shifted"}
    return ProtocolSpec.model_validate(fields)


def eeg() -> np.ndarray:
    rng = np.random.default_rng(3)
    n = round(SECONDS * SFREQ)
    freqs = np.fft.rfftfreq(n, 1 / SFREQ)
    alpha = np.fft.rfft(rng.standard_normal((n, 6)), axis=0)
    alpha = np.fft.irfft(alpha * np.exp(-0.5 * (freqs - 10.0) ** 2)[:, None], n, axis=0)
    data = 3e-6 * rng.standard_normal((n, 19)) + 1.5e-5 * alpha @ rng.standard_normal((6, 19))
    return from_storage(to_storage(data, INFO.storage_scale), INFO.storage_scale)


def record(root: Path, spec: ProtocolSpec) -> Path:
    source, data = TenTwenty(live=False), eeg()
    session = prepare_session(source, spec, root=root, participant="01", started=STARTED)
    for first in range(0, len(data), 37):
        part = data[first : first + 37]
        source.feed(Chunk(part, (first + np.arange(len(part))) / SFREQ, first))
    source.feed(None)
    run_offline(source, session.engine, SFREQ, session.recorder)
    return session.recorder.path


def learned(path: Path) -> list[dict[str, object]]:
    events = SessionReader(path).events()
    return [dict(e.details) for e in events if e.kind is EventKind.WEIGHTS_LEARNED]


def test_what_was_learned_is_logged_and_found_again(tmp_path):
    path = record(tmp_path, protocol(estimator="spatial", adapt="always"))
    found = learned(path)
    assert len(found) > 5
    assert found[-1]["seconds"] > 60.0
    assert len({each["checksum"] for each in found}) == len(found)
    assert SessionReader(path).start.versions["prior"] == prior.shipped_prior().hash
    report = verify_session(path)
    assert report.problems == []
    assert report.n_events > len(found)


def test_a_protocol_with_a_control_arm_learns_between_rounds(tmp_path):
    path = record(tmp_path, protocol(control=True, estimator="spatial"))
    events = SessionReader(path).events()
    ends = [e.sample for e in events if e.kind is EventKind.BLOCK_ENDED]
    at = [e.sample for e in events if e.kind is EventKind.WEIGHTS_LEARNED]
    assert at
    assert set(at) <= set(ends)
    assert verify_session(path).problems == []


def test_a_lag_is_said_wherever_the_estimator_is(tmp_path):
    path = record(tmp_path, protocol(lag=0.25))
    [fitted] = [e for e in SessionReader(path).events() if e.kind is EventKind.ESTIMATOR_FITTED]
    assert fitted.details["lag"] == 0.25
    assert "250 ms ago" in fitted.details["note"]
    summary = session_summary(path)
    assert summary.baseline.estimators[0].lag == 0.25
    assert json.loads(json.dumps(summary.to_dict()))["baseline"]["estimators"][0]["lag"] == 0.25
    assert verify_session(path).problems == []


def test_rewards_are_judged_by_what_is_known_afterwards(tmp_path):
    found = session_summary(record(tmp_path, protocol())).true_rewards
    assert found is not None
    assert found.rewards >= 20
    assert found.share > found.chance + 2 * found.error > found.chance
    assert 0.5 < found.auc < 1.0
    assert found.r > 0.4
    assert 0.0 < found.reliability <= 1.0


@pytest.fixture
def no_prior(monkeypatch):
    monkeypatch.setattr(prior, "NEWEST", "missing.npz")
    prior.shipped_prior.cache_clear()
    yield
    prior.shipped_prior.cache_clear()


@pytest.mark.usefixtures("no_prior")
def test_without_a_prior_a_session_is_run_and_verified_as_before(tmp_path):
    [note] = prior.prior_notes()
    assert "replaced by posterior power" in str(note)
    path = record(tmp_path, protocol())
    assert "prior" not in SessionReader(path).start.versions
    [fitted] = [e for e in SessionReader(path).events() if e.kind is EventKind.ESTIMATOR_FITTED]
    assert set(fitted.details["fidelity"]) == {"cfir", "wiener", "posterior"}
    assert "lag" not in fitted.details
    assert learned(path) == []
    assert verify_session(path).problems == []


def test_a_session_that_began_with_the_plain_filter_is_verified_with_it(tmp_path, monkeypatch):
    now = record(tmp_path / "now", protocol())
    assert SessionReader(now).start.versions["before_baseline"] == "pooled spectrum"
    assert verify_session(now).problems == []
    before = {"prior": prior.shipped_prior().hash}
    monkeypatch.setattr(prepare, "recorded_as", lambda found: before)
    monkeypatch.setattr(prepare, "prior_or_none", lambda: (prior.recorded_prior(before), None))
    then = record(tmp_path / "then", protocol())
    monkeypatch.undo()
    assert "other people" not in SessionReader(then).start.descriptors[0].note
    assert verify_session(then).problems == []
    one, other = (SessionReader(path).feedback_rows()["feature_faa"] for path in (now, then))
    assert list(one)[:500] != list(other)[:500]


def test_later_settings_at_their_defaults_do_not_change_a_hash():
    fields = load_protocol("faa-up").model_dump(mode="json")
    envelope = fields["signal"]["features"][0]["envelope"]
    assert not {"lag", "adapt"} & set(envelope)
    envelope |= {"lag": 0.0, "adapt": None}
    assert ProtocolSpec.model_validate(fields).hash == load_protocol("faa-up").hash
    envelope["lag"] = 0.25
    assert ProtocolSpec.model_validate(fields).hash != load_protocol("faa-up").hash
