"""What a job took, from the file that Snakemake writes: and only from that."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.events import benchmark_file
from control.events.benchmark_file import read_usage
from control.events.job_attempts import JobAttempt
from control.events.tail import NotFollowed

HEADER = (
    "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"  # 9.27
)
ROW = "12.5000\t0:00:12\t512.25\t900.00\t500.00\t505.00\t3.50\t1.25\t180.00\t22.75\n"
AGAIN = "9.0000\t0:00:09\t100.00\t900.00\t500.00\t505.00\t0.50\t1.00\t180.00\t10.00\n"
NOTHING = "0.0500\t0:00:00\tNA\tNA\tNA\tNA\tNA\tNA\tNA\tNA\n"
UID = os.getuid()


def attempt(path: str) -> JobAttempt:
    return JobAttempt(1, 3, 1, "2026-11-21T22:10:05.000Z", rule="align", benchmark=path)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work" / "benchmarks").mkdir(parents=True)
    return tmp_path / "work"


@pytest.mark.parametrize(
    ("content", "usage"),
    [
        (
            HEADER + ROW,
            {"peak_memory_mb": 512.25, "cpu_s": 22.75, "read_mb": 3.5, "written_mb": 1.25},
        ),
        (
            HEADER + ROW + AGAIN,
            {"peak_memory_mb": 512.25, "cpu_s": 32.75, "read_mb": 4.0, "written_mb": 2.25},
        ),
        (HEADER + NOTHING, {}),
        (HEADER + NOTHING.replace("NA", "-", 3), {}),
        (HEADER + ROW.replace("512.25", "nan").replace("22.75", "-1"), {"read_mb": 3.5}),
        ("max_rss\n" + "1" * 400 + "\n", {}),
        ("", {}),
        ("no table at all\x00\xff", {}),
    ],
)
def test_a_table(work: Path, content: str, usage: dict[str, float]) -> None:
    (work / "benchmarks" / "A.tsv").write_text(content)
    read = read_usage(attempt("benchmarks/A.tsv"), str(work), UID)
    assert usage.items() <= read.items()
    assert usage or not read


def test_lines_of_json(work: Path) -> None:
    rows = [{"max_rss": 10, "cpu_time": 1.5, "io_in": "NA"}, {"max_rss": 30.5, "cpu_time": 2}]
    lines = [*map(json.dumps, rows), "[]", "{"]
    (work / "benchmarks" / "A.jsonl").write_text("\n".join(lines))
    usage = read_usage(attempt("benchmarks/A.jsonl"), str(work), UID)
    assert usage == {"peak_memory_mb": 30.5, "cpu_s": 3.5}


def test_by_its_whole_name_and_through_a_linked_workdir(work: Path, tmp_path: Path) -> None:
    (work / "benchmarks" / "A.tsv").write_text(HEADER + ROW)
    linked = tmp_path / "linked"
    linked.symlink_to(work)
    for workdir in (work, linked):
        for path in (
            "benchmarks/A.tsv",
            str(workdir / "benchmarks/A.tsv"),
            "./x/../benchmarks/A.tsv",
        ):
            assert read_usage(attempt(path), str(workdir), UID)["cpu_s"] == 22.75


@pytest.mark.parametrize("path", ["", "benchmarks/none.tsv", "none/A.tsv", "a\x00b"])
def test_what_is_not_there_tells_nothing(work: Path, path: str) -> None:
    assert read_usage(attempt(path), str(work), UID) == {}
    assert read_usage(attempt(path), "", UID) == {}


@pytest.mark.parametrize("path", ["../outside.tsv", "benchmarks/../../outside.tsv", "/etc/passwd"])
def test_nothing_outside_of_the_workdir_is_read(work: Path, path: str) -> None:
    (work.parent / "outside.tsv").write_text(HEADER + ROW)
    with pytest.raises(NotFollowed, match="outside"):
        read_usage(attempt(path), str(work), UID)


def test_no_link_no_pipe_and_nothing_of_somebody_else(work: Path) -> None:
    (work.parent / "outside.tsv").write_text(HEADER + ROW)
    (work / "link.tsv").symlink_to(work.parent / "outside.tsv")
    (work / "folder").symlink_to(work.parent)
    os.mkfifo(work / "pipe.tsv")
    (work / "A.tsv").write_text(HEADER + ROW)
    for path in ("link.tsv", "folder/outside.tsv", "pipe.tsv", "benchmarks"):
        with pytest.raises(NotFollowed):
            read_usage(attempt(path), str(work), UID)
    with pytest.raises(NotFollowed, match="another user"):
        read_usage(attempt("A.tsv"), str(work), UID + 1)


def test_of_a_file_without_end_the_beginning_is_read(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark_file, "_LARGEST", len(HEADER + ROW))
    (work / "A.tsv").write_text(HEADER + ROW + ROW * 1000)
    assert read_usage(attempt("A.tsv"), str(work), UID)["cpu_s"] == 22.75


@given(st.text(max_size=200))
def test_whatever_it_holds_nothing_is_raised(text: str) -> None:
    for is_json in (False, True):
        usage = benchmark_file._usage(HEADER + text if not is_json else text, is_json)
        assert all(value >= 0 for value in usage.values())
