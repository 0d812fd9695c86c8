"""A protocol of the clinic's own, from a few answers: goal, site, band, direction, lengths, reward.

Responsible for the goals that are offered and for the file that follows from the answers. Not
responsible for what a protocol may say (`protocols.spec`), nor for asking.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict

from neurofeedback.errors import UserError
from neurofeedback.protocols.file.reading import library, load_protocol, parse_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.files import make_folders, replace_text, why
from neurofeedback.words.language import later

BANDS = (
    ("delta", 4.0),
    ("theta", 8.0),
    ("alpha", 12.0),
    ("smr", 15.0),
    ("beta", 30.0),
    ("gamma", 1e9),
)  # name, and the lower edge below which it is meant, Hz
REST = "rest"
TRAIN = "train"


class Answers(BaseModel):
    """What is asked.

    Parameters
    ----------
    title : str
    goal : str
        One of `GOALS`; what it proposes may be changed.
    sites : str
        Electrodes, separated by commas: their mean power is trained.
    against : str
        Electrodes that the first ones are compared with; empty for none.
    low, high : float
        Band, Hz.
    direction : {'up', 'down'}
    baseline, round_seconds, rest : float
        Lengths, s.
    rounds : int
    target : float
        Share of clean time to be rewarded, 0..1.
    dwell : float
        How long the condition must hold for a reward, s.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    goal: str = "relaxation"
    sites: str = "P3, Pz, P4"
    against: str = ""
    low: float = 8.0
    high: float = 12.0
    direction: Literal["up", "down"] = "up"
    baseline: float = 60.0
    rounds: int = 5
    round_seconds: float = 170.0
    rest: float = 10.0
    target: float = 0.7
    dwell: float = 1.0


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that is often trained, and what is usually chosen for it.

    Parameters
    ----------
    key : str
    words : str
        English, looked up in the catalogue where it is shown.
    proposed : dict
        Fields of `Answers`.
    """

    key: str
    words: str
    proposed: dict[str, Any]


GOALS = (
    Goal("relaxation", later("Rest and relaxation: more alpha at the back"),
         {"sites": "P3, Pz, P4", "against": "", "low": 8.0, "high": 12.0, "direction": "up"}),
    Goal("asymmetry", later("Frontal alpha asymmetry: more alpha on the right than on the left"),
         {"sites": "F4", "against": "F3", "low": 8.0, "high": 13.0, "direction": "up"}),
    Goal("theta", later("Frontal midline theta: more theta at Fz"),
         {"sites": "Fz", "against": "", "low": 4.0, "high": 8.0, "direction": "up"}),
    Goal("smr", later("Sensorimotor rhythm: more 12 to 15 Hz at Cz"),
         {"sites": "Cz", "against": "", "low": 12.0, "high": 15.0, "direction": "up"}),
    Goal("slow", later("Less slow activity: less theta at Cz"),
         {"sites": "Cz", "against": "", "low": 4.0, "high": 8.0, "direction": "down"}),
    Goal("own", later("Something else"), {}),
)  # fmt: skip


def protocol_text(answers: Answers) -> str:
    """Return the file that follows from the answers, as TOML; it may be refused when it is read."""
    name = name_of(answers.title)
    document = tomlkit.document()
    document.add(tomlkit.comment("Made by the form of the program; every key may be changed here."))
    fields: dict[str, Any] = {
        "version": 1,
        "name": name,
        "title": " ".join(answers.title.split()),
        "signal": {
            "montage": {"reference": "average", "hop": 0.032},
            "features": [_feature(answers)],
        },
        "target": {
            "conditions": [{"feature": _measure(answers), "direction": answers.direction}]
        },
        "threshold": {
            "rule": "target-rate",
            "target_rate": answers.target,
            "update": "between-blocks",
        },
        "reward": {"feedback": "proportional", "dwell": answers.dwell, "refractory": 0.5},
        "blocks": [
            {"kind": "baseline", "seconds": answers.baseline, "instruction": REST},
            {
                "kind": "train", "seconds": answers.round_seconds, "repeat": answers.rounds,
                "rest": answers.rest, "instruction": TRAIN,
            },
        ],
        **_shown(),
    }  # fmt: skip
    document.update(fields)
    return tomlkit.dumps(document)


def _feature(answers: Answers) -> dict[str, Any]:
    sites, against = _sites(answers.sites), _sites(answers.against)
    name = _measure(answers)
    channels: dict[str, Any] = (
        {"kind": "asymmetry", "name": name, "left": against, "right": sites}
        if against
        else {"kind": "power", "name": name, "channels": sites}
    )
    band = [answers.low, answers.high]
    return {**channels, "envelope": {"estimator": "auto", "band": band}}


def _measure(answers: Answers) -> str:
    """Return what the measure is called in the log: the usual name of its band."""
    if _sites(answers.against):
        return "asymmetry"
    return next(name for name, below in BANDS if answers.low < below)


def _sites(text: str) -> list[str]:
    return [name for name in re.split(r"[,;\s]+", text) if name]


def _shown() -> dict[str, Any]:
    """Return what the participant is told and shown: as in the protocol that is simplest to learn.

    Its texts are those of a value that is to become higher, whatever it is made of.
    """
    usual = load_protocol("alpha-up").model_dump(mode="json")
    shown = {key: usual[key] for key in ("instructions", "display")}
    return {key: _without_none(value) for key, value in shown.items()}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    return value


def name_of(title: str) -> str:
    """Return a protocol's name for a title: letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:48].strip("-")


def protocol_of(answers: Answers) -> ProtocolSpec:
    """Return the protocol that follows from the answers.

    Raises
    ------
    UserError
        If it has no title, or is refused; it says what is wrong.
    """
    if not name_of(answers.title):
        raise UserError("Give the protocol a title, for instance Alpha at Pz.")
    return parse_protocol(protocol_text(answers), where=answers.title.strip())


def save_protocol(answers: Answers, folder: Path, taken: Sequence[str] = ()) -> Path:
    """Write the file of a protocol, and return it; nothing is written over.

    Parameters
    ----------
    answers : Answers
    folder : Path
        Need not exist.
    taken : sequence of str
        Names of other protocols.

    Raises
    ------
    UserError
        If the protocol is refused, its name is taken, or the file cannot be written.
    """
    spec = protocol_of(answers)
    path = folder / f"{spec.name}.toml"
    if path.exists() or spec.name in {*library(), *taken}:
        raise UserError(
            "There is a protocol {name} already; give this one another title.", name=spec.name
        )
    try:
        make_folders(folder)
        replace_text(path, protocol_text(answers))
    except OSError as error:
        raise UserError(
            "The protocol cannot be written to {path}: {reason}.", path=path, reason=why(error)
        ) from error
    load_protocol(str(path))  # what was written can be read
    return path
