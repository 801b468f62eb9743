"""Values and names as they are written, and any text at all as a DRAGEN file."""

import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.qc import dragen, htslib_stats
from engines.qc.metric import REMARKS, Unusable, in_order, natural, read_value, tidy
from engines.qc.table import read_text


@pytest.mark.parametrize(
    ("text", "value", "remark"),
    [
        ("7", 7, None),
        (" -7.50 ", -7.5, None),
        ("1e3", 1000.0, None),
        ("NA", None, "not_available"),
        ("", None, "not_available"),
        ("nan", None, "not_available"),
        ("Inf", "inf", "infinite"),
        ("-inf", "-inf", "infinite"),
        ("1e999", "inf", "infinite"),
        ("3,5", 3.5, "decimal_comma"),
        ("0,125", 0.125, "decimal_comma"),
        ("1,234", None, "ambiguous_mark"),
        ("1,234,567", 1234567, "thousands_separator"),
        ("1,234.5", 1234.5, "thousands_separator"),
        ("XXY", "XXY", None),
        ("12x", "12x", "not_a_number"),
        ("9" * 5000, "9" * 5000, "not_a_number"),
        ("٣", "٣", "not_a_number"),
        ("a\tb", r"a\tb", "not_a_number"),
    ],
)
def test_read_value(text: str, value: object, remark: str | None) -> None:
    assert read_value(text) == (value, remark)


def test_a_comma_is_a_decimal_mark_where_semicolons_separate() -> None:
    assert read_value("1,234", decimal_comma=True) == (1.234, "decimal_comma")
    assert read_value("1.234", decimal_comma=True) == (None, "ambiguous_mark")


@given(st.text(max_size=30))
def test_any_text_is_a_value_that_json_can_hold(text: str) -> None:
    value, remark = read_value(text)
    assert remark is None or remark in REMARKS
    assert not isinstance(value, float) or math.isfinite(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_as_it_was_written(value: float) -> None:
    assert read_value(repr(value)) == (value, None)


def test_padding_does_not_make_another_metric() -> None:
    assert tidy("PCT of genome with coverage [ 20x: inf)") == tidy(
        "PCT  of genome with coverage [20x:inf)"
    )
    assert tidy("Reads with MAPQ [ 0:10)") == "Reads with MAPQ [0:10)"


def test_natural_order() -> None:
    names = ["chr10", "chr2", "", "chrX", "chr1_a", "chr1"]
    assert sorted(names, key=natural) == ["", "chr1", "chr1_a", "chr2", "chr10", "chrX"]


NAMES = [f"S1.{kind}.csv" for kind in dragen.KINDS if kind not in dragen._BY_REGION]
NAMES += [f"S1.wgs_{kind}.csv" for kind in dragen._BY_REGION]
SECTIONS = st.sampled_from(
    ["MAPPING/ALIGNING SUMMARY", "SV SUMMARY", "VARIANT CALLER POSTFILTER", "SEX GENOTYPER", "x"]
)
CELL = st.one_of(SECTIONS, st.sampled_from(["", "S1", "NA", "1", "3,5", '"', "1 Het/Hom ratio"]))
LINES = st.lists(st.lists(CELL | st.text(max_size=8), max_size=7).map(",".join), max_size=8)


@given(st.sampled_from(NAMES), LINES.map("\n".join) | st.text(max_size=200))
def test_no_text_breaks_the_reader(name: str, text: str) -> None:
    known = dragen.recognise(name)
    assert known is not None
    try:
        content = dragen.read(known, text, {"S1"})
    except Unusable as reason:
        assert str(reason).isprintable()
        return
    assert content.metrics
    assert content.remarks.keys() <= REMARKS.keys()
    assert all(each.metric.isprintable() and each.group.isprintable() for each in content.metrics)
    assert Counter(in_order(content.metrics)) == Counter(content.metrics)


@given(st.sampled_from(["samtools/stats", "samtools/flagstat", "samtools/idxstats"]), st.text())
def test_no_text_breaks_the_readers_of_samtools(source: str, text: str) -> None:
    try:
        assert htslib_stats.read(source, text, {"S1"}).metrics
    except Unusable as reason:
        assert str(reason).isprintable()


@given(st.lists(st.sampled_from(["SN", "TSTV", "PSC", "0", "S1", "7", "\t", "\n", "x:"])))
def test_no_text_breaks_the_reader_of_bcftools(parts: list[str]) -> None:
    try:
        htslib_stats.read("bcftools/stats", "\t".join(parts), {"S1"})
    except Unusable as reason:
        assert str(reason).isprintable()


def test_too_large_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engines.qc.table.LARGEST", 10)
    path = tmp_path / "a.csv"
    path.write_text("0123456789a")
    with pytest.raises(Unusable, match="is too large for a metrics file"):
        read_text(path)
