"""``neurofeedback protocols validate``: what is wrong with a protocol, and what is doubtful.

Responsible for printing it. Not responsible for finding it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.acquisition.standard_montage import STANDARD, standard_montage
from neurofeedback.cli.boundary import EXIT_USER_ERROR
from neurofeedback.cli.console import answer, answer_json, progress_bar, say
from neurofeedback.cli.options import AsJson
from neurofeedback.cli.protocol.montage_options import Channels, File, Sfreq, montage_of
from neurofeedback.errors import UserError
from neurofeedback.protocols.file.problems import Problem, RefusedProtocol
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.warnings import warnings_of
from neurofeedback.session.explain.protocol import refusal
from neurofeedback.session.explain.protocol_words import minutes
from neurofeedback.words.message import Message

if TYPE_CHECKING:
    from neurofeedback.protocols.spec import ProtocolSpec


def validate(
    protocol: Annotated[str, typer.Argument(metavar="PROTOCOL", help="A name, or a .toml file.")],
    file: File = None,
    channels: Channels = None,
    sfreq: Sfreq = None,
    as_json: AsJson = False,
) -> None:
    """Check a protocol file: list all errors, and what is allowed but cannot succeed.

    With a montage (--file, or --channels and --sfreq), also check whether it can run on that.
    """
    try:
        spec = load_protocol(protocol)
        with progress_bar("Trying montages"):
            warnings = [*map(str, warnings_of(spec)), *_on_montage(spec, file, channels, sfreq)]
    except RefusedProtocol as refused:
        _print_problems(refused, as_json)
        raise typer.Exit(EXIT_USER_ERROR) from refused
    except UserError as error:  # there is no such protocol, or nothing that could be read
        if not as_json:
            raise
        _print_problems(
            RefusedProtocol(protocol, [Problem(Message(str(error).rstrip(".")))]), as_json
        )
        raise typer.Exit(EXIT_USER_ERROR) from error
    _print_valid(spec, warnings, as_json)


def _on_montage(
    spec: ProtocolSpec, file: Path | None, channels: int | None, sfreq: float | None
) -> list[str]:
    """Return a warning where no standard montage serves.

    Raises
    ------
    RefusedProtocol
        If a montage is given that does not serve.
    """
    if (file, channels, sfreq) != (None, None, None):
        info = montage_of(file, channels, sfreq)
        found = refusal(spec, info)
        if found is None:
            return []
        where = f"{spec.name} on {len(info.eeg)} channels at {info.sfreq:g} Hz ({info.name})"
        raise RefusedProtocol(where, [Problem(Message(found.rstrip(".")))])
    for n in sorted(STANDARD, reverse=True):
        found = refusal(spec, standard_montage(n))
        if found is None:
            return []
    sizes = ", ".join(map(str, STANDARD))
    return [f"no standard montage of {sizes} channels at 250 Hz serves it: {found}"]


def _print_valid(spec: ProtocolSpec, warnings: list[str], as_json: bool) -> None:

    if as_json:
        known = {"name": spec.name, "hash": spec.hash, "minutes": round(minutes(spec), 2)}
        answer_json({"ok": True, **known, "problems": [], "warnings": warnings})
        return
    for text in warnings:
        answer(f"warning: {text}")
    answer(f"{spec.name} is valid: {minutes(spec):.1f} min, hash {spec.hash[:12]}.")


def _print_problems(refused: RefusedProtocol, as_json: bool) -> None:

    problems = refused.problems
    if as_json:
        answer_json({"ok": False, "problems": [p.to_dict() for p in problems], "warnings": []})
        return
    for problem in problems:
        line = "" if problem.line is None else f":{problem.line}"
        answer(f"{refused.where}{line}: {problem.text}.")
    say(f"{refused.where} is refused: {len(problems)} problem{'s' if len(problems) > 1 else ''}.")
