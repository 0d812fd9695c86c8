"""The table of a batch: its columns, and the files it is written to.

Responsible for the data dictionary and for TSV, JSON and Parquet. Not responsible for what a row
holds (`work`), nor for cells (`trial.tables`).
"""

from __future__ import annotations

import io
import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from neurofeedback import __version__
from neurofeedback.app.batch.work import Work
from neurofeedback.recording.files import replace_bytes, replace_text
from neurofeedback.trial.tables import Column, Kind, Row, Table

_ENTITIES = {
    "participant": "sub",
    "session": "ses",
    "task": "task",
    "run": "run",
}
_STATUS = {
    "completed": "the protocol went through",
    "stopped": "the recording ended before the protocol",
    "failed": "the baseline had too little clean data",
}


def _number(name: str, about: str, unit: str = "") -> Column:
    return Column(name, about, "number", unit)


_COMMON = (
    Column("file", "The recording, from the folder of the batch on."),
    *(
        Column(name, f"What its name says after {key}-; n/a where it says nothing.")
        for name, key in _ENTITIES.items()
    ),
    Column("sha256", "Digest of the files of the recording and their names; n/a if unreadable."),
    Column("protocol", "Name of the protocol; of measures, that which gave the reference."),
    Column("protocol_hash", "SHA-256 of what the protocol means."),
    Column("version", "Version of the program."),
    Column("problem", "Why there is nothing of this recording; n/a where there is something."),
    Column("notes", "What one should know about how the file was read."),
    _number("seconds", "Length of what was read, gaps not counted.", "s"),
    _number("rate", "Sampling rate.", "Hz"),
)
_BLOCKS = (
    Column("status", "How the protocol ended.", levels=_STATUS),
    Column("reason", "Why it ended."),
    Column("block", "Number of the block in the protocol, from 0; n/a if none began.", "integer"),
    Column("phase", "Kind of block."),
    Column("whole", "Whether the block ended before the recording did.", "truth"),
    _number("block_seconds", "Length of the block.", "s"),
    _number("clean_seconds", "Of it, time in which feedback was not held.", "s"),
    _number("contact_seconds", "Time held because an electrode was dead or bridged.", "s"),
    Column("contact", "Which electrodes these were, and for how long; n/a for none."),
    Column("score", "What threshold and mean are values of."),
    Column("unit", "Unit of threshold and mean."),
    _number("mean", "Mean of the score over clean time.", "see unit"),
    _number("threshold", "Threshold at the start of the block.", "see unit"),
    _number("success_rate", "Share of clean time in which the reward condition was met."),
    Column("rewards", "Number of rewards; n/a where none are given.", "integer"),
)
_MEASURES = (
    Column("section", "Section of the command measure."),
    Column("measure", "What was measured."),
    _number("value", "The number; n/a where there is none, e.g. no clear peak.", "see value_unit"),
    Column("value_unit", "Unit of the number."),
    _number("band_low", "Lower edge of the band.", "Hz"),
    _number("band_high", "Upper edge of the band.", "Hz"),
    Column("reference", "What was subtracted. Never compare values of different references."),
    Column("window", "How spectra were estimated."),
    Column("missing", "Why there is no number."),
)
BLOCKS = Table("blocks", "A row for each block of each recording.", (*_COMMON, *_BLOCKS))
MEASURES = Table("measures", "A row for each number of each recording.", (*_COMMON, *_MEASURES))


def known_of(work: Work, name: str, digest: str | None) -> Row:
    """Return what every row of a recording says."""
    said = dict(re.findall(r"(?:^|_)(sub|ses|task|run)-([^_.]+)", name.rpartition("/")[2]))
    spec = work.spec
    return {
        "file": name,
        **{column: said.get(key) for column, key in _ENTITIES.items()},
        "sha256": digest,
        "protocol": None if spec is None else spec.name,
        "protocol_hash": None if spec is None else spec.hash,
        "version": __version__,
    }


def write_table(folder: Path, work: Work, rows: list[Row]) -> list[Path]:
    """Write the table, its data dictionary and, where pyarrow is installed, Parquet.

    Parameters
    ----------
    folder : Path
    work : Work
        Names the table.
    rows : list of dict
        In order.

    Returns
    -------
    list of Path
        Each appears whole or not at all.
    """
    table = (MEASURES if work.measured else BLOCKS).with_rows(rows)
    tsv, dictionary, parquet = (
        folder / f"{work.name}{end}" for end in (".tsv", ".json", ".parquet")
    )
    replace_text(dictionary, json.dumps(table.dictionary(), indent=2) + "\n")
    replace_text(tsv, table.to_tsv())
    if find_spec("pyarrow") is None:
        parquet.unlink(missing_ok=True)  # or it would be of an earlier batch
        return [tsv, dictionary]
    replace_bytes(parquet, _parquet(table))
    return [tsv, dictionary, parquet]


def _parquet(table: Table) -> bytes:
    import pyarrow
    from pyarrow import parquet

    types: dict[Kind, Any] = {
        "text": pyarrow.string(),
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "truth": pyarrow.bool_(),
        "time": pyarrow.string(),
    }
    schema = pyarrow.schema(
        pyarrow.field(c.name, types[c.kind], metadata={"Description": c.about, "Units": c.unit})
        for c in table.columns
    )
    file = io.BytesIO()
    rows = [{name: row.get(name) for name in schema.names} for row in table.rows]
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema), file)
    return file.getvalue()
