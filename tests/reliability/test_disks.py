"""Disks that fail under a running session; ``python -m reliability --only disks`` has them all."""

from dataclasses import replace

import pytest

from reliability.disks import CASES, fail_once

QUICK = {case.name: replace(case, after=1.2) for case in CASES}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["session folder removed", "writes of samples take 500 ms"])
def test_the_operator_knows_within_a_second_and_nothing_is_lost(tmp_path, name):
    found = fail_once(QUICK[name], tmp_path)
    assert found.wrong == ()
    assert found.latency <= 1.0
    assert found.kept >= found.acknowledged > 2000
    assert found.sentence
