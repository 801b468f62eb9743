"""The file of a job that was given up: written by one, read by another who trusts nothing in it."""

import json
import os
from pathlib import Path

import pytest

from control.record.dead_letter import (
    FOLDER,
    DeadLetter,
    Failure,
    Input,
    Try,
    UnreadableLetter,
    is_letter,
    name_of,
    read_letter,
)

LETTER = DeadLetter(
    id=name_of("fetch/HG002"),
    job="fetch/HG002",
    command="plumbline references ensure HG002",
    workdir="/data/run",
    host="node1",
    created="2026-11-21T22:10:05.123Z",
    error=Failure("transient", 75, "no connection", "look at the network"),
    inputs=[Input("a.vcf", 12, 1.5), Input("gone.vcf")],
    attempts=[Try(1, "2026-11-21T22:10:05.123Z", "2026-11-21T22:10:06.123Z", 75, "transient", "m")],
    log="line\n",
)
PATH = str(FOLDER / f"{LETTER.id}.json")


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / PATH).write_text(LETTER.to_json())
    return tmp_path


def test_read_back_as_written(workdir):
    assert read_letter(workdir, PATH) == LETTER


def test_a_later_version_may_say_more(workdir):
    content = json.loads(LETTER.to_json()) | {"colour": "blue"}
    content["error"]["since"] = 3
    (workdir / PATH).write_text(json.dumps(content))
    assert read_letter(workdir, PATH) == LETTER


@pytest.mark.parametrize(
    "change",
    [
        {"job": 3},
        {"error": None},
        {"error": {"code": "x", "error_class": "transient", "message": ""}},
        {"error": {"code": True, "error_class": "transient", "message": ""}},
        {"attempts": [3]},
        {"attempts": [{}]},
        {"inputs": [{"path": 1}]},
    ],
)
def test_nonsense_is_an_error_with_the_file(workdir, change):
    (workdir / PATH).write_text(json.dumps(json.loads(LETTER.to_json()) | change))
    with pytest.raises(UnreadableLetter, match=str(workdir / PATH)):
        read_letter(workdir, PATH)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 5000])
def test_no_object_is_an_error(workdir, text):
    (workdir / PATH).write_text(text)
    with pytest.raises(UnreadableLetter):
        read_letter(workdir, PATH)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../.plumbline/dead_letters/a-00000000.json",
        ".plumbline/dead_letters/../../x-00000000.json",
        ".plumbline/dead_letters/x.json",
        ".plumbline/dead_letters/x.y-00000000.json",
        ".plumbline/attempts/x-00000000.json",
        ".plumbline/dead_letters/x-00000000.txt",
        "",
    ],
)
def test_no_other_file_is_read(workdir, path):
    assert not is_letter(path)
    with pytest.raises(UnreadableLetter, match="not the path of a dead letter"):
        read_letter(workdir, path)


def test_not_through_a_link(workdir, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (workdir / PATH).rename(other / f"{LETTER.id}.json")
    (workdir / PATH).symlink_to(other / f"{LETTER.id}.json")
    with pytest.raises(UnreadableLetter):
        read_letter(workdir, PATH)
    (workdir / PATH).unlink()
    (workdir / FOLDER).rmdir()
    (workdir / FOLDER).symlink_to(other)
    with pytest.raises(UnreadableLetter, match="link"):
        read_letter(workdir, PATH)


def test_a_pipe_in_its_place_does_not_hold_the_reader(workdir):
    (workdir / PATH).unlink()
    os.mkfifo(workdir / PATH)
    with pytest.raises(UnreadableLetter):
        read_letter(workdir, PATH)


def test_names_are_safe_and_differ():
    names = [name_of(job) for job in ("a/b", "a_b", "", "..", "ä" * 300, "x" * 300, "-rf", "a b")]
    assert len(set(names)) == len(names)
    assert all(is_letter(f".plumbline/dead_letters/{name}.json") for name in names)
