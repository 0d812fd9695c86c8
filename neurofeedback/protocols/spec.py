"""The protocol: a frozen declaration.

Responsible for what a protocol may say and for the flat list of blocks that it declares. Not
responsible for reading it from a file (`protocols.file.reading`) nor for running it.

Longer than most modules: the declaration of a protocol, field by field, mostly what each one means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from neurofeedback.protocols.consistency import disagreements
from neurofeedback.protocols.rules import TargetRate, ThresholdSettings
from neurofeedback.signal.settings import Name, PipelineSettings, Settings
from neurofeedback.signal.settings_base import refuse
from neurofeedback.words.message import Message

BlockKind = Literal["baseline", "rest", "train", "transfer", "control"]
SCORED: tuple[BlockKind, ...] = ("train", "transfer", "control")  # blocks that need a threshold
LABELS = ("name", "title", "description", "limits", "experimental", "evidence")  # not its meaning
FED_BACK: tuple[BlockKind, ...] = ("train", "control")  # blocks with feedback on the screen
SMOOTHING = 0.07  # s; of the display
# Settings of later versions of the program, by table, with the value that stands for what was done
# before: they count toward the hash only where they say something else.
LATER: dict[str, dict[str, Any]] = {"display": {"smoothing": SMOOTHING}}

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class Condition(Settings):
    """A trained feature and its direction.

    Attributes
    ----------
    feature : str
        Name of one of the declared features.
    direction : {'up', 'down'}
        Whether higher or lower values are rewarded.
    weight : float
        Its share of a weighted score; has no effect if every condition must be met.
    """

    feature: Name
    direction: Literal["up", "down"] = "up"
    weight: float = Field(default=1.0, gt=0.0, le=100.0)


class Inhibit(Settings):
    """A feature that blocks rewards on one side of its limit.

    Attributes
    ----------
    feature : str
        Name of one of the declared features.
    when : {'above', 'below'}
        The side of the limit on which nothing is rewarded.
    percentile : float or None
        The limit as a percentile of the clean baseline, 0 to 100.
    value : float or None
        The limit in the feature's own unit; give exactly one of the two.
    """

    feature: Name
    when: Literal["above", "below"] = "above"
    percentile: float | None = Field(default=None, ge=1.0, le=99.0)
    value: float | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Inhibit:
        if (self.percentile is None) == (self.value is None):
            raise ValueError(Message("give either percentile or value"))
        return self


class TargetSettings(Settings):
    """What is rewarded.

    Attributes
    ----------
    conditions : tuple of Condition
        One, or several that are combined.
    combine : {'weighted', 'all'}
        Several conditions become one score, the weighted sum of their distances from the baseline's
        mean in standard deviations; or each has a threshold and all must be passed.
    inhibits : tuple of Inhibit
        No reward while any of them applies.
    """

    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=16)
    combine: Literal["weighted", "all"] = "weighted"
    inhibits: tuple[Inhibit, ...] = Field(default=(), max_length=16)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features that decide on reward: conditions, then inhibits, once each."""
        trained = [condition.feature for condition in self.conditions]
        return tuple(dict.fromkeys(trained + [inhibit.feature for inhibit in self.inhibits]))


class RewardSettings(Settings):
    """What is shown, and when staying past the threshold earns a reward.

    Attributes
    ----------
    feedback : {'proportional', 'binary'}
        Whether the display follows the distance from the threshold, or is full while the condition
        is met and empty while it is not.
    dwell : float
        Time in s for which the condition must be met without a hold.
    refractory : float
        Shortest time in s between two rewards.
    """

    feedback: Literal["proportional", "binary"] = "proportional"
    dwell: float = Field(default=0.25, ge=0.0, le=10.0)
    refractory: float = Field(default=1.0, ge=0.0, le=60.0)


MARKER = "marker:"  # begins what a block waits for


class BlockSettings(Settings):
    """A block, or several of a kind.

    Attributes
    ----------
    kind : {'baseline', 'rest', 'train', 'transfer', 'control'}
        ``transfer`` is scored but shows no feedback and gives no reward. ``control`` shows
        feedback that does not follow the brain, in every arm.
    seconds : float
        Length in s; for a baseline, the required seconds of clean data.
    repeat : int
        Number of repetitions.
    rest : float
        Seconds of rest between repetitions.
    extend : float
        Longest time in s by which the block is extended to make up for time in which feedback was
        held. (A baseline always waits for its clean data, up to three times its length.)
    eyes : {'open', 'closed'}
        Whether the participant is asked to keep the eyes open or closed.
    instruction : str or None
        Key of one of the instructions, shown before and during the block.
    start : str or None
        ``marker:NAME`` to wait, before each repetition, for a marker of that name from another
        program or a replayed file, or for the operator to start it.
    """

    kind: BlockKind
    seconds: float = Field(gt=0.0, le=7200.0)
    repeat: int = Field(default=1, ge=1, le=100)
    rest: float = Field(default=0.0, ge=0.0, le=3600.0)
    extend: float = Field(default=0.0, ge=0.0, le=3600.0)
    eyes: Literal["open", "closed"] = "open"
    instruction: Key | None = None
    # Left out where it is not used, so that protocols without it keep their hash.
    start: str | None = Field(
        default=None, pattern=rf"^{MARKER}\S(.{{0,58}}\S)?$", exclude_if=lambda start: start is None
    )

    @property
    def awaits(self) -> str:
        """Name of the marker that it waits for; empty for none."""
        return (self.start or "").removeprefix(MARKER)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the schedule as run; see `BlockSettings`."""

    kind: BlockKind
    seconds: float
    extend: float = 0.0
    eyes: Literal["open", "closed"] = "open"
    instruction: str | None = None
    awaits: str = ""


class InstructionSettings(Settings):
    """What the participant is told.

    Attributes
    ----------
    version : str
        Version of the wording, recorded in the log.
    texts : dict
        Text by key and language; English is required.
    """

    version: str = Field(default="1", min_length=1, max_length=20)
    texts: dict[Key, dict[Language, Text]] = Field(default_factory=dict, max_length=100)

    @model_validator(mode="after")
    def _english(self) -> InstructionSettings:
        for key, translations in self.texts.items():
            if "en" not in translations:
                raise ValueError(
                    Message("the instruction {key!r} has no English text ('en')", key=key)
                )
        return self


class DisplaySettings(Settings):
    """What the participant sees and hears.

    Attributes
    ----------
    scene : {'disc', 'bar', 'ring', 'sunrise', 'path', 'rings', 'image', 'video'}
        Of the last two, the picture or the film may be the clinic's own.
    sound : {'none', 'chime', 'tone', 'music'}
        Nothing, a chime at each reward, or the chime and a tone (or the clinic's own music) that
        grows with the value.
    numbers : bool
        Whether the participant sees numbers.
    smoothing : float
        Time constant in s of the low-pass on the way to the picture, which is also the delay it
        adds. More makes the picture calmer and later.
    """

    scene: Literal["disc", "bar", "ring", "sunrise", "path", "rings", "image", "video"] = "disc"
    sound: Literal["none", "chime", "tone", "music"] = "none"
    numbers: bool = False
    smoothing: float = Field(default=SMOOTHING, ge=0.02, le=2.0)


ScaleName = Literal["phq-9", "gad-7", "mood", "expectancy", "today", "strategies"]


class ScaleSettings(Settings):
    """Questionnaires around the session.

    Attributes
    ----------
    before, after : tuple of {'phq-9', 'gad-7', 'mood', 'expectancy', 'today', 'strategies'}
        The last three were made for this program and are not validated: what is expected of the
        training (asked once), sleep, motivation and medication, and what was tried in the rounds.
    """

    before: tuple[ScaleName, ...] = ()
    after: tuple[ScaleName, ...] = ()


LEAST_FREE_SHIFT = 60.0  # s; values nearer than that follow the brain over 20 to 40 s


class ControlSettings(Settings):
    """What is fed back in the control arm.

    Attributes
    ----------
    kind : {'yoked', 'time-shifted', 'phase-scrambled'}
        Another participant's recorded features; the participant's own features, `shift` s earlier;
        or pieces of the participant's own past in random order.
    shift : float
        Shift for ``time-shifted``, in s of clean data. Below 60 s what is fed back still follows
        the brain over 20 to 40 s.
    """

    kind: Literal["yoked", "time-shifted", "phase-scrambled"]
    shift: float = Field(default=LEAST_FREE_SHIFT, ge=10.0, le=600.0)


def _doi(text: str) -> str:
    if not text.startswith("10.") or "/" not in text or len(text) > 120 or " " in text:
        raise ValueError(
            Message("{text!r} is not a DOI such as 10.1016/j.brat.2017.02.002", text=text[:60])
        )
    return text


class ProtocolSpec(Settings):
    """A whole protocol.

    Attributes
    ----------
    version : int
        Version of this file format; 1.
    name : str
        Name, also used in the names of recorded files.
    title : str
        One line for people to read.
    description : str
        What it trains and how, for people to read.
    limits : str
        What it cannot do, for people to read.
    experimental : bool
        Whether the measure it trains is itself uncertain; shown wherever the protocol is offered.
    evidence : tuple of str
        DOIs of the evidence.
    signal : PipelineSettings
        Montage, features and artefact gate.
    target : TargetSettings or None
        None for a protocol that only measures: it has no block that is scored.
    threshold : ThresholdSettings
    reward : RewardSettings
    blocks : tuple of BlockSettings
        In order; a baseline comes before the first block that is scored.
    instructions : InstructionSettings
    display : DisplaySettings
    scales : ScaleSettings
    control : ControlSettings or None
        What the control arm receives as feedback; None if the protocol has no control arm.
    seed : int
        Random seed, unless a study sets one.
    """

    version: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
    title: str = Field(min_length=1, max_length=120)
    description: str = Field(default="", max_length=4000)
    limits: str = Field(default="", max_length=4000)
    experimental: bool = False
    evidence: tuple[Annotated[str, AfterValidator(_doi)], ...] = Field(default=(), max_length=50)
    signal: PipelineSettings
    target: TargetSettings | None = None
    threshold: ThresholdSettings = TargetRate()
    reward: RewardSettings = RewardSettings()
    blocks: tuple[BlockSettings, ...] = Field(min_length=1, max_length=200)
    instructions: InstructionSettings = InstructionSettings()
    display: DisplaySettings = DisplaySettings()
    scales: ScaleSettings = ScaleSettings()
    control: ControlSettings | None = None
    seed: int = Field(default=0, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _consistent(self) -> ProtocolSpec:
        refuse(type(self).__name__, [*disagreements(self.model_dump())])
        return self

    @property
    def target_rate(self) -> float | None:
        """Share of clean time that the threshold aims at; None where it aims at none."""
        return self.threshold.rate

    @property
    def trained(self) -> Condition | None:
        """The one condition of a protocol that trains a single feature; None for any other."""
        conditions = self.target.conditions if self.target else ()
        return conditions[0] if len(conditions) == 1 else None

    def iter_blocks(self) -> Iterator[Block]:
        """Yield the blocks in the order they are run, repetitions and rests written out."""
        for b in self.blocks:
            for i in range(b.repeat):
                if i and b.rest > 0:
                    yield Block("rest", b.rest)
                yield Block(b.kind, b.seconds, b.extend, b.eyes, b.instruction, b.awaits)

    @property
    def meaning(self) -> dict[str, Any]:
        """Everything that can alter what is computed, shown or told, as plain JSON types.

        What a protocol is called and what is said about it (`LABELS`) is left out.
        """
        return self.model_dump(mode="json", exclude=set(LABELS))

    @property
    def hash(self) -> str:
        """SHA-256 of the protocol's meaning: equal for files that declare the same protocol."""
        meaning = {**self.meaning}
        for table, settings in LATER.items():
            meaning[table] = {
                k: v for k, v in meaning[table].items() if k not in settings or settings[k] != v
            }
        canonical = json.dumps(_positive_zero(meaning), sort_keys=True, allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def _positive_zero(value: Any) -> Any:
    """Return plain values with -0.0 written as 0.0, to which it is equal."""
    if isinstance(value, dict):
        return {key: _positive_zero(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_positive_zero(inner) for inner in value]
    return value + 0.0 if isinstance(value, float) else value
