"""What each kind of summary becomes in rows: known answers."""

import pytest
from calibration_summary import calibration_summary
from history_lab import few_rows, verdict
from summary_files import small_row, small_summary, sv_summary

from engines.history.columns import NAMES, as_table
from engines.history.rows import rows_of


def find(rows, **labels):
    """The one row with these labels, the others empty."""
    found = [row for row in rows if all(row.get(key, "") == value for key, value in labels.items())]
    assert len(found) == 1, found
    return found[0]


def test_small_variants_have_a_row_for_each_number_of_each_line():
    rows = list(rows_of(small_summary("HG002", few_rows()), "HG002"))
    every = {"type": "SNP", "subtype": "*", "filter": "PASS"}
    assert find(rows, **every, subset="*", metric="recall")["value"] == 0.9
    assert find(rows, **every, subset="*", metric="truth_fn")["value"] == 10
    assert find(rows, **every, subset="hard", metric="recall")["value"] == 0.9
    assert find(rows, metric="genotype_concordance")["value"] == 0.9991
    assert find(rows, metric="truth_records")["value"] == 4096123
    # 3 lines of 4 fractions and 9 counts; concordance, capped, 2 records, warnings
    assert len(rows) == 3 * 13 + 5


def test_a_number_that_could_not_be_measured_is_there_as_null():
    rows = list(rows_of(small_summary("x", [small_row("SNP", (0, 0, 0, 0))]), "x"))
    assert find(rows, metric="recall")["value"] is None


def test_what_was_set_aside_is_kept_with_its_reason():
    aside = [{"side": "query", "reason": "half call", "records": 7}]
    rows = list(rows_of(small_summary("x", few_rows(), set_aside=aside), "x"))
    assert find(rows, metric="set_aside", metric_group="query: half call")["value"] == 7


def test_structural_variants_have_bench_and_refine_and_no_line_twice():
    data = sv_summary("HG002")
    rows = list(rows_of(data, "HG002"))
    whole = {"type": "*", "size": "*"}
    recall = find(rows, **whole, comparison="bench", metric="recall")["value"]
    assert recall == data["bench"]["recall"]
    refined = find(rows, **whole, comparison="refine", metric="truth_total")["value"]
    assert refined == data["rows"][0]["truth_total"]
    keys = [tuple(row.get(name, "") for name in NAMES if name != "value") for row in rows]
    assert len(set(keys)) == len(keys)


def test_structural_variants_that_were_not_refined():
    rows = list(rows_of(sv_summary("HG002", refined=False), "HG002"))
    labels = {"type": "DEL", "size": "50-99", "metric": "f1"}
    assert find(rows, **labels)["comparison"] == "bench"
    assert not [row for row in rows if row.get("comparison") == "refine"]


def test_a_calibration_has_each_cause_with_its_interval():
    data = calibration_summary("neonate", ("insilicova",))
    fit = data["fits"][0]
    rows = list(rows_of(data, "mothers"))
    row = find(rows, fit="insilicova", cause="pneumonia", metric="calibrated")
    assert (row["value"], row["low"], row["high"], row["text"]) == (
        fit["mean"]["pneumonia"],
        fit["lower_ci"]["pneumonia"],
        fit["upper_ci"]["pneumonia"],
        None,
    )
    other = find(rows, fit="insilicova", cause="other", metric="calibrated")
    assert other["text"] == "not calibrated"
    assert find(rows, fit="insilicova", metric="lambda")["value"] == fit["lambda"]


def test_a_stalled_fit_and_an_example_say_so():
    data = calibration_summary("child", ("eava",), stalled=["eava"], example="made up")
    rows = list(rows_of(data, "x"))
    row = find(rows, cause="malaria", metric="calibrated")
    assert (row["low"], row["text"]) == (None, "stalled")
    assert find(rows, metric="example")["text"] == "made up"


def test_a_verdict_has_its_judged_metrics_with_z_and_reason():
    rows = list(rows_of(verdict(), "HG002"))
    assert find(rows, metric="verdict")["verdict"] == "warn"
    assert find(rows, metric="count_warn")["value"] == 1
    row = find(rows, metric="mean coverage")
    assert (row["value"], row["z"], row["verdict"], row["unit"]) == (28.5, -1.25, "warn", "x")
    assert row["reason"] == "mean coverage is warn"
    text = find(rows, metric="karyotype")
    assert (text["value"], text["text"], text["z"]) == (None, "XY", None)


def test_a_table_has_every_column_and_empty_keys():
    table = as_table([{"metric": "f1", "value": 1}])
    assert table.column_names == list(NAMES)
    row = table.to_pylist()[0]
    assert (row["run"], row["value"], row["verdict"], row["date"]) == ("", 1.0, None, None)


@pytest.mark.parametrize("value", [0, 2**53, 3e12])
def test_large_counts_stay_exact(value):
    assert as_table([{"value": value}])["value"].to_pylist() == [value]
