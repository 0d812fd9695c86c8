"""Estimators as a session has them: a baseline of 30 s, then judged on the second half.

Every recording goes through the signal path of the program, with its gate. What is judged is right
minus left at F3 and F4, 8-13 Hz, against the centred 1 s truth at the moment that is shown.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.recordings import Rest
from benchmarks.table import Table
from neurofeedback.frames import Chunk, FloatArray
from neurofeedback.report.true_rewards import area_under_curve
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.fidelity import LAGS
from neurofeedback.signal.power.fitting import correlation, true_power
from neurofeedback.signal.power.prior import shipped_prior
from neurofeedback.signal.settings import AsymmetryFeature, EnvelopeSettings, PipelineSettings

BASELINE = 30.0  # s
RATE = 0.65  # share of time that the threshold aims at
DWELL, REFRACTORY = 0.25, 1.0  # s
WELCH = "1 s Welch at 2 Hz"
AS_SESSION: dict[str, tuple[str, str]] = {
    "analytic filter (cFIR)": ("cfir", "never"),
    "posterior power": ("posterior", "never"),
    "ridge": ("ridge", "never"),
    "spatial, learns in the baseline only": ("spatial", "never"),
    "spatial, learns on": ("spatial", "always"),
    "auto": ("auto", "always"),
}
Series = tuple[FloatArray, FloatArray]  # what is shown, and the truth


def as_sessions(recordings: list[Rest], welch: Callable[[Rest], FloatArray]) -> list[Table]:
    """Return r of each estimator and recording, rewards, and the curve of fidelity by lag."""
    names = [rest.name for rest in recordings]
    title = "FAA as a session has it, 30 s baseline: r in the second half"
    each = Table(title, ["method", *names, "mean", "mean - posterior", "least"])
    rewards = Table(
        "Rewards that were true: truth in its top 65 % when a reward was given, target rate 65 %",
        ["method", "r", "AUC", "rewards true", "by chance", "SE of the mean"],
    )
    found: dict[str, list[Series]] = {
        WELCH: [_judged(r, _welch(r, welch), 0.0) for r in recordings]
    }
    for method, (estimator, adapt) in AS_SESSION.items():
        found[method] = [_judged(r, _shown(r, estimator, adapt, 0.0), 0.0) for r in recordings]
    r = {name: np.array([correlation(*s) for s in series]) for name, series in found.items()}
    for name, values in r.items():
        gain = values - r["posterior power"]
        each.add(name, *values, values.mean(), gain.mean(), gain.min())
    for name, series in found.items():
        auc, true, chance = np.array([_rewards(*s) for s in series]).T
        error = (true - chance).std(ddof=1) / np.sqrt(len(true)) if len(true) > 1 else np.nan
        rewards.add(name, r[name].mean(), auc.mean(), true.mean(), chance.mean(), error)
    return [each, rewards, _curve(recordings)]


def _curve(recordings: list[Rest]) -> Table:
    """Fidelity by lag: what each baseline led to expect, and what then was."""
    columns = [f"{1e3 * lag:.0f} ms" for lag in LAGS]
    table = Table("Fidelity against delay, auto: r, means of recordings", ["", *columns])
    expected, error, true, auc = [], [], [], []
    for rest in recordings:
        points = _pipeline(rest, "auto", "always", 0.0, fit=False)[0].fidelity_curve("faa")
        shown = [_judged(rest, _shown(rest, "auto", "always", lag), lag) for lag in LAGS]
        expected.append([p.r for p in points])
        error.append([p.error for p in points])
        true.append([correlation(*series) for series in shown])
        auc.append([_rewards(*series)[0] for series in shown])
    miss = np.array(expected) - np.array(true)
    table.add("expected from the baseline", *np.mean(expected, axis=0))
    table.add("its standard error", *np.mean(error, axis=0))
    table.add("in the second half", *np.mean(true, axis=0))
    table.add("root mean square of the difference", *np.sqrt((miss**2).mean(axis=0)))
    table.add("AUC in the second half", *np.mean(auc, axis=0))
    return table


def _pipeline(
    rest: Rest, estimator: str, adapt: str, lag: float, *, fit: bool = True
) -> tuple[Pipeline, int]:
    envelope = EnvelopeSettings(estimator=estimator, band=(8.0, 13.0), lag=lag, adapt=adapt)  # type: ignore[arg-type]
    faa = AsymmetryFeature(
        kind="asymmetry", name="faa", left=("F3",), right=("F4",), envelope=envelope
    )
    pipeline = Pipeline(rest.info, PipelineSettings(features=(faa,)), (), shipped_prior())
    n = round(BASELINE * rest.info.sfreq) // pipeline.hop * pipeline.hop
    pipeline.frames(pipeline.push(_chunk(rest, 0, n)), keep=True)
    if fit:
        pipeline.fit()
    return pipeline, n


def _chunk(rest: Rest, start: int, stop: int | None) -> Chunk:
    data = rest.all_channels[start:stop]
    return Chunk(data, (start + np.arange(len(data))) / rest.info.sfreq, start)


def _shown(rest: Rest, estimator: str, adapt: str, lag: float) -> tuple[int, int, FloatArray]:
    """Return the samples in a hop, the first hop, and what is shown from then on."""
    pipeline, n = _pipeline(rest, estimator, adapt, lag)
    values = pipeline.process(_chunk(rest, n, None)).values[:, 0]
    return pipeline.hop, n // pipeline.hop, values


def _welch(rest: Rest, welch: Callable[[Rest], FloatArray]) -> tuple[int, int, FloatArray]:
    values = welch(rest)
    return len(rest.data) // len(values), 0, values


def _judged(rest: Rest, shown: tuple[int, int, FloatArray], lag: float) -> Series:
    """Return what was shown in the second half, and the truth `lag` s before."""
    hop, first, values = shown
    pick = rest.pick("F3", "F4")
    n_hops = len(pick) // hop
    signals = pick[: n_hops * hop].reshape(n_hops, hop, 2)
    power = np.log(true_power(signals, (8.0, 13.0), 1.0, rest.info.sfreq, lag))
    margin = round(rest.info.sfreq / hop)
    judged = slice(n_hops // 2 + margin, n_hops - margin)
    whole = np.full(n_hops, np.nan)
    whole[first : first + len(values)] = values[: n_hops - first]
    return whole[judged], (power[:, 1] - power[:, 0])[judged]


def _rewards(shown: FloatArray, truth: FloatArray) -> tuple[float, float, float]:
    """AUC, share of rewards that were true, and of all time: truth in its top `RATE`."""
    past = truth > np.quantile(truth, 1.0 - RATE)
    above = shown > np.quantile(shown, 1.0 - RATE)
    frame = 0.032
    given, run, wait = np.zeros(len(shown), dtype=bool), 0, 0
    for i, is_above in enumerate(above):
        run, wait = (run + 1 if is_above else 0), wait - 1
        if run >= DWELL / frame and wait <= 0:
            given[i], run, wait = True, 0, round(REFRACTORY / frame)
    return area_under_curve(shown, past), float(past[given].mean()), float(past.mean())
