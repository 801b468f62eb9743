"""Lines of truth and query through the comparison's core, and what it makes of them.

    lab = Lab("ACGTACGTAC").truth("3 G A 0/1").query("3 G A 1|1")
    lab.compare()
    assert lab.matches() == [["am"], ["am"]]

A record is ``POS REF ALT GT [QUAL [FILTER [INFO]]]``, separated by blanks (POS from 1); a
line with tabs is taken as it stands. Single steps: ``lab.step("match")``.
"""

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from engines.compare.core import native
from engines.compare.core.session import Records, Session
from engines.compare.core.settings import Packed, Settings, SideSettings, Where, subset_names
from engines.compare.intake import Intake
from engines.formats.bed import Intervals

Interval = Sequence[tuple[int, int]]
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class LabCall:
    """A ``Call`` of compare.h in Python's types."""

    order: int
    position: int
    ref: str
    alts: tuple[str, ...]
    genotype: tuple[int, ...]
    haplotypes: tuple[Edit | None, Edit | None]
    phased: bool
    failed: bool
    selected: bool
    confident: bool
    snp: bool
    transition: bool
    transversion: bool
    quality: float | None
    score: float | None
    fraction: float | None
    match: str
    block: int
    superlocus: int
    zygosity: str
    subtypes: tuple[str, ...]


def record(text: str, contig: str) -> str:
    """One line of a VCF file with one sample."""
    if "\t" in text:
        return text.rstrip("\n") + "\n"
    position, ref, alt, genotype, *more = text.split()
    quality, failed, info = (*more, *(".", "PASS", ".")[len(more) :])
    cells = (contig, position, ".", ref, alt, quality, failed, info, "GT", genotype)
    return "\t".join(cells) + "\n"


class Lab:
    """One contig: its sequence, its records, what is asked.

    Args:
        sequence: upper case.
        contig: its name.
        regions: ``target``, ``regions``, ``confident``, ``diploid`` as lists of (start, end),
            ``subsets`` as a dictionary of such lists.
        settings: fields of ``Settings``; those of ``SideSettings`` hold for both sides, unless
            they begin with ``truth_`` or ``query_``.
    """

    def __init__(self, sequence: str, contig: str = "chr1", **options: Any) -> None:
        where: dict[str, Any] = {"contig": contig}
        for name in ("target", "regions", "confident", "diploid"):
            if (pairs := options.pop(name, None)) is not None:
                where[name] = Intervals.of(pairs)
        subsets = options.pop("subsets", {})
        where["subsets"] = {name: Intervals.of(pairs) for name, pairs in subsets.items()}
        self.contig, self.settings = contig, _settings(options)
        self.where = Where(**where)
        self.sequence = bytearray(sequence.encode())
        self.session = Session(
            self.sequence, Packed(self.settings, self.where), ("truth t.vcf.gz", "query q.vcf.gz")
        )

    def truth(self, *records: str) -> Self:
        """Take in records of the truth."""
        return self.read(native.TRUTH, *records)

    def query(self, *records: str) -> Self:
        """Take in records of the query."""
        return self.read(native.QUERY, *records)

    def read(self, side: int, *records: str) -> Self:
        """Take in records of one side; of each argument its lines."""
        lines = (line for text in records for line in text.strip("\n").split("\n") if line)
        self.session.read(side, "".join(record(line, self.contig) for line in lines).encode())
        return self

    def compare(self) -> Self:
        """All steps."""
        self.session.compare()
        return self

    def step(self, name: str, *arguments: int) -> Self:
        """One step of compare.h, e.g. ``step("primitives", QUERY)``."""
        function = getattr(native.native(), name)
        function.restype, function.argtypes = ctypes.c_int, None
        self.session.check(function(self.session.contig, *map(ctypes.c_int, arguments)))
        return self

    def intake(self, side: int) -> Intake:
        """What became of the lines of one side."""
        return self.session.intake(side, self.contig)

    def calls(self, side: int) -> list[LabCall]:
        """The calls of one side, in the order that they lie in now."""
        found = self.session.fields.calls[side]
        return [_call(found.items[n]) for n in range(found.count)]

    def matches(self) -> list[list[str]]:
        """BK of every call, by side, in the order of the records."""
        return [
            [call.match for call in sorted(self.calls(side), key=lambda call: call.order)]
            for side in (native.TRUTH, native.QUERY)
        ]

    def superloci(self) -> Records:
        """The clusters."""
        return self.session.superloci()

    def differences(self) -> list[dict[str, int]]:
        """The clusters with an FN or FP."""
        return [_plain(row) for row in self.session.differences()]

    def levels(self) -> list[dict[str, Any]]:
        """Calls by level of the score."""
        return [_plain(row) for row in self.session.levels()]

    def counts(self, kind: str, filter_name: str = "ALL", subset: str = "*") -> dict[str, int]:
        """One row of the tally: columns that are not 0."""
        subsets = subset_names(self.settings, list(self.where.subsets))
        row = self.session.tally()[
            subsets.index(subset), native.KINDS.index(kind), native.FILTERS.index(filter_name)
        ]
        return {name: int(n) for name, n in zip(native.COLUMNS, row, strict=True) if n}

    def lines(self) -> list[str]:
        """Lines of the annotated VCF."""
        return b"".join(bytes(piece) for piece in self.session.lines()).decode().splitlines()


def _settings(options: dict[str, Any]) -> Settings:
    sides = {"truth": SideSettings(), "query": SideSettings()}
    names = set(SideSettings.__dataclass_fields__)
    for option in list(options):
        side, _, name = option.partition("_")
        if option in names:
            value = options.pop(option)
            sides = {key: replace(had, **{option: value}) for key, had in sides.items()}
        elif side in sides and name in names:
            sides[side] = replace(sides[side], **{name: options.pop(option)})
    return Settings(**sides, **options)


def _call(call: Any) -> LabCall:
    flags = call.flags
    return LabCall(
        order=call.order,
        position=call.position,
        ref=call.ref.text(),
        alts=tuple(alt.text() for alt in call.alts[: call.alt_count]),
        genotype=tuple(call.genotype[: call.ploidy]),
        haplotypes=tuple(_edit(edit) for edit in call.haplotypes),  # type: ignore[arg-type]
        phased=bool(flags & native.PHASED),
        failed=bool(flags & native.FAILED),
        selected=bool(flags & native.SELECTED),
        confident=bool(flags & native.CONFIDENT),
        snp=bool(flags & native.SNP),
        transition=bool(flags & native.TRANSITION),
        transversion=bool(flags & native.TRANSVERSION),
        quality=_number(call.quality),
        score=_number(call.score),
        fraction=_number(call.fraction),
        match=native.MATCHES[call.match],
        block=call.block,
        superlocus=call.superlocus,
        zygosity=native.ZYGOSITIES[call.zygosity],
        subtypes=tuple(
            name for bit, name in enumerate(native.KINDS[2:]) if call.subtypes >> bit & 1
        ),
    )


def _edit(edit: Any) -> Edit | None:
    return None if edit.start < 0 else (edit.start, edit.end, edit.alt.text())


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _plain(row: Any) -> dict[str, Any]:
    return {name: row[name].tolist() for name in row.dtype.names}
