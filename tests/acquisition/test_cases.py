"""Files as they occur in the field: each gives the right numbers, or a sentence.

The files are not part of the project; a row whose file is missing is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases"


@dataclass(frozen=True)
class Row:
    """A file, and what is read of it; without a rate it is refused with the words of `says`.

    Several notes are told apart by a bar; there are no others.
    """

    file: str
    rate: float = 0.0
    n_times: int = 0
    n_eeg: int = 0
    says: str = ""
    microvolts: float = 15.85
    lost: float = 0.0
    broken: bool = False
    reference: str = ""
    n_annotations: int | None = None


REF = "are recorded against REF."
ROWS = [
    *(
        Row(f"edf-units/unit_{unit}.edf", 256, 23040, 19)
        for unit in ("uV", "uV0", "uv", "Uv", "microV", "uVolt", "utf8mu")
    ),
    Row("edf-units/unit_MV.edf", says="'MV', which is not understood"),
    Row("edf-units/unit_empty.edf", 256, 23040, 19, "microvolts is assumed"),
    *(
        Row(f"edf-mixed-rates/{name}.edf", 256, 30720, 19, f"left out, not sampled at 256 Hz|{REF}",
            reference="REF")
        for name in ("eeg256_ecg512", "eeg256dc_ecg512", "eeg256_resp32")
    ),
    *(
        Row(f"edf-odd/{name}", 250, 15000, 19, f"{says}|{REF}" if says else REF, broken=broken,
            reference="REF")
        for name, says, broken in (
            ("bdf_named.bdf", "holds EDF, whatever its name says", False),
            ("unused_channel_0_0.edf", "'X1' is left out", True),
            ("unused_dig_0_0.edf", "'Osat' is left out", True),
            ("comma.edf", "", False),
            ("cutrec.edf", "never closed by its recorder", False),
            ("crashed.edf", "its 60 whole records are read", True),
            ("emptyunit_ref.edf", "the unit of Fp1; uV is assumed", False),
            ("baddate.edf", "", False),
            ("datecolon.edf", "", False),
        )
    ),
    Row("edf-latin1-annotations/latin1_plusC.edf", 250, 25000, 19, REF, reference="REF",
        n_annotations=2),
    Row("names-and-annotations/ant_cpz.edf", 250, 15000, 19, "recorded against CPz.",
        reference="CPz"),
    Row("names-and-annotations/cz_ref.edf", 250, 25000, 19, "recorded against Cz.",
        reference="Cz"),
    Row("names-and-annotations/nk_labels.edf", 250, 25000, 19, "recorded against REF1.",
        reference="REF1"),
    Row("names-and-annotations/odd_annotations.edf", 250, 25000, 19, REF, reference="REF",
        n_annotations=8),
    *(
        Row(f"brainvision-variants/{name}", 160, 9760, 20, says, microvolts=52.5)
        for name, says in (
            ("plain.vhdr", ""),
            ("plain.eeg", "read by plain.vhdr"),
            ("plain.vmrk", "read by plain.vhdr"),
            ("UVunit.vhdr", ""),
            ("ascii.vhdr", "describes them as binary"),
        )
    ),
    Row("brainvision-variants/Cunit.vhdr", 160, 9760, 19, "for EEG: Fp1", microvolts=52.4),
    Row("text/ganglion_brainflow_10000.txt", 200, 10000, 4),
    Row("text/ganglion_pairs_10000.txt", 200, 10000, 4),
    Row("text/v4_ganglion.txt", 200, 10000, 4, "its clock does not run"),
    Row("text/v6.txt", 250, 10000, 8),
    Row("text/v6_bom.txt", 250, 10000, 8),
    Row("text/v2.txt", 250, 10000, 8),
    Row("text/OBCI_09.TXT", 250, 10000, 8, "gain of 24|tells no rate; 250 Hz is assumed"),
    Row("text/SDconverted.csv", 250, 10000, 8),
    Row("text/BrainFlow-RAW_2024.csv", 250, 10000, 8, "columns 2 to 9 are taken for EEG"),
    Row("text/muselsl.csv", 256, 10000, 4),
    Row("text/emotiv.csv", 128, 10000, 5),
    Row("xdf/true200.xdf", 200, 24000, 6, microvolts=11.2),
    Row("xdf/rate_off.xdf", 244, 15000, 8, "declares a rate of 250 Hz"),
    Row("xdf/packets_lost_05.xdf", 256, 73368, 13, "5.1 % of its", microvolts=14.6, lost=0.0509),
    Row("xdf/muse.xdf", 256, 15000, 4),
    Row("xdf/badfooter.xdf", 250, 15000, 8, n_annotations=2),
    Row("xdf/epoch.xdf", 250, 15000, 8, n_annotations=2),
    Row("xdf/otherhost.xdf", 250, 15000, 8, "placed by the clock offsets", n_annotations=2),
    Row("xdf/badunits.xdf", 250, 15000, 7, "its unit 'count' is not understood", broken=True),
    Row("xdf/plain.xdf.gz", 250, 15000, 8),
]  # fmt: skip


@pytest.fixture(params=ROWS, ids=lambda row: row.file)
def row(request: pytest.FixtureRequest) -> Row:
    found: Row = request.param
    if not (CASES / found.file).exists():
        pytest.skip("the file is not here")
    return found


def eeg_size(recording: Recording) -> float:
    eeg = recording.data[:, list(recording.info.eeg)]
    return float(np.median(eeg.std(axis=0))) * 1e6


def test_a_file_gives_its_numbers_or_a_sentence(row: Row) -> None:
    path = CASES / row.file
    if not row.rate:
        with pytest.raises(UserError, match=row.says):
            load_recording(path)
        return
    recording = load_recording(path)
    assert recording.info.sfreq == pytest.approx(row.rate, rel=1e-5)
    assert (recording.n_times, len(recording.info.eeg)) == (row.n_times, row.n_eeg)
    assert eeg_size(recording) == pytest.approx(row.microvolts, rel=0.01)
    assert recording.timing is not None
    assert recording.timing.share_lost == pytest.approx(row.lost, abs=1e-4)
    assert bool(recording.gaps) == bool(row.lost)
    wanted = row.says.split("|") if row.says else []
    assert len(recording.notes) == len(wanted), recording.notes
    for words in wanted:
        assert sum(words in note for note in recording.notes) == 1, words
    assert recording.info.reference == row.reference
    if row.n_annotations is not None:
        assert len(recording.annotations) == row.n_annotations
        assert all(a.text for a in recording.annotations)
    if "names-and-annotations" in row.file or "edf-odd" in row.file:
        assert {"F3", "F4"} <= set(recording.info.ch_names)


def test_strict_refuses_what_is_broken_and_nothing_else(row: Row) -> None:
    if row.broken:
        with pytest.raises(UserError, match="without --strict"):
            load_recording(CASES / row.file, strict=True)
    elif row.rate:
        load_recording(CASES / row.file, strict=True)


def test_a_lost_packet_of_twelve_samples_is_a_gap_of_its_length() -> None:
    path = CASES / "xdf" / "packets_lost_05.xdf"
    if not path.exists():
        pytest.skip("the file is not here")
    seconds = np.array([gap.seconds for gap in load_recording(path).gaps])
    packets = seconds * 256 / 12
    np.testing.assert_allclose(packets, np.round(packets), atol=1e-6)
    assert packets.min() == pytest.approx(1)
