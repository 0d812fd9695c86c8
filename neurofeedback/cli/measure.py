"""``neurofeedback measure``: whole-recording measures.

Responsible for the command and for how measures look as text; the measures are `report.measure`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from neurofeedback.acquisition.given_names import given_names
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.cli.console import answer, answer_json, progress_bar, say, stdout
from neurofeedback.cli.options import AsItIs, AsJson, Channels, Montage, StreamName, Strict, Unit
from neurofeedback.errors import UserError
from neurofeedback.report.faa import ReferenceAsymmetry
from neurofeedback.report.measure import measure_recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neurofeedback.report.faa import PairAsymmetry
    from neurofeedback.report.measure import Measures
    from neurofeedback.report.sections import Number, Section
    from neurofeedback.signal.measures.asymmetry import Pair
from neurofeedback.signal.reference import AnyReference


def measure(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A recording; docs/formats.md lists what is read."),
    ],
    as_json: AsJson = False,
    reference: Annotated[
        str,
        typer.Option(
            metavar="REF", help="average, as-recorded, csd, or channels such as Cz or A1,A2."
        ),
    ] = "average",
    pair: Annotated[
        list[str] | None,
        typer.Option(metavar="LEFT/RIGHT", help="A pair such as F3/F4; can be repeated."),
    ] = None,
    unit: Unit = None,
    as_it_is: AsItIs = False,
    strict: Strict = False,
    channels: Channels = None,
    montage: Montage = None,
    stream: StreamName = None,
) -> None:
    """Measure a whole recording: asymmetry, alpha frequency, medial-frontal theta."""
    pairs = None if not pair else [parse_pair(text) for text in pair]
    given = given_names(channels, montage)
    with progress_bar(f"Measuring {file.name}", quiet=as_json) as progress:
        recording = load_recording(
            file, stream=stream, unit=unit, as_it_is=as_it_is, strict=strict, given=given
        )
        measures = measure_recording(recording, parse_reference(reference), pairs, progress)
    if as_json:
        answer_json(measures.to_dict())
    else:
        show(measures)


def parse_reference(text: str) -> AnyReference:
    """Return the reference that `text` names; other words are names of channels."""
    if text == "average":
        return "average"
    if text == "as-recorded":
        return "as-recorded"
    if text == "csd":
        return "csd"
    return tuple(name.strip() for name in text.split(",") if name.strip())


def parse_pair(text: str) -> Pair:
    """Return the channels of ``LEFT/RIGHT``.

    Raises
    ------
    UserError
        If `text` is not two names with a slash between them.
    """
    names = [name.strip() for name in text.split("/")]
    if len(names) != 2 or not all(names):
        raise UserError(
            "--pair {text}: write the pair as LEFT/RIGHT, for example F3/F4.", text=text
        )
    return names[0], names[1]


def show(measures: Measures) -> None:
    """Print the measures for a person, with what one must know to compare them."""
    m, method = measures, measures.method
    for note in m.notes:
        say(note, style="yellow")
    answer(f"{m.name}: {m.seconds:.1f} s, {m.sfreq:g} Hz, {len(m.eeg_channels)} EEG channels")
    if m.faa or m.faa_left_out:
        answer(f"\nfrontal alpha asymmetry (FAA), {_band(method.band)}; {method.window}")
        _show_asymmetries(m)
        for sentence in m.sentences:
            answer(sentence)
    elif m.faa_missing:
        answer(f"\nfrontal alpha asymmetry (FAA)\nnot measured: {m.faa_missing}")
    if m.occipital_alpha is not None:
        power = f"{m.occipital_alpha:.3g} {_unit(m.power_unit)}"
        answer(f"\nalpha at O1 and O2: {power} ({_band(method.band)}; {method.reference})")
    for section in m.sections:
        _show_section(section)


def _show_asymmetries(measures: Measures) -> None:

    chosen = measures.method.reference
    first = ReferenceAsymmetry(
        chosen, measures.power_unit, 0, measures.faa, None, left_out=measures.faa_left_out
    )
    others = (other for other in measures.faa_by_reference if other.reference != chosen)
    for one in (first, *others):
        if one.missing and not one.left_out:
            answer(f"reference: {one.reference}; not measured: {one.missing}")
            continue
        answer(f"reference: {one.reference}; power in {_unit(one.power_unit)}")
        if one.pairs:
            stdout().print(_asymmetries(one.pairs))
        for out in one.left_out:
            answer(f"  {out.left}/{out.right} not measured: {out.reason}.")


def _asymmetries(pairs: Sequence[PairAsymmetry]) -> Table:

    table = Table("  pair", box=None, pad_edge=False, header_style="bold")
    for name in ("FAA", "(R-L)/(R+L)", "dB", "P left", "P right"):
        table.add_column(name, justify="right", min_width=9)
    for pair in pairs:
        table.add_row(
            f"  {pair.left}/{pair.right}",
            f"{pair.value:+.4f}",
            f"{pair.ratio:+.4f}",
            f"{pair.decibels:+.3f}",
            f"{pair.power_left:.3g}",
            f"{pair.power_right:.3g}",
        )
    return table


def _show_section(section: Section) -> None:

    answer(f"\n{section.title}")
    if section.missing:
        answer(f"not measured: {section.missing}")
        return
    how = list(dict.fromkeys(_how(number) for number in section.numbers))
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=False)
    for number in section.numbers:
        mark = f"({how.index(_how(number)) + 1})" if len(how) > 1 else ""
        value = "none" if number.value is None else f"{number.value:.4g} {_unit(number.unit)}"
        band = "" if number.band is None else _band(number.band)
        table.add_row(number.name, value, band, mark)
    stdout().print(table)
    for i, words in enumerate(how):
        answer(f"({i + 1}) {words}" if len(how) > 1 else words)
    for sentence in section.sentences:
        answer(sentence)


def _how(number: Number) -> str:
    return f"reference: {number.reference}; {number.window}"


def _band(band: tuple[float, float]) -> str:
    return f"{band[0]:.4g}-{band[1]:.4g} Hz"


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit.replace("u", "µ", 1).replace("^2", "²")
