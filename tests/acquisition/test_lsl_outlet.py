import math
import uuid
from collections.abc import Sequence

import pylsl
import pytest
from out_frames import FRAMES, MARKERS, OPEN_MARKERS, SCORE

from neurofeedback.acquisition.out.lsl import LslOutlet
from neurofeedback.acquisition.out.news import VALUES

pytestmark = pytest.mark.lsl


def listen(name: str) -> pylsl.StreamInlet:
    (found,) = pylsl.resolve_byprop("name", name, timeout=10)
    inlet = pylsl.StreamInlet(found, recover=False)
    inlet.open_stream(timeout=10)
    return inlet


def receive(inlet: pylsl.StreamInlet, n: int) -> list[Sequence[object]]:
    rows = []
    while len(rows) < n:
        sample, _ = inlet.pull_sample(timeout=10)
        assert sample is not None
        rows.append(sample)
    assert inlet.pull_sample(timeout=0.0)[0] is None
    return rows


def test_others_can_follow_the_session() -> None:
    name = f"t{uuid.uuid4().hex}"
    outlet = LslOutlet(name)
    outlet.begin(SCORE, concealed=False)
    values, markers = listen(f"{name}-feedback"), listen(f"{name}-markers")
    for one in FRAMES:
        outlet.send(one)
    rows = receive(values, len(FRAMES))
    assert [row[0] for row in rows] == [f.sample for f in FRAMES]
    assert math.isnan(rows[0][2])  # type: ignore[arg-type]
    assert rows[2][list(VALUES).index("reward")] == 1.0
    assert [row[0] for row in receive(markers, len(MARKERS))] == MARKERS
    info = values.info(timeout=10)
    assert info.desc().child_value("score") == SCORE.label


def test_a_concealed_session_sends_neither_values_nor_rewards() -> None:
    name = f"t{uuid.uuid4().hex}"
    outlet = LslOutlet(name)
    outlet.begin(SCORE, concealed=True)
    markers = listen(f"{name}-markers")
    for one in FRAMES:
        outlet.send(one)
    assert [row[0] for row in receive(markers, len(OPEN_MARKERS))] == OPEN_MARKERS
    assert not pylsl.resolve_byprop("name", f"{name}-feedback", timeout=0.5)
