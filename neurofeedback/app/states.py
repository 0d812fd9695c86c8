"""How states, causes, times and features are put into words for a person.

Responsible for wording and for units as read by people (microvolts, minutes and seconds).
Not responsible for layout. Knows no Qt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from neurofeedback.frames import FeatureDescriptor, StreamInfo
from neurofeedback.holds import Hold
from neurofeedback.protocols.spec import Block, BlockSettings, ProtocolSpec
from neurofeedback.session.status import ENDED, RunState, Status
from neurofeedback.session.threads.stream_monitor import STALE_SECONDS
from neurofeedback.words.language import later, number, tr, tr_n

PHASES = {
    "baseline": later("Baseline"),
    "rest": later("Rest"),
    "train": later("Training"),
    "transfer": later("Transfer"),
    "control": later("Control"),
    "done": later("Finished"),
}
_INSIDE = {  # of a sentence
    "baseline": later("baseline"),
    "rest": later("rest"),
    "train": later("training"),
    "transfer": later("transfer"),
    "control": later("control"),
}

STATES = {
    RunState.READY: later("Ready"),
    RunState.RUNNING: later("Running"),
    RunState.PAUSED: later("Paused"),
    RunState.STOPPING: later("Ending"),
    RunState.FINISHED: later("Finished"),
    RunState.FAILED: later("Failed"),
}

STATUS = {  # of a session that is over, as the index has it
    "completed": later("completed"),
    "stopped": later("stopped"),
    "failed": later("failed"),
    "recovered": later("recovered"),
    "unfinished": later("unfinished"),
}

_CAUSES = {
    "amplitude": later(
        "{channel} moved more than the amplitude limit (movement, blink, loose electrode)"
    ),
    "flat": later("{channel} is flat (loose or bridged electrode)"),
    "not a number": later("{channel} delivers no values"),
    "railed": later(
        "{channel} is at the limit of the amplifier (loose electrode, or electrode offset)"
    ),
    "gradient": later("{channel} jumped (electrode pop, touched cable)"),
    "line noise": later("{channel} picks up the mains (check ground and contact)"),
    "muscle": later("muscle tension at {channel} (jaw, forehead, neck)"),
    "blink": later("blink at {channel}"),
    "region": later("region {channel} explains {percent} %"),
    "settling": later("the filters are settling"),
    "paused": later("paused by the operator"),
    "gap": later("samples are missing before this moment"),
    "rebuilt": later("too much of the signal would be a guess (artifact subspace reconstruction)"),
    "stale": later("no new samples arrive in time"),
    "rate": later("the stream does not deliver the rate it declares"),
    "repeated": later("the same samples arrive again"),
    "unit": later("the unit of the stream is probably wrong"),
    "bridge": later("the electrodes {channel} measure the same point (bridge)"),
    "no signal": later("{channel} measures nothing (shorted, or connected with the reference)"),
}

CONCEALED = later(
    "In a session of a study no feedback is shown here: seeing it could reveal the arm."
)

SILENT = later("Not possible now: no samples arrive. It is possible again once they do.")


def silent_words(status: Status) -> str:
    """Say why no command can act on a session now; empty where it can."""
    if status.since_sample <= STALE_SECONDS or status.state in ENDED:
        return ""
    return tr(SILENT)


def hold_in_words(reason: Hold | str) -> str:
    """Put the reason of a hold into words; unknown ones stay as they are.

    Parameters
    ----------
    reason : Hold or str
        A text as `Hold` writes it, e.g. ``amplitude F3``.
    """
    hold = reason if isinstance(reason, Hold) else Hold.read(reason)
    if hold.cause not in _CAUSES:
        return tr(reason if isinstance(reason, str) else str(reason))
    return tr(_CAUSES[hold.cause], channel=hold.channel, percent=hold.percent)


def status_words(status: str) -> str:
    """Say how a session ended, e.g. ``completed``; unknown words stay as they are."""
    return tr(STATUS.get(status, status))


def phase_words(kind: str) -> str:
    """Name a kind of block, e.g. ``Training``; unknown ones stay as they are."""
    return tr(PHASES.get(kind, kind))


def phase_in_a_sentence(kind: str) -> str:
    """Name a kind of block within a sentence, e.g. ``training``; unknown ones stay as they are."""
    return tr(_INSIDE.get(kind, kind))


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
    return f"{number(volts * 1e6, 'g')} \u00b5V"


def rate(sfreq: float) -> str:
    """Write a sampling rate, e.g. ``160 Hz``."""
    return f"{number(sfreq, 'g')} Hz"


def feature_line(descriptor: FeatureDescriptor) -> str:
    """Say what the trained number is: ``FAA = ln P(F4) - ln P(F3), 8-13 Hz, reference average``."""
    return f"{descriptor.name.upper()} = {tr(descriptor.label)}"


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
    words = tr(
        "window {window} s \u00b7 delay {delay} s + display {display} s",
        window=number(descriptor.window, ".2f"), delay=number(descriptor.delay, ".2f"),
        display=number(display_delay, ".2f"),
    )  # fmt: skip
    return f"{words}, {sound}" if sound else words


def stream_line(info: StreamInfo) -> str:
    """Describe the stream, e.g. ``S001R01.edf \u00b7 64 channels \u00b7 160 Hz``."""
    channels = tr_n("{n} channel", "{n} channels", info.n_channels)
    return f"{info.name} \u00b7 {channels} \u00b7 {rate(info.sfreq)}"


def block_names(blocks: Sequence[Block]) -> list[str]:
    """Name the blocks of a schedule: ``Baseline, Training 1, Rest, Training 2``."""
    totals = {kind: sum(b.kind == kind for b in blocks) for kind in PHASES}
    seen = dict.fromkeys(PHASES, 0)
    names = []
    for block in blocks:
        seen[block.kind] += 1
        numbered = totals[block.kind] > 1 and block.kind != "rest"
        name = phase_words(block.kind)
        names.append(f"{name} {seen[block.kind]}" if numbered else name)
    return names


def protocol_facts(spec: ProtocolSpec) -> str:
    """Say what a protocol consists of: blocks with their lengths, and the target."""
    total = sum(b.seconds for b in spec.iter_blocks())
    course = ", ".join(_part_of_course(block) for block in spec.blocks)
    facts = tr(
        "{course}; {total} (min:s) in all.",
        course=f"{course[0].upper()}{course[1:]}", total=clock(total),
    )  # fmt: skip
    if spec.target is None or spec.target_rate is None:
        return facts
    share = percent(spec.target_rate)
    return f"{facts} {tr('Target: past the threshold for {share} of clean time.', share=share)}"


def _part_of_course(block: BlockSettings) -> str:
    kind, seconds = phase_in_a_sentence(block.kind), number(block.seconds, "g")
    if block.repeat <= 1:
        return tr("{kind} {seconds} s", kind=kind, seconds=seconds)
    course = tr("{kind} {n} \u00d7 {seconds} s", kind=kind, n=block.repeat, seconds=seconds)
    if not block.rest:
        return course
    return tr("{course} with {rest} s rest", course=course, rest=number(block.rest, "g"))
