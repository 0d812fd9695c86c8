"""Give every reader inputs that nobody meant, and print what came of them.

``python -m reliability.fuzz [--inputs 100000] [--only edf,xdf] [--seed 0] [--out FOLDER]``

Exits with 1 if anything crashed. Inputs that crash are kept in FOLDER.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # child processes are forked

import mne  # noqa: E402, F401  loaded once, before the processes are made

from benchmarks.table import Table  # noqa: E402
from reliability.fuzz.runs import fuzz  # noqa: E402
from reliability.fuzz.targets import TARGETS  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="reliability.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="of all targets together")
    parser.add_argument("--only", default=",".join(TARGETS), help="targets, separated by commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("reliability/results/fuzz"))
    options = parser.parse_args()
    wanted = options.only.split(",")
    unknown = sorted(set(wanted) - set(TARGETS))
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    options.out.mkdir(parents=True, exist_ok=True)
    total = sum(TARGETS[name].share for name in wanted)
    table = Table(
        "Inputs that nobody meant",
        ["target", "inputs", "refused", "sentences", "crashes", "kinds of crash", "a second"],
    )
    kinds: list[str] = []
    for name in wanted:
        n, began = round(options.inputs * TARGETS[name].share / total), time.monotonic()

        def progress(done: int, name: str = name, n: int = n) -> None:
            print(f"\r{name}: {done} of {n}", end="   ", file=sys.stderr, flush=True)

        found = fuzz(name, n, options.seed, options.out, progress)
        seconds = time.monotonic() - began
        table.add(name, found.inputs, found.refused, len(found.sentences), found.crashed,
                  len(found.crashes), found.inputs / seconds)  # fmt: skip
        kinds += [f"{name} {number}: {kind}" for kind, number in found.crashes.items()]
        print("\r", end="", file=sys.stderr)
        for kind in kinds[len(kinds) - len(found.crashes) :]:
            print(kind, flush=True)
    print(table.text())
    return 1 if kinds else 0


if __name__ == "__main__":
    raise SystemExit(main())
