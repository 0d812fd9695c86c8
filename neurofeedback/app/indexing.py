"""The index, as commands and windows use it.

Responsible for opening it and for telling it of a session that is run. Not responsible for what it
holds (`store`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from neurofeedback.app.remarks import remark
from neurofeedback.app.sessions import index_address, operator_or_set, output_root

if TYPE_CHECKING:
    from neurofeedback.store.index import Index


@contextmanager
def indexed(folder: Path, where: str | None = None, operator: str = "") -> Iterator[None]:
    """Tell the index that a session starts and, whatever comes of it, how it ended.

    The session neither fails of it nor waits for it, and what went wrong is said at its end: the
    start is told by a thread, since a stream is open already and a server may be slow to answer.
    See `app.loading` for what must be loaded before.

    Parameters
    ----------
    folder : Path
        Of the session.
    where : str or None
        Where the index is; see `store.place.find_place`.
    operator : str
        Who runs it.
    """
    from neurofeedback.store.register import register_finished, register_started

    where, operator = index_address(where), operator_or_set(operator)
    problems: list[str | None] = []

    def start() -> None:
        problems.append(register_started(folder, where=where, who=operator))

    thread = Thread(target=start, name="index")
    thread.start()
    try:
        yield
    finally:
        thread.join()
        problems.append(register_finished(folder, where=where, who=operator))
        for problem in dict.fromkeys(problems):
            remark(problem)


def open_index(
    dataset: Path | None,
    where: str | None,
    *,
    operator: str = "",
    make: bool = False,
    upgrade: bool = False,
) -> Index:
    """Return the index of a dataset, opened.

    Parameters
    ----------
    dataset : Path or None
        Its folder; see `output_root`.
    where : str or None
        Where the index is; see `store.place.find_place`.
    operator : str
        Who makes changes.
    make : bool
        Whether a folder may become a dataset.
    upgrade : bool
        Whether an older index on a server is upgraded.

    Raises
    ------
    UserError
        If it cannot be opened, or is switched off.
    """
    from neurofeedback.errors import UserError
    from neurofeedback.store.index import Index
    from neurofeedback.store.place import find_place

    place = find_place(output_root(dataset), index_address(where), make=make)
    if place is None:
        raise UserError("The index is switched off; give its place with --index.")
    return Index(place, who=operator_or_set(operator), upgrade=upgrade)
