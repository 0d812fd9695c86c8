"""Who has no key cannot put another sealed part, session or list in the place of the real one."""

import json
import shutil
import zlib
from pathlib import Path

import pytest

from neurofeedback.protocols.run.control import make_boundary
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.lines import LOG, add_checksums, read_log
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.sealed import Seal, SealedFile, read_sealed
from neurofeedback.session.engine import SessionEngine, frame_seconds
from neurofeedback.session.verification.concealed import Rerun
from neurofeedback.session.verification.rerun import logged_commands, with_commands
from neurofeedback.study.assignment import assignment_from_text
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key
from tests.cli.test_study import PASSPHRASE, key_of, passphrase, protocol, run, study

__all__ = ["passphrase", "protocol", "study"]  # fixtures

CODES = ("P1", "P2", "P3", "P4")


@pytest.fixture
def trial(invoke, eeg_file, study) -> Path:
    for code in CODES:
        done = run(invoke, eeg_file, study, code)
        assert done.exit_code == 0, done.stderr
    return study


def layout_of(trial: Path, code: str) -> SessionLayout:
    return SessionLayout.find(trial.parent / "data" / f"sub-{code}" / "ses-01")


def sealed_lines(trial: Path, code: str) -> list[str]:
    key = load_private_key(key_of(trial), PASSPHRASE)
    return read_sealed(layout_of(trial, code).sealed, getattr(key, "private", key))


def in_arm(trial: Path, arm: str) -> str:
    return next(code for code in CODES if f'"{arm}"' in sealed_lines(trial, code)[0])


def forge(trial: Path, layout: SessionLayout, first: list[str], assignment: str) -> None:
    """Seal, with the public key that anybody has, what another assignment would have given."""
    reader = SessionReader(layout.session_dir)
    spec = ProtocolSpec.model_validate(reader.start.protocol)
    given = assignment_from_text(assignment, Study(trial).donors)
    boundary = make_boundary(spec, frame_seconds(reader.info, spec), given)
    engine = SessionEngine(reader.start.stream, spec, reader.start.bads, boundary)
    found = Rerun(reader.start)
    for chunk in with_commands(reader.iter_chunks(), logged_commands(reader.events()), engine):
        found.add(engine.step(chunk))
    facts = json.loads((trial / "study.json").read_text())
    was = layout.sealed.read_bytes()
    layout.sealed.unlink()
    forged = SealedFile(
        layout.sealed,
        Seal(facts["study"], facts["public_key"]),
        lambda line: 256 if line[:1] in "FD" else 2048,
    )
    for lines in (first, found.sealed_frames, found.sealed_events):
        forged.append(lines)
    forged.file.close()
    text = layout.log.read_text()
    old, new = (f"{zlib.crc32(data):08x}" for data in (was, layout.sealed.read_bytes()))
    assert old in text
    texts = [line.replace(old, new) for line in read_log(layout.log).texts]
    layout.log.write_bytes(add_checksums(texts, 0, LOG)[0])


def checked(invoke, trial: Path):
    return invoke("study", "check", trial, "--key", key_of(trial), "--data", trial.parent / "data")


def test_a_sealed_part_made_with_the_public_key_is_found(invoke, trial):
    code = in_arm(trial, "control")
    layout, lines = layout_of(trial, code), sealed_lines(trial, code)
    assignment = lines[0][2:].replace('"control"', '"real"')
    firsts = [f"A {assignment}"], [f"A {assignment}", *(x for x in lines[:2] if x[0] == "T")]
    for first in firsts:  # with no tag, and with that of the part it replaces
        forge(trial, layout, first, assignment)
        assert invoke("verify", layout.session_dir, "--index", "off").exit_code == 0
        key = ("--key", key_of(trial), "--study", trial)
        verified = invoke("verify", layout.session_dir, *key)
        assert verified.exit_code == 1
        assert "no station of the study made it" in verified.stderr
        assert "The arm that the session was given is not" in verified.stderr
        found = checked(invoke, trial)
        assert found.exit_code == 1
        assert "3 of 4 sessions are as allocated" in found.stdout
        assert f"sub-{code}/ses-01" in found.stderr
        opened = invoke("study", "unblind", trial, *key[:2], "--who", "A", "--reason", "end",
                        "--data", trial.parent / "data")  # fmt: skip
        assert opened.exit_code == 1
        assert "The arm that the session was given is not" in opened.stderr


def test_a_forged_part_that_says_what_was_allocated_is_found(invoke, trial):
    code = in_arm(trial, "real")
    lines = sealed_lines(trial, code)
    forge(trial, layout_of(trial, code), [lines[0]], lines[0][2:])
    found = checked(invoke, trial)
    assert found.exit_code == 1
    assert "no station of the study made it" in found.stderr


def test_a_part_taken_from_another_session_is_found(invoke, trial):
    one, other = layout_of(trial, in_arm(trial, "control")), layout_of(trial, in_arm(trial, "real"))
    shutil.copy(other.sealed, one.sealed)
    found = checked(invoke, trial)
    assert found.exit_code == 1
    assert "carries a wrong tag" in found.stderr


def test_a_session_that_is_missing_is_named(invoke, trial):
    shutil.rmtree(trial.parent / "data" / "derivatives" / "neurofeedback" / "sub-P2")
    shutil.rmtree(trial.parent / "data" / "sub-P2")
    found = checked(invoke, trial)
    assert found.exit_code == 1
    assert "sub-P2/ses-01" in found.stderr


def test_another_sealed_list_is_found(invoke, trial, protocol):
    second = trial.with_name("second")
    key = key_of(second)
    made = invoke("study", "new", second, "-p", protocol, "--name", "A", "--places", 4,
                  "--unblinding-key", key)  # fmt: skip
    assert made.exit_code == 0, made.stderr
    facts = json.loads((trial / "study.json").read_text())
    escrow = trial / "allocation.sealed"
    escrow.unlink()
    forged = SealedFile(escrow, Seal(facts["study"], facts["public_key"]), lambda line: 1024)
    forged.append([json.dumps({"seed": 1, "blocks": [4]})])
    forged.append(
        [
            json.dumps(
                {"stratum": "all", "number": n, "arm": "real", "seed": 1, "turn": 1, "stream": 1}
            )
            for n in range(1, 5)
        ]
    )
    forged.file.close()
    opened = invoke("study", "unblind", trial, "--key", key_of(trial), "--who", "A", "--reason",
                    "end")  # fmt: skip
    assert opened.exit_code == 2
    assert "not the list that the unblinding key was made with" in opened.stderr
