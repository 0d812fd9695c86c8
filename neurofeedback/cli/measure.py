"""``neurofeedback measure``: whole-recording measures.

Responsible for the command alone; the measures are `report.measure`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.cli.options import AsJson, StreamName, Unit

if TYPE_CHECKING:
    from neurofeedback.report.measure import Measures
    from neurofeedback.signal.reference import Reference


def measure(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Any file that MNE reads, XDF, or OpenBCI text.")
    ],
    as_json: AsJson = False,
    reference: Annotated[
        str,
        typer.Option(metavar="REF", help="average, as-recorded, or channels such as Cz or A1,A2."),
    ] = "average",
    unit: Unit = None,
    stream: StreamName = None,
) -> None:
    """Measure frontal alpha asymmetry over a whole recording."""
    from neurofeedback.acquisition.replay import load_recording
    from neurofeedback.cli.console import answer_json, progress_bar
    from neurofeedback.report.measure import measure_recording

    with progress_bar(f"Measuring {file.name}", quiet=as_json) as progress:
        recording = load_recording(file, stream=stream, unit=unit)
        progress(0.7)
        measures = measure_recording(recording, parse_reference(reference))
    if as_json:
        answer_json(measures.to_dict())
    else:
        show(measures)


def parse_reference(text: str) -> Reference:
    """Return the reference that `text` names; other words are names of channels."""
    if text == "average":
        return "average"
    if text == "as-recorded":
        return "as-recorded"
    return tuple(name.strip() for name in text.split(",") if name.strip())


def show(measures: Measures) -> None:
    """Print the measures for a person, with what one must know to compare them."""
    from rich.table import Table

    from neurofeedback.cli.console import answer, say, stdout

    m, method = measures, measures.method
    for note in m.notes:
        say(note, style="yellow")
    low, high = method.band
    answer(f"{m.name}: {m.seconds:.1f} s, {m.sfreq:g} Hz, {len(m.eeg_channels)} EEG channels")
    answer(f"reference {method.reference}; {low:g}-{high:g} Hz; {method.window}")
    table = Table("pair", "FAA", "left", "right", box=None, pad_edge=False, header_style="bold")
    for pair in m.faa:
        table.add_row(
            f"{pair.left}/{pair.right}",
            f"{pair.value:+.4f}",
            f"{pair.power_left:.3g} µV²/Hz",
            f"{pair.power_right:.3g} µV²/Hz",
        )
    stdout().print(table)
    if m.occipital_alpha is not None:
        answer(f"alpha at O1 and O2: {m.occipital_alpha:.3g} µV²/Hz")
    answer(f"FAA = {method.formula}; {method.sign}.")
    answer("FAA does not diagnose depression. Do not compare it across references.")
