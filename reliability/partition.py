"""How well the best guess groups the participants of a trial by arm, from what lies open on disk.

Simulated studies: real allocation, real sealing, no EEG. Three guesses are made of each and the
best of them counts:

- *counters*: donors that each arm takes in turn fall into two sequences (the guess is given every
  donor, in the order of the pool, which nobody without a key has);
- *sizes*: places whose sealed files differ in size are split at the middle;
- *learned*: a ridge regression of the arm on everything that lies open, fitted to other studies.

Arms are not named by a partition: a guess and its opposite are the same.
"""

from __future__ import annotations

import itertools
import json
import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Table
from neurofeedback.frames import FloatArray
from neurofeedback.protocols.run.control import Arm, Assignment
from neurofeedback.protocols.run.donor import Donor
from neurofeedback.recording.concealment import Concealed
from neurofeedback.recording.sealed import Seal, SealedFile
from neurofeedback.study.allocation import Place, make_allocation, seal_place
from neurofeedback.study.assignment import assignment_to_text
from neurofeedback.study.envelopes import seal_arm
from neurofeedback.study.keys import make_private_key, public_pem

N_PLACES, BLOCKS, N_DONORS = 16, (4, 6), 12
N_OTHERS = 20  # lists that each study is compared with
KNOWN = 5  # the place whose emergency envelope is opened
STARTED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
STUDY = "0123456789abcdef"
Renumber = Callable[[Sequence[Place]], Sequence[Place]]
Score = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class OpenStudy:
    """What lies open of a study, and (for the judge alone) the truth.

    Parameters
    ----------
    numbers : ndarray, shape (n_places, n_numbers)
        Sizes of what is sealed and its first bytes, by place.
    donors : list of int
        Number of each place's donor, in the order of the pool.
    control : ndarray of bool, shape (n_places,)
    """

    numbers: FloatArray
    donors: list[int]
    control: np.ndarray

    @property
    def sizes(self) -> FloatArray:
        """Bytes of each place's first sealed record."""
        return self.numbers[:, 0]


def one_counter_each(places: Sequence[Place]) -> Sequence[Place]:
    """Return places whose arms go around the donors by themselves, as they once did."""
    turns = {Arm.REAL: itertools.count(3), Arm.CONTROL: itertools.count(8)}
    return [replace(place, turn=next(turns[place.arm])) for place in places]


def open_study(folder: Path, number: int, seal: Seal, renumber: Renumber = tuple) -> OpenStudy:
    """Allocate and seal a study; return what lies open of it.

    Parameters
    ----------
    folder : Path
        Where the sealed files go.
    number : int
        Seed of the list.
    seal : Seal
    renumber : callable
        Changes the list before it is sealed, for a trial that is known to leak.
    """
    station = secrets.token_bytes(32)
    places = renumber(make_allocation(["all"], N_PLACES, BLOCKS, number)[:N_PLACES])
    pool = [f"sub-D{'x' * (i % 7)}{i:02d}_ses-01" for i in range(N_DONORS)]
    order = pool
    if places[0].stream is not None:  # the order of the pool, which only a key gives
        order = [replace(places[0], turn=i).donor(0, pool) for i in range(N_DONORS)]
    rows, donors = [], []
    for place in places:
        name = place.donor(0, pool)
        path = folder / f"{number}-{place.number}.bin"
        assignment = Assignment(place.arm, place.session_seed(0), _donor(name))
        facts = {"study": STUDY, "place": place.number, "session": 0}
        concealed = Concealed(
            facts, seal, assignment_to_text(assignment), place.key(STUDY), n_parts=1
        )
        file = SealedFile(path, seal, concealed.width_of)
        file.append(concealed.first_lines(file.head, f"P{place.number:02d}", STARTED))
        file.file.close()
        sealed, listed = path.read_bytes(), seal_place(place, STUDY, station)
        letter = seal_arm(place, STUDY, secrets.token_hex(16))
        head = sealed.find(b"\n")
        rows.append(
            [len(sealed), len(listed), head, place.number % 4, place.number % 6, *sealed[-8:],
             *listed.encode()[:8], len(json.dumps(facts)), len(letter), *letter.encode()[-8:]]
        )  # fmt: skip
        donors.append(order.index(name))
    control = np.array([place.arm is Arm.CONTROL for place in places])
    return OpenStudy(np.array(rows, dtype=float), donors, control)


def _donor(name: str) -> Donor:
    values = np.zeros((2, 1))
    return Donor(name, "faa", 0.032, values, values, np.zeros(2, dtype=bool), 70.0)


def by_counters(study: OpenStudy) -> np.ndarray:
    """Return the partition in which most donors follow on each other, within blocks."""
    donors = study.donors
    # what was last in the other group, how many each group still takes of the block -> best
    best: dict[tuple[int | None, int, int], tuple[int, tuple[int, ...]]] = {
        (None, half, half): (0, ()) for half in (b // 2 for b in BLOCKS)
    }
    for at, donor in enumerate(donors):
        found: dict[tuple[int | None, int, int], tuple[int, tuple[int, ...]]] = {}
        for (other, same_left, other_left), (score, labels) in best.items():
            before = donors[at - 1] if at else None
            label = labels[-1] if labels else 0
            moves = [(same_left, other_left, before, other, label)]
            if at:
                moves.append((other_left, same_left, other, before, 1 - label))
            for own_left, their_left, last, new_other, new in moves:
                if not own_left:
                    continue
                follows = last is not None and (last + 1) % N_DONORS == donor
                value = (score + follows, (*labels, new))
                lefts = [(own_left - 1, their_left)]
                if lefts == [(0, 0)]:
                    lefts = [(b // 2, b // 2) for b in BLOCKS]
                for left in lefts:
                    key = (new_other, *left)
                    found[key] = max(found.get(key, value), value)
        best = found
    return np.array(max(best.values())[1], dtype=bool)


def by_sizes(study: OpenStudy) -> np.ndarray:
    """Return the partition at the middle of the sizes."""
    return study.sizes > np.median(study.sizes)


def learned(studies: Sequence[OpenStudy]) -> list[np.ndarray]:
    """Return for each study what a regression on the other half of the studies says."""
    weights = [_weights(studies[1::2]), _weights(studies[0::2])]
    found = []
    for i, study in enumerate(studies):
        mean, scale, solved = weights[i % 2]
        found.append((_seen(study) - mean) / scale @ solved > 0)
    return found


def _seen(study: OpenStudy) -> FloatArray:
    steps = np.diff(study.donors, prepend=study.donors[0]) % N_DONORS
    return np.column_stack([study.numbers, study.donors, steps])


def _weights(studies: Sequence[OpenStudy]) -> tuple[FloatArray, FloatArray, FloatArray]:
    x = np.vstack([_seen(study) for study in studies])
    y = np.concatenate([np.where(study.control, 1.0, -1.0) for study in studies])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    z = (x - mean) / scale
    return mean, scale, np.linalg.solve(z.T @ z + 10.0 * np.eye(z.shape[1]), z.T @ y)


def grouped(guess: np.ndarray, truth: np.ndarray) -> float:
    """Return the share of participants grouped rightly, whichever group is which."""
    share = float(np.mean(guess == truth))
    return max(share, 1.0 - share)


def named(guess: np.ndarray, truth: np.ndarray) -> float:
    """Return the share of the other participants whose arm is right, the arm of one being known."""
    others = np.arange(len(truth)) != KNOWN
    return float(np.mean((guess == guess[KNOWN])[others] == (truth == truth[KNOWN])[others]))


@dataclass(frozen=True)
class Found:
    """How much better than chance a guess is.

    Parameters
    ----------
    guess : str
    right : float
        Mean share of participants grouped rightly.
    chance : float
        The same against lists that have nothing to do with what was seen.
    error : float
        Standard error of the difference.
    exact : float
        Share of studies in which everybody is.
    """

    guess: str
    right: float
    chance: float
    error: float
    exact: float

    @property
    def advantage(self) -> float:
        """Difference from chance in standard errors."""
        return (self.right - self.chance) / self.error


def attack(
    n_studies: int, renumber: Renumber = tuple, *, first: int = 1000, score: Score = grouped
) -> list[Found]:
    """Simulate studies and guess the partition of each.

    Parameters
    ----------
    n_studies : int
    renumber : callable
        See `open_study`.
    score : callable
        `grouped`, or `named` where the arm of one place is known.
    first : int
        Seed of the first list.
    """
    seal = Seal(STUDY, public_pem(make_private_key()))
    with tempfile.TemporaryDirectory() as folder:
        studies = [open_study(Path(folder), first + i, seal, renumber) for i in range(n_studies)]
    # Each study has lists of its own to be compared with, so that the differences are independent.
    others = [[_control(N_OTHERS * i + k) for k in range(N_OTHERS)] for i in range(n_studies)]
    guesses = {
        "counters": [by_counters(study) for study in studies],
        "sizes": [by_sizes(study) for study in studies],
        "learned": learned(studies),
    }
    found = []
    for name, each in guesses.items():
        right = [score(g, s.control) for g, s in zip(each, studies, strict=True)]
        chance = [
            float(np.mean([score(g, o) for o in lists]))
            for g, lists in zip(each, others, strict=True)
        ]
        difference = np.subtract(right, chance)
        error = float(np.std(difference, ddof=1) / np.sqrt(n_studies))
        found.append(
            Found(name, float(np.mean(right)), float(np.mean(chance)), error,
                  float(np.mean(np.equal(right, 1.0))))
        )  # fmt: skip
    return found


def _control(seed: int) -> NDArray[np.bool_]:
    """Return who is in the control arm of another study, of which nothing is known."""
    places = make_allocation(["all"], N_PLACES, BLOCKS, seed)[:N_PLACES]
    return np.array([place.arm is Arm.CONTROL for place in places])


def partition(quick: bool) -> Table:
    """Guess the partition of studies as they are, and of some that leak."""
    table = Table(
        f"Arms of {N_PLACES} participants, guessed from what lies open",
        ["study", "known", "guess", "right", "chance", "SE of the difference", "all right"],
    )
    n_studies = 50 if quick else 200
    for label, renumber in (("as it is", tuple), ("a counter for each arm", one_counter_each)):
        for known, score in (("no arm", grouped), ("one arm", named)):
            for found in attack(n_studies, renumber, score=score):
                table.add(
                    label, known, found.guess, found.right, found.chance, found.error, found.exact
                )
    return table
