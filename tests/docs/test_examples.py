"""The examples of the documentation do what they say."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

import neurofeedback

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "analyse_session.py"
ROW = re.compile(r" *(\d+) (\w+) +([\d.]+) s +([+-]\S+) \+- (\S+) +(\S+) \+- (\S+)")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, data_dir) -> Path:
    """A session of five minutes, eyes closed, with a baseline, training and rest."""
    done = subprocess.run(
        [sys.executable, "-m", "neurofeedback", "replay", data_dir / "rest" / "H_S2_EC.edf",
         "-p", "faa-up", "--speed", "max", "--out", tmp_path_factory.mktemp("data")],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    return Path(done.stdout.strip())


@pytest.fixture(scope="module")
def ran(folder, tmp_path_factory) -> tuple[str, Path]:
    """What the example printed, and its figure; a warning would have been an error."""
    figure = tmp_path_factory.mktemp("figures") / "figure.png"
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLE, folder, figure],
        check=False, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, figure


def test_the_example_tells_the_mean_of_each_block_with_its_noise(folder, ran):
    rows = [match.groups() for match in map(ROW.fullmatch, ran[0].splitlines()) if match]
    session = neurofeedback.read_session(folder)
    frames = session.features
    assert [phase for _, phase, *_ in rows] == ["baseline", "train", "rest", "train"]
    for block, phase, seconds, fed, noise, raw, _ in rows:
        chosen = frames[(frames["block"] == int(block)) & (frames["gate"] == "")]
        assert float(seconds) == pytest.approx(len(chosen) / 32, abs=1.0)  # a frame each 32nd
        sides = [np.exp(chosen[f"feature_faa.{side}"]).mean() for side in ("left", "right")]
        assert float(fed) == pytest.approx(np.log(sides[1] / sides[0]), abs=0.03)
        if phase == "train":
            assert 0.005 < float(noise) < 0.15
            assert float(raw) == pytest.approx(float(fed), abs=0.1)


def test_the_example_draws_a_figure(ran):
    picture = matplotlib.image.imread(ran[1])
    assert picture.shape[:2] == (480, 1200)
    assert len(np.unique(picture.reshape(-1, picture.shape[2]), axis=0)) > 50


def test_the_noise_is_how_much_the_mean_of_a_block_really_varies(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), str(folder), str(tmp_path / "figure.png")])
    faa_with_noise = runpy.run_path(str(EXAMPLE))["faa_with_noise"]
    rng = np.random.default_rng(7)
    drawn = [faa_with_noise(*rng.gamma(4.0, size=(2, 20))) for _ in range(2000)]
    means, errors = np.array(drawn).T
    assert means.mean() == pytest.approx(0.0, abs=0.02)
    assert errors.mean() == pytest.approx(means.std(), rel=0.05)
    assert np.isnan(faa_with_noise(np.ones(4), np.ones(4))[1])
