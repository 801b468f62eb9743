"""The structures of ``compare.h`` and the loaded library."""

import ctypes
import functools
from ctypes import (
    POINTER,
    Structure,
    c_bool,
    c_char,
    c_char_p,
    c_float,
    c_int,
    c_int8,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engines.contract.compiled import Compiled, Signatures

Integers = npt.NDArray[np.int32]

FOLDER = Path(__file__).parent
COMPILED = Compiled(
    name="compare",
    what="the comparison's core",
    folder=FOLDER,
    sources=tuple(sorted(path.name for path in FOLDER.glob("*.c"))),
    headers=tuple(sorted(path.name for path in FOLDER.glob("*.h"))),
)

SIDES = ("truth", "query")
TRUTH, QUERY = 0, 1
SEXES = ("none", "female", "male", "auto")
SCORES = ("", "QUAL", "INFO", "FORMAT")
KINDS = (
    "SNP", "INDEL", "I1_5", "I6_15", "I16_PLUS", "D1_5", "D6_15", "D16_PLUS", "C1_5", "C6_15",
    "C16_PLUS",
)  # fmt: skip
FILTERS = ("ALL", "PASS", "SEL")
DECISIONS = ("truth_tp", "truth_fn", "query_tp", "query_fp", "query_unk")
CLASSES = ("", "ti", "tv", "het", "homalt")
# columns of a row of the tally
COLUMNS = (
    *(f"{decision}_{name}".rstrip("_") for decision in DECISIONS for name in CLASSES),
    "fp_gt",
    "fp_al",
)
# the words for ASIDE_* of compare.h, in its order
ASIDE = (
    "POS 0 (before the first base)",
    "reference block or site without ALT",
    "no genotype (GT)",
    "more than two alleles called (polyploid)",
    "homozygous reference",
    "no call",
    "failed a filter",
    "unspecified allele called (<NON_REF>)",
    "symbolic allele",
    "breakend",
    "allele with letters other than A, C, G, T, N",
    "spanning deletion only (*)",
    "REF differs from the reference",
    "allele equal to the reference",
    "outside the target regions",
    "no call of the gVCF",
)
MATCHES = (".", "lm", "am", "gm")
ZYGOSITIES = ("het", "homalt", "hetalt", "hemi", "halfcall")
PHASED, FAILED, SELECTED, CONFIDENT, SNP, TRANSITION, TRANSVERSION = (1 << n for n in range(7))
NO_LEVEL = -(2**31)
PROBLEM_BAD_DATA, PROBLEM_MEMORY = 1, 2


class Allele(Structure):
    """``Allele`` of compare.h."""

    _fields_ = [("bases", c_void_p), ("length", c_int32)]

    def text(self) -> str:
        """Its bases."""
        return ctypes.string_at(self.bases, self.length).decode() if self.length else ""


class Edit(Structure):
    """``Edit``."""

    _fields_ = [("start", c_int32), ("end", c_int32), ("alt", Allele)]


class Call(Structure):
    """``Call``."""

    _fields_ = [
        ("order", c_uint32),
        ("position", c_int32),
        ("ref", Allele),
        ("alts", Allele * 2),
        ("haplotypes", Edit * 2),
        ("filter", c_void_p),
        ("quality", c_float),
        ("score", c_float),
        ("fraction", c_float),
        ("superlocus", c_int32),
        ("block", c_int32),
        ("genotype", c_int8 * 2),
        ("ploidy", c_uint8),
        ("alt_count", c_uint8),
        ("flags", c_uint8),
        ("match", c_uint8),
        ("zygosity", c_uint8),
        ("unused", c_uint8),
        ("subtypes", c_uint16),
        ("unused2", c_uint16),
    ]


class Calls(Structure):
    """``Calls``."""

    _fields_ = [("items", POINTER(Call)), ("count", c_int64), ("room", c_int64)]


class FilterText(Structure):
    """``FilterText``."""

    _fields_ = [("text", c_void_p), ("length", c_size_t), ("kept", c_char_p)]


class FilterTexts(Structure):
    """``FilterTexts``."""

    _fields_ = [
        ("items", POINTER(FilterText)),
        ("count", c_int64),
        ("slots", c_void_p),
        ("slot_count", c_size_t),
        ("last", c_uint32),
    ]


class Intervals(Structure):
    """``Intervals``."""

    _fields_ = [("starts", c_void_p), ("ends", c_void_p), ("count", c_int64)]


class Aside(Structure):
    """``Aside``."""

    _fields_ = [("count", c_int64), ("first", c_int32)]


class Intake(Structure):
    """``Intake``."""

    _fields_ = [
        ("records", c_int64),
        ("checked", c_int64),
        ("mismatched", c_int64),
        ("unknown", c_int64),
        ("aside", Aside * len(ASIDE)),
        ("first_mismatch", c_char * 128),
        ("haploid", c_int64),
        ("heterozygous", c_int64),
        ("last", c_int32),
        ("gvcf", c_bool),
    ]


class SideOptions(Structure):
    """``SideOptions``."""

    _fields_ = [
        ("contig", c_char_p),
        ("column", c_int32),
        ("columns", c_int32),
        ("passing_only", c_bool),
        ("convert_gvcf", c_bool),
        ("filter_nonref", c_bool),
        ("score_source", c_int32),
        ("fraction_source", c_int32),
        ("score_key", c_char_p),
        ("fraction_key", c_char_p),
        ("ignored_filters", c_char_p),
        ("roc_filters", c_char_p),
    ]


class Options(Structure):
    """``Options``."""

    _fields_ = [
        ("sides", SideOptions * 2),
        ("contig", c_char_p),
        ("decompose", c_bool),
        ("leftshift", c_bool),
        ("preprocess_truth", c_bool),
        ("adjust_confident", c_bool),
        ("squash", c_bool),
        ("sex_contig", c_bool),
        ("sex", c_int32),
        ("gap", c_int32),
        ("max_states", c_int32),
        ("has_target", c_bool),
        ("has_regions", c_bool),
        ("has_confident", c_bool),
        ("target", Intervals),
        ("regions", Intervals),
        ("confident", Intervals),
        ("diploid", Intervals),
        ("subset_count", c_int32),
        ("subsets", POINTER(Intervals)),
        ("subset_names", POINTER(c_char_p)),
        ("fraction_bins", c_int32),
        ("fraction_bounds", POINTER(c_float)),
        ("fraction_names", POINTER(c_char_p)),
        ("roc_subset_count", c_int32),
        ("roc_subsets", POINTER(c_int32)),
        ("roc_delta", c_float),
        ("write_regions", c_bool),
    ]


class Superlocus(Structure):
    """``Superlocus``."""

    _fields_ = [
        ("start", c_int32),
        ("end", c_int32),
        ("first", c_int32),
        ("states", c_int32),
        ("calls", (c_int64 * 2) * 2),
        ("capped", c_bool),
        ("boundary", c_bool),
        ("contained", c_bool),
    ]


class Superloci(Structure):
    """``Superloci``."""

    _fields_ = [("items", POINTER(Superlocus)), ("count", c_int64), ("room", c_int64)]


class RocLevel(Structure):
    """``RocLevel``."""

    _fields_ = [
        ("subset", c_int32),
        ("kind", c_int32),
        ("filter", c_int32),
        ("level", c_int32),
        ("counts", c_int64 * len(DECISIONS)),
        ("fp_gt", c_int64),
        ("fp_al", c_int64),
        ("ti", c_int64 * len(DECISIONS)),
        ("tv", c_int64 * len(DECISIONS)),
    ]


class RocLevels(Structure):
    """``RocLevels``."""

    _fields_ = [("items", POINTER(RocLevel)), ("count", c_int64), ("room", c_int64)]


class Difference(Structure):
    """``Difference``."""

    _fields_ = [
        (name, c_int32)
        for name in (
            "start", "end", "truth_tp", "truth_fn", "query_tp", "query_fp", "fp_gt", "fp_al",
            "snp", "indel", "homopolymer", "repeat_unit", "repeat_length", "superlocus", "states",
            "capped",
        )
    ]  # fmt: skip


class Differences(Structure):
    """``Differences``."""

    _fields_ = [("items", POINTER(Difference)), ("count", c_int64), ("room", c_int64)]


class Buffer(Structure):
    """``Buffer``."""

    _fields_ = [("bytes", c_void_p), ("length", c_size_t), ("room", c_size_t), ("failed", c_bool)]


class Problem(Structure):
    """``Problem``."""

    _fields_ = [
        ("kind", c_int32),
        ("side", c_int32),
        ("text", c_char * 400),
        ("hint", c_char * 200),
    ]


class Contig(Structure):
    """``Contig``."""

    _fields_ = [
        ("sequence", c_void_p),
        ("length", c_int32),
        ("options", POINTER(Options)),
        ("arena", c_void_p),
        ("intake", Intake * 2),
        ("calls", Calls * 2),
        ("filters", FilterTexts),
        ("superloci", Superloci),
        ("hemizygous", c_bool),
        ("members", POINTER(c_uint64) * 2),
        ("confident_size", c_int64),
        ("subset_confident", POINTER(c_int64)),
        ("tally", POINTER(c_int64)),
        ("levels", RocLevels),
        ("differences", Differences),
        ("writer", c_void_p),
        ("lines", Buffer),
        ("problem", Problem),
    ]


SIGNATURES: Signatures = {
    "contig_open": (POINTER(Contig), [c_void_p, c_int32, POINTER(Options)]),
    "contig_read": (c_int, [POINTER(Contig), c_int32, c_char_p, c_int64]),
    "contig_compare": (c_int, [POINTER(Contig)]),
    "contig_lines": (c_int, [POINTER(Contig), c_int64]),
    "contig_close": (None, [POINTER(Contig)]),
    "bed_rows": (c_int, [c_char_p, c_int64, c_void_p, c_void_p, c_void_p, c_int64, c_void_p]),
    "line_spans": (c_int64, [c_void_p, c_int64, c_void_p, c_void_p, c_void_p]),
}


@functools.cache
def native() -> ctypes.CDLL:
    """The library with its signatures.

    Raises:
        Unavailable: it cannot be made, or not be loaded.
    """
    return COMPILED.load(SIGNATURES)


def spans_of(lines: memoryview) -> tuple[Integers, Integers, npt.NDArray[np.int64]]:
    """First base, base behind the last, and place in the text of each of our own VCF lines."""
    text = np.frombuffer(lines, dtype=np.uint8)
    room = int(np.count_nonzero(text == ord("\n")))
    starts, ends = (np.empty(room, dtype=np.int32) for _ in range(2))
    offsets = np.empty(room, dtype=np.int64)
    columns = (starts.ctypes.data, ends.ctypes.data, offsets.ctypes.data)
    count = native().line_spans(text.ctypes.data, len(text), *columns)
    assert count == room
    return starts, ends, offsets
