"""From VCF lines to calls: every line is compared or counted by reason."""

import pytest

from engines.compare.calls import Reader, edits_of, trim
from engines.contract.errors import BadData

SEQUENCE = "ACGTACGTACNNNNACGTACGT"


def read(*rows: str, passing_only: bool = False) -> tuple[list, Reader]:  # type: ignore[type-arg]
    """Calls of rows ``POS REF ALT GT [FILTER]``."""
    lines = []
    for row in rows:
        position, ref, alt, genotype, *failed = row.split()
        name = failed[0] if failed else "PASS"
        lines.append("\t".join(["c", position, ".", ref, alt, "50", name, ".", "GT:DP", genotype]))
    reader = Reader("query q.vcf", "c", SEQUENCE, 9, passing_only)
    return list(reader.calls(iter(lines))), reader


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("3 G <DEL> 0/1", "symbolic allele"),
        ("3 G G]c:9] 0/1", "breakend"),
        ("3 G * 0/1", "spanning deletion only (*)"),
        ("3 G . 0/1", "reference block or site without ALT"),
        ("3 G <NON_REF> 0/0", "reference block or site without ALT"),
        ("3 G T,<NON_REF> 0/2", "unspecified allele called (<NON_REF>)"),
        ("3 G T 0/0", "homozygous reference"),
        ("3 G T ./.", "no call"),
        ("3 G T .", "no call"),
        ("3 G T 0/1/1", "more than two alleles called (polyploid)"),
        ("3 G R 0/1", "allele with letters other than A, C, G, T, N"),
        ("3 G G 0/1", "allele equal to the reference"),
        ("3 A T 0/1", "REF differs from the reference"),
        ("0 G T 0/1", "POS 0 (before the first base)"),
    ],
)
def test_what_cannot_be_compared_is_counted(row: str, reason: str) -> None:
    calls, reader = read(row)
    assert calls == []
    assert reader.intake.set_aside == {reason: (1, f"c:{row.split()[0]}")}
    assert reader.intake.records == 1


def test_filtered_records_are_left_out_on_request() -> None:
    calls, reader = read("3 G T 0/1 LowQual", "4 T C 0/1 PASS", passing_only=True)
    assert [call.position for call in calls] == [3]
    assert reader.intake.set_aside == {"failed a filter": (1, "c:3")}


def test_uncalled_alleles_go() -> None:
    (call,), reader = read("3 G A,T,<NON_REF> 0|2")
    assert (call.alts, call.genotype, call.phased) == (("T",), (0, 1), True)
    assert reader.intake.gvcf


def test_star_is_the_reference_here() -> None:
    (call,), _ = read("3 G T,* 1/2")
    assert call.haplotypes == ((2, 3, "T"), None)


@pytest.mark.parametrize(
    ("genotype", "haplotypes"),
    [
        ("1", ((2, 3, "T"), (2, 3, "T"))),
        ("./1", (None, (2, 3, "T"))),
        ("1|0", ((2, 3, "T"), None)),
    ],
)
def test_haploid_and_half_calls(genotype: str, haplotypes: object) -> None:
    (call,), _ = read(f"3 G T {genotype}")
    assert call.haplotypes == haplotypes


def test_unknown_reference_bases_are_counted_not_left_out() -> None:
    calls, reader = read("11 A T 1/1")
    assert len(calls) == 1
    assert (reader.intake.unknown, reader.intake.mismatched) == (1, 0)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (("3 G T 0/2",), "names an allele that is not there"),
        (("3 G T 0/x",), "is not VCF"),
        (("3 G T 0/-1",), "is not VCF"),
        (("3 G T 1_0/1",), "is not VCF"),
        (("3 G T, 0/2",), "an allele without a base"),
        (("5 A T 0/1", "3 G T 0/1"), "c:3 stands behind c:5"),
    ],
)
def test_damage_is_an_error_with_its_place(rows: tuple[str, ...], message: str) -> None:
    with pytest.raises(BadData, match=message):
        read(*rows)


def test_trim_cuts_the_suffix_first() -> None:
    assert trim(10, "CTT", "CT") == (11, 12, "")
    assert trim(10, "C", "CTT") == (11, 11, "TT")
    assert trim(10, "ACG", "ATG") == (11, 12, "T")
    assert trim(10, "AC", "AC") is None


def test_half_call_with_haplotypes() -> None:
    assert edits_of(0, "A", ("C",), (-1, 1)) == (None, (0, 1, "C"))
