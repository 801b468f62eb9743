"""What a cluster's scheduler tells becomes messages: few, and with the right times."""

import json
from typing import Any

from index_lab import IndexLab, at, event

from control.events.journal import Draft
from control.events.translate import Translator
from control.record.message import MessageType
from control.record.slurm_states import state_of

GROUP = "bd1270f4-80e2-535b-b69a-f92eed5a29c2"
Data = dict[str, Any]


def cluster(second: float, state: str, jobid: int | str = 3, **job: Any) -> Data:
    told = {"jobid": jobid, "external_id": "71", "state": state, **job}
    return event("cluster_jobs", second, jobs=[told])


def submitted(jobid: int | str, external_id: str, second: float = 5) -> Data:
    words = f"Job {jobid} has been submitted with SLURM jobid {external_id} (log: l/1.log)."
    return event("message", second, message=words)


def in_queue(jobid: int = 3) -> list[Data]:
    """The events of a job up to its submission, at second 5."""
    facts = {"rule_name": "align", "wildcards": {"s": "A"}, "log": ["a.log"], "local": False}
    chosen = [event("job_started", jobs=[jobid]), event("job_info", jobid=jobid, **facts)]
    return [*chosen, submitted(jobid, "71")]


class Told:
    """What is said of one job after it was submitted."""

    def __init__(self, *events: Data) -> None:
        self.translator = Translator()
        for each in in_queue():
            self.translator.event(each)
        self.drafts: list[Draft] = []
        self.hear(*events)

    def hear(self, *events: Data) -> list[Data]:
        """What these events bring."""
        drafts = [draft for each in events for draft in self.translator.event(each)]
        self.drafts += drafts
        return [json.loads(d.data) for d in drafts if d.type is MessageType.RULE]

    def settle(self, second: float) -> list[Data]:
        """What time brings."""
        return [json.loads(draft.data) for draft in self.translator.settle(at(second))]

    @property
    def rules(self) -> list[Data]:
        return [json.loads(d.data) for d in self.drafts if d.type is MessageType.RULE]


def test_a_job_waits_runs_and_its_time_counts_from_the_true_start() -> None:
    told = Told()
    (waits,) = told.hear(cluster(8, "PENDING", reason="Resources", start=at(50)))
    assert (waits["state"], waits["external_id"]) == ("submitted", "71")
    words = {"words": "no node has enough free for it now", "passes": True}
    known = {"state": "PENDING", "reason": "Resources", "start_estimate": at(50)}
    assert waits["queue"] == known | words
    (runs,) = told.hear(cluster(20, "RUNNING", node="n1", start=at(18)))
    assert (runs["state"], runs["node"], runs["started"]) == ("running", "n1", at(18))
    assert runs["queue"] == {"state": "RUNNING", "words": "runs"}
    (done,) = told.hear(
        cluster(30, "COMPLETED", node="n1", start=at(18), exit="0:0"),
        event("job_finished", 31, jobid=3),
    )
    assert (done["state"], done["duration"], done["node"]) == ("finished", 13.0, "n1")
    assert "queue" not in done


def test_a_short_job_that_no_poll_saw_running_has_its_place_and_times() -> None:
    told = Told(cluster(8, "PENDING"))
    (done,) = told.hear(
        cluster(12, "COMPLETED", node="n2", start=at(9)), event("job_finished", 12, jobid=3)
    )
    assert (done["state"], done["node"], done["started"], done["duration"]) == (
        *("finished", "n2"),
        *(at(9), 3.0),
    )


def test_a_reason_that_will_never_pass_says_what_to_do() -> None:
    told = Told()
    (waits,) = told.hear(cluster(8, "PENDING", reason="InvalidAccount"))
    assert waits["queue"]["passes"] is False and "slurm_account" in waits["queue"]["hint"]
    told = Told()
    nodes = "(ReqNodeNotAvail, UnavailableNodes:n[1-4])"
    (waits,) = told.hear(cluster(8, "PENDING", reason=nodes))
    assert (waits["queue"]["reason"], waits["queue"]["detail"]) == ("ReqNodeNotAvail", nodes)


def test_a_reason_is_told_when_it_has_stood_ten_seconds() -> None:
    told = Told(cluster(8, "PENDING", reason="Priority"))
    assert told.hear(cluster(10, "PENDING", reason="Resources")) == []
    assert told.settle(19) == [] and told.translator.is_holding
    (waits,) = told.settle(20)
    assert waits["queue"]["reason"] == "Resources"
    assert told.settle(59) == [] and not told.translator.is_holding


def test_reasons_that_come_and_go_are_not_told() -> None:
    told = Told(cluster(8, "PENDING", reason="Priority"))
    for second in range(10, 50, 4):
        assert told.hear(cluster(second, "PENDING", reason="Resources")) == []
        assert told.hear(cluster(second + 2, "PENDING", reason="Priority")) == []
    assert not told.translator.is_holding and told.settle(59) == []
    estimates = [
        cluster(second, "PENDING", reason="Priority", start=at(second)) for second in (50, 52)
    ]
    assert told.hear(*estimates) == []


def test_a_job_that_is_not_looked_at_yet_has_no_reason() -> None:
    told = Told()
    assert told.hear(cluster(6, "PENDING", reason="None")) == []
    (waits,) = told.hear(cluster(8, "PENDING", reason="Resources"))
    assert waits["queue"]["reason"] == "Resources", "at once"
    assert told.hear(cluster(9, "PENDING", reason="None")) == [] and told.settle(40) == []
    told = Told(cluster(6, "PENDING", reason="None"))
    (waits,) = told.settle(16)
    assert waits["queue"]["reason"] == "None", "it is known to wait, at least"
    (waits,) = told.hear(cluster(18, "PENDING", reason="Priority"))
    assert waits["queue"]["reason"] == "Priority"


def test_a_later_event_tells_what_has_stood_as_time_itself_does() -> None:
    """So that a process that reads the events again comes to the same."""
    told = Told(
        cluster(8, "PENDING", reason="Priority"), cluster(10, "PENDING", reason="Resources")
    )
    (waits,) = told.hear(event("progress", 21, done=0, total=1))
    assert waits["queue"]["reason"] == "Resources"


def test_what_began_meanwhile_is_not_told_to_wait() -> None:
    told = Told(
        cluster(8, "PENDING", reason="Priority"), cluster(10, "PENDING", reason="Resources")
    )
    (runs,) = told.hear(cluster(12, "RUNNING", node="n1", start=at(11)))
    assert runs["state"] == "running" and told.settle(50) == []


def test_a_job_that_takes_long_to_end_says_so() -> None:
    told = Told(cluster(8, "RUNNING", node="n1", start=at(7)), cluster(9, "COMPLETING", node="n1"))
    assert [each["queue"]["state"] for each in told.settle(30)] == ["COMPLETING"]
    assert told.hear(cluster(31, "COMPLETED", node="n1")) == []
    (waits_for_files,) = told.settle(42)
    assert (waits_for_files["state"], waits_for_files["queue"]["state"]) == ("running", "COMPLETED")


def test_a_requeued_job_waits_again_and_counts_anew() -> None:
    told = Told(cluster(8, "RUNNING", node="n1", start=at(7)))
    assert told.hear(cluster(18, "COMPLETING", node="n1", restarts=1)) == [], "SLURM counts early"
    (again,) = told.hear(cluster(20, "PENDING", reason="BeginTime", restarts=1))
    assert (again["state"], again["restarts"], "node" in again) == ("submitted", 1, False)
    (runs,) = told.hear(cluster(30, "RUNNING", node="n2", start=at(29), restarts=1))
    assert (runs["state"], runs["restarts"], runs["node"]) == ("running", 1, "n2")
    (done,) = told.hear(event("job_finished", 35, jobid=3))
    assert (done["duration"], done["restarts"], done["attempt"]) == (6.0, 1, 1)


def test_a_requeue_counts_once_also_before_the_scheduler_has_looked() -> None:
    told = Told(cluster(8, "RUNNING", node="n1", start=at(7)))
    (again,) = told.hear(cluster(20, "PENDING", reason="None", restarts=1))
    assert (again["state"], again["restarts"]) == ("submitted", 1)
    (waits,) = told.hear(cluster(22, "PENDING", reason="BeginTime", restarts=1))
    assert (waits["restarts"], waits["queue"]["reason"]) == (1, "BeginTime")


def test_a_requeue_between_two_polls_is_seen_by_its_count() -> None:
    told = Told(cluster(8, "RUNNING", node="n1", start=at(7)))
    (runs,) = told.hear(cluster(30, "RUNNING", node="n1", start=at(29), restarts=1))
    assert (runs["state"], runs["restarts"], runs["started"]) == ("running", 1, at(29))


def test_a_job_that_is_submitted_once_more_waits_again() -> None:
    """Of a node that failed: the same attempt, under another id."""
    told = Told(cluster(8, "RUNNING", node="n1", start=at(7)))
    (again,) = told.hear(submitted(3, "72", 20))
    assert (again["state"], again["external_id"], again["restarts"]) == ("submitted", "72", 1)
    assert told.hear(cluster(21, "NODE_FAIL", node="n1")) == [], "of the earlier one"
    (runs,) = told.hear(cluster(25, "RUNNING", node="n2", start=at(24), external_id="72"))
    assert (runs["state"], runs["node"]) == ("running", "n2")


def test_a_suspended_job_has_not_begun_anew() -> None:
    told = Told(cluster(8, "RUNNING", node="n1", start=at(7)))
    told.hear(cluster(20, "SUSPENDED", node="n1", start=at(7)))
    (stands,) = told.settle(31)
    assert (stands["state"], stands["queue"]["state"]) == ("running", "SUSPENDED")
    assert "restarts" not in stands


def test_a_failure_carries_what_the_scheduler_says() -> None:
    told = Told(cluster(8, "RUNNING", node="n1", start=at(7)))
    told.hear(cluster(30, "OUT_OF_MEMORY", node="n1", start=at(7), exit="0:125"))
    hint = state_of("OUT_OF_MEMORY").hint
    why = f"SLURM job 71: OUT_OF_MEMORY on n1; asked for 100 MB; {hint}"
    (failed,) = told.hear(event("job_error", 31, jobid=3, rule_msg=why))
    assert failed["message"] == "SLURM job 71: OUT_OF_MEMORY on n1; asked for 100 MB"
    assert (failed["state"], failed["duration"], failed["node"]) == ("failed", 24.0, "n1")
    assert (failed["queue"]["state"], failed["queue"]["exit"]) == ("OUT_OF_MEMORY", "0:125")
    (error,) = (json.loads(d.data) for d in told.drafts if d.type is MessageType.ERROR)
    assert error["error_class"] == "permanent" and "mem_mb" in error["hint"]
    assert "a.log" in error["hint"]


def test_one_that_was_cancelled_while_it_waited_never_ran() -> None:
    told = Told(cluster(8, "PENDING", reason="Priority"), cluster(20, "CANCELLED", exit="0:15"))
    (stands,) = told.settle(31)
    assert (stands["state"], stands["queue"]["state"]) == ("submitted", "CANCELLED")
    (failed,) = told.hear(event("job_error", 40, jobid=3))
    assert "node" not in failed and "started" not in failed and failed["duration"] == 0.0


def test_members_of_a_group_wait_and_run_together() -> None:
    told = Told(
        event("job_started", jobs=[GROUP]),
        event("group_info", group_id="pair", jobid=GROUP, jobs=[4, 5]),
        *(event("job_info", jobid=n, rule_name="a", local=False) for n in (4, 5)),
        submitted(GROUP, "90"),
    )
    told.hear(cluster(8, "RUNNING", GROUP, external_id="90", node="n1", start=at(7)))
    running = [each for each in told.rules if each["state"] == "running"]
    assert [(each["jobid"], each["node"]) for each in running] == [(4, "n1"), (5, "n1")]


def test_nobody_speaks_of_a_job_that_has_ended() -> None:
    told = Told(event("job_finished", 6, jobid=3))
    assert told.hear(cluster(8, "RUNNING", node="n1")) == [] and told.settle(50) == []
    assert told.hear(cluster(9, "PENDING", 77)) == []


def test_the_index_tells_where_jobs_wait_and_run(tmp_path: Any) -> None:
    lab = IndexLab(tmp_path)
    run = lab.run(1).tell(*in_queue(3), *in_queue(4), *in_queue(5))
    lab.catch_up()
    (row, *_) = lab.index.jobs(run.facts.run_id).rows
    assert (row.state, row.started, row.submitted) == ("submitted", at(5), at(5)), "no one knows"
    for jobid in (3, 4):
        run.tell(cluster(8, "PENDING", jobid, reason="Resources", start=at(40 + jobid)))
    run.tell(cluster(8, "RUNNING", 5, node="n1", start=at(7)))
    lab.catch_up()
    (row,) = lab.index.jobs(run.facts.run_id, node="n1").rows
    assert (row.jobid, row.state, row.started) == (5, "running", at(7))
    waiting, running = lab.index.queue(run.facts.run_id, 1)
    assert (waiting.state, waiting.jobs, waiting.queue["reason"]) == ("submitted", 2, "Resources")
    assert (running.node, running.jobs) == ("n1", 1)
    row = lab.index.jobs(run.facts.run_id).rows[0]
    assert (row.started, row.queue["start_estimate"]) == (None, at(43))
    run.tell(cluster(20, "RUNNING", 3, node="n1", start=at(19)))
    run.tell(cluster(25, "PENDING", 3, reason="BeginTime", restarts=1))
    lab.catch_up()
    row = lab.index.jobs(run.facts.run_id).rows[0]
    assert (row.state, row.node, row.started, row.restarts) == ("submitted", "", None, 1)
    run.tell(cluster(30, "COMPLETED", 3, node="n2", start=at(28), restarts=1))
    run.tell(event("job_finished", 31, jobid=3))
    lab.catch_up()
    row = lab.index.jobs(run.facts.run_id).rows[0]
    assert (row.state, row.node, row.started, row.duration) == ("finished", "n2", at(28), 3.0)
    assert (row.submitted, row.queue) == (at(5), {})
    run.tell(cluster(50, "CANCELLED", 4), event("job_error", 51, jobid=4))
    lab.catch_up()
    row = lab.index.jobs(run.facts.run_id).rows[1]
    assert (row.state, row.started, row.duration) == ("failed", None, 0.0)
    assert row.queue["state"] == "CANCELLED"
