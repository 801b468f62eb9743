"""A small comparison: a reference, a truth, a query, and `plumbline compare` over them."""

import json
import random
from pathlib import Path

import jsonschema
from click.testing import CliRunner, Result
from small_files import write_fasta, write_vcf

from engines.compare.cli import compare

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads(
    (ROOT / "workflow" / "schemas" / "small_variants.summary.schema.json").read_text()
)
RANDOM = random.Random(20)
SEQUENCES = {
    "chr20": "".join(RANDOM.choices("ACGT", k=6000)),
    "chr21": "".join(RANDOM.choices("ACGT", k=3000)),
}
LENGTHS: dict[str, int | None] = {name: len(bases) for name, bases in SEQUENCES.items()}


def base(contig: str, position: int) -> str:
    return SEQUENCES[contig][position - 1]


def other(contig: str, position: int) -> str:
    return "ACGT"[("ACGT".index(base(contig, position)) + 1) % 4]


def snp(contig: str, position: int, genotype: str = "0/1", *more: object) -> tuple[object, ...]:
    return (contig, position, base(contig, position), other(contig, position), genotype, *more)


TRUTH = [snp("chr20", p) for p in range(100, 5900, 100)] + [
    snp("chr21", p, "1/1") for p in range(100, 2900, 100)
]


class Bench:
    """A folder with a reference, a truth and a query, and the command over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reference = write_fasta(folder / "ref.fa.gz", SEQUENCES)
        self.truth = write_vcf(folder / "truth.vcf.gz", TRUTH, LENGTHS)
        self.query = write_vcf(folder / "query.vcf.gz", TRUTH, LENGTHS)
        self.out = folder / "results" / "s"

    def set_query(self, records: list[tuple[object, ...]]) -> None:
        write_vcf(self.query, records, LENGTHS)

    def run(self, *options: object, **files: Path) -> Result:
        paths = {"truth": self.truth, "query": self.query, "reference": self.reference, **files}
        arguments = [part for name, path in paths.items() for part in (f"--{name}", path)]
        return CliRunner().invoke(
            compare, [str(a) for a in (*arguments, "--out", self.out, *options)]
        )

    def summary(self) -> dict:  # type: ignore[type-arg]
        data = json.loads(self.out.with_name("s.summary.json").read_text())
        jsonschema.validate(data, SCHEMA)
        return data  # type: ignore[no-any-return]

    def row(self, kind: str, name: str = "ALL", subset: str = "*") -> dict:  # type: ignore[type-arg]
        (row,) = [
            r
            for r in self.summary()["rows"]
            if (r["type"], r["subtype"], r["filter"], r["subset"]) == (kind, "*", name, subset)
        ]
        return row  # type: ignore[no-any-return]


def error_of(result: Result, code: int) -> dict[str, str]:
    """The last stderr line of a failure, after the checks that hold for every failure."""
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    record = json.loads(result.stderr.splitlines()[-1])
    assert set(record) == {"error_class", "code", "message", "hint"}
    assert record["code"] == code
    return record  # type: ignore[no-any-return]
