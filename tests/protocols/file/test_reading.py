import os
import time
from pathlib import Path

import pytest
from example_protocol import TEXT
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.protocols.file.problems import RefusedProtocol
from neurofeedback.protocols.file.reading import (
    LARGEST,
    load_protocol,
    parse_protocol,
)

LINES = TEXT.splitlines()


def problems(text: str):
    with pytest.raises(RefusedProtocol) as refused:
        parse_protocol(text, where="mine.toml")
    sentence = str(refused.value)
    assert sentence.startswith("mine.toml is refused")
    assert sentence.isprintable()  # one line, nothing that could steer a terminal
    assert len(sentence) < 1000
    assert sentence.count("; `neurofeedback") == (len(refused.value.problems) > 1)
    return refused.value.problems


def line_of(fragment: str, text: str = TEXT) -> int:
    """Return the line of the first row that holds a fragment."""
    return next(i for i, row in enumerate(text.splitlines(), start=1) if fragment in row)


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        # unknown keys
        ("delay = 0.04", "dely = 0.04", "signal.features.faa.envelope.dely", "mean 'delay'"),
        ("dwell = 0.25", "target_rate = 0.5", "reward.target_rate", "belongs in [threshold]"),
        ("dwell = 0.25", "qqq = 0.5", "reward.qqq", "known here: feedback, dwell, refractory"),
        ("update =", "easy =", "threshold.easy", "belongs in [threshold]"),
        ("[reward]", "[rewards]", "rewards", "mean 'reward'"),
        ("[reward]", '["re\\u001bward"]', '"re\\u001bward"', "mean 'reward'"),
        # wrong kinds
        ('rule = "target-rate"', 'rule = "magic"', "threshold.rule", "'mean-sd'"),
        ('rule = "target-rate"', 'rule = "mean_sd"', "threshold.rule", "did you mean 'mean-sd'"),
        ('rule = "target-rate"', "", "threshold.rule", "is missing: it must be 'continuous'"),
        ('rule = "target-rate"', "rule = [1]", "threshold.rule", "given one value"),
        ('kind = "asymmetry"', 'kind = "asymetry"', "signal.features.faa.kind", "'asymmetry', "),
        ('kind = "baseline"', 'kind = "start"', "blocks.#1.kind", "'transfer' or 'control'"),
        # values
        ("delay = 0.04", 'delay = "soon"', "signal.features.faa.envelope.delay",
         'a number from -0.2 to 1 (given "soon")'),
        ("delay = 0.04", "delay = nan", "signal.features.faa.envelope.delay", "given nan"),
        ("delay = 0.04", 'delay = "0.04"', "signal.features.faa.envelope.delay", 'given "0.04"'),
        ("delay = 0.04", "delay = 1979-05-27", "signal.features.faa.envelope.delay", "1979"),
        ("delay = 0.04", "delay = 0x" + "f" * 9999, "signal.features.faa.envelope.delay",
         "too long to be shown"),
        ("band = [8.0, 13.0]", "band = [13.0, 8.0]", "signal.features.faa.envelope.band", "rising"),
        ("band = [8.0, 13.0]", "band = 8", "signal.features.faa.envelope.band", "two numbers"),
        ("band = [8.0, 13.0]", "band = [8, 9, 13]", "signal.features.faa.envelope.band", "3 val"),
        ("band = [8.0, 13.0]", 'band = "individual"', "signal.features.faa.envelope.band",
         "two numbers in brackets or a table with individual = 'alpha'"),
        ("band = [8.0, 13.0]", 'band = [8, "x"]', "signal.features.faa.envelope.band.#2",
         "a number (given"),
        ("band = [8.0, 13.0]", 'band = {individual="alpha", bellow=2}',
         "signal.features.faa.envelope.band.bellow", "mean 'below'"),
        ("band = [8.0, 13.0]", 'band = {individual="beta"}',
         "signal.features.faa.envelope.band.individual", "'alpha'"),
        ('reference = "average"', 'reference = ["", "Cz"]', "signal.montage.reference.#1", "text"),
        ('right = ["F4"]', 'right = ["F4"]\nalternatives = [{left = ["F7"]}]',
         "signal.features.faa.alternatives.#1.right", "is missing"),
        ('estimator = "auto"', 'estimator = "best"', "signal.features.faa.envelope.estimator",
         "'cfir', 'wiener', 'posterior', 'ridge', 'spatial' or 'auto'"),
        ("target_rate = 0.65", "target_rate = 65", "threshold.target_rate", "from 0.1 to 0.9"),
        ('reference = "average"', "reference = 5", "signal.montage.reference",
         "'average', 'as-recorded', 'csd' or a list"),
        ("flat = 1e-7", 'muscle = "of"', "signal.gate.muscle", "or 'off'"),
        ("flat = 1e-7", 'flat = "off"', "signal.gate.flat", "from 0 to 1e-05 (given"),
        ("seconds = 30.0", "seconds = true", "blocks.#1.seconds", "given true"),
        ("seconds = 30.0", "", "blocks.#1.seconds", "is missing"),
        ("repeat = 5", "repeat = 5000", "blocks.#2.repeat", "from 1 to 100"),
        ("repeat = 5", "repeat = 5.0", "blocks.#2.repeat", "a whole number"),
        ("version = 1", "version = 2", "version", "must be 1 (given 2)"),
        ("version = 1", "", "version", "is missing"),
        ('name = "faa-up"', 'name = "../etc"', "name", "lower-case letters"),
        ('name = "faa-up"', 'name = "faa-up\\n\\u001b[2J"', "name", '\\u001b[2J"'),
        ('name = "faa"', 'name = "faa.left"', "signal.features.#1.name", "letters, digits"),
        ('evidence = ["10', 'evidence = ["doi:10', "evidence.#1", "is not a DOI"),
        ('left = ["F3"]', "left = []", "signal.features.faa.left", "1 to 64"),
        # what parts say together
        ('feature = "faa"', 'feature = "fa"', "target.conditions.#1.feature", "features: 'faa'"),
        ('left = ["F3"]', 'left = ["F3", "F7"]', "signal.features.faa", "same number of channels"),
        ('right = ["F4"]', 'right = ["F3"]', "signal.features.faa", "F3 cannot be on both sides"),
        ("length = 0.5", "length = 0.1", "signal.features.faa.envelope", "too short for 8 Hz"),
        ('kind = "baseline"', 'kind = "rest"', "blocks.#2.kind", "no baseline block"),
        ('kind = "train"', 'instruction = "calm"\nkind = "train"', "blocks.#2.instruction",
         "names 'calm', which is not one of [instructions.texts]: none"),
    ],
)  # fmt: skip
def test_each_problem_names_key_line_and_what_is_allowed(old, new, key, says) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    found = [p for p in problems(text) if p.key == key]
    assert len(found) == 1, [str(p) for p in problems(text)]
    assert says in found[0].text
    assert key in found[0].text
    last = key.rsplit(".", 1)[-1]
    row = text.splitlines()[(found[0].line or 1) - 1]
    missing = "missing" in found[0].text
    table = {"signal.features.faa": "[[signal.features]]",
             "signal.features.faa.envelope": "[signal.features.envelope]",
             "signal.features.faa.envelope.band.#2": "band", "evidence.#1": "evidence",
             "signal.montage.reference.#1": "reference", "version": "",
             "signal.features.faa.alternatives.#1.right": "alternatives"}.get(key)  # fmt: skip
    if missing and table is None:
        table = {"threshold.rule": "[threshold]", "blocks.#1.seconds": "[[blocks]]"}[key]
    assert (table if table is not None else last.strip('"')) in row
    assert (found[0].line is None) == (key == "version" and missing)


def test_all_problems_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = TEXT
    for old, new in (
        ("delay = 0.04", "dely = 0.04"),
        ("dwell = 0.25", "dwell = -1"),
        ('rule = "target-rate"', 'rule = "magic"'),
        ('feature = "faa"', 'feature = "fa"'),
        ('kind = "baseline"', 'kind = "rest"'),
        ('reference = "average"', "reference = 5"),
    ):
        text = text.replace(old, new, 1)
    assert [(p.key, p.line) for p in problems(text)] == [
        ("signal.montage.reference", line_of("reference =", text)),
        ("signal.features.faa.envelope.dely", line_of("dely", text)),
        ("target.conditions.#1.feature", line_of("feature =", text)),
        ("threshold.rule", line_of("magic", text)),
        ("reward.dwell", line_of("dwell", text)),
        ("blocks.#2.kind", line_of('"train"', text)),
    ]


def test_a_name_that_is_used_twice_is_told_where_it_is_the_second_time() -> None:
    feature = '[[signal.features]]\nkind = "power"\nname = "faa"\nchannels = ["Cz"]\n[signal.gate]'
    text = TEXT.replace("[signal.gate]", feature, 1)
    (problem,) = problems(text)
    assert problem.key == "signal.features.#2.name"
    assert "is 'faa' a second time" in problem.text
    assert 'name = "faa"' in text.splitlines()[problem.line - 1]
    assert problem.line > line_of('name = "faa"', text)


def test_a_misspelt_part_is_given_the_benefit_of_the_doubt() -> None:
    """No second complaint that only follows from the first."""
    for old, new in (('kind = "baseline"', 'kind = "baselin"'), ('name = "faa"', "nam = 'faa'")):
        keys = {p.key for p in problems(TEXT.replace(old, new, 1))}
        assert all(key.startswith(("blocks.#1", "signal.features.#1")) for key in keys)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (TEXT.replace("[reward]", "[reward"), line_of("[reward]"), "at column 8"),
        (TEXT + "x = [1", len(LINES) + 1, "unclosed array, at the end of the file"),
        ("a = 1\na = 2\n", 2, "overwrite"),
        ("\n\x00", 2, "column 1"),
        ("\n\na = " + "9" * 5000, 3, "thousands of digits"),
        ("a = 1\nb = " + "[" * 50_000, None, "deep"),
        ("a = 1\n" + "b." * 400 + "c = 1", 2, "dots"),
        (".".join("a" * 40) + " = 1", None, "deep"),
        ("\\u0000", 1, "invalid"),
    ],
)
def test_what_is_not_toml_names_its_line(text: str, line: int | None, says: str) -> None:
    (problem,) = problems(text)
    assert problem.line == line
    assert says in problem.text


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load_protocol(str(path)).hash == parse_protocol(TEXT).hash


def refusal(path: Path | str) -> str:
    started = time.process_time()
    with pytest.raises(UserError) as refused:
        load_protocol(str(path))
    assert time.process_time() - started < 5.0
    assert str(refused.value).isprintable()
    assert str(refused.value).count(". ") <= 2
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00", "is UTF-16 text; save it as UTF-8"),
        (TEXT.encode("utf-16"), "is UTF-16 text"),
        (b"a = 1\nb = '\xff'", "line 2 is not UTF-8"),
        (b"", "is refused for 5 problems"),
        (b"\x00" * 1000, "line 1: it is not valid TOML"),
        (b"x" * (LARGEST + 1), "too large: a protocol has at most 256 kB"),
        (b"a.b=1\n" * (LARGEST // 7), "line 2: it is not valid TOML"),
        (b"".join(b"k%d=1\n" % i for i in range(20_000)), "unknown key"),
        (b"".join(b"[[blocks]]\nx=1\n" for i in range(15_000)), "problems"),
        (b"\n".join(b"b%d." % i + b"a." * 190 + b"a=1" for i in range(600)), "deep"),
        (b"k" * 200_000 + b" = 1", "unknown key"),
        (b"name = '" + b"k" * 200_000 + b"'", 'given "kkk'),
    ],
)
def test_files_that_are_no_protocol_are_refused_quickly(tmp_path, content, says) -> None:
    path = tmp_path / "hostile.toml"
    path.write_bytes(content)
    assert says in refusal(path)


def test_what_is_no_ordinary_file_is_refused_without_being_read(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    assert "it is a folder" in refusal(tmp_path / "folder.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    assert "it is not an ordinary file" in refusal(tmp_path / "zero.toml")
    os.mkfifo(tmp_path / "pipe.toml")
    assert "it is not an ordinary file" in refusal(tmp_path / "pipe.toml")
    with (tmp_path / "large.toml").open("wb") as file:
        file.truncate(100_000_000)
    assert "too large" in refusal(tmp_path / "large.toml")
    (tmp_path / "self.toml").symlink_to(tmp_path / "self.toml")
    assert "cannot be read" in refusal(tmp_path / "self.toml")
    assert "No such file" in refusal(tmp_path / "none.toml")
    assert "NUL" in refusal("a\0b.toml")
    assert "cannot be read" in refusal("x" * 5000 + ".toml")
    assert "\\n" in refusal(tmp_path / "two\nlines.toml")


def test_unknown_names_get_the_nearest(tmp_path: Path) -> None:
    assert "Did you mean 'faa-up'?" in refusal("faaup")
    assert "give the path of a .toml file" in refusal(tmp_path)


@given(st.text(max_size=200))
def test_no_text_gives_anything_but_problems(text: str) -> None:
    assert problems(text)


@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_a_changed_character_gives_a_protocol_or_problems(at: int, char: str) -> None:
    text = TEXT[:at] + char + TEXT[at + 1 :]
    try:
        parse_protocol(text)
    except RefusedProtocol:
        assert all(p.key or p.line for p in problems(text))
