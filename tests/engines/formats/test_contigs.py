"""Names are mapped only where that is safe."""

import pytest

from engines.contract.errors import BadData
from engines.formats.contigs import KNOWN_LENGTHS, build_of, map_contigs, other_spelling

GRCH38 = {f"chr{name}": length for name, length in KNOWN_LENGTHS["GRCh38"].items()}
GRCH37 = dict(KNOWN_LENGTHS["GRCh37"])


@pytest.mark.parametrize("build", sorted(KNOWN_LENGTHS))
def test_builds_are_told_apart(build: str) -> None:
    assert build_of(dict(KNOWN_LENGTHS[build])) == build
    assert build_of({f"chr{n}": length for n, length in KNOWN_LENGTHS[build].items()}) == build


def test_unknown_genome_has_no_build() -> None:
    assert build_of({"chr20": 600_000}) is None


@pytest.mark.parametrize(("one", "two"), [("20", "chr20"), ("chrX", "X"), ("MT", "chrM")])
def test_spellings(one: str, two: str) -> None:
    assert (other_spelling(one), other_spelling(two)) == (two, one)


def test_other_spelling_with_the_same_length_is_mapped() -> None:
    mapped = map_contigs("query q", {"20": 64444167, "21": None}, GRCH38)
    assert mapped.names == {"20": "chr20", "21": "chr21"}
    assert (mapped.renamed, mapped.absent) == (2, [])
    assert mapped.back() == {"chr20": "20", "chr21": "21"}


def test_other_spelling_with_another_length_is_not() -> None:
    mapped = map_contigs("query q", {"chr20": 64444167, "20": 63025520}, GRCH38)
    assert (mapped.names, mapped.absent) == ({"chr20": "chr20"}, ["20"])


def test_build_mismatch_names_both_builds() -> None:
    with pytest.raises(BadData) as caught:
        map_contigs("query q.vcf", {"1": KNOWN_LENGTHS["GRCh38"]["1"]}, GRCH37)
    assert "GRCh38 calls against a GRCh37 reference" in caught.value.message
    assert (
        caught.value.hint
        == "the file is of GRCh38, the reference of GRCh37: give the matching pair"
    )


def test_nothing_in_common_is_an_error() -> None:
    with pytest.raises(BadData, match="none of its contigs"):
        map_contigs("query q", {"NC_000020.11": 64444167}, GRCH38)


@pytest.mark.parametrize("names", [("20", "chr20"), ("chr20", "20")])
def test_one_contig_under_two_names(names: tuple[str, str]) -> None:
    with pytest.raises(BadData, match="20 and chr20 are both there"):
        map_contigs("query q", dict.fromkeys(names), GRCH38)
    merged = map_contigs("confident c.bed", dict.fromkeys(names), GRCH38, merge=True)
    assert merged.names == {"chr20": "chr20", "20": "chr20"}
