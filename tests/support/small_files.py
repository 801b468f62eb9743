"""Small FASTA, VCF and BED files for tests."""

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import pysam

# (contig, POS 1-based, REF, ALT, GT) and optionally QUAL, FILTER
Record = Sequence[object]


def write_fasta(path: Path, contigs: dict[str, str]) -> Path:
    """A bgzipped, indexed FASTA when the name ends in .gz, else a plain one."""
    text = "".join(f">{name}\n{bases}\n" for name, bases in contigs.items())
    if path.suffix == ".gz":
        with pysam.BGZFile(str(path), "wb") as handle:
            handle.write(text.encode())
    else:
        path.write_text(text)
    pysam.faidx(str(path))
    return path


def vcf_text(
    records: Iterable[Record], contigs: dict[str, int | None], samples: Sequence[str] = ("S",)
) -> str:
    """VCF text with a GT column for each sample (all with the same genotype)."""
    lines = ["##fileformat=VCFv4.2"]
    for name, length in contigs.items():
        lines.append(f"##contig=<ID={name}" + (f",length={length}>" if length else ">"))
    lines.append('##FILTER=<ID=LowQual,Description="low">')
    lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    columns = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
    lines.append("\t".join([*columns, *samples]))
    for contig, position, ref, alt, genotype, *more in records:
        quality, passing = (more + [".", "PASS"][len(more) :])[:2]
        cells = [contig, position, ".", ref, alt, quality, passing, ".", "GT"]
        lines.append("\t".join(map(str, [*cells, *[genotype] * len(samples)])))
    return "\n".join(lines) + "\n"


def write_vcf(
    path: Path,
    records: Iterable[Record],
    contigs: dict[str, int | None],
    samples: Sequence[str] = ("S",),
) -> Path:
    """A bgzipped, indexed VCF file."""
    with pysam.BGZFile(str(path), "wb") as handle:
        handle.write(vcf_text(records, contigs, samples).encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def write_bed(path: Path, rows: Iterable[tuple[str, int, int]]) -> Path:
    """A plain BED file."""
    path.write_text("".join(f"{c}\t{s}\t{e}\n" for c, s, e in rows))
    return path


def read_vcf(path: Path) -> list[dict[str, str]]:
    """The data lines of a VCF file as dictionaries by column name."""
    rows, names = [], []
    with gzip.open(path, "rt") as handle:
        for line in handle:
            if line.startswith("#CHROM"):
                names = line[1:].rstrip("\n").split("\t")
            elif not line.startswith("#"):
                rows.append(dict(zip(names, line.rstrip("\n").split("\t"), strict=True)))
    return rows


def decisions(path: Path, sample: str) -> dict[tuple[str, int, str, str], str]:
    """(contig, POS, REF, ALT) → BD of one sample of a GA4GH VCF."""
    found = {}
    for row in read_vcf(path):
        values = dict(zip(row["FORMAT"].split(":"), row[sample].split(":"), strict=True))
        if values["BVT"] != "NOCALL":
            found[row["CHROM"], int(row["POS"]), row["REF"], row["ALT"]] = values["BD"]
    return found
