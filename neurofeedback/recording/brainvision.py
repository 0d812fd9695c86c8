"""The BrainVision header and marker files, as text.

Responsible for what the Core Data Format 1.0 wants to read about the raw samples. Not responsible
for files.

References
----------
Brain Products, BrainVision Core Data Format 1.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from neurofeedback.frames import StreamInfo

_ENCODING = "Codepage=UTF-8"
_FORMULA = "=+-@"


def channel_labels(info: StreamInfo) -> tuple[str, ...]:
    """Return the channel names as written in headers and tables.

    They are the stream's own, unless one has characters that a header or table cannot hold.
    """
    labels: list[str] = []
    for number, name in enumerate(info.ch_names, start=1):
        clean = "".join(c if c.isprintable() and c not in "[]\\" else "_" for c in name).strip()
        clean = clean or f"Ch{number}"
        if clean[0] in _FORMULA:  # a spreadsheet that opens the table of channels would compute it
            clean = f"_{clean}"
        while clean in labels:
            clean += f"_{number}"
        labels.append(clean)
    return tuple(labels)


def header_text(info: StreamInfo, data_name: str, marker_name: str, *, sealed: bool = False) -> str:
    """Return the header file.

    Parameters
    ----------
    info : StreamInfo
        Voltage channels are declared in microvolts, others without a unit.
    data_name, marker_name : str
        Names of the files beside it.
    sealed : bool
        Whether the samples are encrypted. The header says so by a format that no reader knows,
        lest one takes them for noise.
    """
    labels = channel_labels(info)
    lines = [
        "Brain Vision Data Exchange Header File Version 1.0",
        "; Unfiltered samples as they came, appended while the session runs.",
        "",
        "[Common Infos]",
        _ENCODING,
        f"DataFile={data_name}",
        f"MarkerFile={marker_name}",
        f"DataFormat={'ENCRYPTED' if sealed else 'BINARY'}",
        "; Time first: all channels of a sample stand together.",
        "DataOrientation=MULTIPLEXED",
        f"NumberOfChannels={info.n_channels}",
        "; In microseconds.",
        f"SamplingInterval={1e6 / info.sfreq!r}",
        "",
        "[Binary Infos]",
        "BinaryFormat=IEEE_FLOAT_32",
        "",
        "[Channel Infos]",
        "; Name, reference channel, resolution, unit. A comma in a name is written \\1.",
    ]
    units = ("µV" if unit == "V" else "n/a" for unit in info.units)
    for i, (label, unit) in enumerate(zip(labels, units, strict=True), start=1):
        lines.append(f"Ch{i}={_escape(label)},,1,{unit}")
    return "\n".join(lines) + "\n" + _filters(info, labels)


def _filters(info: StreamInfo, labels: Sequence[str]) -> str:
    """Return a comment with the filters that channels went through before, if any is known.

    The table is in the form of the format's own recorder.
    """
    if not (info.highpass or info.lowpass):
        return ""
    rows = [("#", "Name", "Low Cutoff [Hz]", "High Cutoff [Hz]")]
    corners = zip(labels, info.highpass, info.lowpass, strict=True)
    for i, (label, high, low) in enumerate(corners, start=1):
        rows.append((str(i), label, _corner(high, "DC"), _corner(low, "Off")))
    title = "A m p l i f i e r  S e t u p"
    table = ["    ".join(row) for row in rows]
    return "\n".join(["", "[Comment]", "", title, "=" * len(title), *table]) + "\n"


def _corner(value: float | None, none: str) -> str:
    return none if value is None else f"{value:g}"


def markers_head(data_name: str, started: datetime) -> str:
    """Return the beginning of the marker file, up to the marker of the start.

    Parameters
    ----------
    data_name : str
        Name of the data file beside it.
    started : datetime
        Aware; written in UTC.
    """
    date = started.astimezone(UTC).strftime("%Y%m%d%H%M%S%f")
    return (
        "Brain Vision Data Exchange Marker File, Version 1.0\n"
        "\n"
        "[Common Infos]\n"
        f"{_ENCODING}\n"
        f"DataFile={data_name}\n"
        "\n"
        "[Marker Infos]\n"
        "; Mk<number>=<type>,<description>,<sample from 1>,<length>,<channel, 0 for all>\n"
        f"Mk1=New Segment,,1,1,0,{date}\n"
    )


def marker_line(number: int, kind: str, description: str, position: int) -> str:
    """Return one marker with its line break.

    Parameters
    ----------
    number : int
        Number of the marker, from 1.
    kind : str
        Marker type, e.g. ``New Segment`` or ``Comment``.
    description : str
        Printable text.
    position : int
        Sample in the data file, from 0.
    """
    return f"Mk{number}={kind},{_escape(description)},{position + 1},1,0\n"


def _escape(text: str) -> str:
    return text.replace(",", "\\1")
