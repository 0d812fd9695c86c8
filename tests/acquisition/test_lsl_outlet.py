import math
import uuid
from collections.abc import Sequence

import pylsl
import pytest

from neurofeedback.acquisition.out.lsl import LslOutlet
from neurofeedback.acquisition.out.news import VALUES
from neurofeedback.frames import FeatureDescriptor, FeedbackFrame

pytestmark = pytest.mark.lsl
SCORE = FeatureDescriptor("faa", "ln ratio", "ln P(F4) - ln P(F3)", 0.2, 1.0)


def frame(
    sample: int, *, block: int = 1, held: str | None = None, reward: bool = False
) -> FeedbackFrame:
    value = math.nan if block == 0 else 0.75
    phase = "train" if block else "baseline"
    return FeedbackFrame(
        sample, sample / 250, value, 0.3, 0.1, reward, True, block, phase, held=held
    )


FRAMES = [
    frame(7, block=0),
    frame(15),
    frame(23, reward=True),
    frame(31, held="amplitude F3"),
    frame(39),
]


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
    assert [row[0] for row in receive(markers, 5)] == [
        "block 1 baseline",
        "block 2 train",
        "reward",
        "hold amplitude F3",
        "hold over",
    ]
    info = values.info(timeout=10)
    assert info.desc().child_value("score") == SCORE.label


def test_a_concealed_session_sends_neither_values_nor_rewards() -> None:
    name = f"t{uuid.uuid4().hex}"
    outlet = LslOutlet(name)
    outlet.begin(SCORE, concealed=True)
    markers = listen(f"{name}-markers")
    for one in FRAMES:
        outlet.send(one)
    assert [row[0] for row in receive(markers, 4)] == [
        "block 1 baseline",
        "block 2 train",
        "hold amplitude F3",
        "hold over",
    ]
    assert not pylsl.resolve_byprop("name", f"{name}-feedback", timeout=0.5)
