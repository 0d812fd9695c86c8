import pytest

from neurofeedback.protocols.file.reading import library, load_protocol, parse_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.explain import protocol_words as words

TEXT = library()["faa-demo"].read_text(encoding="utf-8")


def changed(*changes: tuple[str, str]) -> ProtocolSpec:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return parse_protocol(text)


RULE = 'rule = "target-rate"\ntarget_rate = 0.65\nupdate = "between-blocks"'


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('rule = "target-rate"', "passes 65% of clean time; fixed within a block"),
        ('rule = "target-rate"\nupdate = "never"', "set once, from the baseline"),
        ('rule = "fixed"\nvalue = 0.25', "The threshold is 0.25 throughout."),
        ('rule = "percentile"\npercentile = 80', "passes it 20% of clean time. It never moves"),
        ('rule = "mean-sd"', "the baseline's mean plus 0.85 SD"),
        ('rule = "staircase"', "0.1 SD of the baseline up if more than 75%"),
        ('rule = "continuous"', "It hides learning"),
        ('rule = "manual"', "the operator moves it, and that is logged"),
    ],
)
def test_every_rule_has_words(rule: str, says: str) -> None:
    assert says in words.reward_in_words(changed((RULE, rule)))


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ('kind = "train"', "Training 2 x 20 s, 3 s rest between."),
        ('kind = "transfer"', "Transfer 2 x 20 s, 3 s rest between (scored, but nothing is shown"),
        ('kind = "control"', "(the feedback shown follows nobody, in any arm)."),
        ('kind = "train"\nextend = 30', "up to 30 s more to make up for time held"),
        ('kind = "train"\neyes = "closed"', "Training 2 x 20 s, eyes closed"),
    ],
)
def test_every_kind_of_block_has_words(block: str, says: str) -> None:
    course = words.course_in_words(changed(('kind = "train"', block)))
    assert says in course
    assert course.startswith("Baseline 10 s of clean data.")
    assert course.endswith("At least 0.9 min in all.")


@pytest.mark.parametrize(
    ("control", "says"),
    [
        ('kind = "yoked"', "another participant's recorded features"),
        ('kind = "time-shifted"\nshift = 10', "the participant's own features of 10 s before"),
        ('kind = "phase-scrambled"', "own past, some seconds long, in random order"),
    ],
)
def test_every_control_arm_has_words_and_nobody_may_see_it(control: str, says: str) -> None:
    spec = changed(("[reward]", f"[control]\n{control}\n[reward]"))
    assert says in words.control_in_words(spec)
    assert "none of them is told the arm" in words.visible_in_words(spec)
    assert "arm" not in words.visible_in_words(load_protocol("faa-demo"))


def test_what_is_trained_is_one_line() -> None:
    inhibit = '[[target.inhibits]]\nfeature = "faa"\npercentile = 90\n[threshold]'
    spec = changed(("[threshold]", inhibit))
    assert words.trained_in_words(spec) == (
        "faa up: F4 against F3, 8-13 Hz; not while faa is above its limit"
    )
    assert "never while faa is above the 90th percentile" in words.reward_in_words(spec)
