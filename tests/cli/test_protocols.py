import json

import pytest

from neurofeedback.protocols.file.reading import library, load_protocol


def test_list_shows_a_card_for_every_protocol_of_the_library(invoke):
    cards = json.loads(invoke("protocols", "list", "--json").stdout)
    assert [card["name"] for card in cards] == list(library())
    plain = invoke("protocols", "list").stdout
    for card in cards:
        assert card["title"] in plain
        assert f"{card['name']}  {card['minutes']:.1f} min" in plain
        assert f"trains {card['trains']}" in plain
        assert card["hash"] == load_protocol(card["name"]).hash
    assert plain.count("EXPERIMENTAL") == sum(card["experimental"] for card in cards) > 0


def test_list_finds_words_anywhere_on_a_card(invoke):
    def names(*words: str) -> set[str]:
        options = [part for word in words for part in ("--search", word)]
        return {
            c["name"] for c in json.loads(invoke("protocols", "list", "--json", *options).stdout)
        }

    assert "fm-theta-up" in names("THETA")
    assert "faa-up" not in names("theta")
    assert names("theta", "pgacc") == {"pgacc-theta-up", "sgacc-theta-up"}
    assert names("10.1001/jamapsychiatry.2018.0252") <= {"pgacc-theta-up", "sgacc-theta-up"}
    none = invoke("protocols", "list", "--search", "unheard-of")
    assert none.exit_code == 0
    assert none.stdout == ""
    assert "No protocol mentions unheard-of" in none.stderr


@pytest.mark.parametrize("name", list(library()))
def test_show_and_validate_every_protocol(invoke, name):
    shown = json.loads(invoke("protocols", "show", name, "--json").stdout)
    checked = json.loads(invoke("protocols", "validate", name, "--json").stdout)
    assert checked["ok"]
    assert (checked["name"], checked["hash"]) == (name, shown["hash"])
    assert checked["problems"] == []
    assert shown["hash"] in invoke("protocols", "show", name).stdout.replace("\n", "")


def test_show_as_a_file_is_a_file(invoke, tmp_path):
    copy = tmp_path / "copy.toml"
    copy.write_text(invoke("protocols", "show", "faa-up", "--toml").stdout)
    assert load_protocol(str(copy)) == load_protocol("faa-up")


def test_validate_accepts_an_edited_copy_and_names_its_length(invoke, tmp_path):
    copy = tmp_path / "mine.toml"
    copy.write_text(library()["faa-demo"].read_text().replace('name = "faa-demo"', 'name = "mine"'))
    outcome = invoke("protocols", "validate", copy)
    assert outcome.exit_code == 0
    assert outcome.stdout.splitlines()[-1].startswith("mine is valid: 0.9 min")


BROKEN = (("dwell =", "dwel ="), ('rule = "target-rate"', 'rule = "magic"'), ("hop =", "hopp ="))


@pytest.fixture
def broken(tmp_path):
    text = library()["faa-up"].read_text()
    for old, new in BROKEN:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "broken.toml"
    path.write_text(text)
    return path


def line_of(path, fragment: str) -> int:
    return next(i for i, row in enumerate(path.read_text().splitlines(), 1) if fragment in row)


def test_validate_prints_a_line_for_each_problem(invoke, broken):
    outcome = invoke("protocols", "validate", broken)
    assert outcome.exit_code == 2
    rows = outcome.stdout.splitlines()
    assert len(rows) == 3
    for row, fragment in zip(rows, ("hopp", "magic", "dwel"), strict=True):
        assert row.startswith(f"{broken}:{line_of(broken, fragment)}: ")
        assert fragment in row
    assert outcome.stderr == f"{broken} is refused: 3 problems.\n"


def test_validate_as_json_holds_every_problem(invoke, broken):
    outcome = invoke("protocols", "validate", broken, "--json")
    answer = json.loads(outcome.stdout)
    assert outcome.exit_code == 2
    assert not answer["ok"]
    assert [p["key"] for p in answer["problems"]] == [
        "signal.montage.hopp", "threshold.rule", "reward.dwel",
    ]  # fmt: skip
    assert [p["line"] for p in answer["problems"]] == [
        line_of(broken, fragment) for fragment in ("hopp", "magic", "dwel")
    ]
    assert "'mean-sd'" in answer["problems"][1]["allowed"]


def test_validate_as_json_answers_in_json_where_there_is_nothing_to_read(invoke, tmp_path):
    for name, says in (("faa-upp", "Did you mean 'faa-up'"), (tmp_path / "x.toml", "No such file")):
        outcome = invoke("protocols", "validate", name, "--json")
        assert outcome.exit_code == 2
        assert says in json.loads(outcome.stdout)["problems"][0]["text"]
        plain = invoke("protocols", "validate", name)
        assert plain.exit_code == 2
        assert says in plain.stderr


def test_other_commands_give_one_sentence_with_the_count(invoke, broken):
    outcome = invoke("protocols", "show", broken)
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert outcome.stderr.count("\n") == 1
    assert "is refused for 3 problems, the first in line" in outcome.stderr
    assert "'signal.montage.hopp'" in outcome.stderr


def test_validate_warns_of_what_cannot_succeed(invoke, tmp_path):
    text = library()["faa-trial"].read_text()
    text = text.replace('rule = "target-rate"', 'rule = "continuous"')
    text = text.replace('update = "between-blocks"\n', "").replace('["F3"]', '["X3"]')
    path = tmp_path / "mine.toml"
    path.write_text(text)
    outcome = invoke("protocols", "validate", path)
    assert outcome.exit_code == 0
    assert "warning: threshold.rule: 'continuous' hides learning" in outcome.stdout
    assert "warning: no standard montage of 19, 32, 64 channels" in outcome.stdout
    assert "no channel X3" in outcome.stdout
    warnings = json.loads(invoke("protocols", "validate", path, "--json").stdout)["warnings"]
    assert len(warnings) == 2


def test_validate_on_a_montage_that_does_not_serve(invoke, tmp_path):
    text = library()["faa-up"].read_text().replace("band = [8.0, 13.0]", "band = [60, 70]")
    path = tmp_path / "mine.toml"
    path.write_text(text)
    assert invoke("protocols", "validate", path, "--channels", 32, "--sfreq", 500).exit_code == 0
    outcome = invoke("protocols", "validate", path, "--sfreq", 128)
    assert outcome.exit_code == 2
    assert "too high for a stream of 128 Hz" in outcome.stdout
    answer = json.loads(invoke("protocols", "validate", path, "--sfreq", 128, "--json").stdout)
    assert "70 Hz" in answer["problems"][0]["text"]


def test_diff_tells_what_differs_with_unit_and_nothing_else(invoke, tmp_path):
    changed = tmp_path / "mine.toml"
    text = library()["faa-demo"].read_text().replace("seconds = 10.0", "seconds = 30.0")
    changed.write_text(text.replace('name = "faa-demo"', 'name = "mine"'))
    outcome = invoke("protocols", "diff", "faa-demo", changed)
    assert outcome.exit_code == 0
    assert [row.split() for row in outcome.stdout.splitlines()] == [
        ["key", "faa-demo", "mine"],
        ["blocks.#1.seconds", "10", "s", "30", "s"],
    ]
    answer = json.loads(invoke("protocols", "diff", "faa-demo", changed, "--json").stdout)
    assert not answer["equal"]
    assert answer["differences"] == [
        {"key": "blocks.#1.seconds", "old": 10.0, "new": 30.0, "unit": "s"}
    ]
    assert invoke("protocols", "diff", "faa-up", "rest-measurement").exit_code == 0


def test_diff_of_two_files_with_the_same_meaning(invoke, tmp_path):
    copy = tmp_path / "mine.toml"
    assert invoke("protocols", "new", "mine", "-o", copy).exit_code == 0
    outcome = invoke("protocols", "diff", "faa-up", copy)
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("faa-up and mine mean the same")
    assert json.loads(invoke("protocols", "diff", "faa-up", copy, "--json").stdout)["equal"]


def test_new_writes_a_commented_file_and_never_overwrites(invoke, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = invoke("protocols", "new", "my-theta", "--from", "fm-theta-up")
    assert outcome.exit_code == 0
    text = (tmp_path / "my-theta.toml").read_text()
    spec = load_protocol("my-theta.toml")
    assert spec.name == "my-theta"
    assert spec.hash == load_protocol("fm-theta-up").hash
    assert text.count("# ") > 50
    again = invoke("protocols", "new", "my-theta")
    assert again.exit_code == 2
    assert "my-theta.toml exists already" in again.stderr
    assert (tmp_path / "my-theta.toml").read_text() == text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Bad Name",), 'cannot be called "Bad Name"'),
        (("../up",), "cannot be called"),
        (("mine", "--from", "faa-upp"), "Did you mean 'faa-up'"),
        (("mine", "-o", "none/there.toml"), "cannot be written: No such file"),
        (("mine", "-o", "."), "exists already"),
    ],
)
def test_new_refuses_in_one_sentence_and_leaves_nothing(invoke, tmp_path, monkeypatch, arguments,
                                                        says):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    outcome = invoke("protocols", "new", *arguments)
    assert outcome.exit_code == 2
    assert says in outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_explain_says_delay_window_noise_rules_arms_and_who_sees_what(invoke, data_dir):
    plain = " ".join(invoke("protocols", "explain", "faa-up", "--channels", 64).stdout.split())
    for words in (
        "64 EEG channels, 250 Hz (standard montage)",
        "shown 0.25 s after the brain",
        "standard deviation is at least",
        "goes up and down by 1.15 (standard deviation",
        "Blocks Baseline",
        "Reward Rewarded is faa high",
        "Control arm",
        "Who sees what The participant sees",
        "Limits FAA does not diagnose",
    ):
        assert words in plain
    file = data_dir / "edf" / "S001R01.edf"
    shown = json.loads(invoke("protocols", "explain", "faa-up", "--file", file, "--json").stdout)
    assert "160 Hz (S001R01.edf)" in shown["montage"]
    assert shown["features"][0]["noise"] > 1.0
    both = invoke("protocols", "explain", "faa-up", "--file", file, "--channels", 19)
    assert both.exit_code == 2
    assert "not both" in both.stderr
