"""External programs: absent, failing, killed, out of space; indexes that are made once."""

import json
import os
import stat
from pathlib import Path

import pytest

from engines.contract.errors import CannotWrite, EngineError, Transient, Unavailable
from engines.screen.calling import tool
from engines.screen.calling.kept import kept, key_of
from engines.screen.calling.tool import Tool, run

NONE = Tool("no-such-tool", ("debian-name", "conda-name"), ("-v",), "calling of genes")


def program(folder: Path, text: str) -> str:
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_missing_program_says_how_to_get_it():
    with pytest.raises(Unavailable, match="no calling of genes without it") as failure:
        NONE.path()
    assert "apt install debian-name" in failure.value.hint
    assert "conda-name" in failure.value.hint
    assert not NONE.there()


def test_a_version_is_read_wherever_it_is_told(tmp_path, monkeypatch):
    program(tmp_path, "echo KMA-1.4.11 >&2")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert Tool("tool", ("a", "b"), ("-v",), "x").version() == "1.4.11"
    program(tmp_path, "echo what")
    with pytest.raises(Unavailable, match="does not say its version"):
        Tool("tool", ("a", "b"), ("-v",), "x").version()


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("echo '# note'; echo 'Wrong format of DB.' >&2; exit 1", EngineError, "code 1: Wrong"),
        ("exit 3", EngineError, "it said nothing"),
        ("echo 'write: No space left on device' >&2; exit 2", Transient, "No space left"),
        ("kill -9 $$", Transient, "signal 9"),
        ("exit 137", Transient, "signal 9"),
    ],
)
def test_how_a_program_ends_is_told(tmp_path, text, error, words):
    with pytest.raises(error, match=words):
        run([program(tmp_path, text)], tmp_path)
    assert not list(tmp_path.glob(".*.stderr"))


def test_a_program_that_succeeds(tmp_path):
    assert run([program(tmp_path, "pwd >&2")], tmp_path).strip() == str(tmp_path)
    tool.check("x", 0, "warnings are no failure")


# --- indexes that are kept -----------------------------------------------------


def test_an_index_is_made_once_and_again_when_damaged(tmp_path):
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "index").write_text("whole")

    first = kept("kma", "key", make, ["index"], tmp_path)
    assert kept("kma", "key", make, ["index"], tmp_path) == first
    assert len(made) == 1
    (first / "index").write_text("cut")
    assert (kept("kma", "key", make, ["index"], tmp_path) / "index").read_text() == "whole"
    (first / "done.json").write_text("{")
    kept("kma", "key", make, ["index"], tmp_path)
    assert len(made) == 3
    assert json.loads((first / "done.json").read_text()) == {"index": 5}
    assert [path.name for path in (tmp_path / "kma").iterdir()] == ["key"]


def test_an_index_that_fails_leaves_nothing(tmp_path):
    def make(folder: Path) -> None:
        (folder / "index").write_text("half")
        raise EngineError("failed")

    with pytest.raises(EngineError, match="failed"):
        kept("kma", "key", make, ["index"], tmp_path)
    assert list((tmp_path / "kma").iterdir()) == []


def test_of_two_that_make_the_same_index_the_first_one_stays(tmp_path):
    def make(folder: Path) -> None:
        (folder / "index").write_text("mine")
        if not (tmp_path / "kma/key").exists():  # while ours is made, another one's is finished
            kept("kma", "key", make_other, ["index"], tmp_path)

    def make_other(folder: Path) -> None:
        (folder / "index").write_text("other")

    assert (kept("kma", "key", make, ["index"], tmp_path) / "index").read_text() == "other"


def test_a_cache_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="file"):
        kept("kma", "key", lambda folder: None, [], tmp_path / "file")


def test_other_parts_make_another_key():
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("a", b"b") == key_of(b"a", "b")
