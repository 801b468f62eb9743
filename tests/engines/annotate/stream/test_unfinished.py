import errno
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engines.annotate.stream.unfinished import CHECKPOINT, FILES, Unfinished
from engines.contract.errors import BadUsage, Transient
from tests.support import annotate_stand_ins as stand_ins
from tests.support.waiting import poll

COUNT = 200


def kept(folder: Path) -> dict[str, bytes]:
    return {name: (folder / ".tumour.unfinished" / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    stand_ins.run(folder, COUNT)
    return kept(folder)


def numbers(lines: bytes) -> list[int]:
    return [json.loads(line)["data"]["number"] for line in lines.splitlines()]


def test_every_call_and_error_has_a_number_without_gaps(whole: dict[str, bytes]) -> None:
    assert numbers(whole["messages.ndjson"]) == list(range(1, COUNT + 3))
    kinds = [json.loads(line)["type"] for line in whole["messages.ndjson"].splitlines()]
    assert kinds.count("variant_error") == COUNT // 7 + 1


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_point_the_same_files_come_of_it(
    seed: int, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    """As `kill -9` does; three times in a row, after some more messages each."""
    chance = random.Random(seed)
    program = [sys.executable, stand_ins.__file__, str(tmp_path), str(COUNT), "0.002"]
    log = tmp_path / "log"
    for _ in range(3):
        before = log.stat().st_size if log.exists() else 0
        wanted = before + chance.randrange(1, 40_000)
        process = subprocess.Popen(program, env=os.environ)
        poll(lambda w=wanted, p=process: size(log) > w or p.poll() is not None)
        process.send_signal(signal.SIGKILL)
        process.wait()
    stand_ins.run(tmp_path, COUNT)
    assert kept(tmp_path) == whole


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.parametrize("cut", [1, 100, 5000])
def test_what_stands_behind_the_checkpoint_is_cut_off(cut: int, tmp_path: Path) -> None:
    stand_ins.run(tmp_path, 50)
    for name in FILES:
        with open(tmp_path / ".tumour.unfinished" / name, "ab") as file:
            file.write(b"x" * cut)
    assert stand_ins.run(tmp_path, 50) == 52
    assert kept(tmp_path)["rows.tsv"].count(b"\n") == 51 - 50 // 7
    assert numbers(kept(tmp_path)["messages.ndjson"]) == list(range(1, 53))


def test_a_resumed_run_tells_what_was_told_before(tmp_path: Path) -> None:
    stand_ins.run(tmp_path, 30)
    (tmp_path / "log").unlink()
    stand_ins.run(tmp_path, 30)
    assert numbers((tmp_path / "log").read_bytes()) == list(range(1, 33))


def test_another_question_begins_anew(tmp_path: Path) -> None:
    stand_ins.run(tmp_path, 30)
    assert stand_ins.run(tmp_path, 20, key="another") == 0
    assert numbers(kept(tmp_path)["messages.ndjson"]) == list(range(1, 23))


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_begin_anew(name: str, tmp_path: Path, whole: dict[str, bytes]) -> None:
    stand_ins.run(tmp_path, COUNT)
    path = tmp_path / ".tumour.unfinished" / name
    text = path.read_bytes()
    path.write_bytes(bytes(len(text)))  # as after a loss of power
    stand_ins.run(tmp_path, COUNT)
    assert kept(tmp_path) == whole


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"key": "k"}', "nonsense"])
def test_a_checkpoint_that_cannot_be_read_counts_for_nothing(text: str, tmp_path: Path) -> None:
    stand_ins.run(tmp_path, 10)
    (tmp_path / ".tumour.unfinished" / CHECKPOINT).write_text(text)
    assert stand_ins.run(tmp_path, 10) == 0


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    with Unfinished(tmp_path / "tumour", "k"), pytest.raises(Transient, match="at work on it"):
        Unfinished(tmp_path / "tumour", "k")


def test_a_full_disk_is_told_and_what_was_done_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Unfinished(tmp_path / "t", "key") as kept:
        list(kept.begin())
        kept.add("1:1:A:T", b"{}\n", "", "", b"")
        kept.save({})
    with (
        pytest.raises(Transient, match="no space left") as caught,
        Unfinished(tmp_path / "t", "key") as again,
    ):
        list(again.begin())
        monkeypatch.setattr(os, "fsync", full)
        again.add("1:2:A:T", b"{}\n", "", "", b"")
        again.save({}, is_last=True)
    assert "what was done is kept" in caught.value.hint
    monkeypatch.undo()
    assert Unfinished(tmp_path / "t", "key").done == 1


def test_a_run_that_fails_before_its_first_variant_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadUsage), Unfinished(tmp_path / "t", "key") as kept:
        kept.scratch("prepare")
        raise BadUsage("no")
    assert not list(tmp_path.iterdir())
