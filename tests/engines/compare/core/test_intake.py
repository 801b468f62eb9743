"""From VCF lines to calls: every line is compared or counted by reason."""

from typing import Any

import pytest
from core_lab import Lab, LabCall

from engines.compare.core.native import QUERY
from engines.contract.errors import BadData

SEQUENCE = "ACGTACGTACNNNNNACGTACGT"


def read(*records: str, **options: Any) -> tuple[list[LabCall], Lab]:
    """Calls of records ``POS REF ALT GT [QUAL [FILTER [INFO]]]`` of the query."""
    lab = Lab(SEQUENCE, **options).query(*records)
    return lab.calls(QUERY), lab


def line(
    alt: str = "T", info: str = ".", form: str = "GT:DP", sample: str = "0/1:7", **columns: str
) -> str:
    """A whole line at chr1:3."""
    cells = {"contig": "chr1", "pos": "3", "id": ".", "ref": "G", "alt": alt, "qual": "50"}
    cells |= {"failed": "PASS", "info": info, "form": form, "sample": sample, **columns}
    return "\t".join(cells.values())


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("3 G <DEL> 0/1", "symbolic allele"),
        ("3 G G]c:9] 0/1", "breakend"),
        ("3 G .T 0/1", "breakend"),
        ("3 G * 0/1", "spanning deletion only (*)"),
        ("3 G . 0/1", "reference block or site without ALT"),
        ("3 G <NON_REF> 0/0", "reference block or site without ALT"),
        ("3 G T,<NON_REF> 0/2", "unspecified allele called (<NON_REF>)"),
        ("3 G T 0/0", "homozygous reference"),
        ("3 G T ./.", "no call"),
        ("3 G T .", "no call"),
        ("3 G T 0|.", "no call"),
        ("3 G T 0/1/1", "more than two alleles called (polyploid)"),
        ("3 G R 0/1", "allele with letters other than A, C, G, T, N"),
        ("3 R T 0/1", "allele with letters other than A, C, G, T, N"),
        ("3 G G 0/1", "allele equal to the reference"),
        ("3 A T 0/1", "REF differs from the reference"),
        ("22 GTAA G 0/1", "REF differs from the reference"),
        ("2000000000 A T 0/1", "REF differs from the reference"),
        ("0 G T 0/1", "POS 0 (before the first base)"),
        (line(form="DP", sample="7"), "no genotype (GT)"),
    ],
)
def test_what_cannot_be_compared_is_counted(record: str, reason: str) -> None:
    calls, lab = read(record)
    assert calls == []
    place = record.split()[1 if "\t" in record else 0]
    assert lab.intake(QUERY).set_aside == {reason: (1, f"chr1:{place}")}
    assert lab.intake(QUERY).records == 1


def test_the_first_ref_that_differs_is_told() -> None:
    _, lab = read("3 AAA T 0/1", "4 G T 0/1", "4 T C 0/1")
    intake = lab.intake(QUERY)
    assert intake.first_mismatch == "chr1:3: REF AAA, the reference has GTA"
    assert (intake.checked, intake.mismatched) == (3, 2)


def test_filters_leave_out_what_was_asked() -> None:
    records = ("3 G T 0/1 50 low", "4 T C 0/1 50 .", "5 A C 0/1 50 low;odd", "6 C A 0/1 50 odd")
    calls, lab = read(*records, passing_only=True)
    assert [call.position for call in calls] == [3]
    assert lab.intake(QUERY).set_aside == {"failed a filter": (3, "chr1:3")}
    calls, _ = read(*records, ignored_filters=("low",))
    assert [call.position for call in calls] == [3, 4, 5]
    calls, _ = read(*records, roc_filters=("low", "other"))
    assert [(call.failed, call.selected) for call in calls] == [
        (True, True), (False, False), (True, False), (True, False),
    ]  # fmt: skip


def test_uncalled_alleles_go() -> None:
    (call,), lab = read("3 G A,T,<NON_REF> 0|2")
    assert (call.alts, call.genotype, call.phased) == (("T",), (0, 1), True)
    assert lab.intake(QUERY).gvcf
    (call,), _ = read("3 g a,c,t 3/1")
    assert (call.ref, call.alts, call.genotype) == ("G", ("A", "T"), (2, 1))


def test_star_is_the_reference_here() -> None:
    (call,), _ = read("3 G T,* 1/2")
    assert call.haplotypes == ((2, 3, "T"), None)
    (call,), _ = read("3 G *,T 1|2")
    assert call.haplotypes == (None, (2, 3, "T"))


@pytest.mark.parametrize(
    ("genotype", "haplotypes", "ploidy"),
    [
        ("1", ((2, 3, "T"), (2, 3, "T")), 1),
        ("./1", (None, (2, 3, "T")), 2),
        ("1|.", ((2, 3, "T"), None), 2),
        (".|1", (None, (2, 3, "T")), 2),
        ("1|0", ((2, 3, "T"), None), 2),
        ("|1|0", ((2, 3, "T"), None), 2),
        ("/0/1", (None, (2, 3, "T")), 2),
    ],
)
def test_haploid_and_half_calls(genotype: str, haplotypes: object, ploidy: int) -> None:
    (call,), _ = read(f"3 G T {genotype}")
    assert call.haplotypes == haplotypes and len(call.genotype) == ploidy


def test_alleles_are_trimmed_at_their_end_first() -> None:
    calls, _ = read("4 TACG TCG 1/1", "4 T TTT 1/1", "4 TAC TTC 0/1", "4 TAC AG 1/1")
    assert [call.haplotypes[1] for call in calls] == [
        (4, 5, ""), (3, 3, "TT"), (4, 5, "T"), (3, 6, "AG"),
    ]  # fmt: skip


def test_unknown_reference_bases_are_counted_and_taken_over() -> None:
    lab = Lab(SEQUENCE).query("11 A T 1/1", "13 NG N 0/1").truth("11 C T 1/1", "12 CC C 0/1")
    assert [lab.intake(side).unknown for side in (0, 1)] == [2, 2]
    assert [lab.intake(side).mismatched for side in (0, 1)] == [0, 0]
    lab.compare()  # the query's bases first
    assert lab.sequence.decode() == "ACGTACGTACACCGNACGTACGT"


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (("3 G T 0/2",), "chr1:3: genotype 0/2 names an allele that is not there"),
        (("3 G T 0/x",), "chr1:3: genotype '0/x' is not VCF"),
        (("3 G T 0/-1",), "is not VCF"),
        (("3 G T 1_0/1",), "is not VCF"),
        (("3 G * 0/*",), "is not VCF"),
        (("3 G T 0/",), "is not VCF"),
        (("3 G T, 0/2",), "chr1:3: an allele without a base"),
        (("3 G T 0/1 0x1F",), "chr1:3: QUAL is '0x1F'"),
        (("5 A T 0/1", "3 G T 0/1"), "not sorted: chr1:3 stands behind chr1:5"),
        ((line(pos="x"),), "chr1: POS is 'x'"),
        ((line(pos="-3"),), "chr1: POS is '-3'"),
        ((line(contig="chr11"),), "chr1, behind the start: a line of chr11"),
        (("3 G T 0/1", line().rpartition("\t")[0]), "behind 3: a record has 9 columns, the head"),
        (("3 G T 0/1", "\t"), "chr1, behind 3: a line of "),
    ],
)
def test_damage_is_an_error_with_its_place(records: tuple[str, ...], message: str) -> None:
    with pytest.raises(BadData, match=f"^query q.vcf.gz: .*{message}"):
        read(*records)


def test_an_empty_line_is_damage() -> None:
    lab = Lab(SEQUENCE)
    with pytest.raises(BadData, match="behind 3: a line that cannot be read, or the file is"):
        lab.session.read(QUERY, line().encode() + b"\n\n" + line().encode())


def test_line_ends_and_pieces_make_no_difference() -> None:
    rows = [line(pos="3").encode(), line(pos="7").encode(), line(pos="11", ref="N").encode()]
    seen = []
    for text in ([b"\n".join(rows) + b"\n"], [b"\r\n".join(rows)], [row + b"\n" for row in rows]):
        lab = Lab(SEQUENCE)
        for piece in text:
            lab.session.read(QUERY, piece)
        seen.append(lab.calls(QUERY))
    assert seen[0] == seen[1] == seen[2] and len(seen[0]) == 3


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("QUAL", 50), ("INFO.VQS", -1.5), ("INFO.MIS", None), ("INFO.FLAG", None),
        ("INFO.VQ", None), ("FORMAT.GQ", 37), ("FORMAT.DP", None), ("FORMAT.LATE", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_score_is_that_of_the_field(score: str, expected: float | None) -> None:
    record = line(info="FLAG;VQS=-1.5,3;MIS=.", form="GT:GQ:DP:LATE", sample="0/1:37:.")
    (call,), _ = read(record, score=score)
    assert call.score == expected and call.quality == 50


@pytest.mark.parametrize(
    ("source", "genotype", "expected"),
    [
        ("FORMAT.AD", "0/1", 0.3), ("FORMAT.AD", "0/2", 0.1), ("FORMAT.AD", "1/2", 0.3),
        ("FORMAT.AF", "0/2", 0.25), ("FORMAT.FREQ", "0/1", 0.125), ("FORMAT.MIS", "0/1", None),
        ("INFO.AF", "0/2", 0.5), ("INFO.NONE", "0/1", None),
    ],
)  # fmt: skip
def test_the_allele_fraction_is_that_of_the_called_allele(
    source: str, genotype: str, expected: float | None
) -> None:
    sample = f"{genotype}:6,3,1:0.125,0.25:12.5%:.,0.5"
    record = line(alt="T,C", info="AF=0.5", form="GT:AD:AF:FREQ:MIS", sample=sample)
    (call,), _ = read(record, fraction=source)
    assert call.fraction == (None if expected is None else pytest.approx(expected))


def test_regions_are_met_by_pos_or_by_ref() -> None:
    records = ("3 GTA G 0/1", "6 C A 0/1", "9 A T 0/1")
    calls, lab = read(*records, target=[(3, 8)])
    assert [call.position for call in calls] == [5]
    assert lab.intake(QUERY).set_aside == {"outside the target regions": (2, "chr1:3")}
    calls, _ = read(*records, regions=[(4, 5), (8, 9)])
    assert [call.position for call in calls] == [2, 8]
    assert [call.order for call in calls] == [0, 2]


def test_a_gvcf_keeps_its_calls() -> None:
    block = line(alt=".", info="END=9", sample="0/0:3")
    records = (
        block,
        "3 G <NON_REF> 0/0",
        "3 G T,<NON_REF> 0/0",
        "3 G T,<NON_REF> 0/1",
        "4 T C 0/1",
    )
    calls, lab = read(*records, convert_gvcf=True)
    assert [call.alts for call in calls] == [("T",), ("C",)]
    assert lab.intake(QUERY).set_aside == {"no call of the gVCF": (3, "chr1:3")}
    calls, lab = read("3 G T 0/0", "4 T C 0/1", convert_gvcf=True)  # an ordinary file
    assert len(calls) == 1 and not lab.intake(QUERY).gvcf
    assert list(lab.intake(QUERY).set_aside) == ["homozygous reference"]
    assert read(block)[1].intake(QUERY).gvcf


@pytest.mark.parametrize(
    ("record", "alts"),
    [
        ("3 G T,C 1/2", ["T", "C"]),
        ("3 G T,C 0/2", ["C"]),
        ("3 G T 1/1", ["T"]),
        ("3 G T,C,A 0/1/1/3", ["T", "A"]),
        ("3 G T,* 1/2", ["T"]),
        (line(alt="T,C,<NON_REF>", form="DP", sample="7"), ["T", "C"]),
        ("3 G T 0/0", []),
        ("3 G <DEL> 0/1", []),
    ],
)
def test_without_ploidy_each_called_allele_is_a_call(record: str, alts: list[str]) -> None:
    calls, lab = read(record, squash=True)
    assert [call.alts for call in calls] == [(alt,) for alt in alts]
    assert all(call.haplotypes == ((2, 3, call.alts[0]),) * 2 for call in calls)
    assert bool(lab.intake(QUERY).set_aside) == (not alts)


def sexed(truth: list[str], sex: str = "auto", contig: str = "chrX") -> tuple[bool, list[object]]:
    """Whether X counts as a male's, and the genotypes of a haploid query call in and out of PAR."""
    lab = Lab(SEQUENCE, contig=contig, sex=sex, diploid=[(0, 4)]).truth(*truth)
    lab.query("3 G T 1", "6 C A 1").step("settle_sex")
    return lab.session.fields.hemizygous, [call.genotype for call in lab.calls(QUERY)]


def test_one_allele_of_a_male_counts_as_homozygous_outside_the_par() -> None:
    assert sexed(["7 G T 1"]) == (True, [(1,), (1, 1)])
    assert sexed(["3 G T 0/1", "7 G T 1", "8 T A ./1"]) == (True, [(1,), (1, 1)])
    kept: tuple[bool, list[object]] = (False, [(1,), (1,)])
    assert sexed(["7 G T 1", "8 T A 0/1"]) == kept  # heterozygous: two copies
    assert sexed(["7 G T 1/1"]) == kept  # nothing tells
    assert sexed(["7 G T 1"], sex="female") == sexed(["7 G T 1"], sex="none") == kept
    assert sexed(["7 G T 1"], contig="chr7") == kept
    assert sexed(["7 G T 0/1"], sex="male") == (True, [(1,), (1, 1)])
