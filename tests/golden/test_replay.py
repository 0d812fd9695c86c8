"""A recording that is replayed makes the files that it always made, byte for byte."""

import json

import pytest

from tests.golden.readings import must_equal
from tests.golden.replay_digest import REAL, REPLAY, replayed, write_edf

GOLDEN = json.loads(REPLAY.read_text(encoding="utf-8"))


def test_replay_of_a_made_recording(tmp_path):
    edf = tmp_path / "made.edf"
    write_edf(edf)
    found = replayed(edf, tmp_path / "data")
    must_equal(found, GOLDEN["made.edf"], "the replay of made.edf", GOLDEN["made-on"])


def test_replay_of_a_real_recording(tmp_path):
    if not REAL.is_file():
        pytest.skip(f"the real recording is missing: {REAL}")
    found = replayed(REAL, tmp_path / "data")
    must_equal(found, GOLDEN[REAL.name], f"the replay of {REAL.name}", GOLDEN["made-on"])
