"""Messages as a terminal shows them, and the bars of rules."""

import pytest

from control.client.bars import Bars
from control.client.cluster_queue import in_lines
from control.client.lines import Lines

JOB = {"jobid": 3, "rule": "align", "wildcards": {"sample": "A"}, "attempt": 1}


def message(kind: str, **data: object) -> dict[str, object]:
    return {"type": kind, "sequence": 1, "data": data}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (message("log", line="hello", level="info", **JOB), "align[sample=A] | hello"),
        (message("log", line="hello", level="info", source="snakemake"), "hello"),
        (message("rule", state="running", **JOB), "▶ align[sample=A] started"),
        (
            message("rule", state="finished", duration=75.2, **JOB),
            "✔ align[sample=A] finished (75 s)",
        ),
        (
            message("rule", state="failed", message="exit code 1", **JOB | {"attempt": 2}),
            "✘ align[sample=A] failed, attempt 2: exit code 1",
        ),
        (
            message("rule", state="submitted", external_id="881", **JOB),
            "▷ align[sample=A] submitted [881]",
        ),
        (message("rule", state="selected", **JOB), None),
        (message("status", status="failed", message="1 job failed"), "● run failed: 1 job failed"),
        (message("progress", scope="run", done=3, total=4, progress=75.0), "3 of 4 jobs (75 %)"),
        (
            message("error", error_class="transient", message="no\nline", hint="wait", code=75),
            "error, transient: no line (hint: wait)",
        ),
        (message("result", **JOB, f1=0.93), 'align[sample=A] | result: {"f1": 0.93}'),
        (message("variant_update", gene="TP53"), 'variant update: {"gene": "TP53"}'),
    ],
)
def test_a_line_for_each_kind(told, line):
    assert Lines().of(told) == line


def test_what_a_log_holds_is_shown_and_never_obeyed():
    evil = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m \x9b2J ‮gpj.exe\x00"
    told = [
        message("log", line=evil, level=evil),
        message("rule", state="failed", message=evil, jobid=1, rule=evil, wildcards={evil: evil}),
        message("status", status=evil, message=evil),
        message("error", error_class=evil, message=evil, hint=evil),
        message("result", key=evil),
        message("progress", scope="job", stage=evil, progress=3, **JOB),
    ]
    for each in told:
        line = Lines().of(each)
        assert line and line.isprintable(), each


def test_colours_only_where_they_are_wanted():
    told = message("log", line="x", level="error")
    assert Lines(colours=True).of(told) == "\x1b[31mx\x1b[0m"
    assert Lines().of(told) == "x"


def test_filters():
    lines = Lines(rule="align", level="warning")
    assert lines.wants(message("log", level="error", **JOB))
    assert not lines.wants(message("log", level="error", rule="call"))
    assert not lines.wants(message("log", level="error", source="snakemake"))
    assert lines.wants(message("status", status="failed"))
    only_level = Lines(level="warning")
    assert not only_level.wants(message("log", level="info"))
    assert only_level.wants(message("log", level="warning"))
    assert only_level.wants(message("rule", state="running"))


def test_progress_of_a_job_is_told_by_tenths():
    lines = Lines()
    shares = (0, 1, 9.9, 10, 19, 20, 99.9, 100)
    told = [
        lines.of(message("progress", scope="job", stage="s", progress=share, **JOB))
        for share in shares
    ]
    shown = [line and line.partition(": ")[2] for line in told]
    assert shown == ["s 0 %", None, None, "s 10 %", None, "s 20 %", "s 99 %", "s 100 %"]


QUEUE = {"state": "PENDING", "reason": "Resources", "words": "no node is free", "passes": True}


def test_where_a_job_waits_and_runs():
    waits = message("rule", state="submitted", external_id="71", queue=QUEUE, **JOB)
    assert Lines().of(waits) == "▷ align[sample=A] waits [71]: Resources, no node is free"
    never = QUEUE | {"reason": "InvalidAccount", "words": "not valid", "passes": False}
    again = message("rule", state="submitted", restarts=1, queue={**never, "hint": "mend"}, **JOB)
    told = "▷ align[sample=A] is back in the queue: InvalidAccount, not valid; mend"
    assert Lines().of(again) == told
    runs = message("rule", state="running", external_id="71", node="n1", queue={}, **JOB)
    assert Lines().of(runs) == "▶ align[sample=A] started on n1 [71]"


def test_how_a_run_stands_on_a_cluster():
    items = [
        {"state": "submitted", "node": "", "queue": QUEUE, "jobs": 1200},
        {"state": "running", "node": "n1", "queue": {"state": "RUNNING"}, "jobs": 8},
        {"state": "running", "node": "n2", "queue": {"state": "RUNNING"}, "jobs": 7},
        *({"state": "submitted", "queue": {"reason": f"R{n}"}, "jobs": 1} for n in range(9)),
    ]
    first, *_, rest, running = in_lines(items)
    assert first == "1,200 wait: Resources, no node is free"
    assert (rest, running) == ("2 wait for something else", "15 run on 2 nodes")
    assert list(in_lines(items[1:2])) == ["8 run on n1"] and list(in_lines([])) == []


class TestBars:
    def bars(self, *messages: dict[str, object]) -> Bars:
        made = Bars()
        for each in messages:
            made.take(each)
        return made

    def job(self, jobid: int, state: str, rule: str = "align", **more: object) -> dict[str, object]:
        return message("rule", jobid=jobid, rule=rule, state=state, **more)

    def test_jobs_by_rule_and_state(self):
        bars = self.bars(
            message("progress", scope="run", done=0, total=5, rules={"align": 4, "call": 1}),
            *(self.job(1, state) for state in ("selected", "running", "finished")),
            self.job(2, "running"),
            self.job(3, "failed"),
            message("progress", scope="run", done=1, total=5),
        )
        assert bars.lines(100, 10) == [
            "all jobs  ████░░░░░░░░░░░░░░░░░░░░  1/5",
            "align     ██████░░░░░░░░░░░░░░░░░░  1/4  1 running  1 failed",
            "call      ░░░░░░░░░░░░░░░░░░░░░░░░  0/1",
        ]

    def test_the_same_news_twice_changes_nothing(self):
        once = [self.job(1, "running"), self.job(1, "finished"), self.job(2, "running")]
        assert self.bars(*once).lines(100, 10) == self.bars(*once, *once).lines(100, 10)

    def test_a_retry_is_no_second_job(self):
        states = ("running", "failed", "retried", "running", "finished")
        bars = self.bars(*(self.job(1, state) for state in states))
        assert bars.rules["align"].seen == bars.rules["align"].done == 1

    def test_a_resumed_run_counts_its_own_jobs(self):
        first, second = self.job(1, "running"), self.job(1, "running", process=2)
        assert self.bars(first, second).rules["align"].seen == 2

    def test_what_waits_in_a_queue_does_not_run(self):
        jobs = [self.job(n, "submitted", queue=QUEUE) for n in (1, 2)]
        bars = self.bars(*jobs, self.job(3, "submitted"), self.job(4, "running"))
        assert bars.lines(100, 10)[1].endswith("0/4  2 running  2 waiting")

    def test_the_stage_of_a_single_job(self):
        share = message("progress", scope="job", percentage="45.5%", **JOB)
        bars = self.bars(self.job(3, "running"), share)
        assert bars.lines(100, 10)[1].endswith("0/1  1 running  45.5%")
        bars.take(self.job(3, "finished"))
        assert "45.5%" not in bars.lines(100, 10)[1]

    def test_they_fit(self):
        bars = self.bars(*(self.job(n, "running", rule=f"rule{n:02}") for n in range(30)))
        lines = bars.lines(40, 8)
        assert len(lines) == 8
        assert lines[-1] == "… and 24 more rules"
        assert max(map(len, lines)) < 40

    def test_nothing_known_yet(self):
        assert Bars().lines(80, 10) == []
