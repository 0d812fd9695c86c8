"""Stand-ins for the recordings that tests are run on where these are missing.

They have the names, channels, rates, lengths, formats and annotations of those, and rhythms of the
same kind, but nobody's brain: what a test knows of one person's does not hold for them.
"""

from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import writers
from numpy.typing import NDArray

CAP_64 = tuple(
    "Fc5. Fc3. Fc1. Fcz. Fc2. Fc4. Fc6. C5.. C3.. C1.. Cz.. C2.. C4.. C6.. Cp5. Cp3. Cp1. "
    "Cpz. Cp2. Cp4. Cp6. Fp1. Fpz. Fp2. Af7. Af3. Afz. Af4. Af8. F7.. F5.. F3.. F1.. Fz.. "
    "F2.. F4.. F6.. F8.. Ft7. Ft8. T7.. T8.. T9.. T10. Tp7. Tp8. P7.. P5.. P3.. P1.. Pz.. "
    "P2.. P4.. P6.. P8.. Po7. Po3. Poz. Po4. Po8. O1.. Oz.. O2.. Iz..".split()
)
CAP_20 = tuple("Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 Oz O2".split())
CAP_19 = tuple("Fp1 F3 C3 P3 O1 F7 T3 T5 Fz Fp2 F4 C4 P4 O2 F8 T4 T6 Cz Pz".split())
REST = {"H_S1_EC": 300, "H_S2_EC": 302, "H_S2_EO": 302, "H_S10_EO": 300, "H_S13_EC": 300,
        "MDD_S1_EC": 303, "MDD_S10_EC": 301, "MDD_S10_EO": 300, "MDD_S12_EO": 189}  # fmt: skip


def rest(labels: tuple[str, ...], sfreq: int, seconds: int, *, closed: bool, seed: int) -> NDArray:
    """Return EEG of somebody at rest, V, shape (n_channels, n_times): 1/f, alpha at the back."""
    rng, n = np.random.default_rng(seed), sfreq * seconds
    freqs = np.maximum(np.fft.rfftfreq(n, 1 / sfreq), 0.5)

    def shaped(gain: NDArray, n_signals: int) -> NDArray:
        made = np.fft.irfft(np.fft.rfft(rng.standard_normal((n_signals, n))) * gain, n)
        return made / made.std(axis=1, keepdims=True)

    background = 0.8 * shaped(1 / freqs, len(labels)) + 0.6 * shaped(1 / freqs, 1)
    alpha = shaped(np.exp(-((freqs - 10) ** 2) / 0.5), 1) * (1.5 if closed else 0.4)
    weights = np.array([[_alpha(label, rng)] for label in labels])
    return 15e-6 * (background + weights * alpha)


def _alpha(label: str, rng: np.random.Generator) -> float:
    """Return how much of the alpha rhythm an electrode has: most at the back of the head."""
    by_letter = {"O": 1.0, "I": 0.9, "P": 0.7, "C": 0.4, "T": 0.3}
    share = by_letter.get(label.upper().removeprefix("EEG ")[:1], 0.2)
    return float(share * rng.uniform(0.9, 1.1))


def _edf(path: Path, labels: tuple[str, ...], rate: int, volts: NDArray, texts: list) -> None:
    top = float(np.ceil(np.abs(volts).max() * 1e6)) + 1
    signals = [
        edfio.EdfSignal(row * 1e6, rate, label=label, physical_dimension="uV",
                        physical_range=(-top, top))
        for label, row in zip(labels, volts, strict=True)
    ]  # fmt: skip
    annotations = [edfio.EdfAnnotation(at, length, text) for at, length, text in texts]
    edfio.Edf(signals, annotations=annotations or None).write(path)


def make_stand_ins(folder: Path) -> Path:
    """Write all stand-ins below a folder, as the recordings lie; return it."""
    for name in ("edf", "bdf", "brainvision", "fif", "set", "gdf", "xdf", "openbci", "rest"):
        (folder / name).mkdir()
    recordings = (("S001R01", "EO", 61, False), ("S001R02", "EC", 60, True))
    for seed, (name, eyes, seconds, closed) in enumerate(recordings):
        volts = rest(CAP_64, 160, seconds, closed=closed, seed=seed)
        long = name if eyes == "EO" else f"{name}_first60s"
        _edf(folder / "edf" / f"{long}.edf", CAP_64, 160, volts, [(0.0, float(seconds), "T0")])
        labels = [label.strip(".") for label in CAP_64]
        gdf = "S001R01_gdf220" if eyes == "EO" else "S001R02_60s_gdf220"
        writers.gdf(folder / "gdf" / gdf, labels, volts, 160)
        part = rest(CAP_20, 160, seconds, closed=closed, seed=seed)
        stem = f"{name}_{eyes}"
        writers.bdf_by_pyedflib(folder / "bdf" / stem, CAP_20, part, 160)
        writers.brainvision_floats(folder / "brainvision" / stem, CAP_20, part, 160)
        writers.fif_by_mne(folder / "fif" / stem, CAP_20, part, 160)
        writers.set_by_eeglabio(folder / "set" / stem, CAP_20, part, 160)
        writers.xdf(folder / "xdf" / f"eegmmidb_{eyes}", CAP_20, part[:, : 160 * 50], 160)
    tasks = [(4.1 * i, 4.1, ("T0", "T2", "T0", "T1")[i % 4]) for i in range(30)]
    volts = rest(CAP_64, 160, 125, closed=False, seed=2)
    _edf(folder / "edf" / "S001R04.edf", CAP_64, 160, volts, tasks)
    labels = tuple(f"EEG {name}-LE" for name in CAP_19)
    for seed, (name, seconds) in enumerate(REST.items()):
        volts = rest(labels, 256, seconds, closed=name.endswith("EC"), seed=10 + seed)
        _edf(folder / "rest" / f"{name}.edf", labels, 256, volts, [])
    return folder
