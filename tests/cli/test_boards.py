"""Boards of BrainFlow from the command line."""

import sys

import numpy as np
import pylsl
import pytest

from neurofeedback.acquisition.lsl import LslSource
from neurofeedback.acquisition.outlet import StreamOutletThread


def test_a_missing_package_is_named_with_how_to_get_it(invoke, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "brainflow", None)
    outcome = invoke("run", "-s", "brainflow:cyton?serial_port=COM3", "-p", "faa-up", "-u", "p1",
                     "--headless", "--out", tmp_path / "out")  # fmt: skip
    assert outcome.exit_code == 2
    assert "pip install 'neurofeedback[brainflow]'" in outcome.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.lsl
def test_others_see_a_board_by_lsl(tmp_path):
    pytest.importorskip("brainflow.board_shim", reason="needs the extra brainflow")
    from neurofeedback.acquisition.boards.source import BoardSource

    board = BoardSource("synthetic")
    with StreamOutletThread(board, name="nf-test-board") as outlet:
        receiver = LslSource("nf-test-board", timeout=10)
        info = receiver.open()
        chunks = []
        while sum(c.n_times for c in chunks) < 500:
            chunk = receiver.read(5.0)
            assert chunk is not None
            chunks.append(chunk)
        receiver.close()
        assert outlet.n_sent >= 500
    assert info.ch_names == board.open().ch_names
    assert [c.gap for c in chunks if c.gap] == []
    times = np.concatenate([c.timestamps for c in chunks])
    assert np.abs(np.diff(times) - 1 / 250).max() < 1e-4
    assert -0.05 < pylsl.local_clock() - times[-1] < 2.0


def test_live_sources_are_played_by_the_command(launch):
    pytest.importorskip("brainflow.board_shim", reason="needs the extra brainflow")
    process = launch("play", "brainflow:synthetic", "--name", "nf-test-play")
    for line in process.stderr:
        if "Streaming" in line:
            break
    else:
        raise AssertionError("it does not stream")
    assert "16 channels" in line
    assert "'nf-test-play'" in line
    process.terminate()
    process.communicate(timeout=20)
