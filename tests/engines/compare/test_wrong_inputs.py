"""Every way an input can be wrong or odd: one error with its place, or a counted warning."""

import gzip
import multiprocessing
from pathlib import Path

import pytest
from click.testing import CliRunner
from compare_bench import LENGTHS, SEQUENCES, TRUTH, Bench, base, error_of, other, snp
from small_files import vcf_text, write_bed, write_fasta, write_vcf

from engines.compare.cli import read_happy


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("left left.bed\n", "line 1: not NAME<TAB>BED"),
        ("a\tleft.bed\na\tleft.bed\n", "line 2: the name 'a' is taken"),
        ("a\tnone.bed\n", "line 1: no such file: none.bed"),
        ("a;b\tleft.bed\n", "line 1: the name 'a;b' cannot stand in a VCF"),
        ("chr20\t0\t3000\n", "line 1: a row of a BED file: 'chr20\\t0\\t3000'"),
        ("\n", "no row in it"),
    ],
)
def test_bad_stratification_is_named_by_line(bench: Bench, text: str, message: str) -> None:
    write_bed(bench.folder / "left.bed", [("chr20", 0, 3000)])
    table = bench.folder / "s.tsv"
    table.write_text(text)
    result = bench.run("--stratification", table)
    assert message in error_of(result, 66 if "none" in text else 65)["message"]


def test_contig_names_are_mapped_and_said(bench: Bench) -> None:
    renamed = [(r[0][3:], *r[1:]) for r in TRUTH]  # type: ignore[index]
    write_vcf(bench.query, renamed, {n[3:]: length for n, length in LENGTHS.items()})
    assert bench.run().exit_code == 0
    assert bench.row("SNP")["truth_tp"] == 86
    assert any("names of 2 contigs were mapped" in w for w in bench.summary()["warnings"])


def test_unsafe_contig_name_is_not_mapped(bench: Bench) -> None:
    renamed = [(r[0][3:], *r[1:]) for r in TRUTH]  # type: ignore[index]
    write_vcf(bench.query, renamed, {"20": 6001, "21": 3001})
    assert "none of its contigs" in error_of(bench.run(), 65)["message"]


def test_other_build_by_contig_length(bench: Bench) -> None:
    write_vcf(bench.query, TRUTH, {"chr20": 64444167, "chr21": 46709983})
    message = error_of(bench.run(), 65)["message"]
    assert "contig chr20 has 64,444,167 bases, in the reference 6,000" in message


def test_other_build_by_ref_bases(bench: Bench) -> None:
    wrong = {name: bases[::-1] for name, bases in SEQUENCES.items()}
    reference = write_fasta(bench.folder / "other.fa", wrong)
    message = error_of(bench.run(reference=reference), 65)["message"]
    assert "REF differs from the reference at" in message and "first chr20:" in message


def test_few_wrong_ref_bases_are_left_out_and_said(bench: Bench) -> None:
    many = [snp("chr20", p) for p in range(10, 5900, 10)]
    write_vcf(bench.truth, many, LENGTHS)
    bench.set_query([(*many[0][:2], other("chr20", 10), base("chr20", 10), "0/1"), *many[1:]])
    assert bench.run().exit_code == 0
    assert bench.row("SNP")["truth_fn"] == 1
    (aside,) = bench.summary()["set_aside"]
    assert (aside["reason"], aside["records"]) == ("REF differs from the reference", 1)


def test_unsorted_query(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    bench.query.unlink()
    (bench.folder / "query.vcf.gz.tbi").unlink()
    text = vcf_text([TRUTH[1], TRUTH[0]], LENGTHS)
    plain = bench.folder / "query.vcf"
    plain.write_text(text)
    record = error_of(bench.run(query=plain), 65)
    assert "not sorted" in record["message"] and "chr20:100" in record["message"]
    assert "bcftools sort" in record["hint"]
    assert "[E::" not in capfd.readouterr().err


def test_query_without_index_is_indexed_elsewhere(bench: Bench) -> None:
    (bench.folder / "query.vcf.gz.tbi").unlink()
    before = sorted(p.name for p in bench.folder.iterdir())
    result = bench.run()
    assert result.exit_code == 0
    # said, but nothing that a reader of the numbers has to know
    assert f"query {bench.query}: no index" in result.stderr
    assert not any("index" in w for w in bench.summary()["warnings"])
    assert sorted(p.name for p in bench.folder.iterdir()) == sorted([*before, "results"])


def test_plain_text_and_gzip_are_read(bench: Bench) -> None:
    text = vcf_text(TRUTH, LENGTHS)
    plain, zipped = bench.folder / "q.vcf", bench.folder / "q2.vcf.gz"
    plain.write_text(text)
    zipped.write_bytes(gzip.compress(text.encode()))
    for query in (plain, zipped):
        assert bench.run(query=query).exit_code == 0
        assert bench.row("SNP")["truth_tp"] == 86


def truncated(source: Path, target: Path, keep: int) -> Path:
    target.write_bytes(source.read_bytes()[:keep])
    return target


def test_truncated_files(bench: Bench) -> None:
    size = bench.query.stat().st_size
    cut = truncated(bench.query, bench.folder / "cut.vcf.gz", size - 40)
    assert "truncated" in error_of(bench.run(query=cut), 65)["message"]
    whole = gzip.compress(vcf_text(TRUTH, LENGTHS).encode())
    half = bench.folder / "half.vcf.gz"
    half.write_bytes(whole[: len(whole) // 2])
    assert "truncated" in error_of(bench.run(query=half), 65)["message"]


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (None, 66, "no such file"),
        (b"", 65, "the file is empty"),
        (b"<html>Not Found</html>\n", 65, "not VCF: it starts with"),
        (b"##fileformat=VCFv4.2\n", 65, "#CHROM header line is missing"),
        (vcf_text([], LENGTHS).encode(), 65, "no records after the header"),
        (vcf_text([], LENGTHS, samples=()).encode(), 65, "no sample column"),
    ],
)
def test_query_that_is_no_call_set(
    bench: Bench, content: bytes | None, code: int, message: str
) -> None:
    path = bench.folder / "odd.vcf"
    if content is not None:
        path.write_bytes(content)
    assert message in error_of(bench.run(query=path), code)["message"]
    assert not bench.out.parent.exists() or not list(bench.out.parent.iterdir())


def test_several_samples_need_a_choice(bench: Bench) -> None:
    write_vcf(bench.query, TRUTH, LENGTHS, samples=("child", "mother"))
    assert "2 samples: child, mother" in error_of(bench.run(), 64)["message"]
    assert bench.run("--query-sample", "mother").exit_code == 0
    assert bench.summary()["query"]["sample"] == "mother"
    assert "no sample 'x'" in error_of(bench.run("--query-sample", "x"), 64)["message"]


def test_records_without_genotypes_are_compared_by_allele(bench: Bench) -> None:
    bench.query = bench.folder / "strelka.vcf"
    text = vcf_text([(*record[:4], "7") for record in TRUTH], LENGTHS)
    bench.query.write_text(text.replace("\tGT\t7", "\tDP\t7"))
    record = error_of(bench.run(), 65)
    assert "(86 of 86 records: no genotype (GT))" in record["message"]
    assert "--squash-ploidy" in record["hint"]
    assert bench.run("--squash-ploidy").exit_code == 0
    assert bench.row("SNP")["truth_tp"] == 86


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--pass-only"], "86 failed a filter"),
        (["--filters-only", "LowQual"], "86 failed a filter"),
        (["-T"], "86 outside the target regions"),
        (["-R"], "86 outside the target regions"),
    ],
)
def test_no_call_left_by_the_user_s_own_filters_is_a_result(
    bench: Bench, options: list[str], reason: str
) -> None:
    write_vcf(bench.truth, sorted([*TRUTH, snp("chr20", 5950)]), LENGTHS)
    bench.set_query([(*record, 30, "LowQual") for record in TRUTH])
    bed = write_bed(bench.folder / "end.bed", [("chr20", 5940, 5960)])
    result = bench.run(*options, *([bed] if len(options) == 1 and len(options[0]) == 2 else []))
    assert result.exit_code == 0, result.output
    row, summary = bench.row("SNP"), bench.summary()
    assert (row["truth_tp"], row["recall"], row["precision"]) == (0, 0.0, None)
    (warning,) = [w for w in summary["warnings"] if "left no query call" in w]
    assert f"86 records left out ({reason}); every truth call is FN" in warning
    lines = bench.out.with_name("s.summary.csv").read_text().splitlines()
    names, cells = lines[0].split(","), lines[3].split(",")
    snps = dict(zip(names, cells, strict=True))
    assert [float(snps[f"METRIC.{m}"]) for m in ("Recall", "Precision", "Frac_NA")] == [0, 0, 0]
    assert snps["METRIC.F1_Score"] == ""


@pytest.mark.parametrize(
    ("genotype", "alt", "reason", "hint"),
    [
        ("0/1/1", "", "more than two alleles called (polyploid)", "--squash-ploidy"),
        ("0/0", "", "homozygous reference", "check the sample of the query"),
        ("0/1", "<DEL>", "symbolic allele", "only calls with alleles of A, C, G, T and N"),
    ],
)
def test_no_call_for_another_reason_has_a_hint_that_fits(
    bench: Bench, genotype: str, alt: str, reason: str, hint: str
) -> None:
    records: list[tuple[object, ...]] = [(r[0], r[1], r[2], alt or r[3], genotype) for r in TRUTH]
    options: list[str] = []
    if genotype != "0/0":  # a filter too, but not it alone
        records[0] = (*records[0], 30, "LowQual")
        options = ["--pass-only"]
    bench.set_query(records)
    record = error_of(bench.run(*options), 65)
    assert reason in record["message"] and hint in record["hint"]


def test_regions_that_cannot_be_right(bench: Bench) -> None:
    cases = {
        "empty.bed": ("", "no regions in the file"),
        "far.bed": ("chr20\t0\t99999999\n", "past the reference's 6,000 bases"),
        "names.bed": ("chrQ\t0\t10\n", "none of its contigs"),
        "words.bed": ("chr20\tzero\t10\n", "not BED (contig, start, end): 'chr20 zero 10'"),
        "off.bed": ("chr20\t1\t50\n", "no truth call to compare within the regions"),
    }
    for name, (text, message) in cases.items():
        bed = bench.folder / name
        bed.write_text(text)
        assert message in error_of(bench.run("--confident", bed), 65)["message"]


def test_plain_gzip_reference_is_explained(bench: Bench) -> None:
    path = bench.folder / "gz.fa.gz"
    path.write_bytes(gzip.compress(b">chr20\nACGT\n"))
    record = error_of(bench.run(reference=path), 65)
    assert "compressed with gzip" in record["message"] and "bgzip" in record["hint"]


def test_truth_of_somebody_else(bench: Bench) -> None:
    positions = range(10, 5900, 20)
    write_vcf(bench.truth, [snp("chr20", p, "0/1") for p in positions], LENGTHS)
    bench.set_query([snp("chr20", p, "1/1" if i % 3 else "0/1") for i, p in enumerate(positions)])
    assert "do not belong together" in error_of(bench.run(), 65)["message"]
    assert bench.run("--on-sample-mismatch", "warn").exit_code == 0
    assert any("do not belong together" in w for w in bench.summary()["warnings"])


def test_failure_keeps_the_former_result(bench: Bench) -> None:
    assert bench.run().exit_code == 0
    before = {p: p.read_bytes() for p in bench.out.parent.iterdir()}
    bench.query.write_bytes(b"")
    error_of(bench.run(), 65)
    assert {p: p.read_bytes() for p in bench.out.parent.iterdir()} == before


def test_output_in_the_place_of_an_input_is_refused(bench: Bench) -> None:
    before = bench.query.read_bytes()
    bench.out = bench.folder / "query"
    assert "is an input" in error_of(bench.run(), 64)["message"]
    assert bench.query.read_bytes() == before
    bench.out = bench.folder / ".."
    refused = bench.run()  # by its form, so by the command line
    assert refused.exit_code == 2 and "is a folder; give a name in it" in refused.output
    bench.out = bench.folder / "taken"
    (bench.folder / "taken.vcf.gz").mkdir()
    assert "is a folder" in error_of(bench.run(), 73)["message"]
    assert [p.name for p in bench.folder.glob("taken*")] == ["taken.vcf.gz"]


def test_error_in_one_contig_ends_the_others(bench: Bench) -> None:
    bad = [(*TRUTH[0][:4], "0/7"), *TRUTH[1:]]  # type: ignore[index]
    bench.set_query(bad)
    assert "names an allele that is not there" in error_of(bench.run("--threads", 2), 65)["message"]
    assert multiprocessing.active_children() == []


def test_contigs_without_calls_are_said(bench: Bench) -> None:
    bench.set_query([r for r in TRUTH if r[0] == "chr20"])
    assert bench.run().exit_code == 0
    assert any("no records on 1 contigs" in w and "chr21" in w for w in bench.summary()["warnings"])


def test_tables_of_hap_py_become_a_summary(tmp_path: Path) -> None:
    path = tmp_path / "happy.extended.csv"
    path.write_text("Type,Subtype\nSNP,*\n")
    arguments = [
        str(tmp_path / "happy"), "--engine", "happy", "--truth", "t.vcf", "--query", "q.vcf",
        "-r", "r.fa", "-o", str(tmp_path / "out"),
    ]  # fmt: skip
    result = CliRunner().invoke(read_happy, arguments)
    assert "not hap.py's table" in error_of(result, 65)["message"]
    path.unlink()
    assert "no such file" in error_of(CliRunner().invoke(read_happy, arguments), 66)["message"]


def test_few_alleles_of_somebody_else_are_a_warning(bench: Bench) -> None:
    positions = range(100, 5900, 100)
    write_vcf(bench.truth, [snp("chr20", p, "0/1") for p in positions], LENGTHS)
    bench.set_query([snp("chr20", p, "1/1") for p in positions])
    assert bench.run().exit_code == 0
    (warning,) = [w for w in bench.summary()["warnings"] if "together" in w]
    assert "may not belong together: of 58 alleles" in warning
