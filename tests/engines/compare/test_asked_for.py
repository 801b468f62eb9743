"""What options of the command change in what is written: scores, filters, contigs, regions."""

import csv
import gzip
import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from compare_bench import LENGTHS, SCHEMA, Bench, base, other
from small_files import write_bed

from engines.compare.cli import read_happy

HEADER = [
    "##fileformat=VCFv4.2",
    *(f"##contig=<ID={name},length={length}>" for name, length in LENGTHS.items()),
    '##FILTER=<ID=LowQ,Description="low">',
    '##FILTER=<ID=SB,Description="strand">',
    '##INFO=<ID=SOR,Number=1,Type=Float,Description="score">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads">',
    "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", "S"]),
]
# position → QUAL, FILTER, INFO, GQ, AD; the truth has 100 to 800 on both contigs
CALLS = {
    100: ("50.2", "PASS", "SOR=1", 10, "5,5"),
    200: ("50.4", "PASS", "SOR=2", 20, "9,1"),
    300: ("10", "LowQ", "SOR=3", 30, "9,1"),
    400: ("10", "LowQ;SB", "SOR=4", 40, "1,9"),
    500: (".", "PASS", ".", 50, "0,9"),
    650: ("30", "PASS", "SOR=6", 60, "5,5"),  # no such truth
}


def record(contig: str, position: int, *more: object) -> str:
    quality, passing, info, gq, reads = more or (".", "PASS", ".", ".", ".")
    cells = (contig, position, ".", base(contig, position), other(contig, position), quality,
             passing, info, "GT:GQ:AD", f"0/1:{gq}:{reads}")  # fmt: skip
    return "\t".join(map(str, cells))


@pytest.fixture
def scored(bench: Bench) -> Bench:
    truth = [record(c, p) for c in LENGTHS for p in range(100, 900, 100)]
    query = [record(c, p, *more) for c in LENGTHS for p, more in CALLS.items()]
    for path, lines in ((bench.truth, truth), (bench.query, query)):
        with gzip.open(path, "wt") as handle:
            handle.write("\n".join([*HEADER, *lines]) + "\n")
        Path(f"{path}.tbi").unlink(missing_ok=True)
    return bench


def levels(bench: Bench, name: str = "SNP") -> list[tuple[str, int, int]]:
    """Level, truth TP and query FP."""
    with gzip.open(bench.out.with_name(f"s.roc.Locations.{name}.csv.gz"), "rt") as handle:
        rows = list(csv.DictReader(handle))
    return [(row["QQ"], int(row["TRUTH.TP"]), int(row["QUERY.FP"])) for row in rows]


def test_levels_of_qual(scored: Bench) -> None:
    assert scored.run("--roc-delta", 0.3).exit_code == 0
    assert levels(scored) == [("9.900000", 8, 2), ("30.000000", 4, 2), ("50.100000", 4, 0),
                              ("50.400000", 2, 0)]  # fmt: skip
    assert levels(scored, "SNP.PASS") == [("30.000000", 4, 2), ("50.100000", 4, 0),
                                          ("50.400000", 2, 0)]  # fmt: skip
    curve = next(c for c in scored.summary()["roc"]["curves"] if c["filter"] == "ALL")
    assert [(p["level"], p["truth_tp"]) for p in curve["points"]][:2] == [(None, 10), (9.9, 8)]


@pytest.mark.parametrize(
    ("field", "first", "highest"),
    [("GQ", ("10.000000", 10, 2), "60.000000"), ("INFO.SOR", ("1.000000", 8, 2), "6.000000")],
)
def test_levels_of_other_fields(
    scored: Bench, field: str, first: tuple[str, int, int], highest: str
) -> None:
    assert scored.run("--roc", field).exit_code == 0
    found = levels(scored)
    assert (found[0], found[-1][0]) == (first, highest)


def test_filters(scored: Bench) -> None:
    assert scored.run("--roc-filter", "LowQ").exit_code == 0
    tp = {name: scored.row("SNP", name)["truth_tp"] for name in ("ALL", "PASS", "SEL")}
    assert tp == {"ALL": 10, "PASS": 6, "SEL": 8}
    assert scored.run("--filters-only", "LowQ").exit_code == 0
    assert (scored.row("SNP")["truth_tp"], scored.row("SNP", "PASS")["truth_tp"]) == (8, 6)
    [aside] = scored.summary()["set_aside"]
    assert (aside["side"], aside["reason"], aside["records"]) == ("query", "failed a filter", 2)
    assert scored.run("--pass-only").exit_code == 0
    assert scored.row("SNP")["query_total"] == 8


def test_contigs_and_regions(scored: Bench) -> None:
    assert scored.run("-l", "chr21").exit_code == 0
    assert scored.row("SNP")["truth_total"] == 8
    asides = {(a["side"], a["reason"], a["records"]) for a in scored.summary()["set_aside"]}
    reason = "contig that was not asked for"
    assert asides == {("truth", reason, 8), ("query", reason, 6)}
    bed = write_bed(scored.folder / "r.bed", [("chr20", 0, 250), ("chr20", 200, 450)])
    assert scored.run("-R", bed).exit_code == 0
    assert scored.row("SNP")["truth_total"] == 4


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("chr22", "no such contig in the reference; did you mean chr21?"),
        ("20", "no such contig in the reference; did you mean chr20?"),
        ("chr20:1-100", "a part of a contig"),
    ],
)
def test_contigs_that_are_none(scored: Bench, name: str, says: str) -> None:
    result = scored.run("-l", name)
    assert result.exit_code == 64
    assert json.loads(result.output.splitlines()[-1])["message"] == f"--location {name}: {says}"


def test_a_subset_by_name_and_its_levels(scored: Bench) -> None:
    bed = write_bed(scored.folder / "s.bed", [("chr20", 0, 250)])
    options = ("--stratification-region", f"near:{bed}", "--roc-regions", "near")
    assert scored.run(*options).exit_code == 0
    assert scored.row("SNP", subset="near")["truth_tp"] == 2
    with gzip.open(scored.out.with_name("s.roc.all.csv.gz"), "rt") as handle:
        rows = [row for row in csv.DictReader(handle) if row["Subset"] == "near"]
    assert [row["QQ"] for row in rows if row["Type"] == "SNP"] == ["*", "50.000000"] * 2
    [near] = [each for each in scored.summary()["subsets"] if each["name"] == "near"]
    assert near == {"name": "near", "level": 0, "bases": 250, "confident_bases": None}
    assert scored.run("--roc-regions", "near").exit_code == 64


def test_strata_of_allele_fraction(scored: Bench) -> None:
    options = ("--squash-ploidy", "--af-field", "FORMAT.AD", "--af-strata", "0,0.3,1")
    assert scored.run(*options).exit_code == 0
    few, many = (scored.row("SNP", subset=f"AF_{bin_}") for bin_ in ("0_0.3", "0.3_1"))
    assert (few["query_tp"], many["query_tp"], many["query_fp"]) == (4, 6, 2)


def test_an_ordinary_vcf_is_no_gvcf_whatever_is_said(scored: Bench) -> None:
    assert scored.run().exit_code == 0
    plain = scored.summary()["rows"]
    assert scored.run("--convert-gvcf-to-vcf", "--filter-nonref").exit_code == 0
    assert scored.summary()["rows"] == plain


def test_metrics_as_json_hold_what_the_tables_hold(scored: Bench) -> None:
    assert scored.run().exit_code == 0
    with gzip.open(scored.out.with_name("s.metrics.json.gz"), "rt") as handle:
        tables = {table["id"]: table for table in json.load(handle)["metrics"]}
    assert set(tables) == {
        "summary.metrics", "all.metrics", "roc.all", "roc.Locations.SNP", "roc.Locations.SNP.PASS",
        "roc.Locations.INDEL", "roc.Locations.INDEL.PASS",
    }  # fmt: skip
    columns = {column["id"]: column for column in tables["summary.metrics"]["data"]}
    assert columns["TRUTH.TP"] == {
        "id": "TRUTH.TP", "label": "TRUTH.TP", "type": "int64", "values": [0, 0, 10, 6],
    }  # fmt: skip
    assert columns["METRIC.F1_Score"]["values"][0] is None
    arguments = json.loads(scored.out.with_name("s.runinfo.json").read_text())["final_args"]
    assert arguments["ref"] == str(scored.reference)


def read_back(bench: Bench, out: Path) -> Result:
    inputs = ("--truth", bench.truth, "--query", bench.query, "-r", bench.reference)
    command = (bench.out, "--engine", "happy", *inputs, "-o", out)
    return CliRunner().invoke(read_happy, [str(word) for word in command])


def test_what_is_read_back_from_the_tables_is_what_was_counted(scored: Bench) -> None:
    """Our own tables in hap.py's form, read as hap.py's are."""
    bed = write_bed(scored.folder / "c.bed", [("chr20", 0, 450)])
    assert scored.run("-f", bed, "--roc", "INFO.SOR").exit_code == 0
    ours = scored.summary()
    back = scored.folder / "back"
    result = read_back(scored, back)
    assert result.exit_code == 0, result.output
    report = json.loads(back.with_name("back.summary.json").read_text())
    jsonschema.validate(report, SCHEMA)
    assert report["rows"] == ours["rows"]
    assert {each["name"]: each for each in report["subsets"]} == {
        each["name"]: each for each in ours["subsets"] if each["name"] != "TS_boundary"
    }
    for theirs, mine in zip(report["roc"]["curves"], ours["roc"]["curves"], strict=True):
        levels = [point for point in mine["points"] if point["level"] is not None]
        assert theirs == {**mine, "points": levels}
    assert (
        back.with_name("back.summary.csv").read_text()
        == scored.out.with_name("s.summary.csv").read_text()
    )


def test_a_truncated_table_of_levels(scored: Bench) -> None:
    assert scored.run().exit_code == 0
    table = scored.out.with_name("s.roc.all.csv.gz")
    table.write_bytes(table.read_bytes()[:200])
    result = read_back(scored, scored.folder / "back")
    assert result.exit_code == 65
    assert f"{table}: truncated or damaged" in result.output
    assert not list(scored.folder.glob("back*"))
