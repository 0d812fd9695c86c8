"""Factors balanced by minimisation: arms that only keys can find, and find again."""

from collections import Counter

import numpy as np
import pytest

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.study.allocation import EVEN
from neurofeedback.study.envelopes import make_envelopes
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key
from neurofeedback.study.minimisation import COIN, minimised
from tests.study.conftest import PASSPHRASE

FACTORS = {"sex": ["f", "m"], "age": ["young", "mid", "old"]}


def people(n: int, seed: int) -> list[dict[str, str]]:
    random = np.random.default_rng(seed)
    return [{name: str(random.choice(levels)) for name, levels in FACTORS.items()}
            for _ in range(n)]  # fmt: skip


def unevenness(arms: list[Arm], levels: list[dict[str, str]]) -> float:
    found = []
    for name, known in FACTORS.items():
        for level in known:
            own = Counter(a for a, one in zip(arms, levels, strict=True) if one[name] == level)
            found.append(abs(own[Arm.REAL] - own[Arm.CONTROL]))
    return float(np.mean(found))


def test_every_factor_is_balanced_better_than_by_a_coin() -> None:
    minimal, coin = [], []
    for seed in range(60):
        levels, random = people(40, seed), np.random.default_rng(1000 + seed)
        arms = minimised(random.integers(0, 2**62, 40).tolist(), levels, EVEN)
        minimal.append(unevenness(arms, levels))
        coin.append(unevenness([list(EVEN)[i] for i in random.integers(0, 2, 40)], levels))
    assert np.mean(minimal) < 0.6 * np.mean(coin)


def test_ratios_are_kept() -> None:
    counts: Counter[Arm] = Counter()
    ratio = {Arm.REAL: 2, Arm.CONTROL: 1, Arm.STANDARD: 1}
    for seed in range(40):
        seeds = np.random.default_rng(seed).integers(0, 2**62, 40).tolist()
        counts += Counter(minimised(seeds, people(40, seed), ratio))
    assert counts[Arm.REAL] == pytest.approx(800, rel=0.05)
    assert counts[Arm.CONTROL] == pytest.approx(400, rel=0.08)


def test_both_keys_find_the_same_arms_again(make_study, station_key, now, tmp_path) -> None:
    study: Study = make_study("time-shifted", size=12, factors=FACTORS)
    common = {"station_key": station_key(), "stratum": None, "operator": "op", "now": now,
              "claims": {}}  # fmt: skip
    with (
        pytest.raises(UserError, match="balances sex, age: enrol P0 first"),
        study.enrol("P0", **common),
    ):
        pass
    with pytest.raises(UserError, match="name the participant's level with --level age=LEVEL"):
        study.enrol_without_session("P0", levels={"sex": "f"}, **common)
    given = {}
    for i, levels in enumerate(people(12, 3)):
        study.enrol_without_session(f"P{i}", levels=levels, **common)
        with study.enrol(f"P{i}", **common) as entry:
            entry.take(f"sub-P{i}/ses-01")
            given[f"P{i}"] = entry.enrolment.assignment.arm
    key = load_private_key(tmp_path / "keeper" / "unblinding.pem", PASSPHRASE)
    opened = study.unblind(key, who="A", reason="end", now=now)
    assert {one.participant: one.arm for one in opened} == given
    assert {"real", "control"} == set(given.values())
    with pytest.raises(UserError, match="no arm is known before"):
        make_envelopes(study, key, tmp_path / "letters.txt")


@pytest.mark.parametrize("changes", [{"factors": {"sex": ["f"]}}, {"factors": {"a b": ["f", "m"]}},
                                     {"factors": FACTORS, "strata": ["x"]}])  # fmt: skip
def test_factors_that_cannot_be_balanced_are_refused(make_study, changes) -> None:
    with pytest.raises(UserError):
        make_study("time-shifted", **changes)


def test_the_arm_that_balances_better_is_preferred_however_little_better_it_is() -> None:
    # One more in the real arm makes shares of 1/2 and 0, in the control arm of 0 and 1.
    ratio = {Arm.REAL: 2, Arm.CONTROL: 1}
    first = [minimised([seed], [{"sex": "f"}], ratio)[0] for seed in range(1000)]
    assert first.count(Arm.REAL) == pytest.approx(1000 * COIN, abs=40)  # 667 if both were equal


def test_arms_do_not_hang_on_the_order_in_which_factors_are_named() -> None:
    ratio = {Arm.REAL: 7, Arm.CONTROL: 5, Arm.STANDARD: 3}  # sums of shares that round
    for seed in range(20):
        random = np.random.default_rng(seed)
        levels = [{name: str(random.integers(2)) for name in "abcde"} for _ in range(60)]
        seeds = random.integers(0, 2**62, 60).tolist()
        turned = [dict(reversed(one.items())) for one in levels]
        assert minimised(seeds, turned, ratio) == minimised(seeds, levels, ratio)
