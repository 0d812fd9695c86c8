"""Learn the prior of the estimators `ridge` and `spatial` from resting recordings.

``python scripts/train_prior.py FOLDER [FOLDER ...] --out FILE.npz --attribution TEXT``

Each recording is one person's and has the 19 channels of the 10-20 system. The spectrum of its
first 30 s designs the filters, as a baseline would; what follows is learned from. Penalties, and
every figure that is printed, are of people who were left out. Nothing is random: the same
recordings and libraries give the same file, and its hash is of what was learned and of the
recordings alone.

The recordings to judge the program by must not be among them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from neurofeedback.acquisition.replay import load_recording  # noqa: E402
from neurofeedback.signal.hops import hop_length  # noqa: E402
from neurofeedback.signal.power import prior as priors  # noqa: E402
from neurofeedback.signal.power import spatial  # noqa: E402
from neurofeedback.signal.power.baseline import block_means, spectrum  # noqa: E402
from neurofeedback.signal.power.envelope import BandPower  # noqa: E402
from neurofeedback.signal.power.estimators import band_power, fitted  # noqa: E402
from neurofeedback.signal.power.evidence import Trial  # noqa: E402
from neurofeedback.signal.power.fitting import correlation, true_power  # noqa: E402
from neurofeedback.signal.power.pooled import RidgePower  # noqa: E402
from neurofeedback.signal.power.prior import Prior, SpatialPrior  # noqa: E402
from neurofeedback.signal.power.ridge import (  # noqa: E402
    N_COLUMNS,
    ridge_block,
    ridge_design,
)
from neurofeedback.signal.power.settings import EnvelopeSettings  # noqa: E402
from neurofeedback.signal.power.spatial_design import SpatialDesign  # noqa: E402
from neurofeedback.signal.power.spatial_power import SpatialPower  # noqa: E402

CHANNELS = tuple("Fp1 Fp2 F7 F3 Fz F4 F8 T3 C3 Cz C4 T4 T5 P3 Pz P4 T6 O1 O2".split())
PAIRS = (("F3", "F4"), ("F7", "F8"))
OTHERS = (("Fp1", "Fp2"), ("C3", "C4"), ("P3", "P4"), ("O1", "O2"), ("T3", "T4"), ("T5", "T6"))
BAND = (8.0, 13.0)
WINDOWS = (1.0, 2.0, 4.0)
LAGS = (0.0, 0.0625, 0.125, 0.1875, 0.25, 0.375, 0.5)
SPATIAL_LAGS = (0.0, 0.125, 0.25)
OWN_SECONDS, FROM_SECONDS, EDGE_SECONDS = 30.0, 45.0, 1.0
STEP = 3  # hops
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2)
FOLDS = 8
CLIP = 5.0  # standard deviations


@dataclass(frozen=True, eq=False)
class Rest:
    """A recording: hops of the channels at the average reference, and its own spectra."""

    name: str
    sfreq: float
    hops: np.ndarray
    freqs: np.ndarray
    density: np.ndarray

    @property
    def hop(self) -> int:
        return int(self.hops.shape[1])

    def seconds(self, n: float) -> int:
        return round(n * self.sfreq / self.hop)

    def pair(self, pair: Sequence[str]) -> list[int]:
        return [CHANNELS.index(name) for name in pair]


def load(path: Path) -> Rest:
    recording = load_recording(path)
    eeg = list(recording.info.eeg)
    names = [priors.older(recording.info.ch_names[i]) for i in eeg]
    data = recording.data[:, eeg]
    data = (data - data.mean(axis=1, keepdims=True))[:, [names.index(c) for c in CHANNELS]]
    sfreq = recording.info.sfreq
    hop = hop_length(sfreq, 0.032)
    n_hops = len(data) // hop
    hops = data[: n_hops * hop].reshape(n_hops, hop, -1)
    n_own = round(OWN_SECONDS * sfreq / hop)
    block = ridge_block(sfreq, hop)
    known = spectrum(block_means(hops[:n_own], block), np.zeros(n_own, dtype=bool), sfreq / block)
    if known is None:
        raise SystemExit(f"{path} is too short to learn from.")
    return Rest(path.stem, sfreq, hops, *known)


def log_shape(recordings: Sequence[Rest], freqs: np.ndarray) -> np.ndarray:
    """Mean ln spectrum of each channel, every spectrum divided by its power in the band."""
    total = np.zeros((freqs.size, len(CHANNELS)))
    for rest in recordings:
        for i in range(len(CHANNELS)):
            own = band_power(rest.freqs, rest.density[:, i], BAND)
            total[:, i] += np.interp(freqs, rest.freqs, np.log(rest.density[:, i] / own))
    return total / len(recordings)


def envelope(window: float, lag: float) -> EnvelopeSettings:
    return EnvelopeSettings(band=BAND, window=window, lag=lag)


def designs(rest: Rest, prior: Prior, settings: EnvelopeSettings, pair: Sequence[str]) -> list[Any]:
    return [
        ridge_design(prior, settings, name, rest.sfreq, rest.hop, rest.freqs, rest.density[:, i])
        for name, i in zip(pair, rest.pair(pair), strict=True)
    ]


def truth(rest: Rest, settings: EnvelopeSettings, pair: Sequence[str]) -> np.ndarray:
    signals = rest.hops[:, :, rest.pair(pair)]
    power = true_power(signals, BAND, settings.window, rest.sfreq, settings.lag)
    return np.log(power[:, 1]) - np.log(power[:, 0])


def ridge_differences(
    rest: Rest, prior: Prior, settings: EnvelopeSettings, pair: Sequence[str]
) -> np.ndarray:
    power = RidgePower(rest.hop, rest.pair(pair), designs(rest, prior, settings, pair))
    columns = power.columns(rest.hops)
    return columns[:, 1] - columns[:, 0]


# ---- ridge --------------------------------------------------------------------------------------


Case = tuple[np.ndarray, np.ndarray]  # columns, right minus left, and the truth


def moments(rest: Rest, case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Cross-products of one recording, which weighs as much as any other."""
    edge = rest.seconds(EDGE_SECONDS)
    part = slice(rest.seconds(FROM_SECONDS), len(rest.hops) - edge, STEP)
    columns, wanted = (side[part] - side[part].mean(axis=0) for side in case)
    spread = columns.std(axis=0)
    columns = np.clip(columns, -CLIP * spread, CLIP * spread)
    wanted = np.clip(wanted, -CLIP * wanted.std(), CLIP * wanted.std())
    weight = 1.0 / (wanted.var() * len(wanted))
    return weight * columns.T @ columns, weight * columns.T @ wanted


def loaded(parts: Sequence[tuple[np.ndarray, np.ndarray]], penalty: float) -> np.ndarray:
    """Mean products of the columns, with the penalty on the diagonal."""
    gram = sum(p[0] for p in parts) / len(parts)
    return np.asarray(gram + penalty * np.diag(np.diag(gram)))


def solve(parts: Sequence[tuple[np.ndarray, np.ndarray]], penalty: float) -> np.ndarray:
    gram, cross = (sum(p[i] for p in parts) / len(parts) for i in range(2))
    scale = np.sqrt(np.diag(gram))
    scaled = gram / np.outer(scale, scale) + penalty * np.eye(scale.size)
    return np.linalg.solve(scaled, cross / scale) / scale


def judged(rest: Rest, case: Case, weights: np.ndarray) -> float:
    """r in the second half."""
    edge, n = rest.seconds(EDGE_SECONDS), len(rest.hops)
    part = slice(n // 2 + edge, n - edge)
    return correlation(case[0][part] @ weights, case[1][part])


def left_out(
    recordings: Sequence[Rest], cases: Sequence[Case], parts: Sequence[Any], penalty: float
) -> list[float]:
    """r of each person, by weights learned without them."""
    found = [0.0] * len(recordings)
    people = list(dict.fromkeys(rest.name for rest in recordings))
    for fold in range(FOLDS):
        out = [i for i, rest in enumerate(recordings) if people.index(rest.name) % FOLDS == fold]
        weights = solve([p for i, p in enumerate(parts) if i not in out], penalty)
        for i in out:
            found[i] = judged(recordings[i], cases[i], weights)
    return found


def mean_left_out(recordings: Sequence[Rest], cases: Sequence[Case], penalty: float) -> float:
    parts = [moments(rest, case) for rest, case in zip(recordings, cases, strict=True)]
    return float(np.mean(left_out(recordings, cases, parts, penalty)))


def learn(recordings: Sequence[Rest], cases: Sequence[Case]) -> tuple[np.ndarray, float, float]:
    """Weights, their penalty, and mean r of people who were left out."""
    parts = [moments(rest, case) for rest, case in zip(recordings, cases, strict=True)]
    r, penalty = max((float(np.mean(left_out(recordings, cases, parts, p))), p) for p in PENALTIES)
    return solve(parts, penalty), penalty, r


# ---- spatial ------------------------------------------------------------------------------------


def spatial_design(
    rest: Rest, prior: Prior, settings: EnvelopeSettings, pair: Sequence[str], other: SpatialPrior
) -> SpatialDesign:
    taps = [
        spatial.channel_filters(
            prior, settings, name, rest.sfreq, rest.hop, rest.freqs, rest.density[:, i]
        )
        for i, name in enumerate(CHANNELS)
    ]
    scales = [np.sqrt(band_power(rest.freqs, rest.density[:, i], BAND)) for i in rest.pair(pair)]
    rows = spatial.rows_of(prior, CHANNELS)
    left, right = (
        replace(side, weights=other.ridge) for side in designs(rest, prior, settings, pair)
    )
    return SpatialDesign(
        (left, right), np.arange(len(CHANNELS)), np.stack(taps),
        spatial.target_filters(settings, rest.sfreq, rest.hop), (scales[0], scales[1]),
        spatial.SpatialWeights(other, rows, spatial.EVERY * rest.hop / rest.sfreq),
        Trial(spatial.EVERY * rest.hop / rest.sfreq, 0.0), "always",
    )  # fmt: skip


def nothing() -> SpatialPrior:
    n, n_targets = len(CHANNELS) * spatial.DELAYS.size, 2 * spatial.N_INSTANTS
    return SpatialPrior(
        np.eye(n, dtype=complex), np.zeros((n, n_targets), dtype=complex), np.ones(n_targets), 1.0,
        np.zeros(N_COLUMNS + spatial.N_COLUMNS),
    )  # fmt: skip


def covariances(
    rest: Rest, prior: Prior, settings: EnvelopeSettings, pair: Sequence[str]
) -> SpatialPrior:
    """What one recording shows of channels and targets."""
    design = spatial_design(rest, prior, settings, pair, nothing())
    power = SpatialPower(rest.hop, rest.sfreq, rest.pair(pair), design)
    outputs, targets = power.outputs(rest.hops), power.targets(slice(None))
    late = design.targets.late
    outputs, targets = outputs[: len(outputs) - late], targets[late:]
    part = slice(rest.seconds(OWN_SECONDS), None, STEP)
    outputs, targets = outputs[part], targets[part]
    weights = np.array([spatial.moment_weight(m, z) for m, z in zip(outputs, targets, strict=True)])
    weighted = outputs.conj() * weights[:, None]
    n = len(outputs)
    return SpatialPrior(
        weighted.T @ outputs / n, weighted.T @ targets / n,
        weights @ np.abs(targets) ** 2 / n, float(weights.mean()), nothing().ridge,
    )  # fmt: skip


def mean_of(parts: Sequence[SpatialPrior]) -> SpatialPrior:
    n = len(parts)
    return SpatialPrior(
        sum(p.gram for p in parts) / n, sum(p.cross for p in parts) / n,
        sum(p.power for p in parts) / n, sum(p.weight for p in parts) / n, parts[0].ridge,
    )  # fmt: skip


def spatial_differences(
    rest: Rest, prior: Prior, settings: EnvelopeSettings, pair: Sequence[str], other: SpatialPrior
) -> np.ndarray:
    """Columns, right minus left, while it learns from 30 s on; in runs as a session has them."""
    design = spatial_design(rest, prior, settings, pair, other)
    n_own = rest.seconds(OWN_SECONDS)
    power = SpatialPower(rest.hop, rest.sfreq, rest.pair(pair), design)
    power.learn(rest.hops[:n_own], np.zeros(n_own, dtype=bool), np.zeros((n_own, 2)))
    columns = power.columns(rest.hops, 0, np.arange(len(rest.hops)) < n_own)
    return columns[:, 1] - columns[:, 0]


def beside_posterior(
    recordings: Sequence[Rest],
    cases: Sequence[Case],
    settings: EnvelopeSettings,
    pair: Sequence[str],
) -> list[Case]:
    """Columns with posterior power as one more, and the truth."""
    return [
        (np.hstack([case[0], today(rest, settings, pair, "posterior")]), case[1])
        for rest, case in zip(recordings, cases, strict=True)
    ]


# ---- all of it ----------------------------------------------------------------------------------


def today(
    rest: Rest, settings: EnvelopeSettings, pair: Sequence[str], estimator: str
) -> np.ndarray:
    known = spectrum(
        rest.hops[: rest.seconds(OWN_SECONDS)],
        np.zeros(rest.seconds(OWN_SECONDS), dtype=bool), rest.sfreq,
    )  # fmt: skip
    assert known is not None
    columns = [
        (i, fitted(estimator, settings, rest.sfreq, rest.hop, known[0], known[1][:, i]))  # type: ignore[arg-type]
        for i in rest.pair(pair)
    ]
    logs = np.log(BandPower(rest.hop, len(CHANNELS), columns).process(rest.hops))
    return logs[:, 1:] - logs[:, :1]


def mean_r(recordings: Sequence[Rest], cases: Sequence[Case], weights: np.ndarray) -> float:
    pairs = zip(recordings, cases, strict=True)
    return float(np.mean([judged(rest, case, weights) for rest, case in pairs]))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def train(recordings: Sequence[Rest]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    freqs = np.arange(0.0, 64.01, 0.25)
    shape = log_shape(recordings, freqs)
    zeros = {window: {0.0: np.zeros(N_COLUMNS)} for window in WINDOWS}
    blank = Prior("", {}, CHANNELS, BAND, freqs, shape, zeros, {}, {})
    arrays: dict[str, Any] = {"freqs": freqs, "shape": shape.astype(np.float32)}
    expected: dict[str, float] = {}
    report: list[dict[str, Any]] = []
    rows = []
    for window in WINDOWS:
        for lag in LAGS if window == 1.0 else (0.0, 0.25, 0.5):
            settings = envelope(window, lag)
            cases = {
                pair: [
                    (ridge_differences(r, blank, settings, pair), truth(r, settings, pair))
                    for r in recordings
                ]
                for pair in PAIRS
            }
            many = [*recordings, *recordings]
            both = [*cases[PAIRS[0]], *cases[PAIRS[1]]]
            weights, penalty, r = learn(many, both)
            alone, _, r_alone = learn(recordings, cases[PAIRS[0]])
            rows.append((window, lag, weights))
            line: dict[str, Any] = {"window": window, "lag": lag, "penalty": penalty}
            line["ridge, both pairs"] = r
            line["ridge, F3/F4"] = mean_left_out(recordings, cases[PAIRS[0]], penalty)
            line["ridge of F3/F4 alone"] = r_alone
            for name in ("cfir", "wiener", "posterior"):
                found = [
                    (today(q, settings, PAIRS[0], name), c[1])
                    for q, c in zip(recordings, cases[PAIRS[0]], strict=True)
                ]
                line[name] = mean_r(recordings, found, np.ones(1))
            if lag == 0.0 and window == 1.0:
                expected.update({name: line[name] for name in ("cfir", "wiener", "posterior")})
                expected["ridge"] = line["ridge, F3/F4"]
                for pair in OTHERS:
                    other = [
                        (ridge_differences(q, blank, settings, pair), truth(q, settings, pair))
                        for q in recordings
                    ]
                    posterior = [
                        (today(q, settings, pair, "posterior"), c[1])
                        for q, c in zip(recordings, other, strict=True)
                    ]
                    line["/".join(pair)] = [
                        mean_r(recordings, posterior, np.ones(1)),
                        mean_r(recordings, other, weights),
                        learn(recordings, other)[2],
                    ]
            report.append(line)
            say(json.dumps({k: v if isinstance(v, list) else round(v, 4) for k, v in line.items()}))
    arrays["ridge_window"] = np.array([row[0] for row in rows])
    arrays["ridge_lag"] = np.array([row[1] for row in rows])
    arrays["ridge"] = np.stack([row[2] for row in rows])
    trained: list[dict[str, Any]] = []
    for lag in SPATIAL_LAGS:
        settings = envelope(1.0, lag)
        found, columns = {}, {}
        for pair in PAIRS:
            parts = [covariances(rest, blank, settings, pair) for rest in recordings]
            found[pair] = mean_of(parts)
            columns[pair] = [
                (
                    spatial_differences(
                        rest, blank, settings, pair,
                        mean_of([p for j, p in enumerate(parts) if j != i]),
                    ),
                    truth(rest, settings, pair),
                )
                for i, rest in enumerate(recordings)
            ]  # fmt: skip
        many = [*recordings, *recordings]
        weights, penalty, r = learn(many, [*columns[PAIRS[0]], *columns[PAIRS[1]]])
        r_alone = mean_left_out(recordings, columns[PAIRS[0]], penalty)
        stacked = {pair: beside_posterior(recordings, columns[pair], settings, pair)
                   for pair in PAIRS}  # fmt: skip
        both = [*stacked[PAIRS[0]], *stacked[PAIRS[1]]]
        stack, stack_penalty, r_stacked = learn(many, both)
        own = mean_left_out(recordings, stacked[PAIRS[0]], stack_penalty)
        if lag == 0.0:
            expected["spatial"] = own
        line = {
            "lag": lag, "penalty": penalty, "alone, both pairs": r, "alone, F3/F4": r_alone,
            "stack penalty": stack_penalty, "spatial, both pairs": r_stacked,
            "spatial, F3/F4": own,
        }  # fmt: skip
        report.append(line)
        say(json.dumps({k: round(v, 4) for k, v in line.items()}))
        parts = [moments(rest, case) for rest, case in zip(many, both, strict=True)]
        gram = loaded(parts, stack_penalty)
        trained.append({"found": found, "ridge": weights, "stack": stack, "gram": gram})
    each = [[t["found"][pair] for pair in PAIRS] for t in trained]
    arrays["spatial_lag"] = np.array(SPATIAL_LAGS)
    arrays["spatial_ridge"] = np.stack([t["ridge"] for t in trained])
    arrays["stack"] = np.stack([t["stack"] for t in trained])
    arrays["stack_gram"] = np.stack([t["gram"] for t in trained])
    arrays["gram"] = np.stack([e[0].gram for e in each]).astype(np.complex64)
    arrays["cross"] = np.stack([[p.cross for p in e] for e in each]).astype(np.complex64)
    arrays["power"] = np.stack([[p.power for p in e] for e in each])
    arrays["weight"] = np.array([[p.weight for p in e] for e in each])
    about = {
        "version": priors.VERSION, "channels": CHANNELS, "band": BAND, "pairs": PAIRS,
        "reference": "average", "people": len(recordings), "expected": expected,
        "figures": report,
    }  # fmt: skip
    return arrays, about


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="folders of recordings, or files")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--attribution", required=True, help="whose recordings they are")
    options = parser.parse_args()
    paths = sorted(
        p for f in options.folders for p in (f.iterdir() if f.is_dir() else [f]) if p.is_file()
    )
    say(f"{len(paths)} recordings")
    arrays, about = train([load(path) for path in paths])
    listed = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths
    )
    about["attribution"] = options.attribution
    about["recordings"] = hashlib.sha256(listed.encode()).hexdigest()
    buffer = BytesIO()
    np.savez_compressed(buffer, about=np.array(json.dumps(about)), **arrays)
    options.out.write_bytes(buffer.getvalue())
    prior = priors.read_prior(options.out)
    say(f"written to {options.out}: {len(buffer.getvalue())} bytes, {prior.hash}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
