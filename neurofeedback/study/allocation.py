"""Who gets which arm: random permuted blocks within strata, sealed place by place.

Responsible for making the list, for sealing its places with the station key and the whole of it
for the unblinding key, and for opening them. Not responsible for files, nor for who takes which
place (`study.enrolling`).

References
----------
Schulz KF, Grimes DA (2002), 10.1016/S0140-6736(02)07683-3 (generation, unequal block sizes) and
10.1016/S0140-6736(02)07750-4 (concealment).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import FED, Arm

PLACE_WIDTH = 144  # bytes of a place before it is sealed: all arms are as long
NONCE_BYTES = 12
LEAST_BLOCK = 4


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the list.

    Parameters
    ----------
    stratum : str
        Label of its stratum.
    number : int
        From 1 within the stratum.
    arm : Arm
    seed : int
        Of everything random in the sessions of whoever takes it.
    turn : int
        Which donor feeds the first session, counted around the pool. One counter goes over all
        places whatever their arm, so that no two are fed from one donor while there are others
        left, and whoever knows every donor learns nothing of the arms.
    stream : int or None
        Decides in which order the pool is gone around; the same for all places of a study. None in
        lists of before, whose pools are in the order of their names.
    """

    stratum: str
    number: int
    arm: Arm
    seed: int
    turn: int
    stream: int | None = None

    def key(self, study: str) -> bytes:
        """Return the key that authenticates what a station seals for whoever has the place.

        Parameters
        ----------
        study : str
            Identity of the study.
        """
        secret = f"{self.seed} {self.stream}".encode()
        return hmac.digest(secret, _bound(study, self), "sha256")

    def session_seed(self, session: int) -> int:
        """Return the seed of everything random in a session, counted from 0."""
        return int(np.random.SeedSequence([self.seed, session]).generate_state(1, np.uint64)[0])

    def donor(self, session: int, pool: Sequence[str]) -> str:
        """Return which donor of a pool feeds a session, counted from 0.

        Parameters
        ----------
        session : int
        pool : sequence of str
            Names of the donors, in order; not empty.
        """
        order = list(pool)
        if self.stream is not None:
            order.sort(key=lambda name: hashlib.sha256(f"{self.stream} {name}".encode()).digest())
        return order[(self.turn + session) % len(order)]


EVEN: Mapping[Arm, int] = {Arm.REAL: 1, Arm.CONTROL: 1}


def make_allocation(
    strata: Sequence[str],
    size: int,
    blocks: Sequence[int],
    seed: int,
    ratio: Mapping[Arm, int] = EVEN,
) -> tuple[Place, ...]:
    """Make a list in which the arms stand to each other as wanted in each block.

    Parameters
    ----------
    strata : sequence of str
        Labels; each gets a list of its own.
    size : int
        Places in each stratum, at least.
    blocks : sequence of int
        Sizes from 4, multiples of the sum of the ratio, of which each block takes one at random.
        (In a block of 2, whoever knows the first arm knows the second.)
    seed : int
        Equal seeds give equal lists.
    ratio : mapping of Arm to int
        Places of each arm, relative to each other; with both arms that have feedback.

    Returns
    -------
    tuple of Place
        Stratum by stratum; the last block of each is whole.

    Raises
    ------
    UserError
        If a size is no such number from 4 to 100, there is no stratum or no place, or an arm with
        feedback is missing.
    """
    if min(ratio.get(arm, 0) for arm in FED) < 1 or min(ratio.values()) < 1:
        raise UserError(
            "A trial needs at least one real and one control place in each block; give both with "
            "--ratio."
        )
    unit = sum(ratio.values())
    odd = [b for b in blocks if b < LEAST_BLOCK or b % unit or b > 100]
    if not blocks or odd:
        raise UserError(
            "Block sizes must be multiples of {unit} from {least} to 100, not {blocks}: the arms "
            "must fit into each, and in smaller blocks the first arm gives the next away.",
            unit=unit,
            least=LEAST_BLOCK,
            blocks=list(blocks),
        )
    if not strata or len(set(strata)) != len(strata) or not 1 <= size <= 10_000:
        raise UserError(
            "An allocation list needs strata with different names and 1 to 10000 places in each."
        )
    random = np.random.default_rng(seed)
    first, stream = int(random.integers(0, 2**31)), int(random.integers(0, 2**62))
    places: list[Place] = []
    for stratum in strata:
        arms: list[Arm] = []
        while len(arms) < size:
            times = int(random.choice(np.asarray(blocks))) // unit
            block = [arm for arm, n in ratio.items() for _ in range(times * n)]
            arms += [block[i] for i in random.permutation(times * unit)]
        seeds = random.integers(0, 2**62, len(arms)).tolist()
        places += [
            Place(stratum, number, arm, own, first + len(places) + number, stream)
            for number, (arm, own) in enumerate(zip(arms, seeds, strict=True), start=1)
        ]
    return tuple(places)


def seal_place(place: Place, bound: str, station_key: bytes) -> str:
    """Return a place as text that tells nothing without the station key.

    Parameters
    ----------
    place : Place
    bound : str
        What it opens with alone; see `study.files.bound_to`.
    station_key : bytes
    """
    fields = {
        "arm": str(place.arm), "seed": place.seed, "turn": place.turn, "stream": place.stream,
    }  # fmt: skip
    content = json.dumps(fields).encode().ljust(PLACE_WIDTH)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(station_key).encrypt(nonce, content, _bound(bound, place))
    return base64.b64encode(nonce + sealed).decode()


def open_place(sealed: str, stratum: str, number: int, bound: str, station_key: bytes) -> Place:
    """Open one place.

    Raises
    ------
    UserError
        If it is damaged, belongs elsewhere, or was sealed with another key.
    """
    unknown = Place(stratum, number, Arm.REAL, 0, 0)
    try:
        data = base64.b64decode(sealed, validate=True)
        content = AESGCM(station_key).decrypt(
            data[:NONCE_BYTES], data[NONCE_BYTES:], _bound(bound, unknown)
        )
        fields = json.loads(content)
        return Place(
            stratum,
            number,
            Arm(fields["arm"]),
            int(fields["seed"]),
            int(fields["turn"]),
            fields.get("stream"),
        )
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise UserError(
            "Place {number} of stratum {stratum!r} does not open: the station key belongs to "
            "another study, or study.json or allocation.json was changed; use the key that was "
            "made with the study, and restore the files from a copy.",
            number=number,
            stratum=stratum,
        ) from error


def _bound(study: str, place: Place) -> bytes:
    """Return what a sealed place is bound to, so that places cannot be swapped."""
    return json.dumps([study, place.stratum, place.number]).encode()
