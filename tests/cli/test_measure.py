import json

import pytest

from neurofeedback.cli.measure import parse_pair, parse_reference
from neurofeedback.errors import UserError

KNOWN = [
    ("edf/S001R01.edf", 0.0304),
    ("gdf/S001R02_60s_gdf220.gdf", -0.0079),
    ("bdf/S001R01_EO.bdf", 0.0229),
    ("fif/S001R02_EC_raw.fif", -0.0089),
    ("set/S001R01_EO.set", 0.0229),
    ("brainvision/S001R02_EC.vhdr", -0.0089),
    ("xdf/eegmmidb_EO.xdf", -0.0033),
    ("rest/MDD_S12_EO.edf", 0.6480),
]


@pytest.mark.parametrize(("name", "faa"), KNOWN)
def test_known_asymmetries(invoke, real_data_dir, name, faa):
    outcome = invoke("measure", real_data_dir / name, "--json")
    answer = json.loads(outcome.stdout)
    first = answer["faa"][0]
    assert (first["left"], first["right"]) == ("F3", "F4")
    assert first["value"] == pytest.approx(faa, abs=0.001)
    assert answer["method"]["reference"].startswith("average of ")


def test_the_reference_is_an_option_and_is_named(invoke, eeg_file):
    outcome = invoke("measure", eeg_file, "--reference", "as-recorded", "--json")
    answer = json.loads(outcome.stdout)
    assert answer["faa"][0]["value"] != pytest.approx(0.0304, abs=0.001)
    assert "as recorded" in answer["method"]["reference"].replace("-", " ")


@pytest.mark.usefixtures("real_data_dir")
def test_for_a_person_the_sign_and_the_limits_stand_beside_the_number(invoke, eeg_file):
    text = invoke("measure", eeg_file).stdout
    for expected in (
        "F3/F4",
        "+0.0304",
        "µV²/Hz",
        "more alpha on the right",
        "not diagnose",
        "surface Laplacian (CSD) of 64",
        "individual alpha frequency",
        "theta cordance",
        "isolates the subgenual",
        "4-8 Hz",
    ):
        assert expected in text


def test_everything_is_in_the_json(invoke, eeg_file):
    answer = json.loads(invoke("measure", eeg_file, "--json").stdout)
    assert [r["reference"] for r in answer["faa_by_reference"]][:2] == [
        "average of 64",
        "as recorded",
    ]
    assert {"value", "ratio", "decibels"} <= set(answer["faa"][0])
    sections = answer["sections"]
    assert {"alpha_frequency", "midline_theta", "cordance", "aperiodic"} <= set(sections)
    for number in sections["midline_theta"]["numbers"]:
        assert {"value", "unit", "band", "reference", "window"} <= set(number)
    assert answer["sentences"]


def test_a_recording_without_a_clear_peak_is_measured(invoke, real_data_dir):
    text = invoke("measure", real_data_dir / "rest" / "MDD_S10_EO.edf").stdout
    assert "No clear alpha peak" in text
    assert "fallback" in text


def test_pairs_and_the_laplacian_can_be_asked_for(invoke, eeg_file):
    outcome = invoke("measure", eeg_file, "--pair", "FC3/FC4", "--reference", "csd", "--json")
    answer = json.loads(outcome.stdout)
    assert [(p["left"], p["right"]) for p in answer["faa"]] == [("FC3", "FC4")]
    assert answer["power_unit"] == "(uV/cm^2)^2/Hz"


def test_a_pair_that_is_none_is_refused():
    assert parse_pair(" F3 / F4") == ("F3", "F4")
    for text in ("F3", "F3/", "F3/F4/F5"):
        with pytest.raises(UserError, match="LEFT/RIGHT"):
            parse_pair(text)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("average", "average"),
        ("as-recorded", "as-recorded"),
        ("csd", "csd"),
        ("Cz", ("Cz",)),
        ("A1, A2", ("A1", "A2")),
    ],
)
def test_references(text, reference):
    assert parse_reference(text) == reference


@pytest.fixture
def huge_file(eeg_file, tmp_path):
    """Real EEG whose header calls its microvolts volts."""
    content = eeg_file.read_bytes()
    n_signals = int(content[252:256])
    at = 256 + n_signals * (16 + 80)
    path = tmp_path / "huge.edf"
    path.write_bytes(content[:at] + b"V".ljust(8) * n_signals + content[at + 8 * n_signals :])
    return path


@pytest.mark.parametrize("command", ["measure", "replay"])
def test_eeg_of_impossible_size_is_refused_with_both_ways_out(invoke, huge_file, tmp_path, command):
    how = ("-p", "faa-demo", "--speed", "max", "--out", tmp_path) if command == "replay" else ()
    outcome = invoke(command, huge_file, *how)
    assert outcome.exit_code == 2
    words = " ".join(outcome.stderr.split())
    for expected in ("channel ", " uV", "10^6", "--unit", "--as-it-is"):
        assert expected in words
    outcome = invoke(command, huge_file, *how, "--as-it-is")
    assert outcome.exit_code != 2  # whether a session of it comes to its end is another matter
    assert "used all the same, as asked" in " ".join(outcome.stderr.split())


@pytest.mark.usefixtures("real_data_dir")
def test_the_right_unit_mends_it(invoke, huge_file):
    answer = json.loads(invoke("measure", huge_file, "--unit", "uV", "--json").stdout)
    assert answer["faa"][0]["value"] == pytest.approx(0.0304, abs=0.001)
    assert len(answer["notes"]) == 1
