"""The index: what it lists, and that it cannot be wrong for long."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_lab import IndexLab, RunLab, at, dead_letter, event, job

from control.events import index_queries
from control.events.index import Index
from control.events.index_file import IndexDamaged
from control.events.index_rows import Page, RunFilter, RunSort, Viewer
from control.events.journal import draft
from control.record.message import MessageType
from control.record.run_dir import State
from engines.contract.errors import BadData, BadUsage, Transient, Unavailable

WORKFLOW = event("workflow_started", 1, cwd="/data")
LETTER = ".plumbline/dead_letters/align_A-0123abcd.json"
UID = os.getuid()


@pytest.fixture
def lab(tmp_path: Path) -> IndexLab:
    return IndexLab(tmp_path)


@pytest.fixture
def listed(lab: IndexLab) -> IndexLab:
    """Four runs: two submitted by Ada and Bob, two typed; one is done, one failed, two run."""
    ada, bob = lab.run(1, "ada"), lab.run(2, "bob")
    ada.status(State.RUNNING, 1, name="Truth HG002", analysis="compare", start=at(1))
    ada.tell(WORKFLOW, *job(1, "align", sample="HG002")).status(
        State.COMPLETED, 9, why="1 of 1 steps done", start=at(1), end=at(9), return_code=0
    )
    bob.status(State.RUNNING, 2, name="screen 50%", analysis="screen", start=at(2))
    bob.tell(WORKFLOW, *job(1, "map", "failed", patient="Zoë")).status(
        State.FAILED, 5, why="1 job failed: map", start=at(2), end=at(5)
    )
    lab.run(3).status(State.RUNNING, 3, command="snakemake --cores 8", start=at(3))
    lab.run(4).status(State.QUEUED, 4, created=at(3))
    lab.catch_up()
    return lab


def numbers(index: Index, **wanted: Any) -> list[int]:
    return sorted(int(row.run_id[-4:], 16) for row in index.runs(RunFilter(**wanted)).rows)


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


class TestJobs:
    def test_attempts_are_counted_and_the_current_one_shown(self, lab: IndexLab) -> None:
        run = lab.run(1).tell(WORKFLOW, *job(1, "align", "failed", sample="A"))
        run.tell(event("message", message="Trying to restart job 1."))
        run.tell(*job(1, "align", second=10, sample="A"))
        lab.catch_up()
        (row,) = lab.index.jobs(run.facts.run_id).rows
        assert (row.state, row.attempt, row.failures) == ("finished", 2, 1)
        assert (row.rule, row.wildcards) == ("align", {"sample": "A"})
        assert (row.selected, row.started, row.ended) == (at(10), at(10), at(11))
        assert row.duration == 1.0 and row.details == {}

    def test_details_come_from_the_journal(self, lab: IndexLab) -> None:
        run = lab.run(1).tell(WORKFLOW, *job(1, "align"), *job(2, "sort"))
        lab.catch_up()
        row = lab.index.job(run.facts.run_id, 2)
        assert row is not None and row.details["log"] == ["logs/2.log"]
        assert row.details["threads"] == 2
        assert lab.index.job(run.facts.run_id, 3) is None
        run.facts.journal.messages.write_bytes(b"")
        with pytest.raises(Unavailable, match=r"messages\.ndjson"):
            lab.index.job(run.facts.run_id, 2)

    def test_tells_of_the_attempts_before(self, lab: IndexLab) -> None:
        run = lab.run(1)
        again = event("message", message="Trying to restart job 1.")
        for second in range(0, 50, 2):
            run.tell(*job(1, "align", "failed", second=second), again)
        lab.catch_up()
        run.tell(*job(1, "align", second=50))
        lab.catch_up()
        (row,) = lab.index.jobs(run.facts.run_id).rows
        assert (row.attempt, row.state, len(row.earlier)) == (26, "finished", 20)
        assert [each["attempt"] for each in row.earlier] == [*range(6, 26)]
        last = dict(row.earlier[-1])
        assert last.pop("message") and last.pop("attempt") == 25
        assert (last.pop("external_id"), last.pop("node"), last.pop("submitted")) == ("", "", None)
        times = {"selected": at(48), "started": at(48), "ended": at(49), "duration": 1.0}
        assert last == times

    def test_what_a_job_was_given_and_what_it_took(self, lab: IndexLab) -> None:
        run = lab.run(1)
        many = {f"r{number}": number for number in range(30)}
        run.tell(WORKFLOW, event("job_started", jobs=[1]))
        needs = {"threads": 4, "resources": {"mem_mb": 8000, "tmpdir": "/tmp", **many}}
        facts = {"rule_name": "align", "reason": "Missing output files: " + "a.bam, " * 100}
        run.tell(event("job_info", jobid=1, local=True, **facts, **needs))
        lab.catch_up()
        (row,) = lab.index.jobs(run.facts.run_id).rows
        assert (row.threads, row.peak_memory_mb, row.cpu_s) == (4, None, None)
        assert len(row.resources) == 20 and row.resources["mem_mb"] == 8000
        assert len(row.reason) == 300 and row.reason.endswith("…")
        details = lab.index.job(run.facts.run_id, 1)
        assert details is not None and details.details["reason"] == facts["reason"]
        run.translator.jobs[1].usage = {"peak_memory_mb": 512.5, "cpu_s": 3.25}
        run.tell(event("job_finished", jobid=1))
        lab.catch_up()
        (row,) = lab.index.jobs(run.facts.run_id).rows
        assert (row.peak_memory_mb, row.cpu_s, row.read_mb) == (512.5, 3.25, None)

    def test_progress_of_a_running_job(self, lab: IndexLab) -> None:
        run = lab.run(1).tell(WORKFLOW, *job(1, "align", ""))
        told = {"jobid": 1, "rule": "align", "wildcards": {}, "attempt": 1}
        share = {"scope": "job", "progress": 12.5, "stage": "mapping"}
        run.write([draft(MessageType.PROGRESS, at(6), share | told)])
        lab.catch_up()
        (row,) = lab.index.jobs(run.facts.run_id, state="running").rows
        assert (row.progress, row.stage) == (12.5, "mapping")
        run.tell(job(1, "align")[-1])
        run.write([draft(MessageType.PROGRESS, at(8), share | told)])  # read from its log late
        lab.catch_up()
        (row,) = lab.index.jobs(run.facts.run_id).rows
        assert (row.state, row.progress, row.stage) == ("finished", 100.0, "")

    def test_the_plan_is_that_of_the_last_snakemake_and_the_graph_of_all(
        self, lab: IndexLab
    ) -> None:
        run = lab.run(1).tell(WORKFLOW)
        lab.catch_up()
        assert lab.index.plan(run.facts.run_id) is None
        graph = {
            "nodes": [{"rule": "align"}, {"rule": "all"}],
            "links": [{"source": 0, "target": 1}],
        }
        plan = event("run_info", stats={"align": 2, "all": 1, "total": 3})
        run.tell(event("rulegraph", rulegraph=graph), plan, *job(1, "align"))
        lab.catch_up()
        found = lab.index.plan(run.facts.run_id)
        assert found is not None
        assert (found.process, found.rules) == (1, {"align": 2, "all": 1})
        assert found.graph.edges == (("align", "all"),)
        part = event("rulegraph", rulegraph={"nodes": [{"rule": "align"}], "links": []})
        run.tell(WORKFLOW, part, event("run_info", stats={"align": 1, "total": 1}))
        lab.catch_up()
        found = lab.index.plan(run.facts.run_id)
        assert found is not None
        assert (found.process, found.rules) == (2, {"align": 1})
        assert found.graph.rules == ("align", "all") and found.graph.edges == (("align", "all"),)
        assert lab.index.rules(run.facts.run_id, process=2) == []
        assert len(lab.index.rules(run.facts.run_id)) == 1

    def test_what_jobs_of_a_rule_take_is_their_median_in_the_latest_runs(
        self, lab: IndexLab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number, (owner, seconds) in enumerate(
            [("ada", (30, 30)), ("ada", (1, 2, 9)), ("ada", (4,)), ("bob", (50,))], 1
        ):
            run = lab.run(number, owner).tell(WORKFLOW)
            run.status(State.RUNNING, number, analysis="compare", start=at(number))
            for jobid, took in enumerate(seconds):
                begin, end = (
                    job(jobid, "align", "")[:2],
                    event("job_finished", 5 + took, jobid=jobid),
                )
                run.tell(*begin, end)
            run.tell(*job(8, "sort", "failed"), *job(9, "align", ""))
        lab.catch_up()
        index, rules = lab.index, ["align", "sort", "x'; DROP TABLE jobs --"]
        monkeypatch.setattr(index_queries, "LATEST_RUNS", 2)
        assert index.typical(rules, "compare", Viewer("ada")) == {"align": (3.0, 4)}
        assert index.typical(rules, "compare", None) == {"align": (27.0, 2)}
        assert index.typical(rules, "screen", None) == {}
        assert index.typical([], "compare", None) == {}
        (going,) = index.open_jobs(lab.run(1).facts.run_id, 1)
        assert going == ("align", at(5))
        assert index.open_jobs(lab.run(1).facts.run_id, 2) == []

    def test_filters_and_pages(self, lab: IndexLab) -> None:
        run = lab.run(1).tell(WORKFLOW)
        for jobid in range(7):
            run.tell(*job(jobid, "sort" if jobid % 2 else "align", "failed" if jobid > 4 else ""))
        lab.catch_up()
        run_id, seen, cursor = run.facts.run_id, [], None
        while True:
            page = lab.index.jobs(run_id, rule="align", limit=3, cursor=cursor)
            seen += [row.jobid for row in page.rows]
            assert page.total == 4
            if (cursor := page.cursor) is None:
                break
        assert seen == [0, 2, 4, 6]
        assert [row.jobid for row in lab.index.jobs(run_id, state="failed").rows] == [5, 6]
        assert {(s.rule, s.state, s.jobs) for s in lab.index.rules(run_id)} == {
            *[("align", "running", 3), ("align", "failed", 1)],
            *[("sort", "running", 2), ("sort", "failed", 1)],
        }

    def test_a_resumed_run_keeps_what_was_done_and_forgets_what_is_done_again(
        self, lab: IndexLab
    ) -> None:
        run = lab.run(1).tell(WORKFLOW, *job(1, "align", sample="A"), *job(2, "align", "failed"))
        run.tell(*job(3, "sort", "", sample="A"), event("job_started", jobs=[4]))
        lab.catch_up()
        assert lab.index.runs().rows[0].jobs_failed == 1
        run.tell(WORKFLOW, *job(2, "sort", "", sample="A"))
        lab.catch_up()
        jobs = lab.index.jobs(run.facts.run_id).rows
        assert [(j.process, j.jobid, j.rule, j.state) for j in jobs] == [
            *[(1, 1, "align", "finished"), (1, 2, "align", "failed"), (2, 2, "sort", "running")]
        ]
        assert lab.index.runs().rows[0].jobs_failed == 0  # of the current Snakemake
        latest = lab.index.job(run.facts.run_id, 2)
        assert latest is not None and latest.process == 2
        earlier = lab.index.job(run.facts.run_id, 2, process=1)
        assert earlier is not None and earlier.rule == "align"


class TestOutcomes:
    def test_a_dead_letter_until_it_is_redriven(self, lab: IndexLab) -> None:
        run = lab.run(1, "ada").tell(WORKFLOW, *job(1, "align", "failed", sample="A"))
        run.write([dead_letter(1, "align", LETTER, sample="A")])
        lab.catch_up()
        (letter,) = lab.index.dead_letters(run.facts.run_id)
        assert (letter.path, letter.jobid, letter.rule) == (LETTER, 1, "align")
        assert (letter.error_class, letter.message) == ("permanent", "given up")
        assert (letter.wildcards, letter.resolved) == ({"sample": "A"}, None)
        run.tell(WORKFLOW, *job(1, "align", sample="B"), *job(2, "align", second=30, sample="A"))
        lab.catch_up()
        (letter,) = lab.index.dead_letters()
        assert letter.resolved == at(31)
        run.write([dead_letter(2, "align", LETTER, sample="A")])
        lab.catch_up()
        assert [each.resolved for each in lab.index.dead_letters()] == [None]
        kinds = [(h.kind, h.message, h.owner) for h in lab.index.happenings(at(0))]
        assert kinds == [("dead_letter", "given up", "ada")] * 2

    def test_results_are_listed_and_read_from_the_journal(self, lab: IndexLab) -> None:
        told = {"jobid": 1, "rule": "count", "wildcards": {}, "attempt": 1}
        data = {"f1": 0.99, "text": "a" * 100_000, "surrogate": "\udc80"}
        run = lab.run(1).write([draft(MessageType.RESULT, at(1), data | told)])
        lab.catch_up()
        (row,) = lab.index.results(run.facts.run_id)
        assert row.size > 100_000 and row.rule == "count" and row.data == {}
        full = lab.index.result(run.facts.run_id, row.sequence)
        assert full is not None and full.data == data | told
        assert lab.index.result(run.facts.run_id, 99) is None

    def test_happenings_since(self, listed: IndexLab) -> None:
        seen = listed.index.happenings(at(4))
        assert [(h.kind, h.timestamp) for h in seen] == [
            *[("queued", at(4)), ("failed", at(5)), ("completed", at(9))]
        ]
        (failed,) = [h for h in seen if h.kind == "failed"]
        assert (failed.owner, failed.name, failed.uid) == ("bob", "screen 50%", UID)
        assert failed.message == "1 job failed: map"
        assert len(listed.index.happenings(at(0), limit=2)) == 2


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
