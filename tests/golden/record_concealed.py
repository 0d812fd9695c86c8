"""Record a small trial, one session in each arm, and pack it with its keys.

Usage: ``python tests/golden/record_concealed.py FILE.tar.xz``. The archive holds ``study``,
``data`` with both sessions, ``station.key`` and ``keeper/unblind.pem`` (passphrase
``correct horse``). It is made anew when the format of what is sealed changes; archives of
before stay, because sessions of before must still be read.
"""

from __future__ import annotations

import math
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.tables import DisplayRow
from neurofeedback.session.donor import donor_of_session
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import PreparedSession, prepare_session, prepare_study_session
from neurofeedback.session.sink import Frames
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_station_key

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSPHRASE = "correct horse"
SECONDS = 11.0


def protocol() -> ProtocolSpec:
    """Return a short protocol with a yoked control arm."""
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": "yoked"}
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 4.0},
        {"kind": "train", "seconds": 2.5, "repeat": 2, "rest": 0.5},
    ]
    return ProtocolSpec.model_validate(fields)


def person(seed: int) -> SyntheticSource:
    """Return somebody with four electrodes."""
    names = ("F3", "F4", "C3", "C4")
    return SyntheticSource(
        ch_names=names, sfreq=128.0, seed=seed, seconds=SECONDS, speed=math.inf, chunk_seconds=0.5
    )


def run(session: PreparedSession) -> Path:
    """Run a session to its end, painting each tenth frame; return its folder."""
    picture, now = PictureModel(), 100.0
    for chunk in chunks_of(session.source):
        session.recorder.append([chunk])
        result = session.engine.step(chunk)
        rows = []
        for frame in result.feedback[::10]:
            picture.show(frame, None)
            now += 0.016
            seen = picture.advance(0.016)
            rows.append(DisplayRow(frame.sample, str(seen.mode), seen.value, now))
        session.recorder.append([Frames(result.features, result.feedback), *result.events, *rows])
        if session.engine.finished:
            break
    session.recorder.finalize("completed")
    session.source.close()
    return session.recorder.path


def record(folder: Path) -> None:
    """Record donors and a trial of two in a folder."""
    study = Study.create(
        folder / "study", "Golden", protocol(), strata=[], size=2, blocks=[4], seed=1,
        station_key=folder / "station.key", unblinding_key=folder / "keeper" / "unblind.pem",
        passphrase=PASSPHRASE, now=NOW,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as elsewhere:
        for i in range(2):
            donor = prepare_session(
                person(i), study.spec, root=Path(elsewhere), participant=f"D{i}", started=NOW
            )
            study.add_donor(donor_of_session(run(donor), study.spec), operator="op", now=NOW)
    key = load_station_key(folder / "station.key")
    for i in range(2):
        run(
            prepare_study_session(
                person(10 + i), study, root=folder / "data", participant=f"P{i}", started=NOW,
                station_key=key,
            )
        )  # fmt: skip


def pack(archive: Path) -> None:
    """Record and pack."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive, "w:xz") as packed:
        record(Path(folder))
        for path in sorted(Path(folder).iterdir()):
            packed.add(path, path.name, filter=_anonymous)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = int(NOW.timestamp())
    return entry


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
