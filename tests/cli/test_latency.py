"""The way round, from the command line."""

import json

import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.frames import Chunk


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


class Dying(SyntheticSource):
    """A live participant who is gone after a second."""

    live = True  # type: ignore[assignment]

    def read(self, timeout: float) -> Chunk | None:
        """Return what comes in the first second."""
        chunk = super().read(timeout)
        return chunk if chunk is not None and chunk.stop_sample < 250 else None


def test_a_stream_that_stops_meanwhile_is_not_fast_enough(
    invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = "neurofeedback.cli.sessions.latency.make_source"
    monkeypatch.setattr(where, lambda *_, **__: Dying(sfreq=250.0))
    outcome = invoke("latency", "-s", "lsl:amp", "--headless", "--seconds", 4)
    assert outcome.exit_code == 2
    assert "stopped" in outcome.stderr
    assert "fast enough" not in outcome.stdout
