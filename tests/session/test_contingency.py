"""How well a participant could see that the picture follows them."""

from __future__ import annotations

import numpy as np
import pytest

from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.explain.contingency import Clean, contingency

HOP = 0.032


def margins(seconds: float = 300.0) -> list[Clean]:
    """Margins of a person at rest: noise of SD 1 about 0, as smooth as an asymmetry over .5 s."""
    noise = np.random.default_rng(2).standard_normal(round(seconds / HOP))
    smooth = np.convolve(noise, np.hanning(18), "same")
    return [Clean(float(x), True) for x in smooth / smooth.std()]


def with_reward(dwell: float, refractory: float) -> ProtocolSpec:
    fields = load_protocol("faa-up").model_dump(mode="json")
    fields["reward"] |= {"dwell": dwell, "refractory": refractory}
    return ProtocolSpec.model_validate(fields)


def test_rewards_of_faa_up_rise_with_the_score_and_tell_more_than_a_chime_a_second() -> None:
    ours = contingency(load_protocol("faa-up"), margins(), HOP)
    easier = [Clean(frame.margin + 0.385, True) for frame in margins()]  # 65 % instead of 50 %
    before = contingency(with_reward(0.25, 1.0), easier, HOP)
    assert ours is not None
    assert before is not None
    assert ours.rewards_raised > 1.6 * ours.rewards
    assert before.rewards_raised < 1.3 * before.rewards
    assert ours.chimes > before.chimes


def test_the_slow_layer_tells_more_than_the_rare_one() -> None:
    found = contingency(load_protocol("faa-up"), margins(), HOP)
    assert found is not None
    assert found.ground > found.chimes > 0.0
    assert found.over(120.0) == pytest.approx(
        (2 * found.picture, 2 * found.ground, 2 * found.chimes)
    )


def test_what_an_inhibit_forbids_is_never_rewarded() -> None:
    frames = [Clean(frame.margin, False) for frame in margins()]
    found = contingency(load_protocol("faa-up"), frames, HOP)
    assert found is not None
    assert found.rewards == found.rewards_raised == 0.0


def test_too_little_training_tells_nothing() -> None:
    assert contingency(load_protocol("faa-up"), margins(60.0), HOP) is None
