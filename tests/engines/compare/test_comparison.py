"""The command from files to files: what it writes and how it counts."""

import json
import random
import shutil
from pathlib import Path

import pytest
from compare_bench import LENGTHS, SEQUENCES, TRUTH, Bench, base, other, snp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_files import decisions, read_vcf, write_bed, write_fasta, write_vcf

from engines.compare.case import Request
from engines.compare.comparison import compare as run_comparison


def test_writes_all_outputs_and_nothing_else(bench: Bench) -> None:
    result = bench.run()
    assert result.exit_code == 0, result.output
    assert {p.name for p in bench.out.parent.iterdir()} == {
        "s.summary.json", "s.summary.csv", "s.extended.csv", "s.roc.all.csv.gz",
        "s.metrics.json.gz", "s.runinfo.json", "s.vcf.gz", "s.vcf.gz.tbi", "s.provenance.json",
        "s.differences.json", "s.differences.tsv.gz",
        "s.roc.Locations.SNP.csv.gz", "s.roc.Locations.SNP.PASS.csv.gz",
        "s.roc.Locations.INDEL.csv.gz", "s.roc.Locations.INDEL.PASS.csv.gz",
    }  # fmt: skip
    row = bench.row("SNP")
    assert (row["truth_total"], row["truth_tp"], row["query_tp"]) == (86, 86, 86)
    assert (row["recall"], row["precision"], row["f1"]) == (1, 1, 1)
    provenance = json.loads(bench.out.with_name("s.provenance.json").read_text())
    assert set(provenance["inputs"]) == {"truth", "query", "reference"}
    assert all(len(f["sha256"]) == 64 for f in provenance["inputs"].values())


def test_an_earlier_table_that_is_not_asked_for_again_goes(bench: Bench) -> None:
    assert bench.run("--roc-filter", "LowQual").exit_code == 0
    tables = ("extended.csv", "metrics.json.gz", "roc.all.csv.gz", "roc.Locations.SNP.SEL.csv.gz",
              "vcf.gz", "vcf.gz.tbi")  # fmt: skip
    paths = [bench.out.with_name(f"s.{name}") for name in tables]
    assert all(path.exists() for path in paths)
    off = ("--no-write-counts", "--no-json", "--no-roc", "--no-write-vcf")
    assert bench.run(*off).exit_code == 0
    assert not any(path.exists() for path in paths)
    assert bench.summary()["roc"] is None


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
    proof = json.loads(bench.out.with_name("s.provenance.json").read_text())
    beds = {role for role in proof["inputs"] if role.startswith("stratification ")}
    assert beds == {f"stratification {line.split()[0]}" for line in table.read_text().splitlines()}
    parts = [bench.row("SNP", subset=name)["truth_total"] for name in ("left", "right")]
    assert parts == [30, 56]
    rows = read_vcf(bench.out.with_name("s.vcf.gz"))
    assert rows[0]["INFO"] == "BS=100;Regions=left"


def test_target_leaves_out_what_it_does_not_cover(bench: Bench) -> None:
    bed = write_bed(bench.folder / "t.bed", [("chr20", 99, 100), ("chr20", 399, 500)])
    assert bench.run("--target", bed).exit_code == 0
    assert bench.row("SNP")["truth_total"] == 3
    aside = {(a["side"], a["reason"]): a["records"] for a in bench.summary()["set_aside"]}
    assert aside["truth", "outside the target regions"] == 83


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
    summary = json.loads((tmp_path / "o.summary.json").read_text())
    assert summary["options"]["homozygous_contigs"] == (["chrX"] if homozygous else [])
    assert {bd for bd in decisions(tmp_path / "o.vcf.gz", "QUERY").values()} == {"TP"}


def test_same_bytes_whatever_the_threads_and_folder(bench: Bench, tmp_path: Path) -> None:
    assert bench.run("--threads", 1).exit_code == 0

    def written(folder: Path) -> dict[str, bytes]:
        of_the_run = ("s.provenance.json", "s.runinfo.json")
        return {p.name: p.read_bytes() for p in folder.iterdir() if p.name not in of_the_run}

    first = written(bench.out.parent)
    assert len(first) == 13
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for file in bench.folder.glob("*.*"):
        shutil.copy2(file, moved)
    there = Bench.__new__(Bench)
    there.folder, there.out = moved, moved / "o" / "s"
    there.truth, there.query = moved / "truth.vcf.gz", moved / "query.vcf.gz"
    there.reference = moved / "ref.fa.gz"
    assert there.run("--threads", 2).exit_code == 0
    assert written(there.out.parent) == first


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
