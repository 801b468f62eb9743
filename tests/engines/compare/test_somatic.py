"""The table of a comparison of alleles, in som.py's columns."""

import csv
import io

import pytest

from engines.compare.core import native
from engines.compare.somatic import somatic_csv, without_fraction
from engines.compare.tally import AT, Tally

BOUNDS = (0.0, 0.1, 1.0)


@pytest.fixture
def tally() -> Tally:
    subsets = ["*", "TS_boundary", "TS_contained", "AF_0_0.1", "AF_0.1_1"]
    made = Tally(subsets)
    for subset, kind, numbers in (
        ("*", "SNP", {"truth_tp": 80, "truth_fn": 20, "query_tp": 81, "query_fp": 9}),
        ("*", "SNP", {"query_unk": 10}),
        ("*", "INDEL", {"truth_tp": 5, "truth_fn": 5, "query_tp": 5}),
        ("AF_0_0.1", "SNP", {"truth_tp": 10, "truth_fn": 15, "query_tp": 10, "query_fp": 9}),
        ("AF_0.1_1", "SNP", {"truth_tp": 70, "truth_fn": 4, "query_tp": 71, "query_unk": 10}),
        ("AF_0.1_1", "INDEL", {"truth_tp": 5, "truth_fn": 5, "query_tp": 5}),
    ):  # fmt: skip
        for column, n in numbers.items():
            made.counts[subsets.index(subset), native.KINDS.index(kind), 0, AT[column]] = n
    return made


def table(text: str) -> dict[str, dict[str, str]]:
    return {row["type"]: row for row in csv.DictReader(io.StringIO(text))}


def test_columns_are_those_of_som_py(tally: Tally) -> None:
    text = somatic_csv(tally, (), 2_000_000)
    assert text.splitlines()[0] == (
        ",type,total.truth,total.query,tp,fp,fn,unk,ambi,recall,recall_lower,recall_upper,recall2,"
        "precision,precision_lower,precision_upper,na,ambiguous,fp.region.size,fp.rate,"
        "sompyversion,sompycmd"
    )
    found = table(text)
    assert list(found) == ["records", "SNVs", "indels"]
    snvs, records = found["SNVs"], found["records"]
    assert [snvs[c] for c in ("total.truth", "total.query", "tp", "fp", "fn", "unk", "ambi")] == [
        "100", "100", "80", "9", "20", "10", "0",
    ]  # fmt: skip
    assert (snvs["recall"], snvs["precision"], snvs["na"]) == ("0.8", "0.9", "0.1")
    assert (snvs["fp.region.size"], snvs["fp.rate"]) == ("2000000", "4.5")
    assert (records["total.truth"], records["tp"]) == ("110", "85")
    # quantiles of Beta(80.5, 20.5) by the trapezoidal rule
    assert float(snvs["recall_lower"]) == pytest.approx(0.713720, abs=2e-6)
    assert float(snvs["recall_upper"]) == pytest.approx(0.869210, abs=2e-6)


def test_strata_of_allele_fraction(tally: Tally) -> None:
    found = table(somatic_csv(tally, BOUNDS, 0))
    assert list(found)[3:5] == ["records.0.000000-0.100000", "records.0.100000-1.000000"]
    low = found["SNVs.0.000000-0.100000"]
    assert (low["tp"], low["fn"], low["fp"], low["recall"]) == ("10", "15", "9", "0.4")
    assert low["fp.rate"] == ""
    empty = found["indels.0.000000-0.100000"]
    assert (empty["recall"], empty["precision"], empty["na"]) == ("", "", "")
    # 1 truth SNP has no fraction
    assert without_fraction(tally, BOUNDS) == (1, 0)
