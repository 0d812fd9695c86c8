"""What a person meets in a German window is German."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pylsl
import pytest
from session_parts import INFO, short_protocol

from neurofeedback.acquisition.lsl.streams import connect
from neurofeedback.app.participants import Details, SessionLine
from neurofeedback.app.sessions import make_source
from neurofeedback.app.states import hold_in_words
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.gui._qt import QtWidgets
from neurofeedback.gui.application import speak
from neurofeedback.gui.desk.footer import Footer
from neurofeedback.gui.desk.participant_details import DetailsView
from neurofeedback.gui.desk.spectrum_plot import spectrum_words
from neurofeedback.gui.desk.stream_page import StreamPage
from neurofeedback.gui.operator.presenter import OperatorPresenter
from neurofeedback.holds import Hold
from neurofeedback.recording.write.space import space_warning
from neurofeedback.session.check import live_spectrum
from neurofeedback.session.engine import SessionEngine
from neurofeedback.words.message import message_of


@pytest.fixture(autouse=True)
def german(qapp: QtWidgets.QApplication) -> Iterator[None]:
    speak(qapp, "de")
    yield
    speak(qapp, "en")


@pytest.fixture
def refusal(qtbot) -> Callable[[Callable[[], object]], str]:
    """Return what stands below a step that is refused."""

    def shown(do: Callable[[], object]) -> str:
        footer = Footer()
        qtbot.addWidget(footer)
        with pytest.raises(UserError) as refused:
            do()
        footer.say(message_of(refused.value))
        text = footer.message.text()
        assert text != str(refused.value)
        return text

    return shown


def test_a_missing_channel(refusal) -> None:
    elsewhere = replace(INFO, ch_names=("Fz", "F4", "Cz", "Pz"))
    text = refusal(lambda: SessionEngine(elsewhere, short_protocol()))
    assert "keinen Kanal F3" in text
    assert "Fz, F4, Cz, Pz" in text


def test_too_low_a_rate(refusal) -> None:
    text = refusal(lambda: SessionEngine(replace(INFO, sfreq=32.0), short_protocol()))
    assert "mindestens 50 Hz" in text


def test_a_damaged_edf(refusal, tmp_path: Path) -> None:
    path = tmp_path / "cut.edf"
    path.write_bytes(b"0       " + b" " * 300)
    text = refusal(lambda: make_source(f"file:{path}").open())
    assert str(path) in text
    assert "EDF" in text
    assert "Kopie" in text


def test_a_stream_that_is_refused(qtbot) -> None:
    info = pylsl.StreamInfo("words", "Markers", 1, 0.0, pylsl.cf_string, "id-words")
    page = StreamPage(lambda: [connect(info, timeout=1.0)])
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.said) as said:
        page.find_streams()
    (text,) = said.args
    assert text.startswith("Der Datenstrom 'words' sendet Text")


def test_a_disk_that_is_nearly_full(session, tmp_path: Path) -> None:
    warning = space_warning(tmp_path, rate=1e15, to_come=600.0)
    session.change(alarm=warning)
    shown = OperatorPresenter(session.spec).text(session.status(), None)
    assert shown.banner_kind == "alarm"
    assert f"Der Datenträger von {tmp_path} ist nach etwa" in shown.banner_full
    assert "Platz" in shown.banner


@pytest.mark.parametrize("alpha", [0.0, 2e-5], ids=["no peak", "a peak"])
def test_the_alpha_peak(alpha: float) -> None:
    info = StreamInfo("amp", "id", 128.0, ("O1", "O2", "Pz", "P3"), ("eeg",) * 4, ("V",) * 4)
    times = np.arange(round(20 * info.sfreq)) / info.sfreq
    rng = np.random.default_rng(1)
    noise = np.cumsum(rng.standard_normal((len(times), 4)), axis=0) * 1e-7
    waves = np.sin(2 * math.pi * 10.0 * times)[:, None] * np.array([1.0, 0.8, -0.9, -0.9])
    data = noise + alpha * waves  # of no common part, which the average reference would take off
    found = live_spectrum(info, Chunk(data, times, 0))
    assert found is not None
    assert (found.peak is not None) is bool(alpha)
    text = spectrum_words(found)
    assert "Alpha-Gipfel" in text
    assert "alpha peak" not in text.lower()


def test_how_a_session_ended(qtbot) -> None:
    view = DetailsView()
    qtbot.addWidget(view)
    started = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    ends = ("completed", "stopped", "failed", "recovered", "unfinished")
    lines = tuple(SessionLine(started, "faa-up", status, 600.0, 12) for status in ends)
    view.show_details(Details("P01", sessions=lines), indexed=True)
    text = view.sessions.text()
    assert "abgeschlossen" in text
    assert "vorzeitig beendet" in text
    assert not [word for word in ends if word in text]


@pytest.mark.parametrize(
    ("hold", "part"),
    [
        (Hold("muscle", "T8"), "T8"),
        (Hold("settling"), "Filter"),
        (Hold("region", "pgACC", 3), "erklärt 3 %"),
    ],
)
def test_why_feedback_is_held(hold: Hold, part: str) -> None:
    assert part in hold_in_words(hold)
    assert hold_in_words(hold) == hold_in_words(str(hold))
    assert hold_in_words(hold) != str(hold)
