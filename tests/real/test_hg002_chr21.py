"""HG002 chr21: NIST's own hap.py test, with target, confident regions and stratifications."""

import csv
from pathlib import Path

import pytest
from shared_data import shared_data

from engines.compare.case import Request
from engines.compare.comparison import compare

pytestmark = pytest.mark.real
DATA = shared_data("benchmark", "hg002_chr21_strat")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("chr21") / "out"
    compare(
        Request(
            truth=DATA / "truth.vcf.gz",
            query=DATA / "query.vcf.gz",
            reference=DATA / "ref.fa.gz",
            confident=DATA / "conf.bed",
            target=DATA / "target.bed",
            stratification=DATA / "stratification" / "v3.0-GRCh38-test-stratifications.tsv",
            out=prefix,
        )
    )
    return prefix


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_summary_is_nists_byte_for_byte(out: Path) -> None:
    ours = out.with_name("out.summary.csv").read_text()
    assert ours == (DATA / "expected" / "nist" / "summary.csv").read_text()


def test_every_cell_of_all_132_rows_is_nists(out: Path) -> None:
    """But one: * counts the bases of the reference, which is N here outside 642,725 of them."""
    ours = rows(out.with_name("out.extended.csv"))
    nist = rows(DATA / "expected" / "nist" / "extended.csv")
    assert len(nist) == 132
    sizes = {(row["Subset"], row.pop("Subset.Size")) for row in ours if row["Subset"] == "*"}
    assert sizes == {("*", "642725")}
    for row in nist:
        if row["Subset"] == "*":
            del row["Subset.Size"]
    assert ours == nist


def test_counts_named_by_the_issue(out: Path) -> None:
    counts = {
        (r["Type"], r["Filter"]): [int(r[n]) for n in COUNTED]
        for r in rows(out.with_name("out.summary.csv"))
    }
    assert counts["SNP", "ALL"] == [61, 29, 32, 2329, 11, 2289, 10]
    assert counts["INDEL", "ALL"] == [2, 0, 2, 337, 2, 335, 0]


COUNTED = (
    "TRUTH.TOTAL",
    "TRUTH.TP",
    "TRUTH.FN",
    "QUERY.TOTAL",
    "QUERY.FP",
    "QUERY.UNK",
    "FP.gt",
)
