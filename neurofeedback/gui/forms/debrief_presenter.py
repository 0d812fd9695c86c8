"""What is entered after a session, and what of it is still wanted.

Responsible for collecting a debrief, for what must be answered before it can be kept, and for what
is said to be missing. Not responsible for how it looks, nor for keeping it (`app.debrief`).
Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from neurofeedback.app.debrief import DebriefEntry, GuessGiven
from neurofeedback.app.drafts import Draft
from neurofeedback.errors import UserError
from neurofeedback.recording.debrief import EFFECTS, SEVERITIES, Debrief, Effect
from neurofeedback.scales.instrument import Instrument, Response
from neurofeedback.study.guesses import Belief, By
from neurofeedback.words.language import tr

BELIEFS: tuple[Belief, ...] = ("real", "control", "unknown")
ASKED: tuple[By, ...] = ("participant", "operator")


class DebriefPresenter:
    """A debrief in the making.

    Parameters
    ----------
    lines : sequence of Instrument
        Scales that are answered on the page itself.
    in_study : bool
        Whether guesses are asked for.
    earlier : Debrief or None
        What it starts from.
    draft : Draft or None
        What it starts from instead, if more was entered since.
    """

    def __init__(
        self,
        lines: Sequence[Instrument],
        *,
        in_study: bool,
        earlier: Debrief | None = None,
        draft: Draft | None = None,
    ) -> None:
        self._lines = {one.key: one for one in lines}
        self._in_study = in_study
        self._responses: dict[str, Response] = {}
        self._beliefs: dict[By, Belief] = {}
        self._confidence: dict[By, int] = {}
        self._reasons: dict[By, str] = {}
        self.note = "" if earlier is None else earlier.note
        self.effect_words = "" if earlier is None else earlier.effect_words
        self.strategy = "" if earlier is None else earlier.strategy
        found = None if earlier is None else earlier.effects
        self.none = found == ()
        self.severities: dict[str, int] = {
            effect.kind: 1 + SEVERITIES.index(effect.severity) for effect in found or ()
        }
        if draft is not None:
            self._take_up(draft)

    # -- drafts -------------------------------------------------------------------------------

    @property
    def draft(self) -> Draft:
        """All that is entered so far."""
        return Draft(
            note=self.note,
            none=self.none,
            severities=dict(self.severities),
            effect_words=self.effect_words,
            strategy=self.strategy,
            answers={key: one.answers for key, one in self._responses.items()},
            beliefs=dict(self._beliefs),
            confidence=dict(self._confidence),
            reasons=dict(self._reasons),
        )

    def _take_up(self, draft: Draft) -> None:
        self.note, self.effect_words, self.none = draft.note, draft.effect_words, draft.none
        self.strategy = draft.strategy
        self.severities = {kind: n for kind, n in draft.severities.items() if kind in EFFECTS}
        for key, answers in draft.answers.items():
            with suppress(UserError):  # of another version of the scale
                if key in self._lines:
                    self._responses[key] = Response(self._lines[key], answers)
        self._beliefs = dict(draft.beliefs)
        self._confidence = dict(draft.confidence)
        self._reasons = dict(draft.reasons)

    # -- adverse effects ----------------------------------------------------------------------

    def say_none(self, none: bool) -> None:
        """Answer that there were no adverse effects, or take that back."""
        self.none = none
        if none:
            self.severities.clear()

    def set_effect(self, kind: str, severity: int) -> None:
        """Set how severe an effect is: 0 for not at all, else 1 to 3."""
        self.severities[kind] = severity
        if severity:
            self.none = False

    @property
    def effects(self) -> tuple[Effect, ...] | None:
        """The effects; empty for an explicit "none", None while nobody has answered."""
        found = tuple(
            Effect(kind, SEVERITIES[self.severities[kind] - 1])
            for kind in EFFECTS
            if self.severities.get(kind)
        )
        all_denied = all(self.severities.get(kind) == 0 for kind in EFFECTS)
        return found if found or self.none or all_denied else None

    @property
    def advice(self) -> str:
        """What a severe effect asks of the operator; empty without one."""
        if not any(effect.severity == SEVERITIES[-1] for effect in self.effects or ()):
            return ""
        return tr("Severe: inform the responsible clinician before this person leaves.")

    # -- scales and guesses -------------------------------------------------------------------

    def set_response(self, response: Response) -> None:
        """Take over what is marked on a scale so far."""
        self._responses[response.instrument.key] = response

    def response(self, key: str) -> Response | None:
        """Return what is marked on a scale so far; None for nothing."""
        return self._responses.get(key)

    def guess(self, by: By) -> tuple[Belief | None, int | None, str]:
        """Return what somebody believes, how sure they are, and why, as far as it is told."""
        return self._beliefs.get(by), self._confidence.get(by), self._reasons.get(by, "")

    def set_belief(self, by: By, belief: Belief) -> None:
        """Set what somebody believes the arm was."""
        self._beliefs[by] = belief

    def set_confidence(self, by: By, confidence: int) -> None:
        """Set how sure they are, 0 to 100."""
        self._confidence[by] = confidence

    def set_reason(self, by: By, reason: str) -> None:
        """Set why they believe it, in their words."""
        self._reasons[by] = reason

    # -- keeping ------------------------------------------------------------------------------

    @property
    def refusal(self) -> str:
        """Why it cannot be kept yet, in a sentence; empty if it can."""
        effects = self.effects
        if effects is None:
            return tr("Adverse effects: choose “None”, or how severe each one was.")
        if any(effect.kind == "other" for effect in effects) and not self.effect_words.strip():
            return tr("Adverse effects: describe the other one.")
        for by, belief in self._beliefs.items():
            if belief != "unknown" and by not in self._confidence:
                return _unsure(by)
        return ""

    @property
    def missing(self) -> str:
        """What was not answered and may stay so, in a sentence; empty if all was."""
        left = [_named(key) for key in self._lines if not self._is_whole(key)]
        if self._in_study:
            left += [_guess_of(by) for by in ASKED if by not in self._beliefs]
        if not left:
            return ""
        return tr("Not answered: {left}. Save again to skip these.", left=", ".join(left))

    @property
    def entry(self) -> DebriefEntry:
        """What is to be kept."""
        answered = [r for r in self._responses.values() if any(a is not None for a in r.answers)]
        return DebriefEntry(
            self.note,
            self.effects,
            self.effect_words,
            tuple(answered),
            self._guesses(),
            self.strategy,
        )

    def _guesses(self) -> tuple[GuessGiven, ...]:
        return tuple(
            GuessGiven(
                by,
                self._beliefs[by],
                0 if self._beliefs[by] == "unknown" else self._confidence[by],
                self._reasons.get(by, ""),
            )
            for by in ASKED
            if by in self._beliefs
        )

    def _is_whole(self, key: str) -> bool:
        response = self._responses.get(key)
        return response is not None and not response.missing


def severity_choices() -> list[tuple[int, str]]:
    """Return how severe an effect may be: number and word."""
    return [(0, tr("no")), (1, tr("mild")), (2, tr("moderate")), (3, tr("severe"))]


def belief_choices() -> list[tuple[int, str]]:
    """Return what may be believed, in the order of `BELIEFS`, counted from 1."""
    return [(1, tr("real feedback")), (2, tr("control")), (3, tr("cannot say"))]


def _named(key: str) -> str:
    known = {
        "mood": tr("how the participant is now"),
        "expectancy": tr("what the participant expects"),
    }
    return known.get(key, key)


def _guess_of(by: By) -> str:
    if by == "participant":
        return tr("the participant\u2019s guess")
    return tr("the operator\u2019s guess")


def _unsure(by: By) -> str:
    if by == "participant":
        return tr("The participant\u2019s guess: mark on the line how sure.")
    return tr("The operator\u2019s guess: mark on the line how sure.")
