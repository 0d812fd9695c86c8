"""What lies open of a study: the facts of ``study.json``.

Responsible for reading them, of every format that is known. Not responsible for writing them
(`study.making`), nor for the list (`study.files`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.study.allocation import EVEN
from neurofeedback.study.files import BOUND_FORMAT, bound_to, read_json
from neurofeedback.study.making import FORMAT

KNOWN = (2, 3, 4, 5, FORMAT)  # in 2 each arm went around the donors by itself


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What anybody may read of a study.

    Parameters
    ----------
    identity, name : str
    bound : str
        What its places are sealed to; see `bound_to`.
    logs_donors : bool
        Whether the ledger names each donor and its hash, as it does since format 6.
    strata : dict of str to int
        Labels, and how many places each has.
    public_key : str
        PEM, to which sessions are sealed.
    spec : ProtocolSpec
    checksum : str
        SHA-256 of the list of places.
    seal_raw : bool
        Whether samples are sealed too.
    factors : dict of str to list of str
        To be balanced by minimisation, with their levels.
    ratio : mapping of Arm to int
    """

    identity: str
    name: str
    bound: str
    logs_donors: bool
    strata: dict[str, int]
    public_key: str
    spec: ProtocolSpec
    checksum: str
    seal_raw: bool
    factors: dict[str, list[str]]
    ratio: Mapping[Arm, int]


def read_facts(folder: Path) -> StudyFacts:
    """Read the facts of a study.

    Raises
    ------
    UserError
        If the folder is no study, is damaged, or is of a format that is not known.
    """
    facts = read_json(folder / "study.json")
    try:
        if facts["format"] not in KNOWN:
            raise UserError(
                "{folder} has format {format!r}, only {first} to {last} are known; use the "
                "version of the program that made the study.",
                folder=folder,
                format=facts["format"],
                first=KNOWN[0],
                last=FORMAT,
            )
        return StudyFacts(
            identity=str(facts["study"]),
            name=str(facts["name"]),
            bound=bound_to(facts),
            logs_donors=facts["format"] >= BOUND_FORMAT,
            strata={str(k): int(v) for k, v in facts["strata"].items()},
            public_key=str(facts["public_key"]),
            spec=ProtocolSpec.model_validate(facts["protocol"]),
            checksum=facts["allocation_sha256"],
            seal_raw=bool(facts.get("seal_raw", False)),
            factors=dict(facts.get("factors", {})),
            ratio={Arm(arm): int(n) for arm, n in facts.get("ratio", EVEN).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
        raise UserError(
            "{folder} is not a study of this program, or damaged; give the folder that 'study new' "
            "made, or restore study.json from a copy.",
            folder=folder,
        ) from error
