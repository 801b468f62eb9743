"""The build is proven by lengths, or asked for; contradictions end the run."""

from pathlib import Path

import pytest

from engines.contract.errors import BadData, BadUsage, InputMissing
from tests.support.annotate_lab import CALLS, FASTA, GRCH37, demo_bases, prepared, write_vcf


def test_lengths_in_the_header_prove_it(tmp_path: Path) -> None:
    calls = write_vcf(tmp_path / "a.vcf", [("7", 100, "A", "T")], contigs={"7": GRCH37["7"]})
    build = prepared(calls, tmp_path / "s").prepared.build
    assert (build.name, build.is_proven) == ("GRCh37", True)


def test_names_with_chr_prove_it_too(tmp_path: Path) -> None:
    calls = write_vcf(tmp_path / "a.vcf", [("chr7", 100, "A", "T")], contigs={"chr7": 159345973})
    outcome = prepared(calls, tmp_path / "s")
    assert outcome.prepared.build.name == "GRCh38"
    assert outcome.told() == ["7:100:A:T"]


def test_words_in_the_header_prove_nothing(tmp_path: Path) -> None:
    meta = ["##reference=file:///GRCh38.fa", "##contig=<ID=7,assembly=GRCh38>"]
    calls = write_vcf(tmp_path / "a.vcf", [("7", 100, "A", "T")], meta=meta)
    with pytest.raises(InputMissing, match="the build cannot be proven") as error:
        prepared(calls, tmp_path / "s")
    assert "--build" in error.value.hint


@pytest.mark.parametrize("asked", ["GRCh37", "grch37", "hg19"])
def test_without_lengths_one_says_it(tmp_path: Path, asked: str) -> None:
    calls = write_vcf(tmp_path / "a.vcf", [("7", 100, "A", "T")])
    build = prepared(calls, tmp_path / "s", build=asked).prepared.build
    assert (build.name, build.is_proven) == ("GRCh37", False)


def test_what_is_said_must_agree_with_the_lengths(tmp_path: Path) -> None:
    calls = write_vcf(tmp_path / "a.vcf", [("7", 100, "A", "T")], contigs=GRCH37)
    with pytest.raises(BadData, match=r"--build says GRCh38, but .* are those of GRCh37"):
        prepared(calls, tmp_path / "s", build="GRCh38")


def test_a_word_that_is_no_build(tmp_path: Path) -> None:
    calls = write_vcf(tmp_path / "a.vcf", [("7", 100, "A", "T")])
    with pytest.raises(BadUsage, match="not a build; did you mean GRCh3"):
        prepared(calls, tmp_path / "s", build="GRCh3")


def test_a_genome_of_other_lengths_than_the_header(tmp_path: Path) -> None:
    calls = write_vcf(tmp_path / "a.vcf", [("chr7", 1, "A", "T")], contigs={"chr7": 159138663})
    with pytest.raises(BadData, match="contig chr7 has 159,138,663 bases, in the reference 44,000"):
        prepared(calls, tmp_path / "s", fasta=FASTA)


def test_a_small_genome_is_not_called_a_human_build(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="bases long in no build that is known"):
        prepared(CALLS, tmp_path / "s", fasta=FASTA, build="GRCh37")


def test_calls_of_another_genome_are_refused_by_their_ref(tmp_path: Path) -> None:
    rows = []
    for pos in range(100, 160):
        base = demo_bases("chr1", pos, pos)
        wrong = {"A": "C", "C": "G", "G": "T", "T": "A"}[base]
        rows.append(("chr1", pos, wrong, base))
    calls = write_vcf(tmp_path / "a.vcf", rows)
    with pytest.raises(BadData, match="of another genome"):
        prepared(calls, tmp_path / "s", fasta=FASTA)


def test_one_contig_under_two_names(tmp_path: Path) -> None:
    rows = [("7", 100, "A", "T"), ("chr7", 200, "A", "T")]
    calls = write_vcf(tmp_path / "a.vcf", rows)
    with pytest.raises(BadData, match="contigs 7 and chr7 are one and the same"):
        prepared(calls, tmp_path / "s", build="GRCh37")
