"""Forms of input beside a bgzipped VCF with genotypes: sites only, BCF."""

import gzip
import json
from pathlib import Path

import pysam.bcftools
import pytest
from compare_bench import LENGTHS, TRUTH, Bench, error_of
from compare_command import run_compare
from small_files import vcf_text


def sites(path: Path, columns: int = 8) -> Path:
    """The same file without the columns behind the first ones."""
    with gzip.open(path, "rt") as handle:
        lines = [line.rstrip("\n") for line in handle]
    cut = [
        line if line.startswith("##") else "\t".join(line.split("\t")[:columns]) for line in lines
    ]
    plain = path.with_name(f"sites.{path.stem}")
    plain.write_text("\n".join(cut) + "\n")
    return plain


def bcf(path: Path, compressed: bool = True) -> Path:
    made = path.parent / path.name.replace("vcf.gz", "bcf")
    pysam.bcftools.view("-Ob", "-o", str(made), str(path), catch_stdout=False)
    if not compressed:
        made.write_bytes(gzip.decompress(made.read_bytes()))
    return made


@pytest.mark.parametrize("columns", [8, 9])
def test_sites_only_files_are_compared_by_allele(bench: Bench, columns: int) -> None:
    truth, query = sites(bench.truth, columns), sites(bench.query, columns)
    refused = error_of(bench.run(truth=truth), 65)
    assert "no sample column" in refused["message"] and "--squash-ploidy" in refused["hint"]
    for files in ({"truth": truth}, {"truth": truth, "query": query}):
        result = bench.run("--squash-ploidy", **files)
        assert result.exit_code == 0, result.output
        assert bench.row("SNP")["truth_tp"] == bench.row("SNP")["query_tp"] == 86
        assert bench.summary()["truth"]["sample"] is None
    named = bench.run("--squash-ploidy", "--truth-sample", "S", truth=truth)
    assert "no sample 'S'; it has none" in error_of(named, 64)["message"]
    told = run_compare(
        *("explain", "chr20:100", "--truth", truth, "--query", query, "--squash-ploidy"),
        *("-r", bench.reference),
    )
    assert told.exit_code == 0 and "chr20:100" in told.output


def test_sets_need_genotypes(bench: Bench) -> None:
    result = run_compare(
        "sets", sites(bench.truth), bench.query, "-r", bench.reference, "-o", bench.out
    )
    assert "--squash-ploidy" not in error_of(result, 65)["hint"]


def test_a_header_with_too_few_columns(bench: Bench) -> None:
    refused = error_of(bench.run("--squash-ploidy", query=sites(bench.query, 5)), 65)
    assert "the #CHROM header line has 5 columns" in refused["message"]


@pytest.mark.parametrize("compressed", [True, False])
def test_bcf_gives_what_its_vcf_gives(bench: Bench, compressed: bool) -> None:
    assert bench.run().exit_code == 0
    before = bench.out.with_name("s.extended.csv").read_bytes()
    result = bench.run(query=bcf(bench.query, compressed))
    assert result.exit_code == 0, result.output
    assert bench.out.with_name("s.extended.csv").read_bytes() == before
    assert "query.bcf: BCF; compared from a temporary VCF" in result.stderr
    assert not any("BCF" in text for text in bench.summary()["warnings"])


def test_sets_and_explain_read_bcf(bench: Bench) -> None:
    query = bcf(bench.query)
    more = ("-r", bench.reference)
    assert run_compare("sets", bench.truth, query, *more, "-o", bench.out).exit_code == 0
    data = json.loads(bench.out.with_name("s.sets.json").read_text())
    assert [one["name"] for one in data["sets"]] == ["truth", "query"]
    told = run_compare("explain", "chr20:100", "--truth", bench.truth, "--query", query, *more)
    assert told.exit_code == 0, told.output


def test_damaged_bcf_is_one_line(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    made = bcf(bench.query, compressed=False)
    made.write_bytes(made.read_bytes()[:-30])
    assert "BCF that cannot be read" in error_of(bench.run(query=made), 65)["message"]
    assert "[E::" not in capfd.readouterr().err


def scored(bench: Bench) -> None:
    """A query with INFO/VQ, a truth without."""
    text = vcf_text(TRUTH, LENGTHS).replace("PASS\t.", "PASS\tVQ=7")
    bench.query = bench.folder / "scored.vcf"
    line = '##INFO=<ID=VQ,Number=1,Type=Float,Description="score">\n#CHROM'
    bench.query.write_text(text.replace("#CHROM", line))


@pytest.mark.parametrize(
    ("field", "end"),
    [
        ("VQ", "; did you mean INFO.VQ?"),
        ("FMT/VQ", "; did you mean INFO.VQ?"),
        ("INFO/VQQ", "; did you mean INFO.VQ?"),
        ("GT", "has it"),
        ("INFO/GT", "; did you mean FORMAT.GT?"),
        ("FT", "does not declare FORMAT.FT"),
    ],
)
def test_a_score_that_no_call_has(bench: Bench, field: str, end: str) -> None:
    scored(bench)
    refused = error_of(bench.run("--roc", field), 64)
    assert refused["message"].startswith("--roc ") and refused["message"].endswith(end)
    assert bench.run("--roc", field, "--no-roc").exit_code == 0


def test_fields_in_the_spelling_of_bcftools(bench: Bench) -> None:
    scored(bench)
    assert bench.run("--roc", "INFO/VQ").exit_code == 0
    assert bench.summary()["roc"]["field"] == "INFO.VQ"


def test_an_allele_fraction_that_no_call_has(bench: Bench) -> None:
    scored(bench)
    strata = ("--squash-ploidy", "--af-strata", "0,1,9")
    refused = error_of(bench.run(*strata, "--af-field", "FMT/VQ"), 64)["message"]
    assert refused.startswith("--af-field FORMAT.VQ: no call of query")
    assert refused.endswith("; did you mean INFO.VQ?")
    assert bench.run(*strata, "--af-field", "INFO/VQ").exit_code == 0
    (warning,) = [text for text in bench.summary()["warnings"] if "fraction" in text]
    assert "truth: 86 calls" in warning and warning.endswith("does not declare INFO.VQ")
