"""Output appears whole or not at all."""

import errno
import os
import time
from pathlib import Path

import pytest

from engines.contract.errors import CannotWrite
from engines.contract.output import ABANDONED_SECONDS, staging, write_atomic


def test_files_appear_together_at_the_end(tmp_path: Path) -> None:
    prefix = tmp_path / "new" / "s"
    with staging(prefix) as staged:
        for end in (".a", ".b"):
            staged.with_name(staged.name + end).write_text(end)
        assert [p.name for p in prefix.parent.iterdir() if p.is_file()] == []
    assert sorted(p.name for p in prefix.parent.iterdir()) == ["s.a", "s.b"]


def test_failure_keeps_the_former_files(tmp_path: Path) -> None:
    prefix = tmp_path / "s"
    write_atomic(tmp_path / "s.a", "old")
    with pytest.raises(ZeroDivisionError), staging(prefix) as staged:
        staged.with_name("s.a").write_text("new")
        1 / 0  # noqa: B018
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("s.a", "old")]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG])
def test_a_full_disk_is_told_with_its_folder(tmp_path: Path, number: int) -> None:
    with pytest.raises(OSError) as caught, staging(tmp_path / "s"):
        raise OSError(number, os.strerror(number))
    assert caught.value.filename == str(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CannotWrite, match=r"^output folder .*file: cannot be made or written"),
        staging(tmp_path / "file" / "s"),
    ):
        pass


def test_leavings_of_a_killed_process_are_swept_once_they_are_old(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / n for n in (".s.abcdefgh", ".s.ijklmnop", ".t.abcdefgh"))
    for folder in (old, fresh, other):
        folder.mkdir()
        (folder / "half").write_text("")
    long_ago = time.time() - ABANDONED_SECONDS - 60
    for path in (old / "half", old, other / "half", other):
        os.utime(path, (long_ago, long_ago))
    write_atomic(tmp_path / "s", "whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".s.ijklmnop", ".t.abcdefgh", "s"]


def test_a_pipe_or_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "pipe.csv").write_text("earlier")
    with (
        pytest.raises(CannotWrite, match="pipe: is a device or a pipe"),
        staging(tmp_path / "pipe") as staged,
    ):
        staged.write_text("new")
        staged.with_name("pipe.csv").write_text("new")
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "pipe.csv").read_text() == "earlier"
