"""Forged recordings: edited files whose checksums hold all the same."""

import json
import zlib
from pathlib import Path

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.lines import LOG, NAME, TABLE, add_checksums, header_line


def forge(path: Path, old: str = "", new: str = "") -> None:
    """Replace text in a table or log once, and give all its lines the checksums they should have.

    Lines may come with a checksum, right or wrong, or without one.
    """
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    if path.suffix == ".jsonl":
        bare = [_without_key(line) for line in lines]
        bare = _replaced("\n".join(bare), old, new).split("\n")
        path.write_bytes(add_checksums(bare, 0, LOG)[0])
        return
    n_cells = lines[0].count("\t")
    bare = ["\t".join(line.split("\t")[:n_cells]) for line in lines]
    bare = _replaced("\n".join(bare), old, new).split("\n")
    head, crc = header_line(bare[0].split("\t"))
    path.write_bytes(head + add_checksums(bare[1:], crc, TABLE)[0])


def forge_small_files(layout: SessionLayout) -> None:
    """Make the log vouch for the small files as they are now."""
    lines = layout.log.read_text(encoding="utf-8").split("\n")[:-1]
    for number in (0, -1):
        event = json.loads(lines[number])
        for name in event.get("files", ()):
            path = next(p for p in layout.root.rglob(name))
            event["files"][name] = f"{zlib.crc32(path.read_bytes()):08x}"
        lines[number] = json.dumps(event, ensure_ascii=False)
    layout.log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    forge(layout.log)


def _replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1) if old else text


def _without_key(line: str) -> str:
    head, found, _ = line.rpartition(f', "{NAME}"')
    return head + "}" if found else line
