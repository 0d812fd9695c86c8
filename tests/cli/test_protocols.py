import json

import pytest

from neurofeedback.protocols.protocol_file import library


def test_list_names_every_protocol_of_the_library(invoke):
    names = [p["name"] for p in json.loads(invoke("protocols", "list", "--json").stdout)]
    assert names == list(library())
    plain = invoke("protocols", "list")
    assert all(name in plain.stdout for name in names)


@pytest.mark.parametrize("name", list(library()))
def test_show_and_validate_every_protocol(invoke, name):
    shown = json.loads(invoke("protocols", "show", name, "--json").stdout)
    checked = json.loads(invoke("protocols", "validate", name, "--json").stdout)
    assert checked == {"ok": True, "name": name, "hash": shown["hash"]}
    assert shown["hash"] in invoke("protocols", "show", name).stdout.replace("\n", "")


def test_validate_accepts_an_edited_copy_and_names_its_length(invoke, tmp_path):
    copy = tmp_path / "mine.toml"
    copy.write_text(library()["faa-demo"].read_text().replace('name = "faa-demo"', 'name = "mine"'))
    outcome = invoke("protocols", "validate", copy)
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("mine is valid: 0.9 min")


def test_validate_as_json_names_the_refused_key(invoke, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text(library()["faa-up"].read_text().replace("target_rate", "target_rat"))
    outcome = invoke("protocols", "validate", broken, "--json")
    answer = json.loads(outcome.stdout)
    assert outcome.exit_code == 2
    assert not answer["ok"]
    assert "threshold.target_rat" in answer["error"]
    assert "target_rate" in answer["error"]


def test_explain_says_delay_window_and_noise(invoke, data_dir):
    plain = " ".join(invoke("protocols", "explain", "faa-up", "--channels", 64).stdout.split())
    assert "64 EEG channels, 250 Hz (standard montage)" in plain
    assert "shown 0.29 s after the brain" in plain
    assert "standard deviation is at least" in plain
    file = data_dir / "edf" / "S001R01.edf"
    shown = json.loads(invoke("protocols", "explain", "faa-up", "--file", file, "--json").stdout)
    assert "160 Hz (S001R01.edf)" in shown["montage"]
