"""Print every table and write all of them to one JSON file.

``python -m benchmarks [--quick] [--only steps,live] [--minutes 30] [--out FILE]``
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

# One core, and the same rounding in every process.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks import (  # noqa: E402
    agreement,
    artifacts,
    asr,
    change,
    course,
    engine,
    length,
    live,
    nowcast,
    out,
    picture,
    roi,
    simulation,
    start,
    trial,
)
from benchmarks.recordings import NoRecordings  # noqa: E402
from benchmarks.table import Table  # noqa: E402

TABLES: dict[str, Callable[[bool], Table | list[Table]]] = {
    "steps": engine.steps,
    "throughput": engine.throughput,
    "fit": engine.fit,
    "scaling": engine.scaling,
    "length": length.length,
    "live": live.live,
    "soak": live.soak,
    "presets": simulation.presets,
    "rules": simulation.rules,
    "envelope": nowcast.envelope,
    "asymmetry": nowcast.asymmetry,
    "noise": nowcast.noise,
    "agreement": agreement.agreement,
    "artifacts": artifacts.artifacts,
    "asr": asr.asr,
    "roi": roi.roi,
    "change": change.change,
    "course": course.course,
    "start": start.start,
    "out": out.out,
    "picture": picture.picture,
    "watcher": picture.watcher,
    "trial": trial.trial,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter runs, rougher figures")
    parser.add_argument("--only", default=",".join(TABLES), help="tables, separated by commas")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/benchmarks.json"))
    parser.add_argument(
        "--minutes", type=float, default=3.0, help="how long the windows stay open in soak"
    )
    options = parser.parse_args()
    TABLES["soak"] = partial(live.soak, minutes=options.minutes)
    wanted = options.only.split(",")
    unknown = sorted(set(wanted) - set(TABLES))
    if unknown:
        parser.error(f"no table {', '.join(unknown)}; there are {', '.join(TABLES)}")
    found: list[Table] = []
    missing: list[str] = []
    for name in wanted:
        print(f"... {name}", file=sys.stderr, flush=True)
        try:
            made = TABLES[name](options.quick)
        except NoRecordings as reason:
            print(f"{name} was left out: {reason}", file=sys.stderr)
            missing.append(name)
            continue
        tables = made if isinstance(made, list) else [made]
        for table in tables:
            print(table.text(), flush=True)
        found += tables
    machine = {"cpu": _cpu(), "cores": os.cpu_count(), "python": platform.python_version()}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine, "tables": [t.to_dict() for t in found]}, indent=2)
    options.out.write_text(text + "\n")
    print(f"written to {options.out}")
    return 1 if missing else 0


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    raise SystemExit(main())
