"""The pages of the desk and beside it: named, reached by Tab, nothing cut, one letter a field."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from accessible import problems
from summary_sessions import trained

from neurofeedback.app.debrief import DebriefContext
from neurofeedback.app.participants import Participants
from neurofeedback.app.recovery import Recovery
from neurofeedback.gui._qt import QtCore, QtWidgets
from neurofeedback.gui.desk.check_page import CheckPage
from neurofeedback.gui.desk.dialogs.passphrase import PassphraseDialog
from neurofeedback.gui.desk.operator_name import OperatorName
from neurofeedback.gui.desk.participant_page import ParticipantPage
from neurofeedback.gui.desk.protocol_page import ProtocolPage
from neurofeedback.gui.desk.recovery_page import RecoveryPage
from neurofeedback.gui.desk.session import DeskSession
from neurofeedback.gui.desk.settings_page import SettingsPage
from neurofeedback.gui.desk.steps import Step
from neurofeedback.gui.desk.stream_page import StreamPage
from neurofeedback.gui.desk.threshold_page import ThresholdPage
from neurofeedback.gui.forms.debrief import DebriefPage
from neurofeedback.gui.forms.safety import SafetyPanel
from neurofeedback.gui.forms.scale_form import ScaleForm
from neurofeedback.gui.lock.panel import LockPanel, SafetyKey
from neurofeedback.gui.operator.recording.page import RecordingPage
from neurofeedback.gui.steering import Steering
from neurofeedback.gui.summary.page import SummaryPage
from neurofeedback.protocols.commands import CommandName
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.report.summary import session_summary
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Waiting
from neurofeedback.scales.library import GAD7, PHQ9
from neurofeedback.session.explain.protocol import explain
from neurofeedback.session.status import BlockProgress
from neurofeedback.settings.editor import SettingsEditor
from neurofeedback.settings.operators import Operators
from neurofeedback.signal.quality import ChannelState, QualityReport

SMALLEST = (683, 384)
PROTOCOLS = ("faa-demo", "faa-individual", "sgacc-theta-up")


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory):
    return session_summary(trained(tmp_path_factory.mktemp("summary")))


@pytest.fixture
def make(qtbot, tmp_path: Path, make_session, summary) -> Callable[[str], QtWidgets.QWidget]:
    """Make a page by its name."""
    protocols = [(name, load_protocol(name)) for name in PROTOCOLS]
    operators = Operators(tmp_path / "operators.json")
    editor = SettingsEditor(tmp_path / "settings.toml", {})
    info = make_session().info

    parents: list[QtWidgets.QWidget] = []

    def index_off() -> None:
        return None

    def protocol() -> ProtocolPage:
        page = ProtocolPage(protocols, lambda spec: explain(spec, info, display_delay=0.07))
        page.choose("faa-demo")
        page._show_explanation()
        return page

    def inside(make_child: Callable[[QtWidgets.QWidget], QtWidgets.QWidget]) -> QtWidgets.QWidget:
        parent = QtWidgets.QWidget()
        qtbot.addWidget(parent)
        parent.resize(1366, 768)
        parent.show()
        parents.append(parent)
        return make_child(parent)

    pages: dict[str, Callable[[], QtWidgets.QWidget]] = {
        "participant": lambda: ParticipantPage(Participants(index_off)),
        "protocol": protocol,
        "stream": lambda: StreamPage(list, list),
        "check": lambda: check(make_session()),
        "threshold": lambda: threshold(make_session()),
        "rounds": lambda: rounds(make_session()),
        "settings": lambda: SettingsPage(editor, operators, [("faa-up", "FAA up")], ["HDMI-1"]),
        "operator's name": lambda: OperatorName(editor),
        "passphrase": lambda: inside(lambda p: PassphraseDialog(p, operators, "A. Smith")),
        "lock": lambda: inside(lambda p: LockPanel(p, [SafetyKey("Pause", "Space", lambda: None)])),
        "recovery": lambda: RecoveryPage(Recovery(tmp_path, None, index="off", operator="A")),
        "questionnaire": lambda: ScaleForm(GAD7),
        "debrief": lambda: DebriefPage(DebriefContext("p01", Keeper(), in_study=True)),
        "safety": lambda: SafetyPanel([waiting()], Store()),
        "summary": lambda: SummaryPage(summary),
        "recording": lambda: RecordingPage(protocols),
    }

    def made(name: str) -> QtWidgets.QWidget:
        page = pages[name]()
        if isinstance(page, DeskSession):
            qtbot.addWidget(page.windows.participant)
        if page.parent() is None:
            qtbot.addWidget(page)
        page.show()
        return page

    return made


def verdict(names: Sequence[str]) -> QualityReport:
    states = [ChannelState(n, "good", "", 1e-5, 1e-6, 0.9) for n in names]
    states[3] = ChannelState(names[3], "bad", "low correlation with its neighbours", 0, 0, 0)
    return QualityReport(10, 5.0, tuple(states))


def check(session) -> CheckPage:
    page = CheckPage(session)
    session.feed(12.0)
    session.quality = verdict(session.info.ch_names)
    page.bridge.tick()
    page._look()
    return page


def threshold(session) -> ThresholdPage:
    page = ThresholdPage(session, Steering(session))
    allowed = frozenset({CommandName.TARGET_RATE, CommandName.REDO_BASELINE})
    session.change(
        progress=BlockProgress(1, 4, "rest", 1.0, 3.0, math.nan, 0.0, allowed, 0.65),
        estimator="FAA is now estimated by posterior power in 8-13 Hz, fitted to the baseline; too "
        "little clean baseline to estimate how well it follows the brain.",
    )  # fmt: skip
    page.plot.add_frames([session.frame(0.5)])
    page.show_now(session.status(), session.latest)
    return page


def rounds(session) -> DeskSession:
    page = DeskSession(session, Step.ROUNDS)
    session.quality = verdict(session.info.ch_names)
    session.change(
        progress=BlockProgress(1, 4, "train", 3599.0, 3600.0, 1.0, 1.0, frozenset(), 0.75),
        rewards=1234, recorded_seconds=36_000.0,
    )  # fmt: skip
    session.frame(0.5, held="railed F3")
    page.windows.bridge.tick()
    return page


class Keeper:
    """Keeps nothing: these pages are only looked at."""

    def keep(self, debrief: object) -> None:
        raise AssertionError


class Store:
    def waiting(self, participant: str | None = None) -> Sequence[Waiting]:
        return ()


def waiting() -> Waiting:
    prompt = Response(PHQ9, (1, 2, 3, 0, 1, 2, 3, 0, 1, None)).safety
    assert prompt is not None
    return Waiting(1, "p02", PHQ9, datetime(2026, 3, 1, 9, tzinfo=UTC), prompt)


PAGES = (
    "participant", "protocol", "stream", "check", "threshold", "rounds", "settings",
    "operator's name", "passphrase", "lock", "recovery",
    "questionnaire", "debrief", "safety", "summary", "recording",
)  # fmt: skip


def settle() -> None:
    """Lay out, and let go of what was deleted."""
    for _ in range(3):
        QtWidgets.QApplication.processEvents()
        QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("size", "percent"), [((1366, 768), 100), (SMALLEST, 100), ((1366, 768), 200)]
)
def test_page(spoken: str, size_of_text, make, name: str, size, percent: int) -> None:
    size_of_text(percent)
    page = make(name)
    page.resize(*size)
    settle()
    assert problems(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_letter_means_two_things(spoken: str, make, name: str) -> None:
    page = make(name)
    kinds = (QtWidgets.QLabel, QtWidgets.QAbstractButton)
    shown = [w for kind in kinds for w in page.findChildren(kind) if w.isVisibleTo(page)]
    texts = [w.text() for w in shown if not isinstance(w, QtWidgets.QLabel) or w.buddy()]
    letters = [m.casefold() for text in texts for m in re.findall(r"&(\w)", text)]
    assert len(letters) == len(set(letters)), letters
