"""``neurofeedback protocols fidelity``: how well feedback would follow one brain, by its delay.

Responsible for printing what `session.explain.fidelity` finds.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.cli.console import answer, answer_json, progress_bar
from neurofeedback.cli.options import AsJson
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.session.explain.fidelity import fidelity_of

WIDTH = 40  # characters of a bar from r = 0 to 1


def fidelity(
    protocol: Annotated[str, typer.Argument(metavar="PROTOCOL", help="A name, or a .toml file.")],
    file: Annotated[Path, typer.Option("--file", help="A recording of the participant at rest.")],
    as_json: AsJson = False,
) -> None:
    """Tell how well feedback would follow the brain at each lag that a protocol may choose."""
    spec = load_protocol(protocol)
    with progress_bar("Judging the baseline", quiet=as_json):
        recording = load_recording(file)
        found = fidelity_of(spec, recording.info, recording.data)
    if as_json:
        answer_json(asdict(found))
        return
    answer(f"{found.feature}, from {found.clean_seconds:.0f} s of clean data; r \u00b1 its error:")
    for point in found.points:
        bar = "#" * round(WIDTH * max(0.0, point.r))
        answer(
            f"  {1e3 * point.lag:4.0f} ms ago  {point.r:.2f} \u00b1 {point.error:.2f}  "
            f"{bar.ljust(WIDTH)}  {point.estimator}"
        )
    answer("Set `lag` of the feature's envelope to show a moment that is known better than now.")
    if found.note is not None:
        answer(found.note)
