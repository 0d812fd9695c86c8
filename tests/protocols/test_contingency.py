"""A control must not follow the brain on the scale at which success is judged."""

import numpy as np
import pytest

from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import Arm, Assignment, Boundary, make_boundary
from neurofeedback.protocols.run.donor import Donor, measures_of
from neurofeedback.protocols.spec import ControlSettings, ProtocolSpec
from neurofeedback.protocols.warnings import contingent, warnings_of
from neurofeedback.session.explain.protocol_words import control_in_words

FRAME = 0.25  # s
MEMORY = 25.0  # s of a feature that drifts as alpha power does
N_PEOPLE = 60


def trial(**control: object) -> ProtocolSpec:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    return ProtocolSpec.model_validate({**fields, "control": control})


def drifting(seed: int, n: int) -> np.ndarray:
    random, keep = np.random.default_rng(seed), np.exp(-FRAME / MEMORY)
    values = np.zeros(n)
    for i in range(1, n):
        values[i] = keep * values[i - 1] + random.standard_normal() * np.sqrt(1 - keep**2)
    return values[:, None]


def boundary_of(spec: ProtocolSpec, person: int, baseline: np.ndarray) -> Boundary:
    donor = None
    if spec.control is not None and spec.control.kind == "yoked":
        values = drifting(1000 + person, round(2400 / FRAME))
        joints = np.zeros(len(values), dtype=np.bool_)
        donor = Donor(
            "sub-D_ses-01", measures_of(spec), FRAME, values[:400], values, joints, 2400.0
        )
    boundary = make_boundary(spec, FRAME, Assignment(Arm.CONTROL, person, donor))
    boundary.learn(baseline)
    return boundary


def contingency(spec: ProtocolSpec, seconds: float) -> tuple[float, float]:
    """Return the mean correlation of what is fed with the real feature, as means over some time."""
    found = []
    for person in range(N_PEOPLE):
        values = drifting(person, round(520 / FRAME))
        boundary = boundary_of(spec, person, values[: round(120 / FRAME)])
        real = values[round(120 / FRAME) :]
        fed = np.array([boundary.feed(value, "train") for value in real])
        width = round(seconds / FRAME)
        means = [x[: len(x) // width * width].reshape(-1, width).mean(axis=1) for x in (fed, real)]
        found.append(np.corrcoef(means)[0, 1])
    return float(np.mean(found)), float(np.std(found) / np.sqrt(N_PEOPLE))


def over_blocks(spec: ProtocolSpec, seconds: float, n_blocks: int = 8) -> tuple[float, float]:
    """Return the same of the means of whole blocks with rests between them."""
    found, width, rest = [], round(seconds / FRAME), round(5.0 / FRAME)
    for person in range(N_PEOPLE):
        start = round(200 / FRAME)
        values = drifting(person, start + n_blocks * (width + rest))
        boundary = boundary_of(spec, person, values[:start])
        means = []
        for real in np.split(values[start:], n_blocks):
            fed = [boundary.feed(value, "train") for value in real[:width]]
            for _ in real[width:]:
                boundary.rest()
            means.append((np.mean(fed), real[:width].mean()))
        found.append(np.corrcoef(np.transpose(means))[0, 1])
    return float(np.mean(found)), float(np.std(found) / np.sqrt(N_PEOPLE))


@pytest.mark.parametrize("kind", ["time-shifted", "yoked"])
@pytest.mark.parametrize("seconds", [1.0, 5.0, 20.0, 40.0])
def test_a_control_as_it_comes_does_not_follow_the_brain(kind: str, seconds: float) -> None:
    mean, error = contingency(trial(kind=kind), seconds)
    assert abs(mean) < max(0.05, 3.0 * error)


@pytest.mark.parametrize(
    ("kind", "shift", "block"),
    [("time-shifted", 60.0, 30.0), ("time-shifted", 150.0, 120.0), ("yoked", 60.0, 120.0)],
)
def test_nor_do_the_means_of_whole_blocks(kind: str, shift: float, block: float) -> None:
    mean, _ = over_blocks(trial(kind=kind, shift=shift), block)
    assert mean < 0.1  # the own past tends to below zero in a few blocks


def test_a_shift_shorter_than_a_block_follows_it_and_is_warned_of() -> None:
    mean, error = over_blocks(trial(kind="time-shifted"), 120.0)
    assert mean > 0.3 > 5.0 * error
    fields = trial(kind="time-shifted").model_dump(mode="json")
    for block in fields["blocks"]:
        block["seconds"] = 120.0
    found = contingent(ProtocolSpec.model_validate(fields))
    assert found is not None
    assert "below 150 s" in found
    fields["control"]["shift"] = 150.0
    assert contingent(ProtocolSpec.model_validate(fields)) is None


def test_a_short_shift_follows_it_and_the_protocol_says_so() -> None:
    spec = trial(kind="time-shifted", shift=10.0)
    assert contingency(spec, 20.0)[0] > 0.3
    assert any("follows the brain" in warning.text for warning in warnings_of(spec))
    assert "partly contingent" in control_in_words(spec)


def test_it_is_said_how_far_scrambled_pieces_follow() -> None:
    said = control_in_words(trial(kind="phase-scrambled"))
    assert ".45 and .62 for alpha" in said
    assert ControlSettings(kind="time-shifted").shift >= 60.0
