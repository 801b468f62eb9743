"""The folder of the history: added once, whole, and never changed."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from history_lab import (
    done,
    few_rows,
    problem,
    put,
    results,
    three_kinds,
    unprivileged_folder,
    validate,
    verdict,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qc_lab import judged, write_sample

from engines.contract.errors import BadData, CannotWrite
from engines.history import columns, store
from engines.history.gather import gather

REPOSITORY = Path(__file__).resolve().parents[3]
PLUMBLINE = [sys.executable, "-m", "engines.history"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'workflow'}:{REPOSITORY}"}


def parquet(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def test_a_results_folder_becomes_one_file_that_says_what_it_is(tmp_path):
    into = tmp_path / "history"
    done("add", three_kinds(tmp_path / "results"), "--into", into)
    (file,) = parquet(into)
    assert file.name.startswith("2026-11-20-") and len(file.stem) == 23
    told = json.loads(pq.read_metadata(file).metadata[columns.METADATA])
    validate(told, "history.metadata")
    assert [(e["kind"], e["sample"]) for e in told["summaries"]] == [
        ("calibration", "mothers"),
        ("small_variants", "HG002"),
        ("structural_variants", "HG002"),
    ]
    assert all(field.metadata[b"says"] for field in pq.read_schema(file))


def test_the_same_summaries_are_not_added_again(tmp_path):
    into, folder = tmp_path / "history", three_kinds(tmp_path / "results")
    done("add", folder, "--into", into)
    before = {file: file.stat().st_mtime_ns for file in into.iterdir()}
    # the same numbers, made again on another day, in another place, by another run
    again = three_kinds(tmp_path / "other" / "results", "2026-11-21T10:00:00.000Z")
    done("add", again, "--into", into, "--run", "second")
    assert {file: file.stat().st_mtime_ns for file in into.iterdir()} == before


def test_only_what_is_new_is_added(tmp_path):
    into, folder = tmp_path / "history", results(tmp_path / "results", A=few_rows(), B=few_rows())
    done("add", folder, "--into", into)
    results(folder, B=few_rows(80, 20), C=few_rows())
    done("add", folder, "--into", into)
    table, found = store.read(into)
    assert [len(entries) for entries in found.files.values()] == [2, 2]
    assert len(parquet(into)) == 2
    samples = [entry.sample for entry in sorted(found.entries)]
    assert samples == ["A", "B", "B", "C"]
    assert len(table) == 4 * (3 * 13 + 5)


def test_every_qc_metric_only_when_it_is_asked_for(tmp_path):
    folder = tmp_path / "results"
    put(folder, "qc", "HG002", verdict())
    metric = {"source": "x", "category": "vc", "metric": "Ti/Tv", "group": "", "value": 2.1}
    metrics = {
        **{"schema": "plumbline/qc.summary/1", "version": "0.1.0", "sample": "HG002"},
        **{"date": "2026-11-18", "skipped": 0, "metrics": [{**metric, "unit": ""}]},
    }
    (folder / "qc" / "HG002.qc.json").write_text(json.dumps(metrics))
    done("add", folder, "--into", tmp_path / "few")
    assert {entry.kind for entry in store.contents(tmp_path / "few").entries} == {"qc"}
    done("add", folder, "--into", tmp_path / "all", "--all")
    table, _ = store.read(tmp_path / "all", lambda entry: entry.kind == "qc_metrics")
    assert table.filter(pa.compute.field("metric") == "Ti/Tv")["value"].to_pylist() == [2.1]


def test_what_qc_judge_says_of_each_sample(tmp_path):
    """The real command, one verdict for each sample."""
    folder = tmp_path / "results" / "qc"
    coverage = ("coverage", "Average alignment coverage over genome")
    for number in range(10):
        write_sample(
            folder, f"S{number}", [(*coverage, 40.0 + number)], f"2026-11-{number + 1:02d}"
        )
    judged(tmp_path / "all", *sorted(folder.glob("*.qc.json")), "--each", folder)
    done("add", tmp_path / "results", "--into", tmp_path / "h")
    table, found = store.read(tmp_path / "h")
    assert [entry.sample for entry in sorted(found.entries)] == [f"S{n}" for n in range(10)]
    rows = table.filter(pa.compute.field("metric") == coverage[1]).to_pylist()
    assert [row["value"] for row in rows] == [40.0 + number for number in range(10)]
    assert [row["date"].day for row in rows] == list(range(1, 11))
    # the others are 41 to 49, with a median of 45 and a MAD of 2
    assert rows[0]["z"] == pytest.approx(0.6745 * (40 - 45) / 2)
    assert {row["dated"] for row in rows} == {"given"}


def test_a_file_is_the_same_bytes_whenever_it_is_made(tmp_path):
    folder = three_kinds(tmp_path / "results")
    for name in ("one", "two"):
        done("add", folder, "--into", tmp_path / name)
    (one,), (two,) = parquet(tmp_path / "one"), parquet(tmp_path / "two")
    assert (one.name, one.read_bytes()) == (two.name, two.read_bytes())


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=3, unique=True))
def test_the_rows_do_not_depend_on_how_they_came(tmp_path_factory, order, cuts):
    base = tmp_path_factory.mktemp("history")
    rows = {f"S{n}": few_rows(90 - n) for n in range(4)}
    everything = {e.entry: e for e in gather(results(base / "results", **rows)).found}
    entries = sorted(everything)
    pieces = [order[a:b] for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 4], strict=True)]
    for piece in [*filter(None, pieces), order]:  # the last is all of it once more
        tables = {entries[n]: everything[entries[n]].table for n in piece}
        store.add(base / "h", tables, max(everything[each].made for each in tables))
    table, _ = store.read(base / "h")
    whole = pa.concat_tables([everything[each].table for each in entries])
    assert table.to_pylist() == store.in_order(whole).to_pylist()


def test_many_processes_at_once_add_each_result_once(tmp_path):
    into = tmp_path / "history"
    shared = results(tmp_path / "shared", A=few_rows(), B=few_rows(70, 30))
    folders = [results(tmp_path / f"r{n}", **{f"S{n}": few_rows(50 + n)}) for n in range(2)]
    started = [
        subprocess.Popen(
            [*PLUMBLINE, "add", str(shared), str(own), "--into", str(into)],
            env=ENVIRONMENT,
            stderr=subprocess.DEVNULL,
        )
        for own in (folders[0], folders[1], folders[0], folders[1])
    ]
    assert [process.wait() for process in started] == [0, 0, 0, 0]
    found = store.contents(into)
    assert not found.skipped
    held = [entry for entries in found.files.values() for entry in entries]
    assert sorted(entry.sample for entry in held) == ["A", "B", "S0", "S1"]


def test_whoever_adds_waits_for_the_one_at_work(tmp_path):
    into, folder = tmp_path / "history", results(tmp_path / "results", A=few_rows())
    into.mkdir()
    with open(into / store.LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = subprocess.Popen(
            [*PLUMBLINE, "add", str(folder), "--into", str(into)],
            env=ENVIRONMENT,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr is not None
        assert "another process is adding to it" in waiting.stderr.readline()
        assert not parquet(into)
    waiting.communicate()
    assert waiting.returncode == 0 and len(parquet(into)) == 1


KILLED = """
    import signal, os, sys
    from pathlib import Path
    from engines.history import cli, store
    def write(table, path):
        path.write_bytes(b"PAR1 half of it")
        os.kill(os.getpid(), signal.SIGKILL)
    store.write = write
    cli.history(["add", sys.argv[1], "--into", sys.argv[2]])
"""


def test_a_kill_leaves_nothing_that_is_read_and_the_next_add_cleans_up(tmp_path):
    into, folder = tmp_path / "history", three_kinds(tmp_path / "results")
    code = textwrap.dedent(KILLED)
    killed = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(into)], env=ENVIRONMENT, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL
    left = [path for path in into.iterdir() if path.name != store.LOCK]
    assert len(left) == 1 and left[0].name.startswith(".")
    assert store.contents(into) == store.Contents()
    done("add", folder, "--into", into)
    assert sorted(path.name for path in into.iterdir()) == [store.LOCK, parquet(into)[0].name]


def test_a_folder_that_may_only_be_read(tmp_path):
    gathered = gather(three_kinds(tmp_path / "results"))
    tables = {each.entry: each.table for each in gathered.found}
    with unprivileged_folder() as folder:
        for into in (folder, folder / "history"):
            with pytest.raises(CannotWrite, match="Permission denied") as caught:
                store.add(into, tables, gathered.found[0].made)
            assert caught.value.code == 73


def test_a_history_that_has_it_all_need_not_be_writable(tmp_path):
    gathered = gather(three_kinds(tmp_path / "results"))
    tables = {each.entry: each.table for each in gathered.found}
    made = gathered.found[0].made
    with unprivileged_folder(lambda folder: store.add(folder, tables, made)) as folder:
        assert store.add(folder, tables, made) is None


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "h").write_text("x")
    said = problem("add", three_kinds(tmp_path / "results"), "--into", tmp_path / "h")
    assert said["code"] == 73
    assert problem("show", "--from", tmp_path / "h")["code"] == 66


def damage_tail(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def damage_page(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[40] ^= 0xFF
    file.write_bytes(content)


def make_foreign(file: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), file)


def make_empty(file: Path) -> None:
    file.write_bytes(b"")


def make_odd(file: Path) -> None:
    schema = pa.schema([("x", pa.int8())], {columns.METADATA: b'{"schema": 5}'})
    pq.write_table(schema.empty_table(), file)


@pytest.mark.parametrize(
    "harm", [damage_tail, damage_page, make_foreign, make_empty, make_odd], ids=lambda f: f.__name__
)
def test_a_damaged_file_is_named_and_skipped(tmp_path, harm):
    into = tmp_path / "history"
    done("add", results(tmp_path / "a", A=few_rows()), "--into", into)
    (bad,) = parquet(into)
    done("add", results(tmp_path / "b", B=few_rows(60, 40)), "--into", into)
    harm(bad)
    table, found = store.read(into)
    assert set(table["sample"].to_pylist()) == {"B"}
    assert list(found.skipped) == [bad]


def test_no_changed_byte_of_the_rows_goes_unseen(tmp_path):
    """The headers of pages too, which have no checksum in Parquet."""
    into = tmp_path / "history"
    done("add", results(tmp_path / "a", A=few_rows()), "--into", into)
    (file,) = parquet(into)
    whole, rows = file.read_bytes(), store.read_file(file).to_pylist()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for place in range(footer):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises(BadData, match="damaged"):
            store.read_file(file)
    file.write_bytes(whole)
    assert store.read_file(file).to_pylist() == rows


def test_a_changed_name_of_a_column_is_seen(tmp_path):
    """It would be a column that older files lack, and empty."""
    into = tmp_path / "history"
    done("add", results(tmp_path / "a", A=few_rows()), "--into", into)
    (file,) = parquet(into)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"metric_group", b"metric_grouq", 1))
    assert file.read_bytes() != whole
    with pytest.raises(BadData, match="damaged"):
        store.read_file(file)


def test_a_damaged_file_is_made_again_by_adding_it_again(tmp_path):
    into, folder = tmp_path / "history", three_kinds(tmp_path / "results")
    done("add", folder, "--into", into)
    (file,) = parquet(into)
    whole = file.read_bytes()
    damage_tail(file)
    done("add", folder, "--into", into)
    assert parquet(into) == [file] and file.read_bytes() == whole


def test_a_file_of_a_newer_version_is_left_as_it_is(tmp_path, monkeypatch):
    into, folder = tmp_path / "history", three_kinds(tmp_path / "results")
    gathered = gather(folder)
    tables = {each.entry: each.table for each in gathered.found}
    with monkeypatch.context() as newer:
        newer.setattr(columns, "SCHEMA", "plumbline/history/2")
        store.add(into, tables, gathered.found[0].made)
    (file,) = parquet(into)
    before = file.read_bytes()
    said = problem("add", folder, "--into", into)
    assert said["code"] == 73 and "plumbline/history/2" in said["message"]
    assert file.read_bytes() == before
    assert problem("show", "--from", into)["code"] == 65


def test_a_file_of_an_older_version_is_read(tmp_path):
    """Columns that it did not have are empty or null; one that is gone is passed over."""
    into = tmp_path / "history"
    done("add", results(tmp_path / "a", A=few_rows()), "--into", into)
    (file,) = parquet(into)
    table = pq.read_table(file)
    told = json.loads(table.schema.metadata[columns.METADATA])
    told["columns"] = {k: v for k, v in told["columns"].items() if k not in ("fit", "z")}
    told["columns"]["gone"] = "what no later version has"
    metadata = {columns.METADATA: json.dumps(told).encode()}
    older = table.drop_columns(["fit", "z"]).append_column("gone", pa.nulls(len(table), pa.int8()))
    pq.write_table(older.replace_schema_metadata(metadata), file)
    done("add", results(tmp_path / "b", B=few_rows()), "--into", into)
    read, found = store.read(into)
    assert not found.skipped and read.column_names == list(columns.NAMES)
    assert set(read["fit"].to_pylist()) == {""} and set(read["z"].to_pylist()) == {None}
    assert set(read["sample"].to_pylist()) == {"A", "B"}


def test_the_same_summary_in_two_files_is_read_once(tmp_path):
    """Where a file system has no locks two processes may both have added it."""
    into = tmp_path / "history"
    done("add", results(tmp_path / "a", A=few_rows(), B=few_rows()), "--into", into)
    done("add", results(tmp_path / "c", A=few_rows()), "--into", tmp_path / "other")
    (twice,) = parquet(tmp_path / "other")
    twice.rename(into / twice.name)
    table, found = store.read(into)
    assert len(found.files) == 2 and len(table) == 2 * (3 * 13 + 5)


def test_a_summary_that_cannot_be_used_is_named_and_the_others_are_added(tmp_path):
    folder = results(tmp_path / "results", A=few_rows(), B=few_rows())
    (folder / "small_variants" / "B.summary.json").write_text('{"schema"')
    said = problem("add", folder, "--into", tmp_path / "h")
    assert said["code"] == 65 and "B.summary.json" in said["message"]
    assert {entry.sample for entry in store.contents(tmp_path / "h").entries} == {"A"}


def test_samples_of_earlier_runs_in_the_folder_are_not_of_this_one(tmp_path):
    folder = results(tmp_path / "results", A=few_rows(), old=few_rows())
    (folder / "samples.tsv").write_text("sample\tvariants\nA\tsmall_variants\n")
    done("add", folder, "--into", tmp_path / "h")
    assert {entry.sample for entry in store.contents(tmp_path / "h").entries} == {"A"}


def test_nothing_to_add(tmp_path):
    assert problem("add", tmp_path, "--into", tmp_path / "h")["code"] == 66
    assert problem("add", tmp_path / "none", "--into", tmp_path / "h")["code"] == 66
    assert not (tmp_path / "h").exists()
