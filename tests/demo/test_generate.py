"""The demo data: the same bytes on every run, valid files, and an answer that adds up."""

import csv
import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pysam
import pytest

from config.demo.generator.cases import Call, Case, Record, check
from config.demo.generator.genome import Genome

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "config" / "demo"
BY_HAND = {"README.md", "config.yaml", "samples.tsv", "calling.yaml", "calling_samples.tsv"}
BY_HAND |= {"haploid.bed", "qc_thresholds.yaml"}
VCFS = ["truth.vcf.gz", "query.vcf.gz", "query2.g.vcf.gz", "truth_sv.vcf.gz", "query_sv.vcf.gz"]
CALL_SETS = {"query.vcf.gz": "expected_query.tsv", "query2.g.vcf.gz": "expected_query2.tsv"}
SIDES = {"truth": ["TP", "FN"], "query": ["TP", "FP", "UNK"]}

Row = dict[str, str]
Interval = tuple[int, int]


def data_files(folder: Path) -> dict[str, Path]:
    """Every generated file by its name relative to the folder."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".py",)]
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {
        name: path
        for name, path in names.items()
        if name not in BY_HAND and "__pycache__" not in name
    }


def answer() -> dict[str, Any]:
    """The known answer of each call set."""
    answers: dict[str, Any] = json.loads((DEMO / "expected.json").read_text())["small_variants"]
    return answers


def rows(table: str) -> list[Row]:
    with open(DEMO / table, newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def bed(name: str) -> dict[str, list[Interval]]:
    intervals: dict[str, list[Interval]] = {}
    for line in (DEMO / name).read_text().splitlines():
        contig, start, end = line.split("\t")
        intervals.setdefault(contig, []).append((int(start), int(end)))
    return intervals


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data, generated again by the command that the README gives."""
    out = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "config.demo.generator", "--out", str(out)]
    subprocess.run(command, check=True, cwd=ROOT)
    return out


def locked_pysam() -> str:
    found = re.search(r"^pysam==(\S+)", (ROOT / "requirements.lock").read_text(), re.M)
    assert found, "pysam is not in requirements.lock"
    return found[1]


def test_generating_again_gives_the_committed_files(made: Path) -> None:
    old, new = data_files(DEMO), data_files(made)
    assert sorted(old) == sorted(new)
    for name, path in old.items():
        if name.endswith(".gz"):
            same = gzip.decompress(path.read_bytes()) == gzip.decompress(new[name].read_bytes())
            assert same, f"{name}: other content; run python -m config.demo.generator"


def test_generating_again_gives_the_same_bytes(made: Path) -> None:
    if pysam.__version__ != locked_pysam():
        pytest.skip(f"pysam {pysam.__version__} compresses in its own way, not as {locked_pysam()}")
    new = data_files(made)
    for name, path in data_files(DEMO).items():
        assert path.read_bytes() == new[name].read_bytes(), name


def test_the_folder_stays_small() -> None:
    files = [path for path in DEMO.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 1_000_000


@pytest.mark.parametrize("name", VCFS)
def test_vcf_is_valid(name: str) -> None:
    """Sorted, indexed, declared, and REF is what the genome has."""
    with (
        pysam.FastaFile(str(DEMO / "genome.fa.gz")) as genome,
        pysam.VariantFile(str(DEMO / name)) as vcf,
    ):
        declared = {contig.name: contig.length for contig in vcf.header.contigs.values()}
        assert declared == dict(zip(genome.references, genome.lengths, strict=True))
        assert list(vcf.header.samples) == ["DEMO"]
        records = list(vcf)
        order = [(genome.references.index(r.chrom), r.pos) for r in records]
        assert order == sorted(order)
        for record in records:
            found = genome.fetch(record.chrom, record.start, record.start + len(record.ref))
            assert found.upper() == record.ref, (record.chrom, record.pos)
            assert record.alts
            called = [a for a in record.samples["DEMO"]["GT"] if a is not None]
            assert all(allele <= len(record.alts) for allele in called)
            assert set(record.filter.keys()) <= set(vcf.header.filters)
        by_index = sum(1 for contig in vcf.header.contigs for _ in vcf.fetch(contig))
        assert by_index == len(records)


@pytest.mark.parametrize("name", CALL_SETS)
def test_the_table_lists_what_the_files_hold(name: str) -> None:
    for side, file in (("truth", "truth.vcf.gz"), ("query", name)):
        listed = Counter(
            (r["contig"], int(r["pos"]), r["ref"], r["alt"], r["gt"])
            for r in rows(CALL_SETS[name])
            if r["side"] == side and r["form"] != "processed"
        )
        with gzip.open(DEMO / file, "rt") as handle:
            lines = [line.rstrip("\n").split("\t") for line in handle if line[0] != "#"]
        blocks = [line for line in lines if line[4] == "<NON_REF>"]
        held = Counter(
            (line[0], int(line[1]), line[3], called_alts(line, name), line[9].split(":")[0])
            for line in lines
            if line not in blocks
        )
        assert listed == held
        assert answer()[name]["records"][side] == len(lines) - len(blocks)


def called_alts(line: list[str], name: str) -> str:
    """ALT as the table has it: in the gVCF the first allele only."""
    return line[4].split(",")[0] if name.endswith(".g.vcf.gz") and "NON_REF" in line[4] else line[4]


def extent(row: Row) -> tuple[int, int, bool]:
    """Bases that decide about a region, 0-based and half open; are all alleles insertions?"""
    start, ref = int(row["pos"]) - 1, row["ref"]
    bounds, insertions = [], []
    for alt in row["alt"].split(","):
        if alt == "*":
            continue
        right = 0
        while right < min(len(ref), len(alt)) and ref[-1 - right] == alt[-1 - right]:
            right += 1
        left = 0
        while left < min(len(ref), len(alt)) - right and ref[left] == alt[left]:
            left += 1
        first, last = start + left, start + len(ref) - right
        insertions.append(first == last)
        bounds.append((first - 1, first + 1) if first == last else (first, last))
    return min(b[0] for b in bounds), max(b[1] for b in bounds), all(insertions)


def inside(row: Row, regions: dict[str, list[Interval]]) -> bool:
    """Any base of the extent, or both flanks of an insertion (hap.py's rule)."""
    start, end, insertion = extent(row)
    covered = {
        base
        for a, b in regions.get(row["contig"], [])
        if a < end and start < b
        for base in range(max(a, start), min(b, end))
    }
    return len(covered) == end - start if insertion else bool(covered)


def adjusted(truth: list[Row]) -> dict[str, list[Interval]]:
    """The confident regions with the extents of the truth that starts in them."""
    listed = bed("confident.bed")
    result = {contig: list(intervals) for contig, intervals in listed.items()}
    for row in truth:
        at = int(row["pos"]) - 1
        if any(a <= at < b for a, b in listed[row["contig"]]):
            result[row["contig"]].append(extent(row)[:2])
    return result


def counted(name: str) -> tuple[list[Row], list[Row]]:
    """The rows of truth and query that are compared, in the form in which they count."""
    table = [r for r in rows(CALL_SETS[name]) if r["form"] != "raw" and r["type"] != "."]
    return tuple([r for r in table if r["side"] == side] for side in SIDES)  # type: ignore[return-value]


@pytest.mark.parametrize("name", CALL_SETS)
def test_unknown_is_what_lies_outside_the_confident_regions(name: str) -> None:
    truth, query = counted(name)
    regions = adjusted(truth)
    for row in (*truth, *query):
        assert inside(row, regions) == (row["verdict"] != "UNK"), row


@pytest.mark.parametrize("name", CALL_SETS)
@pytest.mark.parametrize("filters", ["ALL", "PASS"])
def test_counts_are_the_sums_of_the_table(name: str, filters: str) -> None:
    truth, query = counted(name)
    column = "verdict" if filters == "ALL" else "verdict_pass"
    for type_ in ("SNP", "INDEL"):
        expected = answer()[name]["counts"][type_][filters]
        for side, table in zip(SIDES, (truth, query), strict=True):
            found = Counter(r[column] for r in table if r["type"] == type_)
            for verdict in SIDES[side]:
                assert expected[f"{side.upper()}.{verdict}"] == found[verdict]
            assert expected[f"{side.upper()}.TOTAL"] == sum(found[v] for v in SIDES[side])
        wrong = [r for r in query if r["fp_gt"] == "yes" and r[column] == "FP"]
        assert expected["FP.gt"] == sum(r["type"] == type_ for r in wrong)


@pytest.mark.parametrize("name", CALL_SETS)
def test_regions_as_listed_move_only_what_lies_at_their_edge(name: str) -> None:
    regions = bed("confident.bed")
    listed, default = answer()[name]["counts_confident_as_listed"], answer()[name]["counts"]
    truth, query = counted(name)
    for type_ in ("SNP", "INDEL"):
        here = [r for r in truth if r["type"] == type_ and inside(r, regions)]
        out = [r for r in query if r["type"] == type_ and not inside(r, regions)]
        assert listed[type_]["ALL"]["TRUTH.TOTAL"] == len(here)
        assert listed[type_]["ALL"]["QUERY.UNK"] == len(out)
        assert listed[type_]["ALL"]["QUERY.TOTAL"] == default[type_]["ALL"]["QUERY.TOTAL"]
    assert listed["INDEL"]["ALL"]["TRUTH.TOTAL"] < default["INDEL"]["ALL"]["TRUTH.TOTAL"]


@pytest.mark.parametrize("name", CALL_SETS)
def test_strata_add_up_and_follow_their_bed_files(name: str) -> None:
    strata, total = answer()[name]["strata"], answer()[name]["counts"]
    for type_ in ("SNP", "INDEL"):
        for filters, fields in total[type_].items():
            for field, value in fields.items():
                parts = [strata[s][type_][filters][field] for s in ("tandem_repeats", "other")]
                assert sum(parts) == value, (type_, filters, field)
    truth, query = counted(name)
    for stratum in ("tandem_repeats", "other"):
        regions = bed(f"stratifications/{stratum}.bed")
        for side, table in (("TRUTH", truth), ("QUERY", query)):
            within = [r for r in table if inside(r, regions)]
            if side == "TRUTH":
                within = [r for r in within if r["verdict"] != "UNK"]
            for type_ in ("SNP", "INDEL"):
                expected = strata[stratum][type_]["ALL"][f"{side}.TOTAL"]
                assert expected == sum(r["type"] == type_ for r in within)


@pytest.mark.parametrize("name", CALL_SETS)
def test_set_aside_records_are_named_with_a_reason(name: str) -> None:
    table = [r for r in rows(CALL_SETS[name]) if r["type"] == "."]
    for side, reasons in answer()[name]["set_aside"].items():
        found = Counter(r["verdict"] for r in table if r["side"] == side)
        assert dict(found) == reasons


def test_the_query_has_every_way_to_write_a_genotype() -> None:
    table = [r for r in rows("expected_query.tsv") if r["side"] == "query" and r["form"] != "raw"]
    genotypes = {r["gt"] for r in table}
    assert {"0/1", "1/1", "0|1", "1|0", "1", "1/2", "./1", "0/0", "./."} <= genotypes
    assert {r["gt"] for r in table if r["contig"] == "chrX"} == {"1", "1/1", "0/1"}


def test_cases_are_far_enough_apart_to_be_decided_alone() -> None:
    spans: list[tuple[str, int, int, str]] = []
    for row in sorted(rows("expected_query.tsv"), key=lambda r: (r["contig"], int(r["pos"]))):
        start = int(row["pos"])
        end = start + len(row["ref"])
        last = spans[-1] if spans else None
        if last and last[0] == row["contig"] and start - last[1] < 150 and last[3] == row["case"]:
            spans[-1] = (last[0], last[1], max(last[2], end), last[3])
        else:
            spans.append((row["contig"], start, end, row["case"]))
    for before, after in pairwise(spans):
        if before[0] == after[0]:
            assert after[1] - before[2] > 300, (before, after)


def test_the_readme_explains_every_case() -> None:
    text = (DEMO / "README.md").read_text()
    cases = {r["case"] for r in rows("expected_query.tsv")}
    assert not {case for case in cases if f"`{case}`" not in text}


# a case that claims what is not so stops the script

GENOME = Genome({"chr20": bytearray(b"ACGTTGCAACGGATTCACCGT" * 20)})
FOUND = Record("chr20", 200, GENOME.base("chr20", 200), ("A",), "0|1")
SOUND = Case(
    "match",
    "chr20",
    200,
    230,
    truth=(Call(FOUND, "TP"),),
    query=(Call(replace(FOUND, gt="0/1"), "TP"),),
)
OTHER = replace(FOUND, alts=("C",))


def test_a_sound_case_passes() -> None:
    assert FOUND.ref not in ("A", "C")
    check(SOUND, GENOME)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (replace(SOUND, query=(Call(OTHER, "TP"),)), "different haplotypes"),
        (replace(SOUND, query=(Call(replace(FOUND, gt="1/1"), "TP"),)), "different haplotypes"),
        (
            replace(SOUND, truth=(Call(FOUND, "FN"),), query=(Call(FOUND, "FP"),)),
            "haplotypes are the same",
        ),
        (replace(SOUND, truth=(Call(replace(FOUND, ref="A"), "TP"),)), "the genome has"),
        (replace(SOUND, start=201), "outside the case"),
        (
            replace(SOUND, query=(Call(OTHER, "FP"),), counted=(Call(FOUND, "TP"),)),
            "preprocessing would change",
        ),
    ],
)
def test_a_case_that_claims_too_much_is_refused(broken: Case, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check(broken, GENOME)
