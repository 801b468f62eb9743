"""The annotated VCF."""

import random

import numpy as np
import pytest
from core_lab import Lab
from hypothesis import given, settings
from hypothesis import strategies as st

SEQUENCE = "".join(random.Random(4).choice(p) for p in ("AC", "GT", "CA", "TG") * 100)
TRANSITION = str.maketrans("ACGT", "GTAC")
ABSENT = "./.:.:.:.:NOCALL:nocall:."


def alt(position: int) -> str:
    return SEQUENCE[position - 1].translate(TRANSITION)


def ref(position: int) -> str:
    return SEQUENCE[position - 1]


def snp(position: int, genotype: str, *more: str) -> str:
    return " ".join((str(position), ref(position), alt(position), genotype, *more))


def test_one_line_for_the_same_record() -> None:
    lab = Lab(SEQUENCE, confident=[(0, 120)], subsets={"zz": [(0, 400)], "aa": [(40, 60)]})
    lab.truth(snp(50, "0/1", "50")).query(snp(50, "1|0", "12.5", "q10"), snp(200, "1/1")).compare()
    assert lab.lines() == [
        f"chr1\t50\t.\t{ref(50)}\t{alt(50)}\t12.5\tq10\tBS=50;Regions=CONF,TS_contained,aa,zz\t"
        "GT:BD:BK:BI:BVT:BLT:QQ\t0/1:TP:gm:ti:SNP:het:12.5\t1|0:TP:gm:ti:SNP:het:12.5",
        f"chr1\t200\t.\t{ref(200)}\t{alt(200)}\t.\tPASS\tBS=200;Regions=zz\t"
        f"GT:BD:BK:BI:BVT:BLT:QQ\t{ABSENT}\t1/1:UNK:.:ti:SNP:homalt:.",
    ]


def test_lines_of_different_records() -> None:
    """Sorted by position, REF and ALTs; ALTs sorted too; a superlocus is named by its start."""
    base = ref(50)
    lab = Lab(SEQUENCE, decompose=False, leftshift=False)
    lab.truth(snp(50, "0/1"), f"50 {base} {base}TT,{base}C 2/1", snp(60, "1")).query(
        f"50 {base} {base}C,{base}TT 1|2", snp(50, "0/1", "7"), snp(60, "1/1")
    )
    lines = [line.split("\t") for line in lab.compare().lines()]
    assert [(f[1], f[4]) for f in lines] == sorted(
        [("50", alt(50)), ("50", f"{base}C,{base}TT"), ("60", alt(60))]
    )
    assert {f[7] for f in lines} == {"BS=50"}
    hetalt = next(f for f in lines if "," in f[4])
    assert hetalt[9] == "1/2:TP:gm:i1_5:INDEL:hetalt:."
    assert hetalt[10].startswith("1|2:TP:gm:")
    assert lines[-1][9:] == ["1:TP:gm:ti:SNP:hemi:.", "1/1:TP:gm:ti:SNP:homalt:."]


def test_the_same_record_twice_has_two_lines() -> None:
    lab = Lab(SEQUENCE).truth(snp(50, "0/1"), snp(50, "0/1")).query(snp(50, "0/1")).compare()
    lines = lab.lines()
    assert len(lines) == 2
    assert [line.endswith(ABSENT) for line in lines] == [False, True]


def test_pieces_are_whole_lines_and_come_once() -> None:
    truth = [snp(p, "0/1") for p in range(10, 390, 5)]
    lab = Lab(SEQUENCE).truth(*truth).compare()
    pieces = [bytes(piece) for piece in lab.session.lines(most=200)]
    assert len(pieces) > 10 and all(piece.endswith(b"\n") for piece in pieces)
    assert b"".join(pieces).count(b"\n") == len(truth)
    assert lab.lines() == []
    whole = Lab(SEQUENCE).truth(*truth).compare().lines()
    assert b"".join(pieces).decode().splitlines() == whole


def test_without_names_of_regions() -> None:
    lab = Lab(SEQUENCE, confident=[(0, 99)], write_regions=False).truth(snp(50, "0/1")).compare()
    assert "\tBS=50\t" in lab.lines()[0]


@pytest.mark.parametrize("count", [1, 62, 63, 64, 200])
def test_many_regions(count: int) -> None:
    """Each line names its own, also where hundreds of combinations come and go."""
    spans = {f"r{n:03}": [(n % 350, n % 350 + 20 + n)] for n in range(count)}
    lab = Lab(SEQUENCE, subsets=spans).truth(*(snp(p, "0/1") for p in range(2, 390))).compare()
    for line in lab.lines():
        fields = line.split("\t")
        at = int(fields[1])
        want = [name for name, [(start, end)] in spans.items() if start < at <= end]
        assert fields[7] == f"BS=2{';Regions=' + ','.join(want) if want else ''}"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=30))
def test_numbers_are_python_s(values: list[float]) -> None:
    """QUAL has six digits as format(x, 'g') writes them, whatever the number."""
    values += [9.999995, 99999.95, 999999.5, 1.0000005, 123456.5, 0.1, 100.0]
    records = [snp(2 + n, "0/1", repr(value)) for n, value in enumerate(values)]
    lines = Lab(SEQUENCE).query(*records).compare().lines()
    assert [line.split("\t")[5] for line in lines] == [
        f"{float(np.float32(value)):g}" for value in values
    ]


def test_filter_is_as_the_query_has_it() -> None:
    """Each name once; what no header line can have is written as VCF 4.3 encodes it."""
    texts = {
        "PASS": "PASS", ".": "PASS", "LowQ": "LowQ", "b;a;b": "b;a", "PASS;LowQ": "LowQ",
        "QD<2.0;q,5": "QD%3C2.0;q%2C5", ";": "FAIL",
    }  # fmt: skip
    records = [snp(10 + n, "0/1", ".", text) for n, text in enumerate([*texts, *texts])]
    lab = Lab(SEQUENCE).truth(snp(9, "0/1", ".", "LowQ")).query(*records).compare()
    found = [line.split("\t")[6] for line in lab.lines()]
    assert found == [".", *texts.values(), *texts.values()]
    assert lab.session.filters() == {"LowQ", "a", "b", "QD%3C2.0", "q%2C5", "FAIL"}


@pytest.mark.parametrize(
    ("one", "two", "both"), [("x", "y;x", "x;y"), ("x", "x", "x"), ("x;y", "z", "x;y;z")]
)
def test_het_alt_of_two_records_has_the_filters_of_both(one: str, two: str, both: str) -> None:
    base = ref(50)
    first, second = [letter for letter in "ACGT" if letter != base][:2]
    lab = Lab(SEQUENCE).query(f"50 {base} {first} 0/1 . {one}", f"50 {base} {second} 0/1 . {two}")
    (line,) = lab.compare().lines()
    assert (line.split("\t")[4], line.split("\t")[6]) == (f"{first},{second}", both)


def test_many_distinct_filters() -> None:
    names = [f"f{n};g{n % 7}" for n in range(380)]
    records = [snp(2 + n, "0/1", ".", name) for n, name in enumerate(names)]
    lines = Lab(SEQUENCE).query(*records).compare().lines()
    assert [line.split("\t")[6] for line in lines] == names
