"""A limit on the size of files, which stands in for a disk that fills up."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

resource = pytest.importorskip("resource", reason="this system has no limits on file size")


@contextmanager
def files_no_larger_than(n_bytes: int) -> Iterator[None]:
    """Make the kernel refuse to write beyond a size: a short write first, then an error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
