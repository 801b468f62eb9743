"""Reads and alignments of a small genome, sound or with one fault each."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pysam
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from engines.reads.cli import reads
from engines.references.aligners import prepare

SCHEMAS = Path(__file__).resolve().parents[2] / "workflow/schemas"
GENOME = {"one": "ACGTTGCAAC" * 30, "two": "GATTACAGGC" * 20}


def record(name: str, bases: str = "ACGTACGT", quality: str = "IIII#III") -> str:
    return f"@{name}\n{bases}\n+\n{quality}\n"


def lane(count: int, mate: int, quality: str = "IIII#III") -> str:
    """Reads of one lane of an Illumina machine."""
    names = [f"A1:7:FLOWCELL:3:1101:{number}:9 {mate}:N:0:ACGT" for number in range(count)]
    return "".join(record(name, quality=quality) for name in names)


def write(path: Path, text: str) -> Path:
    """Plain, or gzip by its name."""
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), 1))
    else:
        path.write_text(text, newline="")
    return path


def bgzip(path: Path, text: str) -> Path:
    with pysam.BGZFile(str(path), "wb") as out:
        out.write(text.encode())
    return path


def call(*words: object) -> Result:
    """`plumbline reads …` in this process."""
    return CliRunner().invoke(reads, [str(word) for word in words])


def refused(done: Result) -> dict[str, Any]:
    """The last line of a command that failed as it should."""
    assert done.exit_code and "Traceback" not in done.stderr, done.stderr
    said: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    assert said["code"] == done.exit_code and said["hint"]
    return said


def receipt(path: Path, schema: str) -> dict[str, Any]:
    """A receipt that is as its schema says."""
    data: dict[str, Any] = json.loads(path.read_text())
    rules = json.loads((SCHEMAS / f"{schema}.check.schema.json").read_text())
    Draft202012Validator(rules).validate(data)
    return data


def genome(folder: Path) -> Path:
    """The plain genome, with index and dictionary beside it."""
    fasta = folder / "small.fa"
    fasta.write_text("".join(f">{name}\n{bases}\n" for name, bases in GENOME.items()))
    return prepare(fasta, folder / "cache").folder / "genome.fa"


def header(reference: Path, **changes: Any) -> dict[str, Any]:
    """A sound header, with changes."""
    rows = [
        line.split("\t")[1:] for line in reference.with_suffix(".dict").read_text().splitlines()
    ]
    contigs: list[dict[str, Any]] = [dict(tag.split(":", 1) for tag in row) for row in rows[1:]]
    for row in contigs:
        row["LN"] = int(row["LN"])
    return {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": contigs,
        "RG": [{"ID": "L1", "SM": "S"}],
        "PG": [{"ID": "samtools", "PN": "samtools", "CL": "samtools markdup - -"}],
    } | changes


def alignments(
    path: Path,
    head: dict[str, Any],
    places: Sequence[int] = (10, 20, 30),
    group: str | None = "L1",
    quality: str = "I#IIIIIIII",
    reference: Path | None = None,
    name: str = "r{}",
) -> Path:
    """BAM, or CRAM by its name, with an index: a read of ten bases at each place of contig one."""
    mode = "wc" if path.suffix == ".cram" else "wb"
    fasta = str(reference) if reference and mode == "wc" else None
    with pysam.AlignmentFile(str(path), mode, header=head, reference_filename=fasta) as out:
        for number, place in enumerate(places):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.flag = name.replace("{}", str(number)), 0
            read.reference_id = 0
            read.reference_start, read.mapping_quality, read.cigarstring = place, 60, "10M"
            read.query_sequence = GENOME["one"][place : place + 10]
            read.query_qualities = pysam.qualitystring_to_array(quality)
            if group:
                read.set_tag("RG", group)
            out.write(read)
    if list(places) == sorted(places):
        pysam.index(str(path))
    return path
