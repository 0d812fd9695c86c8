"""The artefact gate: what it holds of artefacts, what of clean time, and whether any is rewarded.

Three tables: artefacts of each kind put into clean stretches of real recordings; the recording with
blinks, jaw clenching and then alpha; and clean time of real recordings. What is clean there is
decided by zero-phase filters over whole recordings, which the gate does not use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy import signal as sp

from benchmarks.data import chunks
from benchmarks.recordings import NoRecordings
from benchmarks.table import Table
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.frames import Chunk, FloatArray, StreamInfo, from_storage, to_storage
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.engine import SessionEngine
from neurofeedback.signal.pipeline import Pipeline

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
OPENBCI = "openbci/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"
OPENBCI_NAMES = ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2")  # as OpenBCI wires them
BASELINE, EVERY, LASTS = 40.0, 6.0, 2.0  # s: before the first, from one to the next, length
OFF = {
    "clipped_seconds": None,
    "gradient": None,
    "reference_gradient": None,
    "line_noise": None,
    "muscle": None,
    "muscle_amplitude": None,
    "blink": None,
}

Injection = Callable[[FloatArray, "Site"], None]


class Site:
    """Where an artefact goes: a view of samples and what is needed to make it."""

    def __init__(self, info: StreamInfo, n_times: int, seed: int) -> None:
        self.info, self.n_times = info, n_times
        self.rng = np.random.default_rng(seed)
        self.time = np.arange(n_times) / info.sfreq

    def columns(self, *names: str) -> list[int]:
        """Return the columns of those of the channels that the stream has."""
        return [self.info.ch_names.index(n) for n in names if n in self.info.ch_names]

    def emg(self, rms: float) -> FloatArray:
        """Return noise of muscle's spectrum, 20 Hz up to 0.45 of the rate, ramped over 0.1 s."""
        sfreq = self.info.sfreq
        sos = sp.butter(4, [20.0, 0.45 * sfreq], "bandpass", fs=sfreq, output="sos")
        noise = sp.sosfilt(sos, self.rng.standard_normal(self.n_times + 200))[200:]
        return rms * noise / noise.std() * sp.windows.tukey(self.n_times, 0.1)


def _not_a_number(x: FloatArray, site: Site) -> None:
    x[:, site.columns("F3")] = np.nan


def _railed(x: FloatArray, site: Site) -> None:
    x[:, site.columns("F4")] = 3.2768e-3


def _clipped(x: FloatArray, site: Site) -> None:
    column = site.columns("F3")
    rail = x[0, column] + 70e-6
    drift = 110e-6 * sp.windows.tukey(site.n_times, 0.1)
    x[:, column] = np.minimum(x[:, column] + drift[:, None], rail)


def _flat(x: FloatArray, site: Site) -> None:
    x[:, site.columns("F3")] = x[0, site.columns("F3")]


def _swing(x: FloatArray, site: Site) -> None:
    x[:, site.columns("F4")] += 250e-6 * np.sin(2 * np.pi * 2.0 * site.time)[:, None]


def _pops(x: FloatArray, site: Site) -> None:
    since = site.time % 0.3
    x[:, site.columns("F3")] += 150e-6 * np.exp(-since / 0.02)[:, None]


def _mains(frequency: float) -> Injection:
    def add(x: FloatArray, site: Site) -> None:
        wave = 80e-6 * np.sin(2 * np.pi * frequency * site.time)
        x[:, site.columns("F3")] += wave[:, None]

    return add


def _clench(rms: float) -> Injection:
    def add(x: FloatArray, site: Site) -> None:
        for name, share in (("F7", 1.0), ("F8", 1.0), ("T3", 1.0), ("T4", 1.0), ("F3", 0.3)):
            x[:, site.columns(name)] += site.emg(share * rms)[:, None]
        x[:, site.columns("F4")] += site.emg(0.3 * rms)[:, None]

    return add


def _blink(x: FloatArray, site: Site) -> None:
    shape = 180e-6 * np.hanning(site.n_times)
    for names, share in ((("Fp1", "Fp2"), 1.0), (("F3", "F4", "Fz"), 0.35), (("F7", "F8"), 0.4)):
        x[:, site.columns(*names)] += share * shape[:, None]


KINDS: dict[str, tuple[float, Injection]] = {
    "not a number, 0.1 s, F3": (0.1, _not_a_number),
    "stuck at 3.3 mV, F4": (LASTS, _railed),
    "drift into a rail at 70 uV, F3": (LASTS, _clipped),
    "flat, F3": (LASTS, _flat),
    "swing of 250 uV at 2 Hz, F4": (LASTS, _swing),
    "pops of 150 uV, F3": (LASTS, _pops),
    "50 Hz, 57 uV RMS, F3": (LASTS, _mains(50.0)),
    "60 Hz, 57 uV RMS, F3": (LASTS, _mains(60.0)),
    "jaw clench, 60 uV RMS": (LASTS, _clench(60e-6)),
    "slight tension, 15 uV RMS": (LASTS, _clench(15e-6)),
    "blink, 180 uV, 0.35 s": (0.35, _blink),
}


def recordings(*patterns: str) -> list[Path]:
    """Return the real recordings that are there; these are of one data set, beside the project."""
    found = sorted(path for pattern in patterns for path in DATA.glob(pattern))
    if not found:
        raise NoRecordings(f"no recordings in {DATA}")
    return found


def load(path: Path) -> tuple[StreamInfo, FloatArray]:
    """Return a recording as the engine gets it."""
    recording = load_recording(path)
    return recording.info, np.asarray(recording.data)


def clean_samples(info: StreamInfo, data: FloatArray) -> np.ndarray:
    """Tell which samples lie in clean seconds, shape (n_times,), bool.

    Clean: within 0.5 s either side, no EEG channel under average reference exceeds 75 microvolts
    at 1-40 Hz, no frontal pole exceeds 50 below 8 Hz, and no channel at the temples has more than
    twice its median amplitude at 20-40 Hz.
    """
    eeg = data[:, list(info.eeg)]
    names = [info.ch_names[i] for i in info.eeg]
    eeg = eeg - eeg.mean(axis=1, keepdims=True)

    def band(low: float, high: float) -> FloatArray:
        sos = sp.butter(2, [low, high], "bandpass", fs=info.sfreq, output="sos")
        return np.asarray(sp.sosfiltfilt(sos, eeg, axis=0))

    dirty = (np.abs(band(1.0, 40.0)) > 75e-6).any(axis=1)
    poles = [names.index(n) for n in ("Fp1", "Fp2") if n in names]
    dirty |= (np.abs(band(1.0, 8.0))[:, poles] > 50e-6).any(axis=1)
    window = np.ones((round(0.25 * info.sfreq), 1))
    temples = [names.index(n) for n in ("F7", "F8", "T3", "T4", "T7", "T8") if n in names]
    power = sp.convolve(band(20.0, 40.0)[:, temples] ** 2, window / window.size, mode="same")
    dirty |= (power > 4 * np.median(power, axis=0)).any(axis=1)
    reach = round(0.5 * info.sfreq)
    edge = np.zeros(len(dirty), dtype=bool)
    edge[:reach] = edge[-reach:] = True
    wide = np.convolve(dirty, np.ones(2 * reach + 1), mode="same") > 0.5
    return ~(wide | edge)


def frames_of(
    info: StreamInfo, data: FloatArray, spec: ProtocolSpec
) -> tuple[np.ndarray, list[str | None], int]:
    """Return each frame's last sample, its hold, and the frames' support in samples."""
    pipeline = Pipeline(info, spec.signal)
    found = [pipeline.process(chunk) for chunk in chunks(data, info, 256, len(data) / info.sfreq)]
    held = [reason for frames in found for reason in frames.held]
    samples = np.concatenate([frames.samples for frames in found])
    return samples, held, pipeline.settling * pipeline.hop


def protocol(left: str = "F3", right: str = "F4", **gate: object) -> ProtocolSpec:
    """Return asymmetry training in one long block, with changes to the gate."""
    fields = load_protocol("faa-up").model_dump(mode="json")
    fields["signal"]["features"][0].update(left=[left], right=[right])
    fields["signal"]["gate"].update(gate)
    fields["blocks"] = [
        {"kind": "baseline", "seconds": BASELINE - 10.0},
        {"kind": "train", "seconds": 7200.0},
    ]
    return ProtocolSpec.model_validate(fields)


def sites(info: StreamInfo, clean: np.ndarray, seconds: float) -> Iterator[tuple[int, int]]:
    """Yield first and last sample (exclusive) of places for artefacts of that length."""
    n, margin = round(seconds * info.sfreq), round(1.5 * info.sfreq)
    at = round(BASELINE * info.sfreq)
    while at + n + margin < len(clean):
        if clean[at - margin : at + n + margin].all():
            yield at, at + n
            at += round(EVERY * info.sfreq)
        else:
            at += round(0.25 * info.sfreq)


def injected(quick: bool) -> Table:
    """Put artefacts of each kind into clean stretches of real recordings and run sessions."""
    table = Table(
        "Artefacts put into clean stretches of real recordings, faa-up; 'rewards within' are those "
        "from 0.25 s (the dwell) after its start, 'at its start' those earned before it",
        [
            "kind", "artefacts", "% of its time held", "noticed after ms, median", "worst",
            "let go after s, median", "rewards within", "rewards at its start",
        ],
    )  # fmt: skip
    paths = recordings("rest/H_S13_EC.edf", "rest/H_S1_EC.edf", "rest/MDD_S10_EC.edf",
                       "rest/H_S2_EC.edf", "rest/MDD_S10_EO.edf")  # fmt: skip
    loaded = [
        (info, data, clean_samples(info, data))
        for info, data in map(load, paths[:2] if quick else paths)
    ]
    for kind, (seconds, add) in KINDS.items():
        table.add(kind, *_one_kind(loaded, seconds, add))
    return table


def _one_kind(
    loaded: Sequence[tuple[StreamInfo, FloatArray, np.ndarray]], seconds: float, add: Injection
) -> list[object]:
    held_frames = all_frames = within = at_start = 0
    noticed: list[float] = []
    released: list[float] = []
    for info, data, clean in loaded:
        dirty = data.copy()
        places = list(sites(info, clean, seconds))
        for seed, (first, stop) in enumerate(places):
            add(dirty[first:stop], Site(info, stop - first, seed))
        dirty = from_storage(to_storage(dirty, info.storage_scale), info.storage_scale)
        engine = SessionEngine(info, protocol())
        feedback = []
        for chunk in chunks(dirty, info, 64, len(dirty) / info.sfreq):
            feedback += engine.step(
                Chunk(chunk.data, chunk.timestamps, chunk.first_sample)
            ).feedback
        last = np.array([f.sample for f in feedback])
        held = np.array([f.held is not None for f in feedback])
        rewards = np.array([f.sample for f in feedback if f.reward])
        for first, stop in places:
            inside = (last >= first) & (last - engine.hop < stop - 1)
            held_frames, all_frames = held_frames + held[inside].sum(), all_frames + inside.sum()
            seen = last[inside & held]
            noticed.append(1e3 * ((seen[0] if seen.size else stop) - first) / info.sfreq)
            free = last[(last >= stop) & ~held]
            released.append((free[0] - stop) / info.sfreq if free.size else np.inf)
            dwell = round(0.25 * info.sfreq)
            within += int(((rewards >= first + dwell) & (rewards < stop)).sum())
            at_start += int(((rewards >= first) & (rewards < first + dwell)).sum())
    return [
        len(noticed), f"{100 * held_frames / all_frames:.1f}", float(np.median(noticed)),
        max(noticed), float(np.median(released)), within, at_start,
    ]  # fmt: skip


def openbci() -> Table:
    """Judge the recording of blinks, jaw clenching and alpha."""
    table = Table(
        "OpenBCI recording (8 channels, 250 Hz), C3/C4 under average reference, % of the time held",
        ["signal", "blinks (Fp)", "clenching", "alpha, 40-75 s", "most frequent cause"],
    )
    info, data = load(DATA / OPENBCI)
    info = StreamInfo(
        info.name, "", info.sfreq, OPENBCI_NAMES, info.ch_types, info.units, origin="file"
    )
    notched = data - data[0]
    for line in (60.0, 120.0):
        notched = sp.lfilter(*sp.iirnotch(line, 10.0, info.sfreq), notched, axis=0)
    where = _openbci_parts(info, np.asarray(notched))
    old = protocol("C3", "C4", **OFF)
    for what, signal, spec in (
        ("as recorded (100-400 uV of 60 Hz)", data, protocol("C3", "C4")),
        ("60 and 120 Hz notched out", notched, protocol("C3", "C4")),
        ("the same, amplitude and flatness alone", notched, old),
    ):
        samples, held, _ = frames_of(info, np.ascontiguousarray(signal), spec)
        is_held = np.array([reason is not None for reason in held])
        causes = Counter(r.rpartition(" ")[0] for r in held if r and r != "settling")
        shares = [f"{100 * is_held[part[samples]].mean():.1f}" for part in where]
        table.add(what, *shares, ", ".join(c for c, _ in causes.most_common(2)))
    return table


def _openbci_parts(info: StreamInfo, data: FloatArray) -> list[np.ndarray]:
    """Samples of blinks, of clenching and of the alpha section, by zero-phase filters."""
    centred = data - data.mean(axis=1, keepdims=True)
    slow = sp.sosfiltfilt(
        sp.butter(2, [0.5, 8.0], "bandpass", fs=info.sfreq, output="sos"), data, axis=0
    )
    fast = sp.sosfiltfilt(
        sp.butter(4, [20.0, 45.0], "bandpass", fs=info.sfreq, output="sos"), centred, axis=0
    )
    time = np.arange(len(data)) / info.sfreq
    alpha = (time >= 40.0) & (time < 75.0)
    window = np.ones((round(0.25 * info.sfreq), 1))
    power = sp.convolve(fast**2, window / window.size, mode="same")
    clench = (power > 9 * np.median(power[alpha], axis=0)).any(axis=1)
    clench &= (time > 7.5) & (time < 15.0) | (time > 81.5) & (time < 86.0)
    blinks = (np.minimum(slow[:, 0], slow[:, 1]) > 60e-6) & (time > 3.0) & (time < 81.5)
    return [blinks, clench, alpha]


def clean_time(quick: bool) -> Table:
    """Measure how much clean time of real recordings is held, by this gate and by a plain one."""
    table = Table(
        "Clean time wrongly held, faa-up (plain: numbers, flatness and amplitude alone)",
        [
            "recording", "clean s", "% of clean held", "plain", "% of all held", "plain, all",
            "causes in clean time",
        ],
    )  # fmt: skip
    paths = recordings("rest/*.edf", "edf/S001R01.edf")
    total = np.zeros(3)
    for path in paths[-3:] if quick else paths:
        info, data = load(path)
        clean = clean_samples(info, data)
        shares: list[str] = []
        causes: Counter[str] = Counter()
        for gate in ({}, OFF):
            samples, held, support = frames_of(info, data, protocol(**gate))
            is_held = np.array([reason is not None for reason in held])
            counts = np.concatenate(([0], np.cumsum(~clean)))
            first = np.maximum(samples + 1 - support, 0)
            wholly = (counts[samples + 1] - counts[first] == 0) & (samples >= 2 * support)
            shares += [f"{100 * is_held[wholly].mean():.2f}" if wholly.any() else "-",
                       f"{100 * is_held[samples >= 2 * support].mean():.1f}"]  # fmt: skip
            if not gate:
                causes.update(held[i] or "" for i in np.flatnonzero(wholly & is_held))
            total += [wholly.sum() * (not gate), (is_held & wholly).sum() * (not gate),
                      (is_held & wholly).sum() * bool(gate)]  # fmt: skip
        most = ", ".join(f"{c} {n}" for c, n in causes.most_common(2)) or "-"
        seconds = clean.sum() / info.sfreq
        table.add(path.stem, seconds, shares[0], shares[2], shares[1], shares[3], most)
    if total[0]:
        all_shares = [f"{100 * total[i] / total[0]:.2f}" for i in (1, 2)]
        table.add("all", "", *all_shares, "", "", "")
    return table


def artifacts(quick: bool) -> list[Table]:
    """Measure the artefact gate; nothing where the real recordings are missing."""
    if not DATA.is_dir():
        return [Table(f"Artefact gate: no recordings in {DATA}", ["recording"])]
    return [injected(quick), openbci(), clean_time(quick)]
