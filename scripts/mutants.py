"""Change the program in one place at a time, and tell which changes no test notices.

    python scripts/mutants.py                       a sample of 150 in all rooms
    python scripts/mutants.py --only gate,engine --sample 40 --seed 3 --out mutants.json
    python scripts/mutants.py --sample 2000 --minutes 30    as many as can be tried in that time

A change turns a comparison or a sign, `and` into `or`, a number by one, or takes a statement away.
The tests of the room are run against each, in a process of its own with a time limit.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import os
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Of each room: what is changed, tests that notice most of it, and tests for what these miss.
ROOMS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "engine": (
        ("session/engine.py",),
        ("session/test_engine.py",),
        ("session/test_commands.py", "session/test_ends.py", "session/test_artifact_rewards.py",
         "session/test_learned_estimators.py"),
    ),
    "gate": (
        ("signal/gate/samples.py", "signal/gate/artifact_filters.py", "signal/gate/muscle.py",
         "signal/gate/filters.py", "signal/gate/outside.py"),
        ("signal/gate",),
        ("signal/test_pipeline.py",),
    ),
    "threshold": (
        ("protocols/run/threshold.py", "protocols/run/score.py", "protocols/run/reward.py",
         "protocols/run/rolling.py", "protocols/rules"),
        ("protocols/run/test_threshold.py", "protocols/run/test_score.py"),
        ("protocols/run/test_evaluator.py", "protocols/test_joint.py"),
    ),
    "schedule": (
        ("protocols/run/schedule.py", "protocols/run/protocol_run.py",
         "protocols/run/evaluator.py"),
        ("protocols/run/test_schedule.py",),
        ("protocols/run/test_evaluator.py", "protocols/run/test_threshold.py",
         "protocols/run/test_control.py", "protocols/test_commands.py"),
    ),
    "recording": (
        ("recording/write/append_file.py", "recording/write/part.py", "recording/write/batch.py",
         "recording/read/reader.py", "recording/read/checks.py", "recording/read/lines.py"),
        ("recording/test_lines.py", "recording/test_writer.py"),
        ("recording/test_reader.py", "recording/test_files.py", "recording/test_recover.py"),
    ),
    "allocation": (
        ("study/allocation.py", "study/minimisation.py", "study/places.py"),
        ("study/test_allocation.py", "study/test_minimisation.py"),
        ("study/test_assignment.py", "study/test_folder.py", "study/test_arms.py"),
    ),
}  # fmt: skip
_OTHER = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or,
    ast.Or: ast.And,
}  # fmt: skip


@dataclass
class Mutant:
    """One change: the file below the package, its place in the file, and how it reads."""

    room: str
    file: str
    number: int
    line: int = 0
    was: str = ""
    becomes: str = ""
    outcome: str = ""


def places(tree: ast.Module) -> list[tuple[ast.AST, Callable[[], None]]]:
    """Return the nodes that can be changed, each with what changes it in its tree."""
    found: list[tuple[ast.AST, Callable[[], None]]] = []
    for node in _code(tree):
        if isinstance(node, ast.Compare):
            found += [
                (node, _swap(node.ops, i)) for i, op in enumerate(node.ops) if type(op) in _OTHER
            ]
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in _OTHER:
            found.append((node, lambda n=node: setattr(n, "op", _OTHER[type(n.op)]())))
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
            flip = isinstance(node.value, bool)
            new = (not node.value) if flip else node.value + 1
            found.append((node, lambda n=node, v=new: setattr(n, "value", v)))
        elif isinstance(node, ast.If | ast.While):
            found.append((node.test, lambda n=node: _negate(n)))
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.AugAssign | ast.Raise) or (
                isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
            ):
                found.append((statement, _taken(body, statement)))
    return found


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but annotations, decorators and what sentences are made of."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.Call) and getattr(child.func, "id", "") in (
                "Message",
                "UserError",
            ):
                continue
            if isinstance(child, ast.AST):
                yield child
                yield from _code(child)


def _swap(ops: list[ast.cmpop], i: int) -> Callable[[], None]:
    return lambda: ops.__setitem__(i, _OTHER[type(ops[i])]())


def _negate(node: ast.If | ast.While) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _taken(body: list[ast.stmt], statement: ast.stmt) -> Callable[[], None]:
    return lambda: body.__setitem__(body.index(statement), ast.Pass())


def all_mutants(room: str) -> list[Mutant]:
    """Return every change of a room, without what it looks like."""
    files, found = ROOMS[room][0], []
    for name in files:
        path = ROOT / "neurofeedback" / name
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            n = len(places(ast.parse(file.read_text())))
            relative = file.relative_to(ROOT / "neurofeedback").as_posix()
            found += [Mutant(room, relative, number) for number in range(n)]
    return found


def changed(mutant: Mutant) -> str:
    """Return the source of the changed file, and settle what the change looks like."""
    tree = ast.parse((ROOT / "neurofeedback" / mutant.file).read_text())
    node, change = places(tree)[mutant.number]
    mutant.line = node.lineno
    statement = next(s for s in ast.walk(tree) if isinstance(s, ast.stmt) and _holds(s, node))
    mutant.was = ast.unparse(node)[:120]
    before = ast.unparse(tree).splitlines()
    change()
    after = ast.unparse(ast.fix_missing_locations(tree)).splitlines()
    differ = [a for a, b in zip(after, before, strict=False) if a != b]
    mutant.becomes = (differ or [ast.unparse(statement)])[0].strip()[:120]
    return "\n".join(after) + "\n"


def _holds(statement: ast.stmt, node: ast.AST) -> bool:
    return any(child is node for child in ast.walk(statement))


def _test(tree: Path, names: Sequence[str]) -> int:
    """Run tests in this process, which was made for it."""
    os.setsid()
    os.dup2(os.open(tree / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.dup2(1, 2)
    os.chdir(tree)
    tests = [f"tests/{name}" for name in names]
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))


def run_tests(tree: Path, names: Sequence[str], seconds: int) -> tuple[str, float]:
    """Run tests in a copy of the program; return what came of it, and the CPU time, s.

    A test that waits for ever is ended by pytest-timeout, one that computes after `seconds`.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            status = _test(tree, names)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status, used = os.wait4(child, 0)
    outcome = "survived" if os.waitstatus_to_exitcode(status) == 0 else "noticed"
    return outcome, used.ru_utime + used.ru_stime


def copy_tree(place: Path) -> Path:
    """Return a copy of the program beside links to its tests and to recordings."""
    folder = place / "checkout"
    shutil.copytree(ROOT / "neurofeedback", folder / "neurofeedback")
    (place / "shared").symlink_to(ROOT.parent / "shared")
    for name in ("tests", "reliability", "benchmarks", "docs", "pyproject.toml", "scripts"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def main() -> int:
    """Run the sample, and print what was not noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(ROOMS), help="rooms, separated by commas")
    parser.add_argument("--sample", type=int, default=150, help="of all rooms together")
    parser.add_argument("--minutes", type=float, default=math.inf, help="of all rooms together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("reliability/results/mutants.json"))
    options = parser.parse_args()
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen",
                   "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
    rooms = options.only.split(",")
    every = {room: all_mutants(room) for room in rooms}
    done: list[Mutant] = []
    with tempfile.TemporaryDirectory() as name:
        tree = copy_tree(Path(name))
        for module in ("mne", "scipy.signal"):  # loaded once
            __import__(module)
        sys.path[:] = [str(tree), *(p for p in sys.path if Path(p).resolve() != ROOT)]
        for room in rooms:
            ends, limits = time.monotonic() + 60 * options.minutes / len(rooms), []
            for names in ROOMS[room][1:]:
                outcome, used = run_tests(tree, names, 600)
                if outcome != "survived":
                    log = (tree / "log.txt").read_text()
                    raise SystemExit(f"The tests of {room} fail without a change: {log}")
                limits.append(round(3 * used + 10))
            n = min(len(every[room]), max(1, options.sample // len(rooms)))
            chosen = random.Random(f"{room} {options.seed}").sample(every[room], n)
            for i, mutant in enumerate(chosen, start=1):
                if time.monotonic() > ends:
                    n = i - 1
                    break
                file = tree / "neurofeedback" / mutant.file
                source = file.read_text()
                file.write_text(changed(mutant))
                for names, limit in zip(ROOMS[room][1:], limits, strict=True):
                    mutant.outcome, _ = run_tests(tree, names, limit)
                    if mutant.outcome == "noticed":
                        break
                file.write_text(source)
                done.append(mutant)
                print(f"\r{room}: {i} of {n}  ", end="", file=sys.stderr, flush=True)
            survived = [m for m in done if m.room == room and m.outcome == "survived"]
            print(f"\r{room}: {n} of {len(every[room])} changes, {n - len(survived)} noticed")
            for m in survived:
                print(f"  {m.file}:{m.line}: {m.was}  ->  {m.becomes}", flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps([asdict(m) for m in done], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
