"""Make the demo data of this folder: python -m config.demo.generator [--out DIR]

A genome of 1 Mb with planted variants, call sets with known mistakes, quality metrics, deaths with
known causes, a tumour with known changes of proteins, reads with known resistance, and the known
answer: in expected.json and the tables expected_*.tsv, told from what was planted. The same bytes
on every run. README.md says what is in the data.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from config.demo.generator import (
    evidence,
    expected,
    isolate,
    metrics,
    resistance,
    structural,
    tumour,
    verbal_autopsy,
)
from config.demo.generator.cases import Case
from config.demo.generator.files import (
    GVCF_META,
    QUERY_META,
    TRUTH_META,
    gvcf_lines,
    query_lines,
    truth_lines,
    write_bed,
    write_csv,
    write_fasta,
    write_json,
    write_tsv,
    write_vcf,
)
from config.demo.generator.genome import Genome
from config.demo.generator.layout import Interval, Layout, complement, lay_out
from config.demo.generator.simple_cases import second_caller
from engines.contract.output import publish

HERE = Path(__file__).resolve().parents[1]
SEED = 20
STRATA, ORGANISMS = "stratifications", "organisms"
RESFINDER, POINTFINDER = "resistance/resfinder_db", "resistance/pointfinder_db"
FOLDERS = (STRATA, ORGANISMS, RESFINDER, POINTFINDER, f"{POINTFINDER}/{resistance.HOME}")


def generate(out: Path) -> None:
    """Write all files into ``out``, each complete or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    folders = [*FOLDERS, *(f"metrics/{sample}" for sample in metrics.GENOMES)]
    with tempfile.TemporaryDirectory(prefix=".generate.", dir=out) as name:
        # each folder of its own is published by itself, and what is left is published last
        top = Path(name, "top")
        below = {each: Path(name, each.replace("/", " ")) for each in folders}
        for folder in (top, *below.values()):
            folder.mkdir()
        write(top, below)
        for sample in metrics.GENOMES:
            for file, text in metrics.files(sample).items():
                (below[f"metrics/{sample}"] / file).write_text(text)
        for each in folders:
            (out / each).mkdir(parents=True, exist_ok=True)
            publish(below[each], out / each)
        publish(top, out)


def write(out: Path, below: dict[str, Path]) -> None:
    """Plant everything, then write it: into ``out``, and into folders of their own."""
    # RandomState, because its stream is frozen for ever; that of default_rng may change.
    rng = np.random.RandomState(SEED)
    genome = Genome.random(rng)
    places = structural.places(genome, rng)
    layout = lay_out(genome, structural.reserved(places), rng)
    svs = structural.records(places, genome, rng)
    weak = [second_caller(case, rng) for case in layout.cases]

    write_fasta(genome, out / "genome.fa.gz")
    write_bed(layout.confident, out / "confident.bed")
    write_vcf(TRUTH_META, truth_lines(layout.cases), out / "truth.vcf.gz")
    write_vcf(QUERY_META, query_lines(layout.cases, rng), out / "query.vcf.gz")
    write_vcf(GVCF_META, gvcf_lines(weak, genome, rng), out / "query2.g.vcf.gz")
    write_bed(structural.CONFIDENT, out / "confident_sv.bed")
    write_vcf(structural.META, structural.lines(svs, "truth"), out / "truth_sv.vcf.gz")
    write_vcf(structural.META, structural.lines(svs, "query"), out / "query_sv.vcf.gz")
    write_strata(layout, structural.repeats(places), below[STRATA])
    tumour.write(out)
    evidence.write_knowledge(out)
    answer = {
        "small_variants": {
            "query.vcf.gz": small_variants(layout.cases),
            "query2.g.vcf.gz": small_variants(weak),
        },
        "structural_variants": structural.expected(svs),
        "qc": metrics.expected(),
        "calibration": write_deaths(out),
        "screen": write_reads(out, below),
    }
    write_json(answer, out / "expected.json")
    for cases, name in ((layout.cases, "query"), (weak, "query2")):
        write_tsv(expected.COLUMNS, expected.verdicts(cases), out / f"expected_{name}.tsv")
    write_tsv(structural.COLUMNS, structural.verdicts(svs), out / "expected_sv.tsv")


def write_reads(out: Path, below: dict[str, Path]) -> dict[str, Any]:
    """Reads, genomes and databases of resistance; the known answer."""
    databases = resistance.Databases()
    databases.write_resfinder(below[RESFINDER])
    names = f"{resistance.HOME}\t{resistance.SPECIES}\t{resistance.SPECIES}\n"
    (below[POINTFINDER] / "config").write_text(names)
    databases.write_pointfinder(below[f"{POINTFINDER}/{resistance.HOME}"])
    return isolate.write(databases, out, below[ORGANISMS])


def write_deaths(out: Path) -> dict[str, Any]:
    """Verbal autopsies of three algorithms and their matrices; the known answer."""
    rng = np.random.RandomState(SEED)  # of its own: the variants stay as they are
    deaths = verbal_autopsy.Deaths(rng)
    for name in ("insilicova", "interva"):
        rows = verbal_autopsy.individuals(deaths, name, rng)
        write_csv(("ID", "cause"), rows, out / f"va_{name}.csv")
    counts = [(cause, str(number)) for cause, number in deaths.counts("eava").items()]
    write_csv(("cause", "deaths"), counts, out / "va_eava.csv")
    write_json(verbal_autopsy.matrices(deaths), out / "va_matrices.json")
    return deaths.expected()


def small_variants(cases: list[Case]) -> dict[str, Any]:
    """The known answer of one call set."""
    return {
        "counts": expected.counts(cases),
        "counts_confident_as_listed": expected.counts(cases, as_listed=True),
        "strata": expected.strata(cases),
        "set_aside": expected.set_aside(cases),
        "records": {
            "truth": sum(len(case.truth) for case in cases),
            "query": sum(len(case.query) for case in cases),
        },
    }


def write_strata(layout: Layout, long_repeats: list[Interval], out: Path) -> None:
    """Tandem repeats and the rest, with the table that names them."""
    repeats = sorted(
        [*((c.contig, c.start, c.end) for c in layout.cases if c.in_repeat), *long_repeats]
    )
    write_bed(repeats, out / "tandem_repeats.bed")
    write_bed(complement(repeats), out / "other.bed")
    names = ["tandem_repeats", "other"]
    (out / "stratifications.tsv").write_text("".join(f"{n}\t{n}.bed\n" for n in names))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Generate Plumbline's demo data.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write (this one)")
    generate(parser.parse_args().out)


if __name__ == "__main__":
    main()
