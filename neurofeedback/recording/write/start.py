"""What is known of a session before its first sample, as kept in ``protocol.json``.

Responsible for its content and for reading it back exactly. Not responsible for the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from neurofeedback.frames import FeatureDescriptor, StreamInfo
from neurofeedback.recording import tables
from neurofeedback.recording.sealed_samples import SAMPLES_SEALED
from neurofeedback.words.message import Message

FORMAT = 2
SEALED_FORMAT = "sealed_format"  # of what is sealed; missing where features lay open beside it


@dataclass(frozen=True, slots=True)
class Continues:
    """That a recording goes on where another, whose disk failed, was last known to be safe.

    Parameters
    ----------
    session : str
        Folder of the other recording.
    run : int
        Its run number.
    n_chunks, n_frames, n_events, n_displayed : int
        Rows and lines of it that come before the first of this one; SessionStarted counts.
    """

    session: str
    run: int
    n_chunks: int
    n_frames: int
    n_events: int
    n_displayed: int

    def __post_init__(self) -> None:
        counts = (self.run, self.n_chunks, self.n_frames, self.n_events, self.n_displayed)
        if not isinstance(self.session, str) or not all(
            isinstance(n, int) and n >= 0 for n in counts
        ):
            raise ValueError(Message("It does not say what it continues."))


@dataclass(frozen=True, slots=True)
class SessionStart:
    """All that was known before the first sample.

    Parameters
    ----------
    protocol_name, protocol_hash : str
        Name of the protocol and what identifies its meaning.
    protocol : mapping
        The whole protocol as plain JSON types.
    stream : StreamInfo
        The stream.
    descriptors : tuple of FeatureDescriptor
        The feature columns, in order.
    versions : mapping
        Name to version of the program and of the libraries that compute.
    bads : tuple of str
        Channels marked bad.
    started : datetime
        Wall clock at the start, with time zone.
    study : mapping or None
        What anybody may know of the study that a concealed session belongs to, as plain JSON
        types; None outside of one. `SEALED_FORMAT` among it says how it is concealed.
    impedances : mapping of str to float
        Impedance of each electrode for which one was measured before the start, ohm.
    continues : Continues or None
        What this is the continuation of; None for a recording of its own.
    layers : bool
        Whether the display has a slow and a rare layer, which are in its table; not in sessions of
        before there were layers.

    Raises
    ------
    ValueError
        If `started` has no time zone.
    """

    protocol_name: str
    protocol_hash: str
    protocol: Mapping[str, Any]
    stream: StreamInfo
    descriptors: tuple[FeatureDescriptor, ...]
    versions: Mapping[str, str]
    bads: tuple[str, ...]
    started: datetime
    study: Mapping[str, Any] | None = None
    continues: Continues | None = None
    impedances: Mapping[str, float] = field(default_factory=dict)
    layers: bool = True

    def __post_init__(self) -> None:
        if self.started.tzinfo is None:
            raise ValueError("The start of a session needs a time zone.")

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types; impedances and layers where there are some."""
        measured = {"impedances": dict(self.impedances)} if self.impedances else {}
        fields = {
            "format": FORMAT,
            "protocol_name": self.protocol_name,
            "protocol_hash": self.protocol_hash,
            "protocol": dict(self.protocol),
            "stream": self.stream.to_dict(),
            "descriptors": [d.to_dict() for d in self.descriptors],
            "versions": dict(self.versions),
            "bads": list(self.bads),
            "started": self.started.isoformat(),
            "study": None if self.study is None else dict(self.study),
            "continues": None if self.continues is None else asdict(self.continues),
            **measured,
        }
        return {**fields, "layers": True} if self.layers else fields

    def to_json(self) -> str:
        """Return it as the text of ``protocol.json``; raises ValueError for NaN or infinity."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @property
    def samples_sealed(self) -> bool:
        """Whether the samples open only with the study's unblinding key."""
        return self.study is not None and self.study.get(SAMPLES_SEALED) is True

    @property
    def feedback_columns(self) -> dict[str, str]:
        """Columns of the feedback table, name to description, in order."""
        if self.study is None or SEALED_FORMAT not in self.study:
            return tables.feedback_columns(self.descriptors)
        return tables.open_columns()

    @property
    def display_columns(self) -> dict[str, str]:
        """Columns of the table of what was displayed, name to description, in order."""
        left_out = () if self.layers else tables.LAYERS
        return {k: v for k, v in tables.DISPLAY_COLUMNS.items() if k not in left_out}

    @classmethod
    def from_json(cls, text: str) -> SessionStart:
        """Read back what `to_json` wrote.

        Raises
        ------
        ValueError
            If the text is something else, or of a later format.
        """
        try:
            return cls.from_dict(json.loads(text))
        except RecursionError as error:
            raise ValueError(Message("no start of a session (nested too deeply)")) from error

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> SessionStart:
        """Read back what `to_dict` returned; further keys are passed over.

        Raises
        ------
        ValueError
            If it is something else, or of another format.
        """
        try:
            if fields["format"] != FORMAT:
                raise ValueError(
                    Message(
                        "format {format!r} is not known, only {known}",
                        format=fields["format"], known=FORMAT,
                    )
                )  # fmt: skip
            return cls(
                protocol_name=fields["protocol_name"],
                protocol_hash=fields["protocol_hash"],
                protocol=fields["protocol"],
                stream=StreamInfo.from_dict(fields["stream"]),
                descriptors=tuple(FeatureDescriptor(**d) for d in fields["descriptors"]),
                versions=fields["versions"],
                bads=tuple(fields["bads"]),
                started=datetime.fromisoformat(fields["started"]),
                study=fields["study"],
                continues=None if fields["continues"] is None else Continues(**fields["continues"]),
                impedances={k: float(v) for k, v in fields.get("impedances", {}).items()},
                layers=fields.get("layers", False) is True,
            )
        except (KeyError, TypeError, AttributeError) as error:
            kind = type(error).__name__
            raise ValueError(
                Message("no start of a session ({kind}: {reason})", kind=kind, reason=error)
            ) from error
