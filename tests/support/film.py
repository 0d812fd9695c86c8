"""A small film, made without any other program: JPEG frames in an AVI file."""

from __future__ import annotations

import struct
from pathlib import Path

from neurofeedback.gui._qt import QtCore, QtGui


def write_film(path: Path, colours: list[str], size: tuple[int, int] = (160, 90), fps: int = 25):
    """Write a film of one plain frame for each colour; returns the path."""
    frames = [_jpeg(colour, size) for colour in colours]
    movi, index = b"movi", b""
    for data in frames:
        index += struct.pack("<4sIII", b"00dc", 0x10, len(movi), len(data))
        movi += struct.pack("<4sI", b"00dc", len(data)) + data + b"\0" * (len(data) % 2)
    width, height = size
    main = struct.pack("<14I", 1_000_000 // fps, 0, 0, 0x10, len(frames), 0, 1, 1 << 20, width,
                       height, 0, 0, 0, 0)  # fmt: skip
    stream = struct.pack("<4s4sIHHIIIIIIIIhhhh", b"vids", b"MJPG", 0, 0, 0, 0, 1, fps, 0,
                         len(frames), 1 << 20, 0, 0, 0, 0, width, height)  # fmt: skip
    form = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", 3 * width * height,
                       0, 0, 0, 0)  # fmt: skip
    header = _list(b"hdrl" + _chunk(b"avih", main)
                   + _list(b"strl" + _chunk(b"strh", stream) + _chunk(b"strf", form)))  # fmt: skip
    body = b"AVI " + header + _list(movi) + _chunk(b"idx1", index)
    path.write_bytes(_chunk(b"RIFF", body))
    return path


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(data: bytes) -> bytes:
    return _chunk(b"LIST", data)


def _jpeg(colour: str, size: tuple[int, int]) -> bytes:
    image = QtGui.QImage(*size, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(colour))
    taken = QtCore.QBuffer()
    taken.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(taken, "JPEG", 90)
    return bytes(taken.data().data())
