"""What is asked of the core, as Python says it, and the structure that C reads."""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from engines.compare.core import native
from engines.contract.errors import BadUsage
from engines.formats.bed import Intervals

# Contigs on which a male has one copy of each base, but for the pseudo-autosomal regions.
SEX_CONTIGS = ("X", "chrX", "Y", "chrY")


@dataclass(frozen=True)
class SideSettings:
    """How the lines of one side are read.

    Attributes:
        column, columns: of the sample, counted from 0; of each line.
        passing_only: leave out records that a filter failed.
        convert_gvcf, filter_nonref: see hap.py's options of these names.
        score: what QQ is: ``QUAL``, ``INFO.KEY``, ``FORMAT.KEY``, or empty.
        fraction: what the allele fraction is: ``INFO.KEY``, ``FORMAT.KEY``, or empty.
        ignored_filters: a record that fails only these is left out (``--filters-only``).
        roc_filters: a record that fails only these is SEL (``--roc-filter``).
    """

    column: int = 9
    columns: int = 10
    passing_only: bool = False
    convert_gvcf: bool = False
    filter_nonref: bool = False
    score: str = "QUAL"
    fraction: str = ""
    ignored_filters: tuple[str, ...] = ()
    roc_filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """What is the same on every contig; the names are those of ``Options`` in compare.h."""

    truth: SideSettings = field(default_factory=SideSettings)
    query: SideSettings = field(default_factory=SideSettings)
    decompose: bool = True
    leftshift: bool = True
    preprocess_truth: bool = False
    adjust_confident: bool = True
    squash: bool = False
    sex: str = "auto"
    gap: int = 30
    states: int = 20_000
    fraction_bounds: tuple[float, ...] = ()
    roc_subsets: tuple[int, ...] = ()
    roc_delta: float = 0.5
    write_regions: bool = True


@dataclass(frozen=True)
class Where:
    """The intervals of one contig; None where no such file was given.

    Attributes:
        contig: its name in the reference.
        names: its names in truth and query, None where they are the same.
        diploid: pseudo-autosomal regions.
        subsets: stratification → intervals.
    """

    contig: str
    names: tuple[str, str] | None = None
    target: Intervals | None = None
    regions: Intervals | None = None
    confident: Intervals | None = None
    diploid: Intervals | None = None
    subsets: Mapping[str, Intervals] = field(default_factory=dict)


def fraction_names(bounds: Sequence[float]) -> list[str]:
    """Names of the bins between rising bounds: ``AF_0_0.2``."""
    return [f"AF_{low:g}_{high:g}" for low, high in pairwise(bounds)]


def subset_names(settings: Settings, stratifications: Sequence[str]) -> list[str]:
    """The subsets of the tally in its order (``subset_total`` of compare.h)."""
    bins = fraction_names(settings.fraction_bounds)
    return ["*", *stratifications, "TS_boundary", "TS_contained", *bins]


def field_of(name: str) -> tuple[int, bytes | None]:
    """``INFO.DP`` (or ``INFO/DP``) as the core reads it.

    Raises:
        BadUsage: it names no field of a VCF record.
    """
    if name in ("", "QUAL"):
        return native.SCORES.index(name), None
    column, _, key = name.replace("/", ".", 1).partition(".")
    if column not in ("INFO", "FORMAT") or not key:
        raise BadUsage(
            f"{name!r} names no field of a VCF record", hint="QUAL, INFO.KEY or FORMAT.KEY"
        )
    return native.SCORES.index(column), key.encode()


class Packed:
    """``Options`` for one contig, with the memory that it points to."""

    def __init__(self, settings: Settings, where: Where) -> None:
        self._kept: list[Any] = []
        names = where.names or (where.contig, where.contig)
        sides = (settings.truth, settings.query)
        self.options = native.Options(
            contig=where.contig.encode(),
            sides=tuple(map(self._side, sides, names)),
            decompose=settings.decompose,
            leftshift=settings.leftshift,
            preprocess_truth=settings.preprocess_truth,
            adjust_confident=settings.adjust_confident,
            squash=settings.squash,
            sex_contig=where.contig in SEX_CONTIGS,
            sex=native.SEXES.index(settings.sex),
            gap=settings.gap,
            max_states=settings.states,
            has_target=where.target is not None,
            has_regions=where.regions is not None,
            has_confident=where.confident is not None,
            target=self._intervals(where.target),
            regions=self._intervals(where.regions),
            confident=self._intervals(where.confident),
            diploid=self._intervals(where.diploid),
            roc_delta=settings.roc_delta,
            write_regions=settings.write_regions,
        )
        self._subsets(settings, where.subsets)

    def _side(self, side: SideSettings, contig: str) -> native.SideOptions:
        score, score_key = field_of(side.score)
        fraction, fraction_key = field_of(side.fraction)
        return native.SideOptions(
            contig=contig.encode(),
            column=side.column,
            columns=side.columns,
            passing_only=side.passing_only,
            convert_gvcf=side.convert_gvcf,
            filter_nonref=side.filter_nonref,
            score_source=score,
            score_key=score_key,
            fraction_source=fraction,
            fraction_key=fraction_key,
            ignored_filters=self._names(side.ignored_filters),
            roc_filters=self._names(side.roc_filters),
        )

    def _names(self, names: Sequence[str]) -> bytes | None:
        """Each ended by a 0, the list by an empty one; ctypes adds the last 0 itself."""
        return b"".join(name.encode() + b"\0" for name in names) if names else None

    def _intervals(self, intervals: Intervals | None) -> native.Intervals:
        if intervals is None or not len(intervals):
            return native.Intervals()
        columns = [
            np.ascontiguousarray(column, dtype=np.int32)
            for column in (intervals.starts, intervals.ends)
        ]
        self._kept += columns
        return native.Intervals(columns[0].ctypes.data, columns[1].ctypes.data, len(intervals))

    def _subsets(self, settings: Settings, subsets: Mapping[str, Intervals]) -> None:
        options, bounds = self.options, settings.fraction_bounds
        options.subset_count = len(subsets)
        options.subsets = (native.Intervals * len(subsets))(
            *(self._intervals(intervals) for intervals in subsets.values())
        )
        options.subset_names = self._texts(list(subsets))
        options.fraction_bins = max(0, len(bounds) - 1)
        options.fraction_bounds = (ctypes.c_float * len(bounds))(*bounds)
        options.fraction_names = self._texts(fraction_names(bounds))
        options.roc_subset_count = len(settings.roc_subsets)
        options.roc_subsets = (ctypes.c_int32 * len(settings.roc_subsets))(*settings.roc_subsets)

    def _texts(self, texts: Sequence[str]) -> Any:
        return (ctypes.c_char_p * len(texts))(*(text.encode() for text in texts))
