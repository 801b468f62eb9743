"""Small VCF files for the annotation engine, and what is made of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysam

from engines.annotate.case import Request
from engines.annotate.prepare import Prepared, prepare
from engines.annotate.variants import Call, Rejected, StructuralCall

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo"
FASTA, GFF, CALLS = DEMO / "tumour.fa.gz", DEMO / "tumour.gff3.gz", DEMO / "tumour.vcf.gz"
GRCH37 = {"7": 159_138_663, "17": 81_195_210}


@dataclass
class Outcome:
    """All that preparing gave."""

    calls: list[Call]
    structural: list[StructuralCall]
    rejected: list[Rejected]
    counts: dict[str, Any]
    prepared: Prepared

    def told(self) -> list[str]:
        """``7:100:A:T`` of each call."""
        return [call.allele.name for call in self.calls]

    def reasons(self) -> dict[str, int]:
        """Why alleles were rejected → how many."""
        found: dict[str, int] = self.counts["rejected"]
        return found


def demo_bases(contig: str, start: int, end: int) -> str:
    """Bases [start, end] of the demo's tumour genome, from 1."""
    with pysam.FastaFile(str(FASTA)) as genome:
        bases: str = genome.fetch(contig, start - 1, end)
    return bases


def write_vcf(
    path: Path,
    rows: Iterable[Sequence[object]],
    *,
    contigs: dict[str, int] | None = None,
    meta: Sequence[str] = (),
    samples: Sequence[str] = (),
) -> Path:
    """A plain VCF; rows are (CHROM, POS, REF, ALT[, INFO[, FORMAT, samples…]])."""
    lines = ["##fileformat=VCFv4.2"]
    lines += [f"##contig=<ID={n},length={b}>" for n, b in (contigs or {}).items()]
    lines += list(meta)
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    lines.append("\t".join([*columns, *(["FORMAT", *samples] if samples else [])]))
    for row in rows:
        chrom, pos, ref, alt, *more = map(str, row)
        info, *rest = more or ["."]
        lines.append("\t".join([chrom, pos, ".", ref, alt, ".", "PASS", info, *rest]))
    path.write_text("\n".join(lines) + "\n")
    return path


def request(calls: Path, **options: Any) -> Request:
    """Of a run whose knowledge does not matter."""
    return Request(calls=calls, knowledge=Path("none"), disease="none", out=Path("none"), **options)


def prepared(calls: Path, scratch: Path, **options: Any) -> Outcome:
    """Take every call; the counts must add up."""
    scratch.mkdir(exist_ok=True)
    with prepare(request(calls, **options), scratch) as opened:
        found = list(opened)
        assert opened.counts.add_up
        assert [call.number for call in found] == list(range(1, len(found) + 1))
        return Outcome(found, opened.structural, opened.rejected, opened.counts.as_dict(), opened)
