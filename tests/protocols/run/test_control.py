from collections.abc import Sized

import numpy as np
import pytest
from scipy.signal import lfilter

from neurofeedback.errors import UserError
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.block_data import BlockData
from neurofeedback.protocols.run.control import (
    FED,
    Arm,
    Assignment,
    Boundary,
    TimeShifted,
    Yoked,
    make_boundary,
)
from neurofeedback.protocols.run.correlation import autocorrelation
from neurofeedback.protocols.run.donor import Donor, Listening, check_donor, measures_of
from neurofeedback.protocols.run.playback import Playback
from neurofeedback.protocols.run.scrambled import PhaseScrambled
from neurofeedback.protocols.spec import ProtocolSpec

FRAME = 0.04
MEMORY = 0.95
N_LAGS = 250


def wave(n: int, seed: int, columns: int = 1) -> np.ndarray:
    """Noise whose neighbours are alike, as those of a smoothed feature are."""
    white = np.random.default_rng(seed).standard_normal((n + 500, columns))
    scale = np.sqrt(1.0 - MEMORY**2)
    return np.asarray(lfilter([scale], [1.0, -MEMORY], white, axis=0))[500:]


def unbroken(rows: Sized) -> np.ndarray:
    return np.zeros(len(rows), dtype=bool)


def spec(kind: str | None = "yoked", **control: object) -> ProtocolSpec:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": kind, **control} if kind else None
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 40.0},
        {"kind": "train", "seconds": 60.0, "extend": 20.0, "repeat": 2},
    ]
    return ProtocolSpec.model_validate(fields)


def donor(n: int = 10_000, seed: int = 9, protocol: ProtocolSpec | None = None) -> Donor:
    return Donor(
        "sub-d_ses-01",
        measures_of(protocol or spec()),
        FRAME,
        3.0 + 0.5 * wave(10_000, seed),
        3.0 + 0.5 * wave(n, seed + 1),
        np.arange(n) % 200 == 0,
        n * FRAME * 1.1,
    )


def fed(boundary: Boundary, real: np.ndarray, held: np.ndarray | None = None) -> np.ndarray:
    rows = []
    for i, row in enumerate(real):
        if held is not None and held[i]:
            boundary.hold("train")
        else:
            rows.append(boundary.feed(row, "train"))
    return np.array(rows)


def arms() -> dict[str, Boundary]:
    return {
        "yoked": make_boundary(spec(), FRAME, Assignment(Arm.CONTROL, 1, donor())),
        "time-shifted": make_boundary(spec("time-shifted"), FRAME, Assignment(Arm.CONTROL, 1)),
        "phase-scrambled": make_boundary(
            spec("phase-scrambled"), FRAME, Assignment(Arm.CONTROL, 1)
        ),
    }


def test_the_real_arm_feeds_back_the_very_values() -> None:
    boundary = make_boundary(spec(), FRAME)
    boundary.learn(wave(1000, 0))
    real = wave(100, 1)
    np.testing.assert_array_equal(fed(boundary, real), real)


@pytest.mark.parametrize("kind", ["yoked", "time-shifted", "phase-scrambled"])
def test_a_control_has_the_level_spread_and_smoothness_of_the_own_baseline(kind: str) -> None:
    boundary = arms()[kind]
    baseline, real = 1.0 + 0.5 * wave(10_000, 20), 1.0 + 0.5 * wave(8000, 21)
    held = np.random.default_rng(5).random(8000) < 0.02
    boundary.learn(baseline)
    values = fed(boundary, real, held)
    assert np.isfinite(values).all()
    assert abs(np.corrcoef(values[:, 0], real[~held, 0])[0, 1]) < 0.1
    assert values.mean() == pytest.approx(1.0, abs=0.15)
    assert values.std() == pytest.approx(0.5, rel=0.15)
    steps, own = np.abs(np.diff(values[:, 0])), np.abs(np.diff(real[:, 0]))
    assert steps.mean() == pytest.approx(own.mean(), rel=0.2)
    assert steps.max() < 1.5 * own.max()


@pytest.mark.parametrize("kind", ["yoked", "time-shifted", "phase-scrambled"])
def test_a_control_is_the_same_on_every_run(kind: str) -> None:
    runs = []
    for _ in range(2):
        boundary = arms()[kind]
        boundary.learn(wave(1000, 3))
        runs.append(fed(boundary, wave(2000, 4)))
    np.testing.assert_array_equal(*runs)


def test_what_two_features_have_in_common_stays_when_phases_are_scrambled() -> None:
    common, own = wave(9000, 1), wave(9000, 2)
    both = np.hstack([common, 0.9 * common + 0.4 * own])
    baseline, real = both[:3000], both[3000:]
    series = PhaseScrambled(7, FRAME, 250)
    series.learn(baseline, unbroken(baseline))
    values = np.array([series.feed(row) for row in real])
    assert np.corrcoef(values.T)[0, 1] == pytest.approx(np.corrcoef(both.T)[0, 1], abs=0.03)
    assert abs(np.corrcoef(values[:, 0], real[:, 0])[0, 1]) < 0.1
    own, found = (np.diff(v[:, 0]) for v in (real, values))
    assert found.std() == pytest.approx(own.std(), rel=0.05)


def asymmetry(n: int, seed: int, smoothing: int) -> np.ndarray:
    """A log ratio of two powers, each a moving average: steps have long tails, as a brain's."""
    rng = np.random.default_rng(seed)
    sides = []
    for _ in range(2):
        parts = lfilter([1.0], [1.0, -0.8], rng.standard_normal((n + 500, 2)), axis=0)
        power = (parts**2).sum(axis=1)
        sides.append(np.log(np.convolve(power, np.ones(smoothing) / smoothing, "same")))
    return np.asarray(sides[1] - sides[0])[250 : n + 250, None]


@pytest.mark.parametrize("smoothing", [3, 25])
def test_nothing_about_the_steps_tells_what_is_scrambled(smoothing: int) -> None:
    """Forty people, 20 s of baseline, 60 s of training, now and then a hold."""
    differences = []
    for seed in range(40):
        values = asymmetry(2000, seed, smoothing)
        held = np.random.default_rng(seed).random(1500) < 0.005
        series = PhaseScrambled(seed, FRAME, 250)
        series.learn(values[:500], unbroken(values[:500]))
        rows = fed(Boundary(series, Listening()), values[500:], held)[:, 0]
        real = values[500:][~held, 0]
        differences.append([a - b for a, b in zip(about(rows), about(real), strict=True)])
    found = np.array(differences)
    clarity = found.mean(axis=0) / (found.std(axis=0) / np.sqrt(len(found)))
    assert np.abs(clarity).max() < 3.5


def about(values: np.ndarray) -> list[float]:
    """Largest and usual step and bend, spread, and what is in common with 0.2 and 1 s before."""
    steps, bends = np.abs(np.diff(values)), np.abs(np.diff(values, 2))
    common = [np.corrcoef(values[:-n], values[n:])[0, 1] for n in (5, 25)]
    sizes = [f(x) for f in (np.max, np.median, np.std) for x in (steps, bends)]
    return [float(np.log(x)) for x in (*sizes, values.std())] + common


def test_a_scrambled_series_begins_with_less_past_than_a_piece() -> None:
    for n in (3, 10, 60):
        series = PhaseScrambled(1, FRAME, 250)
        series.learn(wave(n, 1), unbroken(range(n)))
        for row in wave(400, 2):
            for _ in range(30 if row[0] > 1.5 else 0):
                series.hold()
            assert np.isfinite(series.feed(row)).all()


def test_a_shift_gives_back_the_own_values_of_before() -> None:
    series = TimeShifted(100, 50)
    baseline, real = wave(1000, 1), wave(500, 2)
    series.learn(baseline, unbroken(baseline))
    values = np.array([series.feed(row) for row in real])
    np.testing.assert_array_equal(values[:100], baseline[-100:])
    np.testing.assert_array_equal(values[150:], real[51:401])  # after the joint has faded


def test_a_donor_is_as_far_from_the_baseline_as_it_was_from_its_own() -> None:
    given_donor = donor()
    series = Yoked(given_donor, 50)
    baseline = -1.0 + 0.1 * wave(1000, 5)
    series.learn(baseline, unbroken(baseline))
    values = np.array([series.feed(baseline[0]) for _ in range(3000)])
    there = given_donor.values[:200] - given_donor.baseline.mean(axis=0)
    np.testing.assert_allclose(values[:200] - baseline.mean(axis=0), there)  # to the first hold


@pytest.mark.parametrize("held", [0, 1, 5, 20, 60])
def test_a_joint_has_the_spread_and_the_correlation_of_an_unbroken_series(held: int) -> None:
    correlation = MEMORY ** np.arange(400.0)[:, None]
    ends = []
    for i in range(400):
        rows = [*wave(2, 2 * i), *wave(200, 2 * i + 1)]
        playback = Playback(correlation, start=1)
        joints = [k == 2 for k in range(len(rows))]
        before = playback.play(rows, joints, len(rows))[0]
        for _ in range(held):
            playback.hold()
        after = [playback.play(rows, joints, len(rows))[0] for _ in range(40)]
        ends.append([before, *after])
    found = np.cov(np.transpose(ends))
    np.testing.assert_allclose(np.diag(found), 1.0, atol=0.35)
    wanted = MEMORY ** (np.arange(1, 41) + held)
    np.testing.assert_allclose(found[0, 1:], wanted, atol=0.3)


def test_steps_at_joints_are_like_the_others() -> None:
    correlation = MEMORY ** np.arange(400.0)[:, None]
    rows = [row for seed in range(800) for row in wave(50, seed)]
    joints = [i % 50 == 0 for i in range(len(rows))]
    playback = Playback(correlation)
    played = np.array([playback.play(rows, joints, len(rows))[0] for _ in range(800 * 49)])
    steps = np.diff(played)
    at_joints = steps[48::49]
    assert at_joints.std() == pytest.approx(steps.std(), rel=0.15)
    assert np.std(played) == pytest.approx(1.0, rel=0.1)


def test_control_blocks_follow_nobody_in_either_arm() -> None:
    real = wave(30_000, 4)
    for arm in FED:
        boundary = make_boundary(spec(), FRAME, Assignment(arm, 1, donor()))
        boundary.learn(wave(1000, 3))
        values = np.array([boundary.feed(row, "control") for row in real])
        assert abs(np.corrcoef(values[:, 0], real[:, 0])[0, 1]) < 0.1


def test_listening_makes_a_donor_of_what_crossed_the_boundary() -> None:
    listening = Listening()
    boundary = Boundary(listening, Listening())
    boundary.learn(wave(100, 0))
    real, held = wave(10, 1), np.array([0, 0, 0, 1, 0, 0, 0, 0, 0, 0], dtype=bool)
    np.testing.assert_array_equal(fed(boundary, real, held), real[~held])
    made = listening.donor("x", "m", FRAME)
    np.testing.assert_array_equal(made.values, real[~held])
    assert np.flatnonzero(made.joints).tolist() == [0, 3]
    assert made.seconds == pytest.approx(10 * FRAME)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"measures": "other"}, "features other than"),
        ({"frame_seconds": 0.032}, "same sampling rate"),
        ({"seconds": 100.0}, "may need 160 s"),
        ({"values": np.zeros((10, 1))}, "clean for less than 50%"),
    ],
)
def test_a_donor_that_does_not_fit_is_refused_in_every_arm(
    change: dict[str, object], says: str
) -> None:
    fields = {name: getattr(donor(), name) for name in Donor.__slots__} | change
    bad = Donor(**fields)
    with pytest.raises(UserError, match=says):
        check_donor(bad, spec(), FRAME)
    for arm in FED:
        with pytest.raises(UserError, match=says):
            make_boundary(spec(), FRAME, Assignment(arm, 1, bad))


def test_what_a_control_arm_lacks_is_said() -> None:
    with pytest.raises(UserError, match="needs a donor"):
        make_boundary(spec(), FRAME, Assignment(Arm.CONTROL))
    with pytest.raises(UserError, match="declares no control arm"):
        make_boundary(spec(None), FRAME, Assignment(Arm.CONTROL))
    with pytest.raises(UserError, match="no clean training"):
        Listening().donor("x", "m", FRAME)


def test_the_autocorrelation_of_a_column_that_does_not_vary_is_zero() -> None:
    found = autocorrelation(np.ones((100, 1)), 10)
    assert not found.any()
    found = autocorrelation(wave(20_000, 1), 100)
    taper = 0.5 * (1 + np.cos(np.pi * np.arange(100) / 100))
    np.testing.assert_allclose(found[:20, 0], (MEMORY ** np.arange(20.0) * taper[:20]), atol=0.05)


def with_rest(boundary: Boundary, real: np.ndarray, n_rest: int) -> list[np.ndarray]:
    """What is fed back in two training blocks with a rest between them."""
    half = len(real) // 2
    fed_back = [boundary.feed(row, "train") for row in real[:half]]
    for _ in range(n_rest):
        boundary.rest()
    return fed_back + [boundary.feed(row, "train") for row in real[half + n_rest :]]


def test_a_donor_knows_that_what_comes_after_a_rest_does_not_follow_on() -> None:
    heard = Listening()
    boundary = Boundary(heard, Listening())
    boundary.rest()
    boundary.learn(wave(600, seed=1))
    with_rest(boundary, wave(400, seed=2), n_rest=90)
    made = heard.donor("sub-D_ses-01", "m", FRAME)
    assert np.flatnonzero(made.joints).tolist() == [0, 200]


def controls(seed: int) -> dict[str, Boundary]:
    """One of each kind; the donor had a rest after 700 rows."""
    heard = Listening()
    listening = Boundary(heard, Listening())
    listening.learn(wave(1200, seed=100 + seed))
    with_rest(listening, wave(1400, seed=200 + seed), n_rest=300)
    made = heard.donor("sub-D_ses-01", "m", FRAME)
    kinds = {
        "yoked": Yoked(made, N_LAGS),
        "time-shifted": TimeShifted(200, N_LAGS),
        "phase-scrambled": PhaseScrambled(seed, FRAME, N_LAGS),
    }
    boundaries = {kind: Boundary(series, Listening()) for kind, series in kinds.items()}
    for boundary in boundaries.values():
        boundary.learn(wave(1200, seed=300 + seed))
    return boundaries


def test_no_step_betrays_where_a_rest_was() -> None:
    """Holds move what is fed back against the rest of its donor, into the middle of a block."""
    largest: dict[str, list[float]] = {}
    for seed in range(20):
        for kind, boundary in controls(seed).items():
            for _ in range(15):
                boundary.hold("train")
            played = with_rest(boundary, wave(1400, seed=400 + seed), n_rest=300)
            for block in (played[:700], played[700:]):
                steps = np.abs(np.diff(np.array(block)[:, 0]))
                largest.setdefault(kind, []).append(float(steps.max()))
    usual = [np.abs(np.diff(wave(700, seed=500 + i)[:, 0])).max() for i in range(40)]
    for kind, found in largest.items():
        assert max(found) < 1.3 * max(usual), kind


def test_after_a_rest_a_control_does_not_go_on_where_it_was() -> None:
    ends: dict[str, list[tuple[float, float]]] = {}
    for seed in range(60):
        for kind, boundary in controls(seed).items():
            played = with_rest(boundary, wave(500, seed=400 + seed), n_rest=100)
            ends.setdefault(kind, []).append((played[249][0], played[250][0]))
    for kind, pairs in ends.items():
        before, after = np.array(pairs).T
        assert abs(np.corrcoef(before, after)[0, 1]) < 4 / np.sqrt(60), kind


@pytest.mark.parametrize("kind", ["time-shifted", "phase-scrambled"])
def test_no_step_betrays_what_was_cut_out_of_the_baseline(kind: str) -> None:
    """Blinks in a baseline: its clean frames are put together, and come back in training."""
    largest = []
    for seed in range(30):
        whole = wave(1600, seed=700 + seed)
        clean = np.ones(len(whole), dtype=bool)
        for start in range(100, 1500, 150):
            clean[start : start + 60] = False
        joints = np.diff(np.flatnonzero(clean), prepend=-2) != 1
        series = controls(seed)[kind]
        series.learn(whole[clean], joints)
        played = fed(series, wave(700, seed=800 + seed))
        largest.append(np.abs(np.diff(played[:, 0])).max())
    usual = [np.abs(np.diff(wave(700, seed=900 + i)[:, 0])).max() for i in range(30)]
    assert max(largest) < 1.3 * max(usual)


def test_the_joints_of_a_baseline_are_those_of_its_holds() -> None:
    data = BlockData(1, 1)
    for i, follows in enumerate([True, True, False, True, False]):
        data.keep_row([float(i)], follows=follows)
    assert data.joints().tolist() == [True, False, True, False, True]
