"""The same work for many things at once: processes of this computer, or a Dask cluster.

Responsible for joblib and Dask, and for what is said when one of them fails. Not responsible for
the work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any, Protocol, TypeVar

from neurofeedback.errors import UserError

Thing = TypeVar("Thing")
Result = TypeVar("Result")
_IDLE = 20.0  # s; workers whose parent was killed notice it by having nothing to do
_PATIENCE = 30.0  # s, for a cluster to answer, and again to have a worker


class Each(Protocol):
    """Does the same for many things; results come as they are done, in any order."""

    def __call__(
        self, do: Callable[[Thing], Result], things: Iterable[Thing], /
    ) -> Iterator[Result]:
        """Yield what `do` returns for each of `things`."""
        ...


@contextmanager
def pool(jobs: int | None = None, dask: str | None = None) -> Iterator[Each]:
    """Give a function that shares work out.

    Parameters
    ----------
    jobs : int or None
        Processes at once; None for one for each core. Without meaning where `dask` is given.
    dask : str or None
        Address of the scheduler of a Dask cluster, whose workers have this program and see the
        same files; None for this computer.

    Yields
    ------
    Each

    Raises
    ------
    UserError
        If there is no such cluster, or a worker dies.
    """
    import joblib

    with ExitStack() as stack:
        if dask is None:
            stack.callback(_end_workers)
            if getattr(sys, "frozen", False):
                jobs = 1  # the installed application has no Python to start workers with
            stack.enter_context(
                joblib.parallel_config(backend="loky", n_jobs=jobs or -1, idle_worker_timeout=_IDLE)
            )
        else:
            client, lost = _cluster(dask)
            stack.enter_context(client)
            stack.enter_context(joblib.parallel_config(backend="dask", n_jobs=-1, client=client))
        failures = (BrokenProcessPool,) if dask is None else lost

        def each(do: Callable[[Thing], Result], things: Iterable[Thing], /) -> Iterator[Result]:
            parallel = joblib.Parallel(
                return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs"
            )
            try:
                yield from parallel(joblib.delayed(do)(thing) for thing in things)
            except failures as error:
                raise UserError(
                    "A worker was killed, perhaps for lack of memory. What is done is kept: give "
                    "the same command again, with fewer workers if this happens again."
                ) from error

        yield each


def _end_workers() -> None:
    """End the processes of this computer now: one that is about to end by itself takes its time."""
    loky: Any = import_module("joblib.externals.loky")
    loky.get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _cluster(address: str) -> tuple[Any, tuple[type[BaseException], ...]]:
    """Return a client of a Dask cluster, and how it says that workers were lost."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise UserError(
            "--dask needs the package distributed: install this program with its extra 'dask' "
            "(neurofeedback[dask])."
        ) from error
    try:
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            "There is no Dask scheduler at {address}: give its address as `dask scheduler` prints "
            "it, for example tcp://10.0.0.1:8786.",
            address=address,
        ) from error
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError as error:
        client.close()
        raise UserError(
            "The Dask cluster at {address} has no worker: start some with `dask worker {address}`.",
            address=address,
        ) from error
    return client, (distributed.KilledWorker, distributed.CancelledError, OSError)
