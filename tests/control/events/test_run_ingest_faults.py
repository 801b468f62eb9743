"""Runs whose disk, events or directory are not as they should be."""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from run_ingest_lab import EXPECTED, Lab, busy_run, facts, streams

from control.events import journal as journal_module
from control.events.tail import NotFollowed
from control.record.run_dir import Run, State, UnreadableRun


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path / "runs")
    yield made
    made.close()


class TestDiskFull:
    def test_what_was_read_is_kept_and_nothing_more_is_read(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moments = busy_run(lab.run)
        next(moments)
        told = lab.read()
        with monkeypatch.context() as full:
            full.setattr(journal_module.os, "pwrite", _no_space)
            next(moments)
            for _ in range(3):
                with pytest.raises(OSError, match="No space"):
                    lab.step()
                assert lab.open().has_uncommitted
                position = lab.open().journal.sources
            next(moments)
            with pytest.raises(OSError, match="No space"):
                lab.step()
            assert lab.told() == told
            assert lab.open().journal.sources == position
        for _ in moments:
            lab.read()
        assert streams(lab.rest()) == streams(EXPECTED)

    def test_a_kill_in_the_meantime_loses_nothing(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in busy_run(lab.run):
            with monkeypatch.context() as full:
                full.setattr(journal_module.os, "pwrite", _no_space)
                with pytest.raises(OSError, match="No space"):
                    while lab.step():
                        pass
                    _no_space()
            lab.close()
            lab.read()
        assert streams(lab.rest()) == streams(EXPECTED)


def _no_space(*_: Any) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class TestEventsThatAreNotAsTheyWere:
    def test_a_run_directory_that_was_copied(self, lab: Lab, tmp_path: Path) -> None:
        moments = busy_run(lab.run)
        for _ in range(4):
            next(moments)
            lab.read()
        lab.close()
        path = lab.run.run_dir.path
        path.rename(tmp_path / "old")
        shutil.copytree(tmp_path / "old", path)
        for _ in moments:
            lab.read()
        told = lab.rest()
        assert [t for t in facts(told) if t.startswith("job")] == [
            t for t in EXPECTED if t.startswith("job")
        ]

    def test_a_power_cut_took_their_end(self, lab: Lab) -> None:
        lab.run.start()
        lab.run.job(1)
        length = lab.run.run_dir.events.stat().st_size
        lab.run.finish(1)
        told = lab.read()
        lab.close()
        os.truncate(lab.run.run_dir.events, length - 10)
        assert lab.read() == told
        lab.close()
        lab.run.raw_event("\n")
        time.sleep(0.002)  # events are told apart by their milliseconds
        lab.run.job(2)
        assert lab.read()[len(told) :] == [
            "-.-: 1 unreadable lines in events.ndjson were passed over",
            "job 2.1 selected",
            "job 2.1 running",
        ]

    def test_lines_without_sense_are_counted(self, lab: Lab) -> None:
        lab.run.start()
        lab.run.raw_event('[]\nnonsense\n{"event": "job_info"}\n{"a": NaN}\n\xff\n')
        lab.run.job(1)
        told = lab.read()
        assert told.count("-.-: 2 unreadable lines in events.ndjson were passed over") == 2
        assert told[-1] == "job 1.1 running"

    def test_they_were_deleted(self, lab: Lab) -> None:
        lab.run.start()
        told = lab.read()
        lab.close()
        lab.run.run_dir.events.unlink()
        assert lab.read() == told
        time.sleep(0.002)
        lab.run.job(1)
        assert lab.read() == [*told, "job 1.1 selected", "job 1.1 running"]

    def test_a_link_in_their_place(self, lab: Lab, tmp_path: Path) -> None:
        lab.run.start()
        lab.run.run_dir.events.rename(tmp_path / "elsewhere")
        lab.run.run_dir.events.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(NotFollowed, match="link"):
            lab.step()


class TestDirectoriesThatAreNoRuns:
    def test_nothing_is_made_in_them(self, tmp_path: Path) -> None:
        lab = Lab(tmp_path / "runs")
        with pytest.raises(UnreadableRun):
            lab.open()
        lab.run.run_dir.run.write_text("{")
        with pytest.raises(UnreadableRun):
            lab.open()
        assert sorted(p.name for p in lab.run.run_dir.path.iterdir()) == ["run.json", "work"]

    def test_a_pipe_for_run_json_keeps_nobody_waiting(self, lab: Lab) -> None:
        os.mkfifo(lab.run.run_dir.run)
        with pytest.raises(UnreadableRun, match="no regular file"):
            lab.open()

    def test_nonsense_in_run_json_is_no_timestamp(self, lab: Lab) -> None:
        lab.run.start()
        run = lab.run.run_dir.read_run()
        lab.run.run_dir.write_run(
            Run(State.FAILED, start="<b>", end='"', workdir=run.workdir, process=run.process)
        )
        assert lab.rest() == ["status running", "progress run 0.0", "status failed"]


def test_the_run_of_another_user_has_its_journal_with_us(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module.os, "getuid", lambda: os.stat(lab.journals).st_uid + 1)
    lab.run.start()
    assert lab.read() == ["status running", "progress run 0.0"]
    assert not lab.run.run_dir.messages.exists()
    assert (lab.journals / lab.run.run_id / "messages.ndjson").exists()


def test_what_the_disk_lost_is_told(lab: Lab) -> None:
    lab.run.start()
    lab.read()
    lab.close()
    os.truncate(lab.run.run_dir.messages, 10)
    lab.step()
    messages = lab.run.messages()
    assert [m["sequence"] for m in messages] == [3]
    assert "2 messages" in messages[0]["data"]["line"]
