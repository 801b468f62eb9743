"""A history out of run directories."""

import json

import pytest
from history_lab import done, few_rows, problem, results, run, three_kinds

from engines.history import store
from engines.history.runs import read_runs

FIRST, SECOND, THIRD = "20261118-100000-aaaa", "20261119-100000-bbbb", "20261120-100000-cccc"


def run_directory(runs, run_id, workdir, start):
    (runs / run_id).mkdir(parents=True)
    data = {"state": "completed", "workdir": str(workdir), "start": start}
    (runs / run_id / "run.json").write_text(json.dumps(data))


@pytest.fixture
def runs(tmp_path):
    """A submitted run, two typed by hand into one folder, one without results, one damaged."""
    folder = tmp_path / "runs"
    own = folder / FIRST / "work"
    run_directory(folder, FIRST, own, "2026-11-18T10:00:00.000Z")
    results(own / "results", "2026-11-18T11:00:00.000Z", A=few_rows())
    hand = tmp_path / "hand"
    run_directory(folder, SECOND, hand, "2026-11-19T10:00:00.000Z")
    run_directory(folder, THIRD, hand, "2026-11-20T10:00:00.000Z")
    results(hand / "results", "2026-11-19T11:00:00.000Z", B=few_rows(60))
    results(hand / "results", "2026-11-20T11:00:00.000Z", C=few_rows(70))
    run_directory(folder, "20261121-100000-dddd", tmp_path / "gone", "2026-11-21T10:00:00.000Z")
    (folder / "20261122-100000-eeee").mkdir()
    (folder / "20261122-100000-eeee" / "run.json").write_text("{")
    (folder / "notes").mkdir()
    return folder


def runs_of(into):
    table, _ = store.read(into)
    columns = (table["sample"].to_pylist(), table["run"].to_pylist())
    return dict(zip(*columns, strict=True))


def test_every_result_is_of_the_run_that_made_it(tmp_path, runs):
    result = run("rebuild", runs, "--into", tmp_path / "h")
    assert result.exit_code == 0, result.output
    assert runs_of(tmp_path / "h") == {"A": FIRST, "B": SECOND, "C": THIRD}
    assert "20261121-100000-dddd: nothing to add" in result.stderr
    assert "its run.json cannot be read" in result.stderr
    assert "2 results folders of runs, 2 runs without one" in result.stderr


def test_again_adds_nothing(tmp_path, runs):
    done("rebuild", runs, "--into", tmp_path / "h")
    before = sorted(path.name for path in (tmp_path / "h").iterdir())
    done("rebuild", runs, "--into", tmp_path / "h")
    assert sorted(path.name for path in (tmp_path / "h").iterdir()) == before


def test_what_a_damaged_file_held_comes_back(tmp_path, runs):
    """Also where only its rows are damaged, and not what says which there are."""
    into = tmp_path / "h"
    done("rebuild", runs, "--into", into)
    whole = {path: path.read_bytes() for path in into.glob("*.parquet")}
    for path, content in whole.items():
        path.write_bytes(content[:30] + bytes([content[30] ^ 0xFF]) + content[31:])
    assert problem("show", "--from", into)["code"] == 65
    done("rebuild", runs, "--into", into)
    assert {path: path.read_bytes() for path in into.glob("*.parquet")} == whole


def test_a_folder_of_runs_that_was_moved(tmp_path, runs):
    moved = tmp_path / "elsewhere"
    runs.rename(moved)
    found = read_runs(moved)
    assert (moved / FIRST / "work" / "results").resolve() in found.results


def test_a_run_that_left_no_summary(tmp_path):
    folder = tmp_path / "runs"
    run_directory(folder, FIRST, tmp_path / "w", "2026-11-18T10:00:00.000Z")
    (tmp_path / "w" / "results").mkdir(parents=True)
    result = run("rebuild", folder, "--into", tmp_path / "h")
    assert result.exit_code == 0 and f"{FIRST}: nothing to add" in result.stderr


def test_a_folder_that_holds_no_runs(tmp_path):
    three_kinds(tmp_path / "results")
    assert problem("rebuild", tmp_path, "--into", tmp_path / "h")["code"] == 66
    assert problem("rebuild", tmp_path / "none", "--into", tmp_path / "h")["code"] == 66
