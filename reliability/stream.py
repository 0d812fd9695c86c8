"""Live streams that misbehave, and clean ones that are sent badly: two tables."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.table import Table
from neurofeedback.acquisition.lsl.settings import private_network
from reliability import clean, live

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data" / "rest"
SECONDS = 60.0


def stream(quick: bool) -> Iterator[Table]:
    """Run every fault, or the quick ones, and send recordings in every uncomfortable way."""
    with private_network("nf-reliability"), tempfile.TemporaryDirectory() as folder:
        yield _faults(quick, Path(folder))
        yield _clean(quick, Path(folder))


def _faults(quick: bool, root: Path) -> Table:
    table = Table(
        "Faults of live streams",
        ["injected", "found after (s)", "rewards while bad", "logged", "verified", "read last"],
    )
    for i, case in enumerate(c for c in live.FAULTS if c.quick or not quick):
        print(f"  {case.name}", file=sys.stderr, flush=True)
        found = live.run(case, root / f"fault-{i}")
        wrong = "" if not found.rewards_bad else "WRONG "
        table.add(
            wrong + case.name,
            found.found_after,
            found.rewards_bad,
            ", ".join(sorted(found.logged)),
            "no" if found.problems else "yes",
            found.told[-1][:80] if found.told else "NOT FOUND",
        )
    return table


def _clean(quick: bool, root: Path) -> Table:
    table = Table(
        "Clean EEG sent badly", ["recording", "sent", "frames", "held wrongly", "late", "causes"]
    )
    ways = {
        "as it is": clean.in_chunks(1, 8),
        "jitter up to 50 ms": clean.jitter(0.05),
        "a clock 0.1 % slow": clean.drift(0.001, 256.0),
        "chunks of 1 to 500": clean.in_chunks(1, 500),
        "bursts of 0.2 s": clean.bursts(51),
    }
    for path in sorted(RECORDINGS.glob("*EC.edf"))[: 1 if quick else None]:
        for i, (name, fault) in enumerate(ways.items()):
            print(f"  {path.stem}, {name}", file=sys.stderr, flush=True)
            seconds = SECONDS / 3 if quick else SECONDS
            held = clean.held_of(path, fault, root / f"{path.stem}-{i}", seconds)
            table.add(path.stem, name, held.frames, held.wrongly, held.late, ", ".join(held.causes))
    return table
