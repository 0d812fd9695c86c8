"""The protocols that come with the program: complete, sound, and run on a synthetic participant."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.events import Event, EventKind
from neurofeedback.protocols.file.reading import library, load_protocol
from neurofeedback.protocols.spec import FED_BACK, SCORED, ProtocolSpec
from neurofeedback.protocols.warnings import warnings_of
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.explain.protocol import explain, refusal
from neurofeedback.session.offline import chunks_of
from neurofeedback.signal.power.estimators import cfir

NAMES = tuple(library())
PRESETS = tuple(name for name in NAMES if name != "faa-demo")
# A DOI is added here only by somebody who has looked it up.
LOOKED_UP = {
    "10.1001/jamapsychiatry.2018.0252",  # Pizzagalli 2018, rostral cingulate theta, EMBARC
    "10.1007/s11571-021-09732-8",  # Liu 2022, sensorimotor rhythm and anxiety
    "10.1016/j.brat.2017.02.002",  # Mennella 2017
    "10.1016/j.euroneuro.2015.03.007",  # Arns 2015, rostral cingulate theta, iSPOT-D
    "10.1016/j.jad.2019.07.026",  # Wang 2019
    "10.1016/j.neubiorev.2021.02.015",  # Trambaiolli 2021, review
    "10.1016/j.nicl.2017.07.006",  # van der Vinne 2017, frontal alpha asymmetry in depression
    "10.1038/s41598-017-04012-0",  # Ossadtchi 2017, alpha spindles
    "10.1159/000322290",  # Choi 2011
    "10.1371/journal.pone.0211668",  # Naas 2019, alpha against sham
    "10.3389/fnbeh.2014.00420",  # Enriquez-Geppert 2014, frontal midline theta
    "10.3389/fnhum.2017.00119",  # Paluch 2017, muscle
    "10.3389/fnins.2023.1195066",  # sensorimotor rhythm, systematic review
}
WANTED = {
    "faa-up", "faa-individual", "faa-rosenfeld", "faa-moving-average", "faa-pairs-muscle",
    "faa-trial", "high-beta-down", "fm-theta-up", "pgacc-theta-up", "sgacc-theta-up", "smr-up",
    "alpha-up", "transfer-only", "rest-measurement", "faa-demo",
}  # fmt: skip


def test_the_library_has_what_it_promises() -> None:
    assert set(NAMES) == WANTED
    assert len({load_protocol(name).hash for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_says_what_it_is_and_what_it_cannot_do(name: str) -> None:
    spec = load_protocol(name)
    assert spec.name == name
    assert len(spec.description) > 100
    assert len(spec.limits) > 60
    assert set(spec.evidence) <= LOOKED_UP
    assert spec.experimental == any(getattr(f, "roi", "") == "sgACC" for f in spec.signal.features)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_tells_the_participant_what_to_do_in_two_languages(name: str) -> None:
    spec = load_protocol(name)
    assert spec.instructions.version
    for text in spec.instructions.texts.values():
        assert set(text) == {"en", "de"}
        assert all(20 < len(words) < 500 for words in text.values())
    used = {block.instruction for block in spec.blocks}
    assert used == set(spec.instructions.texts)
    if spec.control is not None:  # nobody may be told that it is their brain
        assert "either your own brain activity or something else" in " ".join(
            spec.instructions.texts["train"]["en"].split()
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_leaves_no_doubt(name: str) -> None:
    found = {doubt.key for doubt in warnings_of(load_protocol(name))}
    short = {"signal.features.faa.envelope.estimator"}  # ten seconds of baseline, to show the parts
    assert found == (short if name == "faa-demo" else set())


@pytest.mark.parametrize("n_channels", [19, 32, 64])
@pytest.mark.parametrize("name", NAMES)
def test_a_preset_can_run_on_common_montages(name: str, n_channels: int) -> None:
    info = SyntheticSource(n_channels=n_channels, sfreq=250.0).open()
    assert refusal(load_protocol(name), info) is None


FIGURES = re.compile(
    r"#   (\S+): delay (\d+\.\d\d) s, window (\d+\.\d\d) s, noise (\d+\.\d\d) \(SD\)"
)


@pytest.mark.parametrize("name", PRESETS)
def test_the_figures_in_a_file_are_those_of_explain(name: str) -> None:
    text = library()[name].read_text(encoding="utf-8")
    info = SyntheticSource(n_channels=19, sfreq=250.0).open()
    found = explain(load_protocol(name), info, display_delay=0.07)
    assert FIGURES.findall(text) == [
        (f.name, f"{f.delay:.2f}", f"{f.window:.2f}", f"{f.noise:.2f}") for f in found.features
    ]


def test_the_muscle_inhibit_hears_no_mains() -> None:
    """Neither 50 nor 60 Hz, nor alpha, at any common rate: 38 dB less than the band's middle."""
    spec = load_protocol("faa-pairs-muscle")
    (muscle,) = [f for f in spec.signal.features if f.name == "muscle"]
    for sfreq in (128.0, 160.0, 250.0, 500.0, 1000.0):
        taps = cfir(muscle.envelope, sfreq, round(0.032 * sfreq)).taps[0]
        freqs = np.array([36.5, 50.0, 60.0, 10.0])
        response = np.abs(
            taps @ np.exp(-2j * np.pi * np.outer(np.arange(taps.size), freqs) / sfreq)
        )
        assert 20 * math.log10(response[1:].max() / response[0]) < -38


# Every preset at work: its own blocks, shortened.

SHORTEST = {"baseline": 24.0, "train": 12.0, "transfer": 6.0, "control": 6.0, "rest": 2.0}


def shortened(spec: ProtocolSpec) -> ProtocolSpec:
    fields = spec.model_dump(mode="json")
    for block in fields["blocks"]:
        block["seconds"] = min(block["seconds"], SHORTEST[block["kind"]])
        block["repeat"] = min(block["repeat"], 2)
        block["rest"], block["extend"] = min(block["rest"], 1.0), min(block["extend"], 3.0)
    return ProtocolSpec.model_validate(fields)


def of(events: list[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event.kind is kind]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_runs_to_its_end_on_the_synthetic_participant(name: str) -> None:
    spec = shortened(load_protocol(name))
    source = SyntheticSource(
        seed=3, speed=math.inf, sfreq=250.0, seconds=400.0, chunk_seconds=1.0, artifacts=False
    )
    engine = SessionEngine(source.open(), spec)
    events: list[Event] = []
    shown: dict[str, list[float]] = {}
    for chunk in chunks_of(source):
        result = engine.step(chunk)
        events += result.events
        for frame in result.feedback:
            shown.setdefault(frame.phase, []).append(frame.value)
        if engine.finished:
            break
    source.close()
    assert engine.finished
    assert events[-1].kind is EventKind.PROTOCOL_ENDED
    assert events[-1].details["reason"] == "completed"
    kinds = [block.kind for block in spec.iter_blocks()]
    assert [e.details["phase"] for e in of(events, EventKind.BLOCK_ENDED)] == kinds
    scored = [e for e in of(events, EventKind.BLOCK_ENDED) if e.details["phase"] in SCORED]
    assert all(0.0 <= e.details["success_rate"] <= 1.0 for e in scored)
    blocks = list(spec.iter_blocks())
    rewarded = {blocks[e.details["block"]].kind for e in of(events, EventKind.REWARD)}
    assert rewarded <= set(FED_BACK)
    if "train" in kinds:
        assert "train" in rewarded
        assert of(events, EventKind.THRESHOLD_CHANGED)
        values = np.array(shown["train"])
        assert ((values >= 0) & (values <= 1)).all()
        assert np.ptp(values) > 0.1
    for phase in {"baseline", "transfer"} & set(kinds):
        assert np.isnan(shown[phase]).all()


def test_presets_whose_chimes_tell_too_little_say_so_with_the_figure():
    docs = Path(__file__).parents[2] / "docs"
    table = (docs / "decisions" / "0027-what-the-picture-teaches.md").read_text(encoding="utf-8")
    guide = (docs / "user-guide.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| (?:[\d.]+, )?([\d.]+) \|$", table, re.MULTILINE)
    assert len(rows) == 10
    for name, figure in rows:
        short = float(figure) < 3.5
        limits = " ".join(load_protocol(name).limits.split())
        assert (f"d' {figure}, not with the 3.5" in limits) == short
        seconds = math.ceil(30.0 * (3.5 / float(figure)) ** 2)  # d' grows with the root of time
        assert (f"that takes them {seconds} s" in limits) == short
        assert (f"`{name}` {figure}" in guide) == short
