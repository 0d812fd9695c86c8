"""What the baseline of a session gave, and how the electrodes were.

Responsible for what the log says of the fit, for the individual alpha frequency where the session
did not need it, and for verdicts on the electrodes. Not responsible for how any of these is found
(`signal`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.summary_blocks import BASELINE, SessionTable
from neurofeedback.report.summary_parts import (
    Baseline,
    Block,
    Electrode,
    Electrodes,
    Estimator,
)
from neurofeedback.signal.baseline_alpha import AlphaBaseline, BaselineAlpha
from neurofeedback.signal.hops import hop_length
from neurofeedback.signal.quality import ChannelState, assess
from neurofeedback.words.message import Message

STRETCH = 20.0  # s that the electrodes are judged from, three times
PLACES = ("beginning", "middle", "end")
_WORST_FIRST = ("bad", "fair", "good")


def make_baseline(
    reader: SessionReader,
    spec: ProtocolSpec | None,
    table: SessionTable,
    blocks: Sequence[Block],
    events: Sequence[Event],
) -> Baseline | None:
    """Return what came of the last baseline; None where there was none.

    Parameters
    ----------
    reader : SessionReader
    spec : ProtocolSpec or None
        None where the protocol cannot be understood.
    table, blocks, events
        The session's.
    """
    places = [i for i, block in enumerate(blocks) if block.phase == BASELINE]
    if not places:
        return None
    block, (event, span) = blocks[places[-1]], table.spans[places[-1]]
    end = int(table.rows.samples[span.stop - 1]) if span.stop > span.start else event.sample
    learnt = [e for e in events if e.sample >= end]
    fits = [e.details for e in learnt if e.kind is EventKind.ESTIMATOR_FITTED]
    alphas = [e.details for e in learnt if e.kind is EventKind.ALPHA_MEASURED]
    used = bool(alphas)
    peak, words = _logged(alphas[0]) if alphas else (None, "")
    if not alphas and spec is not None and block.ended_by:
        found = _alpha(reader, spec, event.sample, end + 1)
        peak, words = found.peak, found.words
    return Baseline(
        clean_seconds=block.clean_seconds,
        wanted_seconds=_number(event.details.get("seconds")),
        through=bool(block.ended_by),
        alpha_peak=peak,
        alpha_words=words,
        alpha_used=used,
        estimators=tuple(map(_estimator, fits)),
    )


def make_electrodes(reader: SessionReader) -> Electrodes | None:
    """Judge the electrodes at the beginning, in the middle and at the end; None if too short."""
    info, n = reader.info, reader.n_samples
    length = min(n, round(STRETCH * info.sfreq))
    whole = n < 3 * length
    starts = [0] if whole else [0, (n - length) // 2, n - length]
    places = {name: tuple(map(float, place)) for name, place in positions().items()}
    bads = reader.start.bads
    states: list[tuple[ChannelState, ...]] = []
    for start in starts:
        try:
            data = read_samples(reader, start, n if whole else start + length)[0]
        except UserError:
            continue  # it is among the damage that the summary tells of
        states.append(assess(data, info, positions=places))
    states = [found for found in states if found]
    if not states:
        return None
    worst = [_worst(one) for one in zip(*states, strict=True) if one[0].name not in bads]
    poor = tuple(electrode for electrode in worst if electrode.light != "good")
    judged = (n if whole else len(states) * length) / info.sfreq
    return Electrodes(judged, len(worst) - len(poor), poor, tuple(bads))


def read_samples(reader: SessionReader, start: int, stop: int) -> tuple[FloatArray, list[int]]:
    """Return recorded samples, counted from 0, and before which of them some are missing.

    Parameters
    ----------
    reader : SessionReader
    start, stop : int
        Positions in the recording; at most what can be read is returned.

    Returns
    -------
    data : ndarray, shape (n_times, n_channels)
        Volts.
    gaps : list of int
        Rows of `data`.

    Raises
    ------
    DamagedSession
        If a checksum does not hold.
    """
    position, parts, gaps = 0, [], []
    for index, row in enumerate(reader.chunk_rows):
        if position < stop and position + row.n_times > start:
            if row.gap != 0.0 and position > start:
                gaps.append(position - start)
            data = reader.read_chunk(index).data
            parts.append(data[max(0, start - position) : stop - position])
        position += row.n_times
    return (np.concatenate(parts) if parts else np.empty((0, reader.info.n_channels))), gaps


def _alpha(reader: SessionReader, spec: ProtocolSpec, start: int, stop: int) -> BaselineAlpha:
    """Measure the individual alpha frequency between two absolute sample numbers."""
    info, settings = reader.info, spec.signal
    hop = hop_length(info.sfreq, settings.montage.hop)
    first = reader.chunk_rows[0].first_sample if reader.chunk_rows else 0
    try:
        alpha = AlphaBaseline(
            info, settings.montage.reference, reader.start.bads, settings.gate, hop
        )
        data, gaps = read_samples(reader, max(0, start - first), stop - first)
    except UserError as error:
        return BaselineAlpha(None, (), error.message)
    if not alpha.enough:
        return BaselineAlpha(None, alpha.channels, _too_few(info, alpha))
    alpha.clear()
    n_hops = len(data) // hop
    apart = np.zeros(n_hops, dtype=bool)
    apart[[gap // hop for gap in gaps if gap // hop < n_hops]] = True
    alpha.add(data[: n_hops * hop].reshape(n_hops, hop, info.n_channels), apart)
    return alpha.measure()


def _too_few(info: StreamInfo, alpha: AlphaBaseline) -> Message:
    return Message(
        "No alpha peak was looked for: {stream!r} has {n} posterior channels.",
        stream=info.name,
        n=len(alpha.channels),
    )


def _logged(details: Mapping[str, Any]) -> tuple[float | None, str]:
    return _number(details.get("peak")), str(details.get("words", ""))


def _estimator(details: Mapping[str, Any]) -> Estimator:
    name, fidelity = str(details.get("estimator", "")), details.get("fidelity")
    found = fidelity.get(name) if isinstance(fidelity, Mapping) else None
    band = details.get("band")
    return Estimator(
        feature=str(details.get("feature", "")),
        estimator=name,
        fidelity=_number(found),
        judged_seconds=_number(details.get("judged_seconds")) or 0.0,
        band=tuple(map(float, band)) if isinstance(band, list) else (),
        lag=_number(details.get("lag")) or 0.0,
    )


def _worst(states: Sequence[ChannelState]) -> Electrode:
    ranks = [_WORST_FIRST.index(state.light) for state in states]
    at = ranks.index(min(ranks))
    state = states[at]
    return Electrode(state.name, state.light, state.reason, PLACES[at])


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None
