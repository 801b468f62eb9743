"""The functions of taxa.c, called from Python."""

import ctypes
import functools
from ctypes import POINTER, c_int, c_uint32, c_uint64, c_void_p
from typing import Any

from engines.screen.kernel.native import native

PARTS = 64  # of a genome, of equal length (taxa_read.h)
MOST_NODES = (1 << 18) - 1
MOST_MIN_WORDS = 16
FREE = 2**64 - 1
MARK_BITS = 40
# how a pair ends, in the order of taxa_read.h
WAYS = ("too_short", "not_sampled", "no_match", "too_few_matches", "classified")


class TaxaIndexC(ctypes.Structure):
    """``taxa_index`` of taxa_read.h."""

    _fields_ = [
        ("table", c_void_p),
        ("parent", c_void_p),
        ("end", c_void_p),
        ("nodes", c_uint32),
        ("k", c_uint32),
        ("table_bits", c_uint32),
        ("sample_bits", c_uint32),
        ("min_words", c_uint32),
        ("confidence", c_uint32),
    ]


class TallyC(ctypes.Structure):
    """``taxa_tally`` of taxa.c."""

    _fields_ = [
        ("reads", c_void_p),
        ("words", c_void_p),
        ("matched", c_void_p),
        ("hits", c_void_p),
        ("seen", c_void_p),
        ("ways", c_uint64 * len(WAYS)),
    ]


class GrowthC(ctypes.Structure):
    """``taxa_growth`` of taxa.c."""

    _fields_ = [
        ("table", c_void_p),
        ("parent", c_void_p),
        ("end", c_void_p),
        ("k", c_uint32),
        ("table_bits", c_uint32),
        ("sample_bits", c_uint32),
        ("node", c_uint32),
        ("length", c_uint64),
        ("position", c_uint64),
        ("word", c_uint64),
        ("other", c_uint64),
        ("run", c_uint64),
        ("possible", c_uint64),
        ("sampled", c_uint64),
        ("added", c_uint64),
        ("most", c_uint64),
        ("full", c_uint64),
    ]


SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "taxa_reads": (
        c_int,
        [
            POINTER(TaxaIndexC),
            c_void_p,
            c_void_p,
            c_void_p,
            c_void_p,
            c_uint64,
            POINTER(TallyC),
            c_void_p,
        ],
    ),
    "taxa_grow": (None, [POINTER(GrowthC), c_void_p, c_uint64]),
    "taxa_count_words": (None, [c_void_p, c_uint32, c_void_p, c_void_p]),
}


@functools.cache
def taxa_native() -> ctypes.CDLL:
    """The kernel's library with these functions.

    Raises:
        Unavailable: it cannot be made, or not be loaded.
    """
    loaded = native()
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded
