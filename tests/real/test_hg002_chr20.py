"""HG002 chr20: record by record against rtg vcfeval, records and counts against hap.py."""

import csv
from pathlib import Path

import pytest
from happy_recount import recounted, tabled
from shared_data import shared_data
from small_files import decisions, read_vcf

from engines.compare.case import Request
from engines.compare.comparison import compare

pytestmark = pytest.mark.real
DATA = shared_data("benchmark", "hg002_chr20")

# vcfeval gave up on this stretch; the README of the data names it (1-based).
UNDECIDED = range(336_200, 336_321)


def run(tmp_path: Path, **options: object) -> Path:
    out = tmp_path / "out"
    compare(
        Request(
            truth=DATA / "truth.vcf.gz",
            query=DATA / "query.vcf.gz",
            reference=DATA / "ref.fa.gz",
            confident=DATA / "conf.bed",
            out=out,
            **options,  # type: ignore[arg-type]
        )
    )
    return out.with_name("out.vcf.gz")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compared as written: the units that vcfeval reports."""
    return run(tmp_path_factory.mktemp("raw"), decompose=False, leftshift=False)


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compared in hap.py's units."""
    return run(tmp_path_factory.mktemp("default"), stratification=DATA / "strat.tsv")


@pytest.mark.parametrize(
    ("name", "sample", "decision"),
    [
        ("tp-baseline", "TRUTH", "TP"),
        ("fn", "TRUTH", "FN"),
        ("tp", "QUERY", "TP"),
        ("fp", "QUERY", "FP"),
    ],
)
def test_every_record_is_decided_as_by_vcfeval(
    raw: Path, name: str, sample: str, decision: str
) -> None:
    file = DATA / "expected" / "rtg_vcfeval_ref_overlap" / f"{name}.vcf.gz"
    expected = {(r["CHROM"], int(r["POS"]), r["REF"], r["ALT"]) for r in read_vcf(file)}
    ours = {key for key, bd in decisions(raw, sample).items() if bd == decision}
    assert {key for key in ours ^ expected if key[1] not in UNDECIDED} == set()
    assert len(expected) > 100


def happy_decisions(engine: str, sample: str) -> dict[tuple[str, int, str, frozenset[str]], str]:
    found = {}
    for row in read_vcf(DATA / "expected" / f"happy_{engine}" / "annotated.vcf.gz"):
        values = dict(zip(row["FORMAT"].split(":"), row[sample].split(":"), strict=False))
        if values.get("BVT", "NOCALL") != "NOCALL" and values["GT"] not in (".", "./."):
            key = (row["CHROM"], int(row["POS"]), row["REF"], frozenset(row["ALT"].split(",")))
            found[key] = values["BD"]
    return found


def test_query_records_are_those_of_hap_py(default: Path) -> None:
    expected = happy_decisions("xcmp", "QUERY")
    ours = {(c, p, r, frozenset(a.split(","))) for c, p, r, a in decisions(default, "QUERY")}
    assert ours == set(expected)
    assert len(ours) == 2091


@pytest.mark.parametrize(("sample", "at_least"), [("TRUTH", 2650), ("QUERY", 2050)])
def test_decisions_are_those_of_hap_py_with_vcfeval(
    default: Path, sample: str, at_least: int
) -> None:
    """Of the records that stand alone on their line: hap.py joins some of both sides."""
    expected = happy_decisions("vcfeval", sample)
    ours = {
        (c, p, r, frozenset(a.split(","))): bd
        for (c, p, r, a), bd in decisions(default, sample).items()
    }
    common = [key for key in ours.keys() & expected.keys() if key[1] not in UNDECIDED]
    assert len(common) > at_least
    assert {key: (ours[key], expected[key]) for key in common if ours[key] != expected[key]} == {}


def test_every_count_of_extended_is_hap_pys_with_vcfeval(default: Path) -> None:
    """All rows and columns, strata and labels of superloci too, outside the stretch.

    The stretch is taken out of both by counting their lines anew; that this gives what their
    tables say where nothing is taken out is shown first.
    """
    theirs = DATA / "expected" / "happy_vcfeval"
    lines = {"ours": read_vcf(default), "theirs": read_vcf(theirs / "annotated.vcf.gz")}
    assert recounted(lines["ours"]) == tabled(default.with_name("out.extended.csv"))
    assert recounted(lines["theirs"]) == tabled(theirs / "extended.csv")
    ours, expected = (
        recounted(line for line in lines[whose] if int(line["POS"]) not in UNDECIDED)
        for whose in ("ours", "theirs")
    )
    assert ours == expected
    assert {subset for _, _, subset in ours} == {"*", "TR", "notTR", "TS_boundary", "TS_contained"}
    assert len(ours) > 30


def test_what_is_no_count_is_in_every_row_as_there(default: Path) -> None:
    """Keys, sizes and levels."""
    columns = ("Type", "Subtype", "Subset", "Filter", "Genotype", "QQ.Field", "QQ",
               "Subset.Size", "Subset.IS_CONF.Size", "Subset.Level")  # fmt: skip
    ours, theirs = (
        [[row[name] for name in columns] for row in csv.DictReader(text.splitlines())]
        for text in (
            default.with_name("out.extended.csv").read_text(),
            (DATA / "expected" / "happy_vcfeval" / "extended.csv").read_text(),
        )
    )
    assert ours == theirs


def test_every_record_of_the_stretch_is_decided(raw: Path) -> None:
    """vcfeval drops 17 truth records and 2 query records; hap.py counts them nowhere."""
    for name, sample, dropped in (("truth", "TRUTH", 17), ("query", "QUERY", 2)):
        records = {
            (r["CHROM"], int(r["POS"]), r["REF"], r["ALT"])
            for r in read_vcf(DATA / f"{name}.vcf.gz")
            if int(r["POS"]) in UNDECIDED
        }
        decided = {key for key, bd in decisions(raw, sample).items() if bd in ("TP", "FN", "FP")}
        assert records <= decided
        folder = DATA / "expected" / "rtg_vcfeval_ref_overlap"
        files = ("tp-baseline", "fn") if name == "truth" else ("tp", "fp")
        theirs = {
            (r["CHROM"], int(r["POS"]), r["REF"], r["ALT"])
            for file in files
            for r in read_vcf(folder / f"{file}.vcf.gz")
        }
        assert len(records - theirs) == dropped


def test_two_people_are_told_apart(tmp_path: Path) -> None:
    """HG002 against NA12878, same assembly pipeline: the genotypes agree too rarely."""
    import gzip

    from engines.contract.errors import BadData

    inputs = shared_data("benchmark", "truvari") / "inputs"
    files = []
    for name in ("input1", "input2"):
        with gzip.open(inputs / f"{name}.vcf.gz", "rt") as handle:
            text = handle.read().replace("ID=chr20,length=64444167", "ID=chr20,length=1000000")
        files.append(tmp_path / f"{name}.vcf")
        files[-1].write_text(text)
    request = Request(
        truth=files[0], query=files[1], reference=DATA / "ref.fa.gz", out=tmp_path / "out"
    )
    with pytest.raises(BadData, match="do not belong together"):
        compare(request)
    assert not list(tmp_path.glob("out*"))
