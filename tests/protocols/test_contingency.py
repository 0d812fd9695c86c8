"""A control must not follow the brain on the scale at which success is judged."""

import numpy as np
import pytest

from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import Arm, Assignment, make_boundary
from neurofeedback.protocols.spec import ControlSettings, ProtocolSpec
from neurofeedback.protocols.warnings import warnings_of
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


def contingency(spec: ProtocolSpec, seconds: float) -> float:
    """Return the mean correlation of what is fed with the real feature, as means over some time."""
    found = []
    for person in range(N_PEOPLE):
        values = drifting(person, round(520 / FRAME))
        boundary = make_boundary(spec, FRAME, Assignment(Arm.CONTROL, seed=person))
        boundary.learn(values[: round(120 / FRAME)])
        real = values[round(120 / FRAME) :]
        fed = np.array([boundary.feed(value, "train") for value in real])
        width = round(seconds / FRAME)
        means = [x[: len(x) // width * width].reshape(-1, width).mean(axis=1) for x in (fed, real)]
        found.append(np.corrcoef(means)[0, 1])
    return float(np.mean(found))


@pytest.mark.parametrize("seconds", [5.0, 20.0, 40.0])
def test_a_shift_that_nobody_set_does_not_follow_the_brain(seconds: float) -> None:
    assert contingency(trial(kind="time-shifted"), seconds) < 0.1


def test_a_short_shift_follows_it_and_the_protocol_says_so() -> None:
    spec = trial(kind="time-shifted", shift=10.0)
    assert contingency(spec, 20.0) > 0.3
    assert any("follows the brain" in warning.text for warning in warnings_of(spec))
    assert "partly contingent" in control_in_words(spec)


def test_it_is_said_how_far_scrambled_pieces_follow() -> None:
    said = control_in_words(trial(kind="phase-scrambled"))
    assert ".45 and .62 for alpha" in said
    assert ControlSettings(kind="time-shifted").shift >= 60.0
