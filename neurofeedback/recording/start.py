"""What is known of a session before its first sample, as kept in ``protocol.json``.

Responsible for its content and for reading it back exactly. Not responsible for the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from neurofeedback.frames import FeatureDescriptor, StreamInfo

FORMAT = 1


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
        types; None outside of one.

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

    def __post_init__(self) -> None:
        if self.started.tzinfo is None:
            raise ValueError("The start of a session needs a time zone.")

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {
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
        }

    def to_json(self) -> str:
        """Return it as the text of ``protocol.json``; raises ValueError for NaN or infinity."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> SessionStart:
        """Read back what `to_json` wrote.

        Raises
        ------
        ValueError
            If the text is something else, or of a later format.
        """
        try:
            fields = json.loads(text)
            if fields["format"] != FORMAT:
                raise ValueError(f"format {fields['format']!r} is not known, only {FORMAT}")
            return cls(
                protocol_name=fields["protocol_name"],
                protocol_hash=fields["protocol_hash"],
                protocol=fields["protocol"],
                stream=StreamInfo.from_dict(fields["stream"]),
                descriptors=tuple(FeatureDescriptor(**d) for d in fields["descriptors"]),
                versions=fields["versions"],
                bads=tuple(fields["bads"]),
                started=datetime.fromisoformat(fields["started"]),
                study=fields.get("study"),
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no start of a session ({type(error).__name__}: {error})") from error
