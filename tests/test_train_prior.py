"""The script that learns the prior: the same recordings give the same one."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import edfio
import numpy as np
import pytest

from neurofeedback.signal.power.prior import identity, read_prior

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "train_prior.py"
SFREQ, SECONDS = 128, 56


def script(path: Path) -> ModuleType:
    """Load a script, to learn no more than one case of each kind."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where its dataclasses look themselves up
    spec.loader.exec_module(module)
    module.WINDOWS, module.LAGS, module.SPATIAL_LAGS, module.OTHERS = (1.0,), (0.0,), (0.0,), ()
    module.FOLDS, module.PENALTIES = 2, (1e-3,)
    return module


def write(path: Path, names: tuple[str, ...], seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal((SFREQ * SECONDS, len(names)))
    smooth = np.cumsum(noise, axis=0)
    microvolts = 5.0 * noise + smooth - np.linspace(0, 1, len(smooth))[:, None] * smooth[-1]
    edfio.Edf(
        [
            edfio.EdfSignal(
                np.clip(np.round(microvolts[:, i], 1), -790, 790),
                SFREQ,
                label=name,
                physical_dimension="uV",
                physical_range=(-800.0, 800.0),
            )
            for i, name in enumerate(names)
        ]
    ).write(path)


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "rest"
    folder.mkdir()
    for seed in range(2):
        write(folder / f"P{seed}.edf", script(SCRIPT).CHANNELS, seed)
    return folder


def learn(module: ModuleType, folder: Path, out: Path, whose: str, monkeypatch) -> str:
    words = ["train_prior.py", str(folder), "--out", str(out), "--attribution", whose]
    monkeypatch.setattr(sys, "argv", words)
    assert module.main() == 0
    return read_prior(out).hash


def test_a_rerun_gives_the_same_prior_whatever_the_script_and_its_words_are(
    recordings, tmp_path, monkeypatch
):
    other = tmp_path / "another_script.py"
    other.write_text(SCRIPT.read_text(encoding="utf-8") + "\n# a remark\n", encoding="utf-8")
    first = learn(script(SCRIPT), recordings, tmp_path / "1.npz", "theirs", monkeypatch)
    again = learn(script(other), recordings, tmp_path / "2.npz", "theirs", monkeypatch)
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
    assert again == first


def test_the_hash_is_of_what_was_learned_and_of_the_recordings():
    arrays, about = {"ridge": np.ones(3)}, {"recordings": "a", "attribution": "theirs"}
    first = identity(arrays, about)
    assert identity(arrays, {**about, "attribution": "in other words", "script": "b"}) == first
    assert identity(arrays, {**about, "recordings": "b"}) != first
    assert identity({"ridge": np.ones(3) + 1e-15}, about) != first
    assert identity({"ridge": np.ones((3, 1))}, about) != first
