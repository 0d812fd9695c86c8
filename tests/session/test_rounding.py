"""What differs in the last digits is told from what differs."""

import json
import os
import subprocess
import sys

import pytest

from neurofeedback.session.verification.rounding import Rounding
from tests.golden.readings import HERE, unpacked

ROW = "2371\t18.5\t-0.22318024427845629\t1\tn/a\ttrain"
EVENT = {"event": "ThresholdChanged", "sample": 19, "value": 0.1, "rates": [0.3, 0.7]}


@pytest.mark.parametrize(
    ("was", "now", "equal"),
    [
        (ROW, ROW.replace("45629", "45984"), True),
        (ROW, ROW.replace("-0.2231", "-0.2232"), False),
        (ROW, ROW.replace("\t1\t", "\t0\t"), False),  # a reward
        (ROW, ROW.replace("2371", "2372"), False),  # a sample
        (ROW, ROW.replace("n/a", "blink Fp1"), False),  # a hold
        (ROW, ROW + "\t0.5", False),
        (ROW, ROW.replace("-0.22318024427845629", "n/a"), False),
        ("19\tnan", "19\tnan", True),
        ("19\t1e-17", "19\t-3e-17", True),  # zero, either way
        (json.dumps(EVENT), json.dumps(EVENT | {"value": 0.1 + 1e-13}), True),
        (json.dumps(EVENT), json.dumps(EVENT | {"rates": [0.3, 0.7 - 1e-13]}), True),
        (json.dumps(EVENT), json.dumps(EVENT | {"rates": [0.3]}), False),
        (json.dumps(EVENT), json.dumps(EVENT | {"value": 0.11}), False),
        (json.dumps(EVENT), json.dumps(EVENT | {"event": "BlockEnded"}), False),
        (json.dumps(EVENT), json.dumps(EVENT | {"more": 1}), False),
        (json.dumps({"ok": True}), json.dumps({"ok": 1}), False),
    ],
)
def test_only_last_digits_may_differ(was: str, now: str, equal: bool) -> None:
    rounding = Rounding()
    assert rounding.equal(was, now) is equal
    assert rounding.n_lines == int(equal)


def test_a_checksum_of_what_was_learned_is_not_held_against_rounding() -> None:
    line = '{{"event": "WeightsLearned", "checksum": "{}", "seconds": {}}}'
    assert Rounding().equal(line.format("ab", 30.0), line.format("cd", 30.0))
    assert not Rounding().equal(line.format("ab", 30.0), line.format("cd", 31.0))


def test_the_largest_difference_is_remembered() -> None:
    rounding = Rounding()
    assert rounding.equal("1.0", "1.0000000001")
    assert rounding.equal("2.0", "2.0000000000001")
    assert rounding.largest == pytest.approx(1e-10, rel=1e-3)
    assert not rounding.equal("3.0\t1", "3.0000001\t2")
    assert rounding.largest == pytest.approx(1e-10, rel=1e-3)  # of lines that are equal


@pytest.mark.parametrize("processor", ["Haswell", "Prescott"])
def test_another_processor_gives_the_same_session_within_rounding(processor, tmp_path) -> None:
    """OpenBLAS computes as on a processor that is named; elsewhere than on x86 it takes its own."""
    session = unpacked("plain", tmp_path)
    words = ["verify", str(session), "--json", "--index", "off"]
    done = subprocess.run(
        [sys.executable, "-m", "neurofeedback", *words], cwd=HERE.parents[1],
        env={**os.environ, "OPENBLAS_CORETYPE": processor},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert (found["ok"], found["problems"], done.returncode) == (True, [], 0)
    assert found["largest_difference"] < 1e-10
    assert found["exact"] is (found["largest_difference"] == 0)
