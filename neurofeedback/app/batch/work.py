"""What a batch does to one recording.

Responsible for the rows of a recording, made by the engine of sessions or by `report.measure`, and
for what they depend on. Not responsible for keeping them (`kept`) nor for columns (`tables`).
"""

from __future__ import annotations

import importlib.metadata
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from neurofeedback.acquisition.given_names import GivenNames
from neurofeedback.acquisition.replay import ReplaySource, load_recording
from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk
from neurofeedback.holds import AT_ELECTRODES, Hold
from neurofeedback.protocols.commands import ABORT
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.report.faa import ReferenceAsymmetry
from neurofeedback.report.measure import Measures, measure_recording
from neurofeedback.session.engine import SessionEngine, frame_seconds
from neurofeedback.session.offline import run_offline
from neurofeedback.session.prepare import versions
from neurofeedback.session.sink import Frames, NullSink, Record
from neurofeedback.signal.power.prior import prior_or_none
from neurofeedback.trial.tables import Row

SOFTWARE = ("neurofeedback", "python", "numpy", "scipy", "mne")
ALPHA_AT = "alpha at O1 and O2"


@cache
def software() -> dict[str, str]:
    """Return the versions of what results depend on, name to version; empty for none."""
    found = {name: version for name, version in versions().items() if name in SOFTWARE}
    prior, _ = prior_or_none()
    found["prior"] = "" if prior is None else prior.hash
    try:
        found["specparam"] = importlib.metadata.version("specparam")
    except importlib.metadata.PackageNotFoundError:
        found["specparam"] = ""
    return found


@dataclass(frozen=True, slots=True)
class Work:
    """What is done to every recording of a batch.

    Parameters
    ----------
    spec : ProtocolSpec or None
        The protocol; where recordings are measured, the reference is taken from it, and None is for
        the average.
    measured : bool
        Measure recordings, instead of running the protocol on them.
    unit, as_it_is, strict, given
        See `load_recording`.
    bads : tuple of str
        Channels to leave out.
    versions : mapping
        What `software` found where the batch was started; workers must have the same.
    """

    spec: ProtocolSpec | None
    measured: bool = False
    unit: str | None = None
    as_it_is: bool = False
    strict: bool = False
    given: GivenNames | None = None
    bads: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=software)

    @property
    def name(self) -> str:
        """What the table is called."""
        return "measures" if self.measured or self.spec is None else self.spec.name

    def identity(self) -> dict[str, Any]:
        """Return all that rows depend on besides the recording, as plain JSON types."""
        return {
            "measured": self.measured,
            "protocol": None if self.spec is None else self.spec.hash,
            "unit": self.unit,
            "as_it_is": self.as_it_is,
            "strict": self.strict,
            "given": None if self.given is None else asdict(self.given),
            "bads": sorted(self.bads),
            "versions": dict(self.versions),
        }

    def rows(self, path: Path) -> list[Row]:
        """Return the rows of a recording: one for each block, or for each number.

        Raises
        ------
        UserError
            If the recording cannot be read or does not serve, or this computer has other versions.
        """
        others = {n: v for n, v in software().items() if v != self.versions.get(n)}
        if others:
            name, here = next(iter(others.items()))
            raise UserError(
                "A worker has version {here} of {name}, and the batch was started with {wanted}: "
                "install the same versions everywhere.",
                here=here or "-",
                name=name,
                wanted=self.versions.get(name) or "-",
            )
        return self._measured(path) if self.measured else self._run(path)

    def _measured(self, path: Path) -> list[Row]:
        recording = load_recording(
            path, unit=self.unit, as_it_is=self.as_it_is, strict=self.strict, given=self.given
        )
        reference = "average" if self.spec is None else self.spec.signal.montage.reference
        measures = measure_recording(recording, reference)
        known = {
            "seconds": measures.seconds,
            "rate": measures.sfreq,
            "notes": _text(measures.notes),
        }
        return [{**known, **row} for row in _numbers(measures)]

    def _run(self, path: Path) -> list[Row]:
        assert self.spec is not None
        source = ReplaySource(
            path, unit=self.unit, as_it_is=self.as_it_is, strict=self.strict, given=self.given
        )
        info = source.open()
        engine = SessionEngine(info, self.spec, self.bads, prior=prior_or_none()[0])
        blocks = _Blocks(frame_seconds(info, self.spec))
        result = run_offline(source, engine, info.sfreq, blocks)
        if engine.apply(ABORT) is not None:  # the recording was over within a block, which counts
            nothing = Chunk(np.empty((0, info.n_channels)), np.empty(0), source.position)
            blocks.append(engine.step(nothing).events)
        known: Row = {
            "seconds": result.stream_seconds,
            "rate": info.sfreq,
            "notes": _text((*source.notes, *engine.on_filters)),
            "status": result.status,
            "reason": str(result.reason),
            "score": engine.score.name,
            "unit": str(engine.score.unit),
        }
        return [{**known, **row} for row in blocks.rows or [{}]]


class _Blocks(NullSink):
    """Keeps what came of each block; no marker is sent here, so none is repeated."""

    def __init__(self, frame_seconds: float) -> None:
        self.rows: list[Row] = []
        self._frame_seconds = frame_seconds
        self._thresholds: dict[int, float] = {}
        self._contact: dict[int, Counter[str]] = {}  # frames that were held, by block and cause

    def append(self, records: Sequence[Record]) -> None:
        """Keep threshold and bad electrodes of each block from its frames, and ends of blocks."""
        for record in records:
            if isinstance(record, Frames):
                for frame in record.feedback:
                    self._thresholds.setdefault(frame.block, frame.threshold)
                    held = frame.held
                    if held is not None and Hold.read(held).cause in AT_ELECTRODES:
                        self._contact.setdefault(frame.block, Counter())[str(held)] += 1
            elif isinstance(record, Event) and record.kind is EventKind.BLOCK_ENDED:
                self.rows.append(self._row(record.details))

    def _row(self, ended: Mapping[str, Any]) -> Row:
        threshold = self._thresholds.get(ended["block"], math.nan)
        scored = ended["success_rate"] is not None
        contact = {
            cause: n * self._frame_seconds
            for cause, n in self._contact.get(ended["block"], Counter()).most_common()
        }
        return {
            "block": ended["block"],
            "phase": ended["phase"],
            "whole": ended["ended_by"] != ABORT.name,
            "block_seconds": ended["seconds"],
            "clean_seconds": ended["clean_seconds"],
            "contact_seconds": sum(contact.values(), 0.0),
            "contact": "; ".join(f"{c}: {seconds:.1f} s" for c, seconds in contact.items()) or None,
            "mean": ended["mean"],
            "threshold": None if math.isnan(threshold) else threshold,
            "success_rate": ended["success_rate"],
            "rewards": ended["rewards"] if scored else None,
        }


def _numbers(measures: Measures) -> Iterator[Row]:
    """Yield a row for each number, and one for each section that could not be measured."""
    method = measures.method
    band: Row = {"band_low": method.band[0], "band_high": method.band[1], "window": method.window}
    chosen = ReferenceAsymmetry(
        method.reference,
        measures.power_unit,
        method.n_windows,
        measures.faa,
        None,
        measures.faa_missing,
        measures.faa_left_out,
    )
    others = [one for one in measures.faa_by_reference if one.reference != method.reference]
    for one in (chosen, *others):
        shared: Row = {"section": "faa", "reference": str(one.reference), **band}
        for out in one.left_out:
            name = f"FAA {out.left}/{out.right}"
            yield {**shared, "measure": name, "missing": str(out.reason)}
        if one.missing and not one.left_out:
            yield {**shared, "missing": str(one.missing)}
        for pair in one.pairs:
            at = f"{pair.left}/{pair.right}"
            yield {**shared, "measure": f"FAA {at}", "value": pair.value, "value_unit": "ln ratio"}
    if measures.occipital_alpha is not None:
        yield {"section": "faa", "reference": str(method.reference), **band, "measure": ALPHA_AT,
               "value": measures.occipital_alpha, "value_unit": measures.power_unit}  # fmt: skip
    for section in measures.sections:
        if section.missing:
            yield {"section": section.key, "missing": str(section.missing)}
        for number in section.numbers:
            low, high = number.band or (None, None)
            yield {
                "section": section.key,
                "measure": str(number.name),
                "value": number.value,
                "value_unit": str(number.unit),
                "band_low": low,
                "band_high": high,
                "reference": str(number.reference),
                "window": str(number.window),
            }


def _text(notes: Sequence[str]) -> str | None:
    return " ".join(notes) or None
