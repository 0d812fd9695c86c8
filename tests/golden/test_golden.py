"""Nothing that was recorded, and nothing that is said of it, changes; see README.md."""

import json
import subprocess
import sys

import pytest

import neurofeedback
from tests.golden.readings import (
    HERE,
    NAMES,
    command,
    golden_protocol_answers,
    invoke,
    must_equal,
    protocol_answers,
    reading,
    unpacked,
)

KINDS = {
    "asr", "continuous", "cut", "fitted", "gap", "killed", "ocular", "paused", "plain", "region",
    "several", "staircase", "unended",
}  # fmt: skip


def test_every_kind_is_there():
    assert set(NAMES) >= KINDS


@pytest.mark.parametrize("name", NAMES)
def test_a_session_is_verified_bit_for_bit(name, tmp_path):
    session = unpacked(name, tmp_path)
    done = invoke("verify", session, "--json")
    found = json.loads(done.stdout)
    must_equal(found["problems"], [], f"verify of the session {name}")
    assert found["ok"]
    assert done.exit_code == 0
    data = neurofeedback.read_session(session)
    assert found["samples"] == len(data.times) > 0
    assert found["frames"] == len(data.features) > 0
    assert found["displayed"] == len(data.display) > 0


def test_the_program_itself_verifies_one(tmp_path):
    session = unpacked("plain", tmp_path)
    words = [sys.executable, "-m", "neurofeedback", "verify", str(session), "--index", "off"]
    done = subprocess.run(words, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    verdict, _, found = done.stdout.partition(": ")
    must_equal(verdict, "Verified, bit for bit", f"the verdict ({done.stderr})")
    assert found.startswith("4832 samples, 1206 frames, ")
    assert done.returncode == 0


def test_a_difference_is_found(tmp_path):
    session = unpacked("plain", tmp_path)
    [samples] = session.rglob("*_eeg.eeg")
    content = bytearray(samples.read_bytes())
    content[len(content) // 2] ^= 1
    samples.write_bytes(content)
    assert invoke("verify", session).exit_code == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_session_is_read_as_ever(name, tmp_path):
    golden = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    must_equal(reading(unpacked(name, tmp_path)), golden, f"what is read of the session {name}")


def test_a_session_that_was_cut_is_put_in_order(tmp_path):
    session = unpacked("cut", tmp_path)
    command("recover", session)
    verdict = command("verify", session).partition(": ")[0]
    must_equal(verdict, "Verified, bit for bit", "the verdict")


def test_what_is_said_of_each_protocol_is_what_it_was():
    must_equal(protocol_answers(), golden_protocol_answers(), "what is said of protocols")


def test_no_protocol_has_another_hash():
    golden = golden_protocol_answers()
    cards = json.loads(golden["list --json"])
    assert len(cards) == 15
    for card in cards:
        words = ("show", card["name"], "--json")
        assert json.loads(command("protocols", *words)) == json.loads(golden[" ".join(words)])
