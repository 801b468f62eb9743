"""The index: jobs and outcomes that it lists."""

import os
from pathlib import Path

import pytest
from index_lab import WORKFLOW, IndexLab, at, dead_letter, event, four_runs, job

from control.events import index_queries
from control.events.index_rows import Viewer
from control.events.journal import draft
from control.record.message import MessageType
from control.record.run_dir import State
from engines.contract.errors import Unavailable

LETTER = ".plumbline/dead_letters/align_A-0123abcd.json"
UID = os.getuid()


@pytest.fixture
def lab(tmp_path: Path) -> IndexLab:
    return IndexLab(tmp_path)


@pytest.fixture
def listed(lab: IndexLab) -> IndexLab:
    return four_runs(lab)


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
