"""Making a study: its folder, its sealed list and its keys.

Responsible for writing all of it, or nothing. Not responsible for what is done with it
(`study.folder`).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from neurofeedback.protocols.run.control import Arm
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.sealed import Seal
from neurofeedback.study.allocation import make_allocation
from neurofeedback.study.files import (
    allocation_text,
    bound_to,
    check_new,
    file_sha256,
    make_folder,
    write_escrow,
    write_text,
)
from neurofeedback.study.keys import (
    UnblindingKey,
    check_passphrase,
    make_private_key,
    make_station_key,
    public_pem,
    write_station_key,
    write_unblinding_key,
)
from neurofeedback.study.minimisation import Factors, check_factors

# Since 4 stations tag what they seal, since 5 samples may be sealed, since 6 places are bound to
# the other facts and donors are logged.
FORMAT = 6
ALL = "all"  # the stratum of a study without strata


def write_study(
    folder: Path,
    name: str,
    spec: ProtocolSpec,
    *,
    strata: Sequence[str],
    size: int,
    blocks: Sequence[int],
    seed: int | None,
    station_key: Path,
    unblinding_key: Path,
    passphrase: str,
    now: datetime,
    seal_raw: bool,
    ratio: Mapping[Arm, int],
    factors: Factors,
) -> None:
    """Write the files of a new study; see `study.folder.Study.create`.

    Raises
    ------
    UserError
        If anything is refused; no file is left behind then.
    """
    check_new(folder, name, spec, strata, (station_key, unblinding_key))
    check_passphrase(passphrase)
    check_factors(factors, strata)
    secret = secrets.randbits(62) if seed is None else seed
    labels = tuple(strata) or (ALL,)
    places = make_allocation(labels, size, blocks, secret, ratio)
    identity = secrets.token_hex(8)
    key, station = make_private_key(), make_station_key()
    made: list[Path] = []
    try:
        seal = Seal(identity, public_pem(key))
        facts = {
            "format": FORMAT,
            "study": identity,
            "name": name,
            "created": now.isoformat(),
            "strata": {label: sum(p.stratum == label for p in places) for label in labels},
            "protocol_name": spec.name,
            "protocol_hash": spec.hash,
            "protocol": spec.model_dump(mode="json"),
            "public_key": seal.public_key,
            "seal_raw": seal_raw,
            "ratio": {str(arm): n for arm, n in ratio.items()},
            "factors": {name: list(levels) for name, levels in factors.items()},
        }
        bound = bound_to(facts)
        make_folder(folder)
        make_folder(folder / "donors")
        write_station_key(station_key, station)
        made.append(station_key)
        made.append(folder / "allocation.sealed")
        write_escrow(made[-1], seal, places, secret, blocks, bound)
        unblinding = UnblindingKey(key, file_sha256(made[-1]))
        write_unblinding_key(unblinding_key, unblinding, passphrase)
        made.append(unblinding_key)
        made.append(folder / "allocation.json")
        text = allocation_text(places, bound, station)
        write_text(made[-1], text)
        facts["allocation_sha256"] = hashlib.sha256(text.encode()).hexdigest()
        write_text(folder / "study.json", json.dumps(facts, indent=2) + "\n")
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise
