"""Twenty sessions an arm: nothing that lies open, is shown or is sent tells the arm."""

import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.frames import FeedbackFrame
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import FED, Arm, Assignment, Boundary, make_boundary
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.sealed import read_sealed
from neurofeedback.session.donor import donor_of_session
from neurofeedback.session.engine import StepResult
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import PreparedSession, prepare_session, prepare_study_session
from neurofeedback.session.sink import Frames
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.study.allocation import Place
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import UnblindingKey, load_private_key, load_station_key
from reliability.twins import judge

N_DONORS = 20
N_SESSIONS = 40  # half of them in each arm
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
CONFIDENCE = 1.96  # standard errors; one would refuse a third of all arms that are alike
PASSPHRASE = "correct horse"
SECONDS = 110.0


def trial(kind: str) -> ProtocolSpec:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": kind, "shift": 15.0}
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 20.0},
        {"kind": "train", "seconds": 30.0, "repeat": 2, "rest": 3.0},
        {"kind": "transfer", "seconds": 10.0},
    ]
    return ProtocolSpec.model_validate(fields)


def person(seed: int) -> SyntheticSource:
    """Somebody with an asymmetry of their own, as people have."""
    return SyntheticSource(
        asymmetry=float(np.random.default_rng(seed).standard_normal()),
        ch_names=("F3", "F4", "C3", "C4", "P3", "P4"),
        sfreq=128.0,
        seed=seed,
        seconds=SECONDS,
        speed=math.inf,
        chunk_seconds=5.0,
    )


@dataclass
class Seen:
    """What a session showed, sent and left behind, and (for the test alone) the truth."""

    arm: str
    feedback: list[FeedbackFrame]
    real: np.ndarray
    folder: Path
    person: int


def run(session: PreparedSession) -> tuple[list[FeedbackFrame], np.ndarray]:
    """Run to the end; return what was fed back, and the real feature beside it."""
    feedback: list[FeedbackFrame] = []
    real: list[float] = []
    column = [d.name for d in session.engine.descriptors].index("faa")
    for chunk in chunks_of(session.source):
        session.recorder.append([chunk])
        result: StepResult = session.engine.step(chunk)
        session.recorder.append([Frames(result.features, result.feedback), *result.events])
        feedback += result.feedback
        real += result.features.values[: len(result.feedback), column].tolist()
        if session.engine.finished:
            break
    session.recorder.finalize("completed")
    session.source.close()
    return feedback, np.array(real)


def make_trial(folder: Path, kind: str) -> tuple[Study, bytes]:
    study = Study.create(
        folder / "study",
        "Leak",
        trial(kind),
        strata=[],
        size=N_SESSIONS,
        blocks=[4],
        seed=11,
        station_key=folder / "station.key",
        unblinding_key=folder / "keeper" / "unblind.pem",
        passphrase=PASSPHRASE,
        now=NOW,
    )
    if kind == "yoked":
        for i in range(N_DONORS):
            session = prepare_session(
                person(1000 + i), study.spec, root=folder / "donors", participant=f"D{i}",
                started=NOW,
            )  # fmt: skip
            run(session)
            donor = donor_of_session(session.recorder.path, study.spec)
            study.add_donor(donor, operator="op", now=NOW)
    return study, load_station_key(folder / "station.key")


def run_trial(folder: Path, kind: str) -> list[Seen]:
    """Run the trial with twins: for everybody in one arm there is somebody alike in the other.

    So what people bring with them tells nothing, and what the arms do stands out.
    """
    study, key = make_trial(folder, kind)
    private = load_private_key(folder / "keeper" / "unblind.pem", PASSPHRASE)
    codes = [f"P{i:02d}" for i in range(N_SESSIONS)]
    arms = [str(place.arm) for place in _places(study, private)]
    who = [arms[:i].count(arm) for i, arm in enumerate(arms)]
    sessions = []
    for code, seed in zip(codes, who, strict=True):
        session = prepare_study_session(
            person(seed), study, root=folder / "data", participant=code, started=NOW,
            station_key=key,
        )  # fmt: skip
        sessions.append((*run(session), session.recorder.path, seed))
    opened = study.unblind(private, who="test", reason="test", now=NOW)
    assert [place.arm for place in opened] == arms
    return [Seen(place.arm, *session) for place, session in zip(opened, sessions, strict=True)]


def _places(study: Study, private: UnblindingKey) -> list[Place]:
    lines = read_sealed(study.folder / "allocation.sealed", private.private)[1:]
    return [Place(**json.loads(line)) for line in lines]


def observed(seen: Seen) -> np.ndarray:
    """Return numbers about all that anybody can see of a session before unblinding."""
    shown = [*about_feedback(seen.feedback), *about_files(seen)]
    return np.array(shown, dtype=float)


def about_feedback(frames: list[FeedbackFrame]) -> Iterator[float]:
    """What screen and outlet show: values, scores, thresholds, rewards, in time."""
    for block in (1, 3, 4):  # two of training, one of transfer
        own = [f for f in frames if f.block == block]
        clean = np.array([f.feature for f in own if f.held is None])
        joined = np.array([f.held is None for f in own])
        steps = np.abs(np.diff([f.feature for f in own]))[joined[1:] & joined[:-1]]
        yield clean.mean()
        yield clean.std()
        yield from np.quantile(clean, [0.01, 0.99])
        yield np.corrcoef(clean[:-5], clean[5:])[0, 1]
        yield np.corrcoef(clean[:-30], clean[30:])[0, 1]
        yield steps.mean()
        yield steps.max()
        yield float(np.mean([f.success for f in own if f.held is None]))
        yield float(sum(f.reward for f in own))
        yield own[0].threshold
        yield float(np.polyfit(np.arange(len(clean)), clean, 1)[0])
    yield float(len(frames))
    yield float(np.mean([f.held is not None for f in frames]))


def about_files(seen: Seen) -> Iterator[float]:
    layout = SessionLayout.find(seen.folder)
    raw, derived = sorted(layout.eeg_dir.iterdir()), sorted(layout.derivatives_dir.iterdir())
    yield float(len(raw) + len(derived))
    for path in (*raw, *derived):
        yield float(path.stat().st_size)
    events = [json.loads(line) for line in layout.log.read_text().splitlines()]
    yield float(len(events))


def judged(sessions: list[Seen]) -> tuple[float, float]:
    """Return the classifier's AUC, and its standard error where there is nothing to find."""
    in_order = sorted(sessions, key=lambda seen: (seen.person, seen.arm != Arm.CONTROL))
    numbers = np.array([observed(seen) for seen in in_order])
    return judge(numbers.reshape(len(sessions) // 2, 2, -1))


def follows(seen: Seen) -> float:
    """Return how far what was fed back follows the brain."""
    frames = seen.feedback
    used = [i for i, f in enumerate(frames) if f.phase == "train" and f.held is None]
    return float(np.corrcoef([frames[i].feature for i in used], seen.real[used])[0, 1])


@pytest.fixture(
    scope="module", params=["yoked", pytest.param("time-shifted", marks=pytest.mark.long)]
)
def sessions(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[Seen]:
    return run_trial(tmp_path_factory.mktemp(request.param), request.param)


@pytest.mark.long
@pytest.mark.timeout(400)
def test_nobody_can_tell_the_arms_apart(sessions: list[Seen]) -> None:
    assert sum(seen.arm == Arm.CONTROL for seen in sessions) == N_SESSIONS / 2
    auc, error = judged(sessions)
    assert abs(auc - 0.5) < CONFIDENCE * error


@pytest.mark.long
def test_the_control_does_not_follow_the_brain_and_the_real_arm_does(sessions: list[Seen]) -> None:
    control = np.array([follows(seen) for seen in sessions if seen.arm == Arm.CONTROL])
    real = [follows(seen) for seen in sessions if seen.arm == Arm.REAL]
    assert real == pytest.approx([1.0] * len(real))
    assert abs(control.mean()) < 0.1
    assert np.abs(control).max() < 4.0 / np.sqrt(2 * 30.0 / 0.5)  # 0.5 s: one independent value


@pytest.mark.long
def test_names_are_alike_and_no_open_file_tells(sessions: list[Seen]) -> None:
    names = {
        tuple(sorted(path.name.partition("_ses-")[2] for path in folder.iterdir()))
        for seen in sessions
        for folder in (SessionLayout.find(seen.folder).derivatives_dir,)
    }
    assert len(names) == 1
    for seen in sessions[:6]:
        layout = SessionLayout.find(seen.folder)
        for path in (*layout.eeg_dir.iterdir(), *layout.derivatives_dir.iterdir()):
            data = path.read_bytes()
            assert b'"arm"' not in data
            assert b"sub-D" not in data
        events = SessionReader(seen.folder).events()
        assert not {event.kind for event in events} & {"Reward", "ThresholdChanged"}
        assert {tuple(e.details) for e in events if e.kind == "BlockEnded"} == {
            ("block", "phase", "attempt", "ended_by", "seconds", "clean_seconds")
        }
        columns = layout.feedback.read_text().splitlines()[0].split("\t")
        assert columns[:-1] == ["sample", "time", "gate", "held", "block", "phase"]


@pytest.mark.long
def test_a_concealed_session_verifies_with_and_without_the_key(
    sessions: list[Seen], tmp_path: Path
) -> None:
    top = sessions[0].folder.parents[2]
    private = load_private_key(top / "keeper" / "unblind.pem", PASSPHRASE)
    donors = Study(top / "study").donors
    for arm in FED:
        seen = next(seen for seen in sessions if seen.arm == arm)
        without = verify_session(seen.folder)
        having = verify_session(seen.folder, None, private, donors)
        assert without.ok, without.problems
        assert having.ok, having.problems
        assert "concealed" in " ".join(without.notes)
        assert without.n_frames == having.n_frames == len(seen.feedback)
    copy = tmp_path / "data"
    shutil.copytree(seen.folder.parents[1], copy)
    folder = copy / seen.folder.relative_to(seen.folder.parents[1])
    sealed = SessionLayout.find(folder).sealed
    data = bytearray(sealed.read_bytes())
    data[-40] ^= 1
    sealed.write_bytes(data)
    problems = verify_session(folder).problems
    assert any("sealed.bin is not as it was written" in problem for problem in problems)
    assert all("sealed.bin" in problem for problem in problems), problems
    assert "damaged" in " ".join(verify_session(folder, None, private).problems)


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_leaky_control_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaky(
        spec: ProtocolSpec, frame_seconds: float, assignment: Assignment | None = None
    ) -> Boundary:
        boundary = make_boundary(spec, frame_seconds, assignment)
        if assignment is None or assignment.arm is Arm.REAL:
            return boundary
        return Boundary(Leaky(boundary), Leaky(boundary))

    monkeypatch.setattr("neurofeedback.session.prepare.make_boundary", leaky)
    found = run_trial(tmp_path, "time-shifted")
    auc, error = judged(found)
    assert auc - 0.5 > CONFIDENCE * error
    assert np.mean([follows(seen) for seen in found if seen.arm == Arm.CONTROL]) > 0.1


class Leaky:
    """A control that lets a fifth of the brain through, and is a little smoother than a brain."""

    def __init__(self, inner: Boundary) -> None:
        self._inner = inner
        self._last: np.ndarray | None = None

    def learn(self, baseline: np.ndarray, joints: np.ndarray) -> None:
        self._inner.learn(baseline, joints)

    def feed(self, real: np.ndarray) -> np.ndarray:
        new = 0.8 * self._inner.feed(real, "train") + 0.2 * real
        self._last = new if self._last is None else 0.8 * new + 0.2 * self._last
        return self._last

    def hold(self) -> None:
        self._inner.hold("train")

    def rest(self) -> None:
        self._inner.rest()
