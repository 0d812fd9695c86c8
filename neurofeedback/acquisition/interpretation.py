"""What a reader found, as the program understands it.

Responsible for the steps that all formats share: names, types, units, the values as they are
stored, and for refusing what cannot be used. Not responsible for any format, nor for how names
(`naming`) and units (`units`) are understood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from neurofeedback.acquisition.amplitude import doubtful_unit
from neurofeedback.acquisition.given_names import GivenNames
from neurofeedback.acquisition.header_filters import possible
from neurofeedback.acquisition.impedance import types_by_unit
from neurofeedback.acquisition.losses import from_gaps
from neurofeedback.acquisition.naming import describe_channels, name_channels
from neurofeedback.acquisition.recorded import RawRecording, Recording
from neurofeedback.acquisition.resolution import coarse, offsets_of
from neurofeedback.acquisition.samples import PickedRows, Rows, StoredRows, Stretches
from neurofeedback.acquisition.units import (
    VOLTAGE_TYPES,
    Scaling,
    is_declared,
    scaling,
    volts_per_unit,
)
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.words.message import Message


def settle(
    raw: RawRecording,
    *,
    unit: str | None,
    where: str,
    as_it_is: bool = False,
    strict: bool = False,
    given: GivenNames | None = None,
) -> Recording:
    """Settle names, types and units, and bring the values to what is stored.

    Parameters
    ----------
    raw : RawRecording
        Not used again by the caller.
    unit : str or None
        The user's word on the unit, see `units.scaling`.
    where : str
        The file, for messages.
    as_it_is : bool
        Go on, with a note, if the samples are not of the size of EEG in the units of the file.
    strict : bool
        Refuse a file that is broken in places, instead of reading what is there.
    given : GivenNames, optional
        Names of electrodes that the user gives.

    Raises
    ------
    UserError
        If there are no channels or samples, the rate is impossible, the unit is unknown, or the
        samples are not of the size of EEG and the user has said neither `unit` nor `as_it_is`; or
        if the user names channels that are not there.
    """
    raw.ch_types = list(types_by_unit(raw.ch_types, raw.units))
    if unit is None:
        _leave_out_unknown_units(raw)
    _refuse_unusable(raw, where, strict=strict)
    chosen = {} if given is None else given.resolve(raw.labels, where)
    named = name_channels(raw.labels, raw.ch_types, chosen, where)
    scaled = scaling(
        raw.units,
        named.types,
        unit=unit,
        values=raw.values,
        sfreq=raw.sfreq,
        where=where,
        ch_names=named.names,
        applied=raw.applied,
    )
    highpass, lowpass, on_filters = possible(
        raw.name,
        raw.corners,
        raw.sfreq,
        named.names,
        [i for i, kind in enumerate(named.types) if kind == "eeg"],
    )
    info = StreamInfo(
        name=raw.name,
        source_id=raw.source_id,
        sfreq=float(raw.sfreq),
        ch_names=named.names,
        ch_types=named.types,
        units=scaled.units,
        native_unit=scaled.native_unit,
        origin="file",
        labels=tuple(raw.labels) if chosen else (),
        reference=named.reference,
        highpass=highpass,
        lowpass=lowpass,
    )
    samples = StoredRows(raw.values, scaled.factors, info.storage_scale)
    doubt = _doubt(samples, info, scaled, where, go_on=unit is not None or as_it_is)
    # Of a wrong unit all follows, the offset too: it alone is to be mended.
    rounded = None if doubt else coarse(offsets_of(samples), info, info.eeg)
    names = (*raw.damage, *raw.notes, *_on_labels(raw), *on_filters, *named.notes)
    missing = np.array([gap.seconds for gap in raw.gaps])
    return Recording(
        info=info,
        samples=Stretches(samples),
        times=raw.timestamps,
        gaps=tuple(raw.gaps),
        annotations=tuple(sorted(raw.annotations, key=lambda a: a.onset)),
        notes=tuple(note for note in (*names, scaled.note, doubt, rounded) if note),
        timing=raw.timing or from_gaps(missing, raw.sfreq, raw.values.shape[0]),
    )


def _refuse_unusable(raw: RawRecording, where: str, *, strict: bool) -> None:
    """Refuse what holds no signal, and what is broken where the user wants it whole."""
    if strict and raw.damage:
        raise UserError(
            "{where} is not whole: {damage} Get a fresh copy of it, or read what is there "
            "without --strict.",
            where=where,
            damage=raw.damage[0],
        )
    if raw.values.shape[1] == 0:
        raise UserError("{where} holds no channels of signal.", where=where)
    if raw.values.shape[0] == 0:
        raise UserError("{where} holds no samples: the recording is empty.", where=where)


def _doubt(
    samples: Rows, info: StreamInfo, scaled: Scaling, where: str, *, go_on: bool
) -> Message | None:
    """Return what is to be said of EEG of an impossible size; refuse it unless asked to go on."""
    doubt = doubtful_unit(samples, info, scaled.stored)
    if doubt is None:
        return None
    if not go_on:
        raise UserError(
            "{where}: {doubt}: give the right one with --unit, or use the samples as "
            "they are with --as-it-is.",
            where=where,
            doubt=doubt,
        )
    return Message("{where}: {doubt}; it is used all the same, as asked.", where=where, doubt=doubt)


def _on_labels(raw: RawRecording) -> Iterator[Message]:
    twice = [label for label, n in Counter(raw.labels).items() if n > 1 and label]
    if twice:
        yield Message(
            "{name} has several signals of the same name: {names}.",
            name=raw.name, names=", ".join(twice),
        )  # fmt: skip


def _leave_out_unknown_units(raw: RawRecording) -> None:
    """Leave out channels whose unit is not understood, where that of others is."""
    _, types = describe_channels(raw.labels, raw.ch_types)
    wanted = [i for i, kind in enumerate(types) if kind in VOLTAGE_TYPES]
    odd = {i for i in wanted if is_declared(raw.units[i]) and not volts_per_unit(raw.units[i])}
    if not odd or not any(is_declared(raw.units[i]) for i in set(wanted) - odd):
        return
    raw.damage += [
        Message(
            "{name}: channel {label} is left out, since its unit {unit!r} is not understood.",
            name=raw.name, label=raw.labels[i], unit=raw.units[i],
        )
        for i in sorted(odd)
    ]  # fmt: skip
    kept = [i for i in range(len(types)) if i not in odd]
    raw.values = PickedRows(raw.values, kept)
    raw.labels = [raw.labels[i] for i in kept]
    raw.ch_types = [raw.ch_types[i] for i in kept]
    raw.units = [raw.units[i] for i in kept]
    raw.applied = [raw.applied[i] for i in kept] if raw.applied else []
    raw.corners = [raw.corners[i] for i in kept] if raw.corners else []
