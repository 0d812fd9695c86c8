"""Many recordings in one table: the same bytes in every way, and what is done stays done."""

import csv
import json
from importlib.util import find_spec

import psutil
import pytest

from neurofeedback.protocols.file.reading import load_protocol
from reliability.batch import (
    done,
    follow,
    kill_parent,
    kill_worker,
    local_cluster,
    make_dataset,
    start,
    synthetic_base,
    when_done,
    written,
)

N = 30
SECONDS = 16  # a baseline of faa-demo, and a part of its training


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("batch") / "data"
    make_dataset(folder, N, [synthetic_base()], SECONDS)
    return folder


@pytest.fixture(scope="module")
def alone(dataset):
    """What one worker makes of it."""
    out = dataset.parent / "alone"
    ran = follow(start(dataset, out, "--jobs", "1"))
    assert ran.status == 0, ran.said
    return out


@pytest.fixture
def small(tmp_path):
    """Three recordings, of which nothing is derived yet."""
    make_dataset(tmp_path / "small", 3, [synthetic_base()], SECONDS)
    return tmp_path / "small"


def rows_of(tsv):
    with tsv.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_every_recording_of_a_dataset_is_there_once_with_its_blocks(alone):
    rows = rows_of(alone / "faa-demo.tsv")
    assert [(row["participant"], row["block"], row["phase"], row["whole"]) for row in rows] == [
        (f"{i:04}", block, phase, whole)
        for i in range(N)
        for block, phase, whole in (("0", "baseline", "1"), ("1", "train", "0"))
    ]
    assert {row["file"].rpartition(".")[2] for row in rows} == {"edf", "vhdr", "set"}
    assert {row["protocol_hash"] for row in rows} == {load_protocol("faa-demo").hash}
    assert {(row["status"], row["problem"]) for row in rows} == {("stopped", "n/a")}
    dictionary = json.loads((alone / "faa-demo.json").read_text())
    assert list(dictionary) == list(rows[0])
    assert all(entry["Description"] for entry in dictionary.values())


def test_parquet_holds_the_same_table(alone):
    parquet = pytest.importorskip("pyarrow.parquet")
    table, rows = parquet.read_table(alone / "faa-demo.parquet"), rows_of(alone / "faa-demo.tsv")
    assert table.column_names == list(rows[0])
    assert [repr(v) for v in table["mean"].to_pylist()] == [row["mean"] for row in rows]
    assert table.schema.field("rate").metadata[b"Units"] == b"Hz"


@pytest.mark.long
def test_two_workers_write_the_same_bytes(dataset, alone):
    out = dataset.parent / "two"
    assert follow(start(dataset, out, "--jobs", "2")).status == 0
    assert written(out) == written(alone)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.skipif(find_spec("distributed") is None, reason="Dask is not installed")
def test_a_dask_cluster_writes_the_same_bytes(dataset, alone):
    out = dataset.parent / "dask"
    with local_cluster() as (address, _):
        ran = follow(start(dataset, out, "--dask", address))
    assert ran.status == 0, ran.said
    assert written(out) == written(alone)


@pytest.mark.slow
def test_killed_it_goes_on_where_it_was(dataset, alone):
    out = dataset.parent / "killed"
    process = start(dataset, out, "--jobs", "2")
    when_done(process, out, N // 5)
    orphans = kill_parent(process)
    before = done(out)
    assert len(before) < N
    process = start(dataset, out, "--jobs", "2")
    when_done(process, out, len(before) + 2)
    kill_worker(process)
    ran = follow(process)
    assert ran.status == 2
    assert "A worker was killed" in ran.said
    half = done(out)
    assert before.items() <= half.items()
    ran = follow(start(dataset, out, "--jobs", "1"))
    assert ran.answer["done_before"] == len(half) < N
    assert half.items() <= done(out).items()
    assert written(out) == written(alone)
    for orphan in orphans:  # or they would go a little later
        if orphan.is_running():
            orphan.kill()
    psutil.wait_procs(orphans)


def test_what_is_done_is_known_by_content_protocol_and_options(invoke, small):
    def n_done_before(*more):
        answer = invoke("batch", small, "-p", "faa-demo", "--jobs", 1, "--json", *more).stdout
        return json.loads(answer)["done_before"]

    assert [n_done_before(), n_done_before()] == [0, 3]
    file = next(small.rglob("*.edf"))
    file.write_bytes(file.read_bytes()[:-2] + b"\1\0")
    assert n_done_before() == 2
    assert n_done_before("--bads", "Pz") == 0
    assert n_done_before() == 3
    for kept in small.rglob("done/*.json"):
        kept.write_text(kept.read_text()[:40])  # as by a disk that lost power
    assert n_done_before() == 0


def test_one_bad_file_is_listed_and_the_rest_goes_on(invoke, small):
    file = next(small.rglob("*.edf"))
    file.write_bytes(file.read_bytes()[:600])
    outcome = invoke("batch", small, "-p", "faa-demo", "--jobs", 1)
    assert outcome.exit_code == 3
    name = file.relative_to(small).as_posix()
    assert f"{name} is not a whole EDF" in outcome.stderr
    assert "2 are done now, 1 failed" in outcome.stderr
    table = small / "derivatives" / "neurofeedback-batch" / "faa-demo.tsv"
    assert outcome.stdout.strip() == str(table)
    problems = {row["file"]: row["problem"] for row in rows_of(table)}
    assert problems.pop(name).startswith(name)
    assert set(problems.values()) == {"n/a"}


def test_measures_are_those_of_the_command(invoke, small):
    outcome = invoke("batch", small, "--measure", "--jobs", 1)
    assert outcome.exit_code == 0, outcome.stderr
    rows = rows_of(small / "derivatives" / "neurofeedback-batch" / "measures.tsv")
    file = small / rows[0]["file"]
    wanted = json.loads(invoke("measure", file, "--json").stdout)
    found = {
        (r["section"], r["reference"], r["measure"]): r["value"]
        for r in rows
        if r["file"] == rows[0]["file"]
    }
    first = wanted["faa"][0]
    assert float(found["faa", wanted["method"]["reference"], "FAA F3/F4"]) == first["value"]
    for key, section in wanted["sections"].items():
        for n in section["numbers"]:
            value = "n/a" if n["value"] is None else repr(float(n["value"]))
            assert found[key, n["reference"], n["name"]] == value


def test_measures_take_the_reference_of_a_protocol(invoke, small, tmp_path):
    text = load_protocol_text("faa-demo").replace('"average"', '["Cz"]')
    (tmp_path / "own.toml").write_text(text)
    args = ("batch", small, "--measure", "-p", tmp_path / "own.toml", "--jobs", 1)
    assert invoke(*args).exit_code == 0
    rows = rows_of(small / "derivatives" / "neurofeedback-batch" / "measures.tsv")
    assert rows[0]["reference"] == "Cz"


def load_protocol_text(name):
    from neurofeedback.protocols.file.reading import library

    return library()[name].read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Give the protocol with -p, or --measure."),
        (("--measure", "--bads", "Cz"), "leave it out"),
        (("--measure", "--jobs", "2", "--dask", "tcp://127.0.0.1:1"), "Give --jobs or --dask"),
    ],
)
def test_what_does_not_go_together_is_refused(invoke, small, arguments, sentence):
    outcome = invoke("batch", small, *arguments)
    assert outcome.exit_code == 2
    assert sentence in outcome.stderr


def test_two_batches_do_not_write_to_one_folder(invoke, small, tmp_path):
    from neurofeedback.app.batch.kept import Kept

    with Kept(tmp_path / "out").locked():
        outcome = invoke("batch", small, "-p", "faa-demo", "--jobs", 1, "--out", tmp_path / "out")
    assert outcome.exit_code == 2
    assert "Another batch is at work" in outcome.stderr


def test_a_folder_that_cannot_be_written_is_named(invoke, small, tmp_path):
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("")
    done = invoke("batch", small, "-p", "faa-demo", "--out", in_the_way / "out")
    assert done.exit_code == 2
    assert f"{in_the_way / 'out'} cannot be written" in " ".join(done.stderr.split())
    assert "defect" not in done.stderr
