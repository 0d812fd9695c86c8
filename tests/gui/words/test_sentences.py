"""What the packages below say is found in the catalogue: they are asked to say it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition.lsl import streams
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.gui.words.sentence_patterns import DOUBTS, LABELS, PARTS, REASONS, SENTENCES
from neurofeedback.gui.words.sentences import (
    doubt_in_language,
    in_language,
    label_in_language,
    part_in_language,
)
from neurofeedback.gui.words.states import hold_in_words
from neurofeedback.protocols.doubts import doubts
from neurofeedback.protocols.protocol_file import library, load_protocol
from neurofeedback.recording.layout import check_participant
from neurofeedback.recording.space import space_warning
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.explain import explain
from neurofeedback.session.status import estimator_sentence
from neurofeedback.session.watch import StreamWatch
from neurofeedback.signal.alpha import alpha_frequency
from neurofeedback.signal.band_settings import IndividualBand
from neurofeedback.signal.leakage import Leakage, honest_sentences
from neurofeedback.words.language import set_language

# Words that English sentences of these packages have and German ones do not.
ENGLISH = (" the ", " is ", " of ", " at ", " until ", "reference ", " and ", " from ", " with ")


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    set_language("de")
    yield
    set_language("en")


def is_german(text: str) -> bool:
    return bool(text) and not any(word in f" {text} " for word in ENGLISH)


STREAM = StreamInfo(
    "amp", "id", 250.0, (*SyntheticSource().open().ch_names,),
    ("eeg",) * len(SyntheticSource().open().ch_names),
    ("V",) * len(SyntheticSource().open().ch_names), "V", "synthetic",
)  # fmt: skip


@pytest.mark.parametrize("name", library())
def test_what_is_trained(name: str) -> None:
    spec = load_protocol(name)
    score = SessionEngine(STREAM, spec).score
    assert is_german(label_in_language(score.label)), label_in_language(score.label)
    if score.note:
        assert is_german(in_language(score.note)), in_language(score.note)


@pytest.mark.parametrize("name", library())
def test_what_a_protocol_does_on_a_montage(name: str) -> None:
    known = explain(load_protocol(name), STREAM, display_delay=0.07)
    assert part_in_language(known.montage).endswith("alle 32 ms ein Wert")
    for feature in known.features:
        assert is_german(part_in_language(feature.band)), part_in_language(feature.band)
    for doubt in known.doubts:
        key, _, words = doubt_in_language(doubt).partition(": ")
        assert doubt.startswith(key)
        assert is_german(words), words


def test_doubts() -> None:
    spec = load_protocol("faa-demo")
    changed = spec.model_dump(mode="json")
    changed["threshold"] = {"rule": "continuous", "target_rate": 0.65}
    found = [str(d) for d in doubts(type(spec).model_validate(changed))]
    said = [doubt_in_language(line) for line in found]
    assert any(line.endswith("und die Belohnungen bleiben gleich viele") for line in said)
    assert all(one != other for one, other in zip(found, said, strict=True)), said
    assert doubt_in_language("key: something new") == "key: something new"


@pytest.mark.parametrize("freqs", [(), (9.5,), (9.5, 11.0)])
def test_alpha_peaks(freqs: tuple[float, ...]) -> None:
    rng = np.random.default_rng(3)
    times = np.arange(int(60 * 250)) / 250
    data = 5e-6 * rng.standard_normal((len(times), 5))
    for freq in freqs:
        data += 8e-6 * np.sin(2 * np.pi * freq * times + rng.uniform(0, 6))[:, None]
    found = alpha_frequency(data, 250.0, ("P3", "Pz", "P4", "O1", "O2"))
    said = in_language(found.words)
    assert said != found.words
    assert said.startswith(("Alpha-Gipfel bei", "Kein klarer Alpha-Gipfel von 7 bis 13 Hz")), said
    assert is_german(said), said


@pytest.mark.parametrize("ratio", [0.7, 1.3])
@pytest.mark.parametrize("far", [5.0, 50.0])
@pytest.mark.parametrize("experimental", [True, False])
def test_what_a_region_is_worth(ratio: float, far: float, experimental: bool) -> None:
    panel = Leakage(47.0, 0.03, far, (-55.0, 35.0, -5.0), ratio)
    for sentence in honest_sentences("sgACC", panel, experimental):
        assert is_german(in_language(sentence)), in_language(sentence)


def test_places_are_filled_and_numbers_written_in_german() -> None:
    panel = Leakage(47.0, 0.03, 57.0, (-55.0, 35.0, -5.0), 1 / 1.5)
    said = in_language(" ".join(honest_sentences("sgACC", panel, True)))
    assert "bewegt es 1,5-mal so stark wie eine in sgACC." in said
    assert "aus 57 mm Entfernung (MNI -55, 35, -5 mm)." in said
    assert said.endswith("die solidere Wahl.")


@pytest.mark.parametrize("estimator", ["cfir", "wiener", "posterior"])
@pytest.mark.parametrize("fidelity", [0.71, math.nan])
def test_the_estimator_in_use(estimator: str, fidelity: float) -> None:
    details = {"feature": "faa", "estimator": estimator, "band": (8.0, 13.0),
               "fidelity": {estimator: fidelity}, "judged_seconds": 30.0}  # fmt: skip
    said = in_language(estimator_sentence(details))
    assert is_german(said), said
    assert ("r = 0,71" in said) is math.isfinite(fidelity)


@pytest.mark.parametrize("peak", [None, 10.25])
def test_individual_bands(peak: float | None) -> None:
    band = IndividualBand(individual="alpha", below=4.0, above=2.0, fallback=(8.0, 13.0)).in_words(
        peak
    )
    label = label_in_language(f"ln P(F4) - ln P(F3), {band}, reference linked ears (A1 + A2)")
    assert label.endswith("Referenz verbundene Ohren (A1 + A2)")
    assert ("IAF 10,25 Hz" in label) is (peak is not None)
    assert ("kein klarer Alpha-Gipfel" in label) is (peak is None)


def test_alarms_of_the_stream() -> None:
    for connected in (True, False):
        times = iter((100.0, *[103.0] * 9))
        watch = StreamWatch("amp", lambda times=times: next(times))
        watch.start()
        watch.look(connected)
        said = in_language(watch.alarm())
        assert is_german(said), said
        assert "'amp'" in said


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        check_participant("Erika Muster")
    assert in_language(str(refused.value)).startswith("Der Teilnehmercode 'Erika Muster'")
    for query in ("", "name=amp"):
        for there in ([], [streams.StreamSummary("amp", "EEG", "1", "here", "2", 8, 250.0)]):
            said = in_language(streams._none_sentence(query, there))
            assert said.startswith("Es wurde kein LSL-Stream"), said
    assert is_german(in_language(space_warning(tmp_path, 1e18, 1e3)))


def test_holds() -> None:
    assert hold_in_words("region sgACC explains 12 %") == "die Region sgACC erklärt 12 %"
    assert hold_in_words("amplitude F3").startswith("F3 überschritt")
    assert hold_in_words("something new") == "something new"


def test_unknown_sentences_stay_and_known_ones_beside_them_do_not() -> None:
    said = in_language("Something new is so. By a Wiener filter, fitted to the baseline. More.")
    assert said == (
        "Something new is so. Mit einem Wiener-Filter, angepasst an die Baseline. More."
    )
    assert in_language("") == ""


def test_english_is_left_alone() -> None:
    set_language("en")
    text = "No samples from 'amp' for 1.2 s. Feedback is held."
    assert in_language(text) == text
    assert label_in_language("ln P(F4), 8-13 Hz, reference average of 3").endswith("of 3")


def test_patterns_are_not_told_twice() -> None:
    for table in (SENTENCES, DOUBTS, LABELS, PARTS, REASONS):
        assert len(set(table)) == len(table)
