"""Which tables a study has, and what their columns mean.

Responsible for the data dictionary. Not responsible for filling the tables (`trial.collect`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from neurofeedback.recording.debrief import EFFECTS, SEVERITIES
from neurofeedback.trial.tables import Column, Table

PARTICIPANT = Column("participant", "Code of the participant.")
SESSION = Column(
    "session", "Number of the participant's session within the study, from 1.", "integer"
)
ARM = Column(
    "arm",
    "Arm that was allocated: its name after unblinding, before that a letter that stands for one "
    "arm with feedback in all tables of the study; n/a for a participant whose arm somebody may "
    "know, as their place was opened or the operator was shown their feedback.",
)
_GUESSED = {"real": "real feedback", "control": "control feedback", "unknown": "cannot say"}
_SEVERITY = {str(i): word for i, word in enumerate(("none", *SEVERITIES))}
MASKED_AWAY = (  # what was fed back is compared with the samples in a minute, and tells the arm
    "fed_mean",
    "threshold",
    "threshold_end",
    "target_rate",
    "success_rate",
    "rewards",
    "donor",
)


def effect_column(kind: str) -> str:
    """Return the column of an adverse effect."""
    return "effect_" + kind.replace("-", "_")


def level_column(factor: str, levels: Sequence[str]) -> Column:
    """Return the column of a factor that the study balances."""
    named = {level: level for level in levels}
    return Column(f"level_{factor}", f"Level of {factor}, which was balanced.", levels=named)


def _number(name: str, about: str, unit: str = "") -> Column:
    return Column(name, about, "number", unit)


def _count(name: str, about: str) -> Column:
    return Column(name, about, "integer")


def _estimate(stem: str, what: str, unit: str) -> tuple[Column, ...]:
    return (
        _number(stem, f"{what}.", unit),
        _number(f"{stem}_error", f"{what}: standard error.", unit),
        _number(f"{stem}_low", f"{what}: lower end of the 99 % interval.", unit),
        _number(f"{stem}_high", f"{what}: upper end of the 99 % interval.", unit),
        _number(f"{stem}_dof", f"{what}: degrees of freedom, corrected for autocorrelation."),
    )


_OWN = "unit of the measure"
_ABOUT_OWN = "the participant's own measure, whatever was fed back"

PARTICIPANTS = Table(
    "participants",
    "A row is a participant who has a place in the study.",
    (
        PARTICIPANT,
        Column("stratum", "Stratum of the place."),
        _count("place", "Number of the place within the stratum."),
        ARM,
        Column("enrolled", "When the place was taken.", "time"),
        _count("sessions", "Sessions that were started."),
        _count("sessions_through", "Sessions whose protocol came to its end."),
        _number("train_minutes", "Dose: training in all sessions, without pauses.", "min"),
        _number("clean_minutes", "Dose: training in which feedback was not held.", "min"),
        Column("withdrawn", "When the participant left the study; n/a if not.", "time"),
        Column("withdrawn_why", "Why, in the words of who entered it."),
        Column("unblinded", "Whether this place was opened before the whole list.", "truth"),
    ),
)

SESSIONS = Table(
    "sessions",
    "A row is a session.",
    (
        PARTICIPANT,
        SESSION,
        ARM,
        Column("folder", "Folder of the session in its dataset."),
        Column("started", "When it started.", "time"),
        _number("days", "Days since the participant's first session.", "d"),
        Column("operator", "Who ran it, as typed."),
        Column("status", "How it ended: finished, aborted, failed, recovered, crashed, running."),
        Column("through", "Whether the protocol came to its end.", "truth"),
        Column(
            "as_allocated",
            "Whether it was given the arm, seed and donor that were allocated to it; see `study "
            "check`.",
            "truth",
        ),
        Column("feedback_shown", "Whether the operator was shown what was fed back.", "truth"),
        Column("feedback_shown_why", "To whom and why, as typed."),
        Column("problem", "Why its figures are missing; n/a where they are not."),
        _count("blocks_planned", "Blocks of the schedule."),
        _count("train_blocks", "Training blocks that were run."),
        _number("recorded_seconds", "What was recorded.", "s"),
        _number("train_seconds", "Training, without pauses.", "s"),
        _number("clean_seconds", "Training in which feedback was not held: the dose.", "s"),
        _number("paused_seconds", "Pauses.", "s"),
        _number("held_share", "Share of all blocks but rests in which feedback was held, 0 to 1."),
        _count("gaps", "Places where samples are missing."),
        _number("missing_seconds", "What is missing there in all.", "s"),
        _count("poor_electrodes", "Electrodes that were not good all the time."),
        _number("baseline_mean", f"Mean of {_ABOUT_OWN}, in the last baseline.", _OWN),
        _number("train_mean", f"Mean of {_ABOUT_OWN}, over clean training.", _OWN),
        *_estimate("change", "Change from baseline to training", _OWN),
        *_estimate("slope", "Slope of the line through training, a minute", f"{_OWN} / min"),
        *_estimate("last_first", "Change from the first to the last training block", _OWN),
        _number(
            "transfer",
            "Change from the first to the last transfer block; n/a where there are not two.",
            _OWN,
        ),
        _number("fed_mean", "Mean of what was fed back over clean training.", _OWN),
        _number("threshold", "First threshold.", _OWN),
        _number("threshold_end", "Last threshold.", _OWN),
        _number("target_rate", "Share of clean data that the threshold aimed at, 0 to 1."),
        _number("success_rate", "Share of clean training past the threshold, 0 to 1."),
        _count("rewards", "Rewards."),
        Column("donor", "Whose values were fed back; n/a for the participant's own."),
        Column("guess_participant", "What the participant believes the arm was.", levels=_GUESSED),
        _count("confidence_participant", "How sure the participant is, 0 to 100."),
        Column("reason_participant", "Why the participant believes so, in their words."),
        Column("guess_operator", "What the operator believes the arm was.", levels=_GUESSED),
        _count("confidence_operator", "How sure the operator is, 0 to 100."),
        Column("reason_operator", "Why the operator believes so, in their words."),
        Column("effects_asked", "Whether somebody asked about adverse effects.", "truth"),
        *(
            Column(
                effect_column(kind),
                f"Adverse effect: {kind}; n/a where nobody asked.",
                "integer",
                levels=_SEVERITY,
            )
            for kind in EFFECTS
        ),
        Column("strategy", "What the participant did to move the display, in their words."),
    ),
)

BLOCKS = Table(
    "blocks",
    "A row is a block of a session as it was run; a repeated one is there each time.",
    (
        PARTICIPANT,
        SESSION,
        ARM,
        _count("block", "Index of the block in the schedule, from 0."),
        Column("phase", "Kind of block: baseline, rest, train, transfer, control."),
        _count("attempt", "From 1."),
        Column("ended_by", "What ended it: time or a command; n/a where the session ended first."),
        _number("start", "Where it began in the recording.", "s"),
        _number("seconds", "How long it ran, without pauses.", "s"),
        _number("clean_seconds", "How much of that was not held.", "s"),
        _number("mean", f"Mean of {_ABOUT_OWN}, over the clean data.", _OWN),
        _number("error", "Its standard error.", _OWN),
        Column(
            "refitted",
            "Whether the mean is that of a baseline as the estimator sees it that was fitted to "
            "it.",
            "truth",
        ),
        _number("fed_mean", "Mean of what was fed back over the clean data.", _OWN),
        _number("threshold", "Threshold at the first frame.", _OWN),
        _number("threshold_end", "Threshold at the last frame.", _OWN),
        _number("success_rate", "Share of the clean data past the threshold, 0 to 1."),
        _count("rewards", "Rewards."),
    ),
)

HOLDS = Table(
    "holds",
    "A row is a cause for which feedback was held in a session.",
    (
        PARTICIPANT,
        SESSION,
        ARM,
        Column("cause", "Cause, as logged."),
        _count("times", "How often."),
        _number("seconds", "How long in all.", "s"),
        _number("share", "Share of the time of all blocks but rests, 0 to 1."),
    ),
)

ANSWERS = Table(
    "answers",
    "A row is an answer to an item of a questionnaire.",
    (
        PARTICIPANT,
        Column("session", "Session it belongs to; n/a for one apart.", "integer"),
        ARM,
        Column("instrument", "Short name of the questionnaire."),
        Column("version", "Its wording."),
        Column("timing", "When it was answered: before or after a session, or apart from one."),
        Column("taken", "When it was answered.", "time"),
        _count("response", "Number of the response in the index."),
        _count("item", "Number of the item, from 1."),
        _count("answer", "What was answered; n/a where nothing was."),
        _count("total", "Total of the response; n/a where there is none."),
    ),
)


def participants_table(factors: Mapping[str, Sequence[str]]) -> Table:
    """Return the table of participants of a study that balances factors, empty."""
    levels = (level_column(factor, levels) for factor, levels in factors.items())
    return replace(PARTICIPANTS, columns=(*PARTICIPANTS.columns, *levels))


TABLES = (PARTICIPANTS, SESSIONS, BLOCKS, HOLDS, ANSWERS)
