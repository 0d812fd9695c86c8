from datetime import UTC, datetime
from pathlib import Path

import pytest
from forge import forge, forge_small_files
from session_parts import SFREQ, FeedSource, cut, eeg, short_protocol

from neurofeedback.errors import UserError
from neurofeedback.frames import FeedbackFrame, StreamInfo
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.protocols.commands import PAUSE, RESUME
from neurofeedback.session.offline import run_offline
from neurofeedback.session.prepare import PreparedSession, prepare_session
from neurofeedback.session.runner import SessionRunner
from neurofeedback.session.sink import Frames
from neurofeedback.session.verification.verify import VerifyReport, verify_session

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def prepare(root: Path, source: FeedSource) -> PreparedSession:
    return prepare_session(
        source, short_protocol(), root=root, participant="01", started=STARTED
    )  # fmt: skip


def record(root: Path, seconds: float = 22.0, finish: bool = True) -> PreparedSession:
    source = FeedSource(live=False)
    session = prepare(root, source)
    source.feed(*cut(eeg(seconds), range(0, 3000, 31), {700: 1.5, 1500: -3.0}))
    if finish:
        source.feed(None)
        run_offline(source, session.engine, SFREQ, session.recorder)
    else:
        for _ in range(60):
            chunk = source.read(1.0)
            assert chunk is not None
            session.recorder.append([chunk])
            result = session.engine.step(chunk)
            frames = Frames(result.features, result.feedback)
            session.recorder.append([frames, *result.events])
    return session


def edit(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def verify(session: PreparedSession) -> VerifyReport:
    return verify_session(session.recorder.path)


def test_a_recorded_session_is_found_again_in_every_bit(tmp_path: Path) -> None:
    done: list[int] = []
    session = record(tmp_path)
    report = verify_session(session.recorder.path, lambda n, _: done.append(n))
    assert report.problems == []
    assert report.notes == []
    assert report.n_samples == done[-1] == session.recorder.n_samples
    lines = session.recorder.layout.feedback.read_text().count("\n")
    assert report.n_frames == lines - 1 > 300
    assert report.n_events > 10


def test_a_session_with_pauses_is_found_again(tmp_path: Path) -> None:
    source = FeedSource(live=False)
    session = prepare(tmp_path, source)
    runner = SessionRunner(
        source, session.info, session.spec, session.engine, session.recorder,
        on_feedback=lambda frame: (
            runner.command(PAUSE) if frame.sample % 900 < 4
            else runner.command(RESUME) if frame.sample % 450 < 4
            else None
        ),
    )  # fmt: skip
    runner.start()
    source.feed(*cut(eeg(22.0), range(0, 3000, 17)), None)
    assert runner.wait(20.0)
    log = session.recorder.layout.log.read_text()
    assert '"pause"' in log
    assert '"resume"' in log
    report = verify(session)
    assert report.problems == []
    assert report.n_frames > 300


def test_a_session_that_was_never_ended_is_verified_up_to_its_end(tmp_path: Path) -> None:
    report = verify(record(tmp_path, finish=False))
    assert report.ok
    assert report.n_frames > 300
    assert "not ended" in report.notes[0]


@pytest.mark.parametrize(
    ("column", "says"), [("value", "value"), ("feature_faa", "feature_faa"), ("held", "held")]
)
def test_one_changed_number_is_found_and_named(tmp_path: Path, column: str, says: str) -> None:
    session = record(tmp_path)
    table = session.recorder.layout.feedback
    lines = table.read_text().splitlines()
    cells = lines[300].split("\t")
    at = lines[0].split("\t").index(column)
    cells[at] = "flat F4" if column == "held" else repr(float(cells[at]) * (1 + 2**-50))
    lines[300] = "\t".join(cells)
    table.write_text("\n".join(lines) + "\n")
    assert "line 301: the line fails its checksum" in verify(session).problems[0]
    forge(table)
    report = verify(session)
    assert not report.ok
    assert f"line 301: at sample {cells[0]}, {says} is logged as" in report.problems[0]


def test_a_missing_row_and_a_missing_event_are_found(tmp_path: Path) -> None:
    session = record(tmp_path)
    table = session.recorder.layout.feedback
    lines = table.read_text().splitlines(keepends=True)
    n = len(lines) - 1
    table.write_text("".join(lines[:-1]))
    assert f"tells of {n} frames, there are {n - 1}" in verify(session).problems[0]
    log = session.recorder.layout.log
    whole = log.read_bytes()
    forge(log, f'"n_frames": {n}', f'"n_frames": {n - 1}')
    assert "rows are logged" in verify(session).problems[0]
    table.write_text("".join(lines))
    log.write_bytes(whole)
    events = log.read_text().splitlines(keepends=True)
    [at] = [i for i, line in enumerate(events) if "ProtocolEnded" in line]
    log.write_text("".join(events[:at] + events[at + 1 :]))
    assert f"line {at + 1}: the line fails its checksum" in verify(session).problems[0]
    forge(log)
    session.recorder.layout.events.write_text(
        "".join(
            line
            for line in session.recorder.layout.events.read_text().splitlines(keepends=True)
            if "ProtocolEnded" not in line
        )
    )
    assert "engine events are logged" in verify(session).problems[0]


def test_a_changed_sample_is_found_by_its_checksum(tmp_path: Path) -> None:
    session = record(tmp_path)
    raw = session.recorder.layout.eeg
    data = bytearray(raw.read_bytes())
    data[5000] ^= 1
    raw.write_bytes(bytes(data))
    assert "checksum" in verify(session).problems[0]


def test_a_changed_protocol_is_found_by_its_hash(tmp_path: Path) -> None:
    session = record(tmp_path)
    layout = session.recorder.layout
    edit(layout.protocol, b'"target_rate": 0.65', b'"target_rate": 0.60')
    assert f"{layout.protocol} is not as it was written." in verify(session).problems
    forge_small_files(layout)
    assert any("hash" in problem for problem in verify(session).problems)


def test_other_versions_are_told_but_are_no_fault(tmp_path: Path) -> None:
    session = record(tmp_path)
    layout = session.recorder.layout
    edit(layout.protocol, b'"scipy": "', b'"scipy": "0.1+')
    forge(layout.log, '"scipy": "', '"scipy": "0.1+')
    forge_small_files(layout)
    report = verify(session)
    assert report.ok
    assert "scipy 0.1+" in report.notes[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("protocol", b'"label": "ln P(F4)', b'"label": "ln P(F8)', "described otherwise"),
        ("protocol", b'"bads": []', b'"bads": ["Cz"]', "bads is not what SessionStarted"),
        ("log", b'"protocol_name": "faa-demo"', b'"protocol_name": "other"', "protocol_name"),
        ("feedback", b"feature_faa\t", b"feature_fab\t", "columns"),
        ("log", b'"event": "SessionStarted"', b'"event": "Marker"', "does not begin"),
    ],
)
def test_a_changed_description_is_found(
    tmp_path: Path, file: str, old: bytes, new: bytes, says: str
) -> None:
    session = record(tmp_path)
    path = getattr(session.recorder.layout, file)
    edit(path, old, new)
    assert not verify(session).ok
    if file == "protocol":
        forge_small_files(session.recorder.layout)
    else:
        forge(path)
    assert any(says in problem for problem in verify(session).problems)


def test_what_was_displayed_must_come_from_what_was_fed_back(tmp_path: Path) -> None:
    source = FeedSource(live=False)
    session = prepare(tmp_path, source)
    display = PictureModel()
    runner: SessionRunner

    def shown(frame: FeedbackFrame) -> None:
        display.show(frame, None)
        scene = display.advance(0.032)
        runner.painted(frame, scene.mode, scene.value, frame.time)

    runner = SessionRunner(
        source, session.info, session.spec, session.engine, session.recorder, on_feedback=shown
    )
    runner.start()
    source.feed(*cut(eeg(22.0), range(0, 3000, 17)), None)
    assert runner.wait(20.0)
    report = verify(session)
    assert report.problems == []
    assert report.n_displayed > 300
    table = session.recorder.layout.display
    lines = table.read_text().splitlines()
    cells = lines[250].split("\t")
    assert cells[1] == "feedback"
    lines[250] = "\t".join([*cells[:2], "0.999999", cells[3]])
    table.write_text("\n".join(lines) + "\n")
    forge(table)
    assert "line 251: 0.999999 is displayed" in verify(session).problems[0]


def test_a_command_that_is_none_is_a_problem_not_a_defect(tmp_path: Path) -> None:
    session = record(tmp_path, finish=False)
    with session.recorder.layout.log.open("a") as log:
        log.write('{"event": "Command", "sample": 10, "time": null, "command": "dance"}\n')
    forge(session.recorder.layout.log)
    assert any("No command" in problem for problem in verify(session).problems)


def test_what_cannot_be_recorded_leaves_nothing_behind(tmp_path: Path) -> None:
    class Blind(FeedSource):
        def open(self) -> StreamInfo:
            return StreamInfo("eyes", "", SFREQ, ("O1", "O2"), ("eeg",) * 2, ("V",) * 2)

    source = Blind(live=False)
    with pytest.raises(UserError, match="no channel F3"):
        prepare(tmp_path / "new", source)
    assert source.closed
    assert not (tmp_path / "new").exists()
    with pytest.raises(UserError, match="code"):
        prepare_session(
            FeedSource(live=False), short_protocol(), root=tmp_path, participant="../x",
            started=STARTED,
        )  # fmt: skip


def test_what_nothing_vouches_for_is_named(tmp_path: Path) -> None:
    session = record(tmp_path)
    page = session.recorder.layout.report
    page.write_text("<p>forged</p>")
    report = verify(session)
    assert report.ok
    assert f"nothing in the log vouches for what is written after its end: {page.name}" in " ".join(
        report.notes
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"dwell"', '"dwel"', "dwel"),
        ('"version": 1', '"version": "one"', "version"),
        ('"kind": "train"', '"kind": "trane"', "blocks"),
    ],
)
def test_an_edited_protocol_is_one_sentence_with_file_and_key(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    session = record(tmp_path)
    path = session.recorder.layout.protocol
    edit(path, old.encode(), new.encode())
    problems = verify(session).problems
    (found,) = [problem for problem in problems if "cannot run the recorded protocol" in problem]
    assert found.startswith(f"{path}: ")
    assert says in found
    assert "\n" not in found
    assert "pydantic" not in found
    assert f"{path} is not as it was written." in problems


@pytest.mark.parametrize("new", ["sub-p01/ses-77", "sub-p01/ses-01_old", "sub-p77", "backup"])
def test_a_renamed_folder_is_told_its_name(tmp_path: Path, new: str) -> None:
    session = record(tmp_path)
    folder = session.recorder.path
    code = folder.parent.name
    was = folder if "/" in new else folder.parent
    now = tmp_path / new.replace("sub-p01", code)
    was.rename(now)
    place = now if "/" in new else now / folder.name
    for given in (place, place / "eeg", next((place / "eeg").glob("*.vhdr"))):
        with pytest.raises(UserError, match=f"was renamed: its files are of {code}/ses-01"):
            verify_session(given)
