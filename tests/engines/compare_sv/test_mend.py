"""What is changed before truvari sees a record, and that nothing else is."""

import pytest
from sv_files import DEFINITIONS

from engines.compare_sv import set_aside
from engines.compare_sv.alleles import Splitter
from engines.compare_sv.mend import (
    END_ADDED,
    SPLIT,
    SUBTYPE_CUT,
    SVLEN_REMOVED,
    Mender,
    definition,
)

DEFINED = {
    ("FILTER", "LowQual"),
    ("INFO", "SVTYPE"),
    ("INFO", "SVLEN"),
    ("INFO", "END"),
    ("FORMAT", "GT"),
}


def mender(sample: int = 9, needs_genotype: bool = True) -> Mender:
    return Mender(
        names={"20": "chr20", "21": "chr21", "chr1": "chr1"},
        elsewhere=set_aside.NO_CONTIG,
        splitter=Splitter(DEFINITIONS),
        defined=DEFINED,
        sample=sample,
        needs_genotype=needs_genotype,
    )


def line(alt: str, info: str = ".", contig: str = "chr1", form: str = "GT", *cells: str) -> str:
    return "\t".join([contig, "100", ".", "A", alt, ".", "PASS", info, form, *(cells or ["0/1"])])


@pytest.mark.parametrize(
    "unchanged",
    [
        line("ATT"),
        line("*"),
        line("."),
        line("A]chr2:17]", "SVTYPE=BND"),
        line("<DEL>", "SVTYPE=DEL;SVLEN=-50;END=150"),
        line("<DEL>", "END=150"),
        line("<INS>", "SVTYPE=INS;SVLEN=80"),
        line("ATT", "SVTYPE=SVLEN;SVLEN=-2,."),
    ],
)
def test_a_record_that_needs_nothing_stays_as_it_is(unchanged: str) -> None:
    ours = mender()
    assert ["\t".join(fields) for fields in ours.mend([unchanged])] == [unchanged]
    assert (ours.records, ours.alleles_added) == (1, 0)
    assert not ours.changes
    assert not ours.undefined
    assert not ours.set_aside.total


@pytest.mark.parametrize("kind", ["DEL", "DUP", "INV", "CNV"])
def test_a_symbolic_allele_gets_its_end_from_svlen(kind: str) -> None:
    ours = mender()
    (fields,) = ours.mend([line(f"<{kind}>", f"SVTYPE={kind};SVLEN=-50")])
    assert fields[7] == f"SVTYPE={kind};SVLEN=-50;END=150"
    assert ours.changes == {END_ADDED: 1}


def test_the_subtype_is_cut_from_svtype() -> None:
    ours = mender()
    (fields,) = ours.mend([line("<DUP:TANDEM>", "SVTYPE=DUP:TANDEM;SVLEN=9;END=109")])
    assert fields[7] == "SVTYPE=DUP;SVLEN=9;END=109"
    assert ours.changes == {SUBTYPE_CUT: 1}


@pytest.mark.parametrize(
    ("info", "left"),
    [
        ("SVLEN=.", "."),
        ("SVTYPE=INS;SVLEN=abc", "SVTYPE=INS"),
        ("SVLEN;SVTYPE=INS", "SVTYPE=INS"),
        ("SVTYPE=INS;SVLEN=;END=9", "SVTYPE=INS;END=9"),
    ],
)
def test_an_svlen_without_a_number_is_removed(info: str, left: str) -> None:
    ours = mender()
    (fields,) = ours.mend([line("ATT", info)])
    assert fields[7] == left
    assert ours.changes == {SVLEN_REMOVED: 1}
    assert list(ours.mend([line("<DEL>", "SVTYPE=DEL;SVLEN=.")])) == []
    assert ours.set_aside.found == {set_aside.NO_SIZE: (1, "chr1:100")}


def test_contigs_and_mates_get_the_names_compared() -> None:
    ours = mender()
    (fields,) = ours.mend([line("A[21:500[", "SVTYPE=BND;CHR2=21", "20")])
    assert (fields[0], fields[4], fields[7]) == ("chr20", "A[chr21:500[", "SVTYPE=BND;CHR2=chr21")
    (fields,) = ours.mend([line("]HLA-A*01:01:500]A", "SVTYPE=BND", "20")])
    assert fields[4] == "]HLA-A*01:01:500]A"


def test_one_sample_is_kept() -> None:
    (fields,) = mender(sample=10).mend([line("AT", ".", "chr1", "GT", "0/0", "1/1", "0/1")])
    assert fields[8:] == ["GT", "1/1"]


def test_alleles_are_split_and_counted() -> None:
    ours = mender()
    found = [
        (fields[4], fields[9]) for fields in ours.mend([line("AT,ATT,*", ".", "chr1", "GT", "1/3")])
    ]
    assert found == [("AT", "1/0"), ("ATT", "0/0"), ("*", "0/1")]
    assert (ours.records, ours.alleles_added, ours.changes) == (1, 2, {SPLIT: 1})


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (line("ATT", ".", "chr9"), set_aside.NO_CONTIG),
        (line("ATT", ".", "chr1", "DP", "7"), set_aside.NO_GENOTYPE),
        (line("<DEL>", "SVTYPE=DEL"), set_aside.NO_SIZE),
        (line("<INS>", "SVTYPE=INS;END=100"), set_aside.NO_SIZE),
        (line("<NON_REF>", "END=900"), set_aside.REFERENCE_BLOCK),
        (line("<*>", "END=900"), set_aside.REFERENCE_BLOCK),
    ],
)
def test_what_truvari_cannot_read_is_set_aside(bad: str, reason: str) -> None:
    ours = mender()
    assert list(ours.mend([bad])) == []
    assert ours.set_aside.found == {reason: (1, f"{bad.split()[0]}:100")}


def test_a_record_without_genotype_passes_where_none_is_needed() -> None:
    assert len(list(mender(needs_genotype=False).mend([line("ATT", ".", "chr1", "DP", "7")]))) == 1


def test_keys_and_filters_that_the_header_lacks_are_found() -> None:
    ours = mender()
    text = line("ATT", "SVTYPE=INS;IMPRECISE;RE=7", "chr1", "GT:DR", "0/1:3").replace(
        "PASS", "q5;s9"
    )
    list(ours.mend([text, line("ATT", "RE")]))
    assert ours.undefined == {
        ("FILTER", "q5"): True,
        ("FILTER", "s9"): True,
        ("INFO", "IMPRECISE"): False,
        ("INFO", "RE"): True,
        ("FORMAT", "DR"): True,
    }


def test_definitions_follow_the_specification() -> None:
    assert definition("INFO", "END", True).startswith("##INFO=<ID=END,Number=1,Type=Integer,")
    assert definition("INFO", "RE", True).startswith("##INFO=<ID=RE,Number=.,Type=String,")
    assert definition("INFO", "IMPRECISE", False).startswith(
        "##INFO=<ID=IMPRECISE,Number=0,Type=Flag,"
    )
    assert definition("FILTER", "q5", True).startswith("##FILTER=<ID=q5,Description=")
