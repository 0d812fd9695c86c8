"""The summary of a session in German: what was read from it in English is made again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from summary_sessions import protocol, trained

from neurofeedback.app import summary_messages, summary_text
from neurofeedback.app.summary_headline import headline
from neurofeedback.app.summary_messages import with_messages
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.summary import session_summary
from neurofeedback.report.summary_parts import SessionSummary
from neurofeedback.session.ends import STOPPED
from neurofeedback.words.language import set_language, tr
from neurofeedback.words.message import Message, joined


def with_envelope(seconds: float = 20.0, **envelope: object) -> ProtocolSpec:
    """Return the protocol of the other summaries with another envelope and baseline."""
    fields = protocol().model_dump(mode="json")
    fields["blocks"][0]["seconds"] = seconds
    for feature in fields["signal"]["features"]:
        feature["envelope"] |= envelope
    return ProtocolSpec.model_validate(fields)


def plain(root: Path) -> Path:
    return trained(root, with_envelope(estimator="cfir"))


def fitted(root: Path) -> Path:
    return trained(root, with_envelope(60.0, band={"individual": "alpha"}), seconds=240.0)


def stopped(root: Path) -> Path:
    return trained(root, seconds=70.0, ended=("stopped", str(STOPPED)))


@pytest.fixture(scope="module", params=[plain, fitted, stopped], ids=lambda make: make.__name__)
def summary(request, tmp_path_factory: pytest.TempPathFactory) -> SessionSummary:
    make: Callable[[Path], Path] = request.param
    return session_summary(make(tmp_path_factory.mktemp(make.__name__)))


@pytest.fixture
def german() -> Iterator[None]:
    set_language("de")
    yield
    set_language("en")


def told(summary: SessionSummary) -> list[str]:
    """Return the sentences of a summary that come from a session."""
    measure, baseline = summary.measure, summary.baseline
    assert measure is not None
    assert baseline is not None
    found = [measure.label, measure.note, baseline.alpha_words, summary.reason, *summary.sentences]
    return [text for text in found if text]


def test_in_english_nothing_is_run_again(summary: SessionSummary, monkeypatch) -> None:
    monkeypatch.setattr(summary_messages, "SessionReader", None)
    assert with_messages(summary) is summary


def test_no_sentence_says_anything_else_than_what_was_read(summary, german) -> None:
    assert with_messages(summary) == summary
    assert with_messages(summary).to_dict() == summary.to_dict()


def test_a_german_summary_has_no_english_sentence(summary: SessionSummary, german) -> None:
    english = [text for text in told(with_messages(summary)) if tr(text) == str(text)]
    assert not english, "\n".join(english)


def test_a_german_summary_says_so_on_its_page(summary: SessionSummary, german) -> None:
    again = with_messages(summary)
    lines = [headline(again), *summary_text.measure_lines(again),
             *summary_text.baseline_lines(again), *summary_text.fine_print(again)]  # fmt: skip
    page = "\n".join(lines)
    for text in told(summary):
        assert text not in page


def test_what_was_made_differently_stays_as_it_was_read(summary: SessionSummary, german) -> None:
    assert summary.measure is not None
    other = replace(summary, measure=replace(summary.measure, note="Said by another version."))
    again = with_messages(other).measure
    assert again is not None
    assert again.note == "Said by another version."
    assert not isinstance(again.note, Message)


def test_a_sentence_with_fields_is_found_by_what_it_says(
    summary: SessionSummary, monkeypatch
) -> None:
    made = joined([Message("{n} s", n=3), "F3"])
    monkeypatch.setattr(summary_messages, "_made_again", lambda reader: iter([made]))
    again = summary_messages.messages_of(SessionReader(summary.folder))
    assert again("3 s F3") is made
    assert again("4 s F3") == "4 s F3"


def test_a_session_that_cannot_be_run_again_is_told_as_it_was_read(tmp_path, german) -> None:
    folder = plain(tmp_path)
    summary = session_summary(folder)
    with SessionReader(folder).layout.eeg.open("r+b") as file:
        file.truncate(1000)
    assert with_messages(summary) == summary
