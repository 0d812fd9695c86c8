"""Studies whose sessions are short; `study new` wants a shift, and so a baseline, of a minute."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from neurofeedback.protocols.file.reading import library, load_protocol
from neurofeedback.protocols.run.control import Arm
from neurofeedback.study.allocation import EVEN
from neurofeedback.study.folder import Study

SHORT_SHIFT = '\n[control]\nkind = "time-shifted"\nshift = 10.0\n'


def short_trial(
    folder: Path,
    unblinding_key: Path,
    passphrase: str,
    *,
    size: int = 4,
    block: int = 4,
    ratio: Mapping[Arm, int] = EVEN,
    seal_raw: bool = False,
    title: str = "",
) -> None:
    """Make a time-shifted study of sessions of half a minute, as `study new` would."""
    text = library()["faa-demo"].read_text().replace("seconds = 20.0", "seconds = 12.0")
    protocol = folder.with_name("trial.toml")
    if title:
        written = f"title = {json.dumps(title)}"
        text = re.sub("^title = .*$", lambda line: written, text, count=1, flags=re.M)
    protocol.write_text(text + SHORT_SHIFT)
    Study.create(
        folder, "A", load_protocol(str(protocol)), strata=(), size=size, blocks=[block], seed=None,
        station_key=folder.with_name(folder.name + ".station.key"), unblinding_key=unblinding_key,
        passphrase=passphrase, now=datetime.now(UTC), ratio=ratio, seal_raw=seal_raw,
    )  # fmt: skip
