"""Small VCF files of structural variants for tests, and running the engine on them."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pysam
from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).resolve().parents[2] / "workflow" / "schemas"
SCHEMA = json.loads((SCHEMAS / "structural_variants.summary.schema.json").read_text())

DEFINITIONS = (
    '##FILTER=<ID=LowQual,Description="low">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="type">',
    '##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="length">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="end">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
)

COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")

# contig, POS (1-based), REF, ALT, GT and optionally INFO and FILTER
Call = Sequence[object]


def sv_text(
    calls: Iterable[Call],
    contigs: dict[str, int | None],
    samples: Sequence[str] = ("S",),
    definitions: Iterable[str] = DEFINITIONS,
) -> str:
    """VCF text; every sample has the same genotype, and none where GT is None."""
    lines = ["##fileformat=VCFv4.2", *definitions]
    for name, length in contigs.items():
        lines.append(f"##contig=<ID={name}" + (f",length={length}>" if length else ">"))
    lines.append("\t".join([*COLUMNS, *samples]))
    for contig, position, ref, alt, genotype, *more in calls:
        info, passing = (more + [".", "PASS"][len(more) :])[:2]
        sample = ["GT", *[genotype] * len(samples)] if genotype else ["DP", *[7] * len(samples)]
        lines.append("\t".join(map(str, [contig, position, ".", ref, alt, ".", passing, info])))
        lines[-1] += "\t" + "\t".join(map(str, sample))
    return "\n".join(lines) + "\n"


def write_text(path: Path, text: str) -> Path:
    """A VCF file of this text: bgzipped and indexed when the name ends in .gz, else plain."""
    if path.suffix != ".gz":
        path.write_text(text)
        return path
    with pysam.BGZFile(str(path), "wb") as handle:
        handle.write(text.encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def write_svs(path: Path, calls: Iterable[Call], contigs: dict[str, int | None]) -> Path:
    """A bgzipped, indexed VCF file of one sample."""
    return write_text(path, sv_text(calls, contigs))


def problems(summary: Any) -> list[str]:
    """What the JSON schema of the summary objects to."""
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(summary)]


def unaccounted(summary: dict[str, Any]) -> dict[str, int]:
    """Records of each side that are neither compared nor set aside; there must be none."""
    aside = {"truth": 0, "query": 0}
    for entry in summary["set_aside"]:
        aside[entry["side"]] += entry["records"]
    return {
        side: summary[side]["records"]
        + summary[side]["alleles_added"]
        - summary[side]["compared"]
        - aside[side]
        for side in aside
    }
