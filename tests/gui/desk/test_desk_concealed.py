"""A hidden arm cannot be told from the operator's screen: twins, one trained and one in control.

The participants are alike to the last sample, so whatever differs on the screen comes from the arm:
no word and no number may.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.gui._qt import QtWidgets
from neurofeedback.gui.desk.threshold_page import ThresholdPage
from neurofeedback.gui.summary.page import SummaryPage
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.control import Arm
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.report.summary import session_summary
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import PreparedSession, prepare_study_session
from neurofeedback.session.sink import Frames
from neurofeedback.session.status import RunState
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key, load_station_key

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSPHRASE = "correct horse"
TELLING = ("sham", "arm", "yoked", "shifted", "real", "placebo", "mock", "donor")


def trial() -> ProtocolSpec:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": "time-shifted", "shift": 15.0}
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 20.0},
        {"kind": "train", "seconds": 20.0, "repeat": 2, "rest": 3.0},
        {"kind": "transfer", "seconds": 6.0},
    ]
    return ProtocolSpec.model_validate(fields)


def texts(window: QtWidgets.QWidget) -> list[str]:
    """Return everything that is written in a window or read out of it."""
    found = [window.windowTitle()]
    for widget in window.findChildren(QtWidgets.QWidget):
        found += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QtWidgets.QLabel | QtWidgets.QAbstractButton):
            found.append(widget.text())
    return [masked(text) for text in found if text]


def masked(text: str) -> str:
    """Return a text without what names the participant."""
    return re.sub(r"sub-P\d+|\bP\d+\b", "CODE", text)


class Shown:
    """What the operator saw of a session from its beginning to its summary."""

    def __init__(self, prepared: PreparedSession, stand_in) -> None:
        session = stand_in(prepared.info, prepared.spec)
        session.score = prepared.engine.score
        session.concealed = prepared.concealed
        self.windows = SessionWindows(session, session.clock)
        self.threshold = ThresholdPage(session, self.windows.operator.steering)
        self.windows.operator.show()
        self.moments: list[list[str]] = []
        self.frames = session.frames
        for chunk in chunks_of(prepared.source):
            prepared.recorder.append([chunk])
            result = prepared.engine.step(chunk)
            prepared.recorder.append([Frames(result.features, result.feedback), *result.events])
            session.frames += result.feedback
            session.latest = session.frames[-1] if session.frames else None
            session.now += chunk.n_times / prepared.info.sfreq
            session.ring.append(chunk)
            rewards = sum(frame.reward for frame in session.frames)
            session.change(
                progress=prepared.engine.progress, rewards=rewards,
                recorded_samples=chunk.stop_sample,
                recorded_seconds=chunk.stop_sample / prepared.info.sfreq,
            )  # fmt: skip
            self.windows.bridge.tick()
            self.threshold.show_now(session.status(), session.latest)
            self.moments.append(texts(self.windows.operator) + texts(self.threshold))
            if prepared.engine.finished:
                break
        session.change(state=RunState.FINISHED)
        self.windows.bridge.tick()
        self.moments.append(texts(self.windows.operator))
        prepared.recorder.finalize("completed")
        prepared.source.close()
        self.summary = SummaryPage(session_summary(prepared.recorder.path))
        self.moments.append(texts(self.summary))

    def release(self) -> None:
        self.windows.release()
        self.threshold.deleteLater()
        self.summary.deleteLater()


def twins(folder: Path) -> dict[Arm, PreparedSession]:
    """Return sessions of two who are alike, one in each arm."""
    study = Study.create(
        folder / "study", "Seen", trial(), strata=[], size=8, blocks=[4], seed=11,
        station_key=folder / "station.key", unblinding_key=folder / "keeper" / "unblind.pem",
        passphrase=PASSPHRASE, now=NOW,
    )  # fmt: skip
    key = load_station_key(folder / "station.key")
    made = [
        prepare_study_session(
            SyntheticSource(
                ch_names=("F3", "F4", "C3", "C4", "P3", "P4"), sfreq=128.0, seed=5, seconds=100.0,
                speed=math.inf, chunk_seconds=0.5,
            ),
            study, root=folder / "data", participant=f"P{i}", started=NOW, station_key=key,
        )
        for i in range(4)
    ]  # fmt: skip
    private = load_private_key(folder / "keeper" / "unblind.pem", PASSPHRASE)
    opened = study.unblind(private, who="test", reason="test", now=NOW)
    arms = {place.arm: one for place, one in zip(opened, made, strict=False)}
    for one in made:
        if one not in arms.values():
            one.recorder.finalize("stopped", "not needed")
            one.source.close()
    return arms


@pytest.mark.slow
def test_twins_look_the_same(qapp, session, tmp_path: Path) -> None:
    made = twins(tmp_path)
    shown = {arm: Shown(prepared, type(session)) for arm, prepared in made.items()}
    try:
        fed = [[f.feature for f in one.frames if f.phase == "train"] for one in shown.values()]
        assert fed[0] != fed[1]
        control, trained = shown[Arm.CONTROL].moments, shown[Arm.REAL].moments
        assert len(control) == len(trained) > 50
        for one, other in zip(control, trained, strict=True):
            # The digest of a recording differs as its times do.
            assert [t for t in one if "Digest" not in t] == [t for t in other if "Digest" not in t]
        everything = " ".join(text for moment in control for text in moment).casefold()
        everything = everything.replace("could reveal the arm", "")  # why nothing is shown
        assert not [word for word in TELLING if re.search(rf"\b{word}\b", everything)]
        assert "signal good" in everything
        assert "holding" in everything
    finally:
        for one in shown.values():
            one.release()
