"""The index: runs and failures that it lists."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from index_lab import WORKFLOW, IndexLab, RunLab, at, event, four_runs, job, numbers

from control.events import index_queries
from control.events.index_rows import Page, RunFilter, RunSort, Viewer
from control.events.journal import draft
from control.record.message import MessageType
from control.record.run_dir import State
from engines.contract.errors import BadUsage

UID = os.getuid()


@pytest.fixture
def lab(tmp_path: Path) -> IndexLab:
    return IndexLab(tmp_path)


@pytest.fixture
def listed(lab: IndexLab) -> IndexLab:
    return four_runs(lab)


class TestRuns:
    def test_a_run_as_its_messages_tell_it(self, listed: IndexLab) -> None:
        facts = listed.run(1).facts
        row = listed.index.run(facts.run_id)
        assert row is not None
        assert (row.path, row.journal, row.uid, row.owner) == (
            *(facts.path, facts.journal, UID, "ada"),
        )
        assert (row.name, row.analysis, row.state, row.why) == (
            *("Truth HG002", "compare", "completed", "1 of 1 steps done"),
        )
        assert (row.created, row.start, row.end) == ("2026-11-21T22:10:01.000Z", at(1), at(9))
        assert (row.jobs_done, row.jobs_failed, row.progress, row.return_code) == (0, 0, 100, 0)
        assert row.last_sequence == facts.journal.committed().sequence
        assert listed.index.run("20261121-000000-0000") is None
        waits = listed.index.run(listed.run(4).facts.run_id)
        assert waits is not None and waits.created == at(3)  # as it was submitted

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, [1, 2, 3, 4]),
            ({"state": ["completed", "failed"]}, [1, 2]),
            ({"state": ["none'; DROP TABLE runs --"]}, []),
            ({"owner": "ada"}, [1]),
            ({"owner": ""}, [3, 4]),
            ({"analysis": "screen"}, [2]),
            ({"rule": "align"}, [1]),
            ({"rule": "align", "owner": "bob"}, []),
            ({"text": "truth"}, [1]),
            ({"text": "--CORES"}, [3]),
            ({"text": "job failed"}, [2]),
            ({"text": "221002"}, [2]),
            ({"text": "Zoë"}, [2]),
            ({"text": "HG002"}, [1]),
            ({"text": "%"}, [2]),
            ({"text": "_0%"}, []),
            ({"text": "\\"}, []),
            ({"visible_to": Viewer("ada")}, [1]),
            ({"visible_to": Viewer("ada", UID)}, [1, 3, 4]),
            ({"visible_to": Viewer("", UID + 1)}, []),
            ({"visible_to": Viewer("")}, []),
        ],
    )
    def test_filters(self, listed: IndexLab, wanted: dict[str, Any], found: list[int]) -> None:
        assert numbers(listed.index, **wanted) == found
        assert listed.index.runs(RunFilter(**wanted), limit=1).total == len(found)

    def test_wildcards_of_jobs_that_did_not_fail_are_not_searched(self, listed: IndexLab) -> None:
        listed.run(3).tell(WORKFLOW, *job(1, "count", sample="needle"))
        listed.catch_up()
        assert numbers(listed.index, text="needle") == []

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            ("start", [1, 2, 3, 4]),  # the queued one by when it was made
            ("name", [3, 4, 2, 1]),
            ("analysis", [3, 4, 1, 2]),
            ("owner", [3, 4, 1, 2]),
            ("state", [1, 2, 4, 3]),
            ("progress", [2, 3, 4, 1]),
            ("failed", [1, 3, 4, 2]),
            ("duration", [4, 2, 1, 3]),
        ],
    )
    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("limit", [1, 3, 4])
    def test_pages_give_every_run_once_and_in_order(
        self, listed: IndexLab, sort: RunSort, order: list[int], descending: bool, limit: int
    ) -> None:
        seen, cursor = [], None
        while True:
            page = listed.index.runs(limit=limit, cursor=cursor, sort=sort, descending=descending)
            seen += [int(row.run_id[-4:], 16) for row in page.rows]
            cursor = page.cursor
            assert page.total == 4
            if cursor is None:
                break
        assert seen == (order[::-1] if descending else order)

    def test_a_page_goes_on_where_the_last_one_ended_though_runs_come_and_go(
        self, listed: IndexLab
    ) -> None:
        first = listed.index.runs(limit=2)
        listed.run(5).status(State.RUNNING, 50, start=at(50))
        listed.catch_up()
        writer = listed.writer()
        writer.forget(first.rows[-1].run_id)
        writer.close()
        rest = listed.index.runs(limit=9, cursor=first.cursor)
        assert [int(row.run_id[-4:], 16) for row in rest.rows] == [2, 1]

    @pytest.mark.parametrize("cursor", ["", "rubbish", "e30", "WyJhIiwyXQ", "é"])
    def test_a_cursor_of_somebody_else(self, listed: IndexLab, cursor: str) -> None:
        with pytest.raises(BadUsage, match="cursor"):
            listed.index.runs(cursor=cursor)
        with pytest.raises(BadUsage, match="cursor"):
            listed.index.jobs("x", cursor=cursor)

    def test_the_newest_of_a_name(self, lab: IndexLab) -> None:
        for number, owner in ((1, "ada"), (2, "bob"), (3, "ada"), (4, "bob")):
            name = "HG002" if number < 4 else "HG003"
            lab.run(number, owner).status(State.RUNNING, number, name=name, start=at(number))
        lab.catch_up()
        index, bob = lab.index, Viewer("bob", None)
        found = [
            index.newest(RunFilter(name=name, visible_to=viewer))
            for name, viewer in (("HG002", None), ("HG002", bob), ("HG003", bob), ("HG", None))
        ]
        assert [row and row.run_id[-1] for row in found] == ["3", "2", "4", None]
        assert index.known_names(["HG003", "hg002", "HG00%", "'"]) == {"HG003"}

    def test_a_name_is_looked_up_without_reading_all_runs(self, lab: IndexLab) -> None:
        lab.catch_up()
        query = index_queries.query_runs(RunFilter(name="HG002"), "start", True, None, 0, "")
        with sqlite3.connect(lab.index.path) as db:
            plan = db.execute(f"EXPLAIN QUERY PLAN {query.page}", query.asked).fetchall()
        assert [row[3] for row in plan] == ["SEARCH runs USING INDEX runs_by_name (name=?)"]

    def test_a_cursor_of_another_order(self, listed: IndexLab) -> None:
        cursor = listed.index.runs(limit=1).cursor
        with pytest.raises(BadUsage, match="another order"):
            listed.index.runs(cursor=cursor, sort="name")

    def test_an_order_that_there_is_not(self, listed: IndexLab) -> None:
        with pytest.raises(BadUsage, match="no order 'size'"):
            listed.index.runs(sort="size")  # type: ignore[arg-type]

    def test_counts(self, listed: IndexLab) -> None:
        assert listed.index.run_counts() == {
            **{"completed": 1, "failed": 1, "running": 1, "queued": 1}
        }
        some = RunFilter(state=["failed"], visible_to=Viewer("bob", UID))
        assert listed.index.run_counts(some) == {"failed": 1, "running": 1, "queued": 1}

    def test_choices(self, listed: IndexLab) -> None:
        assert listed.index.run_choices(None) == (["ada", "bob"], ["compare", "screen"])
        assert listed.index.run_choices(Viewer("bob", UID)) == (["bob"], ["screen"])
        stats = {(s.rule, s.state): (s.jobs, s.seconds) for s in listed.index.rule_stats()}
        assert stats == {("align", "finished"): (1, 1.0), ("map", "failed"): (1, 1.0)}

    def test_a_resumed_run_has_not_ended(self, listed: IndexLab) -> None:
        run = listed.run(2).status(State.RUNNING, 10, start=at(2))
        listed.catch_up()
        row = listed.index.run(run.facts.run_id)
        assert row is not None and (row.state, row.end, row.why) == ("running", None, "")


class TestFailures:
    @staticmethod
    def own(run: RunLab, jobid: int, message: str, code: int = 65, **wildcards: str) -> None:
        """The job itself says why."""
        whose = {"jobid": jobid, "rule": "align", "wildcards": wildcards, "attempt": 1}
        said = {"error_class": "permanent", "code": code, "message": message, "hint": "mend it"}
        run.write([draft(MessageType.ERROR, at(6), {**said, "source": "job", **whose})])

    @pytest.mark.parametrize("is_late", [False, True])
    def test_the_words_of_the_tool_count_whenever_they_come(
        self, lab: IndexLab, is_late: bool
    ) -> None:
        run = lab.run(1).tell(WORKFLOW, *job(1, "align", "", sample="A"))
        if not is_late:
            self.own(run, 1, "A.fq: truncated", sample="A")
            lab.catch_up()
        run.tell(event("job_error", 7, jobid=1, log=["logs/1.log", "slurm/7.log"]))
        if is_late:
            lab.catch_up()
            self.own(run, 1, "A.fq: truncated", sample="A")
        lab.catch_up()
        page = lab.index.failures(run.facts.run_id, 10)
        (row,), total = page.rows, page.total
        assert (row.message, row.code, row.hint, total) == ("A.fq: truncated", 65, "mend it", 1)
        assert (row.rule, row.wildcards, row.error_class) == ("align", {"sample": "A"}, "permanent")
        assert row.logs == ["logs/1.log", "slurm/7.log"] and row.timestamp == at(7)
        assert (row.kind, row.is_of_run) == ("<file>: truncated", False)

    def test_without_its_words_snakemakes_count(self, lab: IndexLab) -> None:
        run = lab.run(1).tell(WORKFLOW, *job(1, "align", "failed", sample="A"))
        lab.catch_up()
        (row,) = lab.index.failures(run.facts.run_id, 10).rows
        assert row.message == "align (sample=A): failed; Snakemake does not say why"
        assert row.kind == "align (sample=*): failed; Snakemake does not say why"

    def test_what_was_mended_is_no_failure_and_the_first_comes_first(self, lab: IndexLab) -> None:
        run = lab.run(1).tell(WORKFLOW, *job(1, "align", "failed"))
        run.tell(event("message", message="Trying to restart job 1."), *job(1, "align"))
        run.tell(*job(3, "sort", "failed"), *job(2, "sort", "failed"))
        lab.catch_up()
        first = lab.index.failures(run.facts.run_id, 1)
        assert ([row.jobid for row in first.rows], first.total) == ([3], 2)
        second = lab.index.failures(run.facts.run_id, 1, first.cursor)
        assert ([row.jobid for row in second.rows], second.total) == ([2], 2)
        assert second.cursor is None
        with pytest.raises(BadUsage, match="not of this list"):
            lab.index.failures(run.facts.run_id, 1, "eA")
        jobs = lab.index.jobs(run.facts.run_id).rows
        assert lab.index.exit_codes(run.facts.run_id, jobs[1:]) == {(1, 2): None, (1, 3): None}
        assert lab.index.exit_codes(run.facts.run_id, []) == {}
        run.tell(WORKFLOW, *job(1, "sort"))  # resumed
        lab.catch_up()
        assert lab.index.failures(run.facts.run_id, 9) == Page([], None, 0)

    def test_an_error_of_the_run_itself_until_it_is_resumed(self, lab: IndexLab) -> None:
        run = lab.run(1).status(State.RUNNING, 1).tell(WORKFLOW)
        run.tell(event("error", exception="MissingInputException", message="no A.fq"))
        run.status(State.FAILED, 9)
        lab.catch_up()
        (row,) = lab.index.failures(run.facts.run_id, 9).rows
        assert row.is_of_run and row.message == "no A.fq" and "sample sheet" in row.hint
        run.status(State.RUNNING, 10)
        lab.catch_up()
        assert lab.index.failures(run.facts.run_id, 9) == Page([], None, 0)

    def test_earlier_runs_and_what_came_of_them(self, lab: IndexLab) -> None:
        said = [
            *[("ada", "A.fq: truncated", 65), ("bob", "B.fq: truncated", 65)],
            *[("ada", "A.fq: is empty", 65), ("ada", "A.fq: truncated", 66)],
            *[("ada", "C.fq: truncated", 65), ("ada", "D.fq: truncated", 65)],
        ]
        for number, (owner, message, code) in enumerate(said, 1):
            run = lab.run(number, owner).tell(WORKFLOW)
            run.status(State.RUNNING, number, name=f"run {number}", start=at(number))
            run.tell(*job(1, "align", "", second=number, sample=message[0]))
            self.own(run, 1, message, code, sample=message[0])
            run.tell(event("job_error", 10 + number, jobid=1))
            run.status(State.FAILED, 20 + number, why="1 job failed")
        # the first was resumed, and the job succeeded
        lab.run(1).tell(WORKFLOW, *job(4, "align", sample="A")).status(State.COMPLETED, 40)
        lab.catch_up()
        (last,) = lab.index.failures(lab.run(6).facts.run_id, 9).rows
        earlier = lab.index.earlier_failures(last, None)
        assert [each.name for each in earlier] == ["run 5", "run 2", "run 1"]
        assert [each.job_state for each in earlier] == ["failed", "failed", "finished"]
        assert earlier[2].state == "completed" and earlier[2].message == "A.fq: truncated"
        assert earlier[0].wildcards == {"sample": "C"} and earlier[0].timestamp == at(15)
        assert len(lab.index.earlier_failures(last, None, limit=2)) == 2
        assert [each.name for each in lab.index.earlier_failures(last, Viewer("ada"))] == [
            *("run 5", "run 1")
        ]
