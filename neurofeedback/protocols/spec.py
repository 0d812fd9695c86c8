"""The protocol: a frozen declaration read from a TOML file.

Responsible for what a protocol may say, for refusing anything else with a sentence a person can
act on, and for the flat list of blocks that it declares. Not responsible for running it.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from neurofeedback.errors import UserError
from neurofeedback.signal.settings import Name, PipelineSettings, Settings

BlockKind = Literal["baseline", "train", "rest"]


class TrainedSettings(Settings):
    """Which feature is trained, and which way.

    Attributes
    ----------
    feature : str
        Name of one of the declared features.
    direction : {'up', 'down'}
        Whether higher or lower values are rewarded.
    """

    feature: Name
    direction: Literal["up", "down"] = "up"


class ThresholdSettings(Settings):
    """How the threshold is set.

    Attributes
    ----------
    rule : {'target-rate'}
        The quantile of the feature that would have been passed `target_rate` of the time.
    target_rate : float
        Wanted share of clean time above threshold, 0.1 to 0.9.
    update : {'never', 'between-blocks'}
        Whether each training block sets the threshold of the next; it never moves within one.
    """

    rule: Literal["target-rate"] = "target-rate"
    target_rate: float = Field(default=0.65, ge=0.1, le=0.9)
    update: Literal["never", "between-blocks"] = "between-blocks"


class RewardSettings(Settings):
    """When staying past the threshold earns a reward.

    Attributes
    ----------
    dwell : float
        Time in s the feature must stay past the threshold, without a hold.
    refractory : float
        Shortest time in s between two rewards.
    """

    dwell: float = Field(default=0.25, ge=0.0, le=10.0)
    refractory: float = Field(default=1.0, ge=0.0, le=60.0)


class BlockSettings(Settings):
    """A block, or several of a kind.

    Attributes
    ----------
    kind : {'baseline', 'train', 'rest'}
    seconds : float
        Length in s; for a baseline, seconds of clean data wanted.
    repeat : int
        How many times.
    rest : float
        Seconds of rest between repetitions.
    """

    kind: BlockKind
    seconds: float = Field(gt=0.0, le=7200.0)
    repeat: int = Field(default=1, ge=1, le=100)
    rest: float = Field(default=0.0, ge=0.0, le=3600.0)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the schedule as run: its kind and its length in s."""

    kind: BlockKind
    seconds: float


class ProtocolSpec(Settings):
    """A whole protocol.

    Attributes
    ----------
    version : int
        Version of this file format; 1.
    name, title, description, limits : str
        What it is, for people; `limits` states what it cannot do.
    evidence : tuple of str
        DOIs.
    signal : PipelineSettings
        Montage, features and artefact gate.
    trained : TrainedSettings
    threshold : ThresholdSettings
    reward : RewardSettings
    blocks : tuple of BlockSettings
        In order; a baseline comes before the first training block.
    """

    version: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
    title: str = Field(min_length=1, max_length=120)
    description: str = Field(default="", max_length=4000)
    limits: str = Field(default="", max_length=4000)
    evidence: tuple[str, ...] = ()
    signal: PipelineSettings
    trained: TrainedSettings
    threshold: ThresholdSettings = ThresholdSettings()
    reward: RewardSettings = RewardSettings()
    blocks: tuple[BlockSettings, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _consistent(self) -> ProtocolSpec:
        names = [f.name for f in self.signal.features]
        if self.trained.feature not in names:
            raise ValueError(
                f"trained.feature {self.trained.feature!r} is not one of the features {names}"
            )
        for block in self.blocks:
            if block.kind == "baseline":
                break
            if block.kind == "train":
                raise ValueError("a baseline block must come before the first train block")
        return self

    def iter_blocks(self) -> Iterator[Block]:
        """Yield the blocks in the order they are run, repetitions and rests written out."""
        for declared in self.blocks:
            for i in range(declared.repeat):
                if i and declared.rest > 0:
                    yield Block("rest", declared.rest)
                yield Block(declared.kind, declared.seconds)

    @property
    def hash(self) -> str:
        """SHA-256 of the protocol's meaning: equal for files that declare the same protocol."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def library() -> dict[str, Path]:
    """Return the protocols that come with the program, name to file, in order of name."""
    folder = Path(str(resources.files("neurofeedback.protocols") / "library"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load_protocol(name_or_path: str) -> ProtocolSpec:
    """Read a protocol from the library by name, or from a TOML file by path.

    Parameters
    ----------
    name_or_path : str
        ``faa-up``, or a path ending in ``.toml``.

    Returns
    -------
    ProtocolSpec

    Raises
    ------
    UserError
        If there is no such protocol, the file cannot be read, or what it says is refused; the
        sentence names every refused key.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        known = library()
        if name_or_path not in known:
            near = difflib.get_close_matches(name_or_path, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise UserError(
                f"There is no protocol {name_or_path!r}.{hint} Known: {', '.join(known)}; "
                "or give the path of a .toml file."
            )
        path = known[name_or_path]
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(f"The protocol file {path} cannot be read: {reason}.") from error
    return parse_protocol(text, where=str(path))


def parse_protocol(text: str, *, where: str = "the protocol") -> ProtocolSpec:
    """Read a protocol from TOML text; see `load_protocol`."""
    try:
        fields = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{where} is not valid TOML: {error}.") from error
    try:
        return ProtocolSpec.model_validate(fields)
    except ValidationError as error:
        problems = "; ".join(_sentence(e) for e in error.errors())
        raise UserError(f"{where} is refused: {problems}.") from error


def _sentence(error: ErrorDetails) -> str:
    loc = [p for p in error["loc"] if p not in ("asymmetry", "power")]
    key = ".".join(str(p) for p in loc) or "protocol"
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(loc[-1]), _known_keys(ProtocolSpec), n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        return f"unknown key {key!r}{hint}"
    given = _short(error.get("input"))
    message = error["msg"].removeprefix("Value error, ")
    if message[1:2].islower():  # but not the name of a channel
        message = message[0].lower() + message[1:]
    return f"key {key!r}: {message}{given}"


def _short(value: Any) -> str:
    return f" (given {value!r})" if isinstance(value, str | int | float) else ""


def _known_keys(model: type[Settings]) -> set[str]:
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}
