"""Inputs that nobody meant: a few hundred here, a hundred thousand by `make fuzz`."""

import os
import random
import signal

import pytest

from neurofeedback.errors import UserError
from reliability.fuzz.mutate import mutated
from reliability.fuzz.runs import Fuzzer, fuzz, kind_of
from reliability.fuzz.targets import TARGETS, Target

QUICK = ("stream", "edf", "brainvision", "xdf", "settings", "montage", "study")


def inputs_of(name, n, tmp_path):
    found = fuzz(name, n, 7, tmp_path, lambda done: None)
    assert found.crashes == {}
    assert found.inputs == n
    return found


@pytest.mark.parametrize("name", QUICK)
def test_nothing_crashes(name, tmp_path):
    found = inputs_of(name, 40, tmp_path)
    assert found.refused > 10 or name == "stream"


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_crashes_of_many(name, tmp_path):
    inputs_of(name, round(300 * TARGETS[name].share), tmp_path)


def crashing(folder, changed):
    content = changed.read_bytes()
    if len(content) % 3 == 1:
        raise UserError("{path} is refused.", path=changed)
    if len(content) % 3 == 2:
        [][len(content)]


def making(folder):
    path = folder / "x"
    path.write_bytes(b"0123456789 " * 9)
    return [path]


def test_crashes_are_counted_by_kind_and_kept(tmp_path, monkeypatch):
    monkeypatch.setitem(TARGETS, "crashing", Target("crashing", 1.0, making, crashing))
    found = fuzz("crashing", 60, 0, tmp_path, lambda done: None)
    assert found.inputs == 60
    assert found.crashed > 5
    assert found.refused > 5
    [kind] = found.crashes
    assert kind.startswith("IndexError at ")
    assert len(list(tmp_path.iterdir())) == found.crashed


def dying(folder, changed):
    if len(changed.read_bytes()) % 2:
        os.kill(os.getpid(), signal.SIGKILL)


def test_an_input_that_ends_the_process_is_a_crash_and_is_kept(tmp_path, monkeypatch):
    monkeypatch.setitem(TARGETS, "dying", Target("dying", 1.0, making, dying))
    found = fuzz("dying", 8, 0, tmp_path, lambda done: None)
    assert found.inputs == 8
    assert list(found.crashes) == ["the process ended by 9"]
    assert len(list(tmp_path.iterdir())) == found.crashed > 0


def test_the_same_seed_gives_the_same_inputs(tmp_path):
    content = b"abc 12 def\n" * 20
    made = [mutated(random.Random(k), content) for k in range(50)]
    assert made == [mutated(random.Random(k), content) for k in range(50)]
    assert len(set(made)) > 40
    (tmp_path / "f").mkdir()
    target = Target("whole", 1.0, making, lambda folder, changed: None)
    fuzzer = Fuzzer(target, tmp_path / "f", 0)
    fuzzer.attempt(1)
    fuzzer.restore()
    assert (fuzzer.folder / "x").read_bytes() == b"0123456789 " * 9
    assert kind_of(ValueError("3 of 5")) == "ValueError at ?: N of N"
