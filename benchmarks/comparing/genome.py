"""A whole genome's truth and query, made once and kept: reference, two VCF files, BED files."""

import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from comparing.calls import make_calls, query_lines, truth_lines
from comparing.regions import bed_rows, confident_regions, write_strata
from comparing.sequence import chromosome, contig_lengths

from engines.formats.bgzf_writer import PartWriter, join_parts
from engines.formats.tabix_writer import ContigIndex, index_contig, write_index

VERSION = 4  # of what is made: another one is made anew
SEED = 38
WHOLE = 4_000_000  # truth records of a whole genome
LINE = 60  # bases of a line of the FASTA file


@dataclass(frozen=True)
class Genome:
    """Files of one scale; ``records`` of truth and query."""

    folder: Path
    records: tuple[int, int]

    @property
    def files(self) -> dict[str, Path]:
        """Option of `plumbline compare` → file."""
        names = {"truth": "truth.vcf.gz", "query": "query.vcf.gz", "reference": "ref.fa",
                 "confident": "confident.bed"}  # fmt: skip
        return {option: self.folder / name for option, name in names.items()}

    @property
    def strata(self) -> Path:
        """The table of stratifications."""
        return self.folder / "strata.tsv"


def make_genome(cache: Path, records: int, strata: bool, processes: int) -> Genome:
    """The genome with about this many truth records, from ``cache`` where it is there already."""
    folder = cache / f"genome-{records}-{VERSION}"
    scale = records / WHOLE
    lengths = contig_lengths(scale)
    if not (folder / "made.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with ProcessPoolExecutor(processes) as pool:
            jobs = [(folder, name, length, n) for n, (name, length) in enumerate(lengths.items())]
            made = list(pool.map(_contig, jobs))
        counts = _join(folder, lengths, made)
        (folder / "made.json").write_text(json.dumps(counts))
    if strata and not (folder / "strata.tsv").exists():
        write_strata(folder, lengths, scale, SEED)
    truth, query = json.loads((folder / "made.json").read_text())
    return Genome(folder, (truth, query))


Made = tuple[str, ContigIndex, ContigIndex, str]


def _contig(job: tuple[Path, str, int, int]) -> Made:
    """Parts of one contig: its FASTA lines, its calls, its confident regions."""
    folder, name, length, number = job
    rng = np.random.default_rng((SEED, number))
    made = chromosome(name, length, rng)
    with open(folder / f"{name}.fa", "wb") as target:
        target.write(f">{name}\n".encode())
        whole = length // LINE * LINE
        lines = np.full((whole // LINE, LINE + 1), ord("\n"), dtype=np.uint8)
        lines[:, :LINE] = made.bases[:whole].reshape(-1, LINE)
        target.write(lines.data)
        if whole < length:
            target.write(made.bases[whole:].tobytes() + b"\n")
    confident = confident_regions(length, rng)
    unsure = np.stack([confident[:-1, 1], confident[1:, 0]], axis=1)
    calls = make_calls(made, rng, unsure)
    truth = _part(folder / f"{name}.truth", truth_lines(name, calls.truth, rng), calls.truth)
    query = _part(folder / f"{name}.query", query_lines(name, calls.query, rng), calls.query)
    return name, truth, query, bed_rows(name, confident)


def _part(path: Path, lines: list[bytes], records: list[tuple[int, str, str, str]]) -> ContigIndex:
    starts = np.array([record[0] for record in records])
    ends = starts + np.array([len(record[1]) for record in records])
    with open(path, "wb") as target:
        writer = PartWriter(target)
        writer.write(b"".join(lines))
        blocks = writer.finish()
    return index_contig(starts, ends, np.cumsum([0, *map(len, lines)]), blocks)


HEADERS = {
    "truth": """##FILTER=<ID=PASS,Description="All filters passed">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
""",
    "query": """##FILTER=<ID=LowQual,Description="Low quality">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality of the genotype">
""",
}


def _join(folder: Path, lengths: dict[str, int], made: list[Made]) -> tuple[int, int]:
    (folder / "confident.bed").write_text("".join(bed for *_, bed in made))
    with open(folder / "ref.fa", "wb") as target, open(folder / "ref.fa.fai", "w") as index:
        for name, length in lengths.items():
            place = target.tell() + len(name) + 2
            index.write(f"{name}\t{length}\t{place}\t{LINE}\t{LINE + 1}\n")
            with open(folder / f"{name}.fa", "rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
            (folder / f"{name}.fa").unlink()
    counts = []
    for side, at in (("truth", 1), ("query", 2)):
        contigs = "".join(f"##contig=<ID={n},length={size}>\n" for n, size in lengths.items())
        columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tHG002\n"
        with open(folder / "head", "wb") as target:
            writer = PartWriter(target)
            writer.write(f"##fileformat=VCFv4.2\n{contigs}{HEADERS[side]}{columns}".encode())
            writer.finish()
        parts = [folder / f"{name}.{side}" for name in lengths]
        path = folder / f"{side}.vcf.gz"
        places = dict(zip(lengths, join_parts(path, [folder / "head", *parts])[1:], strict=True))
        indexes = {row[0]: row[at] for row in made}
        write_index(path, indexes, places, max(lengths.values()))  # type: ignore[arg-type]
        counts.append(sum(index.lines for index in indexes.values()))  # type: ignore[union-attr]
        for part in (*parts, folder / "head"):
            part.unlink()
    return counts[0], counts[1]
