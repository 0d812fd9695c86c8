"""Kernels of a region: where they look, how fast they are made, what real data hold of them.

``python -m benchmarks.roi`` prints the tables alone. Recordings other than those beside the
repository: ``BENCHMARK_RECORDINGS``.
"""

from __future__ import annotations

import os
import time

# One core: small matrices gain nothing from more, and lose much on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from scipy.signal import butter, sosfiltfilt  # noqa: E402

from benchmarks.recordings import Rest, resting  # noqa: E402
from benchmarks.table import Table  # noqa: E402
from neurofeedback.frames import FloatArray  # noqa: E402
from neurofeedback.signal.region.explained_variance import explained  # noqa: E402
from neurofeedback.signal.region.head_model import HeadModel, make_head_model  # noqa: E402
from neurofeedback.signal.region.kernel import (  # noqa: E402
    ROIS,
    Method,
    Roi,
    RoiKernel,
    grid_kernel,
    make_roi_kernel,
)
from neurofeedback.signal.region.leakage import DORSOLATERAL  # noqa: E402

CH19 = "Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2"
CH32 = CH19 + " AF3 AF4 FC1 FC2 FC5 FC6 CP1 CP2 CP5 CP6 PO3 PO4 Oz"
CH32_LOW = CH19 + " Fpz FC5 FC1 FC2 FC6 CP5 CP1 CP2 CP6 POz Oz M1 M2"  # a common cap with mastoids
CH64 = (
    "FC5 FC3 FC1 FCz FC2 FC4 FC6 C5 C3 C1 Cz C2 C4 C6 CP5 CP3 CP1 CPz CP2 CP4 CP6 Fp1 Fpz Fp2 AF7 "
    "AF3 AFz AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FT8 T7 T8 T9 T10 TP7 TP8 P7 P5 P3 P1 Pz P2 P4 "
    "P6 P8 PO7 PO3 POz PO4 PO8 O1 Oz O2 Iz"
)
MONTAGES = {"19": CH19, "32": CH32, "32 with mastoids": CH32_LOW, "64": CH64}
EXPECTED = {
    "sgACC": ("47-51", "3 %", "43-61", ".62-.88"),
    "pgACC": ("28-29", "7-9 %", "", "1.0-1.3"),
}
LORETAS: tuple[Method, ...] = ("eLORETA", "sLORETA")
THETA = (4.0, 8.0)
HOP = 2.0  # s


def roi(quick: bool) -> list[Table]:
    """Return all tables."""
    return [leakage(quick), real(quick)]


def leakage(quick: bool) -> Table:
    """Return the leakage panel for montages, with localisation error and time to make a kernel."""
    table = Table(
        "Region power: leakage panel, localisation error of noise-free sources, time to make",
        ["montage", "region", "method", "depth mm", "within 20 mm", "strongest mm", "at MNI",
         "gain own/DLPFC", "error mm", "made in s"],
    )  # fmt: skip
    make_roi_kernel(CH19.split(), "sgACC")  # MNE is loaded
    for name, channels in MONTAGES.items():
        for region in ROIS:
            for method in LORETAS:
                taken = []
                for _ in range(1 if quick else 3):
                    start = time.perf_counter()
                    kernel = make_roi_kernel(channels.split(), region, method)
                    taken.append(time.perf_counter() - start)
                error = localisation_error(channels.split(), region, method)
                table.add(name, region, method, *_panel(kernel), error, min(taken))
    for region, (depth, near, far, ratio) in EXPECTED.items():
        table.add("expected", region, "", depth, near, far, "", ratio, "0", "< 2")
    return table


def localisation_error(ch_names: list[str], region: Roi, method: Method) -> float:
    """Return the largest distance in mm from a source in the region to the peak of its image."""
    points = [p for places in ROIS.values() for p in places]
    model = make_head_model(ch_names, np.array([*points, *DORSOLATERAL]))
    image = grid_kernel(model, method)
    directions = np.vstack([np.eye(3), np.random.default_rng(0).standard_normal((20, 3))])
    worst = 0.0
    for point in ROIS[region]:
        source = _source_at(model, point)
        power = ((image @ model.lead_field[source] @ directions.T) ** 2).sum(axis=1)
        peaks = model.positions[power.argmax(axis=0)]
        worst = max(worst, float(np.linalg.norm(peaks - point, axis=1).max()))
    return worst


def real(quick: bool) -> Table:
    """Return what resting recordings hold of the regions, and what LCMV makes of them."""
    table = Table(
        "Region power, 4-8 Hz at rest: share of the data that the region could explain at most, "
        "in windows of 2 s; LCMV from the first half",
        ["recording", "region", "chance", "5th", "median", "95th percentile", "LCMV within 20 mm",
         "LCMV strongest mm", "LCMV gain own/DLPFC", "r of ln power with Fz", "with F3/F4"],
    )  # fmt: skip
    recordings = resting("Fz", "F3", "F4")
    for recording in recordings[:2] if quick else recordings:
        data = _theta(recording)
        half = data[: len(data) // 2]
        for region in ROIS:
            kernel = make_roi_kernel(recording.ch_names, region)
            lcmv = make_roi_kernel(recording.ch_names, region, "LCMV", data_cov=np.cov(half.T))
            _, near, far, _, ratio = _panel(lcmv)
            hops = _hops(data, recording.info.sfreq)
            shares = np.percentile(explained(kernel, hops), [5, 50, 95])
            power = _log_power(hops @ kernel.matrix.T)
            fz, sides = (
                _log_power(hops[..., [recording.ch_names.index(c) for c in names]])
                for names in (("Fz",), ("F3", "F4"))
            )
            table.add(
                recording.name, region, kernel.chance, *shares, near, far, ratio,
                np.corrcoef(power, fz)[0, 1], np.corrcoef(power, sides)[0, 1],
            )  # fmt: skip
    return table


def _panel(kernel: RoiKernel) -> tuple[object, ...]:
    panel = kernel.leakage
    place = " ".join(f"{v:.0f}" for v in panel.strongest_mni)
    return (panel.depth_mm, panel.near_share, panel.strongest_mm, place, panel.gain_ratio)


def _source_at(model: HeadModel, point: tuple[float, float, float]) -> int:
    return int(np.linalg.norm(model.positions - point, axis=1).argmin())


def _theta(recording: Rest) -> FloatArray:
    sos = butter(4, THETA, "bandpass", fs=recording.info.sfreq, output="sos")
    return np.asarray(sosfiltfilt(sos, recording.data, axis=0))


def _hops(data: FloatArray, sfreq: float) -> FloatArray:
    n = round(HOP * sfreq)
    return data[: len(data) // n * n].reshape(-1, n, data.shape[1])


def _log_power(hops: FloatArray) -> FloatArray:
    return np.log((hops**2).sum(axis=(1, 2)))


if __name__ == "__main__":
    for made in roi(quick=False):
        print(made.text())
