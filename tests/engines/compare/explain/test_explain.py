"""`plumbline compare explain` from files to text."""

import json
import random

import pytest
from compare_bench import LENGTHS, SEQUENCES, TRUTH, Bench, base, error_of, other, snp
from compare_command import run_compare, valid
from small_files import write_bed, write_fasta, write_vcf

SITE = "chr20:300"


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The query has 300 as 1/1, lacks 500, has one more at 550 and a deletion of 700."""
    records = [snp(*r[:2], "1/1") if r[:2] == ("chr20", 300) else r for r in TRUTH]
    records = [r for r in records if r[:2] != ("chr20", 500)]
    records += [snp("chr20", 550, "0/1", 9, "LowQual"), ("chr20", 700, "N", "<DEL>", "0/1")]
    bench.set_query(sorted(records, key=lambda r: (str(r[0]), r[1])))
    return bench


def explain(bench: Bench, site: str, *options: object) -> str:
    result = run_compare(
        "explain", site, "--truth", bench.truth, "--query", bench.query, "-r", bench.reference,
        *options,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return result.stdout


def test_genotype_of_one_side(bench: Bench) -> None:
    alleles = f"{base('chr20', 300)}>{other('chr20', 300)}"
    text = explain(bench, SITE)
    assert text.startswith("chr20:300: truth truth.vcf.gz, query query.vcf.gz\n")
    assert f"  FN  300  {alleles}  0/1\n" in text
    assert "the allele is right, the genotype is not: the query has 1/1 at 300" in text
    assert "haplotypes (the same on haplotype 2, different on 1)" in text
    assert text.count("^") == 1


def test_what_the_other_side_lacks_and_what_failed(bench: Bench) -> None:
    assert "the query has no call in this superlocus" in explain(bench, "20:500")
    text = explain(bench, "chr20:550")
    assert "score 9, failed a filter" in text
    assert "the truth has no call in this superlocus; it failed a filter" in text


def test_a_record_that_was_left_out(bench: Bench) -> None:
    text = explain(bench, "chr20:700")
    assert "not compared\n  query 700 N><DEL>: symbolic allele\n" in text
    assert "the query has no call in this superlocus" not in text  # it has the SNP there


def test_json_keeps_to_its_schema(bench: Bench) -> None:
    data = valid(json.loads(explain(bench, "chr20:300-700", "--json")), "explanation")
    decisions = [(c["side"], c["position"], c["decision"]) for s in data["superloci"]
                 for c in s["calls"]]  # fmt: skip
    assert decisions == [
        ("truth", 300, "FN"), ("query", 300, "FP"), ("truth", 400, "TP"), ("query", 400, "TP"),
        ("truth", 500, "FN"), ("query", 550, "FP"), ("truth", 600, "TP"), ("query", 600, "TP"),
        ("truth", 700, "TP"), ("query", 700, "TP"),
    ]  # fmt: skip
    assert data["set_aside"] == [
        {"side": "query", "position": 700, "record": "N><DEL>", "reason": "symbolic allele"}
    ]


def test_a_run_tells_its_files_and_options(bench: Bench) -> None:
    assert bench.run("--pass-only").exit_code == 0
    result = run_compare("explain", "chr20:550", "--run", bench.out)
    assert result.exit_code == 0, result.output
    assert "query 550" in result.stdout
    assert ": failed a filter" in result.stdout  # the option of the run


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["chr2O:300"], 64, '"chr2O" is not in the reference'),
        (["chr20:5950"], 64, "no record there; the nearest is chr20:5800 of the truth"),
        (["chr20:300", "--run", "x", "--pass-only"], 64, "--pass-only is too much"),
        (["chr20:300", "--run", "nothing"], 66, "nothing.provenance.json"),
    ],
)
def test_one_line_of_what_is_wrong(bench: Bench, words: list[str], code: int, said: str) -> None:
    files = ["--truth", bench.truth, "--query", bench.query, "-r", bench.reference]
    result = run_compare("explain", *words, *([] if "--run" in words else files))
    assert said in error_of(result, code)["message"]


def test_no_truth_and_no_run() -> None:
    assert "no --truth" in error_of(run_compare("explain", SITE), 64)["message"]


def test_the_sex_is_asked_of_the_whole_contig(bench: Bench) -> None:
    """A heterozygous truth call far from the site speaks against a male."""
    bases = "".join(random.Random(3).choices("ACGT", k=60_000))
    write_fasta(bench.reference, {"chrX": bases})

    def record(position: int, genotype: str) -> tuple[object, ...]:
        ref = bases[position - 1]
        return ("chrX", position, ref, "ACGT"["CGTA".index(ref)], genotype)

    for far, shown in (("1", "1/1"), ("0/1", "1")):
        write_vcf(bench.truth, [record(200, "1"), record(50_000, far)], {"chrX": 60_000})
        write_vcf(bench.query, [record(200, "1/1")], {"chrX": 60_000})
        data = json.loads(explain(bench, "chrX:200", "--json"))
        assert [c["genotype"] for c in data["superloci"][0]["calls"]] == [shown, "1/1"]


def test_the_stretch_grows_with_a_long_cluster(bench: Bench) -> None:
    """A deletion that begins far before the site is part of its superlocus."""
    sequence = SEQUENCES["chr20"]
    deletion = ("chr20", 200, sequence[199:5800], sequence[199], "0/1")
    write_vcf(bench.truth, [deletion], LENGTHS)
    bench.set_query([snp("chr20", 5500)])
    text = explain(bench, "chr20:5500")
    assert "FN  200" in text
    assert "FP  5500" in text


def test_only_stratifications_that_tell_of_the_context_are_read(bench: Bench) -> None:
    """Hundreds of BED files would take longer than the site."""
    write_bed(bench.folder / "low.bed", [("chr20", 450, 550)])
    write_bed(bench.folder / "all.bed", [("chr20", 0, 6000)])
    table = bench.folder / "s.tsv"
    table.write_text("all\tall.bed\nlowmappabilityall\tlow.bed\n")
    result = bench.run("--stratification", table, "--roc-regions", "all")
    assert result.exit_code == 0, result.output
    size = (bench.folder / "all.bed").stat().st_size  # the provenance knows it
    (bench.folder / "all.bed").write_text("x" * size)
    result = run_compare("explain", "chr20:500", "--run", bench.out)
    assert result.exit_code == 0, result.output
    assert "superlocus chr20:500-500, low mappability\n" in result.stdout
