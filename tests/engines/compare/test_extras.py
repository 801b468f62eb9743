"""What a comparison writes beside its counts: clusters, alleles, changes."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from compare_bench import LENGTHS, SEQUENCES, TRUTH, Bench, error_of, snp
from compare_command import valid
from small_files import write_bed, write_fasta, write_vcf


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The query lacks 500 and 600 (in a run of A) and has one more at 750."""
    bases = SEQUENCES["chr20"]
    changed = bases[:600] + "C" + "A" * 9 + "C" + bases[611:]
    bench.reference = write_fasta(bench.folder / "run.fa.gz", {**SEQUENCES, "chr20": changed})
    records = [r for r in TRUTH if r[:2] not in (("chr20", 500), ("chr20", 600))]
    records += [snp("chr20", 750, "0/1", 9), ("chr20", 601, "CA", "C", "0/1", 8)]
    bench.set_query(sorted(records, key=lambda r: (str(r[0]), r[1])))
    return bench


def run(bench: Bench, *options: object) -> None:
    result = bench.run(*options)
    assert result.exit_code == 0, result.output


def test_clusters_by_context(bench: Bench) -> None:
    write_bed(bench.folder / "low.bed", [("chr20", 450, 550)])
    write_bed(bench.folder / "half.bed", [("chr20", 0, 700)])
    table = bench.folder / "s.tsv"
    table.write_text("half\thalf.bed\nGRCh38_lowmappabilityall\tlow.bed\n")
    run(bench, "--stratification", table)
    found = valid(json.loads(bench.out.with_name("s.differences.json").read_text()), "differences")
    clusters = {(c["contig"], c["start"]): c for c in found["worst"]}
    low, homopolymer, extra = (clusters["chr20", at] for at in (500, 600, 750))
    assert (low["context"], low["subsets"]) == (
        "low mappability", ["half", "GRCh38_lowmappabilityall"],
    )  # fmt: skip
    assert (homopolymer["context"], homopolymer["homopolymer"]) == ("homopolymer", 9)
    assert (homopolymer["truth_fn"], homopolymer["query_fp"], homopolymer["indel"]) == (1, 1, 1)
    assert found["worst"][0] == homopolymer  # most FN and FP first
    assert (extra["context"], extra["query_fp"], extra["subsets"]) == ("other", 1, [])
    assert "the truth has no call in this superlocus" in extra["explained"]
    assert found["clusters"] == 3
    assert bench.summary()["differences"] == {
        "clusters": 3, "by_context": found["by_context"], "file": "s.differences.json",
    }  # fmt: skip
    with gzip.open(bench.out.with_name("s.differences.tsv.gz"), "rt") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert [(r["#contig"], r["start"], r["subsets"]) for r in rows] == [
        ("chr20", "500", "half,GRCh38_lowmappabilityall"), ("chr20", "600", "half"),
        ("chr20", "750", "."),
    ]  # fmt: skip


def test_without_differences_the_files_are_there(bench: Bench) -> None:
    bench.set_query(TRUTH)
    run(bench)
    found = valid(json.loads(bench.out.with_name("s.differences.json").read_text()), "differences")
    assert found == {**found, "clusters": 0, "by_context": [], "worst": []}
    with gzip.open(bench.out.with_name("s.differences.tsv.gz"), "rt") as handle:
        assert len(handle.readlines()) == 1


def test_baseline_from_run_to_run(bench: Bench) -> None:
    run(bench)
    old = bench.out.with_name("old.summary.json")
    bench.out.with_name("s.summary.json").rename(old)
    bench.set_query(TRUTH)
    result = bench.run("--baseline", old)
    assert result.exit_code == 0, result.output
    assert "against old.summary.json" in result.stderr
    found = bench.summary()["baseline"]
    assert found["name"] == "old.summary.json"
    snp_row = next(r for r in found["rows"] if r["type"] == "SNP" and r["filter"] == "ALL")
    assert snp_row["truth_fn"] == {"old": 2, "new": 0, "difference": -2}
    assert snp_row["recall"]["word"] == "no clear change"


def test_a_baseline_of_another_truth_is_refused_and_nothing_is_written(bench: Bench) -> None:
    run(bench)
    old = bench.folder / "old.summary.json"
    bench.out.with_name("s.summary.json").rename(old)
    before = {p.name: p.read_bytes() for p in bench.out.parent.iterdir()}
    write_vcf(bench.truth, TRUTH[:-1], LENGTHS)
    error = error_of(bench.run("--baseline", old), 65)
    assert "another truth: truth.vcf.gz (S, 86 records) there" in error["message"]
    assert {p.name: p.read_bytes() for p in bench.out.parent.iterdir()} == before


def somatic(bench: Bench) -> dict[str, dict[str, str]]:
    with bench.out.with_name("s.somatic.csv").open() as handle:
        return {row["type"]: row for row in csv.DictReader(handle)}


def with_fields(path: Path, records: list[tuple[object, ...]]) -> None:
    """A VCF without GT, as Strelka's: INFO/AF, FORMAT/DP."""
    write_vcf(path, [(*r[:4], "30", *r[5:]) for r in records], LENGTHS)
    with gzip.open(path, "rt") as handle:
        lines = handle.read().splitlines()
    changed = []
    for line in lines:
        if not line.startswith("#"):
            cells = line.split("\t")
            cells[7], cells[8] = f"AF={'0.05' if int(cells[1]) % 200 else '0.5'}", "DP"
            line = "\t".join(cells)
        changed.append(line)
    path.write_text("\n".join(changed) + "\n")


def test_alleles_of_callers_without_genotypes(bench: Bench) -> None:
    """Genotypes differ or are not there; alleles and their fractions are compared."""
    with_fields(bench.truth, list(TRUTH))
    query = [snp(*r[:2], "1/1") for r in TRUTH[1:]]
    with_fields(bench.query, query)
    run(bench, "--squash-ploidy", "--af-field", "INFO.AF", "--af-strata", "0,0.1,1")
    rows = somatic(bench)
    assert (rows["records"]["tp"], rows["records"]["fn"], rows["records"]["fp"]) == ("85", "1", "0")
    low, high = (rows[f"SNVs.{name}"] for name in ("0.000000-0.100000", "0.100000-1.000000"))
    assert int(low["total.truth"]) + int(high["total.truth"]) == 86
    assert (low["fn"], high["fn"]) == ("1", "0")
    assert rows["indels"]["recall"] == ""
    assert not [w for w in bench.summary()["warnings"] if "stratum" in w]


def test_calls_without_a_fraction_are_counted(bench: Bench) -> None:
    with_fields(bench.query, list(TRUTH))
    run(bench, "--squash-ploidy", "--af-field", "INFO.AF", "--af-strata", "0,0.1,1")
    said = [w for w in bench.summary()["warnings"] if "in no stratum" in w]
    assert said[0].startswith("truth: 86 calls have no allele fraction")
