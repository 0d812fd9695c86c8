"""Passphrases of operators: only a hash is kept."""

import json
import stat

import pytest

from neurofeedback.errors import UserError
from neurofeedback.settings.operators import Operators


@pytest.fixture
def operators(tmp_path) -> Operators:
    return Operators(tmp_path / "new" / "operators.json")


def test_the_right_one_opens_and_no_other_and_it_is_not_on_disk(operators):
    operators.set("A. Smith", "blue 42 ä")
    assert operators.has(" a.  SMITH ")
    assert operators.right("A. Smith", "blue 42 a\u0308")
    assert not operators.right("A. Smith", "blue 42")
    assert not operators.right("B. Jones", "blue 42 ä")
    text = operators.path.read_text()
    assert "blue" not in text
    assert stat.S_IMODE(operators.path.stat().st_mode) == 0o600


def test_two_with_the_same_have_other_hashes(operators):
    operators.set("A", "1234")
    operators.set("B", "1234")
    hashes = json.loads(operators.path.read_text())["hashes"]
    assert hashes["a"]["hash"] != hashes["b"]["hash"]
    operators.remove("A")
    assert (operators.has("A"), operators.has("B")) == (False, True)


@pytest.mark.parametrize(
    ("name", "phrase"), [("", "1234"), (" ", "1234"), ("A", "123"), ("A", "x" * 201)]
)
def test_what_is_refused(operators, name, phrase):
    with pytest.raises(UserError):
        operators.set(name, phrase)
    assert not operators.path.exists()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": 1, "hashes": {"a": 1}}', "[" * 100_000,
     '{"format": 1, "hashes": {"a": {"salt": "00", "hash": "00"}}}',
     json.dumps({"format": 1, "hashes": {"a": {"salt": "0" * 32, "hash": "0" * 64, "cost": 999}}})],
)  # fmt: skip
def test_a_damaged_file_opens_nothing_and_is_one_sentence(operators, text):
    operators.path.parent.mkdir()
    operators.path.write_text(text)
    with pytest.raises(UserError, match="damaged"):
        operators.right("a", "1234")
