"""How states, causes, times and features are put into words for a person.

Responsible for wording and for units as read by people (microvolts, minutes and seconds).
Not responsible for layout. Knows no Qt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from neurofeedback.frames import FeatureDescriptor, StreamInfo
from neurofeedback.protocols.spec import Block, ProtocolSpec
from neurofeedback.session.status import RunState

PHASES = {
    "baseline": "Baseline",
    "rest": "Rest",
    "train": "Training",
    "transfer": "Transfer",
    "control": "Control",
    "done": "Finished",
}

STATES = {
    RunState.READY: "Ready",
    RunState.RUNNING: "Running",
    RunState.PAUSED: "Paused",
    RunState.STOPPING: "Ending",
    RunState.FINISHED: "Finished",
    RunState.FAILED: "Failed",
}

_CAUSES = {
    "amplitude": "{} moved more than the amplitude limit (movement, blink, loose electrode)",
    "flat": "{} is flat (loose or bridged electrode)",
    "not a number": "{} delivers no values",
    "railed": "{} is at the limit of the amplifier (loose electrode, or electrode offset)",
    "gradient": "{} jumped (electrode pop, touched cable)",
    "line noise": "{} picks up the mains (check ground and contact)",
    "muscle": "muscle tension at {} (jaw, forehead, neck)",
    "blink": "blink at {}",
}

_REASONS = {
    "settling": "the filters are settling",
    "paused": "paused by the operator",
    "gap": "samples are missing before this moment",
    "rebuilt": "too much of the signal would be a guess (artifact subspace reconstruction)",
    "stale": "no new samples arrive",
}


def hold_in_words(reason: str) -> str:
    """Put the reason of a hold into words, e.g. ``amplitude F3``; unknown ones stay as they are."""
    if reason in _REASONS:
        return _REASONS[reason]
    for cause, sentence in _CAUSES.items():
        if reason.startswith(cause + " "):
            return sentence.format(reason.removeprefix(cause + " "))
    return reason


def clock(seconds: float) -> str:
    """Write a duration as ``m:ss`` or ``h:mm:ss``; ``-:--`` when it is not a number."""
    if not math.isfinite(seconds):
        return "-:--"
    minutes, rest = divmod(int(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def percent(share: float) -> str:
    """Write a share 0..1 as a whole percentage; a dash when it is not a number."""
    return f"{100 * share:.0f} %" if math.isfinite(share) else "\u2013"


def microvolts(volts: float) -> str:
    """Write a voltage as microvolts, e.g. ``50 \u00b5V``."""
    return f"{volts * 1e6:g} \u00b5V"


def rate(sfreq: float) -> str:
    """Write a sampling rate, e.g. ``160 Hz``."""
    return f"{sfreq:g} Hz"


def feature_line(descriptor: FeatureDescriptor) -> str:
    """Say what the trained number is: ``FAA = ln P(F4) - ln P(F3), 8-13 Hz, reference average``."""
    return f"{descriptor.name.upper()} = {descriptor.label}"


def delay_line(descriptor: FeatureDescriptor, display_delay: float, sound: str = "") -> str:
    """Say how far back the number looks and how late it is shown.

    Parameters
    ----------
    descriptor : FeatureDescriptor
        By the estimator in use.
    display_delay : float
        Delay added by the display's smoothing, s.
    sound : str
        How much later the sound is; nothing where there is none.

    Returns
    -------
    str
        ``window 0.48 s, delay 0.17 s + display 0.07 s``, with dots between.
    """
    return (
        f"window {descriptor.window:.2f} s \u00b7 "
        f"delay {descriptor.delay:.2f} s + display {display_delay:.2f} s"
        f"{', ' if sound else ''}{sound}"
    )


def stream_line(info: StreamInfo) -> str:
    """Describe the stream, e.g. ``S001R01.edf \u00b7 64 channels \u00b7 160 Hz``."""
    return f"{info.name} \u00b7 {info.n_channels} channels \u00b7 {rate(info.sfreq)}"


def block_names(blocks: Sequence[Block]) -> list[str]:
    """Name the blocks of a schedule: ``Baseline, Training 1, Rest, Training 2``."""
    totals = {kind: sum(b.kind == kind for b in blocks) for kind in PHASES}
    seen = dict.fromkeys(PHASES, 0)
    names = []
    for block in blocks:
        seen[block.kind] += 1
        numbered = totals[block.kind] > 1 and block.kind != "rest"
        names.append(f"{PHASES[block.kind]} {seen[block.kind]}" if numbered else PHASES[block.kind])
    return names


def protocol_facts(spec: ProtocolSpec) -> str:
    """Say what a protocol consists of: blocks with their lengths, and the target."""
    total = sum(b.seconds for b in spec.iter_blocks())
    parts = []
    for block in spec.blocks:
        times = f"{block.repeat} \u00d7 " if block.repeat > 1 else ""
        rest = f" with {block.rest:g} s rest" if block.repeat > 1 and block.rest else ""
        parts.append(f"{PHASES[block.kind].lower()} {times}{block.seconds:g} s{rest}")
    course = ", ".join(parts)
    facts = f"{course[0].upper()}{course[1:]}; {clock(total)} (min:s) in all."
    if spec.target is None or spec.target_rate is None:
        return facts
    return f"{facts} Target: past the threshold {percent(spec.target_rate)} of clean time."
