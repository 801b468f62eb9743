"""Which run, day, genome and truth a row is of."""

import json
import os
from datetime import UTC, date, datetime

import pytest
from history_lab import few_rows, put, results, sheet, verdict
from summary_files import small_summary

from engines.contract.errors import BadData
from engines.history.origin import Folder, made_at, moment_of, origin, run_of


def of(folder, sample="HG002", data=None):
    data = data or small_summary(sample, few_rows())
    path = put(folder, "small_variants", sample, data)
    return origin(path, data, sample, Folder.read(folder))


def test_the_day_of_the_sheet_comes_first(tmp_path):
    sheet(tmp_path, ("HG002", "small_variants", "GRCh37", "HG002 of NIST", "2026-11-01"))
    put(tmp_path, "qc", "HG002", verdict(day="2026-11-02"))
    row = of(tmp_path)
    assert (row["date"], row["dated"]) == (date(2026, 11, 1), "given")
    assert (row["build"], row["truth"]) == ("GRCh37", "HG002 of NIST")


@pytest.mark.parametrize("dated", ["given", "file"])
def test_then_the_day_of_the_quality_metrics(tmp_path, dated):
    put(tmp_path, "qc", "HG002", verdict(day="2026-11-02", dated=dated))
    row = of(tmp_path)
    assert (row["date"], row["dated"]) == (date(2026, 11, 2), dated)


def test_then_the_day_when_the_summary_was_made(tmp_path):
    row = of(tmp_path)
    assert (row["date"], row["dated"]) == (date(2026, 11, 20), "made")
    assert row["made"] == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert (row["build"], row["truth"]) == ("GRCh38", "HG002_truth.vcf.gz")


@pytest.mark.parametrize("provenance", [None, "{", "[]", '{"finished": "soon"}', '{"finished": 3}'])
def test_without_a_provenance_the_time_of_the_file_counts(tmp_path, provenance):
    path = put(tmp_path, "small_variants", "HG002", small_summary())
    beside = path.with_name("HG002.provenance.json")
    beside.unlink() if provenance is None else beside.write_text(provenance)
    os.utime(path, (0, 86400 * 365))
    assert made_at(path) == (datetime(1971, 1, 1, tzinfo=UTC), "modified")


def test_a_day_is_that_of_utc():
    moment = moment_of("2026-11-21T23:30:00.123456-03:00")
    assert moment == datetime(2026, 11, 22, 2, 30, 0, 123000, tzinfo=UTC)


def test_a_verdict_without_a_day_is_of_the_day_when_it_was_made(tmp_path):
    data = verdict(day=None, dated="none")
    path = put(tmp_path, "qc", "HG002", data)
    row = origin(path, data, "HG002", Folder.read(tmp_path))
    assert (row["date"], row["dated"]) == (date(2026, 11, 20), "made")


def test_a_damaged_verdict_gives_no_day_and_no_error(tmp_path):
    put(tmp_path, "qc", "HG002", {})
    (tmp_path / "qc" / "HG002.verdict.json").write_text('{"samples": [{"sam')
    assert of(tmp_path)["dated"] == "made"


def test_a_sheet_that_is_no_text(tmp_path):
    (tmp_path / "samples.tsv").write_bytes(b"sample\tbuild\n\xff\xfe\n")
    with pytest.raises(BadData, match=r"samples\.tsv: not UTF-8"):
        Folder.read(tmp_path)


def test_the_run_is_told_by_its_directory(tmp_path):
    run = tmp_path / "20261121-221005-3f9a"
    folder = results(run / "work" / "results", HG002=few_rows())
    summary = folder / "small_variants" / "HG002.summary.json"
    assert run_of(summary) == ""  # the name alone does not make it a run directory
    (run / "run.json").write_text(json.dumps({"state": "running"}))
    assert run_of(summary) == "20261121-221005-3f9a"
