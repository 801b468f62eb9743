"""The index cannot be wrong for long, whatever is written or damaged."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_lab import WORKFLOW, IndexLab, at, dead_letter, four_runs, job, numbers

from control.events.index_file import IndexDamaged
from control.events.journal import draft
from control.record.message import MessageType
from control.record.run_dir import State
from engines.contract.errors import BadData, Transient, Unavailable

LETTER = ".plumbline/dead_letters/align_A-0123abcd.json"


@pytest.fixture
def lab(tmp_path: Path) -> IndexLab:
    return IndexLab(tmp_path)


@pytest.fixture
def listed(lab: IndexLab) -> IndexLab:
    return four_runs(lab)


class TestExactness:
    def test_looking_twice_changes_nothing(self, listed: IndexLab) -> None:
        before = listed.content()
        listed.catch_up()
        assert listed.content() == before
        assert all(before.values()) or before["dead_letters"] == before["results"] == []

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        jobs=st.lists(
            st.tuples(
                st.integers(1, 4),
                st.sampled_from(["align", "sort"]),
                st.sampled_from(["", "finished", "failed"]),
                st.sampled_from(["A", "B"]),
            ),
            max_size=8,
        ),
        cuts=st.sets(st.integers(0, 8)),
        restart=st.none() | st.integers(0, 8),
    )
    def test_in_any_batches_it_is_as_if_rebuilt(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        jobs: list[tuple[int, str, str, str]],
        cuts: set[int],
        restart: int | None,
    ) -> None:
        lab = IndexLab(tmp_path_factory.mktemp("lab"))
        run, writer = lab.run(1), lab.writer()
        drafts = run.translate(WORKFLOW)
        for number, (jobid, rule, end, sample) in enumerate(jobs):
            drafts += run.translate(WORKFLOW) if number == restart else []
            drafts += run.translate(*job(jobid, rule, end, sample=sample))
            drafts.append(dead_letter(jobid, rule, f"{LETTER}{jobid}", sample=sample))
            if number in cuts:
                run.write(drafts)
                writer.catch_up(run.facts)
                drafts = []
        run.write(drafts).status(State.FAILED, 40)
        writer.catch_up(run.facts)
        in_batches = lab.content()
        assert writer.rebuild([run.facts]).problems == []
        assert lab.content() == in_batches
        writer.close()

    def test_a_journal_of_several_blocks(
        self, lab: IndexLab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = lab.run(1).tell(WORKFLOW)
        for jobid in range(20):
            run.tell(*job(jobid, "align", "failed"))
        lab.catch_up()
        whole = lab.content()
        monkeypatch.setattr("control.events.index_writer.BLOCK", 500)
        writer = lab.writer()
        writer.rebuild([run.facts])
        writer.close()
        assert lab.content() == whole and lab.index.runs().rows[0].jobs_failed == 20

    def test_long_journals_are_taken_in_block_by_block(
        self, lab: IndexLab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So that whoever waits for it can do something else in between."""
        monkeypatch.setattr("control.events.index_writer.BLOCK", 500)
        run, writer = lab.run(1).tell(WORKFLOW), lab.writer()
        for jobid in range(20):
            run.tell(*job(jobid, "align", "failed"))
        calls = 1
        while writer.catch_up(run.facts):
            calls += 1
        in_blocks, turns = lab.content(), []
        assert writer.rebuild([run.facts], turns.append).runs == 1
        assert lab.content() == in_blocks and len(turns) == calls > 10
        writer.close()

    def test_what_is_not_committed_is_not_read(self, lab: IndexLab) -> None:
        run = lab.run(1).status(State.RUNNING)
        with run.facts.journal.messages.open("ab") as journal:
            journal.write(b'{"type":"status","job_id":"x","timestamp":"","sequence":2,"data":{}}\n')
        lab.catch_up()
        assert lab.index.runs().rows[0].last_sequence == 1

    def test_a_journal_that_was_begun_anew(self, lab: IndexLab) -> None:
        run = lab.run(1).status(State.RUNNING).tell(WORKFLOW, *job(1, "align"))
        lab.catch_up()
        for file in (run.facts.journal.messages, run.facts.journal.state):
            file.unlink()
        lab.catch_up()  # nothing can be said yet
        assert lab.index.jobs(run.facts.run_id).total == 1
        run.status(State.FAILED, 7)
        lab.catch_up()
        (row,) = lab.index.runs().rows
        assert (row.state, row.last_sequence) == ("failed", 1)
        assert lab.index.jobs(run.facts.run_id).total == 0

    def test_messages_of_another_version_are_passed_over(self, lab: IndexLab) -> None:
        strange = [draft(MessageType.RULE, at(1), {"state": "dancing", "jobid": 1, "attempt": 1})]
        run = lab.run(1).write(strange).write([draft(MessageType.STATUS, at(1), {})])
        run.status(State.COMPLETED, 9)
        lab.catch_up()
        assert lab.index.runs().rows[0].state == "completed"

    def test_two_directories_with_one_id(self, lab: IndexLab) -> None:
        run = lab.run(1).status(State.RUNNING)
        lab.catch_up()
        stranger = replace(run.facts, path=lab.runs / "elsewhere", owner="eve")
        writer = lab.writer()
        with pytest.raises(BadData, match="same id"):
            writer.catch_up(stranger)
        rebuilt = writer.rebuild([run.facts, stranger])
        assert rebuilt.runs == 1 and "elsewhere: left out" in rebuilt.problems[0]
        assert lab.index.runs().rows[0].owner == ""
        run.run_dir.path.rename(stranger.path)  # the folder of all runs was moved
        moved = replace(stranger, journal=run.facts.journal)
        assert writer.catch_up(moved) == 0
        writer.close()

    def test_a_run_that_is_gone_leaves_the_list(self, listed: IndexLab) -> None:
        writer = listed.writer()
        rebuilt = writer.rebuild([listed.run(1).facts, listed.run(3).facts])
        writer.close()
        assert rebuilt.runs == 2 and numbers(listed.index) == [1, 3]

    def test_readers_see_whole_runs_during_a_rebuild(self, listed: IndexLab) -> None:
        writer, seen = listed.writer(), []
        facts = [run.facts for run in listed.made.values()]
        writer.rebuild(facts, lambda _: seen.append(listed.index.jobs(facts[0].run_id).total))
        writer.close()
        assert seen == [1, 1, 1, 1] and numbers(listed.index) == [1, 2, 3, 4]


class TestDamage:
    @pytest.mark.parametrize("damage", ["garbage", "truncated", "a page", "old", "empty"])
    def test_at_the_start_it_is_made_anew(self, listed: IndexLab, damage: str) -> None:
        before, path = listed.content(), listed.state.index
        spoil(path, damage)
        listed.catch_up()
        assert listed.content() == before and numbers(listed.index) == [1, 2, 3, 4]
        aside = list(path.parent.glob("index.db.corrupt-*"))
        assert len(aside) == (damage != "empty")

    @pytest.mark.parametrize("damage", ["garbage", "truncated", "another", "gone"])
    def test_while_it_is_written(self, listed: IndexLab, damage: str) -> None:
        writer, noticed = listed.writer(), 0
        for second in (20, 21, 22):
            spoil(listed.state.index, damage)
            run = listed.run(1).tell(*job(second, "align")).status(State.RUNNING, second)
            try:
                writer.catch_up(run.facts)
            except IndexDamaged:
                noticed += 1
                rebuilt = writer.rebuild([each.facts for each in listed.made.values()])
                assert rebuilt.runs == 4 and rebuilt.problems == []
        assert noticed or damage == "garbage"  # what is in memory need not be read
        writer.close()
        listed.catch_up()
        healed = listed.content()
        listed.state.index.unlink()
        listed.catch_up()
        assert listed.content() == healed and len(healed["runs"]) == 4

    def test_a_reader_asks_for_what_it_cannot_mend(self, listed: IndexLab) -> None:
        spoil(listed.state.index, "garbage")
        with pytest.raises(Unavailable, match=r"index\.db"):
            listed.index.runs()
        assert listed.state.reindex_request.exists()
        listed.catch_up()
        assert numbers(listed.index) == [1, 2, 3, 4]

    def test_a_reader_before_there_is_an_index(self, lab: IndexLab) -> None:
        with pytest.raises(Unavailable, match="no index yet"):
            lab.index.runs()
        assert not lab.state.index.exists()
        lab.catch_up()
        assert lab.index.runs().rows == []

    def test_a_full_disk_is_no_damage(self, listed: IndexLab) -> None:
        writer = listed.writer()
        (pages,) = writer._db.execute("PRAGMA page_count").fetchone()
        writer._db.execute(f"PRAGMA max_page_count = {pages}")
        run = listed.run(1)
        for jobid in range(200):
            run.tell(*job(jobid, "align", sample="x" * 100))
        before = listed.content()
        with pytest.raises(Transient, match="full"):
            writer.catch_up(run.facts)
        assert listed.content() == before
        writer._db.execute("PRAGMA max_page_count = 1000000")
        assert not writer.catch_up(run.facts)
        assert listed.index.jobs(run.facts.run_id).total == 200
        writer.close()

    def test_killed_again_and_again_it_is_complete_in_the_end(self, lab: IndexLab) -> None:
        for number in range(1, 31):
            run = lab.run(number).status(State.RUNNING, 1).tell(WORKFLOW)
            for jobid in range(10):
                run.tell(*job(jobid, "align", "failed", sample=str(jobid)))
        script = (
            "import sys; from pathlib import Path; from control.settings import StateDir\n"
            "from control.events.run_facts import RunFacts, run_dirs\n"
            "from control.events.index_writer import IndexWriter\n"
            "state = StateDir(Path(sys.argv[2])); writer = IndexWriter(state.index)\n"
            "facts = [RunFacts.of(d, state.journals) for d in run_dirs([Path(sys.argv[1])])]\n"
            "print('ready', flush=True)\n"
            "while True: writer.rebuild(facts, lambda _: print('.', flush=True))\n"
        )
        for runs_before_the_kill in (1, 17, 40):
            process = subprocess.Popen(
                [sys.executable, "-c", script, str(lab.runs), str(lab.state.path)],
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            for _ in range(1 + runs_before_the_kill):
                assert process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        lab.catch_up()
        after_kills = lab.content()
        lab.state.index.unlink()
        lab.catch_up()
        assert lab.content() == after_kills and len(after_kills["jobs"]) == 300


def spoil(path: Path, damage: str) -> None:
    """Do something to the file that nobody should."""
    size = path.stat().st_size if path.exists() else 0
    match damage:
        case "garbage":
            with path.open("r+b") as file:
                file.write(os.urandom(size))
        case "truncated":
            os.truncate(path, size // 2)
        case "a page":
            with path.open("r+b") as file:
                file.seek(4096 + 50)
                file.write(os.urandom(4000))
        case "another":
            db = sqlite3.connect(path)
            db.executescript("DROP TABLE jobs; DROP TABLE runs;")
            db.close()
        case "old":
            db = sqlite3.connect(path)
            db.execute("PRAGMA user_version = 999")
            db.close()
        case "empty":
            path.write_bytes(b"")
        case "gone":
            path.unlink(missing_ok=True)


def test_an_index_is_listed_while_it_is_written(lab: IndexLab) -> None:
    """Readers in threads, and no error in any."""
    import threading

    lab.run(1).status(State.RUNNING)
    lab.catch_up()
    problems, done = [], threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                assert lab.index.runs().total == 1
        except Exception as problem:
            problems.append(problem)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    writer, deadline = lab.writer(), time.monotonic() + 180
    try:
        for second in range(30):
            lab.run(1).tell(*job(second, "align"))
            assert not writer.catch_up(lab.run(1).facts) and time.monotonic() < deadline
    finally:
        done.set()
        for reader in readers:
            reader.join()
    writer.close()
    assert problems == [] and lab.index.jobs(lab.run(1).facts.run_id).total == 30


def test_only_its_owner_reads_the_file(lab: IndexLab) -> None:
    lab.run(1).status(State.RUNNING)
    lab.catch_up()
    files = list(lab.state.path.glob("index.db*"))
    assert lab.state.index in files
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
