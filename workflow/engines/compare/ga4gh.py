"""The annotated VCF in the form of the GA4GH benchmarking team (samples TRUTH and QUERY).

https://github.com/ga4gh/benchmarking-tools, doc/ref-impl/intermediate.md
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pysam

from engines import __version__
from engines.compare.calls import Call
from engines.compare.decided import Decided, Mask

HEADER = """\
##fileformat=VCFv4.2
##source=plumbline {version}
##reference={reference}
{contigs}\
##INFO=<ID=BS,Number=1,Type=Integer,Description="Superlocus: position of the first call of the \
cluster">
##INFO=<ID=Regions,Number=.,Type=String,Description="Confident (CONF) and stratification regions">
##FILTER=<ID=FAIL,Description="The query record failed a filter">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=BD,Number=1,Type=String,Description="Decision: TP, FP, FN, UNK (not assessed)">
##FORMAT=<ID=BK,Number=1,Type=String,Description="Match: gm genotype, am allele, lm local, . none">
##FORMAT=<ID=BI,Number=1,Type=String,Description="Subtypes of the called alleles">
##FORMAT=<ID=BVT,Number=1,Type=String,Description="Type: SNP, INDEL, NOCALL">
##FORMAT=<ID=BLT,Number=1,Type=String,Description="Class of the genotype">
##FORMAT=<ID=QQ,Number=1,Type=Float,Description="Quality of the query call">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tTRUTH\tQUERY
"""
ABSENT = "./.:.:.:.:NOCALL:nocall:."


def lines(
    contig: str, sides: tuple[Decided, Decided], members: Sequence[Mapping[str, Mask]]
) -> Iterator[str]:
    """VCF lines of one contig in the order of their positions.

    Truth and query share a line where POS, REF and the called ALTs are the same.
    """
    rows: dict[tuple[int, str, tuple[str, ...], int], list[int | None]] = {}
    for side, decided in enumerate(sides):
        seen: dict[tuple[int, str, tuple[str, ...]], int] = {}
        for number, call in enumerate(decided.calls):
            what = (call.position, call.ref, tuple(sorted(call.alts)))
            seen[what] = seen.get(what, -1) + 1
            rows.setdefault((*what, seen[what]), [None, None])[side] = number
    for (position, ref, alts, _), indices in sorted(rows.items()):
        columns: list[str] = []
        regions: set[str] = set()
        superlocus = 0
        for side, (decided, index) in enumerate(zip(sides, indices, strict=True)):
            if index is None:
                columns.append(ABSENT)
                continue
            columns.append(_column(decided, index, alts, "FN" if side == 0 else "FP"))
            superlocus = decided.superlocus[index]
            regions.update(name for name, mask in members[side].items() if mask[index])
        info = f"BS={superlocus}"
        if regions:
            info += ";Regions=" + ",".join(sorted(regions))
        query = indices[1]
        quality, failed = ".", "."
        if query is not None:
            quality = _number(sides[1].calls[query].quality)
            failed = "PASS" if sides[1].passing[query] else "FAIL"
        yield "\t".join(
            (contig, str(position + 1), ".", ref, ",".join(alts), quality, failed, info,
             "GT:BD:BK:BI:BVT:BLT:QQ", *columns)
        ) + "\n"  # fmt: skip


def _column(decided: Decided, index: int, alts: tuple[str, ...], wrong: str) -> str:
    call, verdict = decided.calls[index], decided.verdicts[index]
    if not decided.confident[index]:
        decision = "UNK"
    else:
        decision = "TP" if decided.matched[index] else wrong
    return ":".join(
        (
            _genotype(call, alts),
            decision,
            verdict.kind,
            decided.labels[index],
            "SNP" if decided.snp[index] else "INDEL",
            decided.classes[index],
            _number(decided.quality[index]),
        )
    )


def _genotype(call: Call, alts: tuple[str, ...]) -> str:
    names = [
        "." if g < 0 else "0" if g == 0 else str(alts.index(call.alts[g - 1]) + 1)
        for g in call.genotype
    ]
    return ("|" if call.phased else "/").join(names)


def _number(value: float | None) -> str:
    return "." if value is None else f"{value:g}"


def write_vcf(path: Path, reference: str, lengths: Mapping[str, int], parts: list[Path]) -> None:
    """Put the parts together, compress and index; the same parts give the same bytes."""
    contigs = "".join(f"##contig=<ID={name},length={n}>\n" for name, n in lengths.items())
    header = HEADER.format(version=__version__, reference=reference, contigs=contigs)
    with pysam.BGZFile(str(path), "wb") as target:
        target.write(header.encode())
        for part in parts:
            with open(part, "rb") as source:
                while block := source.read(1 << 20):
                    target.write(block)
    pysam.tabix_index(str(path), preset="vcf", force=True)
