"""The kernel's functions, called from Python: structures, signatures, the loaded library.

``ctypes`` gives the interpreter's lock back during a call, so threads run side by side.
"""

import ctypes
import functools
from ctypes import POINTER, c_int, c_uint32, c_uint64, c_void_p

import numpy as np
import numpy.typing as npt

from engines.contract.compiled import Signatures
from engines.screen.kernel.library import COMPILED

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]
Records = npt.NDArray[np.void]

# bytes that must be readable behind the last letter of a buffer
PADDING = 16

RECORD = np.dtype([(name, "<u4") for name in ("start", "name", "seq", "length", "quality", "end")])


class ScreenIndex(ctypes.Structure):
    """``screen_index`` of screen_read.h."""

    _fields_ = [
        ("filter", c_void_p),
        ("table", c_void_p),
        ("kind", c_uint32),
        ("k", c_uint32),
        ("seed", c_uint32),
        ("filter_bits", c_uint32),
        ("table_bits", c_uint32),
        ("stride", c_uint32),
    ]


class Outcome(ctypes.Structure):
    """``fastq_outcome`` of fastq.h."""

    _fields_ = [
        ("records", c_uint64),
        ("consumed", c_uint64),
        ("detail", c_uint64),
        ("problem", c_uint32),
        ("unused", c_uint32),
    ]


TALLY = (
    "reads",
    "bases",
    "unknown_bases",
    "quality_sum",
    "adapters",
    "shortest",
    "longest",
    "lowest_quality",
    "highest_quality",
)


class Tally(ctypes.Structure):
    """``fastq_tally`` of fastq.h."""

    _fields_ = [(name, c_uint64) for name in TALLY]


SIGNATURES: Signatures = {
    "screen_reads": (None, [POINTER(ScreenIndex), c_void_p, c_void_p, c_uint64, c_void_p]),
    "screen_hashes": (c_uint64, [c_uint32, c_uint32, c_void_p, c_uint64, c_void_p]),
    "screen_fill_table": (None, [c_void_p, c_uint64, c_uint32, c_void_p]),
    "screen_fill_filter": (None, [c_void_p, c_uint64, c_uint32, c_void_p]),
    "screen_empty": (c_uint64, []),
    "fastq_find": (
        None,
        [c_void_p, c_uint64, c_int, c_uint64, c_void_p, POINTER(Outcome)],
    ),
    "fastq_check": (
        None,
        [c_void_p, c_void_p, c_uint64, POINTER(Tally), POINTER(Outcome)],
    ),
    "fastq_unlike_names": (
        c_uint64,
        [c_void_p, c_void_p, c_void_p, c_void_p, c_uint64],
    ),
    "fastq_copy": (c_uint64, [c_void_p, c_void_p, c_void_p, c_uint64, c_void_p]),
}


@functools.cache
def native() -> ctypes.CDLL:
    """The library with its signatures.

    Raises:
        Unavailable: it cannot be made, or not be loaded.
    """
    return COMPILED.load(SIGNATURES)
