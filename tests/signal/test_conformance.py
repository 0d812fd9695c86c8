"""One suite that everything passes that samples stream through.

Whatever is added to the signal path joins `CASES` and is held to the same: chunking changes no
bit, nothing in gives nothing out, reset forgets, samples that are no numbers do no lasting harm,
every rate works, and channels are found by name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.electrodes import TEN_TWENTY
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.signal.asr.calibration import calibrate_asr
from neurofeedback.signal.asr.cleaner import AsrCleaner
from neurofeedback.signal.gate.artifact_filters import ArtifactFilters
from neurofeedback.signal.gate.samples import Gate
from neurofeedback.signal.hops import HopGrid, Hops, hop_length
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.estimators import fitted
from neurofeedback.signal.quality import ChannelQuality
from neurofeedback.signal.settings import (
    AsrSettings,
    AsymmetryFeature,
    EnvelopeSettings,
    GateSettings,
    IndividualBand,
    MontageSettings,
    PipelineSettings,
    PowerFeature,
    RoiFeature,
)

PICKS = ("F3", "F4")
FAA = AsymmetryFeature(kind="asymmetry", name="faa", left=("F3",), right=("F4",))
THETA = PowerFeature(
    kind="power", name="theta", channels=("Fz",),
    envelope=EnvelopeSettings(band=(4, 8), delay=0.1, length=1.0, smoothing=0.5),
)  # fmt: skip
PGACC = RoiFeature(kind="roi", name="pg", roi="pgACC")
OWN_ALPHA = IndividualBand(individual="alpha")
ASR = AsrSettings(seconds=20.0)
FREQS = np.arange(0.0, 65.0)
SPECTRUM = 1e-10 / np.maximum(FREQS, 1.0)


def stream(sfreq: float = 250.0, names: Sequence[str] = TEN_TWENTY) -> StreamInfo:
    n = len(names)
    return StreamInfo("test", "", sfreq, tuple(names), ("eeg",) * n, ("V",) * n)


@dataclass
class Transformer:
    """Something with a state: hops in, rows out (one tuple of values for each hop or verdict)."""

    process: Callable[[Hops], list[Any]]
    reset: Callable[[], None]
    lasting: int  # hops after which a bad sample is forgotten; 0 where that is not asked


def _finite(data: np.ndarray) -> np.ndarray:
    """What the gate hands on: no number becomes zero."""
    return np.where(np.isfinite(data), data, 0.0)


def _rows(*columns: Any) -> list[Any]:
    return [tuple(np.asarray(c).tobytes() for c in row) for row in zip(*columns, strict=True)]


def _gate(info: StreamInfo, hop: int) -> Transformer:
    columns = [info.ch_names.index(name) for name in PICKS]
    settings_ = GateSettings()
    limits = np.full(len(PICKS), settings_.amplitude)
    gate = Gate(PICKS, limits, settings_, info.sfreq, hop, settings_.gradient)
    return Transformer(
        lambda hops: [gate.cause(int(c)) for c in gate.process(hops.data[:, :, columns])[1]],
        gate.reset,
        round(2.5 * info.sfreq / hop),
    )


def _watch(info: StreamInfo, hop: int) -> Transformer:
    watch = ArtifactFilters(info, GateSettings(), "average", PICKS, (), hop)

    def process(hops: Hops) -> list[Any]:
        bad = ~np.isfinite(hops.data).all(axis=(1, 2))
        return [watch.cause(int(c)) for c in watch.process(_finite(hops.data), bad)]

    return Transformer(process, watch.reset, 0)


def _power(estimator: str) -> Callable[[StreamInfo, int], Transformer]:
    def make(info: StreamInfo, hop: int) -> Transformer:
        columns = [info.ch_names.index(name) for name in PICKS]
        envelope = EnvelopeSettings()
        design = fitted(estimator, envelope, info.sfreq, hop, FREQS, SPECTRUM)  # type: ignore[arg-type]
        power = BandPower(hop, len(PICKS), [(0, design), (1, design)])
        return Transformer(
            lambda hops: _rows(power.process(_finite(hops.data[:, :, columns]))),
            power.reset,
            power.support,
        )

    return make


def _quality(info: StreamInfo, hop: int) -> Transformer:
    quality = ChannelQuality(info, hop)

    def process(hops: Hops) -> list[Any]:
        return [tuple(sorted(map(str, report.states))) for report in quality.process(hops)]

    return Transformer(process, quality.reset, 0)


def _pipeline(settings_: PipelineSettings) -> Callable[[StreamInfo, int], Transformer]:
    def make(info: StreamInfo, hop: int) -> Transformer:
        pipeline = Pipeline(info, settings_)

        def process(hops: Hops) -> list[Any]:
            frames = pipeline.frames(hops)
            return [
                (row[0], held) for row, held in zip(_rows(frames.values), frames.held, strict=True)
            ]

        return Transformer(process, pipeline.reset, 0)

    return make


def baseline(info: StreamInfo, hop: int, seconds: float = 14.0) -> np.ndarray:
    """Noise with a posterior rhythm of 10.4 Hz, the same for each channel wherever it stands."""
    n_hops = round(seconds * info.sfreq / hop)
    time = np.arange(n_hops * hop) / info.sfreq
    data = np.empty((time.size, info.n_channels))
    for column, name in enumerate(info.ch_names):
        number = TEN_TWENTY.index(name)
        data[:, column] = 5e-6 * np.random.default_rng(number).standard_normal(time.size)
        if name[0] in "PO":
            data[:, column] += 1.5e-5 * np.sin(2 * np.pi * 10.4 * time + 0.2 * number)
    return data.reshape(n_hops, hop, -1)


def _learned(settings_: PipelineSettings) -> Callable[[StreamInfo, int], Transformer]:
    """Return a pipeline that has a baseline behind it and works with what it learned."""
    made: dict[tuple[StreamInfo, int], Pipeline] = {}

    def make(info: StreamInfo, hop: int) -> Transformer:
        pipeline = made.setdefault((info, hop), Pipeline(info, settings_))

        def learn() -> None:
            pipeline.reset()
            data = baseline(info, hop)
            pipeline.frames(hops_of(data, hop, -len(data)), keep=True)
            assert pipeline.fit() is not None
            assert pipeline.descriptors_now != pipeline.descriptors

        def process(hops: Hops) -> list[Any]:
            frames = pipeline.frames(hops)
            return [
                (row[0], held) for row, held in zip(_rows(frames.values), frames.held, strict=True)
            ]

        learn()
        return Transformer(process, learn, 0)

    return make


def quiet(info: StreamInfo, hop: int, seconds: float = 25.0) -> np.ndarray:
    """Noise in which neighbours are alike, the same at each electrode whatever their order."""
    rng = np.random.default_rng(7)
    n_hops, n = round(seconds * info.sfreq / hop), len(TEN_TWENTY)
    mixing = np.eye(n) + 0.3 * rng.standard_normal((n, n))
    data = rng.standard_normal((n_hops, hop, n)) @ mixing * 5e-6 + 1e-3
    return np.ascontiguousarray(data[:, :, [TEN_TWENTY.index(name) for name in info.ch_names]])


def _asr(info: StreamInfo, hop: int) -> Transformer:
    baseline = quiet(info, hop)
    fit = calibrate_asr(baseline, np.zeros(len(baseline), dtype=bool), info, ASR)
    signals = np.eye(info.n_channels)[:, [info.ch_names.index(name) for name in PICKS]]
    cleaner = AsrCleaner(fit, info.sfreq, hop, ASR, signals)

    def process(hops: Hops) -> list[Any]:
        bad = ~np.isfinite(hops.data).all(axis=(1, 2))
        found = cleaner.process(_finite(hops.data), hops.first, bad)
        by_name = found.data[:, -1, [info.ch_names.index(name) for name in TEN_TWENTY]]
        return _rows(np.column_stack((by_name, found.rebuilt, found.removed)))

    return Transformer(process, cleaner.reset, cleaner.memory)


def _fitted_pipeline(settings_: PipelineSettings) -> Callable[[StreamInfo, int], Transformer]:
    """Make a pipeline that has a baseline behind it."""

    def make(info: StreamInfo, hop: int) -> Transformer:
        pipeline, baseline = Pipeline(info, settings_), quiet(info, hop)
        later = len(baseline)

        def reset() -> None:
            pipeline.reset()
            pipeline.frames(hops_of(baseline, hop), keep=True)
            fit = pipeline.fit()
            assert fit is not None
            assert fit.asr is not None
            assert fit.asr.note == ""

        def process(hops: Hops) -> list[Any]:
            frames = pipeline.frames(Hops(hops.first + later, hops.data, hops.times, hops.broken))
            return [
                (row[0], held) for row, held in zip(_rows(frames.values), frames.held, strict=True)
            ]

        reset()
        return Transformer(process, reset, 0)

    return make


CASES: dict[str, Callable[[StreamInfo, int], Transformer]] = {
    "gate": _gate,
    "watch": _watch,
    "quality": _quality,
    "cfir": _power("cfir"),
    "wiener": _power("wiener"),
    "posterior": _power("posterior"),
    "faa": _pipeline(PipelineSettings(features=(FAA,))),
    "faa and theta": _pipeline(PipelineSettings(features=(FAA, THETA))),
    "laplacian": _pipeline(
        PipelineSettings(montage=MontageSettings(reference="csd"), features=(FAA,))
    ),
    "region": _pipeline(PipelineSettings(features=(PGACC,))),
    "asr": _asr,
    "faa after asr": _fitted_pipeline(PipelineSettings(features=(FAA,), asr=ASR)),
    "ratio": _pipeline(PipelineSettings(features=(FAA.model_copy(update={"form": "ratio"}),))),
    "individual band": _learned(
        PipelineSettings(
            features=(
                FAA.model_copy(
                    update={"envelope": EnvelopeSettings(band=OWN_ALPHA, estimator="posterior")}
                ),
            )
        )
    ),
    "LCMV": _learned(PipelineSettings(features=(PGACC.model_copy(update={"method": "LCMV"}),))),
    "share of a region": _pipeline(
        PipelineSettings(features=(PGACC.model_copy(update={"least_share": 0.33}),))
    ),
    "learned share": _learned(
        PipelineSettings(
            features=(PGACC.model_copy(update={"least_share": 0.33, "method": "LCMV"}),),
        )
    ),
}


def eeg(n_hops: int, hop: int, n_channels: int = 19, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_hops, hop, n_channels)) * 1e-5 + 1e-3


def dirty(n_hops: int, hop: int) -> np.ndarray:
    data = eeg(n_hops, hop)
    data[n_hops // 5, 0, 3] = np.nan
    data[n_hops // 3, :, 2] += 4e-4
    data[n_hops // 2 : n_hops // 2 + 20, :, 4] = 0.0
    data[3 * n_hops // 4, 1, 5] = np.inf
    return data


def hops_of(data: np.ndarray, hop: int, first: int = 0) -> Hops:
    numbers = np.arange(first, first + len(data))
    broken = np.zeros(len(data), dtype=bool)
    return Hops(first, data, ((numbers + 1) * hop - 1) / 250.0, broken)


def run(
    transformer: Transformer, data: np.ndarray, hop: int, cuts: Sequence[int] = ()
) -> list[Any]:
    edges = [0, *sorted(cuts), len(data)]
    return [
        row
        for a, b in zip(edges[:-1], edges[1:], strict=True)
        for row in transformer.process(hops_of(data[a:b], hop, a))
    ]


each_case = pytest.mark.parametrize("case", CASES)


@cache
def whole(case: str) -> list[Any]:
    return run(CASES[case](stream(), 8), dirty(160, 8), 8)


@each_case
@settings(max_examples=examples(25))
@given(cuts=st.lists(st.integers(0, 160), max_size=12))
def test_chunking_changes_no_bit(case: str, cuts: list[int]) -> None:
    assert run(CASES[case](stream(), 8), dirty(160, 8), 8, cuts) == whole(case)


@each_case
def test_nothing_in_gives_nothing_out(case: str) -> None:
    data = dirty(100, 8)
    transformer = CASES[case](stream(), 8)
    assert transformer.process(hops_of(data[:0], 8)) == []
    assert run(transformer, data, 8, [0, 0, 50, 50, 50]) == run(CASES[case](stream(), 8), data, 8)


@each_case
def test_reset_forgets_everything(case: str) -> None:
    transformer = CASES[case](stream(), 8)
    first = run(transformer, dirty(120, 8), 8)
    transformer.reset()
    run(transformer, eeg(77, 8, seed=9) * 30, 8)
    transformer.reset()
    assert run(transformer, dirty(120, 8), 8) == first


@each_case
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_numbers_do_no_lasting_harm(case: str, bad: float) -> None:
    data = eeg(400, 8)
    spoilt = data.copy()
    spoilt[100, 2:5, :] = bad
    transformer = CASES[case](stream(), 8)
    clean = run(transformer, data, 8)
    transformer.reset()
    harmed = run(transformer, spoilt, 8)
    assert len(harmed) == len(clean)
    assert harmed[:100] == clean[:100] or len(clean) < 400
    if transformer.lasting and abs(bad) != 1e30:
        after = 101 + transformer.lasting
        assert harmed[after:] == clean[after:]


@each_case
@pytest.mark.parametrize("sfreq", [128.0, 160.0, 512.0, 1000.0, 2048.0])
def test_every_rate_works(case: str, sfreq: float) -> None:
    hop = hop_length(sfreq, 0.032)
    transformer = CASES[case](stream(sfreq), hop)
    n_hops = round(4 * sfreq / hop)
    rows = run(transformer, eeg(n_hops, hop), hop)
    assert len(rows) == n_hops or case == "quality"
    assert rows


@each_case
def test_channels_are_found_by_name_not_by_place(case: str) -> None:
    order = list(np.random.default_rng(1).permutation(19))
    info = stream(names=[TEN_TWENTY[i] for i in order])
    data = dirty(120, 8)
    one, other = (
        run(CASES[case](stream(), 8), data, 8),
        run(CASES[case](info, 8), data[:, :, order], 8),
    )
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        if isinstance(a, tuple) and isinstance(a[0], bytes):
            np.testing.assert_allclose(
                np.frombuffer(a[0]), np.frombuffer(b[0]), rtol=1e-6, atol=1e-9
            )
            assert _kind(a[1:]) == _kind(b[1:])
        else:
            assert _kind(a) == _kind(b)


def _kind(cause: Any) -> Any:
    """The kind of a cause: which of several bad channels is named first may depend on order."""
    if isinstance(cause, tuple):
        return tuple(_kind(part) for part in cause)
    return cause.rsplit(" ", 1)[0] if isinstance(cause, str) and " " in cause else cause


@settings(max_examples=20, deadline=None)
@given(sizes=st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_the_hop_grid_hands_every_sample_on_once(sizes: list[int]) -> None:
    grid, start, seen = HopGrid(8, 1), 0, []
    for size in sizes:
        numbers = np.arange(start, start + size, dtype=float)
        hops = grid.push(Chunk(numbers[:, None].copy(), numbers, start))
        seen += hops.data.ravel().tolist()
        start += size
    assert seen == list(range(start // 8 * 8))
