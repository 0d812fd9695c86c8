"""A dataset with courses of sessions, whose figures are kept as if they had been read before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from store_parts import record

from benchmarks.course import simulated_course
from neurofeedback.app import figures_cache
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.report.resting_markers import Marker
from neurofeedback.report.session_figures import SessionFigures
from neurofeedback.scales.instrument import Response
from neurofeedback.scales.keeping import Timing
from neurofeedback.scales.library import GAD7, MOOD, PHQ9
from neurofeedback.store.care import Plan, set_plan
from neurofeedback.store.index import Index
from neurofeedback.store.participants import add_participant, set_consent
from neurofeedback.store.place import find_place
from neurofeedback.store.rebuild import rebuild
from neurofeedback.store.responses import store_response

START = datetime(2026, 1, 12, 9, tzinfo=UTC)
LEARNER, OTHER, NEW = "P01", "P02", "P03"


def dataset(folder: Path, n: int = 20) -> Index:
    """Record a learner and somebody who does not learn, `n` sessions each; and add a third."""
    root = folder / "data"
    for code in (LEARNER, OTHER):
        for number in range(n):
            record(root, code, started=START + timedelta(days=3 * number))
    place = find_place(root, str(folder / "index.sqlite3"), make=True)
    assert place is not None
    index = Index(place, who="A. Smith")
    rebuild(index)
    with index.change() as change:
        for code in (LEARNER, OTHER):
            set_plan(change, code, Plan(n + 5, 3))
        set_consent(change, LEARNER, given=True)
        add_participant(change, NEW)
    for seed, (code, gain) in enumerate(((LEARNER, 0.6), (OTHER, 0.0))):
        rng = np.random.default_rng(seed)
        keep_figures(index, code, simulated_course(rng, gain, n), rng)
        keep_answers(index, code, n, falling=code == LEARNER)
    return index


def keep_figures(
    index: Index, code: str, course: Sequence[SessionFigures], rng: np.random.Generator
) -> None:
    """Keep figures as those of the recorded sessions of a participant."""
    folder = figures_cache._folder(index.place)
    folder.mkdir(parents=True, exist_ok=True)
    for number, figures in enumerate(course, start=1):
        layout = SessionLayout(index.place.dataset, code, number, "faaup")
        started = START + timedelta(days=3 * (number - 1))
        markers = (
            Marker("faa", 0.1 + 0.08 * rng.standard_normal(), "ln ratio", "F4/F3", 19, "closed"),
            Marker("alpha-peak", 10.1 + 0.15 * rng.standard_normal(), "Hz", "posterior", 19,
                   "closed"),
            Marker("theta", 1.2 + 0.2 * rng.standard_normal(), "ln uV^2/Hz", "Fz", 19, "closed"),
            Marker("cordance", -0.4 + 0.3 * rng.standard_normal(), "z(A) + z(R)", "prefrontal", 0,
                   "closed"),
        )  # fmt: skip
        kept = replace(figures, session=number, started=started, markers=markers)
        sizes = [figures_cache._size(f) for f in (layout.log, layout.feedback, layout.eeg)]
        content = {"format": figures_cache.FORMAT, "sizes": sizes, "figures": kept.to_dict()}
        (folder / f"{layout.stem}.json").write_text(json.dumps(content))


def keep_answers(index: Index, code: str, n: int, *, falling: bool) -> None:
    """Keep answers to all questionnaires, those of PHQ-9 and GAD-7 every fifth session."""
    rng = np.random.default_rng(9)
    for number in range(n):
        left = (n - number) / n if falling else 0.7
        index._clock = lambda at=number: START + timedelta(days=3 * at)
        with index.change() as change:
            if number % 5 == 0:
                score = min(3, round(3 * left))
                given = (*[score] * 8, 0, 1), (*[score] * 7, 1)
                for scale, answers in zip((PHQ9, GAD7), given, strict=True):
                    kept = answers[: len(scale.items)]
                    store_response(change, code, Response(scale, kept), timing=Timing.BEFORE)
            lines = tuple(int(x) for x in np.clip(55 + 12 * rng.standard_normal(3), 0, 100))
            store_response(change, code, Response(MOOD, lines), timing=Timing.AFTER)
