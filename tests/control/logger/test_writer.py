"""The line writer: whole lines only, whatever breaks; and errors that never get out."""

import json
import os
import resource
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakemake_logger_plugin_plumbline.writer import IN_FULL, ErrorLog, LineWriter

objects = st.dictionaries(
    st.text(st.characters(codec=None)),
    st.text(st.characters(codec=None)) | st.integers() | st.none(),
    max_size=4,
)


def whole_lines(path: Path) -> list[dict[str, Any]]:
    """What any reader gets: ended lines that are JSON."""
    lines = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    return lines


@given(st.lists(objects, min_size=1, max_size=6), st.lists(objects, max_size=3), st.data())
def test_a_kill_at_any_byte_costs_only_the_line_it_hits(
    before: list[dict[str, Any]], after: list[dict[str, Any]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, errors = Path(folder) / "lines", list[Exception]()
        first = LineWriter(path, errors.append)
        ends = []
        for fields in before:
            first.append(fields)
            ends.append(path.stat().st_size - 1)  # the newline is not needed to be whole
        first.close()
        killed_at = data.draw(st.integers(0, path.stat().st_size))
        os.truncate(path, killed_at)
        kept = [fields for fields, end in zip(before, ends, strict=True) if end <= killed_at]
        second = LineWriter(path, errors.append)
        for fields in [{"again": True}, *after]:
            second.append(fields)
        second.close()
        assert whole_lines(path) == [*kept, {"again": True}, *after]
        assert not errors


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """A real limit, at which the system cuts a write in two, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_no_half_line_and_says_what_was_lost(tmp_path: Path) -> None:
    path, errors = tmp_path / "lines", list[Exception]()
    writer = LineWriter(path, errors.append)
    writer.append({"n": 1})
    whole = path.read_bytes()
    with no_file_larger_than(len(whole) + 5):
        writer.append({"n": 2})
        writer.append({"n": 3})
        assert path.read_bytes() == whole
    writer.append({"n": 4})
    writer.close()
    first, notice, last = whole_lines(path)
    assert (first, last) == ({"n": 1}, {"n": 4})
    assert (notice["event"], notice["count"]) == ("events_lost", 2)
    assert len(errors) == 2 and len(path.read_bytes().splitlines()) == 3


def test_where_it_cannot_be_cut_off_the_next_line_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_fd: int, _size: int) -> None:
        raise OSError(5, "Input/output error")

    path, errors = tmp_path / "lines", list[Exception]()
    writer = LineWriter(path, errors.append)
    writer.append({"n": 1})
    monkeypatch.setattr("os.ftruncate", refuse)
    with no_file_larger_than(path.stat().st_size + 5):
        writer.append({"n": 2})
    writer.append({"n": 3})
    lines = whole_lines(path)
    assert (lines[0], lines[1]["count"], lines[2]) == ({"n": 1}, 1, {"n": 3})


def test_it_waits_for_nothing_and_opens_again(tmp_path: Path) -> None:
    path, errors = tmp_path / "later" / "lines", list[Exception]()
    writer = LineWriter(path, errors.append)
    writer.append({"n": 1})
    assert [type(error) for error in errors] == [FileNotFoundError] and not path.parent.exists()
    path.parent.mkdir()
    writer.append({"n": 2})
    assert [line.get("count") or line["n"] for line in whole_lines(path)] == [1, 2]


def test_what_cannot_be_written_is_counted(tmp_path: Path) -> None:
    path, errors = tmp_path / "lines", list[Exception]()
    writer = LineWriter(path, errors.append)
    writer.append({"bad": float("nan")})
    writer.append({"bad": object()})
    writer.lose(3)
    writer.append({"n": 1})
    assert len(errors) == 2 and whole_lines(path)[0]["count"] == 5


def test_a_deleted_file_is_told_at_the_end(tmp_path: Path) -> None:
    path, errors = tmp_path / "lines", list[Exception]()
    writer = LineWriter(path, errors.append)
    writer.append({"n": 1})
    path.unlink()
    writer.append({"n": 2})
    assert not errors
    writer.close()
    writer.close()
    writer.append({"n": 3})
    assert len(errors) == 1 and "deleted while it was written" in str(errors[0])
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_permissions_do_not_depend_on_the_umask(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o077)
    try:
        LineWriter(tmp_path / "lines", print, mode).append({})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "lines").stat().st_mode) == mode


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    writer = LineWriter(path, print)

    def write() -> None:
        for _ in range(200):
            writer.append({"text": "x" * 300})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert whole_lines(path) == [{"text": "x" * 300}] * 800


def test_errors_are_written_in_full_then_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = ErrorLog()
    log.note("too early", ValueError("token=abc"))  # before there is a directory
    log.open(tmp_path / "errors", 0o600)
    for number in range(IN_FULL + 4):
        log.note("odd", KeyError(number))
    log.close()
    lines = whole_lines(tmp_path / "errors")
    assert lines[0]["error"] == "too early: ValueError: token=***"
    assert len(lines) == IN_FULL + 1
    assert lines[-1]["errors"] == log.count == IN_FULL + 5
    assert lines[-1]["kinds"] == {"too early: ValueError": 1, "odd: KeyError": IN_FULL + 4}
    assert capsys.readouterr().err == ""


def test_no_error_no_file(tmp_path: Path) -> None:
    log = ErrorLog()
    log.open(tmp_path / "errors", 0o600)
    log.close()
    assert not (tmp_path / "errors").exists()


@pytest.mark.parametrize("opened", [True, False])
def test_errors_with_nowhere_to_go_are_one_line_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], opened: bool
) -> None:
    log = ErrorLog()
    if opened:
        log.open(tmp_path / "gone" / "errors", 0o600)
    log.note("first", ValueError("x"))
    log.note("second", ValueError("y"))
    log.close()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "2 errors" in said and "first: first: ValueError: x" in said


def test_a_closed_stderr_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    log = ErrorLog()
    log.note("first", ValueError("x"))
    log.close()
