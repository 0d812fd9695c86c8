"""Two kills of a real session; ``python -m reliability --only kill`` does a hundred."""

import pytest

from reliability.kill import kill_once


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_acknowledged_is_lost_and_the_rest_is_in_order(tmp_path, seed):
    killed = kill_once(tmp_path / "data", seed)
    assert killed.wrong == ()
    assert killed.recovered >= killed.acknowledged > 0
