"""Reads from a genome and a truth: where they are from, what they say, and what is refused."""

import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from small_files import write_bed, write_fasta, write_vcf

from engines.formats.bgzf import has_end
from engines.formats.contigs import KNOWN_LENGTHS
from engines.simulate.cli import simulate
from engines.simulate.copies import copies_of, sex_of, shared_by_x_and_y

PAIR = str.maketrans("ACGT", "TGCA")
DICE = random.Random(5)
ONE, TWO, X = ("".join(DICE.choices("ACGT", k=k)) for k in (9000, 4000, 5000))
GENOME = {"chr1": f"{ONE[:3000]}{'N' * 500}{ONE[3500:]}", "chr2": TWO, "chrX": X}
LENGTHS: dict[str, int | None] = {name: len(bases) for name, bases in GENOME.items()}
TRUTH = [
    ("chr1", 1001, ONE[1000], "ACGTACGTTT", "0|1"),
    ("chr1", 6001, ONE[6000:6040], ONE[6000], "1|1"),
    ("chrX", 2001, X[2000], X[2000] + "GATTACA", "1"),
]


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    write_fasta(tmp_path / "genome.fa.gz", GENOME)
    write_vcf(tmp_path / "truth.vcf.gz", TRUTH, LENGTHS)
    return tmp_path


def run(lab: Path, *more: str, out: str = "s", truth: str = "truth.vcf.gz") -> Result:
    files = ("--reference", lab / "genome.fa.gz", "--truth", lab / truth, "--out", lab / out)
    return CliRunner().invoke(simulate, [*map(str, files), *more])


def summary(lab: Path, out: str = "s") -> Any:
    return json.loads((lab / f"{out}.simulation.json").read_text())


def reads(path: Path) -> Iterator[tuple[str, str, str]]:
    lines = gzip.decompress(path.read_bytes()).decode().split("\n")
    assert lines.pop() == ""
    for head, bases, plus, qualities in zip(*[iter(lines)] * 4, strict=True):
        assert (head[0], plus, len(bases)) == ("@", "+", len(qualities))
        yield head[1:], bases, qualities


def copies() -> dict[tuple[str, str], str]:
    """(contig, number) → what the sample has, by hand."""
    one = GENOME["chr1"]
    tail = one[:6001] + one[6040:]
    x = X[:2001] + "GATTACA" + X[2001:]
    return {
        ("chr1", "1"): tail,
        ("chr1", "2"): tail[:1000] + "ACGTACGTTT" + tail[1001:],
        ("chr2", "1"): TWO,
        ("chr2", "2"): TWO,
        ("chrX", "1"): x,
    }


def place_of(head: str) -> tuple[str, int, int, str, str]:
    contig, span, strand, copy = head.split(" ")[-1].split(":")
    start, end = map(int, span.split("-"))
    return contig, start, end, strand, copy


def test_reads_are_what_the_sample_has_at_the_depth_that_was_asked_for(lab: Path) -> None:
    ended = run(lab, "--depth", "40", "--error-rate", "0", "--tell-places", "--sex", "male")
    assert ended.exit_code == 0, ended.output
    have = copies()
    pairs = zip(reads(lab / "s_1.fastq.gz"), reads(lab / "s_2.fastq.gz"), strict=True)
    bases = dict.fromkeys(have, 0)
    strands = {"+": 0, "-": 0}
    for (head, first, _), (mate, second, _) in pairs:
        assert head.replace(" 1:N", " 2:N") == mate
        contig, start, end, strand, copy = place_of(head)
        left, right = (first, second) if strand == "+" else (second, first)
        text = have[contig, copy]
        at = text.find(left)
        assert at >= 0, head
        assert text.find(right[::-1].translate(PAIR), at) >= 0, head
        assert abs(at + 1 - start) <= 40, "beside the place that it says"
        assert 149 <= end - start + 1 <= 800
        bases[contig, copy] += len(first) + len(second)
        strands[strand] += 1
    for (contig, copy), sum_ in bases.items():
        depth = sum_ / (len(have[contig, copy]) - 500 * (contig == "chr1"))
        assert depth == pytest.approx(20, rel=0.15), (contig, copy)
    assert min(strands.values()) > 0.4 * sum(strands.values())
    assert summary(lab)["errors"] == 0
    assert summary(lab)["truth"]["applied"] == len(TRUTH)


def test_names_tell_the_lane_and_nothing_of_the_place(lab: Path) -> None:
    assert run(lab).exit_code == 0
    names = [head for head, _, _ in reads(lab / "s_1.fastq.gz")]
    pattern = re.compile(r"PLUMBLINE:1:(H\w{5}DSIM):1:1101:\d{5}:\d{5} 1:N:0:1")
    assert {match[1] for name in names if (match := pattern.fullmatch(name))} == {names[0][12:22]}
    assert len(set(names)) == len(names)
    assert run(lab, out="t").exit_code == 0
    other, _, _ = next(reads(lab / "t_1.fastq.gz"))
    assert other[12:22] != names[0][12:22], "another sample is of another flow cell"


@pytest.mark.parametrize("length", ["150", "1500"])
def test_the_same_seed_gives_the_same_bytes_whatever_the_threads(lab: Path, length: str) -> None:
    made = []
    for out, more in (("a", ["1"]), ("b", ["3"]), ("c", ["1", "--seed", "2"])):
        options = ("--sample", "x", "--depth", "60", "--read-length", length, "--threads", *more)
        assert run(lab, *options, out=out).exit_code == 0
        files = sorted(lab.glob(f"{out}_*.fastq.gz"))
        assert len(files) == (1 if length == "1500" else 2)
        assert all(has_end(file) for file in files)
        made.append([file.read_bytes() for file in files])
    assert made[0] == made[1]
    assert made[0] != made[2]
    assert (lab / "a.simulation.json").read_bytes() == (lab / "b.simulation.json").read_bytes()


def test_long_reads_have_insertions_and_deletions_among_their_errors(lab: Path) -> None:
    exact = ("--read-length", "1500", "--error-rate", "0", "--tell-places", "--sex", "male")
    assert run(lab, *exact, "--depth", "60").exit_code == 0
    have = copies()
    lengths = []
    for head, bases, _ in reads(lab / "s_1.fastq.gz"):
        contig, _, _, strand, copy = place_of(head)
        text = bases if strand == "+" else bases[::-1].translate(PAIR)
        assert text in have[contig, copy], head
        lengths.append(len(bases))
    assert sum(lengths) / len(lengths) == pytest.approx(1500, rel=0.1)
    assert run(lab, "--read-length", "1500", "--error-rate", "0.1", "--depth", "60").exit_code == 0
    told = summary(lab)
    assert told["error_rate"] == pytest.approx(0.1, rel=0.1)
    noisy = [len(bases) for _, bases, _ in reads(lab / "s_1.fastq.gz")]
    assert noisy != lengths, "bases come in and go"
    assert sum(noisy) == pytest.approx(sum(lengths), rel=0.01), "as many come as go"


def test_of_a_target_only_the_target_is_read_and_all_of_it(lab: Path) -> None:
    target = write_bed(lab / "t.bed", [("chr1", 7000, 7400), ("chr2", 100, 200)])
    more = ("--target", str(target), "--tell-places", "--depth", "60", "--error-rate", "0")
    assert run(lab, *more).exit_code == 0
    places = [place_of(head) for head, _, _ in reads(lab / "s_1.fastq.gz")]
    assert {place[0] for place in places} == {"chr1", "chr2"}
    assert min(start for contig, start, *_ in places if contig == "chr1") > 7000 - 700
    over = sum(
        min(e, 7400) - max(s, 7000)
        for c, s, e, *_ in places
        if c == "chr1" and e > 7000 and s < 7400
    )
    assert over / 400 > 60, "fragments, whose ends are read to the asked depth"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--depth", "0.0001"], "depth 0.0001 gives no read"),
        (["--fragment", "100"], "fragments of 100 bases cannot give reads of 150"),
        (["--truth-sample", "U"], "no sample 'U'; it has S"),
        (["--read-length", "100000"], "gives no read"),
    ],
)
def test_numbers_that_make_no_sense(lab: Path, options: list[str], message: str) -> None:
    ended = run(lab, *options)
    assert ended.exit_code == 64
    assert message in ended.output
    assert not list(lab.glob("*.fastq.gz")), "nothing partial is left"


@pytest.mark.parametrize(
    ("records", "contigs", "message"),
    [
        ([], LENGTHS, "no record"),
        ([("chr1", 1001, ONE[1000], "<DEL>", "0|1")], LENGTHS, "allele without its bases (1)"),
        ([("chr9", 5, "A", "T", "0|1")], {"chr1": 9000, "chr9": None}, "records on chr9, and the"),
        ([("chr1", 5, "A", "T", "0|1")], {"chr1": 8000}, "contig chr1 has 8,000 bases"),
        ([("chr2", 50, "AC"["AC".find(TWO[49]) != 1], "T", "0|1")], LENGTHS, "REF differs"),
        ([("chr2", 50, TWO[49], "T", "0|7")], LENGTHS, "chr2:50: genotype '0|7'"),
    ],
)
def test_a_truth_that_says_nothing_or_is_of_another_genome(
    lab: Path, records: list[Any], contigs: dict[str, int | None], message: str
) -> None:
    write_vcf(lab / "bad.vcf.gz", records, contigs)
    ended = run(lab, truth="bad.vcf.gz")
    assert ended.exit_code == 65, ended.output
    assert message in ended.output
    assert not list(lab.glob("*.fastq.gz"))


def test_what_is_left_out_of_the_truth_is_said(lab: Path) -> None:
    more = [
        ("chr1", 8001, ONE[8000], "<DEL>", "0|1"),
        ("chr2", 100, TWO[99], "A" if TWO[99] != "A" else "C", "0|1", ".", "LowQual"),
    ]
    write_vcf(lab / "some.vcf.gz", sorted([*TRUTH, *more]), LENGTHS)
    ended = run(lab, truth="some.vcf.gz")
    assert ended.exit_code == 0
    assert "1 record left out: failed a filter (first chr2:100)" in ended.output
    assert summary(lab)["truth"]["left_out"] == {
        "allele without its bases": {"records": 1, "first": "chr1:8001"},
        "failed a filter": {"records": 1, "first": "chr2:100"},
    }
    assert "3 of 5 records of the truth applied" in ended.output


def test_copies_of_x_and_y_in_human_genomes() -> None:
    lengths = {f"chr{name}": length for name, length in KNOWN_LENGTHS["GRCh38"].items()}
    x, y = (shared_by_x_and_y(contig, lengths, None) for contig in ("chrX", "chrY"))
    male = copies_of("chrX", "male", x)
    assert [male.are_two(at) for at in (20_000, 5_000_000, 155_800_000)] == [True, False, True]
    assert copies_of("chrY", "male", y).elsewhere.bases == y.bases > 0, "read from X"
    assert [copies_of(name, "female", x).count for name in ("chrX", "chrY", "chr1")] == [2, 0, 2]
    assert copies_of("chr1", "male", x).count == 2


def test_the_sex_is_taken_from_genotypes_of_x_and_y(lab: Path) -> None:
    shared = {"chrX": shared_by_x_and_y("chrX", {"chrX": 100}, None)}
    assert sex_of([("chrX", 5, (1,)), ("chrX", 9, (1, 1))], shared) == "male"
    assert sex_of([("chrX", 5, (1,)), ("chrX", 9, (0, 1))], shared) == "female"
    assert sex_of([], shared) == "female"
    assert run(lab).exit_code == 0
    assert summary(lab)["sex"] == "male"


def test_regions_of_one_copy_can_be_told(lab: Path) -> None:
    bed = write_bed(lab / "one.bed", [("chrX", 0, 2500)])
    more = ("--haploid", str(bed), "--sex", "male", "--tell-places", "--error-rate", "0")
    assert run(lab, *more).exit_code == 0
    second = [
        place for head, _, _ in reads(lab / "s_1.fastq.gz") if (place := place_of(head))[4] == "2"
    ]
    starts = [start for contig, start, *_ in second if contig == "chrX"]
    assert starts
    assert min(starts) > 2500
