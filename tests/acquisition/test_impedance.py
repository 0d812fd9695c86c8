"""Impedances that an amplifier gives: understood, judged, kept in the session."""

import csv
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import numpy as np
import pylsl
import pytest

from neurofeedback.acquisition.impedance import impedances_in_words, ohms_per_unit
from neurofeedback.acquisition.lsl import LslSource
from neurofeedback.acquisition.source import impedances_of
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.write.start import SessionStart
from neurofeedback.session.prepare import prepare_session

NAMES = ("F3", "F4", "Cz", "Pz")


class Measured(SyntheticSource):
    """A participant whose amplifier measures impedances."""

    impedances: Mapping[str, float] = {"F3": 4200.0, "Cz": 81_000.0}


@pytest.mark.parametrize(
    ("text", "ohms"),
    [("ohm", 1.0), ("Ohms", 1.0), ("kOhm", 1e3), ("kilohms", 1e3), ("kiloohm", 1e3),
     ("k\u03a9", 1e3), ("k\u2126", 1e3), ("MOhm", 1e6), ("megohm", 1e6), ("", None),
     ("microvolts", None)],
)  # fmt: skip
def test_units(text: str, ohms: float | None) -> None:
    assert ohms_per_unit(text) == ohms


def test_what_is_to_be_mended_is_said() -> None:
    words = impedances_in_words({"F3": 8e3, "F4": 52e3, "Cz": 300e3, "Pz": 12e3})
    assert words == (
        "Impedance: 32.0 kΩ (median of 4). Above 50 kΩ, to be mended: Cz (300), "
        "F4 (52). Better below 10 kΩ: Pz (12)."
    )
    assert impedances_in_words({}) == ""
    assert impedances_in_words({"F3": 5e3}) == "Impedance: 5.0 kΩ (median of 1)."


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_the_session_keeps_them_with_its_electrodes(tmp_path: Path) -> None:
    session = prepare_session(
        Measured(ch_names=NAMES), load_protocol("faa-demo"), root=tmp_path, participant="01",
        started=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    session.recorder.finalize("stopped", "test")
    rows = table(session.recorder.layout.electrodes)
    assert [(r["name"], r["impedance"]) for r in rows] == [
        ("F3", "4.20"), ("F4", "n/a"), ("Cz", "81.00"), ("Pz", "n/a"),
    ]  # fmt: skip
    start = SessionReader(session.recorder.path).start
    assert start.impedances == Measured.impedances
    assert SessionStart.from_json(start.to_json()) == start


def test_without_any_nothing_is_written(tmp_path: Path) -> None:
    session = prepare_session(
        SyntheticSource(ch_names=NAMES), load_protocol("faa-demo"), root=tmp_path,
        participant="01", started=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    session.recorder.finalize("stopped", "test")
    assert "impedance" not in session.recorder.layout.electrodes.read_text()
    assert "impedances" not in session.recorder.start.to_dict()


MIXED = (
    ("F3", "EEG", "microvolts"), ("F4", "EEG", "microvolts"), ("Cz", "EEG", "microvolts"),
    ("Pz", "EEG", "microvolts"), ("F3", "EEG", "kOhm"), ("IMP_F4", "EEG", "kohms"),
    ("Cz imp", "", "Ohm"), ("Z Pz", "impedance", "kOhm"), ("GND", "Impedance", "kOhm"),
    ("Imp Oz", "Impedance", ""),
)  # fmt: skip


def mixed_outlet(name: str) -> pylsl.StreamOutlet:
    """Return an outlet whose impedances come between the samples of the EEG."""
    info = pylsl.StreamInfo(name, "EEG", len(MIXED), 250, pylsl.cf_float32, f"id-{name}")
    channels = info.desc().append_child("channels")
    for row in MIXED:
        channel = channels.append_child("channel")
        for key, value in zip(("label", "type", "unit"), row, strict=True):
            channel.append_child_value(key, value)
    return pylsl.StreamOutlet(info)


class Sending:
    """Sends samples of EEG and these impedances until the end."""

    def __init__(self, outlet: pylsl.StreamOutlet, *impedances: float) -> None:
        self.impedances, self._outlet = impedances, outlet
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        random, start, n = np.random.default_rng(0), pylsl.local_clock(), 0
        while not self._over.wait(0.02):
            while n < (pylsl.local_clock() - start) * 250:
                eeg = (10 * random.standard_normal(4)).tolist()
                # One electrode after the other: zero where none is measured at the moment.
                turn = [x if n % 4 == i % 4 else 0.0 for i, x in enumerate(self.impedances)]
                self._outlet.push_sample([*eeg, *turn], start + n / 250)
                n += 1


@pytest.mark.lsl
@pytest.mark.parametrize("unit", [None, "uV"])
def test_impedances_between_the_samples_of_the_eeg(tmp_path: Path, unit: str | None) -> None:
    name = f"nf-mixed-{time.monotonic_ns()}"
    with Sending(mixed_outlet(name), 4.2, 81.0, 7000.0, 12.5, 3.0, 9.0) as sending:
        source = LslSource(name, unit=unit)
        session = prepare_session(
            source, load_protocol("faa-demo"), root=tmp_path, participant="01",
            started=datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        info = session.info
        assert info.ch_names[:4] == NAMES
        assert info.eeg == (0, 1, 2, 3)
        assert info.units == ("V",) * 4 + ("n/a",) * 6
        assert not any("F3" in note for note in source.notes)
        assert any("Imp Oz" in note and "unit" in note for note in source.notes)
        measured = {"F3": 4200.0, "F4": 81_000.0, "Cz": 7000.0, "Pz": 12_500.0}
        assert impedances_of(source) == pytest.approx(measured)
        assert "to be mended: F4 (81)" in impedances_in_words(impedances_of(source))
        sending.impedances = (4.2, 8.0, 7000.0, 12.5, 3.0, 9.0)
        until = time.monotonic() + 20
        while impedances_of(source)["F4"] != pytest.approx(8000.0):
            assert time.monotonic() < until
            source.read(0.1)
    source.close()
    session.recorder.finalize("stopped", "test")
    rows = {r["name"]: r["impedance"] for r in table(session.recorder.layout.electrodes)}
    assert rows == {"F3": "4.20", "F4": "81.00", "Cz": "7.00", "Pz": "12.50"}


def eeg_outlet(name: str, declared: Mapping[str, str]) -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo(name, "EEG", len(NAMES), 250, pylsl.cf_float32, f"id-{name}")
    channels = info.desc().append_child("channels")
    for label in NAMES:
        channel = channels.append_child("channel")
        for key, value in (("label", label), ("type", "EEG"), ("unit", "microvolts")):
            channel.append_child_value(key, value)
        if label in declared:
            channel.append_child_value("impedance", declared[label])
    return pylsl.StreamOutlet(info)


@pytest.mark.lsl
def test_lsl_metadata_and_a_stream_of_impedances() -> None:
    outlet = eeg_outlet("nf-test-ohms", {"F3": "7.5", "F4": "none", "Cz": "-1"})
    with closing(LslSource("nf-test-ohms")) as source:
        source.open()
        assert impedances_of(source) == {"F3": 7500.0}

    info = pylsl.StreamInfo("imp", "Impedance", 3, pylsl.IRREGULAR_RATE, pylsl.cf_float32, "imp")
    channels = info.desc().append_child("channels")
    for label in ("F3", "PZ", "GND"):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "kOhm")
    measured = pylsl.StreamOutlet(info)
    with closing(LslSource("nf-test-ohms")) as source:
        source.open()
        until = time.monotonic() + 10
        while impedances_of(source).get("Pz") != 22_000.0:
            assert time.monotonic() < until
            measured.push_sample([5.0, 22.0, 3.0])
        assert impedances_of(source) == {"F3": 5000.0, "Pz": 22_000.0}
    del outlet, measured
