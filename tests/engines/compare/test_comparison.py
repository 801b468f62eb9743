"""The command from files to files: what it writes, and every way an input can be wrong."""

import gzip
import json
import multiprocessing
import random
import shutil
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_files import decisions, read_vcf, vcf_text, write_bed, write_fasta, write_vcf

from engines.compare.case import Request
from engines.compare.cli import compare, read_happy
from engines.compare.comparison import compare as run_comparison

ROOT = Path(__file__).resolve().parents[3]
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


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def error_of(result: Result, code: int) -> dict[str, str]:
    """The last stderr line of a failure, after the checks that hold for every failure."""
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    record = json.loads(result.stderr.splitlines()[-1])
    assert set(record) == {"error_class", "code", "message", "hint"}
    assert record["code"] == code
    return record  # type: ignore[no-any-return]


def test_writes_all_outputs_and_nothing_else(bench: Bench) -> None:
    result = bench.run()
    assert result.exit_code == 0, result.output
    assert {p.name for p in bench.out.parent.iterdir()} == {
        "s.summary.json", "s.summary.csv", "s.vcf.gz", "s.vcf.gz.tbi", "s.provenance.json",
    }  # fmt: skip
    row = bench.row("SNP")
    assert (row["truth_total"], row["truth_tp"], row["query_tp"]) == (86, 86, 86)
    assert (row["recall"], row["precision"], row["f1"]) == (1, 1, 1)
    provenance = json.loads(bench.out.with_name("s.provenance.json").read_text())
    assert set(provenance["inputs"]) == {"truth", "query", "reference"}
    assert all(len(f["sha256"]) == 64 for f in provenance["inputs"].values())


def test_known_mistakes_are_counted(bench: Bench) -> None:
    records = [snp(*r[:2], "1/1") if r[1] == 200 else r for r in TRUTH if r[1] != 300]  # type: ignore
    records += [snp("chr20", 150), snp("chr21", 151, "0/1", 9, "LowQual")]
    bench.set_query(sorted(records, key=lambda r: (r[0], r[1])))  # type: ignore
    assert bench.run().exit_code == 0
    everything, passing = bench.row("SNP"), bench.row("SNP", "PASS")
    # 300 is missing on both contigs; 200 is 1/1: wrong on chr20 (0/1), right on chr21 (1/1)
    assert (everything["truth_tp"], everything["truth_fn"]) == (83, 3)
    assert (everything["query_fp"], everything["fp_gt"]) == (3, 1)
    assert (passing["query_total"], passing["query_fp"]) == (85, 2)
    assert everything["query_total"] == 86
    bd = decisions(bench.out.with_name("s.vcf.gz"), "QUERY")
    assert bd["chr20", 150, base("chr20", 150), other("chr20", 150)] == "FP"


def test_filtered_match_is_a_false_negative_in_pass_rows(bench: Bench) -> None:
    bench.set_query([snp(r[0], r[1], r[4], 30, "LowQual") if r[1] == 500 else r for r in TRUTH])  # type: ignore
    assert bench.run().exit_code == 0
    assert bench.row("SNP")["truth_fn"] == 0
    assert bench.row("SNP", "PASS")["truth_fn"] == 2


def test_outside_the_confident_regions_is_not_assessed_even_when_matched(bench: Bench) -> None:
    bed = write_bed(bench.folder / "c.bed", [("chr20", 0, 1000), ("chr21", 0, 3000)])
    assert bench.run("--confident", bed).exit_code == 0
    row = bench.row("SNP")
    assert (row["truth_total"], row["query_tp"], row["query_unk"]) == (38, 38, 48)


@pytest.mark.parametrize(
    ("position", "kept"), [(1000, True), (999, True), (500, False), (1001, False)]
)
@pytest.mark.parametrize("deletion", [True, False])
def test_indel_at_the_edge_of_a_confident_region(
    bench: Bench, position: int, kept: bool, deletion: bool
) -> None:
    """Regions are chr20:501-1000 (1-based). POS in them is enough for a truth indel."""
    anchor = base("chr20", position)
    long = SEQUENCES["chr20"][position - 1 : position + 3] if deletion else anchor + "GATTACA"
    record = ("chr20", position, *((long, anchor) if deletion else (anchor, long)), "0/1")
    records = sorted([*TRUTH[5:7], record], key=lambda r: r[1])
    write_vcf(bench.truth, records, LENGTHS)
    bench.set_query(records)
    bed = write_bed(bench.folder / "c.bed", [("chr20", 500, 1000)])
    assert bench.run("--confident", bed).exit_code == 0
    row = bench.row("INDEL")
    inside_anyway = deletion and position == 500  # its deleted bases are confident
    assert row["truth_tp"] == int(kept or inside_anyway)
    assert row["query_unk"] == int(not (kept or inside_anyway))
    assert bench.run("--confident", bed, "--no-adjust-conf-regions").exit_code == 0
    assert bench.row("INDEL")["truth_total"] == int(inside_anyway or position == 999)


def test_stratification_counts_and_their_sum(bench: Bench) -> None:
    write_bed(bench.folder / "left.bed", [("chr20", 0, 3000)])
    write_bed(bench.folder / "right.bed", [("chr20", 3000, 6000), ("chr21", 0, 3000)])
    table = bench.folder / "s.tsv"
    table.write_text("left\tleft.bed\nright\tright.bed\n")
    assert bench.run("--stratification", table).exit_code == 0
    parts = [bench.row("SNP", subset=name)["truth_total"] for name in ("left", "right")]
    assert parts == [30, 56]
    rows = read_vcf(bench.out.with_name("s.vcf.gz"))
    assert rows[0]["INFO"] == "BS=100;Regions=left"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("left left.bed\n", "line 1: not NAME<TAB>BED"),
        ("a\tleft.bed\na\tleft.bed\n", "line 2: the name 'a' is taken"),
        ("a\tnone.bed\n", "line 1: no such file: none.bed"),
        ("a;b\tleft.bed\n", "line 1: the name 'a;b' cannot stand in a VCF"),
        ("\n", "no row in it"),
    ],
)
def test_bad_stratification_is_named_by_line(bench: Bench, text: str, message: str) -> None:
    write_bed(bench.folder / "left.bed", [("chr20", 0, 3000)])
    table = bench.folder / "s.tsv"
    table.write_text(text)
    result = bench.run("--stratification", table)
    assert message in error_of(result, 66 if "none" in text else 65)["message"]


def test_target_leaves_out_what_it_does_not_cover(bench: Bench) -> None:
    bed = write_bed(bench.folder / "t.bed", [("chr20", 99, 100), ("chr20", 399, 500)])
    assert bench.run("--target", bed).exit_code == 0
    assert bench.row("SNP")["truth_total"] == 3
    aside = {(a["side"], a["reason"]): a["records"] for a in bench.summary()["set_aside"]}
    assert aside["truth", "outside the target regions"] == 83


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


def test_unsorted_query(bench: Bench) -> None:
    bench.query.unlink()
    (bench.folder / "query.vcf.gz.tbi").unlink()
    text = vcf_text([TRUTH[1], TRUTH[0]], LENGTHS)
    plain = bench.folder / "query.vcf"
    plain.write_text(text)
    record = error_of(bench.run(query=plain), 65)
    assert "not sorted" in record["message"] and "chr20:100" in record["message"]
    assert "bcftools sort" in record["hint"]


def test_query_without_index_is_indexed_elsewhere(bench: Bench) -> None:
    (bench.folder / "query.vcf.gz.tbi").unlink()
    before = sorted(p.name for p in bench.folder.iterdir())
    assert bench.run().exit_code == 0
    assert any("no index" in w for w in bench.summary()["warnings"])
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


def test_regions_that_cannot_be_right(bench: Bench) -> None:
    cases = {
        "empty.bed": ("", "no regions in the file"),
        "far.bed": ("chr20\t0\t99999999\n", "past the reference's 6,000 bases"),
        "names.bed": ("chrQ\t0\t10\n", "none of its contigs"),
        "words.bed": ("chr20\tzero\t10\n", "line 1: not BED"),
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


def test_gvcf_is_converted(bench: Bench) -> None:
    records: list[tuple[object, ...]] = []
    for contig, position, ref, alt, genotype in TRUTH:  # type: ignore[misc]
        records.append((contig, position - 10, base(contig, position - 10), "<NON_REF>", "0/0"))
        records.append((contig, position, ref, f"{alt},<NON_REF>", genotype))
    bench.set_query(records)
    assert bench.run().exit_code == 0
    assert bench.row("SNP")["truth_tp"] == bench.row("SNP")["query_total"] == 86
    summary = bench.summary()
    assert summary["options"]["converted_gvcf"] is True
    (aside,) = summary["set_aside"]
    assert (aside["reason"], aside["records"]) == ("reference block or site without ALT", 86)


def test_records_on_other_contigs_are_counted(bench: Bench) -> None:
    write_vcf(bench.truth, [r for r in TRUTH if r[0] == "chr20"], LENGTHS)
    assert bench.run().exit_code == 0
    (aside,) = bench.summary()["set_aside"]
    assert aside["reason"] == "contig without truth calls or confident regions"
    assert (aside["side"], aside["records"], aside["first"]) == ("query", 28, "chr21:100")


@pytest.mark.parametrize(
    ("sex", "het_on_x", "homozygous"),
    [
        ("auto", False, True),
        ("auto", True, False),
        ("male", True, True),
        ("female", False, False),
    ],
)
def test_single_allele_genotypes_on_x(
    tmp_path: Path, sex: str, het_on_x: bool, homozygous: bool
) -> None:
    bases = SEQUENCES["chr20"]
    reference = write_fasta(tmp_path / "r.fa", {"chrX": bases})
    genotypes = ["1", "1", "0/1" if het_on_x else "1"]
    records = [
        ("chrX", p, base("chr20", p), other("chr20", p), g)
        for p, g in zip((100, 200, 300), genotypes, strict=True)
    ]
    calls = write_vcf(tmp_path / "x.vcf.gz", records, {"chrX": len(bases)})
    out = tmp_path / "o"
    run_comparison(Request(truth=calls, query=calls, reference=reference, out=out, sex=sex))
    classes = [r["TRUTH"].split(":")[5] for r in read_vcf(tmp_path / "o.vcf.gz")]
    assert classes[:2] == ["homalt" if homozygous else "hemi"] * 2
    assert {bd for bd in decisions(tmp_path / "o.vcf.gz", "QUERY").values()} == {"TP"}


def test_failure_keeps_the_former_result(bench: Bench) -> None:
    assert bench.run().exit_code == 0
    before = {p: p.read_bytes() for p in bench.out.parent.iterdir()}
    bench.query.write_bytes(b"")
    error_of(bench.run(), 65)
    assert {p: p.read_bytes() for p in bench.out.parent.iterdir()} == before


def test_same_bytes_whatever_the_threads_and_folder(bench: Bench, tmp_path: Path) -> None:
    assert bench.run("--threads", 1).exit_code == 0
    names = ("s.summary.json", "s.summary.csv", "s.vcf.gz", "s.vcf.gz.tbi")
    first = [bench.out.with_name(name).read_bytes() for name in names]
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for file in bench.folder.glob("*.*"):
        shutil.copy2(file, moved)
    there = Bench.__new__(Bench)
    there.folder, there.out = moved, moved / "o" / "s"
    there.truth, there.query = moved / "truth.vcf.gz", moved / "query.vcf.gz"
    there.reference = moved / "ref.fa.gz"
    assert there.run("--threads", 2).exit_code == 0
    assert [there.out.with_name(name).read_bytes() for name in names] == first


def random_calls(seed: int) -> list[tuple[object, ...]]:
    """Calls of all kinds, hom and het, dense enough to interact, not overlapping."""
    rng = random.Random(seed)
    records: list[tuple[object, ...]] = []
    position = 10
    while position < 5900:
        ref = SEQUENCES["chr20"][position - 1 : position - 1 + rng.choice((1, 1, 1, 2, 4))]
        alt = ref[0] + "".join(rng.choices("ACGT", k=rng.choice((0, 1, 2, 5))))
        if len(ref) == 1 and len(alt) == 1:
            alt = other("chr20", position)
        second = ref[0] + "".join(rng.choices("ACGT", k=7))
        kind = rng.random()
        if kind < 0.15 and len({ref, alt, second}) == 3:
            records.append(("chr20", position, ref, f"{alt},{second}", "1/2"))
        elif ref != alt:
            records.append(("chr20", position, ref, alt, rng.choice(("0/1", "1|0", "1/1"))))
        position += len(ref) + rng.choice((1, 3, 12, 60))
    return records


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_truth_against_itself_and_sides_swapped(tmp_path: Path, one: int, two: int) -> None:
    """A call set equals itself on every row; swapping the sides swaps what is counted."""
    reference = write_fasta(tmp_path / "r.fa", SEQUENCES)
    a = write_vcf(tmp_path / "a.vcf.gz", random_calls(one), LENGTHS)
    b = write_vcf(tmp_path / "b.vcf.gz", random_calls(two), LENGTHS)

    def rows(truth: Path, query: Path, **options: bool) -> list[dict]:  # type: ignore[type-arg]
        request = Request(
            truth=truth,
            query=query,
            reference=reference,
            out=tmp_path / "o",
            on_sample_mismatch="warn",
            **options,  # type: ignore[arg-type]
        )
        return run_comparison(request)["rows"]  # type: ignore[no-any-return]

    for decompose in (True, False):
        for row in rows(a, a, decompose=decompose, leftshift=decompose):
            assert (row["truth_fn"], row["query_fp"]) == (0, 0), row
    raw = {"decompose": False, "leftshift": False}
    there = {(r["type"], r["filter"]): r for r in rows(a, b, **raw) if r["subtype"] == "*"}
    back = {(r["type"], r["filter"]): r for r in rows(b, a, **raw) if r["subtype"] == "*"}
    for key, row in there.items():
        assert row["truth_total"] == back[key]["query_total"]
    for mine, theirs in (("truth_tp", "query_tp"), ("truth_fn", "query_fp")):
        totals = [sum(rows_[key][name] for key in rows_) for rows_, name in
                  ((there, mine), (back, theirs))]  # fmt: skip
        assert totals[0] == totals[1]


def test_complex_alleles_of_one_haplotype_stay_on_it(bench: Bench) -> None:
    """Realigned into an insertion and a deletion at one place, they are no het-alt record."""
    rng = random.Random(7)
    records: list[tuple[object, ...]] = []
    for position in range(100, 5800, 40):
        ref = SEQUENCES["chr20"][position - 1 : position + rng.randint(1, 14)]
        alts = {ref[0] + "".join(rng.choices("ACGT", k=rng.randint(0, 14))) for _ in range(2)} - {
            ref
        }
        genotype = "1/2" if len(alts) == 2 and position % 80 else "0/1"
        alt = ",".join(sorted(alts)) if genotype == "1/2" else min(alts)
        records.append(("chr20", position, ref, alt, genotype))
    write_vcf(bench.truth, records, LENGTHS)
    bench.set_query(records)
    assert bench.run("--cluster-gap", 5).exit_code == 0
    for row in bench.summary()["rows"]:
        assert (row["truth_fn"], row["query_fp"]) == (0, 0), row


@pytest.mark.parametrize("first", ["PASS", "LowQual"])
def test_a_filtered_call_does_not_pull_down_a_passing_one(bench: Bench, first: str) -> None:
    """Another allele at the same place, and the same allele twice, whatever their order."""
    names = [first, "LowQual" if first == "PASS" else "PASS"]
    other_alt = next(b for b in "ACGT" if b not in (base("chr20", 500), other("chr20", 500)))
    right = [(*snp("chr20", 500), 30, names[0]), (*snp("chr20", 500), 30, names[1])]
    wrong = ("chr20", 500, base("chr20", 500), other_alt, "0/1", 30, "LowQual")
    write_vcf(bench.truth, [snp("chr20", 500)], LENGTHS)
    for records in (right, [(*snp("chr20", 500), 30, "PASS"), wrong]):
        bench.set_query(records)
        assert bench.run().exit_code == 0
        row = bench.row("SNP", "PASS")
        assert (row["truth_tp"], row["query_tp"], row["query_fp"]) == (1, 1, 0)


def test_many_calls_under_a_long_deletion_are_searched_in_full(bench: Bench) -> None:
    sequence = SEQUENCES["chr20"]
    deletion = ("chr20", 1000, sequence[999:2000], sequence[999], "0/1")
    write_vcf(bench.truth, [deletion], LENGTHS)
    bench.set_query([snp("chr20", p) for p in range(1010, 1990, 10)])
    assert bench.run().exit_code == 0
    assert bench.summary()["capped_clusters"] == []
    assert bench.row("SNP")["query_fp"] == 98


def test_indels_where_the_reference_is_unknown(bench: Bench) -> None:
    """N or M in the reference: the same calls in hap.py's units are still the same."""
    sequence = SEQUENCES["chr20"]
    masked = sequence[:1000] + "N" * 1000 + "M" + sequence[2001:]
    reference = write_fasta(bench.folder / "n.fa", {**SEQUENCES, "chr20": masked})
    records = [("chr20", 1100, "CTT", "C,CT", "1/2"), ("chr20", 1200, "GA", "G,GAA", "1/2"),
               ("chr20", 2001, "A", "T", "0/1")]  # fmt: skip
    write_vcf(bench.truth, records, LENGTHS)
    bench.set_query(records)
    assert bench.run(reference=reference).exit_code == 0
    for row in bench.summary()["rows"]:
        assert (row["truth_fn"], row["query_fp"]) == (0, 0), row
    assert any("the reference is N at 3 of 3" in w for w in bench.summary()["warnings"])


def test_output_in_the_place_of_an_input_is_refused(bench: Bench) -> None:
    before = bench.query.read_bytes()
    bench.out = bench.folder / "query"
    assert "is an input" in error_of(bench.run(), 64)["message"]
    assert bench.query.read_bytes() == before
    bench.out = bench.folder / ".."
    assert "names a folder" in error_of(bench.run(), 64)["message"]
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
    assert "not hap.py's extended.csv" in error_of(result, 65)["message"]
    path.unlink()
    assert "no such file" in error_of(CliRunner().invoke(read_happy, arguments), 66)["message"]
