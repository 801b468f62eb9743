"""What htslib itself prints to stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

import pysam


@contextmanager
def silent_htslib() -> Iterator[None]:
    """Keep htslib quiet: for calls whose failure the caller tells in its own words.

    The level is one for the whole process: not for use in threads.
    """
    before = pysam.set_verbosity(0)
    try:
        yield
    finally:
        pysam.set_verbosity(before)
