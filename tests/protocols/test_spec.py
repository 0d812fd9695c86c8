from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.protocols.protocol_file import library, load_protocol, parse_protocol
from neurofeedback.protocols.spec import ProtocolSpec

TEXT = library()["faa-up"].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", library())
def test_every_protocol_of_the_library_loads_under_its_own_name(name: str) -> None:
    assert load_protocol(name).name == name


def test_blocks_are_written_out_with_rests_between() -> None:
    kinds = [block.kind for block in load_protocol("faa-demo").iter_blocks()]
    assert kinds == ["baseline", "train", "rest", "train"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("delay = 0.04", "dely = 0.04", r"dely.*did you mean 'delay'"),
        ("delay = 0.04", 'delay = "soon"', r"signal.features.0.envelope.delay.*valid number"),
        ("delay = 0.04", "delay = nan", r"envelope.delay.*finite"),
        ("band = [8.0, 13.0]", "band = [13.0, 8.0]", r"envelope.band.*rising"),
        ("target_rate = 0.65", "target_rate = 65", r"threshold.target_rate.*less than or equal"),
        ('rule = "target-rate"', 'rule = "magic"', r"threshold.*target-rate"),
        ('feature = "faa"', 'feature = "fa"', r"target: 'fa' is not one of"),
        ('left = ["F3"]', 'left = ["F3", "F7"]', r"same number of channels"),
        ('kind = "baseline"', 'kind = "rest"', r"baseline block must come before"),
        ('right = ["F4"]', 'right = ["F3"]', r"F3 cannot be on both sides"),
        ("length = 0.5", "length = 0.1", r"envelope.*too short for 8 Hz"),
        ('name = "faa"', 'name = "faa.left"', r"features.0.name"),
        ('kind = "asymmetry"', 'kind = "assymmetry"', r"features.0.*asymmetry"),
        ("version = 1", "version = 2", r"version.*1"),
        ('name = "faa-up"', 'name = "../etc"', r"key 'name'"),
        ("repeat = 5", "repeat = 5000", r"blocks.1.repeat.*100"),
        ("[reward]", "[reward", "not valid TOML"),
    ],
)
def test_what_is_refused_is_named(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(UserError, match=says) as refused:
        parse_protocol(TEXT.replace(old, new, 1), where="mine.toml")
    assert str(refused.value).startswith("mine.toml")
    assert "\n" not in str(refused.value).removesuffix("\n")


def test_all_mistakes_are_named_at_once() -> None:
    text = TEXT.replace("delay = 0.04", "dely = 0.04").replace("dwell = 0.25", "dwell = -1")
    with pytest.raises(UserError, match=r"dely.*reward.dwell|reward.dwell.*dely"):
        parse_protocol(text)


def test_unknown_names_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Did you mean 'faa-up'"):
        load_protocol("faaup")
    with pytest.raises(UserError, match=r"cannot be read: No such file"):
        load_protocol(str(tmp_path / "none.toml"))
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not UTF-8"):
        load_protocol(str(tmp_path / "bytes.toml"))


def test_hash_follows_the_meaning() -> None:
    spec = parse_protocol(TEXT)
    assert parse_protocol("# a remark\n" + TEXT.replace("170.0", "170")).hash == spec.hash
    assert parse_protocol(TEXT.replace("170.0", "171.0")).hash != spec.hash
    assert ProtocolSpec.model_validate(spec.model_dump(mode="json")).hash == spec.hash


@given(st.text(max_size=200))
def test_no_text_gives_anything_but_a_sentence(text: str) -> None:
    with pytest.raises(UserError):
        parse_protocol(text)


@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_a_changed_character_gives_a_protocol_or_a_sentence(at: int, char: str) -> None:
    try:
        parse_protocol(TEXT[:at] + char + TEXT[at + 1 :])
    except UserError:
        return
