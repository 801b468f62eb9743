"""What people and programs see of a history."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from history_lab import (
    done,
    few_rows,
    problem,
    put,
    results,
    run,
    sheet,
    three_kinds,
    validate,
    verdict,
)

from engines.history import layout

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Three measurements of HG002, one of HG003; two verdicts; a calibration."""
    base = tmp_path_factory.mktemp("lab")
    into = base / "history"
    measured = ((1, 90, 10), (2, 95, 5), (3, 95, 5))
    for number, tp, fn in measured:
        folder = base / f"r{number}"
        made = f"2026-11-{number:02d}T10:00:00.000Z"
        results(folder, made, HG002=few_rows(tp, fn, fp=number))
        if number < 3:
            words = "pass" if number == 1 else "fail"
            put(folder, "qc", "HG002", verdict("HG002", words, f"2026-11-0{number}"), made)
        done("add", folder, "--into", into, "--run", f"run{number}")
    results(base / "r4", "2026-11-04T10:00:00.000Z", HG003=few_rows(70, 30))
    sheet(base / "r4", ("HG003", "small_variants", "GRCh37", "NIST", "2026-10-31"))
    done("add", base / "r4", "--into", into)
    done("add", three_kinds(base / "r5"), "--into", into, "--run", "run5")
    return into


def lines_of(text, *words):
    return [line.split() for line in text.splitlines() if all(word in line for word in words)]


def test_the_newest_is_last_with_how_far_it_moved(history):
    text = done("show", "--from", history, "--sample", "HG002", "--kind", "small_variants")
    assert text.startswith("Small variants (1 sample)\n")
    snp = lines_of(text, "SNP")
    assert [line[line.index("HG002") + 1] for line in snp] == ["run1", "run2", "run3", "run5"]
    # f1 = 2 TP / (2 TP + FN + FP): 180/191, 190/197, 190/198, 180/195
    moved = ["", "+0.0221", "-0.0049", "-0.0365"]
    assert [line[-1] for line in snp[1:]] == moved[1:]
    assert [line[-1] for line in lines_of(text, "INDEL")][1:] == ["=", "=", "="]


def test_a_day_that_was_given_has_no_mark(history):
    text = done("show", "--from", history, "--sample", "HG003")
    (snp,) = lines_of(text, "SNP")
    assert snp[:3] == ["2026-10-31", "HG003", "GRCh37"]
    assert "2026-11-04" not in text


def test_verdicts_and_what_they_were(history):
    text = done("show", "--from", history, "--kind", "qc")
    first, second = lines_of(text, "HG002")
    assert first[:4] == ["2026-11-01", "HG002", "run1", "pass"]
    assert second[:6] == ["2026-11-02", "HG002", "run2", "fail", "was", "pass"]
    assert text.rstrip().endswith("mean coverage: mean coverage is fail")


def test_a_calibration_shows_the_largest_cause(history):
    text = done("show", "--from", history, "--kind", "calibration")
    (stalled,) = lines_of(text, "eava")
    assert stalled[-1] == "stalled"


def test_one_metric_with_all_its_rows(history):
    text = done("show", "--from", history, "--metric", "mean coverage")
    first, second = lines_of(text, "mean")[:2]
    assert first[:3] == ["2026-11-01", "HG002", "run1"]
    assert "28.5" in first and "-1.25" in first and "pass" in first
    assert "=" in second and "fail" in second


def test_only_since_a_day_and_only_some_rows(history):
    shown = json.loads(done("show", "--from", history, "--since", "2026-11-03", "--json"))
    assert {row["run"] for row in shown["rows"]} == {"run3", "run5"}
    where = ("--where", "subset=hard", "--metric", "recall", "--json")
    rows = json.loads(done("show", "--from", history, *where))["rows"]
    assert {row["value"] for row in rows} == {0.9} and len(rows) == 5


def test_json_follows_its_schema(history):
    shown = json.loads(done("show", "--from", history, "--json"))
    validate(shown)
    assert (shown["files"], shown["skipped"]) == (5, [])


def test_a_damaged_file_is_counted(tmp_path, history):
    into = tmp_path / "history"
    done("add", history.parent / "r1", "--into", into)
    (into / "2026-01-01-0123456789ab.parquet").write_bytes(b"PAR1")
    result = run("show", "--from", into)
    assert result.exit_code == 0
    assert "2026-01-01-0123456789ab.parquet: damaged" in result.stderr
    assert "1 of 2 files of the history were skipped" in result.stderr
    shown = json.loads(run("show", "--from", into, "--json").stdout)
    validate(shown)
    assert shown["skipped"][0]["file"] == "2026-01-01-0123456789ab.parquet"


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("--sample", "HG02"), 66, "did you mean HG002?"),
        (("--metric", "recal"), 66, "did you mean recall?"),
        (("--kind", "small"), 64, "no such kind"),
        (("--where", "subsets=x"), 64, "did you mean subset?"),
        (("--since", "2030-01-01"), 66, "no such rows"),
    ],
)
def test_what_is_not_there(history, more, code, words):
    said = problem("show", "--from", history, *more)
    assert said["code"] == code and words in said["message"]


@pytest.mark.parametrize("more", [("--since", "soon"), ("--where", "subset")])
def test_options_that_make_no_sense(history, more):
    assert run("show", "--from", history, *more).exit_code == 2


def test_another_truth_is_no_change(tmp_path):
    into = tmp_path / "history"
    for day, truth in ((1, "v4"), (2, "v5")):
        folder = tmp_path / str(day)
        results(folder, f"2026-11-0{day}T10:00:00.000Z", A=few_rows(90 - day))
        sheet(folder, ("A", "small_variants", "GRCh38", truth, ""))
        done("add", folder, "--into", into)
    text = done("show", "--from", into)
    assert [line[-2:] for line in lines_of(text, "SNP")][1] == ["other", "truth"]


def test_a_terminal_without_unicode_and_names_that_would_steer_it(tmp_path):
    data = verdict("HG002", "fail")
    data["samples"][0]["metrics"][0]["reason"] = "≥ 5 \x1b[31mred"
    put(tmp_path / "results", "qc", "HG002", data)
    into = tmp_path / "history"
    done("add", tmp_path / "results", "--into", into)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{REPOSITORY / 'workflow'}:{REPOSITORY}",
        "PYTHONIOENCODING": "ascii:strict",
        "PLUMBLINE_HISTORY": str(into),
    }
    shown = subprocess.run(
        [sys.executable, "-m", "control.cli", "history", "show"],
        env=environment,
        capture_output=True,
    )
    assert shown.returncode == 0, shown.stderr
    assert b"\\u2265 5 \\x1b[31mred" in shown.stdout


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (0.5, None, ""),
        (None, 0.5, ""),
        (0.5, 0.5, "="),
        (0.99, 0.98, "+0.0100"),
        (0.98, 0.99, "-0.0100"),
        (0.5000001, 0.5, "+1e-07"),
    ],
)
def test_how_far_a_fraction_moved(now, before, text):
    assert layout.change(now, before) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (1, "1.0000"), (0, "0.0000"), (0.99999, "0.99999"), (0.123456, "0.1235")],
)
def test_a_fraction_is_perfect_or_nil_only_when_it_is(value, text):
    assert layout.fraction(value) == text
