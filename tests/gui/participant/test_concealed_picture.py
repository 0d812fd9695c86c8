"""What the participant of a trial sees does not differ in kind between the arms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import FED, Assignment, make_boundary
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.display import Mode
from neurofeedback.session.engine import SessionEngine, frame_seconds
from neurofeedback.session.offline import chunks_of

SECONDS = 16.0
ROUNDS = 3


def spec_of(kind: str) -> ProtocolSpec:
    fields = load_protocol("faa-trial").model_dump(mode="json")
    fields["control"] = {"kind": kind, "shift": 12.0}
    fields["signal"]["features"][0]["envelope"]["estimator"] = "cfir"
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 16.0},
        {"kind": "train", "seconds": SECONDS, "repeat": ROUNDS, "rest": 2.0},
        {"kind": "transfer", "seconds": 5.0},
    ]
    return ProtocolSpec.model_validate(fields)


def seen(spec: ProtocolSpec, arm, seed: int):
    """Return the pictures of a session, one for each frame."""
    source = SyntheticSource(
        seconds=16.0 + ROUNDS * (SECONDS + 2.0) + 8.0, seed=seed, speed=math.inf
    )
    info = source.open()
    seconds = frame_seconds(info, spec)
    boundary = make_boundary(spec, seconds, Assignment(arm=arm, seed=seed))
    engine, model = SessionEngine(info, spec, boundary=boundary), PictureModel()
    pictures = []
    for chunk in chunks_of(source):
        for frame in engine.step(chunk).feedback:
            model.show(frame, None, frame.reward)
            pictures.append(model.advance(seconds))
    source.close()
    return pictures


@pytest.mark.parametrize("kind", ["time-shifted", "phase-scrambled"])
def test_both_arms_show_the_same_kinds_of_things(kind) -> None:
    spec, told = spec_of(kind), []
    for arm in FED:
        pictures = seen(spec, arm, seed=5)
        fed_back = [p for p in pictures if p.mode is Mode.FEEDBACK and math.isfinite(p.value)]
        stars = [*pictures[-1].earlier, pictures[-1].lights]
        told.append(
            {
                "modes": [p.mode for p in pictures],
                "words": [p.word for p in pictures],
                "blocks": len(stars),
                "stars": min(stars) > 0,
                "moves": bool(np.std([p.value for p in fed_back]) > 0.05),
                "sails": bool(np.ptp([p.ground for p in fed_back]) > 0.05),
                "both sides": {p.value > 0.5 for p in fed_back},
            }
        )
    assert told[0] == told[1]
    assert told[0]["stars"]
    assert not any("star" in word for word in told[0]["words"])
