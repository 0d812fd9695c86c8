"""What the summary of a session consists of.

Responsible for the form of a summary, as plain frozen values. Not responsible for computing any of
it (`report.summary`, `summary_blocks`, `summary_baseline`), nor for words (`app.summary_text`).

Values that are not known, or sealed, are None. Seconds of positions count from the first recorded
sample; time that is missing in a gap does not count.

Longer than most modules: values alone, a class for each part of a summary, mostly the docstrings of
their fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from neurofeedback.words.message import Message

FINISHED, ABORTED, FAILED = "finished", "aborted", "failed"
RECOVERED, CRASHED, RUNNING = "recovered", "crashed", "running"

LEAST_SCORED = 30.0  # s of clean data that a block needs for its mean to be worth a look


@dataclass(frozen=True, slots=True)
class Measure:
    """What the protocol trains, by the estimator that was in use after the baseline.

    Parameters
    ----------
    name, unit, label : str
        Name; unit; formula with channels, band and reference.
    window, delay : float
        Effective averaging window of a single value, and how much it lags the brain, s.
    direction : str
        ``up`` or ``down``: which way is trained.
    trained : bool
        False where the protocol only measures.
    segment : float
        Clean data that make one of the means from whose scatter standard errors are taken, s.
    note : str
        Sign convention and limits, to be shown wherever the numbers are.
    """

    name: str
    unit: str
    label: str
    window: float
    delay: float
    direction: str
    trained: bool
    segment: float
    note: str


@dataclass(frozen=True, slots=True)
class Block:
    """One block as it was run; a block that was repeated is there each time.

    Parameters
    ----------
    number : int
        Index in the schedule, from 0.
    phase : str
        ``baseline, rest, train, transfer, control``.
    attempt : int
        From 1.
    ended_by : str
        ``time`` or a command; empty where the session ended first.
    start, seconds, clean_seconds : float
        Where it began, and how long it ran without pauses, s; how much of that was clean.
    mean, error : float or None
        Mean of the measure over the clean data, in its unit, and its standard error; no error where
        fewer than five segments are clean.
    refitted : bool
        Whether `mean` is that of a baseline as the estimator sees it that was fitted to it. Its
        `error` is then that of the estimator before, which is noisier.
    threshold, threshold_end : float or None
        At the first and at the last frame, in the unit of the measure.
    success_rate : float or None
        Share of the clean data past the threshold and without an inhibit, 0..1.
    rewards : int or None
    """

    number: int
    phase: str
    attempt: int
    ended_by: str
    start: float
    seconds: float
    clean_seconds: float
    mean: float | None = None
    error: float | None = None
    refitted: bool = False
    threshold: float | None = None
    threshold_end: float | None = None
    success_rate: float | None = None
    rewards: int | None = None

    @property
    def enough(self) -> bool:
        """Whether enough is clean for the mean to be worth a look."""
        return self.clean_seconds >= LEAST_SCORED


@dataclass(frozen=True, slots=True)
class Hold:
    """How long feedback was held for one cause, in all blocks but rests.

    Parameters
    ----------
    cause : str
        As logged, e.g. ``amplitude F3``. What settles after a cause counts for it.
    times : int
    seconds, share : float
        In all, and as a share of the time of those blocks without pauses, 0..1.
    """

    cause: str
    times: int
    seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Estimator:
    """What was fitted to the baseline for a feature.

    Parameters
    ----------
    feature, estimator : str
    fidelity : float or None
        Expected correlation with the feature at that moment as an offline filter finds it; None
        where too little was clean to tell.
    judged_seconds : float
    band : tuple of float
        Hz.
    lag : float
        How long before it was shown that moment was, by choice, s.
    """

    feature: str
    estimator: str
    fidelity: float | None
    judged_seconds: float
    band: tuple[float, ...]
    lag: float = 0.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """What came of the last baseline.

    Parameters
    ----------
    clean_seconds : float
    wanted_seconds : float or None
        What the protocol asks for.
    through : bool
        Whether it was finished, so that something could be learnt from it.
    alpha_peak : float or None
        Individual alpha frequency, Hz; None without a clear peak.
    alpha_words : str
        What was found, in a sentence; empty where nothing was looked for.
    alpha_used : bool
        Whether the session's bands follow from it; otherwise it was measured afterwards.
    estimators : tuple of Estimator
    """

    clean_seconds: float
    wanted_seconds: float | None
    through: bool
    alpha_peak: float | None = None
    alpha_words: str = ""
    alpha_used: bool = False
    estimators: tuple[Estimator, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """The measure over some seconds of a block.

    Parameters
    ----------
    block : int
        Place in `SessionSummary.blocks`.
    seconds : float
        Middle of the stretch.
    mean : float
        Over its clean data.
    clean : float
        Share of it that is clean, 0..1.
    threshold : float or None
        At its last frame.
    """

    block: int
    seconds: float
    mean: float
    clean: float
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """How the measure changed within the session.

    Parameters
    ----------
    kind : str
        ``slope``: of the straight line through training, a minute; ``last-first``: from the first
        to the last training block; ``baseline``: from the baseline to all training.
    value, error : float
        In the unit of the measure (a minute, for ``slope``), with the standard error.
    clear : bool
        Whether it went in the direction that is trained by more than chance: whether the interval
        lies wholly on that side of zero.
    dof : float or None
        Degrees of freedom of the interval; None where there was too little clean data for one.
    interval : tuple of float or None
        Lowest and highest change that chance leaves open; see `report.change_interval`.
    """

    kind: str
    value: float
    error: float
    clear: bool
    dof: float | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class TrueRewards:
    """What the brain did when rewards were given, as it is seen afterwards.

    Parameters
    ----------
    feature : str
        What was trained.
    rewards : int
        Rewards that could be judged.
    share : float
        Of them, those given while the measure, seen afterwards, was past the threshold, 0..1.
    chance : float
        The share of clean training in which it was: what rewards at random would have had.
    error : float
        Standard error of `share` minus `chance`.
    r : float
        Correlation of what was fed back with the measure in clean training.
    auc : float
        Probability that what was fed back was higher at a moment past the threshold than at one
        that was not.
    seconds : float
        Clean training that could be judged, s.
    lag : float
        How long before it was shown the moment was, by choice, s.
    reliability : float or None
        Correlation of the measure against the mean of one half of the other channels with that
        against the other half: how firm the measure itself is. None for another reference than the
        average, or too few channels.
    """

    feature: str
    rewards: int
    share: float
    chance: float
    error: float
    r: float
    auc: float
    seconds: float
    lag: float
    reliability: float | None


@dataclass(frozen=True, slots=True)
class Electrode:
    """An electrode that was not good all the time; see `signal.quality`.

    Parameters
    ----------
    name : str
    light : str
        ``fair`` or ``bad``: the worst verdict.
    reason : str
    when : str
        ``beginning``, ``middle`` or ``end``: where the worst verdict was passed first.
    """

    name: str
    light: str
    reason: str
    when: str


@dataclass(frozen=True, slots=True)
class Electrodes:
    """How the electrodes were.

    Parameters
    ----------
    judged_seconds : float
        Recording that was looked at: stretches at the beginning, in the middle and at the end.
    n_good : int
    poor : tuple of Electrode
    bads : tuple of str
        Marked bad before the session.
    """

    judged_seconds: float
    n_good: int
    poor: tuple[Electrode, ...]
    bads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote, or a marker.

    Parameters
    ----------
    seconds : float
    kind : str
        ``note`` or ``marker``.
    text : str
    """

    seconds: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Stream:
    """What was recorded.

    Parameters
    ----------
    name, origin : str
        See `frames.StreamInfo`.
    sfreq : float
        Hz.
    n_channels : int
    n_gaps : int
        Places where samples are missing.
    missing_seconds : float
        What is missing there in all.
    true_rate, true_rate_error : float or None
        What time stamps or arrivals measure, with its standard uncertainty, Hz; None where nothing
        measures the rate.
    share_lost, share_lost_error : float
        Share of samples that were lost, 0..1, with its standard uncertainty.
    """

    name: str
    origin: str
    sfreq: float
    n_channels: int
    n_gaps: int
    missing_seconds: float
    true_rate: float | None = None
    true_rate_error: float | None = None
    share_lost: float = 0.0
    share_lost_error: float = 0.0


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """The summary of one session, from its recording alone.

    Parameters
    ----------
    folder : str
    stem : str
        What the names of its files begin with.
    participant : str
        Code.
    session, run : int
    protocol, title : str
        Name, and the line for people.
    experimental : bool
    started : datetime
    seconds : float
        What was recorded.
    status : str
        ``finished``, ``aborted``, ``failed``, ``recovered``, ``crashed`` or ``running``.
    reason : str
        As logged; empty without one.
    through : bool
        Whether the protocol came to its end.
    n_planned : int
        Blocks of the schedule; 0 where the protocol cannot be understood.
    concealed : bool
        Whether the session is part of a blinded study: what was fed back is sealed, and all that
        could tell the arm is missing here.
    study : str
        Name of that study.
    stream : Stream
    blocks : tuple of Block
    holds : tuple of Hold
        Longest first.
    held_share : float
        Share of the time of all blocks but rests in which feedback was held, 0..1.
    paused_seconds : float
    measure : Measure or None
    baseline : Baseline or None
        None without one.
    course : tuple of Point
        Means over 10 s each.
    changes : tuple of Change
    threshold_rule : str
        Empty where nothing is trained.
    target_rate : float or None
        Share of clean data that the threshold aims at.
    success_rate : float or None
        Share of the clean data of all training that was rewarded, 0..1.
    rewards : int or None
    true_rewards : TrueRewards or None
        What the brain did when rewards were given; None where that cannot be told.
    electrodes : Electrodes or None
        None where the recording is too short to judge.
    remarks : tuple of Remark
    sentences : tuple of str
        What must be read beside the numbers.
    versions : mapping
    continues : str
        Folder of the recording that this one goes on from, whose disk failed; empty for none.
    damage : tuple of Message
        What could not be read, a sentence each.
    verification : str
        What is known of a re-run of the session; empty for nothing.
    digest : str
        See `recording.read.digests`; empty for a session that did not end.
    """

    folder: str
    stem: str
    participant: str
    session: int
    run: int
    protocol: str
    title: str
    experimental: bool
    started: datetime
    seconds: float
    status: str
    reason: str
    through: bool
    n_planned: int
    concealed: bool
    study: str
    stream: Stream
    blocks: tuple[Block, ...] = ()
    holds: tuple[Hold, ...] = ()
    held_share: float = 0.0
    paused_seconds: float = 0.0
    measure: Measure | None = None
    baseline: Baseline | None = None
    course: tuple[Point, ...] = ()
    changes: tuple[Change, ...] = ()
    threshold_rule: str = ""
    target_rate: float | None = None
    success_rate: float | None = None
    rewards: int | None = None
    true_rewards: TrueRewards | None = None
    electrodes: Electrodes | None = None
    remarks: tuple[Remark, ...] = ()
    sentences: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    continues: str = ""
    damage: tuple[Message, ...] = ()
    verification: str = ""
    digest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain JSON types, without the digest, which is for paper."""
        fields = asdict(self)
        del fields["digest"]
        fields["started"] = self.started.isoformat()
        for estimator in (fields["baseline"] or {"estimators": ()})["estimators"]:
            if not estimator["lag"]:
                del estimator["lag"]
        if self.true_rewards is None:
            del fields["true_rewards"]
        plain: dict[str, Any] = _plain(fields)
        return plain

    def trained(self) -> tuple[Block, ...]:
        """Return the training blocks."""
        return tuple(block for block in self.blocks if block.phase == "train")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
