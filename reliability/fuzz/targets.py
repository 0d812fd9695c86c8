"""What inputs are given to: whole files to start from, and what is done with a changed copy."""

from __future__ import annotations

import ctypes
import math
import os
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pylsl
from pylsl.lib import lib as liblsl

from neurofeedback.acquisition.folder import files_of
from neurofeedback.acquisition.given_names import load_montage
from neurofeedback.acquisition.lsl.streams import metadata_of
from neurofeedback.acquisition.naming import name_channels
from neurofeedback.acquisition.replay import ReplaySource, load_recording
from neurofeedback.acquisition.units import scaling
from neurofeedback.app.unfinished import list_unfinished
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.protocols.file.reading import library, load_protocol, parse_protocol, read_text
from neurofeedback.protocols.run.donor import Donor, measures_of
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.protocols.warnings import warnings_of
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.session_data import read_session
from neurofeedback.recording.repair.recover import recover_session
from neurofeedback.session.explain.protocol import explain
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.settings.model import Settings, Workstation
from neurofeedback.settings.store import load, save
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_station_key
from reliability.fuzz.files import FILES, NAMES, whole
from reliability.sessions import small_session

MOST = 4_000_000  # samples: more than any of the files could hold
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """Something that reads what others wrote.

    Parameters
    ----------
    name : str
    share : float
        Of all inputs, before they are divided by the sum of all shares.
    make : callable
        Writes whole files into a folder; returns those that are to be changed.
    use : callable
        Reads them, given the folder and which file was changed. Only a `UserError` may come of it.
    writes : bool
        Whether it changes other files too.
    """

    name: str
    share: float
    make: Callable[[Path], Iterable[Path]]
    use: Callable[[Path, Path], None]
    writes: bool = False


def play(path: Path) -> None:
    """Read all of a recording, in stretches and as it would be replayed."""
    files_of(path)
    recording = load_recording(path)
    assert recording.n_times * recording.info.n_channels <= MOST, "more samples than the file holds"
    for stretch in recording.stretches():
        samples, times = recording.samples[stretch], recording.times[stretch]
        assert samples.shape == (stretch.stop - stretch.start, recording.info.n_channels)
        assert np.isfinite(times).all(), "a time that is no number"
    assert math.isfinite(recording.info.sfreq)
    assert recording.info.sfreq > 0
    [str(note) for note in recording.notes]
    source = ReplaySource(path, speed=math.inf)
    source.open()
    while source.read(0.0) is not None:
        pass
    source.close()


def _recording(kind: str, share: float = 1.0) -> Target:
    def make(folder: Path) -> Iterable[Path]:
        whole(kind, folder)
        return sorted(p for p in folder.rglob("*") if p.is_file())

    def use(folder: Path, changed: Path) -> None:
        play(next(p for p in sorted(folder.iterdir()) if p.suffix in FILES[kind].suffixes))

    return Target(kind, share, make, use)


def _misnamed() -> Target:
    """Any format under the name of any other."""

    def make(folder: Path) -> Iterable[Path]:
        for kind in ("xdf", "fif", "gdf", "openbci", "set", "edf"):
            place = folder / kind
            place.mkdir()
            whole(kind, place)
            for suffix in (".cnt", ".nxe", ".lay", ".data", ".con", ".cdt", ".mef", ".eeg"):
                (place / f"as{suffix}").write_bytes(next(place.glob("x*.*")).read_bytes())
        return sorted(folder.glob("*/as.*"))

    return Target("other names", 1.0, make, lambda folder, changed: play(changed))


def _stream(folder: Path) -> Iterable[Path]:
    info = pylsl.StreamInfo("amp", "EEG", len(NAMES), 250.0, pylsl.cf_float32, "s1")
    channels = info.desc().append_child("channels")
    for name in NAMES:
        channel = channels.append_child("channel")
        channel.append_child_value("label", name)
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("type", "EEG")
    path = folder / "stream.xml"
    path.write_bytes(info.as_xml().encode())
    return [path]


def describe_stream(folder: Path, changed: Path) -> None:
    """Read what a stream says of itself, as when one connects to it."""
    liblsl.lsl_streaminfo_from_xml.restype = ctypes.c_void_p
    text = (folder / "stream.xml").read_bytes().replace(b"\0", b"")
    info = pylsl.StreamInfo(handle=liblsl.lsl_streaminfo_from_xml(ctypes.c_char_p(text)))
    if not 0 < info.channel_count() <= 10_000:  # no outlet can be made of it
        return
    meta = metadata_of(info)
    named = name_channels(meta.labels, meta.ch_types, {}, meta.name)
    values = np.random.default_rng(len(text)).normal(0, 20, (64, len(meta.labels)))
    scaled = scaling(
        meta.units, named.types, unit=None, values=values, sfreq=meta.sfreq, where=meta.name,
        ch_names=named.names,
    )  # fmt: skip
    StreamInfo(
        name=meta.name, source_id=meta.source_id, sfreq=meta.sfreq, ch_names=named.names,
        ch_types=named.types, units=scaled.units, native_unit=scaled.native_unit, origin="lsl",
        reference=named.reference,
    )  # fmt: skip


def _protocols(folder: Path) -> Iterable[Path]:
    for name, path in library().items():
        (folder / f"{name}.toml").write_bytes(path.read_bytes())
    return sorted(folder.iterdir())


_INFO = StreamInfo(
    name="amp", source_id="s", sfreq=250.0, ch_names=NAMES, ch_types=("eeg",) * len(NAMES),
    units=("V",) * len(NAMES), native_unit="uV", origin="lsl",
)  # fmt: skip


def read_protocol(folder: Path, changed: Path) -> None:
    """Read a protocol, warn of it and explain it."""
    spec = parse_protocol(read_text(changed))
    [str(warning) for warning in warnings_of(spec)]
    explain(spec, _INFO, display_delay=0.05)


def _settings(folder: Path) -> Iterable[Path]:
    path = folder / "settings.toml"
    save(Workstation(profiles={"station": Settings(), "second": Settings()}, active="second"), path)
    return [path]


def read_settings(folder: Path, changed: Path) -> None:
    """Read the settings, write them again and read what was written."""
    loaded = load(changed)
    save(loaded.workstation, changed)
    assert load(changed).workstation == loaded.workstation, "what was written reads otherwise"
    if loaded.problem is not None:
        raise UserError(loaded.problem)


def _session(finish: bool) -> Callable[[Path], Iterable[Path]]:
    def make(folder: Path) -> Iterable[Path]:
        session = small_session(folder / "data", finish=finish)
        session.recorder.abandon()
        return sorted(p for p in (folder / "data").rglob("*") if p.is_file())

    return make


def read_sessions(folder: Path, changed: Path) -> None:
    """Check, read, verify and list a session."""
    layout = SessionLayout.find(folder / "data" / "sub-p1" / "ses-01")
    for read in (check_files, read_session, verify_session):
        with suppress(UserError):
            read(layout.session_dir)
    list_unfinished(folder / "data")


def mend_sessions(folder: Path, changed: Path) -> None:
    """Recover a session."""
    recover_session(folder / "data" / "sub-p1" / "ses-01")


def _study(folder: Path) -> Iterable[Path]:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": "yoked"}
    spec = ProtocolSpec.model_validate(fields)
    study = Study.create(
        folder / "study", "Trial", spec, strata=["a", "b"], size=8, blocks=[4], seed=5,
        station_key=folder / "station.key", unblinding_key=folder / "keeper" / "unblinding.pem",
        passphrase=secrets.token_hex(8), now=NOW,
    )  # fmt: skip
    key, chance = load_station_key(folder / "station.key"), np.random.default_rng(0)
    for number in (1, 2):
        study.donors.add(
            Donor(
                f"sub-d{number}_ses-01", measures_of(spec), 0.032,
                chance.standard_normal((300, 1)), chance.standard_normal((2000, 1)),
                np.arange(2000) % 100 == 0, 70.0,
            )
        )  # fmt: skip
    for name in ("p1", "p2"):
        study.enrol_without_session(
            name, station_key=key, stratum="a", operator="x", now=NOW, claims={}
        )
    study.withdraw("p2", who="x", reason="moved", now=NOW)
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".pem")


def read_studies(folder: Path, changed: Path) -> None:
    """Open a study, tell how it goes, load its donors and give somebody a place."""
    study = Study(folder / "study")
    study.status()
    study.place_of("p1")
    for name in study.donors.names():
        study.donors.load(name)
    study.enrol_without_session(
        "p3", station_key=load_station_key(folder / "station.key"), stratum="b", operator="x",
        now=NOW, claims={},
    )  # fmt: skip


def _montage(folder: Path) -> Iterable[Path]:
    rows = "".join(f"{i}\t{name}\n" for i, name in enumerate(NAMES, start=1))
    (folder / "cap.tsv").write_text("channel\tname\n" + rows)
    return [folder / "cap.tsv"]


def read_montage(folder: Path, changed: Path) -> None:
    """Read a table of electrodes, and name the channels of a stream by it."""
    load_montage(os.fspath(folder / "cap.tsv")).resolve(NAMES, "the stream")


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("stream", 2.0, _stream, describe_stream),
        *(_recording(kind, one.share) for kind, one in FILES.items()),
        _misnamed(),
        Target("protocol", 1.5, _protocols, read_protocol),
        Target("settings", 1.5, _settings, read_settings, writes=True),
        Target("montage", 1.0, _montage, read_montage),
        Target("session", 0.2, _session(True), read_sessions),
        Target("killed session", 0.2, _session(False), read_sessions),
        Target("session to recover", 0.1, _session(True), mend_sessions, writes=True),
        Target("study", 0.7, _study, read_studies, writes=True),
    )
}
