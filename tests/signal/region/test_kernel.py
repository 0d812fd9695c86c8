"""Kernels of a region: localisation, leakage, invariance, and what is refused."""

from __future__ import annotations

import gzip
import struct
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.region.explained_variance import explained
from neurofeedback.signal.region.head_model import HeadModel, find_fsaverage, make_head_model
from neurofeedback.signal.region.kernel import (
    ROIS,
    Method,
    Roi,
    RoiKernel,
    grid_kernel,
    make_roi_kernel,
)
from neurofeedback.signal.region.leakage import DORSOLATERAL, Leakage, honest_sentences
from neurofeedback.signal.settings import PipelineSettings, RoiFeature

CH19 = tuple("Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2".split())
CH32 = (
    *CH19,
    *"AF3 AF4 FC1 FC2 FC5 FC6 CP1 CP2 CP5 CP6 PO3 PO4 Oz".split(),
)
CH64 = tuple(
    "FC5 FC3 FC1 FCz FC2 FC4 FC6 C5 C3 C1 Cz C2 C4 C6 CP5 CP3 CP1 CPz CP2 CP4 CP6 Fp1 Fpz Fp2 AF7 "
    "AF3 AFz AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FT8 T7 T8 T9 T10 TP7 TP8 P7 P5 P3 P1 Pz P2 P4 "
    "P6 P8 PO7 PO3 POz PO4 PO8 O1 Oz O2 Iz".split()
)
MONTAGES = {19: CH19, 32: CH32, 64: CH64}
REGIONS: tuple[Roi, ...] = ("sgACC", "pgACC")
LORETAS: tuple[Method, ...] = ("eLORETA", "sLORETA")
ANCHORS = np.array([p for points in ROIS.values() for p in points] + list(DORSOLATERAL))
N_ANCHORS = 3  # sgACC, pgACC left and right come first in a model made with ANCHORS


@pytest.fixture(scope="module")
def models() -> dict[int, HeadModel]:
    return {n: make_head_model(names, ANCHORS) for n, names in MONTAGES.items()}


@cache
def kernel_of(n: int, roi: Roi, method: Method = "eLORETA") -> RoiKernel:
    return make_roi_kernel(MONTAGES[n], roi, method)


def noise(n_times: int, n_channels: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(0.0, 1e-5, (n_times, n_channels))


@pytest.mark.parametrize("method", LORETAS)
@pytest.mark.parametrize("n", MONTAGES)
def test_a_noise_free_source_is_found_where_it_is(
    models: dict[int, HeadModel], n: int, method: Method
) -> None:
    model = models[n]
    kernel = grid_kernel(model, method)
    directions = np.vstack([np.eye(3), np.random.default_rng(1).standard_normal((20, 3))])
    for source in (*range(N_ANCHORS), len(model.positions) // 2, len(model.positions) - 1):
        for direction in directions:
            potentials = model.lead_field[source] @ direction
            power = ((kernel @ potentials) ** 2).sum(axis=1)
            assert power.argmax() == source, (model.positions[power.argmax()], source)


def test_mne_standardises_orientations_together_and_loses_the_place(
    models: dict[int, HeadModel],
) -> None:
    """Why sLORETA is standardised here by 3 x 3 blocks; to be dropped when MNE does so."""
    from mne import make_ad_hoc_cov
    from mne.minimum_norm import apply_inverse, make_inverse_operator

    model = models[19]
    operator = make_inverse_operator(
        model.unit.info, model.forward, make_ad_hoc_cov(model.unit.info), loose=1.0, depth=None,
        verbose="ERROR",
    )  # fmt: skip
    theirs = apply_inverse(model.unit, operator, 1 / 9, "sLORETA", pick_ori="vector").data
    power = ((theirs @ model.lead_field[0][:, 2]) ** 2).sum(axis=1)
    assert np.linalg.norm(model.positions[power.argmax()] - model.positions[0]) > 10


def test_eloreta_is_what_mne_computes(models: dict[int, HeadModel]) -> None:
    model = models[32]
    kernel = make_roi_kernel(model.names, "pgACC", "eLORETA")
    np.testing.assert_allclose(
        kernel.matrix, grid_kernel(model, "eLORETA")[[1, 2]].reshape(6, -1), rtol=1e-9, atol=1e-18
    )


# SCIENCE gives 47-51 mm and a gain ratio of .62-.88 for sgACC, 28-29 mm, 7-9 % and 1.0-1.3 for
# pgACC. What these definitions give beyond that is in docs/decisions/0003-roi-kernels.md.
PANEL = {
    "sgACC": {
        "depth_mm": (45.5, 51.0), "near_share": (0.025, 0.035),
        "strongest_mm": (43.0, 61.0), "gain_ratio": (0.62, 0.905),
    },
    "pgACC": {
        "depth_mm": (28.0, 29.5), "near_share": (0.065, 0.1),
        "strongest_mm": (20.0, 50.0), "gain_ratio": (0.9, 1.3),
    },
}  # fmt: skip


@pytest.mark.parametrize("method", LORETAS)
@pytest.mark.parametrize("roi", REGIONS)
@pytest.mark.parametrize("n", MONTAGES)
def test_leakage_panel(n: int, roi: Roi, method: Method) -> None:
    panel = kernel_of(n, roi, method).leakage.to_dict()
    for name, (low, high) in PANEL[roi].items():
        value = panel[name]
        assert isinstance(value, float)
        assert low <= value <= high, (name, value)


def test_more_electrodes_do_not_make_sgacc_a_measurement() -> None:
    for method in LORETAS:
        for n in MONTAGES:
            panel = kernel_of(n, "sgACC", method).leakage
            assert panel.gain_ratio < 1.0
            assert panel.near_share < 0.04


def test_sentences_are_worded_from_the_panel() -> None:
    kernel = kernel_of(64, "sgACC", "eLORETA")
    text = " ".join(kernel.sentences)
    assert "at least as strongly to other frontal cortex as to the sgACC" in text
    assert "a medial-frontal theta proxy, not a measurement of the sgACC" in text
    assert f"{1 / kernel.leakage.gain_ratio:.1f} times" in text
    assert f"{kernel.leakage.depth_mm:.0f} mm below" in text
    assert f"{kernel.leakage.near_share:.0%} of" in text
    assert "Experimental" in text
    assert kernel.experimental
    assert "Experimental" not in " ".join(kernel_of(64, "pgACC", "eLORETA").sentences)


def test_a_region_that_wins_is_not_said_to_lose() -> None:
    first = honest_sentences("pgACC", Leakage(28.0, 0.09, 12.0, (1.0, 2.0, 3.0), 1.25), False)[0]
    assert "at least" not in first
    assert "0.8 times" in first


@pytest.mark.parametrize("roi", REGIONS)
def test_shape_unit_and_immutability(roi: Roi) -> None:
    kernel = kernel_of(32, roi, "eLORETA")
    assert kernel.n_sources == len(ROIS[roi])
    assert kernel.matrix.shape == (3 * kernel.n_sources, 32)
    assert kernel.matrix.dtype == np.float64
    assert kernel.ch_names == CH32
    for array in (kernel.matrix, kernel.fit):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1.0


def test_a_larger_radius_takes_in_sources_of_the_grid() -> None:
    kernel = make_roi_kernel(CH19, "sgACC", radius=0.015)
    assert kernel.n_sources > 5
    assert kernel.matrix.shape == (3 * kernel.n_sources, 19)


@pytest.mark.parametrize("method", ["eLORETA", "sLORETA", "LCMV"])
def test_reference_does_not_matter(method: Method) -> None:
    data = noise(500, 32)
    kernel = make_roi_kernel(CH32, "pgACC", method, data_cov=np.cov(data.T))
    signals = data @ kernel.matrix.T
    shared = data + noise(500, 1, seed=3) * 10
    np.testing.assert_allclose(
        shared @ kernel.matrix.T, signals, atol=1e-12 * np.abs(signals).max()
    )
    rereferenced = data - data[:, [4]]
    np.testing.assert_allclose(
        rereferenced @ kernel.matrix.T, signals, atol=1e-12 * np.abs(signals).max()
    )
    again = make_roi_kernel(CH32, "pgACC", method, data_cov=np.cov(rereferenced.T))
    np.testing.assert_allclose(again.matrix, kernel.matrix, atol=1e-9 * np.abs(kernel.matrix).max())


@settings(max_examples=4, deadline=None)
@given(order=st.permutations(range(21)))
def test_channel_order_does_not_matter(order: list[int]) -> None:
    names = (*CH19, "HEOG", "X1")
    data = noise(300, 21)
    expected = make_roi_kernel(names, "sgACC", "LCMV", data_cov=np.cov(data.T))
    kernel = make_roi_kernel(
        [names[i] for i in order], "sgACC", "LCMV", data_cov=np.cov(data[:, order].T)
    )
    np.testing.assert_allclose(
        kernel.matrix, expected.matrix[:, order], atol=1e-12 * np.abs(expected.matrix).max()
    )
    assert kernel.sentences[:3] == expected.sentences[:3]


def test_channel_order_changes_no_bit_of_a_loreta_kernel() -> None:
    expected = kernel_of(32, "sgACC", "eLORETA")
    backwards = make_roi_kernel(CH32[::-1], "sgACC", "eLORETA")
    np.testing.assert_array_equal(backwards.matrix[:, ::-1], expected.matrix)
    assert backwards.leakage == expected.leakage


def test_channels_without_position_and_bad_ones_have_no_part() -> None:
    names = ("HEOG", *CH32, "EXG1", "Pz2")
    kernel = make_roi_kernel(names, "sgACC")
    assert kernel.left_out == ("HEOG", "EXG1", "Pz2")
    np.testing.assert_array_equal(kernel.matrix[:, [0, 33, 34]], 0.0)
    np.testing.assert_array_equal(kernel.matrix[:, 1:33], kernel_of(32, "sgACC", "eLORETA").matrix)
    assert "HEOG, EXG1, Pz2" in kernel.sentences[-1]
    bad = make_roi_kernel(CH32, "sgACC", bads=["Fz"])
    assert bad.left_out == ("Fz",)
    np.testing.assert_array_equal(bad.matrix[:, CH32.index("Fz")], 0.0)
    assert (bad.matrix != 0).any(axis=0).sum() == 31


def test_names_are_found_in_any_case() -> None:
    kernel = make_roi_kernel([name.upper() for name in CH19], "sgACC")
    np.testing.assert_array_equal(kernel.matrix, kernel_of(19, "sgACC", "eLORETA").matrix)


@pytest.mark.parametrize("roi", REGIONS)
def test_lcmv_has_unit_gain_at_the_region(models: dict[int, HeadModel], roi: Roi) -> None:
    """Each orientation of a source passes with its own strength, and does not enter the others."""
    model = models[64]
    mixing = np.random.default_rng(5).standard_normal((64, 64))
    data = noise(4000, 64) @ mixing
    kernel = make_roi_kernel(model.names, roi, "LCMV", data_cov=np.cov(data.T))
    for i, point in enumerate(ROIS[roi]):
        source = int(np.linalg.norm(model.positions - point, axis=1).argmin())
        gain = kernel.matrix[3 * i : 3 * i + 3] @ model.lead_field[source]
        np.testing.assert_allclose(gain, np.eye(3), atol=1e-6)


def test_lcmv_silences_a_strong_source_elsewhere(models: dict[int, HeadModel]) -> None:
    model = models[64]
    rival = int(np.linalg.norm(model.positions - DORSOLATERAL[0], axis=1).argmin())
    strong = noise(4000, 1, seed=8) * 5e-3 @ model.lead_field[rival][:, [2]].T
    data = noise(4000, 64) * 0.1 + strong
    kernel = make_roi_kernel(model.names, "pgACC", "LCMV", data_cov=np.cov(data.T))
    quiet = ((kernel.matrix @ model.lead_field[rival][:, 2]) ** 2).sum()
    fixed = make_roi_kernel(model.names, "pgACC", "eLORETA")
    loud = ((fixed.matrix @ model.lead_field[rival][:, 2]) ** 2).sum()
    own = model.lead_field[1][:, 2]
    relative = quiet / ((kernel.matrix @ own) ** 2).sum()
    assert relative < 0.1 * loud / ((fixed.matrix @ own) ** 2).sum()


def test_explained_is_all_for_the_region_and_chance_for_noise(models: dict[int, HeadModel]) -> None:
    kernel = make_roi_kernel(models[64].names, "sgACC")
    own = noise(200, 3, seed=2) @ models[64].lead_field[0].T
    assert explained(kernel, own + 7e-5) == pytest.approx(1.0)
    assert explained(kernel, noise(20000, 64)) == pytest.approx(kernel.chance, rel=0.05)
    assert kernel.chance == pytest.approx(3 / 63)
    assert np.isnan(explained(kernel, np.zeros((10, 64))))


@given(cut=st.integers(1, 39))
@settings(deadline=None, max_examples=20)
def test_explained_is_the_same_for_any_chunking_of_hops(cut: int) -> None:
    kernel = kernel_of(32, "pgACC", "eLORETA")
    hops = noise(40 * 16, 32).reshape(40, 16, 32)
    parts = np.concatenate([explained(kernel, hops[:cut]), explained(kernel, hops[cut:])])
    np.testing.assert_array_equal(parts, explained(kernel, hops))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"ch_names": CH19[:18]}, "at least 19 channels.*there are 18"),
        ({"ch_names": [f"E{i}" for i in range(64)]}, "no position is known for E0, E1"),
        ({"bads": ["Cz"]}, "there are 18"),
        ({"roi": "amygdala"}, "no region 'amygdala'; there are sgACC, pgACC"),
        ({"method": "dSPM"}, "no method 'dSPM'; there are eLORETA, sLORETA, LCMV"),
        ({"method": "LCMV"}, "needs a baseline"),
        ({"radius": 0.0}, "radius.*within 0 and 0.03"),
        ({"radius": float("nan")}, "radius"),
        ({"subjects_dir": "/nowhere"}, "no /nowhere/fsaverage.*fetch_fsaverage"),
        ({"ch_names": [n for n in CH64 if n[0] in "AF"]}, "cover too little of the head"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: dict[str, Any], says: str) -> None:
    given_: dict[str, Any] = {"ch_names": CH19, "roi": "sgACC", **arguments}
    with pytest.raises(UserError, match=says):
        make_roi_kernel(**given_)


def test_a_covariance_of_other_channels_is_a_defect() -> None:
    with pytest.raises(ValueError, match="Covariance of shape"):
        make_roi_kernel(CH19, "sgACC", "LCMV", data_cov=np.eye(18))


def test_real_head_where_fsaverage_is_on_disk(tmp_path: Path) -> None:
    """A small stand-in with the files of ``fsaverage``: three nested ellipsoids."""
    write_stand_in(tmp_path)
    kernel = make_roi_kernel(CH32, "pgACC", subjects_dir=tmp_path)
    assert kernel.head == "fsaverage"
    assert kernel.n_sources == 2
    np.testing.assert_allclose(kernel.matrix.sum(axis=1), 0.0, atol=1e-12)
    assert 15 < kernel.leakage.depth_mm < 45
    assert 0.02 < kernel.leakage.near_share < 0.3
    sphere = make_roi_kernel(CH32, "pgACC")
    ours, theirs = (np.abs(k.matrix).sum(axis=0) for k in (kernel, sphere))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.5


@pytest.fixture
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which MNE has no settings and no data."""
    for name in ("SUBJECTS_DIR", "MNE_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("_MNE_FAKE_HOME_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("setting", "where"),
    [
        ("SUBJECTS_DIR", "."),
        ("MNE_DATA", "MNE-fsaverage-data"),
        (None, "mne_data/MNE-fsaverage-data"),
    ],
)
def test_fsaverage_is_found_where_mne_keeps_it(
    nothing_set: Path, monkeypatch: pytest.MonkeyPatch, setting: str | None, where: str
) -> None:
    home = nothing_set / "here" if setting else nothing_set
    if setting:
        monkeypatch.setenv(setting, str(home))
    (home / where).mkdir(parents=True)
    write_stand_in(home / where)
    assert find_fsaverage().resolve() == (home / where).resolve()
    feature = RoiFeature(kind="roi", name="pg", roi="pgACC", head="fsaverage")
    info = StreamInfo("cap", "", 250.0, CH19, ("eeg",) * 19, ("V",) * 19)
    (descriptor,) = Pipeline(info, PipelineSettings(features=(feature,))).descriptors
    assert "pgACC power by eLORETA (fsaverage)" in descriptor.label


@pytest.mark.parametrize("told", [False, True])
def test_where_fsaverage_is_missing_it_is_said_where_it_was_looked_for(
    nothing_set: Path, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    if told:
        monkeypatch.setenv("SUBJECTS_DIR", str(nothing_set / "subjects"))
        (nothing_set / "subjects" / "fsaverage").mkdir(parents=True)  # without the surfaces
    with pytest.raises(UserError) as refused:
        find_fsaverage()
    message = str(refused.value)
    assert str(nothing_set / "mne_data" / "MNE-fsaverage-data") in message
    assert (str(nothing_set / "subjects") in message) == told
    assert ("SUBJECTS_DIR is not set" in message) != told
    assert "fetch_fsaverage()" in message
    assert 'head = "sphere"' in message
    assert not (nothing_set / "mne_data").exists()  # nothing was made, nothing fetched


@pytest.mark.parametrize(
    "file",
    ["bem/fsaverage-5120-5120-5120-bem-sol.fif", "mri/transforms/talairach.xfm", "mri/orig.mgz"],
)
def test_a_damaged_head_is_refused_in_a_sentence(tmp_path: Path, file: str) -> None:
    write_stand_in(tmp_path)
    path = tmp_path / "fsaverage" / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(UserError, match=r"fsaverage cannot be read .*fetch_fsaverage"):
        make_roi_kernel(CH19, "pgACC", subjects_dir=tmp_path)


def write_stand_in(folder: Path) -> None:
    """Write the files that are read of ``fsaverage``."""
    import mne
    from scipy.spatial import ConvexHull

    home = folder / "fsaverage"
    (home / "bem").mkdir(parents=True)
    (home / "mri" / "transforms").mkdir(parents=True)
    n = 240
    height = 1 - 2 * (np.arange(n) + 0.5) / n
    angle = np.pi * (1 + 5**0.5) * np.arange(n)
    ring = np.sqrt(1 - height**2)
    unit = np.column_stack((ring * np.cos(angle), ring * np.sin(angle), height))
    tris = ConvexHull(unit).simplices
    inward = (np.cross(*(unit[tris[:, k]] - unit[tris[:, 0]] for k in (1, 2)))
              * unit[tris].mean(axis=1)).sum(axis=1) < 0  # fmt: skip
    tris[inward] = tris[inward][:, ::-1]
    surfaces = []
    # FIFF's numbers for skin, outer skull and inner skull; conductivity in S/m.
    for number, more, sigma in ((4, 14.0, 0.3), (3, 7.0, 0.006), (1, 0.0, 0.3)):
        places = unit * (np.array((70.0, 90.0, 80.0)) + more) + (0.0, -15.0, 12.0)
        surface = {"rr": places / 1e3, "tris": tris, "np": n, "ntri": len(tris), "coord_frame": 5}
        mne.surface.complete_surface_info(surface, copy=False, verbose="ERROR")
        surfaces.append({**surface, "id": number, "sigma": sigma})
    solution = mne.make_bem_solution(surfaces, solver="mne", verbose="ERROR")
    bem = home / "bem" / "fsaverage-5120-5120-5120-bem-sol.fif"
    mne.write_bem_solution(bem, solution, verbose="ERROR")
    (home / "mri" / "transforms" / "talairach.xfm").write_text(
        "MNI Transform File\n\nTransform_Type = Linear;\nLinear_Transform =\n"
        "1 0 0 0\n0 1 0 0\n0 0 1 0;\n"
    )
    # The header of an MGH volume of 256^3 voxels of 1 mm, axes left, inferior, anterior.
    header = struct.pack(
        ">7ih3f9f3f", 1, 256, 256, 256, 1, 0, 0, 1, 1, 1, 1, -1, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0
    )
    with gzip.open(home / "mri" / "orig.mgz", "wb") as stream:
        stream.write(header.ljust(284, b"\0"))
