"""BED files by C: what the slow reader makes of them, and its words where they are wrong."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.compare.bed import read_labelled, read_regions
from engines.compare.stratification import read_stratification
from engines.contract.errors import BadData, EngineError
from engines.formats.bed import Regions, read_bed

REFERENCE = {"chr1": 500, "chr2": 300}

words = st.sampled_from(
    [
        "chr1",
        "chr2",
        "1",
        "chrUn",
        "0",
        "7",
        "300",
        "301",
        "500",
        "2147483648",
        "-1",
        "x",
        "",
        "7.0",
    ]
)
separators = st.sampled_from(["\t"] * 9 + [" ", "\t\t"])
rows = st.one_of(
    st.tuples(
        st.sampled_from(["chr1", "chr2", "2"]), st.integers(0, 250), st.integers(0, 50),
        st.sampled_from(["", "\tname", "\t", "\ta\tb"]),
    ).map(lambda r: f"{r[0]}\t{r[1]}\t{r[1] + r[2]}{r[3]}"),
    st.sampled_from(["", "#x", "track", "browser x", " ", "chr1\t1\t2\r", "chr1 3 9"]),
    st.lists(st.tuples(words, separators), max_size=4).map(lambda p: "".join(map("".join, p))),
)  # fmt: skip


def outcome(read, path: Path) -> object:  # type: ignore[no-untyped-def]
    try:
        found: Regions = read(path, "confident", REFERENCE)
    except EngineError as error:
        return type(error), error.message
    intervals = {
        contig: (i.starts.tolist(), i.ends.tolist(), i.listed)
        for contig, i in found.by_contig.items()
    }
    return intervals, found.ignored, found.absent, found.renamed


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(rows, max_size=12), st.booleans(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_fast_reader_is_the_slow_one(
    tmp_path: Path, lines: list[str], last: bool, end: str, packed: bool
) -> None:
    text = (end.join(lines) + (end if last else "")).encode()
    path = tmp_path / "a.bed"
    path.write_bytes(gzip.compress(text) if packed else text)
    fast = outcome(lambda *given: read_regions(*given)[0], path)
    assert fast == outcome(read_bed, path)


def test_words_in_the_fourth_column(tmp_path: Path) -> None:
    path = tmp_path / "a.bed"
    path.write_text("chr1\t0\t9\tlow\nchr1\t20\t30\thigh\nchr2\t5\t6\tlow\nchr2\t8\t9\n")
    regions, labelled = read_regions(path, "stratification a", REFERENCE)
    assert labelled and regions.bases == 21
    parts = read_labelled(path, "stratification a", REFERENCE)
    assert {label: part.bases for label, part in parts.items()} == {"high": 10, "low": 10}


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.bed.gz"
    path.write_bytes(gzip.compress(b"chr1\t0\t9\n" * 9000)[:-20])
    with pytest.raises(BadData, match=r"confident .*a\.bed\.gz: damaged"):
        read_regions(path, "confident", REFERENCE)


def test_subsets_of_a_stratification(tmp_path: Path) -> None:
    (tmp_path / "a.bed").write_text("chr1\t0\t9\tlow\nchr1\t20\t30\thigh\n")
    (tmp_path / "b.bed").write_text("chr1\t0\t9\tno;word\n")
    (tmp_path / "many.bed").write_text("".join(f"chr1\t{n}\t{n + 1}\tr{n}\n" for n in range(200)))
    table = tmp_path / "s.tsv"
    table.write_text("a\ta.bed\n=fixed\ta.bed\nb\tb.bed\n")
    extra = [f"many:{tmp_path / 'many.bed'}"]
    strata = read_stratification(table, extra, REFERENCE, threads=2)
    assert {name: found.level for name, found in strata.regions.items()} == {
        "a": 0, "a_high": 1, "a_low": 1, "fixed": 0, "b": 0, "many": 0,
    }  # fmt: skip
    assert [("no;word" in text, "200 words" in text) for text in strata.warnings] == [
        (True, False), (False, True),
    ]  # fmt: skip
    for text, message in (
        ("a\ta.bed\na_low\ta.bed\n", "'a_low' is taken"),
        ("CONF\ta.bed\n", "taken"),
    ):
        table.write_text(text)
        with pytest.raises(BadData, match=message):
            read_stratification(table, [], REFERENCE)
    with pytest.raises(BadData, match="not NAME:BED"):
        read_stratification(None, ["only"], REFERENCE)
