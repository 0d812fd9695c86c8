"""Break sessions in every way and print what became of them, as tables and one JSON file.

``python -m reliability [--quick] [--only kill,damage,...] [--minutes N] [--hours N] [--out FILE]``
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

# One core, and the same rounding in every process.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.table import Table  # noqa: E402
from reliability import (  # noqa: E402
    batch,
    concealment,
    damage,
    disks,
    endurance,
    kill,
    readers,
    refusals,
    soak,
    sound,
    stream,
)

Tables = Callable[[argparse.Namespace], Iterable[Table]]
TABLES: dict[str, Tables] = {
    "kill": lambda options: [kill.kill(options.quick)],
    "damage": lambda options: [damage.damage(options.quick)],
    "disks": lambda options: disks.disks(options.quick),
    "readers": lambda options: readers.readers(options.quick),
    "refusals": lambda options: refusals.refusals(options.quick),
    "stream": lambda options: stream.stream(options.quick),
    "concealment": lambda options: concealment.concealment(options.quick),
    "sound": lambda options: sound.sound(options.quick, options.minutes),
    "batch": lambda options: batch.batch(options.quick),
    "endurance": lambda options: endurance.endurance(options.quick, options.minutes),
    "soak": lambda options: soak.soak(options.quick, options.minutes, options.hours),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="reliability", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer cases, shorter runs")
    parser.add_argument("--only", default=",".join(TABLES), help="tables, separated by commas")
    parser.add_argument(
        "--minutes", type=float, help="length of endurance (10), soak (60), sound (20)"
    )
    parser.add_argument("--hours", type=float, help="length of the replay of soak; 8 by default")
    parser.add_argument("--out", type=Path, default=Path("reliability/results/reliability.json"))
    options = parser.parse_args()
    wanted = options.only.split(",")
    unknown = sorted(set(wanted) - set(TABLES))
    if unknown:
        parser.error(f"no table {', '.join(unknown)}; there are {', '.join(TABLES)}")
    found: list[Table] = []
    for name in wanted:
        print(f"... {name}", file=sys.stderr, flush=True)
        for table in TABLES[name](options):
            print(table.text(), flush=True)
            found.append(table)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    text = json.dumps({"machine": machine, "tables": [t.to_dict() for t in found]}, indent=2)
    options.out.write_text(text + "\n")
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
