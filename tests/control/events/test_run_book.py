"""Which runs are looked at, and when."""

import os
import shutil
import time
from pathlib import Path

import pytest

from control.events import run_book as module
from control.events.run_book import LONGEST_PAUSE, RunBook

RUNS = [f"20261121-221005-{number:04x}" for number in (1, 0x8000, 0xFFFF)]


@pytest.fixture
def book(tmp_path: Path) -> RunBook:
    for run_id in RUNS:
        (tmp_path / run_id).mkdir()
    book = RunBook([tmp_path])
    book.discover(0.0)
    return book


def due(book: RunBook) -> list[str]:
    found = []
    while (run_id := book.next_due()) is not None:
        found.append(run_id)
    return found


def test_new_runs_are_due_newest_first_and_once(book: RunBook) -> None:
    assert due(book) == sorted(RUNS, reverse=True)
    assert due(book) == []
    book.sweep(1000.0)
    assert due(book) == [], "they are being read"


def test_a_run_that_is_over_is_looked_at_within_a_minute(
    book: RunBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SETTLED_SECONDS", 0.0)
    due(book)
    for run_id in RUNS:
        book.rests(run_id, (tmp_path / run_id).stat().st_mtime_ns, True, 0.0)
    book.sweep(61.0)
    assert due(book) == [], "nothing has changed"
    os.utime(tmp_path / RUNS[0])
    book.sweep(122.0)
    assert due(book) == [RUNS[0]]


def test_looks_are_spread_over_the_minute(book: RunBook, tmp_path: Path) -> None:
    due(book)
    for run_id in RUNS:
        book.rests(run_id, 0, True, 0.0)
    found = []
    for second in range(0, 62, 2):
        book.sweep(float(second))
        found.append(len(due(book)))
    assert sum(found) == 3 and max(found) == 1


def test_a_time_of_just_now_is_not_relied_on(book: RunBook, tmp_path: Path) -> None:
    due(book)
    seen_time = int(time.time() * 1e9)
    os.utime(tmp_path / RUNS[0], ns=(seen_time, seen_time))
    book.rests(RUNS[0], seen_time, True, 0.0)
    book.sweep(61.0)
    assert due(book) == [RUNS[0]]


def test_one_that_waits_is_doubted_now_and_then(
    book: RunBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SETTLED_SECONDS", 0.0)
    due(book)
    book.rests(RUNS[0], (tmp_path / RUNS[0]).stat().st_mtime_ns, False, 0.0)
    book.sweep(10.0)
    assert due(book) == []
    book.sweep(31.0)
    assert due(book) == [RUNS[0]]
    assert set(book.folders_to_watch()) == {str(tmp_path)}, "it is being read"


def test_a_run_that_fails_is_tried_ever_later(book: RunBook) -> None:
    due(book)
    pauses = [book.failed(RUNS[0], 0.0) for _ in range(20)]
    assert pauses == sorted(pauses) and pauses[-1] == LONGEST_PAUSE
    book.sweep(LONGEST_PAUSE - 1)
    assert due(book) == []
    book.sweep(LONGEST_PAUSE)
    assert due(book) == [RUNS[0]]
    book.rests(RUNS[0], 0, False, 0.0)
    assert book.failed(RUNS[0], 0.0) == pauses[0], "it begins anew after a success"


def test_what_is_gone_is_told_once(book: RunBook, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / RUNS[1])
    assert book.discover(100.0) == {RUNS[1]}
    assert RUNS[1] not in due(book)
    assert book.discover(200.0) == set()
    assert book.failed(RUNS[1], 0.0) == 0.0


def test_a_folder_that_cannot_be_listed_keeps_its_runs(book: RunBook, tmp_path: Path) -> None:
    kept = tmp_path.rename(tmp_path.with_name("away"))
    tmp_path.touch()
    assert book.discover(100.0) == set()
    assert "Not a directory" in book.problems[str(tmp_path)]
    tmp_path.unlink()
    kept.rename(tmp_path)
    assert book.discover(200.0) == set()
    assert (len(book), book.problems) == (3, {})
