"""Every record that truvari leaves out without a word is counted, under the first reason."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysam
import pytest
import truvari
from sv_files import write_svs

from engines.compare_sv import set_aside
from engines.compare_sv.options import Options
from engines.compare_sv.set_aside import Eligible, SetAside, count_eligible, is_small
from engines.contract.errors import BadData

CONTIGS: dict[str, int | None] = {"chr1": 10_000, "chr2": 10_000}
INSERTION = "A" * 61
CALLS = [
    ("chr1", 100, "A", INSERTION, "0/1"),
    ("chr1", 200, "A", "A" * 41, "0/1"),
    ("chr1", 300, "A", "A" * 20, "0/1"),
    ("chr1", 400, "N", "<DEL>", "0/1", "SVTYPE=DEL;SVLEN=-60000;END=60400"),
    ("chr1", 500, "A", INSERTION, "0/1", ".", "LowQual"),
    ("chr1", 600, "A", INSERTION, "0/0"),
    ("chr1", 700, "A", INSERTION, "./."),
    ("chr1", 800, "A", "*", "0/1"),
    ("chr1", 900, "A", "A.", "0/1", "SVTYPE=BND"),
    ("chr1", 1000, "A", "A[chr2:7[", "0/1", "SVTYPE=BND"),
    ("chr1", 6000, "A", INSERTION, "0/1"),
    ("chr2", 100, "A", INSERTION, "0/1"),
]
REGIONS = {"chr1": ([50, 3000], [2000, 4000])}


def counted(
    path: Path, calls: list[tuple[Any, ...]], truth: bool = False, **options: Any
) -> tuple[Eligible, dict[str, int]]:
    aside = SetAside()
    vcf = write_svs(path / "a.vcf.gz", calls, CONTIGS)
    eligible = count_eligible(
        vcf, "query q", truth, Options(**options), REGIONS, set_aside.OUTSIDE, aside
    )
    return eligible, {reason: records for reason, (records, _) in aside.found.items()}


def test_query(tmp_path: Path) -> None:
    eligible, aside = counted(tmp_path, CALLS)
    assert eligible == Eligible(records=3, small=1)
    assert aside == {
        "smaller than 30 bases": 1,
        "larger than 50,000 bases": 1,
        set_aside.FILTERED: 1,
        set_aside.NOT_CARRIED: 2,
        set_aside.NO_ALLELE: 1,
        set_aside.SINGLE_BREAKEND: 1,
        set_aside.OUTSIDE: 2,
    }


def test_truth_has_the_larger_least_size(tmp_path: Path) -> None:
    eligible, aside = counted(tmp_path, CALLS, truth=True)
    assert eligible == Eligible(records=2, small=0)
    assert aside["smaller than 50 bases"] == 2


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        ({"passonly": False}, set_aside.FILTERED),
        ({"pick": "single"}, set_aside.NOT_CARRIED),
        ({"sizemax": -1}, "larger than 50,000 bases"),
        ({"sizefilt": 5}, "smaller than 30 bases"),
        ({"sizemin": 5}, "smaller than 30 bases"),
    ],
)
def test_an_option_switches_its_reason_off(
    tmp_path: Path, options: dict[str, Any], gone: str
) -> None:
    aside = counted(tmp_path, CALLS, **options)[1]
    assert gone not in aside


def test_breakends_can_be_left_out(tmp_path: Path) -> None:
    assert counted(tmp_path, CALLS, bnddist=-1)[1][set_aside.BREAKENDS_OFF] == 1


def test_no_ref_leaves_out_calls_without_the_allele(tmp_path: Path) -> None:
    for side, truth in (("b", True), ("c", False)):
        aside = counted(tmp_path, CALLS, truth, pick="single", no_ref=side)[1]
        assert aside[set_aside.NOT_CARRIED] == 2
        aside = counted(tmp_path, CALLS, not truth, pick="single", no_ref=side)[1]
        assert set_aside.NOT_CARRIED not in aside


@pytest.mark.parametrize(
    ("call", "inside"),
    [
        (("chr1", 51, "A" * 61, "A", "0/1"), True),
        (("chr1", 50, "A" * 61, "A", "0/1"), False),
        (("chr1", 1940, "A" * 61, "A", "0/1"), True),
        (("chr1", 1941, "A" * 61, "A", "0/1"), False),
        (("chr1", 2000, "A", INSERTION, "0/1"), False),
        (("chr1", 1999, "A", INSERTION, "0/1"), True),
        # all of a region with one anchor base before it
        (("chr1", 3000, "A" * 1001, "A", "0/1"), True),
        (("chr1", 2999, "A" * 1002, "A", "0/1"), False),
    ],
)
def test_the_edges_of_a_region(tmp_path: Path, call: tuple[Any, ...], inside: bool) -> None:
    eligible, aside = counted(tmp_path, [call])
    assert eligible.records == inside
    assert aside == ({} if inside else {set_aside.OUTSIDE: 1})


@pytest.mark.parametrize("least", [0, 1, 2, 5, 50])
def test_plainly_small_is_what_truvari_calls_small(tmp_path: Path, least: int) -> None:
    alleles = [("A", "C"), ("AC", "GT"), ("A", "ACGTA"), ("ACGTAC", "A"), ("A", "A" * 51)]
    others = [("A", "*"), ("A", "."), ("N", "<DEL>"), ("A", "A[chr2:7["), ("A", "A.")]
    calls = [
        *(("chr1", 9, ref, alt, "0/1") for ref, alt in alleles),
        *(("chr1", 9, ref, alt, "0/1", "SVTYPE=X;END=10") for ref, alt in others),
        ("chr1", 9, "A", "C", "0/1", "SVLEN=70"),
    ]
    vcf = write_svs(tmp_path / "a.vcf.gz", calls, CONTIGS)
    with pysam.VariantFile(str(vcf)) as records:
        found = [(is_small(record, least), truvari.VariantRecord(record)) for record in records]
    assert [small for small, _ in found] == [
        number < len(alleles) and record.var_size() < least
        for number, (_, record) in enumerate(found)
    ]


@pytest.mark.parametrize(
    ("spoiled", "message", "hint"),
    [
        (("chr1", 90, "A", "AT", "x/y"), "the record behind chr1:80 cannot be read", "htslib"),
        (("chr1", 90, "A", "AT", "0/1:7:8"), "the record behind chr1:80 cannot be read", "htslib"),
        (("chr1", 90, "A", "AT", "0/1", "SVLEN"), "chr1:90: truvari cannot read the rec", "SVLEN"),
    ],
)
def test_a_record_that_cannot_be_read_is_named(
    tmp_path: Path, spoiled: tuple[Any, ...], message: str, hint: str
) -> None:
    with pytest.raises(BadData) as caught:
        counted(tmp_path, [("chr1", 80, "A", INSERTION, "0/1"), spoiled])
    assert caught.value.message.startswith(f"query q: {message}")
    assert hint in caught.value.hint


def test_an_error_of_the_disk_is_not_blamed_on_the_file() -> None:
    def records() -> Iterator[object]:
        raise OSError(errno.EIO, "Input/output error")
        yield

    with pytest.raises(OSError, match="Input/output"):
        list(set_aside._readable(records(), "query q"))  # type: ignore[arg-type]


def test_in_words_and_rows() -> None:
    aside = SetAside()
    aside.add(set_aside.FILTERED, ("chr1", "7"))
    aside.add(set_aside.OUTSIDE, ("chr1", "8"))
    aside.add(set_aside.OUTSIDE, ("chr1", "9"))
    aside.count(set_aside.UNCOUNTED, 0)
    assert aside.total == 3
    assert aside.in_words() == "2 not within one confident region; 1 FILTER is not PASS"
    assert aside.hint() == set_aside.HINTS[set_aside.OUTSIDE]
    assert aside.rows("query") == [
        {"side": "query", "reason": set_aside.FILTERED, "records": 1, "first": "chr1:7"},
        {"side": "query", "reason": set_aside.OUTSIDE, "records": 2, "first": "chr1:8"},
    ]
