"""Small files of others: read at once, or not at all."""

import os
from pathlib import Path

import pytest

from control.record import small_file
from control.record.small_file import read_small


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("é\n")
    assert read_small(tmp_path / "a") == "é\n"


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    for path in (tmp_path / "pipe", tmp_path / "link", tmp_path, Path("/dev/zero")):
        with pytest.raises(OSError, match=r"regular|Is a directory|symbolic links"):
            read_small(path)
    with pytest.raises(FileNotFoundError):
        read_small(tmp_path / "none")


def test_what_is_no_text_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"\xff")
    with pytest.raises(ValueError, match="utf-8"):
        read_small(tmp_path / "a")
    monkeypatch.setattr(small_file, "LARGEST", 3)
    (tmp_path / "a").write_text("abcd")
    with pytest.raises(ValueError, match="larger than 3 bytes"):
        read_small(tmp_path / "a")
