"""The way round, from the command line."""

import json

import pytest


@pytest.mark.lsl
def test_the_command_measures_the_way_round(invoke) -> None:
    outcome = invoke("latency", "--seconds", 5, "--json")
    assert outcome.exit_code in (0, 1), outcome.stderr  # 1 on a machine that is too busy
    answer = json.loads(outcome.stdout)
    stages = answer["stages"]
    assert set(stages) == {"arrival", "engine", "screen", "total"}
    assert stages["total"]["n"] > 20
    assert answer["light"]["n"] >= 5
    # Light comes with the patch, which is painted after the picture.
    assert answer["light"]["p50"] > stages["arrival"]["p50"]


def test_what_is_refused(invoke) -> None:
    outcome = invoke("latency", "-s", "synthetic", "--seconds", 3, "--light", "light")
    assert outcome.exit_code == 2
    assert "no channel 'light'" in outcome.stderr
    outcome = invoke("latency", "--headless", "--light", "light")
    assert outcome.exit_code == 2
    assert "--headless" in outcome.stderr
