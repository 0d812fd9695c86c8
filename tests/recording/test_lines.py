import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurofeedback.recording.read.lines import (
    LOG,
    TABLE,
    add_checksums,
    header_line,
    read_log,
    read_table,
)

cells = st.text(st.characters(codec="utf-8", exclude_characters="\t\n"), max_size=6)
tables = st.lists(st.lists(cells, min_size=2, max_size=2), max_size=6)
objects = st.lists(st.dictionaries(cells, st.integers(), min_size=1, max_size=3), max_size=6)


def write_table(path, rows):
    head, crc = header_line(("a", "b"))
    path.write_bytes(head + add_checksums(["\t".join(row) for row in rows], crc, TABLE)[0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables)
def test_a_table_comes_back(tmp_path, rows):
    path = tmp_path / "t.tsv"
    write_table(path, rows)
    found = read_table(path)
    assert found.texts == ["a\tb", *("\t".join(row) for row in rows)]
    assert (found.problem, found.n_torn) == (None, 0)
    assert found.n_bytes == path.stat().st_size


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(objects)
def test_a_log_comes_back_and_any_program_reads_it(tmp_path, lines):
    import json

    path = tmp_path / "l.jsonl"
    texts = [json.dumps(line) for line in lines]
    path.write_bytes(add_checksums(texts, 0, LOG)[0])
    assert read_log(path).texts == texts
    for line, text in zip(path.read_bytes().splitlines(), texts, strict=True):
        fields = json.loads(line)
        assert fields.pop("line_crc32")
        assert fields == json.loads(text)


def test_the_checksum_is_the_crc_of_the_line_begun_with_that_of_the_line_before(tmp_path):
    path = tmp_path / "t.tsv"
    write_table(path, [("1", "2"), ("3", "4")])
    crc = zlib.crc32(b"1\t2", zlib.crc32(b"a\tb"))
    assert path.read_text().splitlines() == [
        "a\tb\tline_crc32",
        f"1\t2\t{crc:08x}",
        f"3\t4\t{zlib.crc32(b'3' + bytes([9]) + b'4', crc):08x}",
    ]


@pytest.mark.parametrize("read", [read_table, read_log])
def test_every_flipped_bit_is_found_and_the_lines_before_are_kept(tmp_path, read):
    path = tmp_path / "t"
    if read is read_table:
        write_table(path, [("1", "2"), ("3", "4"), ("5", "6")])
    else:
        path.write_bytes(add_checksums(['{"a": 1}', '{"b": 2}', '{"c": 3}'], 0, LOG)[0])
    data = path.read_bytes()
    whole = read(path)
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bytes(changed))
        found = read(path)
        at = sum(end <= bit // 8 for end in whole.ends)
        if at == 0 and read is read_table and not found.problem:
            assert found.texts[0] != whole.texts[0], "columns are compared by who knows them"
            continue
        assert found.problem or found.n_torn
        if at or read is read_log:
            assert found.texts == whole.texts[:at]


@pytest.mark.parametrize("change", ["drop", "repeat", "swap"])
def test_lines_that_are_missing_repeated_or_displaced_are_found(tmp_path, change):
    path = tmp_path / "t"
    write_table(path, [("1", "2"), ("3", "4"), ("5", "6"), ("7", "8")])
    lines = path.read_bytes().splitlines(keepends=True)
    changed = {
        "drop": [*lines[:2], *lines[3:]],
        "repeat": [*lines[:3], *lines[2:]],
        "swap": [*lines[:2], lines[3], lines[2], lines[4]],
    }[change]
    path.write_bytes(b"".join(changed))
    found = read_table(path)
    assert "the line fails its checksum" in found.problem
    assert found.problem.fields["reason"].template == "the line fails its checksum"
    assert found.texts == ["a\tb", "1\t2", "3\t4"][: len(found.texts)]
    assert len(found.texts) >= 2


def test_no_file_has_no_lines(tmp_path):
    found = read_log(tmp_path / "none")
    assert (found.texts, found.n_bytes, found.problem, found.n_torn) == ([], 0, None, 0)
