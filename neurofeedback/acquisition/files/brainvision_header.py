"""Headers of BrainVision recordings, as they are written by many programs.

Responsible for what a header says, in whatever encoding, and for the files that it names, also
where these were renamed. What it contradicts itself in is refused. Not responsible for samples and
markers (`brainvision`).
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neurofeedback.acquisition.files.brainvision_filters import filters_of
from neurofeedback.acquisition.files.calibration import Calibration
from neurofeedback.acquisition.files.content import beside, is_file
from neurofeedback.acquisition.header_filters import Corners
from neurofeedback.errors import UserError
from neurofeedback.words.message import Message

KINDS = {"INT_16": "i2", "UINT_16": "u2", "INT_32": "i4", "IEEE_FLOAT_32": "f4"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_SECTION = re.compile(r"\[(.+)\]")
_LINE = re.compile(r"([^=;][^=]*)=(.*)")
_UNIT = "\u00b5V"  # where a channel tells none, by definition of the format

Sections = dict[str, dict[str, str]]


@dataclass(slots=True)
class Header:
    """What a header says.

    Parameters
    ----------
    path : Path
        The header.
    data : Path
        File of the samples.
    markers : Path or None
    sfreq : float
        Hz.
    labels, units : list of str
        Of each channel; `units` may be empty.
    calibrations : list of Calibration
    kind : str
        NumPy's name of the type of a sample; empty where samples are text.
    vectorized : bool
        Whether all samples of a channel follow one another.
    n_points : int or None
        Samples of each channel; None where nothing is said.
    text : dict
        How samples are written as text: section ``ASCII Infos``.
    unusable : set of int
        Channels whose resolution makes no values of their samples.
    corners : list of Corners
        Of the filters of each channel; empty where nothing is said.
    notes, damage : list of Message
        As in `RawRecording`.
    """

    path: Path
    data: Path
    markers: Path | None
    sfreq: float
    labels: list[str]
    units: list[str]
    calibrations: list[Calibration]
    kind: str
    vectorized: bool
    n_points: int | None
    text: dict[str, str] = field(default_factory=dict)
    unusable: set[int] = field(default_factory=set)
    corners: list[Corners] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    damage: list[Message] = field(default_factory=list)


def read_header(path: Path) -> Header:
    """Read a header.

    Raises
    ------
    UserError
        If it contradicts itself, lacks what must be known, is of segments that were cut out of a
        recording, or names samples that are not there or are sealed.
    """
    text = decoded(path.read_bytes())
    sections = sections_of(text)
    common = sections.get("common infos", {})
    if common.get("dataformat", "").casefold() == "encrypted":
        raise UserError(
            "The samples of {path} are sealed: they open with the unblinding key of their study "
            "alone.",
            path=path,
        )
    _refuse_segments(path, common)
    notes: list[Message] = []
    if not common.get("datafile"):
        raise _contradiction(path, Message("no file of samples"))
    data = _file(path, common["datafile"], (".eeg", ".dat", ".avg"), notes)
    if data is None:
        raise UserError(
            "{path} names {wanted} as the file of its samples, which is not there: put it beside "
            "the header.",
            path=path,
            wanted=common["datafile"],
        )
    markers = common.get("markerfile", "")
    kind = _kind(path, common, sections, notes)
    interval = _number(path, common, "SamplingInterval")
    if not interval > 0:
        raise _contradiction(path, Message("a sampling interval of {us:g} us", us=interval))
    header = Header(
        path=path,
        data=data,
        markers=_file(path, markers, (".vmrk",), notes) if markers else None,
        sfreq=1e6 / interval,
        labels=[],
        units=[],
        calibrations=[],
        kind=kind,
        vectorized=_orientation(path, common),
        n_points=_count(path, common, "DataPoints") if common.get("datapoints") else None,
        text=sections.get("ascii infos", {}),
        notes=notes,
    )
    if markers and header.markers is None:
        notes.append(
            Message("{name}: its markers {wanted} are not there.", name=path.name, wanted=markers)
        )
    _take_channels(
        header, sections.get("channel infos", {}), _count(path, common, "NumberOfChannels")
    )
    header.corners = filters_of(text, header.labels)
    return header


def decoded(content: bytes) -> str:
    """Return a text by its byte order mark, as UTF-8 or in the encoding that it names."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def sections_of(text: str) -> Sections:
    """Return the sections of a header or marker file up to its comment, names in small letters.

    Of a key that is there twice both values are kept, in two lines.
    """
    found: Sections = {}
    section: dict[str, str] = {}
    for line in map(str.strip, text.splitlines()):
        if head := _SECTION.fullmatch(line):
            if head[1].strip().casefold() == "comment":
                break
            section = found.setdefault(head[1].strip().casefold(), {})
        elif pair := _LINE.fullmatch(line):
            key, value = pair[1].strip().casefold(), pair[2].strip()
            section[key] = f"{section[key]}\n{value}" if key in section else value
    return found


def _refuse_segments(path: Path, common: dict[str, str]) -> None:
    segmented = common.get("segmentationtype", "").casefold() not in ("", "notsegmented")
    averaged = common.get("averaged", "").casefold() == "yes"
    frequencies = common.get("datatype", "timedomain").casefold() != "timedomain"
    if segmented or averaged or frequencies:
        raise UserError(
            "{path} holds no continuous recording, but parts that were cut out of one: export the "
            "continuous data.",
            path=path,
        )


def _kind(path: Path, common: dict[str, str], sections: Sections, notes: list[Message]) -> str:
    """Return the type of a sample; what a header describes counts, not what it calls it."""
    binary = sections.get("binary infos", {})
    if common.get("dataformat", "").casefold() == "ascii":
        if "ascii infos" in sections or not binary:
            return ""
        notes.append(
            Message(
                "{name} says that its samples are text, but describes them as binary, and they are "
                "read as that.",
                name=path.name,
            )
        )
    name = binary.get("binaryformat", "").upper()
    if name not in KINDS:
        raise _contradiction(path, Message("samples of the format {text!r}", text=name))
    big = binary.get("usebigendianorder", "").casefold() == "yes"
    return (">" if big else "<") + KINDS[name]


def _orientation(path: Path, common: dict[str, str]) -> bool:
    name = common.get("dataorientation", "").upper()
    if name not in ("MULTIPLEXED", "VECTORIZED"):
        raise _contradiction(path, Message("samples in the order {text!r}", text=name))
    return name == "VECTORIZED"


def _take_channels(header: Header, rows: dict[str, str], n_channels: int) -> None:
    """Read the lines of the channels into a header.

    Raises
    ------
    UserError
        If there are not as many as it says, so that samples could go to the wrong ones.
    """
    if len(rows) != n_channels or any(f"ch{i}" not in rows for i in range(1, n_channels + 1)):
        what = Message("{n} channels, and describes others", n=n_channels)
        raise _contradiction(header.path, what)
    for i in range(n_channels):
        label, resolution, unit = _channel(rows[f"ch{i + 1}"].split(","))
        if "\n" in rows[f"ch{i + 1}"]:
            raise _contradiction(header.path, Message("channel {n} twice", n=i + 1))
        gain = _float(resolution or "1")
        if not (gain and math.isfinite(gain)):
            header.unusable.add(i)
            header.damage.append(
                Message(
                    "{name}: signal {label!r} is left out, since {what}.",
                    name=header.path.name, label=label,
                    what=Message("its resolution is {text!r}", text=resolution),
                )
            )  # fmt: skip
        header.labels.append(label)
        header.units.append(unit or _UNIT)
        header.calibrations.append(Calibration(gain or math.nan))


def _channel(fields: Sequence[str]) -> tuple[str, str, str]:
    """Return label, resolution and unit of a channel's line, whose decimals may follow a comma."""
    label, _, resolution, unit, *rest = [*fields, "", "", ""]
    if resolution.strip().lstrip("+-").isdigit() and unit.strip().isdigit():
        resolution, unit = f"{resolution.strip()}.{unit.strip()}", rest[0]
    return label.replace("\\1", ",").strip(), resolution.strip(), unit.strip()


def _file(path: Path, wanted: str, suffixes: tuple[str, ...], notes: list[Message]) -> Path | None:
    """Return a file that a header names, or the one that lies in its place."""
    name = wanted.replace("$b", path.stem)
    if name and is_file(path.parent / name):
        return path.parent / name
    there = beside(path, *suffixes)
    if there is not None:
        notes.append(
            Message(
                "{name} names {wanted}, which is not there; {there} is read in its place.",
                name=path.name, wanted=name, there=there.name,
            )
        )  # fmt: skip
    return there


def _number(path: Path, section: dict[str, str], key: str) -> float:
    text = section.get(key.casefold(), "")
    value = _float(text)
    if value is None:
        raise _contradiction(path, Message("{key} as {text!r}", key=key, text=text))
    return value


def _count(path: Path, section: dict[str, str], key: str) -> int:
    value = _number(path, section, key)
    if value < 1 or value != int(value):
        raise _contradiction(path, Message("{key} as {text!r}", key=key, text=f"{value:g}"))
    return int(value)


def _float(text: str) -> float | None:
    if not re.fullmatch(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?", text, re.ASCII):
        return None
    value = float(text.replace(",", "."))
    return value if math.isfinite(value) else None


def _contradiction(path: Path, what: Message) -> UserError:
    return UserError(
        "{path} cannot be read as a recording: its header gives {what}. Get a fresh copy of it, or "
        "export the recording again.",
        path=path,
        what=what,
    )
